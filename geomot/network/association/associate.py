"""Who serves whom: the three associations of the design, on the same engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geomot.costs.blended import BlendedCosts
from geomot.costs.radial import RadialCosts
from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats, Ints
from geomot.network.association.problem import UNSERVABLE, TwinDemand, equilibrium_problem, snr_costs
from geomot.network.association.rounding import Hosting, hosting_problem, rounded
from geomot.network.association.start import Start
from geomot.network.model.network import Network, Servers
from geomot.network.refusals.feasibility import (
    deadline_problem,
    overload_problem,
    server_problem,
    strain_problem,
)
from geomot.network.refusals.individual import refusal
from geomot.transport.congestion.atoms import whole
from geomot.transport.congestion.evaluation import ShareEvaluator, residuals
from geomot.transport.congestion.fixed_point import iterate_fixed_point
from geomot.transport.congestion.newton import solve_equilibrium
from geomot.transport.congestion.problem import CongestionProblem
from geomot.transport.congestion.result import Equilibrium, Iteration, Progress, Status, duality_gap
from geomot.transport.sharing.splitting import solve_split
from geomot.transport.starts.continuation import smoothed_start

NEAR = 8  # steps after which a start was not near
LOOSE = 1e-4  # tolerance of the loads that decide whether a scenario is refused


@dataclass(frozen=True, eq=False, kw_only=True)
class Association:
    """A partition of the zone among the servers and how it was found.

    Parameters
    ----------
    costs
        The partition is their minimization diagram.
    masses, errors
        ``(B,)`` alpha_b and bounds on their errors; each of the servers that share a cell has its part.
    offsets
        ``(B,)`` w_b, for which alpha_b = exp(w_b) was solved: those of the costs, for an optimum the
        logarithms of the prices of what uploads take; None if nothing was solved.
    rendering
        ``(B,)`` psi_b, compute left for rendering, cycle/s.
    state
        A subdivision for these costs.
    status, message
        How the solver ended, and why.
    history
        One row per iteration.
    certificate
        Primal minus dual at the final psi, or None.
    seconds
        Time spent in diagrams and linear algebra.
    equilibrium_time
        Average time (eq. 9a) of the equilibrium that an optimum was searched from, s, or None.
    starts
        Average times of the optima found from each start, s, the first from the equilibrium.
    fractions
        ``(K, B)`` what each server has of each twin, where twins are given one by one, or None.
    hosting
        Where they are hosted, whole, or None.
    start
        Where the same network, changed a little, is solved from; None where nothing was solved.
    """

    costs: RadialCosts | BlendedCosts
    masses: Floats
    errors: Floats
    offsets: Floats | None
    rendering: Floats
    state: Subdivision
    status: Status
    message: str
    history: tuple[Iteration, ...]
    certificate: float | None
    seconds: dict[str, float]
    equilibrium_time: float | None = None
    starts: tuple[float, ...] = ()
    fractions: Floats | None = None
    hosting: Hosting | None = None
    start: Start | None = None

    @property
    def residuals(self) -> tuple[float, float] | tuple[None, None]:
        """Largest |alpha_b - exp w_b| and largest |log alpha_b - w_b|, None if nothing was solved."""
        return (None, None) if self.offsets is None else residuals(self.masses, self.offsets)

    @property
    def relative_error(self) -> float:
        """Bound on the error of any log alpha_b; infinite where a mass may be zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.where(self.errors < self.masses, self.errors / self.masses, 1.0)
            return float((-np.log1p(-parts)).max())


def associate_snr(
    network: Network, tolerance: float, max_iterations: int, progress: Progress | None = None
) -> Association:
    """Return the partition by the best channel, the paper's baseline; nothing is iterated."""
    costs, compute = snr_costs(network), network.servers.compute
    evaluator = ShareEvaluator(equilibrium_problem(replace(network, twins=None)))
    shares, atoms = evaluator.partition(costs, compute, tolerance), evaluator.problem.atoms
    if deadline_problem(network, shares.state) is None and network.twins is not None:
        demand = TwinDemand(network, UNSERVABLE * float(compute.max()))  # said how much, if too much
        evaluator = ShareEvaluator(replace(equilibrium_problem(network), demand=demand))
        shares = evaluator.partition(costs, compute, tolerance)
    group = costs.representatives()
    size = np.bincount(group, minlength=len(group))
    rendering = compute - shares.loads[group] / size[group]
    found = Association(
        costs=costs,
        masses=shares.masses[group] / size[group],
        errors=shares.errors[group] / size[group],
        offsets=None,
        rendering=rendering,
        state=shares.state,
        status=Status.CONVERGED,
        message="",
        history=(),
        certificate=None,
        seconds=evaluator.seconds,
        fractions=None if atoms is None else whole(atoms.costs(costs))[:, group] / size[group],
    )
    return _checked(network, found)


def associate_equilibrium(
    network: Network,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
    start: Start | None = None,
) -> Association:
    """Return the equilibrium of eq. 14, found by Newton's method.

    Parameters
    ----------
    network, tolerance, max_iterations, progress
        As for the other associations.
    start
        That of a similar network.
    """
    return associate(network, tolerance, max_iterations, progress, solve_newton, start)


def associate_fixed_point(
    network: Network, tolerance: float, max_iterations: int, progress: Progress | None = None
) -> Association:
    """Return where Algorithm 1 of the paper, as printed, ends: often nowhere."""
    return associate(network, tolerance, max_iterations, progress, _solve_fixed_point)


Solver = Callable[[Network, Floats, float, int, "Progress | None", "Start | None"], Association]


