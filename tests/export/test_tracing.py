from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
import shapely

from geomot.export.outlines import Outline
from geomot.export.tracing import trace
from tests.export.diagrams import BOX, apollonius, area, circular, curves, diagram, sites, traced


@pytest.mark.parametrize("tolerance", [None, 0.3, 1e-2, 1e-7])
def test_circle_of_apollonius_is_two_arcs(tolerance: float | None) -> None:
    disk, rest = traced(apollonius(), tolerance)
    ((curve,),) = disk
    centers, radii = curve.circles()
    assert len(curve.points) == 2
    assert np.abs(centers - [4.0, 5.0]).max() < 1e-12
    assert np.abs(radii - 2.0).max() < 1e-12
    assert (curve.bulges > 0.0).all()
    assert area(disk) == pytest.approx(4.0 * np.pi, abs=1e-12)
    assert area(rest) == pytest.approx(80.0 - 4.0 * np.pi, abs=1e-12)
    around, hole = rest[0]
    assert len(around.points) == 4
    assert not around.bulges.any()
    assert (hole.bulges < 0.0).all()


@pytest.mark.parametrize("seed", range(5))
def test_multiplicative_weights_have_circles_alone(seed: int) -> None:
    cells = circular(seed)
    parts = traced(cells, 1e-5)
    found = np.array([area(part) for part in parts])
    assert np.abs(found - cells.measures).max() < 1e-9 * BOX.area
    for curve in (curve for part in parts for curve in curves(part)):
        ends = np.roll(curve.points, -1, axis=0)
        inside = shapely.distance(shapely.points(0.5 * (curve.points + ends)), BOX.boundary) > 1e-9
        lengths = np.hypot(*(ends - curve.points).T)
        assert not curve.bulges[~inside].any()
        assert lengths[inside & (curve.bulges == 0.0)].sum() < 1e-2  # too short to be told


@pytest.mark.parametrize("seed", range(5))
def test_power_diagrams_have_lines_from_joint_to_joint(seed: int) -> None:
    points, rng = sites(seed)
    cells = diagram(points, factor=np.ones(10), exponent=2, offset=rng.uniform(0.0, 3.0, 10))
    parts = traced(cells)
    assert np.abs(np.array([area(part) for part in parts]) - cells.measures).max() < 1e-9 * BOX.area
    every = [curve for part in parts for curve in curves(part)]
    assert not any(curve.bulges.any() for curve in every)
    for curve in every:  # each point is a corner
        before, after = curve.points - np.roll(curve.points, 1, 0), np.roll(curve.points, -1, 0)
        after = after - curve.points
        turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
        bent = np.abs(turn) > 1e-6 * np.hypot(*before.T) * np.hypot(*after.T)
        joint = shapely.distance(shapely.points(curve.points), BOX.boundary) < 1e-9
        assert (bent | joint).all()


@pytest.mark.parametrize("tolerance", [None, 1e-2, 1e-6])
def test_hyperbolas_stay_as_they_are(tolerance: float | None) -> None:
    points, rng = sites(0)
    cells = diagram(points, offset=rng.uniform(0.0, 0.3, 10))
    for region, parts in zip(cells.polygons(tolerance), traced(cells, tolerance), strict=True):
        (part,) = parts
        assert not part[0].bulges.any()
        given = {tuple(point) for point in shapely.get_coordinates(region.polygon)}
        assert {tuple(point) for point in part[0].points} == given


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_share_pieces_bit_by_bit(seed: int) -> None:
    pieces = defaultdict(list)
    for parts in traced(circular(seed)):
        for curve in curves(parts):
            ends = np.roll(curve.points, -1, axis=0)
            for start, end, bulge in zip(curve.points, ends, curve.bulges.tolist(), strict=True):
                if bulge != 0.0:
                    forward = tuple(start) < tuple(end)
                    key = (tuple(start), tuple(end)) if forward else (tuple(end), tuple(start))
                    pieces[key].append(bulge if forward else -bulge)
    assert pieces
    for bulges in pieces.values():  # two arcs of one circle may have the same ends
        assert len(bulges) == 2 * len(set(bulges))


def test_pieces_depend_neither_on_where_rings_start_nor_on_the_order_of_regions() -> None:
    polygons = [region.polygon for region in circular(1).polygons()]
    turned = []
    for polygon in polygons:
        rings = [shapely.get_coordinates(ring)[:-1] for ring in (polygon.exterior, *polygon.interiors)]
        rolled = [np.roll(ring, len(ring) // 3, axis=0)[::-1] for ring in rings]
        turned.append(shapely.Polygon(rolled[0], rolled[1:]))

    def rows(parts: list[Outline]) -> list[set[tuple[float, ...]]]:
        return [set(zip(*curve.points.T.tolist(), curve.bulges, strict=True)) for curve in parts]

    first, second = trace(polygons, BOX), trace(turned[::-1], BOX)[::-1]
    for one, other in zip(first, second, strict=True):
        assert rows(curves(one)) == rows(curves(other))


def test_one_region_alone_has_the_same_arcs() -> None:
    polygons = [region.polygon for region in circular(2).polygons()]
    together = trace(polygons, BOX)
    for k, polygon in enumerate(polygons):
        (alone,) = trace([polygon], BOX)
        assert area(alone) == pytest.approx(area(together[k]), abs=1e-9 * BOX.area)
        assert max(len(curve.points) for curve in curves(alone)) < 20


def test_a_zone_with_its_corners_on_a_circle_keeps_them() -> None:
    zone = shapely.Point(3.0, 4.0).buffer(2.0, quad_segs=16)
    for whole in ([zone], [zone.intersection(shapely.box(0, 0, 3, 9))]):
        (((curve,),),) = trace(whole, zone)
        assert not curve.bulges.any()
        assert len(curve.points) == shapely.get_num_coordinates(whole[0]) - 1


def test_a_run_ends_where_the_tangent_jumps() -> None:
    angles, shares = np.linspace(0.0, np.pi, 50), np.linspace(0.0, 1.0, 20)[1:-1, None]
    top, left, right = np.stack([np.cos(angles), np.sin(angles)], axis=1), [-2.0, -2.0], [2.0, -2.0]
    ways = [(top[-1], left), (left, right), (right, top[0])]
    sides = [(1.0 - shares) * start + shares * end for start, end in ways]
    shape = shapely.Polygon(np.concatenate([top, sides[0], [left], sides[1], [right], sides[2]]))
    (((curve,),),) = trace([shape], shapely.box(-9, -9, 9, 9))
    assert len(curve.points) == 4
    assert sorted(curve.bulges.round(12).tolist()) == [0.0, 0.0, 0.0, 1.0]


def test_nothing_has_no_outline() -> None:
    assert trace([shapely.Polygon(), shapely.Polygon()], BOX) == [(), ()]


def test_cells_thinner_than_the_slack_stay() -> None:
    sliver = shapely.Polygon([(1, 1), (2, 1), (3, 1), (2, 1 + 1e-13)])
    (((curve,),),) = trace([sliver], BOX)
    assert len(curve.points) == 4
