"""The cases of the baseline study: runs of a raster and of geomot, plain data."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from geomot.distributed.cases import Case
from geomot.kernels.simplices import Floats
from geomot.scenario import Scenario
from geomot.scenario.build import build_network
from geomot.studies.baseline.raster import run_raster
from geomot.studies.solving import changed, equilibrium, scenario_data, scenario_of

HOME = "geomot.studies.baseline.runs"
RASTER, OURS, EXACT = "raster", "geomot", "exact"
KEEPS = (0.0, 0.5, 0.8, 0.9)  # damping; 0 is the algorithm as printed
ROUNDS = 100
MANY, SMALL = 400, 200**2  # rounds on grids of at most so many pixels: damped, cycles come late
TOLERANCES = {
    "planar": (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9),
    "spatial": (1e-2, 1e-3, 1e-4, 1e-5, 1e-6),
}
FINEST = {"planar": 1e-13, "spatial": 1e-9}  # tolerance of the run that errors are held against


Labels = tuple[str, str, int | None, float | None, float | None]


@dataclass(frozen=True, eq=False)
class Run:
    """A run and what it was asked for.

    Parameters
    ----------
    zone
        "planar" or "spatial".
    method
        "raster", "geomot", or "exact" for the run that errors are held against.
    size, keep
        Of a raster: pixels along each side, and the damping.
    tolerance
        Of geomot.
    result
        What the case returned.
    """

    zone: str
    method: str
    size: int | None
    keep: float | None
    tolerance: float | None
    result: dict[str, Any]

    @property
    def masses(self) -> list[Floats]:
        """The servers' shares of the sensors, ``(B,)`` in each round."""
        return [np.array(masses) for masses in self.result["masses"]]

    def errors(self, exact: Floats) -> list[float]:
        """Return the largest error of a share, round by round."""
        return [float(np.abs(masses - exact).max()) for masses in self.masses]


def plan(zone: str, scenario: Scenario, sizes: Sequence[int]) -> Iterator[tuple[Labels, Case]]:
    """Yield the cases of a scenario, each with all that `Run` holds besides the result.

    Parameters
    ----------
    zone
        "planar" or "spatial".
    scenario
        The scenario.
    sizes
        Pixels along each side.
    """
    data, dimension = scenario_data(scenario), len(scenario.servers[0].position)
    for size, keep in product(sizes, KEEPS):
        most = MANY if size**dimension <= SMALL else ROUNDS
        arguments = {**data, "size": size, "keep": keep, "most": most}
        case = Case(f"{zone} raster {size} keep {keep}", f"{HOME}:raster_run", arguments)
        yield (zone, RASTER, size, keep, None), case
    for method, tolerances in ((OURS, TOLERANCES[zone]), (EXACT, (FINEST[zone],))):
        for tolerance in tolerances:
            arguments = {**data, "tolerance": tolerance}
            case = Case(f"{zone} {method} {tolerance:g}", f"{HOME}:geomot_run", arguments)
            yield (zone, method, None, None, tolerance), case


def raster_run(
    scenario: dict[str, Any], surface: str | None, size: int, keep: float, most: int
) -> dict[str, Any]:
    """Return the masses and times of all rounds of a raster.

    Parameters
    ----------
    scenario, surface
        The scenario as `scenario_data` gives it.
    size, keep, most
        As for `run_raster`.
    """
    found = run_raster(build_network(scenario_of(scenario, surface)), size, keep, most)
    return {
        "status": str(found.status),
        "steps": len(found.rounds) - 1,
        "period": found.period,
        "changing": found.rounds[-1].changed,
        "masses": [one.masses.tolist() for one in found.rounds],
        "seconds": [one.seconds for one in found.rounds],
    }


def geomot_run(scenario: dict[str, Any], surface: str | None, tolerance: float) -> dict[str, Any]:
    """Return the masses of the equilibrium, and the time that `geomot.solve` takes for it.

    Parameters
    ----------
    scenario, surface
        The scenario as `scenario_data` gives it.
    tolerance
        What is asked of geomot.
    """
    given = changed(scenario_of(scenario, surface), "solver", tolerance=tolerance)
    began = time.process_time()
    solution = equilibrium(given)
    seconds = time.process_time() - began
    return {
        "status": str(solution.status),
        "steps": solution.iterations,
        "period": None,
        "changing": None,
        "masses": [[server.mass for server in solution.servers]],
        "seconds": [seconds],
    }
