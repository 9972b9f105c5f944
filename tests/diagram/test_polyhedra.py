"""Power diagrams in space as exact polyhedra: ties of any number of cells, against Voro++."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geomot import Zone, distance_costs, minimization_diagram
from geomot.diagram.boundaries.cellcomplex import facets
from geomot.diagram.spatial.polyhedra import polyhedral_complex
from geomot.kernels.simplices import Floats, signed_measures
from tests.diagram.meshes import CUBE, check_shared_faces, check_solid
from tests.diagram.oracles import voro_measures
from tests.diagram.test_linearized import OCTAHEDRON, grid


def cospherical(count: int) -> Floats:
    """Return sites on a sphere around the cube's middle."""
    arms = np.random.default_rng(0).normal(size=(count, 3))
    return 0.5 + 0.4 * arms / np.linalg.norm(arms, axis=1, keepdims=True)


TIES = {
    "2x2x2": grid(2),
    "3x3x3": grid(3),
    "octahedron": OCTAHEDRON,
    "octahedron and centre": np.vstack([OCTAHEDRON, [[0.5, 0.5, 0.5]]]),
    "24 cospherical": cospherical(24),
    "along an axis": np.array([[0.1, 0.5, 0.5], [0.2, 0.5, 0.5], [0.6, 0.5, 0.5], [0.9, 0.5, 0.5]]),
}


@pytest.mark.parametrize("name", TIES)
def test_ties_give_valid_exact_meshes(name: str) -> None:
    sites = TIES[name]
    diagram = minimization_diagram(distance_costs(sites), CUBE, 1e-6)
    solids = diagram.solids(0.001)
    whole = solids[0].partition
    for solid in solids:
        check_solid(solid)
    check_shared_faces(whole)
    assert whole.loose == 0
    np.testing.assert_allclose(whole.measures, voro_measures(sites), atol=1e-13)
    assert np.abs(whole.measures - diagram.measures).max() <= 1e-6


def test_sites_on_the_boundary_and_outside() -> None:
    sites = [[0.0, 0.5, 0.5], [1.0, 1.0, 1.0], [0.5, 0.0, 0.0], [1.5, 0.5, 0.5], [0.5, 0.5, -2.0]]
    diagram = minimization_diagram(distance_costs(sites), CUBE, 1e-6)
    solids = diagram.solids(0.001)
    for solid in solids[:4]:
        check_solid(solid)
    measures = solids[0].partition.measures
    assert measures.sum() == pytest.approx(1.0, abs=1e-13)
    np.testing.assert_allclose(measures, diagram.measures, atol=1e-13)
    assert measures[4] == 0.0


@pytest.mark.parametrize("count", [5, 20, 60])
def test_power_diagrams_of_voro(count: int) -> None:
    rng = np.random.default_rng(count)
    sites, offsets = rng.random((count, 3)), rng.random(count) * 0.05
    expected = np.zeros(count)
    costs = distance_costs(sites, exponent=2.0, offset=offsets)
    whole = polyhedral_complex(costs, CUBE.triangulation)
    measures = whole.measures(count)
    seen = measures > 0.0  # Voro++ loses all where one cell is empty
    expected[seen] = voro_measures(sites[seen], offsets[seen])
    np.testing.assert_allclose(measures, expected, atol=1e-12)
    volumes = signed_measures(whole.vertices[whole.simplices])
    assert volumes.min() > 0.0


def test_an_extrusion_with_a_hole_is_divided_exactly() -> None:
    outline = shapely.box(0, 0, 4, 3).difference(shapely.box(1.5, 1.0, 2.5, 2.0))
    sites = np.array([[1.0, 1.2, 1.0], [3.1, 1.7, 1.0], [2.0, 2.6, 1.0]])
    whole = polyhedral_complex(
        distance_costs(sites, exponent=2.0), Zone.extrusion(outline, [0.0, 2.0]).triangulation
    )
    plane = shapely.voronoi_polygons(
        shapely.MultiPoint(sites[:, :2]), extend_to=outline.buffer(9.0), ordered=True
    )
    areas = [shapely.intersection(cell, outline).area for cell in plane.geoms]
    np.testing.assert_allclose(whole.measures(3), 2.0 * np.array(areas), atol=1e-12)


def test_the_complex_conforms() -> None:
    whole = polyhedral_complex(distance_costs(cospherical(24), exponent=2.0), CUBE.triangulation)
    corners = np.sort(whole.simplices, axis=1)
    faces = np.concatenate([np.delete(corners, k, axis=1) for k in range(4)])
    faces, times = np.unique(faces, axis=0, return_counts=True)
    assert times.max() == 2
    outer = whole.vertices[faces[times == 1]]
    on_side = (np.abs(outer) < 1e-12).all(axis=1) | (np.abs(outer - 1.0) < 1e-12).all(axis=1)
    assert on_side.any(axis=1).all()
    sides = facets(whole)
    assert (sides.cells[:, 0] != sides.cells[:, 1]).all()
