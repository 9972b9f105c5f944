"""Power diagrams against Voro++, half-plane clipping, shapely, closed forms and the lifted hull."""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np
import pytest
import shapely
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull, Delaunay

from geomot import (
    InvalidArgumentError,
    InvalidCostError,
    InvalidDensityError,
    InvalidSitesError,
    InvalidZoneError,
    Zone,
    minimization_diagram,
    power_diagram,
)
from geomot.cubature.rules import simplex_rule
from geomot.densities import (
    Density,
    Uniform,
    function_density,
    gaussian,
    grid_density,
    mesh_density,
)
from geomot.kernels.simplices import Floats
from tests.diagram.oracles import power_cells, random_points, solid_power_measures, voro_measures

UNITS = {d: Zone.box([0.0] * d, [1.0] * d) for d in (2, 3)}
L_SHAPE = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]


def lattice(count: int, d: int) -> Floats:
    axes = np.meshgrid(*[(np.arange(count) + 0.5) / count] * d, indexing="ij")
    return np.stack(axes, axis=-1).reshape(-1, d)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("count", [1, 2, 10, 300])
def test_voronoi_cells_are_those_of_voro(d: int, count: int) -> None:
    sites = np.random.default_rng(count).random((count, d))
    cells = power_diagram(sites, np.zeros(count), UNITS[d])
    np.testing.assert_allclose(cells.measures, voro_measures(sites), atol=1e-12)
    assert cells.measures.sum() == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("d", [2, 3])
