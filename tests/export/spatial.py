"""Solutions in space, made without a solver: only what files and figures look at."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

import geomot
from geomot import Zone, distance_costs, minimization_diagram
from geomot.diagram import MinimizationDiagram
from geomot.scenario import ServerResult, Solution
from geomot.transport.congestion.result import Status


def around(diagram: MinimizationDiagram, sites: np.ndarray, names: list[str]) -> Solution:
    """Return a solution whose servers stand at the sites of a diagram."""
    paper = geomot.paper_scenario()
    first = paper.servers[0]
    servers = tuple(
        first.model_copy(update={"name": name, "position": tuple(site)})
        for name, site in zip(names, sites.tolist(), strict=True)
    )
    scenario = paper.model_copy(update={"title": "A hall", "servers": servers, "twins": None})
    shares = diagram.measures / diagram.zone.measure
    results = tuple(
        ServerResult(name, float(share), float(size), 8e9, 0.0, 0.0, 0.02 * float(share))
        for name, share, size in zip(names, shares, diagram.measures, strict=True)
    )
    average = float(np.mean([server.sub_synchronization_time for server in results]))
    return Solution(
        scenario=scenario,
        method="snr",
        status=Status.CONVERGED,
        message="",
        iterations=0,
        residual=None,
        relative_residual=None,
        certificate=None,
        average_sub_synchronization_time=average,
        average_error=0.0,
        integration_error=0.0,
        relative_integration_error=0.0,
        servers=results,
        history=(),
        seconds={"total": 0.0},
        diagram=diagram,
    )


@cache
def hall(count: int = 5) -> Solution:
    """Return a box of 100 m x 80 m x 40 m among servers of unequal weight."""
    rng = np.random.default_rng(1)
    lower, upper = np.zeros(3), np.array([100.0, 80.0, 40.0])
    sites = rng.uniform(lower, upper, (count, 3))
    costs = distance_costs(sites, factor=rng.uniform(1.0, 2.0, count))
    diagram = minimization_diagram(costs, Zone.box(lower, upper), 0.9)
    return around(diagram, sites, [f"hall {k}" for k in range(count)])


@cache
def courtyard() -> Solution:
    """Return a building around a court: one region in it like a bubble, one without points."""
    outline = shapely.box(0, 0, 60, 60).difference(shapely.Point(33, 30).buffer(12.0))
    sites = np.array([[10.0, 10.0, 5.0], [50.0, 50.0, 5.0], [10.0, 50.0, 10.0], [500.0, 0.0, 0.0]])
    costs = distance_costs(sites, factor=[1.0, 2.5, 1.5, 1.0])
    diagram = minimization_diagram(costs, Zone.extrusion(outline, [0.0, 20.0]), 0.9)
    return around(diagram, sites, ["</script><b>&", "north $\\frac{ east", "ß", "far"])
