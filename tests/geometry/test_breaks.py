"""Meshes cut along grids and other meshes: their parts tile, and none has a break inside."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.spatial import Delaunay

from geomot.geometry import Mesh, Zone
from geomot.geometry.meshes.bins import Bins
from geomot.geometry.meshes.breaks import Breaks, Overlay
from geomot.geometry.meshes.lattice import Lattice
from geomot.geometry.meshes.patchwork import Patchwork
from geomot.kernels.simplices import barycentric_coordinates, measures

RING = shapely.Point(0.5, 0.5).buffer(0.45, quad_segs=4).difference(shapely.box(0.3, 0.3, 0.43, 0.51))
ZONES = {
    "box": Zone.box([0.0, 0.0], [1.0, 1.0]),
    "large": Zone.box([-0.4, -0.2], [1.3, 1.4]),
    "small": Zone.box([0.31, 0.32], [0.34, 0.33]),
    "ring": Zone.polygon(RING),
    "cube": Zone.box([0.0, 0.0, 0.0], [1.0, 1.0, 1.0]),
    "tower": Zone.extrusion(RING, [0.1, 0.77]),
    "large cube": Zone.box([-0.2, 0.1, -0.3], [1.2, 0.8, 1.1]),
}


def lattice(d: int, n: int) -> Lattice:
    return Lattice((np.linspace(0.0, 1.0, n + 1),) * d)


def patchwork(d: int, count: int) -> Patchwork:
    points = np.random.default_rng(count).random((count, d))
    simplices = Delaunay(points).simplices.astype(np.int64)
    return Patchwork(Mesh(points, simplices[measures(points[simplices]) > 1e-7]))


def cut(breaks: Breaks, zone: Zone) -> tuple[Overlay, np.ndarray]:
    """Return the overlay and the measures of its simplices by their shares; check that they tile."""
    mesh = zone.triangulation
    overlay = breaks.cut(mesh, mesh)
    step = overlay.refinement
    sizes = measures(mesh.corners)[step.parents] * step.shares
    np.testing.assert_allclose(sizes, measures(step.mesh.corners), rtol=0.0, atol=1e-12 * zone.measure)
    assert sizes.sum() == pytest.approx(zone.measure, rel=1e-12)
    points = np.random.default_rng(0).uniform(*zone.bounds, (60, zone.dimension))
    corners = step.mesh.corners[sizes > 1e-12 * zone.measure]
    for point in points[zone.contains(points)]:
        place = barycentric_coordinates(corners, np.broadcast_to(point, (len(corners), len(point))))
        assert (place >= 0.0).all(axis=1).sum() == 1
    return overlay, sizes


@pytest.mark.parametrize("name", ["box", "large", "ring", "cube", "large cube"])
def test_parts_are_counted_before_they_are_made(name: str) -> None:
    zone = ZONES[name]
    mesh, d = zone.triangulation, zone.dimension
    for breaks in (lattice(d, 8), *([patchwork(d, 60)] if d == 2 else [])):
        made = len(breaks.cut(mesh, mesh).refinement.mesh.simplices)
        assert made / 4.0 <= breaks.parts(mesh) <= 4.0 * made


@pytest.mark.parametrize("n", [1, 3, 8])
@pytest.mark.parametrize("name", ZONES)
def test_parts_along_a_grid(name: str, n: int) -> None:
    zone = ZONES[name]
    overlay, sizes = cut(lattice(zone.dimension, n), zone)
    corners = overlay.refinement.mesh.corners[sizes > 1e-12 * zone.measure]
    scaled = n * corners
    cell = np.floor(scaled.mean(axis=1))[:, None]
    beyond = (cell < 0) | (cell >= n)  # past the grid there are no planes
    inside = (scaled >= cell - 1e-9) & (scaled <= cell + 1.0 + 1e-9)
    assert (inside | beyond).all()


@pytest.mark.parametrize("count", [6, 80])
@pytest.mark.parametrize("name", ZONES)
def test_parts_along_a_mesh(name: str, count: int) -> None:
    zone = ZONES[name]
    breaks = patchwork(zone.dimension, count)
    overlay, sizes = cut(breaks, zone)
    corners = overlay.refinement.mesh.corners[sizes > 1e-10 * zone.measure]
    patches, _ = breaks.locate(corners.mean(axis=1))
    for k in range(corners.shape[1]):
        held = patches >= 0
        place = barycentric_coordinates(breaks.mesh.corners[patches[held]], corners[held, k])
        assert place.min(initial=0.0) > -1e-7
        nearer = 0.999 * corners[~held, k] + 0.001 * corners[~held].mean(axis=1)
        assert (breaks.locate(nearer)[0] < 0).all()


@pytest.mark.parametrize("d", [2, 3])
def test_few_of_points_that_stand_together_are_searched_for(
    d: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks, rng = patchwork(d, 80), np.random.default_rng(d)
    corners = breaks.mesh.corners[rng.permutation(len(breaks.mesh.simplices))]
    parts = rng.dirichlet(np.ones(d + 1), (len(corners), 64))
    inside = np.einsum("mkv,mvd->mkd", parts, corners).reshape(-1, d)
    points = np.concatenate([inside, rng.uniform(-0.5, 1.5, (501, d))])
    known, heights = breaks._searched(points)
    assert (known[: len(inside)] >= 0).all() and (known < 0).any()
    counts = []
    searched = Patchwork._searched
    monkeypatch.setattr(
        Patchwork, "_searched", lambda self, some: counts.append(len(some)) or searched(self, some)
    )
    patches, place = breaks.locate(points)
    np.testing.assert_array_equal(patches, known)
    np.testing.assert_array_equal(place[known >= 0], heights[known >= 0])
    assert sum(counts) < 0.25 * len(inside) + 2 * 501
    shuffled = rng.permutation(len(points))
    np.testing.assert_array_equal(breaks.locate(points[shuffled])[0], known[shuffled])


def test_boxes_inside_become_kuhn_simplices_alone() -> None:
    overlay, _ = cut(lattice(2, 64), ZONES["box"])
    assert len(overlay.refinement.shares) == 2 * 64**2
    overlay, _ = cut(lattice(3, 8), ZONES["cube"])
    assert len(overlay.refinement.shares) == 6 * 8**3


def test_what_follows_the_breaks_already_stays() -> None:
    zone = ZONES["ring"]
    for breaks in (lattice(2, 7), patchwork(2, 30)):
        once = breaks.cut(zone.triangulation, zone.triangulation).refinement.mesh
        again = breaks.cut(once, zone.triangulation).refinement
        assert abs(len(again.shares) - len(once.simplices)) <= 0.01 * len(once.simplices)


def test_parents_and_others_cover_each_part() -> None:
    zone = ZONES["large"]
    mesh = zone.triangulation
    for breaks in (lattice(2, 5), patchwork(2, 40)):
        overlay, sizes = cut(breaks, zone)
        step = overlay.refinement
        rng = np.random.default_rng(1)
        for k in np.flatnonzero(sizes > 1e-9):
            named = {int(step.parents[k])} | set(overlay.others[overlay.others[:, 0] == k, 1].tolist())
            points = rng.dirichlet(np.ones(3), 5) @ step.mesh.corners[k]
            for point in points:
                many = np.broadcast_to(point, (len(mesh.simplices), 2))
                held = barycentric_coordinates(mesh.corners, many).min(axis=1) >= 1e-9
                assert set(np.flatnonzero(held).tolist()) <= named


@pytest.mark.parametrize("sides", [(1e-9, 1.0, 1e9), (1.0, 1.0, 1e-9), (1.0, 2.0, 3.0), (1e6, 1.0)])
def test_bins_are_few_however_thin_the_mesh(sides: tuple[float, ...]) -> None:
    corners = Zone.box([0.0] * len(sides), sides).triangulation.corners
    bins = Bins(corners)
    assert len(corners) / 16 <= bins.shape.prod() <= 4 * len(corners)
    centres = corners.mean(axis=1)
    owners, near = bins.near(centres, centres)
    assert {(k, k) for k in range(len(corners))} <= set(zip(owners, near, strict=True))