def test_power_cells_are_those_of_voro(d: int) -> None:
    rng = np.random.default_rng(4)
    sites, weights = rng.random((50, d)), rng.random(50) * 50.0 ** (-2.0 / d) * 0.03
    cells = power_diagram(sites, weights, UNITS[d])
    assert (cells.measures > 0.0).all()
    np.testing.assert_allclose(cells.measures, voro_measures(sites, -weights), atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_hidden_cells_stay_empty(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sites, weights = rng.random((60, 2)) * 2.0 - 0.5, rng.random(60) * 0.2
    cells = power_diagram(sites, weights, UNITS[2])
    whole = power_cells(sites, -weights, np.full(2, -9.0), np.full(2, 9.0))
    expected = [cell.intersection(shapely.box(0, 0, 1, 1)).area for cell in whole]
    assert 0.0 in expected
    np.testing.assert_allclose(cells.measures, expected, atol=1e-13)
    for cell in cells:
        assert cell.polygon.area == pytest.approx(cell.measure, abs=1e-14)
        assert (cell.measure == 0.0) == (len(cell.vertices) == 0)


@pytest.mark.parametrize("d", [2, 3])
def test_neighbours_are_edges_of_the_lifted_hull(d: int) -> None:
    rng = np.random.default_rng(7)
    sites, weights = rng.random((80, d)), rng.random(80) * 0.02
    zone = Zone.box([-50.0] * d, [50.0] * d)  # so large that it cuts off no facet
    hull = ConvexHull(np.column_stack([sites, (sites**2).sum(axis=1) - weights]))
    lower = hull.simplices[hull.equations[:, d] < 0.0]
    expected = {tuple(sorted((a, b))) for simplex in lower for a in simplex for b in simplex if a != b}
    facets = power_diagram(sites, weights, zone).facets
    found = {(a, b) for a, b in zip(facets.cells, facets.neighbours, strict=True) if a < b}
    assert {pair for pair in found if pair[0] >= 0} - expected == set()
    missing = expected - found  # Delaunay edges whose facets lie outside the zone
    assert len(missing) <= 2


@pytest.mark.parametrize(("d", "count"), [(2, 10), (3, 2), (3, 3), (3, 4), (3, 5)])
def test_grids_of_equal_sites_are_exact(d: int, count: int) -> None:
    cells = power_diagram(lattice(count, d), np.zeros(count**d), UNITS[d])
    assert np.abs(cells.measures * count**d - 1.0).max() <= 1e-12
    inner = cells.facets.neighbours >= 0
    assert inner.sum() == 2 * d * count ** (d - 1) * (count - 1)  # no facet across a corner or an edge
    np.testing.assert_allclose(cells.facets.measures[inner], float(count) ** (1 - d), rtol=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_each_facet_is_seen_from_both_sides(d: int) -> None:
    rng = np.random.default_rng(2)
    cells = power_diagram(rng.random((200, d)), rng.random(200) * 0.01, UNITS[d])
    facets = cells.facets
    inner = facets.neighbours >= 0
    one = np.lexsort((facets.neighbours[inner], facets.cells[inner]))
    other = np.lexsort((facets.cells[inner], facets.neighbours[inner]))
    np.testing.assert_array_equal(facets.cells[inner][one], facets.neighbours[inner][other])
    np.testing.assert_allclose(facets.measures[inner][one], facets.measures[inner][other], atol=1e-12)
    # Gauss: the sum of |facet| times its distance from the site, over d, is the measure
    arms = facets.centroids - cells.points[facets.cells]
    own = cells.points[facets.neighbours] - cells.points[facets.cells]
    own[~inner] = 1.0
    normals = own / np.linalg.norm(own, axis=1, keepdims=True)
    walls = facets.neighbours < 0
    assert facets.measures[walls].sum() == pytest.approx(2.0 * d, abs=1e-12)
    flux = facets.measures * (arms * normals).sum(axis=1)
    closed = np.flatnonzero(~np.isin(np.arange(200), facets.cells[walls]) & (cells.measures > 0.0))
    total = np.bincount(facets.cells, np.where(walls, 0.0, flux), minlength=200) / d
    np.testing.assert_allclose(total[closed], cells.measures[closed], atol=1e-13)


@pytest.mark.parametrize("d", [2, 3])
def test_moments_are_those_of_many_points(d: int) -> None:
    rng = np.random.default_rng(3)
    cells = power_diagram(rng.random((4, d)), rng.random(4) * 0.05, UNITS[d])
    points = random_points(UNITS[d], 400_000, 1)
    owners = cells.locate(points)
    for site, cell in enumerate(cells):
        own = points[owners == site]
        assert cell.measure == pytest.approx(len(own) / len(points), abs=4e-3)
        np.testing.assert_allclose(cell.centroid, own.mean(axis=0), atol=4e-3)
        arms = own - cells.points[site]
        second = cell.measure * arms.T @ arms / len(own)
        np.testing.assert_allclose(cell.second_moment, second, atol=2e-3)


def test_second_moment_of_a_box_about_its_site() -> None:
    cells = power_diagram([[0.0, 0.0, 0.0]], [0.0], Zone.box([0, 0, 0], [1, 2, 3]))
    volume, sides = 6.0, np.array([1.0, 2.0, 3.0])
    expected = volume * (np.outer(sides, sides) / 4.0 + np.diag(sides**2) / 12.0)
    np.testing.assert_allclose(cells[0].second_moment, expected, rtol=1e-13)


def test_a_polygon_with_a_hole_against_shapely() -> None:
    zone = shapely.Polygon(
        [(0, 0), (4, 0), (4, 3), (2, 1.2), (0, 3)], [[(0.5, 0.5), (1.2, 0.5), (1.2, 1.1), (0.5, 1)]]
    )
    rng = np.random.default_rng(1)
    sites, weights = rng.random((80, 2)) * [4, 3], rng.random(80) * 0.05
    cells = power_diagram(sites, weights, Zone.polygon(zone))
    whole = power_cells(sites, -weights, np.full(2, -9.0), np.full(2, 9.0))
    expected = [cell.intersection(zone) for cell in whole]
    np.testing.assert_allclose(cells.measures, [c.area for c in expected], atol=1e-12)
    for cell, other in zip(cells, expected, strict=True):
        assert cell.polygon.symmetric_difference(other).area < 1e-12
        length = sum(cell.facets.measures)
        assert length == pytest.approx(other.length, abs=1e-10)


def test_solids_in_zones_of_any_form() -> None:
    rng = np.random.default_rng(5)
    sites = rng.random((60, 3)) * 2.0
    convex = Zone.mesh(trimesh.creation.icosphere(1, radius=1.3).apply_translation((1, 1, 1)))
    for zone in (convex, Zone.extrusion(L_SHAPE, [0.0, 1.0])):
        cells = power_diagram(sites, np.zeros(60), zone)
        assert cells.measures.sum() == pytest.approx(zone.measure, rel=1e-13)
        for cell in cells:
            if cell.measure > 0.0:
                surface = cell.mesh()
                assert surface.is_volume
                assert surface.volume == pytest.approx(cell.measure, abs=1e-13)
                area = cell.facets.measures.sum()
                assert surface.area == pytest.approx(area, abs=1e-11)


@pytest.mark.parametrize("gap", [1e-3, 1e-9, 1e-15])
def test_sites_close_together(gap: float) -> None:
    cells = power_diagram([[0.5, 0.5], [0.5 + gap, 0.5], [0.9, 0.9]], [0, 0, 0], UNITS[2])
    assert cells.measures.sum() == pytest.approx(1.0, abs=1e-15)
    assert cells.measures[0] == pytest.approx(0.5, abs=0.1)
    one = power_diagram([[0.5, 0.5], [0.9, 0.9]], [0, 0], UNITS[2])
    assert cells.measures[:2].sum() == pytest.approx(one.measures[0], abs=2.0 * gap)


def test_coincident_sites() -> None:
    sites = [[0.3, 0.5], [0.3, 0.5], [0.7, 0.5]]
    assert power_diagram(sites, [0, 0, 0], UNITS[2]).measures == pytest.approx([0.5, 0.0, 0.5])
    assert power_diagram(sites, [0, 0.1, 0.1], UNITS[2]).measures == pytest.approx([0.0, 0.5, 0.5])


@pytest.mark.parametrize("tilt", [0.0, 1e-300, 1e-12, 1e-3])
def test_collinear_sites_with_weights(tilt: float) -> None:
    sites = np.array([[0.5, 0.3, 0.5], [0.5 + tilt, 0.7, 0.5], [0.5, 0.5, 0.5]])
    weights = np.array([0.0, -9.5e-5, 9.3e-4])
    cells = power_diagram(sites, weights, UNITS[3])
    expected = solid_power_measures(sites, -weights, np.zeros(3), np.ones(3))
    np.testing.assert_allclose(cells.measures, expected, atol=1e-12)


@pytest.mark.parametrize(("d", "count"), [(2, 24), (3, 200)])
def test_sites_on_a_circle_and_a_sphere(d: int, count: int) -> None:
    if d == 2:
        angles = 2.0 * np.pi * np.arange(count) / count
        sites = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    else:
        sites = np.random.default_rng(0).normal(size=(count, 3))
        sites /= np.linalg.norm(sites, axis=1, keepdims=True)
    zone = Zone.box([-2.0] * d, [2.0] * d)
    cells = power_diagram(sites, np.zeros(count), zone)
    assert cells.measures.sum() == pytest.approx(4.0**d, rel=1e-14)
    assert (cells.measures > 0.0).all()
    if d == 2:
        np.testing.assert_allclose(cells.measures, np.tile(cells.measures[:6], 4), rtol=1e-12)
    centre = power_diagram(np.vstack([sites, np.zeros(d)]), np.zeros(count + 1), zone)
    assert centre.measures.sum() == pytest.approx(4.0**d, rel=1e-14)
    assert len(centre[count].neighbours) == count


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("origin", [0.0, 1e6])
def test_zones_of_any_size_and_place(size: float, origin: float) -> None:
    rng = np.random.default_rng(9)
    sites, weights = rng.random((40, 2)), rng.random(40) * 0.01
    plain = power_diagram(sites, weights, UNITS[2])
    zone = Zone.box([origin] * 2, [origin + size] * 2)
    moved = power_diagram(origin + size * sites, size**2 * weights, zone)
    grain = np.spacing(origin + size) / size
    np.testing.assert_allclose(moved.measures / size**2, plain.measures, atol=1e-13 + 60.0 * grain)


def test_weights_over_twelve_decades() -> None:
    rng = np.random.default_rng(6)
    sites, weights = rng.random((40, 2)), 10.0 ** rng.uniform(-12, 0, 40)
    cells = power_diagram(sites, weights, UNITS[2])
    whole = power_cells(sites, -weights, np.full(2, -9.0), np.full(2, 9.0))
    expected = [cell.intersection(shapely.box(0, 0, 1, 1)).area for cell in whole]
    np.testing.assert_allclose(cells.measures, expected, atol=1e-12)


@given(seed=st.integers(0, 10**6), d=st.sampled_from([2, 3]))
def test_order_of_the_sites_does_not_matter(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 30))
    sites, weights = rng.integers(0, 6, (count, d)) / 5.0, rng.integers(0, 3, count) * 0.01
    _, first = np.unique(sites, axis=0, return_index=True)
    sites, weights = sites[first], weights[first]
    order = rng.permutation(len(first))
    cells = power_diagram(sites, weights, UNITS[d])
    again = power_diagram(sites[order], weights[order], UNITS[d])
    np.testing.assert_allclose(again.measures, cells.measures[order], atol=1e-13)
    assert cells.measures.sum() == pytest.approx(1.0, abs=1e-12)


def test_each_point_has_the_least_power_in_its_cell() -> None:
    rng = np.random.default_rng(10)
    sites, weights = rng.random((30, 2)), rng.random(30) * 0.02
    cells = power_diagram(sites, weights, UNITS[2])
    points = random_points(UNITS[2], 2000, 3)
    powers = ((points[:, None] - sites) ** 2).sum(axis=2) - weights
    polygons = [cell.polygon.buffer(1e-12) for cell in cells]
    for owner, point in zip(powers.argmin(axis=1), points, strict=True):
        assert polygons[owner].contains(shapely.Point(point))


def test_integrals_of_a_density() -> None:
    cells = power_diagram(lattice(3, 3), np.zeros(27), UNITS[3])
    density = gaussian([0.5, 0.4, 0.6], 0.1)
    masses = cells.integrate(density, 1e-9)
    from scipy.stats import norm

    ends = [np.diff(norm.cdf(np.arange(4) / 3.0, mean, 0.1)) for mean in (0.5, 0.4, 0.6)]
    expected = np.einsum("i,j,k->ijk", *ends).reshape(-1)
    np.testing.assert_allclose(masses.values, expected, atol=1e-9)
    plain, centres = cells.centres_of_mass(Uniform())
    np.testing.assert_allclose(centres, lattice(3, 3), atol=1e-12)
    np.testing.assert_allclose(plain.values, 1.0 / 27.0, atol=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_integrals_of_a_grid_are_exact(d: int) -> None:
    rng = np.random.default_rng(11)
    table = rng.random((7,) * d)
    density = grid_density(table, [0.0] * d, [1.0] * d, interpolation="constant")
    cells = power_diagram([[0.3] + [0.5] * (d - 1), [0.8] + [0.5] * (d - 1)], [0.0, 0.0], UNITS[d])
    # the bisector at 0.55 cuts the fourth of seven columns
    columns = table.reshape(7, -1).sum(axis=1) / 7.0**d
    left = columns[:3].sum() + (0.55 * 7.0 - 3.0) * columns[3]
    masses, centres = cells.centres_of_mass(density)
    np.testing.assert_allclose(masses.values, [left, columns.sum() - left], rtol=1e-14)
    ends = np.sort(np.append(np.arange(8) / 7.0, 0.55))
    middles = 0.5 * (ends[1:] + ends[:-1])
    part = np.append(columns[:4], columns[3:]) * np.diff(ends)
    expected = [np.average(middles[cut], weights=part[cut]) for cut in (slice(0, 4), slice(4, 8))]
    np.testing.assert_allclose(centres[:, 0], expected, rtol=1e-14)
    assert masses.bounded


@pytest.mark.parametrize("kind", ["constant", "linear", "mesh"])
def test_moments_of_densities_with_breaks(kind: str) -> None:
    # shapely cuts cells of an L with a hole by the density's own boxes or triangles
    outline = shapely.Polygon(
        [(0, 0), (3, 0), (3, 1), (1, 1.2), (1, 3), (0, 3)], [[(0.3, 0.3), (0.8, 0.4), (0.5, 0.7)]]
    )
    rng = np.random.default_rng(5)
    cells = power_diagram(3.0 * rng.random((8, 2)), 0.2 * rng.random(8), outline)
    if kind == "mesh":
        points = rng.uniform(-0.5, 3.2, (12, 2))
        triangles = Delaunay(points).simplices
        density: Density = mesh_density(points, triangles, rng.random(12))
        pieces = [shapely.Polygon(points[t]) for t in triangles]
    else:
        table = rng.random((5, 4))
        density = grid_density(table, [0.2, -0.1], [2.7, 3.1], kind)  # type: ignore[arg-type]
        along, up = (np.linspace(a, b, n + 1) for a, b, n in ((0.2, 2.7, 5), (-0.1, 3.1, 4)))
        if kind == "linear":  # bends in the middles of boxes
            along, up = (np.sort(np.append(t, 0.5 * (t[1:] + t[:-1]))) for t in (along, up))
        pieces = [
            shapely.box(*low, *high)
            for low, high in zip(product(along[:-1], up[:-1]), product(along[1:], up[1:]), strict=True)
        ]
    masses, centres = cells.centres_of_mass(density)
    nodes, weights = simplex_rule(2, 4)
    for cell in cells:
        moments = np.zeros(3)
        for piece in pieces:
            part = shapely.intersection(cell.polygon, piece)
            for triangle in shapely.constrained_delaunay_triangles(part).geoms:
                at = nodes @ np.asarray(triangle.exterior.coords)[:3]
                local = density.values(at) * weights * triangle.area
                moments += [local.sum(), *(local @ at)]
        assert masses.values[cell.site] == pytest.approx(moments[0], rel=1e-12)
        if moments[0] > 0.0:
            np.testing.assert_allclose(centres[cell.site], moments[1:] / moments[0], rtol=1e-12)
    assert np.isfinite(centres).all(axis=1).sum() >= 5


@pytest.mark.parametrize("tilt", [1e-13, 1e-10, 1e-8, 1e-4])
def test_zones_that_are_nearly_boxes(tilt: float) -> None:
    # a side leans by so little that its normal's length rounds to one component
    zone = Zone.polygon([(0, 0), (1, 0), (1 - tilt, 1), (0, 1)])
    cells = power_diagram([[0.5, 0.2], [0.5, 0.8]], [0.0, 0.0], zone)
    np.testing.assert_allclose(cells.measures, [0.5 - tilt / 8, 0.5 - 3 * tilt / 8], rtol=0, atol=1e-15)
    block = Zone.extrusion([(0, 0), (1, 0), (1 - tilt, 1), (0, 1)], [0, 1])
    solids = power_diagram([[0.5, 0.2, 0.5], [0.5, 0.8, 0.5]], [0.0, 0.0], block)
    np.testing.assert_allclose(solids.measures, cells.measures, rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", ["constant", "linear"])
def test_grids_over_cells_of_a_solid_that_is_not_convex(kind: Literal["constant", "linear"]) -> None:
    rng = np.random.default_rng(1)
    zone = Zone.extrusion([(0, 0), (2, 0), (2, 1), (1, 0.5), (0, 1)], [0, 1])
    density = grid_density(rng.random((6, 4, 3)), [-0.1] * 3, [1.7, 0.9, 0.8], kind)
    cells = power_diagram(rng.uniform(*zone.bounds, (15, 3)), rng.normal(0.0, 0.02, 15), zone)
    # the engine cuts the zone's simplices, not the cells
    expected = minimization_diagram(cells.costs, zone, 1e-9).integrate(density)
    masses = cells.integrate(density)
    np.testing.assert_allclose(masses.values, expected.values, rtol=0, atol=1e-13)
    assert (expected.errors < 1e-9).all()


def test_what_cannot_be_bounded_says_so() -> None:
    cells = power_diagram([[0.2, 0.5], [0.7, 0.5]], [0.0, 0.0], UNITS[2])
    assert not cells.integrate(function_density(lambda x: x[:, 0])).bounded
    assert cells.integrate(Uniform()).bounded


def test_cells_of_holed_zones_are_oriented() -> None:
    zone = shapely.Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
    cells = power_diagram([[0.3, 0.5], [0.7, 0.5]], [0.0, 0.0], zone)
    assert all(cell.polygon.exterior.is_ccw for cell in cells)


def test_bad_input() -> None:
    with pytest.raises(InvalidSitesError, match="3 coordinates and the zone 2"):
        power_diagram(np.zeros((1, 3)), [0.0], UNITS[2])
    with pytest.raises(InvalidSitesError, match="expected finite coordinates"):
        power_diagram([[np.nan, 0.0]], [0.0], UNITS[2])
    with pytest.raises(InvalidSitesError, match="no array of numbers"):
        power_diagram([[0.0, 0.0], [1.0]], [0.0, 0.0], UNITS[2])
    with pytest.raises(InvalidCostError, match=r"weights have shape \(2,\); expected \(1,\)"):
        power_diagram([[0.0, 0.0]], [0.0, 1.0], UNITS[2])
    with pytest.raises(InvalidCostError, match="weight of site 0 is nan"):
        power_diagram([[0.0, 0.0]], [np.nan], UNITS[2])
    with pytest.raises(InvalidZoneError, match="a zone was asked of a str"):
        power_diagram([[0.0, 0.0]], [0.0], "town")
    planar, solid = (power_diagram([[0.5] * d, [5.0] * d], [0, 0], UNITS[d]) for d in (2, 3))
    with pytest.raises(InvalidArgumentError, match="no surface"):
        planar[0].mesh()
    with pytest.raises(InvalidArgumentError, match="no polygon"):
        _ = solid[0].polygon
    with pytest.raises(InvalidArgumentError, match="empty and has no surface"):
        solid[1].mesh()
    with pytest.raises(IndexError, match="no cell 2: sites have the numbers 0 to 1"):
        _ = planar[2]
    for tolerance in (0.0, -1.0, 1.0, np.nan):
        with pytest.raises(InvalidArgumentError, match="expected a share"):
            planar.integrate(Uniform(), tolerance)
    far = gaussian([0.0, 0.0, 0.0], 1.0)
    for use in (planar.integrate, planar.centres_of_mass, planar.facet_integrals):
        with pytest.raises(InvalidDensityError, match="in 3 dimensions and the zone in 2"):
            use(far)
        with pytest.raises(InvalidDensityError, match="wrap a function in function_density"):
            use(lambda x: x)  # type: ignore[operator]
