"""Residual and Jacobian of an equilibrium at given offsets and resources."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from geomot.cubature.joins import InterfaceNodes
from geomot.diagram.subdivision import Subdivision, start, subdivide
from geomot.diagram.totals import cell_integrals
from geomot.geometry.simplices import Floats
from geomot.transport.problem import CongestionProblem, ShareIntegrand


@dataclass(frozen=True, eq=False)
class Shares:
    """What the cells hold at given offsets and resources.

    Parameters
    ----------
    offsets, resources
        ``(B,)`` w and q.
    masses
        ``(B,)`` alpha.
    loads
        ``(B,)`` l, zero without a demand.
    error
        Bound on the error of any mass.
    state
        The subdivision.
    """

    offsets: Floats
    resources: Floats
    masses: Floats
    loads: Floats
    error: float
    state: Subdivision

    def residual(self, problem: CongestionProblem) -> tuple[Floats, Floats]:
        """Return alpha_b - m_b exp(w_b), and q_b - Q_b + l_b / m_b relative to Q_b."""
        wanted = problem.multiplicity * np.exp(self.offsets)
        left = self.resources - problem.capacities + self.loads / problem.multiplicity
        return self.masses - wanted, left / problem.capacities


@dataclass
class Evaluator:
    """Evaluates shares, keeping the subdivision from one call to the next where that is possible."""

    problem: CongestionProblem
    seconds: dict[str, float] = field(default_factory=lambda: {"diagram": 0.0, "linear_algebra": 0.0})
    last: Shares | None = None

    def shares(self, offsets: Floats, resources: Floats, tolerance: float) -> Shares:
        """Return what the cells hold, to a tolerance."""
        began = time.perf_counter()
        problem = self.problem
        costs = problem.family.costs(resources).with_offset(offsets)
        integrand = ShareIntegrand(problem)
        change = self._change(offsets, resources)
        if self.last is not None and 2.0 * change <= self.last.state.margin:
            state = self.last.state.for_other_costs()
        else:
            state = start(costs, problem.zone.mesh, len(integrand.scales))
        # the next step is expected to be no longer than the one that led here
        margin = 2.0 * change if change < REUSE else 0.0
        state = subdivide(costs, state, integrand, tolerance, margin)
        totals = cell_integrals(state, integrand, problem.count)
        loads = totals.values[:, 1] if problem.demand is not None else np.zeros(problem.count)
        error = float(totals.errors[:, 0].max())
        found = Shares(offsets, resources, totals.values[:, 0], loads, error, state)
        self.seconds["diagram"] += time.perf_counter() - began
        return found

    def _change(self, offsets: Floats, resources: Floats) -> float:
        if self.last is None:
            return np.inf
        moved = np.abs(offsets - self.last.offsets - (offsets - self.last.offsets).mean())
        return float((moved + self.problem.family.change(self.last.resources, resources)).max())


REUSE = 0.05  # largest change of the costs for which a subdivision is prepared to be used again


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
    density = problem.density.values(nodes.points) * nodes.weights
    slopes = [
        problem.family.resource_slopes(nodes.points, site, shares.resources) for site in (first, second)
    ]
    blocks = [_moved(nodes, problem.count, density, density, one) for one in ([1.0, 1.0], slopes)]
    if problem.demand is None:
        empty = sparse.csr_array((problem.count, problem.count))
        return (*blocks, empty, empty)
    demands = [problem.demand.values(nodes.points, site) * nodes.weights for site in (first, second)]
    blocks += [_moved(nodes, problem.count, *demands, one) for one in ([1.0, 1.0], slopes)]
    return tuple(blocks)


def _moved(
    nodes: InterfaceNodes, count: int, lost: Floats, won: Floats, change: list[Floats] | list[float]
) -> sparse.csr_array:
    """Return the derivative of integrals over cells: b loses ``lost`` where j wins ``won``."""
    first, second = nodes.pairs[:, 0], nodes.pairs[:, 1]
    rows = np.concatenate([first, first, second, second])
    columns = np.concatenate([first, second, first, second])
    entries = np.concatenate([-lost * change[0], lost * change[1], won * change[0], -won * change[1]])
    return sparse.csr_array(sparse.coo_array((entries, (rows, columns)), shape=(count, count)))
