"""Residual and Jacobian of an equilibrium at given offsets and resources."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from geomot.costs.base import Costs
from geomot.cubature.joins import InterfaceNodes
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import Subdivision, start
from geomot.diagram.subdivision.totals import cell_integrals
from geomot.kernels.simplices import Floats
from geomot.transport.congestion.atoms import whole
from geomot.transport.congestion.problem import CongestionProblem, ShareIntegrand

REUSE = 0.05  # largest change of the costs for which a subdivision is prepared to be used again


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


@dataclass
class Evaluator:
    """Evaluates shares, keeping the subdivision from one call to the next where that is possible."""

    problem: CongestionProblem
    seconds: dict[str, float] = field(default_factory=lambda: {"diagram": 0.0, "linear_algebra": 0.0})
    last: Shares | None = None

    def shares(self, offsets: Floats, resources: Floats, tolerance: float) -> Shares:
        """Return what the cells hold, to a tolerance."""
        costs = self.problem.family.costs(resources, offsets)
        change = self._change(offsets, resources)
        state = None
        if self.last is not None and 2.0 * change <= self.last.state.margin:
            state = self.last.state.for_other_costs()
        # the next step is expected to be no longer than the one that led here
        margin = 2.0 * change if change < REUSE else 0.0
        return self._integrate(costs, offsets, resources, tolerance, state, margin)

    def partition(self, costs: Costs, resources: Floats, tolerance: float) -> Shares:
        """Return what the cells of any other costs hold; the offsets are zero."""
        offsets = np.zeros(self.problem.count)
        return self._integrate(costs, offsets, resources, tolerance, None, 0.0)

    def _integrate(
        self,
        costs: Costs,
        offsets: Floats,
        resources: Floats,
        tolerance: float,
        state: Subdivision | None,
        margin: float,
    ) -> Shares:
        began = time.perf_counter()
        problem = self.problem
        integrand = ShareIntegrand(problem)
        if state is None:
            state = start(costs, problem.zone.triangulation, len(integrand.scales))
        state = subdivide(costs, state, integrand, tolerance, margin)
        totals = cell_integrals(state, integrand, problem.count)
        none = np.zeros(problem.count)
        loads, load_errors = none, none
        if problem.demand is not None:
            loads, load_errors = totals.values[:, 1], totals.errors[:, 1]
        if problem.atoms is not None:
            loads = loads + problem.atoms.loads(whole(problem.atoms.costs(costs)))
        self.seconds["diagram"] += time.perf_counter() - began
        return Shares(
            costs=costs,
            offsets=offsets,
            resources=resources,
            masses=totals.values[:, 0],
            loads=loads,
            errors=totals.errors[:, 0],
            load_errors=load_errors,
            state=state,
        )

    def _change(self, offsets: Floats, resources: Floats) -> float:
        if self.last is None:
            return np.inf
        moved = np.abs(offsets - self.last.offsets - (offsets - self.last.offsets).mean())
        return float((moved + self.problem.family.change(self.last.resources, resources)).max())


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

    Notes
    -----
    A change dc of the costs moves the interface of b and j so that the integral of v over the cell of
    b changes by the sum over j of - integral of v (dc_b - dc_j) / |grad(c_b - c_j)| dS.

    Returns
    -------
    Four ``(B, B)`` matrices: d alpha / dw, d alpha / dq, d l / dw, d l / dq.
    """
    nodes = shares.state.interfaces
    first, second = nodes.pairs[:, 0], nodes.pairs[:, 1]
    family, one = problem.family, np.ones(len(first))
    slope = family.resource_slopes(nodes.points, first, shares.resources)
    other_slope = family.resource_slopes(nodes.points, second, shares.resources)
    mass = problem.density.values(nodes.points) * nodes.weights
    mass_blocks = (
        _moved(nodes, problem.count, mass, mass, one, one),
        _moved(nodes, problem.count, mass, mass, slope, other_slope),
    )
    if problem.demand is None:
        empty = sparse.csr_array((problem.count, problem.count))
        return (*mass_blocks, empty, empty)
    lost = problem.demand.values(nodes.points, first) * nodes.weights
    won = problem.demand.values(nodes.points, second) * nodes.weights
    return (
        *mass_blocks,
        _moved(nodes, problem.count, lost, won, one, one),
        _moved(nodes, problem.count, lost, won, slope, other_slope),
    )


def _moved(
    nodes: InterfaceNodes, count: int, lost: Floats, won: Floats, change: Floats, other: Floats
) -> sparse.csr_array:
    """Return the derivative of integrals over cells: b loses ``lost`` where j wins ``won``.

    ``change`` and ``other`` are the derivatives of c_b and c_j in their own parameters.
    """
    first, second = nodes.pairs[:, 0], nodes.pairs[:, 1]
    rows = np.concatenate([first, first, second, second])
    columns = np.concatenate([first, second, first, second])
    entries = np.concatenate([-lost * change, lost * other, won * change, -won * other])
    return sparse.csr_array(sparse.coo_array((entries, (rows, columns)), shape=(count, count)))
