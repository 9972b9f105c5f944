"""What every planar diagram must satisfy, whatever its input."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import shapely

from geomot import Costs, MinimizationDiagram
from geomot.diagram import Region
from geomot.kernels.simplices import Floats, Ints
from tests.diagram.oracles import cost_table, random_points, winners

TILES = 1e-13  # relative error of the sum of the measures
AREAS = 1e-12  # relative error of the sum of the polygons' areas
ON_BISECTOR = 1e-9  # distance of a vertex to the bisector, in extents of the zone


def check_tiles(diagram: MinimizationDiagram) -> None:
    """Check that the measures are shares of the zone's."""
    measure = diagram.zone.measure
    assert diagram.measures.shape == (diagram.costs.count,)
    assert (diagram.measures >= 0.0).all()
    assert abs(diagram.measures.sum() - measure) <= TILES * measure


def check_locate(diagram: MinimizationDiagram, count: int = 2000, seed: int = 0) -> None:
    """Compare `locate` with the argument of the minimum on random points."""
    points = random_points(diagram.zone, count, seed)
    found, values = diagram.locate(points), cost_table(diagram.costs, points)
    assert (found >= 0).all()
    assert np.array_equal(diagram.representatives[found], found)
    own = values[np.arange(count), found]
    least = values.min(axis=1)
    noise = 4.0 * diagram.costs.rounding(values, np.arange(diagram.costs.count)[None]).max(axis=1)
    assert (own <= least + noise).all()
    rivals = values.copy()
    rivals[diagram.representatives[None] == found[:, None]] = np.inf
    clear = rivals.min(axis=1) > least + noise
    brute = values.argmin(axis=1)  # the first of equals
    assert np.array_equal(found[clear], brute[clear])
    assert clear.mean() > 0.4 or len(np.unique(diagram.representatives)) == 1


def check_measures_by_sampling(diagram: MinimizationDiagram, count: int = 20_000) -> None:
    """Compare measures with counts of random points, within five standard deviations."""
    best, _ = winners(diagram.costs, random_points(diagram.zone, count, 7))
    group = diagram.representatives
    size = np.bincount(group, minlength=len(group))
    share = np.bincount(best, minlength=len(group))[group] / size[group] / count
    expected = np.clip(diagram.measures / diagram.zone.measure, 0.0, 1.0)
    spread = np.sqrt(expected * (1.0 - expected) / count)
    assert (np.abs(share - expected) <= 5.0 * spread + 5.0 / count).all()


