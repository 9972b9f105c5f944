"""Densities on meshes against scipy, fine sums and closed forms."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import shapely
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import Delaunay

from geomot import InvalidDensityError, Zone, distance_costs, mesh_density, minimization_diagram
from geomot.densities import MeshDensity
from geomot.diagram import normalized
from geomot.diagram.subdivision.sampling import draw


def given(d: int, count: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the Delaunay triangulation of a box with random points in it, and random values."""
    rng = np.random.default_rng(d)
    corners = np.stack(np.meshgrid(*[[0.0, 1.0]] * d, indexing="ij"), axis=-1).reshape(-1, d)
    points = np.concatenate([corners, rng.random((count, d))])
    return points, Delaunay(points).simplices.astype(int), rng.random(len(points))


def wide(points: np.ndarray, simplices: np.ndarray) -> np.ndarray:
    arms = points[simplices[:, 1:]] - points[simplices[:, :1]]
    return simplices[np.abs(np.linalg.det(arms)) > 1e-9]


def density(d: int) -> MeshDensity:
    points, simplices, values = given(d)
    return mesh_density(points, wide(points, simplices), values)


@pytest.mark.parametrize("d", [2, 3])
def test_values_against_scipy(d: int) -> None:
    points, _, values = given(d)
    where = np.random.default_rng(9).random((300, d))
    expected = LinearNDInterpolator(Delaunay(points), values)(where)
    np.testing.assert_allclose(density(d).values(where), expected, rtol=1e-10)
    assert not density(d).values(np.full((2, d), 1.5)).any()
    assert density(d).values(where.reshape(3, 100, d)).shape == (3, 100)


@pytest.mark.parametrize("d", [2, 3])
def test_the_whole_mass_is_the_sum_over_simplices(d: int) -> None:
    points, simplices, values = given(d)
    arms = points[simplices[:, 1:]] - points[simplices[:, :1]]
    sizes = np.abs(np.linalg.det(arms)) / (2.0 if d == 2 else 6.0)
    expected = (sizes * values[simplices].mean(axis=1)).sum()
    zone = Zone.box(np.full(d, -0.3), np.full(d, 1.2))  # larger than the mesh: outside there is nothing
    assert 1.0 / normalized(density(d), zone, 1e-12).factor == pytest.approx(expected, rel=1e-9)


def test_bounds_of_many_balls_are_those_of_each_in_little_memory() -> None:
    slope, rng = density(3), np.random.default_rng(6)
    centers = rng.uniform(-0.2, 1.2, (20_000, 3))
    radii = rng.uniform(0.0, 0.15, len(centers))
    slope.upper_bounds(centers[:1], radii[:1])  # what is kept
    tracemalloc.start()
    bounds = slope.upper_bounds(centers, radii)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2e8
    some = range(0, len(centers), 97)
    one = [slope.upper_bounds(centers[k : k + 1], radii[k : k + 1])[0] for k in some]
    np.testing.assert_array_equal(bounds[::97], one)
    around = rng.normal(size=(len(centers), 3))
    around *= radii[:, None] / np.linalg.norm(around, axis=1)[:, None]
    assert (slope.values(centers + around) <= bounds * (1.0 + 1e-12) + 1e-12).all()


def test_masses_of_voronoi_cells_against_shapely() -> None:
    points, simplices, values = given(2)
    outline = (
        shapely.Point(0.6, 0.5).buffer(0.7, quad_segs=3).difference(shapely.box(0.4, 0.3, 0.5, 0.6))
    )
    sites = np.random.default_rng(4).random((5, 2))
    diagram = minimization_diagram(distance_costs(sites, exponent=2.0), Zone.polygon(outline), 1e-11)
    found = diagram.integrate(density(2)).values
    cells = shapely.voronoi_polygons(
        shapely.MultiPoint(sites), extend_to=shapely.box(-9, -9, 9, 9)
    ).geoms
    for site, mass in zip(sites, found, strict=True):
        cell = next(c for c in cells if c.contains(shapely.Point(site))).intersection(outline)
        exact = 0.0
        for simplex in simplices:
            part = shapely.Polygon(points[simplex]).intersection(cell)
            if part.area > 0.0:  # a linear function: its value at the centroid times the area
                plane = np.linalg.solve(np.column_stack([points[simplex], np.ones(3)]), values[simplex])
                exact += part.area * float(plane @ [part.centroid.x, part.centroid.y, 1.0])
        assert mass == pytest.approx(exact, abs=1e-11)


