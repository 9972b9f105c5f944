"""Solve a scenario by one of the associations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from geomot.diagram import MinimizationDiagram
from geomot.errors import InvalidArgumentError, Problem, ScenarioError
from geomot.kernels.simplices import Floats
from geomot.network.association.associate import (
    Association,
    associate_equilibrium,
    associate_fixed_point,
    associate_snr,
)
from geomot.network.association.optimum import associate_optimum
from geomot.network.association.rounding import Hosting
from geomot.network.association.start import Start
from geomot.network.free_hosting import FREE, host_freely
from geomot.network.model.network import Network
from geomot.network.results.constraints import broken, constraints
from geomot.network.results.report import report
from geomot.network.twins.individual import twin_counts, twin_results
from geomot.scenario.build import build_network
from geomot.scenario.schema import Scenario
from geomot.scenario.solution import HostingResult, ServerResult, Solution
from geomot.transport.congestion.result import Progress, Status

Solver = Callable[[Network, float, int, Progress | None], Association]
METHODS: dict[str, Solver] = {
    "equilibrium": associate_equilibrium,
    "fixed-point": associate_fixed_point,
    "optimum": associate_optimum,
    "snr": associate_snr,
}

NEEDLES = (
    "is 'regional' with twins one by one; expected 'free' for the method 'optimum': for less time "
    "a region would reach for single twins with needles"
)
ROUGH = (
    "has no smooth logarithm, which the method 'optimum' needs where twins are spread over the zone; "
    "expected 'uniform', 'gaussian' or 'mixture': give twins one by one, as with sample = true and "
    "hosting = 'free', or ask for the method 'equilibrium'"
)


def solve(
    scenario: Scenario,
    method: str = "equilibrium",
    progress: Progress | None = None,
    *,
    starts: int = 1,
) -> Solution:
    """Solve a scenario.

    Parameters
    ----------
    scenario
        What to solve.
    method
        "equilibrium" (eq. 14, Newton's method), "optimum" (least average time, eq. 9a), "snr" (best
        channel) or "fixed-point" (Algorithm 1 of the paper as printed).
    progress
        Called with each row of the history.
    starts
        For "optimum": how many partitions to descend from, the equilibrium and random ones.

    Returns
    -------
    Solution
        Also where it did not converge or the scenario is infeasible: see its ``status``.

    Raises
    ------
    InvalidArgumentError
        If the scenario is none, the method is unknown, or ``starts`` is not for it.
    InvalidDensityError
        If a density has no mass in the zone.
    ScenarioError
        If twins stand outside the zone, or are hosted in a way that the method cannot keep.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario())
    >>> str(solution.status), round(1e3 * solution.average_sub_synchronization_time, 1)
    ('converged', 19.1)
    """
    solution, _ = solve_from(scenario, method, progress, starts=starts)
    return solution


def solve_from(
    scenario: Scenario,
    method: str,
    progress: Progress | None = None,
    *,
    starts: int = 1,
    start: Start | None = None,
) -> tuple[Solution, Start | None]:
    """Solve a scenario from the solution of a similar one, and return what the next one starts from.

    Parameters
    ----------
    scenario, method, progress, starts
        As for `solve`.
    start
        What the similar one returned.
    """
    if not isinstance(scenario, Scenario):
        raise InvalidArgumentError(
            f"a {type(scenario).__name__} was to be solved; expected a Scenario: read a file by "
            "load_scenario"
        )
    if method not in METHODS:
        raise InvalidArgumentError(
            f"method is {method!r}; expected one of {', '.join(map(repr, METHODS))}"
        )
    if starts < 1 or (starts > 1 and method != "optimum"):
        raise InvalidArgumentError(
            f"starts is {starts} for the method {method!r}; expected 1, or more for 'optimum'"
        )
    began = time.perf_counter()
    network = build_network(scenario)
    tolerance = scenario.solver.tolerance
    solver = _solver(network, method, starts, start)
    found = solver(network, tolerance, scenario.solver.max_iterations, progress)
    started = time.perf_counter()
    numbers = report(network, found, tolerance)
    hosting = found.hosting
    if hosting is not None:
        counts, loads = twin_counts(network, hosting.hosts)
        numbers = replace(numbers, twins=counts, twin_compute=loads)
    diagram = MinimizationDiagram(found.costs, network.zone, tolerance, found.state.with_components(1))
    measures = diagram.measures
    kept = constraints(network, found.state, numbers, measures, tolerance, hosting)
    problem = broken(kept)
    if found.status is Status.CONVERGED and problem:
        found = replace(found, status=Status.NOT_CONVERGED, message=problem)
    times, time_errors = numbers.times, numbers.time_errors
    # what is left is not known where twins cannot be served in time at all
    rendering = np.where(np.isfinite(numbers.twin_compute), found.rendering, np.nan)
    if found.status is Status.INFEASIBLE:  # no time that twins or servers could keep
        times = time_errors = np.full(len(times), np.nan)
    cubature = time.perf_counter() - started
    error, message = float(numbers.mass_errors.max()), found.message
    residual, relative_residual = found.residuals
    if found.status is Status.CONVERGED and error > tolerance:
        note = f"rounding keeps the masses from being known to {tolerance:g}: see integration_error"
        message = f"{message}; {note}" if message else note
    servers = tuple(
        ServerResult(name, *(float(column[b]) for column in columns))
        for b, name in enumerate(network.servers.names)
        for columns in [
            (
                numbers.masses,
                measures,
                rendering,
                numbers.twin_compute,
                numbers.twins,
                times,
            )
        ]
    )
    solution = Solution(
        scenario,
        method,
        found.status,
        message,
        found.history[-1].iteration if found.history else 0,
        residual,
        relative_residual,
        found.certificate,
        float(times.mean()),
        float(time_errors.mean()),
        error,
        found.relative_error,
        servers,
        found.history,
        {
            "total": time.perf_counter() - began,
            "diagram": found.seconds["diagram"],
            "cubature": cubature,
            "linear_algebra": found.seconds["linear_algebra"],
        },
        diagram,
        kept,
        found.equilibrium_time,
        found.starts,
        () if hosting is None else twin_results(network, hosting.hosts, hosting.fractions),
        None if hosting is None else _hosting_result(network, hosting, numbers.masses, times),
    )
    return solution, found.start


def check_method(scenario: Scenario, method: str) -> None:
    """Check that a scenario can be built, and that a method can solve it.

    Parameters
    ----------
    scenario
        The scenario.
    method
        One of the methods.

    Raises
    ------
    InvalidDensityError
        If a density has no mass in the zone.
    ScenarioError
        If twins stand outside the zone, or are hosted in a way that the method cannot keep.
    """
    _solver(build_network(scenario), method, 1, None)


def _solver(network: Network, method: str, starts: int, start: Start | None) -> Solver:
    """Return the association of a method, or that with free hosting where twins are hosted so.

    Raises
    ------
    ScenarioError
        If the method does not go together with the hosting, or with a density.
    """
    placed = network.placed
    free = placed is not None and placed.free
    if placed is not None and not free and method == "optimum":
        raise ScenarioError([Problem("twins.hosting", NEEDLES)])
    if free and method not in FREE:
        reason = "is 'free', and Algorithm 1 hosts twins where they stand; expected 'regional'"
        raise ScenarioError([Problem("twins.hosting", f"{reason} for the method {method!r}")])
    if method == "optimum" and network.twins is not None:
        spread = {"sensors": network.sensors.density, "twins": network.twins.density}
        rough = [f"{key}.density" for key, density in spread.items() if not density.smooth]
        if rough:
            raise ScenarioError([Problem(key, ROUGH) for key in rough])
    if free:
        regions = partial(associate_optimum, starts=starts) if method == "optimum" else FREE[method]
        return partial(host_freely, regions=regions, start=start)
    if method == "equilibrium":
        return partial(associate_equilibrium, start=start)
    if method == "optimum":
        return partial(associate_optimum, start=start, starts=starts)
    return METHODS[method]


def _hosting_result(network: Network, hosting: Hosting, masses: Floats, times: Floats) -> HostingResult:
    """Return how twins are hosted, with the average time were they shared as in the equilibrium."""
    sensors, plan = network.sensors, hosting.plan
    with np.errstate(divide="ignore", invalid="ignore"):
        change = 1.0 / hosting.divided - 1.0 / hosting.rendering
        # a server's time is what uploads take, and this over psi (eq. 5)
        change *= sensors.weight * sensors.data_density * sensors.complexity * masses**2
    return HostingResult(
        "free" if network.placed is not None and network.placed.free else "regional",
        int((hosting.fractions.max(axis=1) < 1.0).sum()),
        float((times + change).mean()),
        None if plan is None else plan.gap,
        None if plan is None else plan.relaxation_gap,
    )
