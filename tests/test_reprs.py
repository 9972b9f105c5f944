"""What public objects say of themselves is one short line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import geomot
from geomot import Uniform, Zone, distance_costs

FLAT, SOLID = Zone.box([0, 0], [2, 1]), Zone.box([0, 0, 0], [1, 1, 1])
SITES = np.random.default_rng(0).uniform(0, 1, (1000, 2))
TWO = distance_costs([[0.2, 0.5], [0.8, 0.5]], factor=[2.0, 1.0])
HEIGHTS = [[0.2, 0.5, 0.5], [0.8, 0.5, 0.5]]
POWER = geomot.power_diagram([[0.5, 0.5], [1.5, 0.5], [1.5, 0.5]], [0.0, 0.0, -1.0], FLAT)
DIAGRAM = geomot.minimization_diagram(TWO, FLAT, 1e-6)
ARCS = geomot.arc_diagram(TWO, FLAT)
MESH = FLAT.triangulation


def solids() -> Any:
    costs = distance_costs(HEIGHTS, exponent=2)
    return geomot.minimization_diagram(costs, SOLID, 1e-2).regions(0.1)


SAID: dict[str, tuple[Callable[[], Any], str]] = {
    "zone": (lambda: FLAT, "Zone(dimension=2, measure=2, simplices=8)"),
    "power": (lambda: POWER, "PowerDiagram(3 cells in the plane, 1 of them empty)"),
    "power cell": (lambda: POWER[0], "PowerCell(site=0, measure=1)"),
    "facets": (lambda: POWER[0].facets, "PowerFacets(2 facets)"),
    "diagram": (lambda: DIAGRAM, "MinimizationDiagram(2 cells in the plane, tolerance=1e-06)"),
    "masses": (lambda: POWER.integrate(Uniform()), "Masses(3 cells, total=2)"),
    "arcs": (lambda: ARCS, "ArcDiagram(2 cells in the plane)"),
    "solid": (lambda: solids()[1], "Solid(site=1, measure=0.5)"),
    "costs": (lambda: TWO, "RadialCosts(2 sites in the plane, profile=PowerProfile)"),
    "spatial costs": (
        lambda: distance_costs(HEIGHTS),
        "RadialCosts(2 sites in space, profile=PowerProfile)",
    ),
    "uniform": (Uniform, "Uniform()"),
    "gaussian": (lambda: geomot.gaussian([0, 0], 1), "Mixture(1 gaussian in the plane)"),
    "grid": (
        lambda: geomot.grid_density(np.ones((300, 200)), [0, 0], [2, 1], "constant"),
        "SteppedGrid(60000 values in the plane)",
    ),
    "points": (lambda: geomot.kernel_density(SITES, 0.1), "KernelDensity(1000 points in the plane)"),
}


@pytest.mark.parametrize("name", SAID)
def test_objects_say_what_they_are(name: str) -> None:
    make, expected = SAID[name]
    assert repr(make()) == expected


@pytest.mark.parametrize(
    "make",
    [
        lambda: ARCS[0],
        lambda: ARCS[0].rings[0],
        lambda: DIAGRAM.regions(1e-2)[0],
        lambda: geomot.grid_density(np.ones((30, 20)), [0, 0], [2, 1]),
        lambda: geomot.mesh_density(MESH.vertices, MESH.simplices, np.ones(len(MESH.vertices))),
        lambda: geomot.function_density(lambda points: points[:, 0]),
        lambda: geomot.lloyd(SITES[:5], Uniform(), FLAT, max_iterations=1),
        lambda: geomot.fixed_capacity_transport(SITES[:50], np.ones(50), Uniform(), FLAT),
        lambda: geomot.congestion_equilibrium(TWO, Uniform(), FLAT, tolerance=1e-4),
        lambda: geomot.solve(geomot.paper_scenario(), "snr"),
        lambda: geomot.general_costs(
            1, 2, lambda x, b: x[:, 0], lambda x, b: np.ones_like(x) * [1.0, 0.0]
        ),
    ],
)
def test_no_object_shows_its_arrays(make: Callable[[], Any]) -> None:
    thing = make()
    shown = repr(thing)
    assert shown.startswith(f"{type(thing).__name__}(")
    assert shown.endswith(")")
    assert "\n" not in shown
    assert "array" not in shown
    assert len(shown) < 120