def test_halves_of_a_linear_function_in_space() -> None:
    """Values of a linear function: the mesh does not matter, only the function."""
    points, simplices, _ = given(3)
    ramp = mesh_density(points, wide(points, simplices), 1.0 + points @ [1.0, 2.0, 0.5])
    sites = [[0.3, 0.5, 0.5], [0.7, 0.5, 0.5]]
    diagram = minimization_diagram(
        distance_costs(sites, exponent=2.0), Zone.box([0, 0, 0], [1, 1, 1]), 1e-10
    )
    expected = [0.5 * (1.0 + x + 1.0 + 0.25) for x in (0.25, 0.75)]
    np.testing.assert_allclose(diagram.integrate(ramp).values, expected, rtol=0.0, atol=1e-8)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("size", [1e-3, 0.05, 0.7])
def test_upper_bounds_hold(d: int, size: float) -> None:
    rng, mesh = np.random.default_rng(5), density(d)
    centers, radii = rng.uniform(-0.3, 1.3, (60, d)), size * rng.uniform(0.5, 1.0, 60)
    arms = rng.normal(size=(60, 40, d))
    arms *= rng.random((60, 40, 1)) / np.linalg.norm(arms, axis=2, keepdims=True)
    values = mesh.values(centers[:, None] + radii[:, None, None] * arms)
    assert (values <= mesh.upper_bounds(centers, radii)[:, None] * (1.0 + 1e-12)).all()
    assert (mesh.feature_sizes(centers, radii) > 0.0).all()


@pytest.mark.parametrize("d", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_points_are_drawn_where_the_mass_is(d: int) -> None:
    points, simplices, values = given(d)
    values = np.where(np.arange(len(values)) == 2**d, 1.0, 0.0)
    zone = Zone.box(np.zeros(d), np.ones(d))
    peak = normalized(mesh_density(points, wide(points, simplices), values), zone, 1e-9)
    drawn = draw(peak, zone, 30, np.random.default_rng(0))
    assert (peak.values(drawn) > 0.0).all()
    with pytest.raises(InvalidDensityError, match="has no smooth logarithm"):
        peak.log_bends(np.zeros((1, d)), np.ones(1))


SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1]]


@pytest.mark.parametrize(
    ("vertices", "simplices", "values", "match"),
    [
        (
            [[0, 0, 0, 0]],
            [[0, 0, 0]],
            [1],
            r"vertices of shape \(1, 4\) and simplices of shape \(1, 3\)",
        ),
        (SQUARE, [[0, 1, 2, 3]], [1] * 4, r"simplices of shape \(1, 4\); expected \(n, 2\)"),
        (SQUARE, [[0, 1, 2]], [1] * 3, r"values of shape \(3,\) for 4 vertices; expected one for each"),
        (SQUARE, [[0, 1, 4]], [1] * 4, "vertices from 0 to 4; expected whole numbers from 0 to 3"),
        (SQUARE, [[0, 1, 2.5]], [1] * 4, "expected whole numbers, those of vertices"),
        ([[0, 0], [1, 0], [0, np.nan]], [[0, 1, 2]], [1] * 3, "vertices that are not finite"),
        ([[0, 0], [1, 0], [0, 1e60]], [[0, 1, 2]], [1] * 3, r"or beyond 1e\+50 m"),
        (SQUARE, [[0, 1, 2]], [1, -1, 1, 1], r"a mesh has 1 numbers that are no .* -1 at index \(1,\)"),
        (SQUARE, [[0, 1, 2]], [0] * 4, "a mesh has no number above 0"),
        (SQUARE, [[0, 1, 1]], [1] * 4, r"1 simplices without measure, .* vertices \[0, 1, 1\]"),
        (SQUARE, [[0, 1, 2], [0, 1, 3]], [1] * 4, "1 pairs of simplices that overlap, .* 0 and 1"),
        ([*SQUARE, [2, -1]], [[0, 1, 2], [0, 1, 3], [0, 1, 4]], [1] * 5, "more than two simplices on"),
    ],
)
def test_bad_meshes(vertices: object, simplices: object, values: object, match: str) -> None:
    with pytest.raises(InvalidDensityError, match=match):
        mesh_density(vertices, simplices, values)  # type: ignore[arg-type]
