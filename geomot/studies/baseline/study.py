"""The study `baseline`: the errors that a raster and geomot reach, and the time that they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geomot.distributed.cases import Runner
from geomot.distributed.running import run_cases
from geomot.errors import InvalidArgumentError, Problem, ScenarioError
from geomot.scenario import BoxZone, Scenario, paper_scenario
from geomot.studies.baseline.runs import EXACT, FINEST, KEEPS, MANY, ROUNDS, SMALL, Run, plan
from geomot.studies.baseline.tables import findings, rounds_table, runs_table, times_table
from geomot.studies.scenarios import SEED, spatial_scenario
from geomot.studies.solving import scenario_data
from geomot.studies.table import Table

PIXELS = (100, 200, 400, 800, 1600, 2800, 4000)  # along each side
VOXELS = (32, 64, 128, 256)


def baseline(
    scenario: Scenario | None = None,
    *,
    pixels: Sequence[int] = PIXELS,
    voxels: Sequence[int] = VOXELS,
    run: Runner = run_cases,
) -> Table:
    """Return errors and times of the raster version of Algorithm 1 and of geomot.

    Parameters
    ----------
    scenario
        A planar scenario in a box, by default the paper's.
    pixels
        Numbers of pixels along each side of its grids.
    voxels
        The same for the spatial scenario of the studies; none leave it out.
    run
        What computes the cases.

    Returns
    -------
    Table
        One row for each run; its part "baseline-times" has the least times to errors, where a raster
        counts as stopped in its first round below the error, as if it knew; "baseline-rounds" has every
        round.

    Raises
    ------
    InvalidArgumentError
        If a size is less than 2.
    ScenarioError
        If the scenario's zone is no planar box, or its twins are one by one.
    StudyError
        If the scenario's equilibrium cannot be solved.

    Notes
    -----
    Errors are held against geomot's own run to 1e-13, in space to 1e-9.  Times are processor time, and
    so not the same in two runs: this study alone has numbers that are not.

    Examples
    --------
    ``geomot.studies.baseline()`` takes about ten minutes.

    >>> baseline(pixels=(1,))
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: a grid of size 1 was asked for; expected at least 2
    """
    wrong = [size for size in (*pixels, *voxels) if size < 2]
    if wrong:
        raise InvalidArgumentError(f"a grid of size {wrong[0]} was asked for; expected at least 2")
    given = {"planar": _planar(scenario or paper_scenario())}
    if voxels:
        given["spatial"] = spatial_scenario()
    sizes = {"planar": tuple(pixels), "spatial": tuple(voxels)}
    planned = [entry for zone, one in given.items() for entry in plan(zone, one, sizes[zone])]
    results = run([case for _, case in planned])
    runs = [Run(*labels, result) for (labels, _), result in zip(planned, results, strict=True)]
    exact = {one.zone: one.masses[-1] for one in runs if one.method == EXACT}
    runs = [one for one in runs if one.method != EXACT]
    table, rounds = runs_table(runs, exact), rounds_table(runs, exact)
    times = times_table(rounds)
    settings = {
        "scenario": scenario_data(given["planar"])["scenario"],
        "pixels": list(pixels),
        "voxels": list(voxels),
        "rounds": ROUNDS,
        "rounds of small grids": {"at most": MANY, "pixels": SMALL},
        "tolerance of the run that errors are held against": {zone: FINEST[zone] for zone in given},
        "keep": list(KEEPS),
        "seed": SEED,
        "clock": "processor time, which is not the same in two runs",
    }
    return replace(table, settings=settings, findings=findings(table, times), parts=(times, rounds))


def _planar(scenario: Scenario) -> Scenario:
    """Return the scenario if the raster can take it.

    Raises
    ------
    ScenarioError
        If not.
    """
    problems = []
    if not (isinstance(scenario.zone, BoxZone) and len(scenario.zone.lower) == 2):
        problems.append(Problem("zone", "is no planar box, which the raster wants: give such a zone"))
    if scenario.twins is not None and scenario.twins.placed:
        reason = "are one by one, and the raster wants their density: give count and density"
        problems.append(Problem("twins", reason))
    if problems:
        raise ScenarioError(problems)
    return scenario