def rings(region: Region) -> list[Floats]:
    """Return the exterior and interior rings of a region, closed, as arrays."""
    polygons = getattr(region.polygon, "geoms", [region.polygon])
    return [
        np.asarray(ring.coords)
        for polygon in polygons
        if not polygon.is_empty
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def check_regions(
    diagram: MinimizationDiagram,
    chord: float | None = None,
    *,
    count: int = 1000,
    seed: int = 1,
) -> tuple[Region, ...]:
    """Check the polygons of all cells against each other, the zone and the costs; return them."""
    zone, costs, extent = diagram.zone, diagram.costs, diagram.zone.extent
    regions = diagram.regions(chord)
    chord = 1e-6 * extent if chord is None else chord
    assert [region.site for region in regions] == list(range(costs.count))
    origin = zone.bounds[0]
    area = 0.0
    for region in regions:
        polygon = region.polygon
        assert polygon.geom_type in ("Polygon", "MultiPolygon")
        assert polygon.is_valid, (region.site, shapely.is_valid_reason(polygon))
        for part in getattr(polygon, "geoms", [polygon]):
            if not part.is_empty:
                assert part.exterior.is_ccw
                assert not any(hole.is_ccw for hole in part.interiors)
        own = shapely.transform(polygon, lambda x: x - origin).area
        error = diagram.measure_errors[region.site] + chord * polygon.length + AREAS * zone.measure
        group = diagram.representatives == region.site
        assert abs(own - diagram.measures[group].sum()) <= error
        area += own
    assert abs(area - zone.measure) <= AREAS * zone.measure
    _check_closed(diagram, regions)
    _check_points(diagram, regions, chord, count, seed)
    return regions


Edges = dict[tuple[tuple[float, ...], tuple[float, ...]], int]


def directed_edges(regions: tuple[Region, ...]) -> Edges:
    """Return the site of each directed piece of a ring; none may occur twice."""
    owner: Edges = {}
    for region in regions:
        for ring in rings(region):
            vertices = list(map(tuple, ring.tolist()))
            for edge in pairwise(vertices):
                assert edge[0] != edge[1]
                assert edge not in owner
                owner[edge] = region.site
    return owner


def _check_closed(diagram: MinimizationDiagram, regions: tuple[Region, ...]) -> None:
    """Each piece of a ring is a neighbour's, backwards, or lies on the zone's boundary."""
    owner, extent = directed_edges(regions), diagram.zone.extent
    assert all(owner.get((q, p)) != b for (p, q), b in owner.items())
    alone = [edge for edge in owner if edge[::-1] not in owner]
    balance = Counter(p for p, _ in alone)
    balance.subtract(q for _, q in alone)
    assert not any(balance.values())  # what is left closes up: the zone's outline
    lengths = np.array([np.hypot(q[0] - p[0], q[1] - p[1]) for p, q in alone])
    outline = _outline(diagram)
    assert abs(lengths.sum() - outline.length) <= 1e-9 * outline.length
    middles = np.array([np.add(p, q) for p, q in alone]) * 0.5
    assert shapely.distance(outline, shapely.points(middles)).max() <= 1e-9 * extent


def interfaces(regions: tuple[Region, ...]) -> tuple[Floats, Floats, Ints]:
    """Return start and end of all chords between two cells, and the cells (left, right)."""
    owner = directed_edges(regions)
    shared = [(p, q, b, owner[q, p]) for (p, q), b in owner.items() if (q, p) in owner]
    ends = np.array([edge[:2] for edge in shared], dtype=float).reshape(-1, 2, 2)
    pairs = np.array([edge[2:] for edge in shared], dtype=np.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1], pairs


def check_on_bisectors(diagram: MinimizationDiagram, regions: tuple[Region, ...]) -> None:
    """Check that every vertex of an interface lies on the bisector of the cells beside it."""
    first, second, pairs = interfaces(regions)
    for points in (first, second):
        away = gap_length(diagram.costs, points, pairs)
        assert away.max(initial=0.0) <= ON_BISECTOR * diagram.zone.extent, points[away.argmax()]


def check_chords(diagram: MinimizationDiagram, regions: tuple[Region, ...], tolerance: float) -> None:
    """Check that the bisector passes every chord within the tolerance."""
    costs = diagram.costs
    first, second, pairs = interfaces(regions)
    arms = second - first
    normals = np.stack([-arms[:, 1], arms[:, 0]], axis=1)
    normals /= np.linalg.norm(arms, axis=1, keepdims=True)
    for share in (0.1, 0.31, 0.5, 0.67, 0.88):
        points = first + share * arms
        on = gap_length(costs, points, pairs) <= ON_BISECTOR * diagram.zone.extent
        # cell b is on the left of its ring: cheaper there, dearer on the right
        for sign in (1.0, -1.0):
            values = costs.values((points + sign * tolerance * normals)[:, None], pairs)
            gap = sign * (values[:, 0] - values[:, 1])
            noise = 2.0 * costs.rounding(values, pairs).sum(axis=1)
            assert (on | (gap <= noise)).all(), points[(~on & (gap > noise)).argmax()]


def gap_length(costs: Costs, points: Floats, pairs: Ints) -> Floats:
    """Return how far points are from the bisectors of pairs of sites, to first order, metres."""
    values = costs.values(points[:, None], pairs)
    slopes = costs.gradients(points[:, None], pairs)
    noise = costs.rounding(values, pairs).sum(axis=1)
    gap = np.maximum(np.abs(values[:, 0] - values[:, 1]) - 2.0 * noise, 0.0)
    steep = np.linalg.norm(slopes[:, 0] - slopes[:, 1], axis=1)
    steep[gap == 0.0] = 1.0
    return np.divide(gap, steep, out=np.full(gap.shape, np.inf), where=steep > 0.0)


def _check_points(
    diagram: MinimizationDiagram, regions: tuple[Region, ...], chord: float, count: int, seed: int
) -> None:
    """Each random point is in the region of its cheapest site and in no other."""
    points = random_points(diagram.zone, count, seed)
    best, _ = winners(diagram.costs, points)
    where = shapely.points(points)
    near = chord + ON_BISECTOR * diagram.zone.extent
    for region in regions:
        away = shapely.distance(region.polygon, where) if not region.polygon.is_empty else np.inf
        border = shapely.distance(shapely.boundary(region.polygon), where)
        away, border = np.broadcast_to(away, count), np.nan_to_num(border, nan=np.inf)
        mine = best == region.site
        ties = gap_length(diagram.costs, points, np.stack([best, np.full(count, region.site)], axis=1))
        assert ((away <= near) | ~mine).all(), region.site
        assert ((away > 0.0) | mine | (border <= near) | (ties == 0.0)).all(), region.site


def _outline(diagram: MinimizationDiagram) -> shapely.Geometry:
    """Return the boundary of the zone."""
    triangles = shapely.polygons(diagram.zone.triangulation.corners)
    edges = Counter(
        tuple(sorted(edge))
        for ring in (np.asarray(t.exterior.coords).tolist() for t in triangles)
        for edge in zip(map(tuple, ring[:-1]), map(tuple, ring[1:]), strict=True)
    )
    return shapely.MultiLineString([list(edge) for edge, n in edges.items() if n == 1])
