"""Who serves whom: the three associations of the design, on the same engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geomot.costs.radial import RadialCosts
from geomot.diagram.subdivision import Subdivision
from geomot.geometry.simplices import Floats, Ints
from geomot.network.feasibility import (
    deadline_problem,
    overload_problem,
    server_problem,
    strain_problem,
)
from geomot.network.model import Network, Servers
from geomot.network.problem import equilibrium_problem, snr_costs
from geomot.transport.evaluation import Evaluator
from geomot.transport.fixed_point import iterate_fixed_point
from geomot.transport.newton import solve_equilibrium
from geomot.transport.result import Equilibrium, Iteration, Progress, Status, duality_gap
from geomot.transport.smoothing import smoothed_start

LOOSE = 1e-4  # tolerance of the loads that decide whether a scenario is refused


@dataclass(frozen=True, eq=False)
class Association:
    """A partition of the zone among the servers and how it was found.

    Parameters
    ----------
    costs
        The partition is their minimization diagram.
    rendering
        ``(B,)`` psi_b, compute left for rendering, cycle/s.
    state
        A subdivision for these costs.
    status, message
        How the solver ended, and why.
    history
        One row per iteration.
    residual
        Largest |alpha_b - exp w_b|, or None if nothing was solved.
    relative_residual
        Largest |log alpha_b - w_b|, or None.
    certificate
        Primal minus dual at the final psi, or None.
    seconds
        Time spent in diagrams and linear algebra.
    """

    costs: RadialCosts
    rendering: Floats
    state: Subdivision
    status: Status
    message: str
    history: tuple[Iteration, ...]
    residual: float | None
    relative_residual: float | None
    certificate: float | None
    seconds: dict[str, float]


def associate_snr(
    network: Network, tolerance: float, max_iterations: int, progress: Progress | None = None
) -> Association:
    """Return the partition by the best channel, the paper's baseline; nothing is iterated."""
    costs, compute = snr_costs(network), network.servers.compute
    evaluator = Evaluator(equilibrium_problem(replace(network, twins=None)))
    shares = evaluator.partition(costs, compute, tolerance)
    if deadline_problem(network, shares.state) is None and network.twins is not None:
        evaluator = Evaluator(equilibrium_problem(network))
        shares = evaluator.partition(costs, compute, tolerance)
    group = costs.representatives()
    size = np.bincount(group, minlength=len(group))
    rendering = compute - shares.loads[group] / size[group]
    found = Association(
        costs, rendering, shares.state, Status.CONVERGED, "", (), None, None, None, evaluator.seconds
    )
    return _checked(network, found)


def associate_equilibrium(
    network: Network, tolerance: float, max_iterations: int, progress: Progress | None = None
) -> Association:
    """Return the equilibrium of eq. 14, found by Newton's method."""
    return _associate(network, tolerance, max_iterations, progress, _solve_newton)


def associate_fixed_point(
    network: Network, tolerance: float, max_iterations: int, progress: Progress | None = None
) -> Association:
    """Return where Algorithm 1 of the paper, as printed, ends: often nowhere."""
    return _associate(network, tolerance, max_iterations, progress, _solve_fixed_point)


# result, psi of the servers, seconds, certificate
Solved = tuple[Equilibrium, Floats, dict[str, float], float | None]
Solver = Callable[[Network, Floats, float, int, "Progress | None"], Solved]


def _solve_newton(
    network: Network,
    multiplicity: Floats,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None,
) -> Solved:
    problem = equilibrium_problem(network, multiplicity)
    began = time.perf_counter()
    offsets, resources = smoothed_start(problem)
    started = time.perf_counter() - began
    result, seconds = solve_equilibrium(
        problem, offsets, resources, tolerance, max_iterations, progress
    )
    seconds["linear_algebra"] += started
    return result, result.shares.resources, seconds, duality_gap(problem, result.shares)


def _solve_fixed_point(
    network: Network,
    multiplicity: Floats,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None,
) -> Solved:
    problem = equilibrium_problem(network, multiplicity)
    result, seconds = iterate_fixed_point(
        problem, snr_costs(network), tolerance, max_iterations, progress
    )
    left = problem.capacities - result.shares.loads / multiplicity  # after the last partition
    return result, left, seconds, None


