"""Solve a scenario by one of the associations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geomot.diagram import MinimizationDiagram
from geomot.errors import InvalidArgumentError
from geomot.network.associations import (
    Association,
    associate_equilibrium,
    associate_fixed_point,
    associate_snr,
)
from geomot.network.constraints import broken, constraints
from geomot.network.model import Network
from geomot.network.report import report
from geomot.scenario.build import build_network
from geomot.scenario.schema import Scenario
from geomot.scenario.solution import ServerResult, Solution
from geomot.transport.result import Progress, Status

METHODS: dict[str, Callable[[Network, float, int, Progress | None], Association]] = {
    "equilibrium": associate_equilibrium,
    "fixed-point": associate_fixed_point,
    "snr": associate_snr,
}


def solve(
    scenario: Scenario, method: str = "equilibrium", progress: Progress | None = None
) -> Solution:
    """Solve a scenario.

    Parameters
    ----------
    scenario
        What to solve.
    method
        "equilibrium" (eq. 14, Newton's method), "snr" (best channel) or "fixed-point" (Algorithm 1 of
        the paper as printed).
    progress
        Called with each row of the history.

    Returns
    -------
    Solution
        Also where it did not converge or the scenario is infeasible: see its ``status``.

    Raises
    ------
    InvalidArgumentError
        If the method is unknown.
    InvalidDensityError
        If a density has no mass in the zone.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario())
    >>> str(solution.status), round(1e3 * solution.average_sub_synchronization_time, 1)
    ('converged', 19.1)
    """
    if method not in METHODS:
        raise InvalidArgumentError(
            f"method is {method!r}; expected one of {', '.join(map(repr, METHODS))}"
        )
    began = time.perf_counter()
    network = build_network(scenario)
    tolerance = scenario.solver.tolerance
    found = METHODS[method](network, tolerance, scenario.solver.max_iterations, progress)
    started = time.perf_counter()
    numbers = report(network, found.costs, found.rendering, found.state, tolerance)
    diagram = MinimizationDiagram(found.costs, network.zone, tolerance, found.state.with_components(1))
    measures = diagram.measures
    kept = constraints(network, found.state, numbers, measures, tolerance)
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
    return Solution(
        scenario,
        method,
        found.status,
        message,
        max(0, len(found.history) - 1) if method == "equilibrium" else len(found.history),
        found.residual,
        found.relative_residual,
        found.certificate,
        float(times.mean()),
        float(time_errors.mean()),
        error,
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
    )
