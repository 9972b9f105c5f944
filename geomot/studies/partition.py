"""The study `partition`: the regions of three associations side by side (Fig. 2 of the paper)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geomot.diagram import normalized
from geomot.distributed.cases import Case, Runner
from geomot.distributed.running import run_cases
from geomot.errors import Problem, ScenarioError
from geomot.kernels.simplices import Floats
from geomot.plotting.fields import sample
from geomot.plotting.maps import CHORD, GRID
from geomot.plotting.numerals import duration
from geomot.plotting.sidebyside import Panel, plot_side_by_side
from geomot.scenario import Scenario, ServerResult, paper_scenario, solve
from geomot.scenario.build import build_density, build_network, build_zone
from geomot.studies.solving import METHODS, changed, outcome, scenario_data, scenario_of
from geomot.studies.table import Column, Table, table_of
from geomot.studies.twins import TOLERANCE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNT, SEED = 60, 1
CASE = "geomot.studies.partition:partitioned"
COLUMNS = (
    Column("method", "", "how the regions are found"),
    Column("status", "", "how it ended"),
    Column("average", "s", "average sub-synchronization time, eq. 9a"),
    Column("server", "", "whose region"),
    Column("sensors", "", "share of the sensors in it"),
    Column("area", "m^2", "its size"),
    Column("twins", "", "of the sampled twins that stand in it"),
    Column("twins expected", "", "number of twins that their density has in it"),
    Column("time", "s", "sub-synchronization time of its server, eq. 5"),
)


def partition(
    scenario: Scenario | None = None,
    *,
    count: int = COUNT,
    seed: int = SEED,
    run: Runner = run_cases,
) -> Table:
    """Return the regions by the best channel, in equilibrium and at the optimum.

    Parameters
    ----------
    scenario
        A planar scenario, by default the paper's; its twins are given by their density.
    count
        Number of twins that are drawn from it.
    seed
        Seed of the drawing.
    run
        What computes the cases.

    Returns
    -------
    Table
        One row for each method and server.

    Raises
    ------
    ScenarioError
        If the zone is not planar, or the twins have no density.

    Notes
    -----
    Fig. 2 of Hashash et al., "Towards a Decentralized Metaverse".  The best channel and the equilibrium
    are those of the twins that are drawn, each hosted where it stands.  An optimum with such twins is
    not defined: a region would reach for single twins with needles.  The third partition is therefore
    the optimum for as many twins in expectation, by their density.

    Examples
    --------
    ``geomot.studies.partition()`` takes about ten seconds.  In space there is nothing to draw so:

    >>> from geomot.studies.scenarios import spatial_scenario
    >>> partition(spatial_scenario())
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 2 problems:
      zone: is in space; expected a planar one for this study
      twins: have no density to draw from: give count and density
    """
    given = _with_density(paper_scenario() if scenario is None else scenario)
    given = changed(given, "solver", tolerance=max(TOLERANCE, given.solver.tolerance))
    sampled = changed(given, "twins", count=float(count), sample=True, seed=seed)
    expected = changed(given, "twins", count=float(count))
    placed = build_network(sampled).placed
    assert placed is not None
    positions = placed.positions.tolist()
    results = run(
        [
            Case(
                f"{method} of {count} twins, seed {seed}",
                CASE,
                {
                    **scenario_data(expected if method == "optimum" else sampled),
                    "method": method,
                    "positions": positions,
                },
            )
            for method in METHODS
        ]
    )
    rows = [
        (
            method,
            found["status"],
            found["average"],
            server["name"],
            server["mass"],
            server["measure"],
            standing,
            awaited,
            server["sub_synchronization_time"],
        )
        for method, found in zip(METHODS, results, strict=True)
        for server, standing, awaited in zip(
            found["servers"], found["standing"], found["expected"], strict=True
        )
    ]
    table = table_of("partition", "Regions of three associations", COLUMNS, rows)
    settings = {"scenario": scenario_data(sampled)["scenario"], "count": count, "seed": seed}
    details = {"results": dict(zip(METHODS, results, strict=True)), "positions": positions}
    said = (*_findings(table), *_gain(results[-1]))
    return replace(table, settings=settings, findings=said, details=details)


def partitioned(
    scenario: dict[str, Any], surface: str | None, method: str, positions: list[list[float]]
) -> dict[str, Any]:
    """Return what studies keep of a solution, and its regions, plain data.

    Parameters
    ----------
    scenario, surface
        The scenario as `scenario_data` gives it.
    method
        One of the methods of `geomot.solve`.
    positions
        Where twins stand, metres.
    """
    import shapely

    given = scenario_of(scenario, surface)
    assert given.twins is not None and given.twins.density is not None
    solution = solve(given, method)
    diagram = solution.diagram
    polygons = diagram.polygons(CHORD * diagram.zone.extent)
    density = normalized(build_density(given.twins.density), diagram.zone, diagram.tolerance)
    assert given.twins.count is not None
    expected = given.twins.count * diagram.integrate(density).values
    standing = np.bincount(diagram.locate(positions), minlength=len(polygons))
    return {
        **outcome(solution),
        "beside": solution.equilibrium_average,
        "expected": expected.tolist(),
        "standing": standing.tolist(),
        "polygons": [shapely.to_wkt(one.polygon, rounding_precision=-1) for one in polygons],
    }


def plot_partition(table: Table) -> Figure:
    """Draw the regions of a `partition` study side by side.

    Parameters
    ----------
    table
        What the study returned.

    Returns
    -------
    A figure of its own, not known to pyplot.
    """
    import shapely

    scenario = Scenario(**table.settings["scenario"])
    zone, sensors = build_zone(scenario.zone), scenario.sensors
    panels = []
    for method, found in table.details["results"].items():
        first, standing, awaited = found["servers"][0], found["standing"][0], found["expected"][0]
        title = (
            f"{_heading(method, found)}\n"
            f"{first['name']}: {1e-6 * first['measure']:.3f} km², {standing} twins stand there, "
            f"{awaited:.1f} expected"
        )
        polygons = [shapely.from_wkt(text) for text in found["polygons"]]
        servers = tuple(ServerResult(**server) for server in found["servers"])
        panels.append(Panel(title, polygons, servers, found["average"]))
    count, seed = table.settings["count"], table.settings["seed"]
    positions: Floats = np.array([server.position for server in scenario.servers])
    return plot_side_by_side(
        panels,
        f"{scenario.title or 'Regions'}, {count} twins drawn with seed {seed}",
        zone,
        positions,
        sample(build_density(sensors.density), sensors.count, zone, GRID),
        np.array(table.details["positions"]),
    )


def _heading(method: str, found: dict[str, Any]) -> str:
    average = duration(found["average"])
    if method != "optimum":
        return f"{method} of the twins drawn: {average}"
    if found["beside"] is None:
        return f"optimum of their density: {average}"
    return f"optimum of their density: {average} (its equilibrium: {duration(found['beside'])})"


def _with_density(scenario: Scenario) -> Scenario:
    """Return the scenario if it is planar and its twins have a density.

    Raises
    ------
    ScenarioError
        If not.
    """
    problems = []
    if len(scenario.servers[0].position) != 2:
        problems.append(Problem("zone", "is in space; expected a planar one for this study"))
    if scenario.twins is None or scenario.twins.density is None:
        problems.append(Problem("twins", "have no density to draw from: give count and density"))
    if problems:
        raise ScenarioError(problems)
    return scenario


def _gain(optimum: dict[str, Any]) -> tuple[str, ...]:
    """Return what the optimum saves; it is that of the density, and so is what it is compared with."""
    if optimum["beside"] is None:
        return ()
    return (
        f"optimum of the twins' density: {duration(optimum['average'])}, where the equilibrium of that "
        f"density has {duration(optimum['beside'])}",
    )


def _findings(table: Table) -> tuple[str, ...]:
    said = []
    for method in METHODS:
        own = table.where(method=method)
        names, areas = own.column("server"), own.column("area")
        awaited, standing = own.column("twins expected"), own.column("twins")
        least = int(np.argmin(areas))
        if max(areas) - min(areas) <= 1e-6 * max(areas):
            said.append(f"{method}: all regions are equally large")
            continue
        few = int(np.argmin(awaited))
        said.append(
            f"{method}: the smallest region is that of {names[least]}, {1e-6 * areas[least]:.3f} km²; "
            f"the fewest twins are to be expected in that of {names[few]}, {awaited[few]:.2f}, where "
            f"{standing[few]} of those drawn stand"
        )
    return tuple(said)
