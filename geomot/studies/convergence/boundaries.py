"""Errors of areas and volumes of the regions' meshes against the size of their chords or faces."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from geomot.costs import Costs
from geomot.diagram import MinimizationDiagram, minimization_diagram
from geomot.diagram.curving import curved_totals
from geomot.diagram.partition import partition
from geomot.geometry import Zone
from geomot.geometry.simplices import Floats
from geomot.studies.convergence.closed import apollonius, hyperbola
from geomot.studies.convergence.cubature import CLOSED
from geomot.studies.convergence.series import Series
from geomot.studies.solving import equilibrium, scenario_of

CUBATURE = "the cubature along the true boundary"
CHORDS = (1e-5, 3e-6, 1e-6, 1e-7, 1e-8)  # in the plane, as shares of the extent
FACES = (1e-2, 3e-3, 1e-3, 3e-4)  # in space, of closed forms
SURFACES = (5e-4, 2e-4, 1e-4, 5e-5, 3e-5)  # of scenarios
MEASURED = {2: 1e-11, 3: 1e-8}  # tolerance of a scenario's measures, by the dimension
ENOUGH = 8000  # faces, after which the scenario's are made no finer


def closed_circle(problem: str) -> list[dict[str, Any]]:
    """Return errors of the area of Apollonius' circle against the size of chords."""
    costs, radius, _ = apollonius(2)
    area = pi * radius**2
    return _flat(problem, costs, Zone.box([0, 0], [1, 1]), np.array([area, 1.0 - area]), CLOSED)


def closed_hyperbola(problem: str) -> list[dict[str, Any]]:
    """Return errors of the area beside a hyperbola against the size of chords."""
    given = hyperbola()
    return _flat(problem, given.costs, given.zone, given.shares, CLOSED)


def closed_sphere(problem: str) -> list[dict[str, Any]]:
    """Return errors of the volume of Apollonius' sphere against the size of faces of both orders."""
    costs, radius, _ = apollonius(3)
    volume = 4.0 / 3.0 * pi * radius**3
    exact = np.array([volume, 1.0 - volume])
    return _solid(problem, costs, Zone.box([0] * 3, [1] * 3), exact, CLOSED, FACES)


def scenario_boundaries(scenario: dict[str, Any], surface: str | None) -> list[dict[str, Any]]:
    """Return errors of the measures of an equilibrium's regions against the size of chords or faces.

    Parameters
    ----------
    scenario, surface
        The scenario as `scenario_data` gives it.

    Notes
    -----
    Against the cubature along the true boundary, which has neither chords nor faces.

    In space the coarsest faces are those that resolve the partition, whatever the tolerance: errors
    follow it from about a thousandth of the zone's size on.
    """
    found: MinimizationDiagram = equilibrium(scenario_of(scenario, surface)).diagram
    diagram = minimization_diagram(found.costs, found.zone, MEASURED[found.zone.dimension])
    given = ("scenario", diagram.costs, diagram.zone, diagram.measures, CUBATURE)
    return _flat(*given) if diagram.zone.dimension == 2 else _solid(*given, SURFACES)


def _flat(problem: str, costs: Costs, zone: Zone, exact: Floats, against: str) -> list[dict[str, Any]]:
    import shapely

    series = Series("chord", problem, "area, order 1", against)
    diagram = minimization_diagram(costs, zone, 1e-12)
    for tolerance in CHORDS:
        polygons = [region.polygon for region in diagram.polygons(tolerance * zone.extent)]
        areas = np.array([polygon.area for polygon in polygons])
        count = int(shapely.get_num_coordinates(polygons).sum())
        error = float(np.abs(areas - exact).max()) / zone.measure
        series.add(1.0 / count, error, None, count)
    return [series.plain()]


def _solid(
    problem: str, costs: Costs, zone: Zone, exact: Floats, against: str, tolerances: tuple[float, ...]
) -> list[dict[str, Any]]:
    flat = Series("chord", problem, "volume, order 1", against)
    curved = Series("chord", problem, "volume, order 2", against)
    costs = costs.simplified()
    for tolerance in tolerances:
        whole = partition(costs, zone, tolerance * zone.extent)
        points, nodes, cells = whole.curved.points, whole.curved.nodes, whole.sides.cells
        volumes = [curved_totals(points, nodes[cells[:, 0] == b])[0] for b in range(costs.count)]
        inner = int((cells[:, 1] >= 0).sum()) // 2  # faces on the true boundary, each once
        for series, found in ((flat, whole.measures), (curved, np.array(volumes))):
            error = float(np.abs(found - exact).max()) / zone.measure
            series.add(inner**-0.5, error, None, inner)
        if inner > ENOUGH:
            break
    return [flat.plain(), curved.plain()]
