"""Errors of areas and volumes of the regions' meshes against the size of their chords or faces."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from geomot.costs import Costs
from geomot.diagram import MinimizationDiagram, minimization_diagram
from geomot.diagram.spatial.partition import partition
from geomot.geometry import Zone
from geomot.kernels.simplices import Floats
from geomot.studies.convergence.closed import apollonius, hyperbola
from geomot.studies.convergence.cubature import CLOSED
from geomot.studies.convergence.halving import Faces, first_faces
from geomot.studies.convergence.series import Series
from geomot.studies.solving import equilibrium, scenario_of

CUBATURE = "the cubature along the true boundary"
CHORDS = (1e-5, 3e-6, 1e-6, 1e-7, 1e-8)  # in the plane, as shares of the extent
FACES = (1e-2, 3e-3, 1e-3, 3e-4)  # in space
HALVINGS = 2  # of faces
MEASURED = {2: 1e-11, 3: 1e-8}  # tolerance of a scenario's measures, by the dimension


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
    return _solid(problem, costs, Zone.box([0] * 3, [1] * 3), exact, CLOSED)


def scenario_boundaries(scenario: dict[str, Any], surface: str | None) -> list[dict[str, Any]]:
    """Return errors of the measures of an equilibrium's regions against the size of chords or faces.

    Parameters
    ----------
    scenario, surface
        The scenario as `scenario_data` gives it.

    Notes
    -----
    Against the cubature along the true boundary, which has neither chords nor faces.
    """
    found: MinimizationDiagram = equilibrium(scenario_of(scenario, surface)).diagram
    diagram = minimization_diagram(found.costs, found.zone, MEASURED[found.zone.dimension])
    draw = _flat if diagram.zone.dimension == 2 else _solid
    return draw("scenario", diagram.costs, diagram.zone, diagram.measures, CUBATURE)


def _flat(problem: str, costs: Costs, zone: Zone, exact: Floats, against: str) -> list[dict[str, Any]]:
    """Return errors of areas against chord tolerances, and against the size of chords."""
    import shapely

    sizes = Series("chord", problem, "area, order 1", against)
    tolerances = Series("chord tolerance", problem, "area, order 1", against)
    diagram = minimization_diagram(costs, zone, 1e-12)
    for tolerance in CHORDS:
        polygons = [region.polygon for region in diagram.polygons(tolerance * zone.extent)]
        areas = np.array([polygon.area for polygon in polygons])
        count = int(shapely.get_num_coordinates(polygons).sum())
        error = float(np.abs(areas - exact).max()) / zone.measure
        sizes.add(1.0 / count, error, None, count)
        tolerances.add(tolerance, error, None, count)
    return [sizes.plain(), tolerances.plain()]


def _solid(problem: str, costs: Costs, zone: Zone, exact: Floats, against: str) -> list[dict[str, Any]]:
    """Return errors of volumes against tolerances of faces, and against their size.

    Notes
    -----
    Faces are as fine as each place needs for a tolerance, so that their number says little about their
    size while most are still those that tell cells apart.  Orders of elements are those of faces
    that are halved, all alike.
    """
    costs = costs.simplified()
    every = [
        (
            Series(part, problem, "volume, order 1", against),
            Series(part, problem, "volume, order 2", against),
        )
        for part in ("chord tolerance", "chord")
    ]
    tolerances, sizes = every

    def add(both: tuple[Series, Series], control: float, faces: Faces) -> None:
        for series, volumes in zip(both, faces.volumes(), strict=True):
            error = float(np.abs(volumes - exact).max()) / zone.measure
            series.add(control, error, None, faces.inner)

    for tolerance in FACES:
        whole = partition(costs, zone, tolerance * zone.extent)
        add(tolerances, tolerance, Faces(costs, whole.sides, whole.curved))
    faces = first_faces(costs, zone)
    for _ in range(HALVINGS):
        add(sizes, faces.inner**-0.5, faces)
        faces = faces.halved()
    add(sizes, faces.inner**-0.5, faces)
    return [series.plain() for both in every for series in both]
