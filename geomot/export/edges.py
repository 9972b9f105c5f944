"""Edges of polygons that lie beside each other, exact to the bit: those shared, and those of one alone.

Edges run with their polygon on the left.  What two polygons share, one has as (a, b) and the other as
(b, a), so polygons tile a zone without a gap where the edges that nobody has the other way round are
those of the zone, one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from geomot.export.outlines import oriented_rings
from geomot.kernels.simplices import Floats

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

SLACK = 1e-9  # how far rounding moves a point off a straight edge, as a share of the whole extent
SPACINGS = 1000.0  # and at least, in units of the spacing of coordinates
ROUNDING = 1e-7  # metres; degrees of a float64 tell apart 3e-9


def slack_of(points: Floats) -> float:
    """Return how far off the lines that they are meant to lie on points may be, metres."""
    size, reach = np.ptp(points, axis=0).max(), np.abs(points).max()
    return float(max(SLACK * size, SPACINGS * np.spacing(reach)))


def edges_alone(polygons: Sequence[Polygon | MultiPolygon]) -> Floats:
    """Return the edges that no other polygon has the other way round.

    Parameters
    ----------
    polygons
        Polygons beside each other.

    Returns
    -------
    ``(e, 2, 2)`` ends of each edge, its polygon on the left, in the order of coordinates.

    Examples
    --------
    >>> import shapely
    >>> len(edges_alone([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]))
    6
    """
    rings = [ring for polygon in polygons for part in oriented_rings(polygon) for ring in part]
    if not rings:
        return np.empty((0, 2, 2))
    ends = np.concatenate([np.stack([ring, np.roll(ring, -1, axis=0)], axis=1) for ring in rings])
    points, flat = np.unique(ends.reshape(-1, 2) + 0.0, axis=0, return_inverse=True)  # -0 is 0
    pairs = flat.reshape(-1, 2)
    keys = pairs[:, 0] * len(points) + pairs[:, 1]
    alone, count = np.unique(keys, return_counts=True)
    back = pairs[:, 1] * len(points) + pairs[:, 0]
    others, reverse = np.unique(back, return_counts=True)
    place = np.minimum(np.searchsorted(others, alone), len(others) - 1)
    count = count - np.where(others[place] == alone, reverse[place], 0)
    left = np.repeat(alone, np.maximum(count, 0))
    return np.stack([points[left // len(points)], points[left % len(points)]], axis=1)


def tiles_exactly(polygons: Sequence[Polygon | MultiPolygon], zone: Polygon | MultiPolygon) -> bool:
    """Return whether polygons have all their vertices in common with each other and with the zone.

    Parameters
    ----------
    polygons
        Polygons that do not overlap.
    zone
        What they tile, at least up to rounding.

    Examples
    --------
    >>> import shapely
    >>> halves, whole = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], shapely.box(0, 0, 2, 1)
    >>> tiles_exactly(halves, whole), tiles_exactly(halves, outline_through(whole, halves))
    (False, True)
    """
    return np.array_equal(edges_alone(polygons), edges_alone([zone]))


def outline_through(
    zone: Polygon | MultiPolygon, polygons: Sequence[Polygon | MultiPolygon]
) -> Polygon | MultiPolygon:
    """Return a zone that has the vertices which polygons have on its boundary, to the bit.

    Parameters
    ----------
    zone
        The zone, straight between its corners.
    polygons
        What tiles it.

    Notes
    -----
    A gap between polygons stays one: its vertices are not on the zone's boundary.

    Examples
    --------
    >>> import shapely
    >>> halves = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    >>> len(outline_through(shapely.box(0, 0, 2, 1), halves).exterior.coords) - 1
    6
    """
    import shapely

    points = np.unique(edges_alone(polygons).reshape(-1, 2), axis=0)
    if not len(points):
        return zone
    slack = slack_of(np.concatenate([points, shapely.get_coordinates(zone)]))
    return _rebuilt(zone, lambda ring: _through(ring, points, slack))


def _through(ring: Floats, points: Floats, slack: float) -> Floats:
    """Return a ring with those points between its corners that lie on its edges."""
    import shapely

    ends = np.stack([ring, np.roll(ring, -1, axis=0)], axis=1)
    tree = shapely.STRtree(shapely.linestrings(ends))
    (which, edge), _ = tree.query_nearest(
        shapely.points(points), max_distance=slack, return_distance=True, all_matches=False
    )
    start, arm = ends[edge, 0], ends[edge, 1] - ends[edge, 0]
    along = ((points[which] - start) * arm).sum(axis=1) / (arm**2).sum(axis=1)
    between = (
        (along > 0.0)
        & (along < 1.0)
        & (points[which] != ends[edge, 0]).any(axis=1)
        & (points[which] != ends[edge, 1]).any(axis=1)
    )
    edge, along, new = edge[between], along[between], points[which[between]]
    order = np.lexsort([np.append(np.zeros(len(ring)), along), np.append(np.arange(len(ring)), edge)])
    return np.concatenate([ring, new])[order]


def straightened(
    polygon: Polygon | MultiPolygon,
    there: Callable[[Floats], Floats],
    back: Callable[[Floats], Floats],
    tolerance: float,
) -> Polygon | MultiPolygon:
    """Return a polygon with so many vertices that its edges stay straight in other coordinates.

    Parameters
    ----------
    polygon
        The polygon, metres.
    there, back
        From points ``(n, 2)`` to other coordinates, and from these to metres.
    tolerance
        How far the middle of an edge that is straight there may be from the edge, metres; at least
        `ROUNDING`.

    Notes
    -----
    Edges are halved, and the middle is the same from either end: polygons that share an edge share
    what becomes of it.

    Examples
    --------
    >>> import shapely
    >>> square = shapely.box(1, 1, 2, 2)
    >>> len(straightened(square, np.square, np.sqrt, 1e-2).exterior.coords) - 1
    16
    """
    return _rebuilt(polygon, lambda ring: _halved(ring, there, back, tolerance))


def _halved(
    ring: Floats,
    there: Callable[[Floats], Floats],
    back: Callable[[Floats], Floats],
    tolerance: float,
) -> Floats:
    points, wanted = ring, np.ones(len(ring), dtype=bool)
    while wanted.any():
        rows = np.flatnonzero(wanted)
        ends = np.stack([points, np.roll(points, -1, axis=0)], axis=1)[rows]
        middles = 0.5 * (ends[:, 0] + ends[:, 1])
        chord = back(0.5 * (there(ends[:, 0]) + there(ends[:, 1])))
        far = np.hypot(*(chord - back(there(middles))).T) > max(tolerance, ROUNDING)
        points = np.insert(points, rows[far] + 1, middles[far], axis=0)
        wanted = np.zeros(len(points), dtype=bool)
        first = rows[far] + np.arange(far.sum())
        wanted[first] = wanted[first + 1] = True
    return points


def _rebuilt(
    polygon: Polygon | MultiPolygon, change: Callable[[Floats], Floats]
) -> Polygon | MultiPolygon:
    """Return a polygon with each of its rings, no point twice, changed."""
    import shapely

    parts = [
        shapely.Polygon(change(rings[0]), [change(ring) for ring in rings[1:]])
        for rings in oriented_rings(polygon)
    ]
    if not parts:
        return polygon
    return parts[0] if polygon.geom_type == "Polygon" else shapely.MultiPolygon(parts)
