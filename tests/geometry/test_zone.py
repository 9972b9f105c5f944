"""Zones against shapely, and every way to ask for one that does not exist."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geomot import InvalidZoneError, Zone
from tests.geometry.meshes import boundary_measure, facets

HOLED = shapely.Polygon(
    [(0, 0), (10, 0), (10, 8), (4, 8), (4, 6), (0, 6)],
    [[(1, 1), (3, 1), (2, 3)], [(6, 2), (9, 2), (9, 5), (7, 6)]],
)
ISLANDS = shapely.MultiPolygon(
    [HOLED, shapely.box(20, 0, 21, 5), shapely.Polygon([(6.5, 2.5), (8.5, 2.5), (8.0, 4.0)])]
)
# two squares that share a corner point, and a comb with many teeth
CORNERS = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)])
COMB = shapely.Polygon(
    [(0, 0), (20, 0)]
    + [p for i in range(20, 0, -1) for p in [(i, 1 + i % 3), (i - 0.5, 0.25)]]
    + [(0, 1)]
)
RING = shapely.Point(3, 4).buffer(2.0, quad_segs=32) - shapely.Point(3.5, 4).buffer(1.0, quad_segs=32)
# a tooth that touches the middle of a side, and a hole that touches the outline
TOUCHING = shapely.MultiPolygon(
    [shapely.box(0, 0, 2, 2), shapely.Polygon([(1, 2), (2, 4), (0, 4)]), shapely.box(5, 0, 6, 1)]
)
KEYHOLE = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(2, 0), (3, 2), (1, 2)]])
SHAPES = {
    "touching": TOUCHING,
    "keyhole": KEYHOLE,
    "holed": HOLED,
    "islands": ISLANDS,
    "corners": CORNERS,
    "comb": COMB,
    "ring": RING,
}


@pytest.mark.parametrize("name", SHAPES)
def test_polygon_measure_and_contains(name: str) -> None:
    outline = SHAPES[name]
    assert outline.is_valid
    zone = Zone.polygon(outline)
    assert zone.dimension == 2
    assert zone.measure == pytest.approx(outline.area, rel=1e-13)
    lower, upper = zone.bounds
    assert (*lower, *upper) == outline.bounds
    assert zone.extent == pytest.approx(np.hypot(*(upper - lower)), rel=1e-15)
    rng = np.random.default_rng(2)
    points = lower - 0.1 + (upper - lower + 0.2) * rng.random((1000, 2))
    clear = shapely.distance(outline.boundary, shapely.points(points)) > 1e-9
    inside = shapely.contains_xy(outline, points[:, 0], points[:, 1])
    assert np.array_equal(zone.contains(points)[clear], inside[clear])
    assert zone.contains(zone.triangulation.vertices).all()


@pytest.mark.parametrize("name", SHAPES)
def test_polygon_mesh_is_conforming(name: str) -> None:
    outline = SHAPES[name]
    mesh = Zone.polygon(outline).triangulation
    assert set(facets(mesh).values()) <= {1, 2}
    assert boundary_measure(mesh) == pytest.approx(outline.length, rel=1e-12)


def test_polygon_from_vertices_in_any_order() -> None:
    ring = [(0.0, 0.0), (0.0, 2.0), (3.0, 2.0), (3.0, 0.0)]
    assert Zone.polygon(ring).measure == pytest.approx(6.0, rel=1e-15)
    assert Zone.polygon(ring[::-1]).measure == pytest.approx(6.0, rel=1e-15)
    assert Zone.polygon([*ring, ring[0]]).measure == pytest.approx(6.0, rel=1e-15)


def test_polygon_forgets_heights() -> None:
    assert Zone.polygon(shapely.Polygon([(0, 0, 5), (1, 0, 6), (0, 1, 7)])).dimension == 2


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ([0.0, 0.0], [1.0, 1.0]),
        ([-3.0, 1e6], [7.0, 1e6 + 2.0]),
        ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]),
        ([-1e-6, 0.0, 5.0], [1e-6, 1e-6, 6.0]),
        ([1e6, 1e6, 1e6], [2e6, 3e6, 1e6 + 1.0]),
        ([0.0, 0.0, 0.0], [1e-9, 2e-9, 3e-9]),
        ([-1e9, 0.0, 1e9], [1e9, 2e9, 3e9]),
        ([0.0, 0.0, 0.0], [1e-9, 1.0, 1e9]),
        ([-1e50, -1e50, -1e50], [1e50, 1e50, 1e50]),
        ([0.0, 0.0, 0.0], [1e-50, 1e-50, 1e-50]),
    ],
)
def test_box(lower: list[float], upper: list[float]) -> None:
    low, high = np.array(lower), np.array(upper)
    zone = Zone.box(lower, upper)
    sides = high - low
    assert zone.dimension == len(low)
    assert zone.measure == pytest.approx(sides.prod(), rel=1e-13, abs=0.0)
    assert np.array_equal(zone.bounds[0], low) and np.array_equal(zone.bounds[1], high)
    assert set(facets(zone.triangulation).values()) <= {1, 2}
    surface = 2.0 * sum(sides.prod() / s for s in sides) if len(low) == 3 else 2.0 * sides.sum()
    assert boundary_measure(zone.triangulation) == pytest.approx(surface, rel=1e-13, abs=0.0)
    rng = np.random.default_rng(4)
    points = low - 0.25 * sides + 1.5 * sides * rng.random((500, len(low)))
    assert np.array_equal(zone.contains(points), ((points >= low) & (points <= high)).all(axis=1))
    assert zone.contains(np.stack([low, high])).all()


def test_outlines_have_corners_alone() -> None:
    assert list(Zone.box([0, 0], [3, 1]).outline.exterior.coords) == [
        *[(0, 0), (3, 0), (3, 1), (0, 1), (0, 0)]
    ]
    assert Zone.polygon(HOLED).outline.exterior.is_ccw
    assert not Zone.polygon(HOLED).outline.interiors[0].is_ccw


def test_what_is_not_finite_is_outside() -> None:
    assert Zone.box([0, 0], [1, 1]).contains([[np.nan, 0.5], [0.5, 0.5]]).tolist() == [False, True]


def test_contains_nothing() -> None:
    assert Zone.box([0, 0], [1, 1]).contains(np.empty((0, 2))).shape == (0,)


@pytest.mark.parametrize(
    ("lower", "upper", "match"),
    [
        ([0.0], [1.0], r"shapes \(1,\) and \(1,\); expected \(2,\) or \(3,\)"),
        ([0.0, 0.0], [1.0, 1.0, 1.0], r"shapes \(2,\) and \(3,\); expected"),
        ([[0.0, 0.0]], [[1.0, 1.0]], r"shapes \(1, 2\) and \(1, 2\); expected"),
        ([0.0] * 4, [1.0] * 4, r"shapes \(4,\) and \(4,\); expected"),
        ([0.0, 0.0], [1.0, 0.0], "has no measure; expected finite corners with lower < upper"),
        ([0.0, 2.0], [1.0, 1.0], "has no measure"),
        ([0.0, np.nan], [1.0, 1.0], "has no measure"),
        ([0.0, 0.0], [1.0, np.inf], "has no measure"),
        ([0.0, 0.0, 0.0], [1.0, 1.0, -np.inf], "has no measure"),
        ([0.0] * 3, [1e120] * 3, "box reaches from .* to .* metres; expected coordinates up to 1e.50"),
        ([-1e308] * 2, [1e308] * 2, "products of lengths must not overflow"),
        ([0.0] * 3, [1e-120] * 3, "extents from 1e-50"),
        ([0.0, 1.0], [1.0, np.nextafter(1.0, 2.0)], "so thin that no number lies between two"),
    ],
)
def test_box_errors(lower: list[float], upper: list[float], match: str) -> None:
    with pytest.raises(InvalidZoneError, match=match):
        Zone.box(lower, upper)


@pytest.mark.parametrize(
    ("outline", "match"),
    [
        (shapely.LineString([(0, 0), (1, 1)]), "outline is a LineString; expected a Polygon"),
        (shapely.Point(0, 0), "outline is a Point; expected a Polygon"),
        (shapely.GeometryCollection([shapely.box(0, 0, 1, 1)]), "outline is a GeometryCollection"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "not a valid polygon: Self-intersection"),
        ([(0, 0), (1, 1), (1, 0), (0, 1)], "not a valid polygon: Self-intersection"),
        (
            shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(3, 3), (5, 3), (5, 5), (3, 5)]]),
            "not a valid polygon: ",
        ),
        (
            shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]),
            "not a valid polygon: ",
        ),
        (shapely.Polygon(), "has area 0.0; expected a positive, finite area"),
        (shapely.MultiPolygon(), "has area 0.0; expected a positive, finite area"),
        ([(0, 0), (1, 0)], r"shape \(2, 2\); expected finite vertices \(n, 2\), n >= 3"),
        ([(0, 0, 0), (1, 0, 0), (0, 1, 0)], r"shape \(3, 3\); expected finite vertices"),
        ([], r"shape \(0,\); expected finite vertices"),
        ([(0, 0), (1, 0), (0, np.nan)], r"shape \(3, 2\); expected finite vertices"),
        ([(0, 0), (1, 0), (np.inf, 1)], "expected finite vertices"),
        ([(0, 0), (1e120, 0), (0, 1e120)], "zone outline reaches from .* must not overflow"),
        ([(0, 0), (1e200, 0), (0, 1e200)], "zone outline reaches from"),
        ([(0, 0), (1e-120, 0), (0, 1e-120)], "zone outline reaches from"),
    ],
)
def test_polygon_errors(outline: object, match: str) -> None:
    with pytest.raises(InvalidZoneError, match=match):
        Zone.polygon(outline)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_polygon_with_an_infinite_vertex(bad: float) -> None:
    with np.errstate(invalid="ignore"):
        outline = shapely.Polygon([(0, 0), (1, 0), (bad, 1)])
        with pytest.raises(InvalidZoneError, match="zone outline"):
            Zone.polygon(outline)


def test_collinear_ring_is_refused() -> None:
    with pytest.raises(InvalidZoneError, match="zone outline"):
        Zone.polygon([(0, 0), (1, 1), (2, 2)])


@pytest.mark.parametrize("heights", [[0.0, 1e120], [0.0, 1e-120], [-1e308, 1e308]])
def test_heights_that_cannot_be_measured_are_refused(heights: list[float]) -> None:
    with pytest.raises(InvalidZoneError, match="extrusion reaches from"):
        Zone.extrusion(HOLED, heights)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_small_and_large_extrusions(scale: float) -> None:
    outline = shapely.affinity.scale(HOLED, scale, scale, origin=(0, 0))
    zone = Zone.extrusion(outline, [0.0, scale])
    assert zone.measure == pytest.approx(HOLED.area * scale**3, rel=1e-13, abs=0.0)