def _associate(
    network: Network,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None,
    solver: Solver,
) -> Association:
    """Refuse what cannot be served, merge servers that are alike, solve, and give each its share."""
    baseline = associate_snr(network, LOOSE, 0)
    hopeless = _hopeless(network, baseline) if baseline.status is Status.INFEASIBLE else None
    if hopeless is not None:
        return replace(baseline, message=hopeless)
    alike, group = _alike(network.servers, _reach(network, tolerance))
    reduced = replace(network, servers=_subset(network.servers, alike))
    multiplicity = np.bincount(group).astype(float)
    result, left, seconds, certificate = solver(
        reduced, multiplicity, tolerance, max_iterations, progress
    )
    shares = result.shares
    if not isinstance(shares.costs, RadialCosts):
        raise TypeError("a network's costs are radial")
    costs = RadialCosts(
        reduced.servers.positions[group],
        network.load(shares.resources[group])
        if shares.costs.profile.parameters().size
        else shares.costs.profile,
        np.ones(len(group)),
        shares.costs.offset[group],
    )
    found = Association(
        costs,
        left[group],
        shares.state.renumbered(alike),
        result.status,
        result.message or _sharing(network.servers, group),
        result.history,
        result.residual,
        result.relative_residual,
        certificate,
        seconds,
    )
    return _checked(network, found)


def _hopeless(network: Network, baseline: Association) -> str | None:
    """Return why no partition can serve the network, if the best channel for each twin cannot."""
    loads = network.servers.compute - baseline.rendering
    return deadline_problem(network, baseline.state) or overload_problem(network, loads)


def _checked(network: Network, found: Association) -> Association:
    """Mark a partition infeasible under which a deadline is missed or a server overloaded.

    Where twins keep the solver from converging, name the server they strain most.
    """
    message = deadline_problem(network, found.state) or server_problem(network, found.rendering)
    if message is not None:
        rounds = f"; {found.message}" if found.status is Status.INFEASIBLE else ""
        return replace(found, status=Status.INFEASIBLE, message=message + rounds)
    strain = strain_problem(network, found.rendering)
    if found.status is Status.NOT_CONVERGED and strain is not None:
        return replace(found, message=f"{found.message}; {strain}")
    return found


def _reach(network: Network, tolerance: float) -> float:
    """Return the distance below which rounding keeps servers' shares from being told apart, metres.

    The costs of servers that differ by nothing but d metres differ by about d / extent at most, and
    offsets are known to the machine's precision: where that moves more mass than the tolerance, no
    offsets solve the problem.
    """
    return float(np.finfo(float).eps / tolerance * network.zone.extent)


def _sharing(servers: Servers, group: Ints) -> str:
    """Return a note on servers that share a region, nothing if none do."""
    names = np.array(servers.names)
    shared = [names[group == g].tolist() for g in np.flatnonzero(np.bincount(group) > 1)]
    return "; ".join(
        f"the servers {', '.join(map(repr, alike))} are alike and share one region equally, under the "
        "first one's name"
        for alike in shared
    )


def _alike(servers: Servers, reach: float) -> tuple[Ints, Ints]:
    """Return the first of each set of identical servers, and the set each server is in.

    Servers of equal compute and bandwidth within ``reach`` of each other count as identical.
    """
    near = cKDTree(servers.positions).query_pairs(reach, output_type="ndarray")
    same = np.ones(len(near), dtype=bool)
    for quantity in (servers.compute, servers.bandwidth):
        same &= quantity[near[:, 0]] == quantity[near[:, 1]]
    count = len(servers.compute)
    links = sparse.coo_array((np.ones(same.sum()), near[same].T), shape=(count, count))
    _, members = connected_components(links, directed=False)
    _, first, group = np.unique(members, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return first[order], np.argsort(order)[group]


def _subset(servers: Servers, rows: Ints) -> Servers:
    return Servers(
        tuple(servers.names[row] for row in rows),
        servers.positions[rows],
        servers.compute[rows],
        servers.bandwidth[rows],
    )
