"""Partitions that minimise a function of what their cells hold.

The cell of site b holds z_bk = integral over the cell of v_k(x, b).  Among all partitions of the zone
those that minimise a smooth function J(z) satisfy the first-order condition

    x is in the cell of b  =>  sum_k p_bk v_k(x, b) <= sum_k p_jk v_k(x, j) for all j,   p = grad J(z),

so the best cells are a minimization diagram of marginal costs at prices p.  Unlike an equilibrium, in
which each x pays for itself alone, p counts what x costs all others in its cell (Crippa, Jimenez,
Pratelli 2009; Silva, Tembine, Altman, Debbah, IEEE TAC 2013).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from geomot.costs.base import Costs
from geomot.cubature.integrands import Integrand
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints
from geomot.transport.cells.evaluator import CellTotals, Evaluator
from geomot.transport.interfaces.assembly import exchanges

REUSE = 0.1  # largest change of differences of costs, in units of costs, that keeps a subdivision


class Stakes(Integrand):
    """The functions v_k(x, b), and costs with the cells of sum_k p_bk v_k(x, b)."""

    @property
    @abstractmethod
    def unit(self) -> float:
        """A typical cost: what changes are measured against."""

    @abstractmethod
    def costs(self, prices: Floats) -> Costs:
        """Return sum_k p_bk v_k(x, b) / h(x) for prices >= 0, ``(B, q)``; h > 0 is any function."""

    @abstractmethod
    def price_slopes(self, points: Floats, sites: Ints, prices: Floats) -> Floats:
        """Return v_k(x, b) / h(x), the derivatives of these costs in the prices, ``(m, q)``.

        Zero for a price that these costs leave out.
        """

    @abstractmethod
    def change(self, before: Floats, after: Floats) -> float:
        """Return a bound of how much any cost changes anywhere between two sets of prices."""


class Objective(ABC):
    """A function J of what the cells hold, z ``(B, q)``: a sum over the sites."""

    @abstractmethod
    def value(self, holdings: Floats) -> float:
        """Return J(z), infinite where z is not allowed."""

    @abstractmethod
    def gradients(self, holdings: Floats) -> Floats:
        """Return the derivatives of J, ``(B, q)``."""

    @abstractmethod
    def hessians(self, holdings: Floats) -> Floats:
        """Return the second derivatives of each site's term, ``(B, q, q)``."""


@dataclass(frozen=True, eq=False)
class PartitionProblem:
    """Data of an optimal partition.

    Parameters
    ----------
    zone
        The zone.
    count
        Number of sites, B.
    stakes
        What is held.
    objective
        What it costs.
    """

    zone: Zone
    count: int
    stakes: Stakes
    objective: Objective


@dataclass(frozen=True, eq=False)
class Holdings:
    """What the cells hold at given prices.

    Parameters
    ----------
    prices
        ``(B, q)`` p.
    totals
        z and bounds on its errors, ``(B, q)`` each; the partition is the diagram of their costs.
    """

    prices: Floats
    totals: CellTotals

    @property
    def noise(self) -> float:
        """Bound on the error of J, at prices near its derivatives."""
        return float((np.abs(self.prices) * self.totals.errors).sum())


class Appraiser:
    """Evaluates holdings; `last` are those that the next ones may be near.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: PartitionProblem) -> None:
        self.stakes = problem.stakes
        self.last: Holdings | None = None
        self._cells = Evaluator(problem.zone, self.stakes, REUSE * self.stakes.unit)

    def holdings(self, prices: Floats, accuracy: float) -> Holdings:
        """Return what the cells hold, their integrals good to ``accuracy`` times the stakes' scales."""
        costs = self.stakes.costs(prices)
        if self.last is None:
            return Holdings(prices, self._cells.totals(costs, accuracy))
        change = 2.0 * self.stakes.change(self.last.prices, prices)
        return Holdings(prices, self._cells.totals(costs, accuracy, self.last.totals.state, change))


def response(problem: PartitionProblem, holdings: Holdings) -> sparse.csr_array:
    """Return minus the derivative of the holdings in the prices, ``(B q, B q)``.

    Notes
    -----
    The cost of b changes by dc_b = v_b dp_b / h: the matrix is a sum over the interfaces of
    (v_b, -v_j) (v_b, -v_j)^T / (h |grad|), symmetric and positive semidefinite, since z minimises p z
    among all partitions.
    """
    nodes, stakes = holdings.totals.state.interfaces, problem.stakes
    sides = nodes.pairs.T
    values = [stakes.values(nodes.points, sites) for sites in sides]
    slopes = [stakes.price_slopes(nodes.points, sites, holdings.prices) for sites in sides]
    return exchanges(nodes, np.stack(values, axis=1), np.stack(slopes, axis=1)).matrix(problem.count)