def solve_newton(
    network: Network,
    multiplicity: Floats,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
    start: Start | None = None,
) -> Association:
    """Return the equilibrium of servers that differ.

    Parameters
    ----------
    network, tolerance, max_iterations, progress
        As for the associations; its cells' masses are those of all servers that share them.
    multiplicity
        ``(B,)`` how many servers stand for each.
    start
        That of a similar network, tried first.
    """
    problem = equilibrium_problem(network, multiplicity)
    if start is not None:
        left = problem.capacities * start.left
        offsets = start.values + np.log(left)
        near = _newton(problem, offsets, left, start.fractions, tolerance, NEAR, progress)
        if near.status is Status.CONVERGED:
            return near
    began = time.perf_counter()
    offsets, resources = smoothed_start(problem)
    started = time.perf_counter() - began
    found = _newton(problem, offsets, resources, None, tolerance, max_iterations, progress)
    found.seconds["linear_algebra"] += started
    return found


def _newton(
    problem: CongestionProblem,
    offsets: Floats,
    resources: Floats,
    fractions: Floats | None,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None,
) -> Association:
    if problem.atoms is None:
        result, seconds = solve_equilibrium(
            problem, offsets, resources, tolerance, max_iterations, progress
        )
    else:
        split, seconds = solve_split(
            problem, offsets, resources, tolerance, max_iterations, progress, fractions
        )
        result, fractions = split.equilibrium, split.fractions
    shares = result.shares
    return replace(
        solved(result, shares.resources, seconds),
        certificate=duality_gap(problem, shares),
        fractions=fractions,
        start=Start(
            shares.offsets - np.log(shares.resources), shares.resources / problem.capacities, fractions
        ),
    )


def _solve_fixed_point(
    network: Network,
    multiplicity: Floats,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
    start: Start | None = None,
) -> Association:
    """Return where Algorithm 1 ends, which starts from the best channel, whatever ``start`` is."""
    problem = equilibrium_problem(network, multiplicity)
    result, seconds = iterate_fixed_point(
        problem, snr_costs(network), tolerance, max_iterations, progress
    )
    left = problem.capacities - result.shares.loads / multiplicity  # after the last partition
    found, atoms = solved(result, left, seconds), problem.atoms
    return found if atoms is None else replace(found, fractions=whole(atoms.costs(found.costs)))


def solved(result: Equilibrium, rendering: Floats, seconds: dict[str, float]) -> Association:
    """Return what a solver of equilibria found, with psi and the seconds it took."""
    costs = result.shares.costs
    if not isinstance(costs, RadialCosts):
        raise TypeError("costs of equilibria are radial")
    return Association(
        costs=costs,
        masses=result.shares.masses,
        errors=result.shares.errors,
        offsets=costs.offset,
        rendering=rendering,
        state=result.shares.state,
        status=result.status,
        message=result.message,
        history=result.history,
        certificate=None,
        seconds=seconds,
    )


def associate(
    network: Network,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None,
    solver: Solver,
    start: Start | None = None,
) -> Association:
    """Refuse what cannot be served, merge servers that are alike, solve, and give each its share.

    Parameters
    ----------
    network, tolerance, max_iterations, progress
        As for the other associations.
    solver
        Called with the network of servers that differ, and how many stand for each.
    start
        That of a similar network.
    """
    baseline = associate_snr(network, LOOSE, 0)
    hopeless = _hopeless(network, baseline)
    if hopeless is not None:
        shown = associate_snr(network, tolerance, 0)
        return replace(shown, status=Status.INFEASIBLE, message=hopeless)
    return _checked(network, merged(network, tolerance, max_iterations, progress, solver, start))


def merged(
    network: Network,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None,
    solver: Solver,
    start: Start | None = None,
) -> Association:
    """Solve with one server in place of each set of servers that are alike, and give each its share.

    Parameters
    ----------
    network, tolerance, max_iterations, progress, solver, start
        As for `associate`.
    """
    alike, group = _alike(network.servers, _reach(network, tolerance))
    reduced = replace(network, servers=network.servers.take(alike))
    multiplicity = np.bincount(group).astype(float)
    start = None if start is None else start.take(alike)
    found = solver(reduced, multiplicity, tolerance, max_iterations, progress, start)
    fractions = found.fractions
    return replace(
        found,
        costs=found.costs.take(group),
        masses=found.masses[group] / multiplicity[group],
        errors=found.errors[group] / multiplicity[group],
        offsets=None if found.offsets is None else found.offsets[group],
        rendering=found.rendering[group],
        state=found.state.renumbered(alike),
        message=found.message or _sharing(network.servers, group),
        fractions=None if fractions is None else fractions[:, group] / multiplicity[group],
        start=None if found.start is None else found.start.take(group),
    )


def _hopeless(network: Network, baseline: Association) -> str | None:
    """Return why no partition can serve the network, if the best channel for each twin cannot."""
    if network.placed is not None:
        return refusal(network)
    if baseline.status is not Status.INFEASIBLE:
        return None
    loads = network.servers.compute - baseline.rendering
    return deadline_problem(network, baseline.state) or overload_problem(network, loads)


def _checked(network: Network, found: Association) -> Association:
    """Mark a partition infeasible under which a deadline is missed or a server overloaded.

    Twins that are given one by one become whole before.  Where twins keep the solver from converging,
    name the server they strain most.
    """
    if found.fractions is not None:
        hosting = rounded(network, found.fractions, found.masses, found.rendering)
        found = replace(found, rendering=hosting.rendering, hosting=hosting)
        message = hosting_problem(network, found.costs, hosting)
    else:
        message = (
            deadline_problem(network, found.state)
            or server_problem(network, found.rendering)
            or deadline_problem(network, found.state, float(network.servers.compute.max()))
        )
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
