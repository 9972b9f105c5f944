"""Vertices of cells that are not convex, and facets where many bisectors meet."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import trimesh
from scipy.spatial import cKDTree

from geomot import Zone, power_diagram

CORNER = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
FRAME = shapely.box(0, 0, 1, 1) - shapely.box(0.25, 0.25, 0.75, 0.75)


def test_one_cell_has_the_corners_of_its_zone() -> None:
    zone = Zone.extrusion(CORNER, [0.0, 1.0])
    found = power_diagram([[0.5, 0.5, 0.5]], [0.0], zone)[0].vertices
    expected = {(x, y, z) for x, y in CORNER for z in (0, 1)}
    assert len(found) == 12 and {tuple(row) for row in found.round(12).tolist()} == expected


def test_cubes_in_a_corner_have_eight_vertices() -> None:
    sites = [[0.5, 0.5, 0.5], [1.5, 0.5, 0.5], [0.5, 1.5, 0.5]]
    for cell in power_diagram(sites, np.zeros(3), Zone.extrusion(CORNER, [0.0, 1.0])):
        low = np.floor(sites[cell.site])
        assert len(cell.vertices) == 8
        assert {tuple(row) for row in (cell.vertices - low).round(12).tolist()} == {
            (x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)
        }


@pytest.mark.parametrize("seed", range(4))
def test_vertices_are_those_of_the_surface(seed: int) -> None:
    rng, zone = np.random.default_rng(seed), Zone.extrusion(FRAME, [0.0, 0.5])
    sites, weights = rng.random((12, 3)) * [1.0, 1.0, 0.5], 0.02 * rng.random(12)
    cells = power_diagram(sites, weights, zone)
    assert (cells.measures > 0.0).any()
    for cell in cells:
        if cell.measure == 0.0:
            assert len(cell.vertices) == 0
            continue
        surface = cell.mesh().vertices  # manifold3d's, without vertices in flat places
        assert len(cell.vertices) == len(surface)
        assert cKDTree(surface).query(cell.vertices)[0].max() <= 1e-9


def test_many_vertices_of_one_cell() -> None:
    pytest.importorskip("netgen", reason="the extra tet is not installed")
    ring = trimesh.creation.torus(1.0, 0.3)
    found = power_diagram([[1.0, 0.0, 0.0]], [0.0], Zone.mesh(ring))[0].vertices
    corners = np.unique(ring.vertices, axis=0)
    assert len(found) == len(corners)
    assert cKDTree(corners).query(found)[0].max() <= 1e-12


@pytest.mark.parametrize("count", [24, 100, 150])
def test_sites_on_a_circle_have_each_other_as_neighbours(count: int) -> None:
    angles = np.sort(np.random.default_rng(count).random(count)) * 2.0 * np.pi
    sites = 0.5 + 0.3 * np.column_stack([np.cos(angles), np.sin(angles)])
    cells = power_diagram(sites, np.zeros(count), Zone.box([0, 0], [1, 1]))
    around = np.arange(count)
    for cell in cells:
        assert {around[cell.site - 1], around[(cell.site + 1) % count]} <= set(cell.neighbours)
        assert all(cell.site in cells[other].neighbours for other in cell.neighbours)


def test_a_vertex_of_many_facets_is_one() -> None:
    ends = np.concatenate([np.eye(3), -np.eye(3)])
    octahedron = trimesh.convex.convex_hull(ends)
    cell = power_diagram([[0.05, 0.02, 0.1]], [0.0], octahedron)[0]
    surface = cell.mesh()
    assert (len(surface.vertices), len(surface.faces)) == (6, 8)
    assert Zone.of(cell).measure == pytest.approx(4.0 / 3.0, rel=1e-14)


@pytest.mark.parametrize("subdivisions", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_surfaces_of_cells_are_zones(seed: int, subdivisions: int) -> None:
    rng = np.random.default_rng(seed)
    ball = trimesh.creation.icosphere(subdivisions)
    cells = power_diagram(rng.uniform(-0.6, 0.6, (12, 3)), 0.1 * rng.random(12), ball)
    assert cells.measures.sum() == pytest.approx(ball.volume, rel=1e-13)
    for cell in cells:
        if cell.measure > 0.0:
            surface = cell.mesh()
            assert surface.is_watertight
            assert surface.area_faces.min() > 0.0
            assert Zone.of(cell).measure == pytest.approx(cell.measure, rel=1e-9)
