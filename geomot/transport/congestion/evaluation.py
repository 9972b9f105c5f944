"""Residual and Jacobian of an equilibrium at given offsets and resources."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from geomot.costs.base import Costs
from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats
from geomot.transport.cells.evaluator import CellTotals, Evaluator
from geomot.transport.congestion.atoms import whole
from geomot.transport.congestion.problem import LOAD, MASS, CongestionProblem, ShareIntegrand
from geomot.transport.interfaces.assembly import exchanges

REUSE = (
    0.1  # largest change of differences of costs for which a subdivision is prepared to be used again
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Shares:
    """What the cells hold at given offsets and resources.

    Parameters
    ----------
    costs
        The costs, offsets included.
    offsets, resources
        ``(B,)`` w and q.
    masses
        ``(B,)`` alpha.
    loads
        ``(B,)`` l, zero without a demand; atoms count whole at their cheapest site.
    errors, load_errors
        ``(B,)`` bounds on the errors of the integrals in masses and loads.
    state
        The subdivision.
    """

    costs: Costs
    offsets: Floats
    resources: Floats
    masses: Floats
    loads: Floats
    errors: Floats
    load_errors: Floats
    state: Subdivision

    def residual(self, problem: CongestionProblem) -> tuple[Floats, Floats]:
        """Return alpha_b - m_b exp(w_b), and q_b - Q_b + l_b / m_b relative to Q_b."""
        wanted = problem.multiplicity * np.exp(self.offsets)
        left = self.resources - problem.capacities + self.loads / problem.multiplicity
        return self.masses - wanted, left / problem.capacities

    def residuals(self, problem: CongestionProblem) -> tuple[float, float]:
        """Return the residuals of w of each single one of m_b identical sites: see `residuals`."""
        return residuals(self.masses / problem.multiplicity, self.offsets)

    def blurred(self, problem: CongestionProblem) -> bool:
        """Return whether the integrals' errors are as large as the residuals, without atoms."""
        mass, left = self.residual(problem)
        if (np.abs(mass) > self.errors).any():
            return False
        known = self.load_errors / (problem.multiplicity * problem.capacities)
        return problem.demand is None or bool((np.abs(left) <= known).all())


class ShareEvaluator:
    """Evaluates shares; `last` are those that the next ones may be near.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: CongestionProblem) -> None:
        self.problem = problem
        self.last: Shares | None = None
        self._cells = Evaluator(problem.zone, ShareIntegrand(problem), REUSE)
        self._algebra = 0.0

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time in diagrams and in linear algebra."""
        return {"diagram": self._cells.seconds, "linear_algebra": self._algebra}

    @contextmanager
    def solving(self) -> Iterator[None]:
        """Count what happens inside as linear algebra."""
        began = time.perf_counter()
        yield
        self._algebra += time.perf_counter() - began

    def shares(self, offsets: Floats, resources: Floats, tolerance: float) -> Shares:
        """Return what the cells hold, to a tolerance."""
        costs = self.problem.family.costs(resources, offsets)
        near = None if self.last is None else self.last.state
        totals = self._cells.totals(costs, tolerance, near, self._change(offsets, resources))
        return self._shares(totals, offsets, resources)

    def partition(self, costs: Costs, resources: Floats, tolerance: float) -> Shares:
        """Return what the cells of any other costs hold; the offsets are zero."""
        totals = self._cells.totals(costs, tolerance)
        return self._shares(totals, np.zeros(self.problem.count), resources)

    def _shares(self, totals: CellTotals, offsets: Floats, resources: Floats) -> Shares:
        problem, loads, load_errors = self.problem, *np.zeros((2, self.problem.count))
        if problem.demand is not None:
            loads, load_errors = totals.values[:, LOAD], totals.errors[:, LOAD]
        if problem.atoms is not None:
            loads = loads + problem.atoms.loads(whole(problem.atoms.costs(totals.costs)))
        return Shares(
            costs=totals.costs,
            offsets=offsets,
            resources=resources,
            masses=totals.values[:, MASS],
            loads=loads,
            errors=totals.errors[:, MASS],
            load_errors=load_errors,
            state=totals.state,
        )

    def _change(self, offsets: Floats, resources: Floats) -> float:
        """Return a bound of how much differences of costs differ from those of the last shares."""
        if self.last is None:
            return np.inf
        moved = np.abs(offsets - self.last.offsets - (offsets - self.last.offsets).mean())
        return 2.0 * float((moved + self.problem.family.change(self.last.resources, resources)).max())


def residuals(masses: Floats, offsets: Floats) -> tuple[float, float]:
    """Return the largest |alpha_b - exp w_b| and the largest |log alpha_b - w_b|.

    Parameters
    ----------
    masses
        ``(B,)`` alpha_b of each site; identical sites have each their part of what they share.
    offsets
        ``(B,)`` w_b.

    Returns
    -------
    Both, the second infinite where a mass is zero.

    Examples
    --------
    >>> residuals(np.array([0.5, 0.5]), np.log([0.5, 0.25]))[0]
    0.25
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.abs(np.log(masses) - offsets)
    relative = np.nan_to_num(relative, nan=np.inf, posinf=np.inf)
    return float(np.abs(masses - np.exp(offsets)).max()), float(relative.max())


def jacobian(problem: CongestionProblem, shares: Shares) -> tuple[sparse.csr_array, ...]:
    """Return the derivatives of the masses and of the loads in offsets and resources.

    Returns
    -------
    Four ``(B, B)`` matrices: d alpha / dw, d alpha / dq, d l / dw, d l / dq.
    """
    nodes, family = shares.state.interfaces, problem.family
    integrand, sides = ShareIntegrand(problem), nodes.pairs.T
    values = np.stack([integrand.values(nodes.points, sites) for sites in sides], axis=1)
    slopes = [family.resource_slopes(nodes.points, sites, shares.resources) for sites in sides]
    changes = np.stack([np.stack([np.ones_like(each), each], axis=1) for each in slopes], axis=1)
    matrix = -exchanges(nodes, values, changes).matrix(problem.count)
    kinds = values.shape[2]
    blocks = [matrix[kind::kinds, parameter::2] for kind in range(kinds) for parameter in range(2)]
    none = sparse.csr_array((problem.count, problem.count))
    return tuple(blocks + [none] * (4 - len(blocks)))
