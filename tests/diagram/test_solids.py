"""Cells of spatial diagrams as meshes: closed, outward, sharing their faces, as close as asked."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
import trimesh

from geomot import InvalidArgumentError, Zone, distance_costs, minimization_diagram
from geomot.diagram.spatial.coarsening import face_qualities
from geomot.diagram.spatial.curving import curved_totals
from geomot.diagram.spatial.partition import Solid, partition
from geomot.studies import ErrorRecord
from tests.diagram.meshes import CUBE, check_shared_faces, check_solid, crossings, random_costs

APOLLONIUS = distance_costs([[0.5, 0.5, 0.5], [0.8, 0.5, 0.5]], factor=[2.0, 1.0])
RADIUS, CENTER = 0.2, np.array([0.4, 0.5, 0.5])


@pytest.mark.parametrize(
    "seed", [11, *(pytest.param(s, marks=pytest.mark.slow) for s in range(50) if s != 11)]
)
def test_random_diagrams(seed: int) -> None:
    diagram = minimization_diagram(random_costs(seed), CUBE, 1e-3)
    tolerance = 0.01
    solids = diagram.solids(tolerance)
    whole = solids[0].partition
    for solid in solids:
        check_solid(solid)
    check_shared_faces(whole)
    assert whole.measures.sum() == pytest.approx(1.0, abs=1e-12)
    areas = np.array([solid.mesh().area for solid in solids])
    off = np.abs(whole.measures - diagram.measures)
    assert (off <= tolerance * areas + diagram.measure_errors).all()
    assert off.max() > 1e-9  # chords: not the cubature's own numbers


# curves that nearly meet: 0 to 26 vertices were off
@pytest.mark.parametrize(
    "seed", [25, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 41))]
)
def test_vertices_lie_on_the_bisectors_and_faces_near_them(seed: int) -> None:
    costs, tolerance = random_costs(seed).simplified(), 0.02
    whole = partition(costs, CUBE, tolerance)
    inner = whole.sides.cells[:, 1] >= 0
    corners, pairs = whole.sides.corners[inner], whole.sides.cells[inner]
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(3), (len(corners), 20))
    inside = np.einsum("fsk,fkd->fsd", shares, whole.vertices[corners])
    for points, allowed in ((whole.vertices[corners], 1e-9), (inside, tolerance)):
        sites = pairs[:, None]
        gap = np.ptp(costs.values(points[:, :, None], sites), axis=2)
        slope = np.diff(costs.gradients(points[:, :, None], sites), axis=2)[:, :, 0]
        away = gap / np.linalg.norm(slope, axis=2)
        assert away.max() <= allowed
    assert whole.loose == 0
    assert face_qualities(costs, whole.vertices[corners], pairs).min() > 0.0


@pytest.mark.slow
def test_the_cells_of_random_points_are_those_of_the_mesh() -> None:
    costs = random_costs(3)
    whole = partition(costs, CUBE, 0.005)
    points = np.random.default_rng(0).uniform(0.0, 1.0, (300, 3))
    values = costs.values(points[:, None], np.arange(costs.count))
    ordered = np.sort(values, axis=1)
    clear = ordered[:, 1] - ordered[:, 0] > 0.05  # well away from any face
    assert clear.sum() > 100
    for solid in (Solid(site, whole) for site in range(costs.count)):
        inside = _winding_numbers(solid.mesh(), points[clear])
        np.testing.assert_allclose(inside, values[clear].argmin(axis=1) == solid.site, atol=1e-6)


def _winding_numbers(mesh: trimesh.Trimesh, points: np.ndarray) -> np.ndarray:
    arms = mesh.triangles[None] - points[:, None, None]
    a, b, c = np.moveaxis(arms, 2, 0)
    la, lb, lc = (np.linalg.norm(x, axis=2) for x in (a, b, c))
    triple = (a * np.cross(b, c)).sum(axis=2)
    below = (
        la * lb * lc + (a * b).sum(axis=2) * lc + (b * c).sum(axis=2) * la + (c * a).sum(axis=2) * lb
    )
    return np.arctan2(triple, below).sum(axis=1) / (2.0 * pi)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))]
)
def test_no_face_crosses_another(seed: int) -> None:
    whole = partition(random_costs(seed), CUBE, 0.1)
    once = (whole.sides.cells[:, 1] < whole.sides.cells[:, 0]).nonzero()[0]
    assert crossings(whole.vertices, whole.sides.corners[once]) == []
    # each piece lies in its own tetrahedron, and is not turned over
    assert (whole.cells.measures(16) >= 0.0).all()
    corners = whole.vertices[whole.cells.simplices]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1])
    assert volumes.min() >= -1e-15


@pytest.mark.slow
def test_order_one_falls_like_the_square_and_order_two_like_the_fourth_power() -> None:
    flat, curved, areas = (ErrorRecord() for _ in range(3))
    for tolerance in (1e-2, 3e-3, 1e-3, 3e-4):
        whole = partition(APOLLONIUS, CUBE, tolerance)
        mine = whole.sides.cells[:, 0] == 0
        points, nodes = whole.curved.points, whole.curved.nodes
        volume, area = curved_totals(points, nodes[mine])
        size = mine.sum() ** -0.5
        flat.add(size, abs(whole.measures[0] - 4.0 / 3.0 * pi * RADIUS**3))
        curved.add(size, abs(volume - 4.0 / 3.0 * pi * RADIUS**3))
        areas.add(size, abs(area - 4.0 * pi * RADIUS**2))
        middles = points[nodes[mine][:, 3:]]
        np.testing.assert_allclose(np.linalg.norm(middles - CENTER, axis=2), RADIUS, atol=1e-12)
    assert flat.order() == pytest.approx(2.0, abs=0.2)
    assert curved.order() > 3.8 and areas.order() > 3.8
    assert curved.errors[-1] < 5e-8


@pytest.mark.slow
def test_order_two_with_curves_where_three_cells_meet() -> None:
    rng = np.random.default_rng(5)
    costs = distance_costs(rng.uniform(0.2, 0.8, (4, 3)), factor=rng.uniform(1.0, 2.0, 4))
    exact = minimization_diagram(costs, CUBE, 1e-9).measures
    curved = ErrorRecord()
    for tolerance in (1e-2, 3e-3, 1e-3):
        whole = partition(costs, CUBE, tolerance)
        points, nodes = whole.curved.points, whole.curved.nodes
        volumes = [curved_totals(points, nodes[whole.sides.cells[:, 0] == b])[0] for b in range(4)]
        assert sum(volumes) == pytest.approx(1.0, abs=1e-12)
        inner = whole.sides.cells[:, 1] >= 0
        middles = points[nodes[inner][:, 3:]][:, :, None]
        values = costs.values(middles, whole.sides.cells[inner][:, None])
        assert (np.ptp(values, axis=2) <= 1e-9).mean() > 0.99
        curved.add(len(nodes) ** -0.5, float(np.abs(volumes - exact).max()))
        assert curved.errors[-1] < 0.1 * np.abs(whole.measures - exact).max()
    assert curved.order() > 3.0
    assert curved.errors[-1] < 2e-6


@pytest.mark.parametrize(("seed", "most"), [(28, 18), (48, 4)])  # whole faces: 28, 11
def test_few_sides_stay_straight_and_no_curved_face_folds(seed: int, most: int) -> None:
    costs = random_costs(seed).simplified()
    whole = partition(costs, CUBE, 0.02)
    points, nodes = whole.curved.points, whole.curved.nodes
    inner = whole.sides.cells[:, 1] >= 0
    sites = whole.sides.cells[inner][:, None]
    middles = points[nodes[inner][:, 3:]][:, :, None]
    off = np.ptp(costs.values(middles, sites), axis=2) > 1e-9
    assert len(np.unique(nodes[inner][:, 3:][off])) == whole.curved.straight <= most
    shape = points[nodes]
    a, b, c = np.eye(3)
    for at in (a, b, c, 0.5 * (a + b), 0.5 * (b + c), 0.5 * (c + a)):
        x, y, z = at
        first = [1 - 4 * x, 4 * y - 1, 0.0, 4 * (x - y), 4 * z, -4 * z]
        second = [1 - 4 * x, 0.0, 4 * z - 1, -4 * y, 4 * y, 4 * (x - z)]
        normal = np.cross(*(np.einsum("n,fnd->fd", way, shape) for way in (first, second)))
        flat = np.cross(shape[:, 1] - shape[:, 0], shape[:, 2] - shape[:, 0])
        assert ((normal * flat).sum(axis=1) > 0.0).all()


@pytest.mark.slow
def test_faces_are_well_shaped() -> None:
    whole = partition(random_costs(7), CUBE, 3e-3 * CUBE.extent)
    corners = whole.vertices[whole.sides.corners]
    quality = face_qualities(whole.costs, corners, whole.sides.cells)
    assert len(quality) > 1000
    assert (quality < np.sin(np.radians(5.0))).mean() < 0.01
    assert (quality < 0.0).mean() < 0.001  # none is folded, but next to vertices that are not exact


def test_a_cavity_and_a_cell_around_it() -> None:
    inner, outer = minimization_diagram(APOLLONIUS, CUBE, 1e-4).solids(2e-3)
    check_solid(inner)
    check_solid(outer)
    assert outer.mesh().body_count == 2  # the cube's surface, and the cavity turned inwards
    assert (outer.surface.neighbours == 0).sum() == len(inner.surface.faces)
    assert set(inner.surface.neighbours.tolist()) == {1}


def test_faces_know_the_part_of_the_zone_they_lie_on() -> None:
    zone = Zone.box([0.0, 0.0, 0.0], [4.0, 2.0, 1.0])
    costs = distance_costs([[1.0, 1.0, 0.5], [3.0, 1.0, 0.5]], exponent=2)
    left, right = minimization_diagram(costs, zone, 1e-6).solids()
    parts = left.partition.parts
    areas = {}
    for solid in (left, right):
        mesh = solid.mesh()
        for neighbour in np.unique(solid.surface.neighbours):
            chosen = solid.surface.neighbours == neighbour
            name = parts[-1 - neighbour] if neighbour < 0 else f"cell {neighbour}"
            areas[solid.site, name] = float(mesh.area_faces[chosen].sum())
    assert areas[0, "bottom"] == pytest.approx(4.0) and areas[1, "top"] == pytest.approx(4.0)
    assert areas[0, "cell 1"] == pytest.approx(2.0) == areas[1, "cell 0"]
    assert sum(area for (site, _), area in areas.items() if site == 0) == pytest.approx(16.0)


def test_an_extrusion_with_a_hole_keeps_its_hole() -> None:
    import shapely

    outline = shapely.box(0, 0, 4, 3).difference(shapely.box(1.5, 1.0, 2.5, 2.0))
    costs = distance_costs([[1.0, 1.2, 0.5], [3.1, 1.7, 1.4]], factor=[1.0, 1.3])
    solids = minimization_diagram(costs, Zone.extrusion(outline, [0.0, 2.0]), 1e-4).solids(0.02)
    for solid in solids:
        check_solid(solid)
    assert sum(solid.measure for solid in solids) == pytest.approx(22.0, rel=1e-13)


def test_coincident_sites_share_one_solid() -> None:
    sites = np.array([[0.2, 0.5, 0.5], [0.2, 0.5, 0.5], [0.7, 0.5, 0.5]])
    solids = minimization_diagram(distance_costs(sites, exponent=2), CUBE, 1e-6).solids()
    assert [round(solid.measure, 9) for solid in solids] == [0.45, 0.0, 0.55]
    assert len(solids[1].mesh().faces) == 0


def test_polygons_and_solids_are_asked_of_their_own_diagrams() -> None:
    planar = minimization_diagram(distance_costs([[0.5, 0.5]]), Zone.box([0, 0], [1, 1]))
    spatial = minimization_diagram(distance_costs([[0.5, 0.5, 0.5]]), CUBE, 1e-3)
    with pytest.raises(InvalidArgumentError, match="solids were asked of a planar diagram"):
        planar.solids()
    with pytest.raises(InvalidArgumentError, match="polygons were asked of a spatial diagram"):
        spatial.polygons()
    with pytest.raises(InvalidArgumentError, match="positive length"):
        spatial.regions(-1.0)
    assert spatial.regions()[0].mesh().volume == pytest.approx(1.0)
