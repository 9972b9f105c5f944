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
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from geomot.costs.base import Costs
from geomot.cubature.integrands import Integrand
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import Subdivision, start
from geomot.diagram.subdivision.totals import cell_integrals
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints

REUSE = 0.05  # largest change of the costs, in units of theirs, for which a subdivision is kept


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
    costs
        Their diagram is the partition.
    values
        ``(B, q)`` z.
    errors
        ``(B, q)`` bounds on their errors.
    state
        The subdivision.
    """

    prices: Floats
    costs: Costs
    values: Floats
    errors: Floats
    state: Subdivision

    @property
    def noise(self) -> float:
        """Bound on the error of J, at prices near its derivatives."""
        return float((np.abs(self.prices) * self.errors).sum())


@dataclass
class Appraiser:
    """Evaluates holdings, keeping the subdivision from one call to the next where that is possible."""

    problem: PartitionProblem
    last: Holdings | None = None
    change: float = field(default=np.inf)

    def holdings(self, prices: Floats, accuracy: float) -> Holdings:
        """Return what the cells hold, their integrals good to ``accuracy`` times the stakes' scales."""
        problem, stakes = self.problem, self.problem.stakes
        costs = stakes.costs(prices)
        change, state = np.inf, None
        if self.last is not None:
            change = stakes.change(self.last.prices, prices)
            if 2.0 * change <= self.last.state.margin:
                state = self.last.state.for_other_costs()
        if state is None:
            state = start(costs, problem.zone.triangulation, len(stakes.scales))
        # the next step is expected to be no longer than the one that led here
        margin = 2.0 * change if change < REUSE * stakes.unit else 0.0
        state = subdivide(costs, state, stakes, accuracy, margin)
        totals = cell_integrals(state, stakes, problem.count)
        return Holdings(prices, costs, totals.values, totals.errors, state)


def response(problem: PartitionProblem, holdings: Holdings) -> sparse.csr_array:
    """Return minus the derivative of the holdings in the prices, ``(B q, B q)``.

    Notes
    -----
    A change dc of the costs moves the interface of b and j so that the integral of v over the cell of b
    changes by minus the integral of v (dc_b - dc_j) / |grad(c_b - c_j)| dS; here dc_b = v_b dp_b / h.
    So the matrix is the sum over the interfaces of (v_b, -v_j) (v_b, -v_j)^T / (h |grad|): symmetric
    and positive semidefinite, since z minimises p z among all partitions.
    """
    nodes, stakes = holdings.state.interfaces, problem.stakes
    order = np.lexsort((nodes.pairs[:, 1], nodes.pairs[:, 0]))
    pairs, points, weights = nodes.pairs[order], nodes.points[order], nodes.weights[order]
    size = holdings.values.shape[1]
    if len(pairs) == 0:
        return sparse.csr_array((holdings.values.size,) * 2)
    moved = np.concatenate(
        [stakes.values(points, pairs[:, 0]), -stakes.values(points, pairs[:, 1])], axis=1
    )
    slopes = np.concatenate(
        [
            stakes.price_slopes(points, pairs[:, 0], holdings.prices),
            -stakes.price_slopes(points, pairs[:, 1], holdings.prices),
        ],
        axis=1,
    )
    first = np.flatnonzero(np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1)))
    products = weights[:, None, None] * moved[:, :, None] * slopes[:, None, :]
    blocks = np.add.reduceat(products, first, axis=0)
    own = (pairs[first][:, :, None] * size + np.arange(size)).reshape(len(first), -1)
    rows, columns = np.broadcast_arrays(own[:, :, None], own[:, None, :])
    entries = blocks.reshape(-1), (rows.reshape(-1), columns.reshape(-1))
    return sparse.csr_array(sparse.coo_array(entries, shape=(holdings.values.size,) * 2))
