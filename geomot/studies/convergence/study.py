"""The study `convergence`: errors for closed forms and for a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geomot.distributed.cases import Runner
from geomot.distributed.running import run_cases
from geomot.errors import Problem, ScenarioError
from geomot.files.csvcells import Cell
from geomot.scenario import Scenario, paper_scenario
from geomot.studies.convergence.fits import COLUMNS, findings, orders, part_of
from geomot.studies.convergence.plan import controls, plan
from geomot.studies.convergence.series import Series
from geomot.studies.scenarios import SEED
from geomot.studies.solving import scenario_data
from geomot.studies.table import Table, table_of


def convergence(scenario: Scenario | None = None, *, run: Runner = run_cases) -> Table:
    """Return errors against what controls them, for closed forms and for a scenario.

    Four things are varied: the nodes per direction of the cubature, on one mesh; the tolerance asked
    for; chords and faces of the boundaries' meshes, of both orders; Newton's steps.

    Parameters
    ----------
    scenario
        A scenario to study besides the closed forms, by default the paper's.  Its errors are
        differences from its own finest run, and the table says so.
    run
        What computes the cases.

    Returns
    -------
    Table
        One row for each error; its part "convergence-orders" has the fits.

    Raises
    ------
    ScenarioError
        If the scenario's twins are one by one: the study wants their density.
    StudyError
        If the scenario's equilibrium cannot be solved.

    Examples
    --------
    ``geomot.studies.convergence()`` takes about three minutes; one of its cases:

    >>> from geomot.studies.convergence.cubature import closed_nodes
    >>> rows = closed_nodes("hyperbola")[0]["rows"]
    >>> [nodes for nodes, error, _, _ in rows if error < 1e-9]
    [5, 6, 7, 8, 9, 10, 11, 12]
    """
    given = paper_scenario() if scenario is None else scenario
    if given.twins is not None and given.twins.placed:
        reason = "are one by one; expected their density for this study: give count and density"
        raise ScenarioError([Problem("twins", reason)])
    data = scenario_data(given)
    results = run(plan(data, with_space=scenario is None))
    own = f"scenario {given.title!r}" if given.title else "scenario"  # no closed form is called so
    rows: list[Sequence[Cell]] = []
    for series in (Series(**entry) for result in results for entry in result):
        problem = own if series.problem == "scenario" else series.problem
        named = (part_of(series).name, problem, series.quantity, series.against)
        rows += [(*named, *row) for row in series.rows]
    table = table_of("convergence", "Errors, and how fast they fall", COLUMNS, rows)
    settings = {"scenario": data["scenario"], "seed": SEED, **controls()}
    return replace(table, settings=settings, findings=findings(table), parts=(orders(table),))
