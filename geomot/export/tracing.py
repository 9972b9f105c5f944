"""Regions as lines and arcs: the vertices of their polygons lie on the true boundaries.

1. Vertices are joints where boundaries meet, that is where more or fewer than two edges do, and where a
   region's boundary leaves that of the zone.
2. Between joints runs a chain, with the same region on either side all along.  It is taken from the
   lower of its ends (in the order of coordinates), whatever ring it was found in, so both regions get
   the same pieces; a ring without joints is taken from its lowest point or corner.
3. `runs.fit` makes pieces of a chain.  The zone's boundary is straight between its corners, even if
   these lie on a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from geomot.export.edges import slack_of
from geomot.export.outlines import Outline, Part, oriented_rings
from geomot.export.runs import corners, fit
from geomot.kernels.simplices import Floats, Ints

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon


def trace(
    polygons: Sequence[Polygon | MultiPolygon], zone: Polygon | MultiPolygon
) -> list[tuple[Part, ...]]:
    """Return the outlines of regions, with arcs where boundaries are circles.

    Parameters
    ----------
    polygons
        Cells of a planar diagram, all or some; those of neighbours share their vertices.
    zone
        What the cells tile.

    Examples
    --------
    >>> import shapely
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> costs = distance_costs([[5.0, 5.0], [8.0, 5.0]], factor=[2.0, 1.0])
    >>> regions = minimization_diagram(costs, Zone.box([0, 0], [10, 10])).regions()
    >>> inner, outer = trace([region.polygon for region in regions], shapely.box(0, 0, 10, 10))
    >>> inner[0][0].circles()[1].round(9)  # Apollonius' circle of radius 2, in two arcs
    array([2., 2.])
    >>> [len(curve.points) for curve in outer[0]]  # the box around, the circle inside
    [4, 2]
    """
    nested = [oriented_rings(polygon) for polygon in polygons]
    rings = [ring for parts in nested for part in parts for ring in part]
    if not rings:
        return [() for _ in polygons]
    stacked = np.concatenate(rings)
    points, flat = np.unique(stacked + 0.0, axis=0, return_inverse=True)  # -0 is 0
    numbers = np.split(flat.reshape(-1), np.cumsum([len(ring) for ring in rings])[:-1])
    slack = slack_of(points)
    joint, outer = _joints(points, numbers, zone, slack)
    traced = iter(
        [
            _outline(points, ring, joint[ring], on_zone, slack)
            for ring, on_zone in zip(numbers, outer, strict=True)
        ]
    )
    return [tuple(tuple(next(traced) for _ in part) for part in parts) for parts in nested]


def _joints(
    points: Floats, rings: Sequence[Ints], zone: Polygon | MultiPolygon, slack: float
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return which points are joints, and which edges of each ring are on the zone's boundary."""
    import shapely

    ends = np.concatenate([np.stack([ring, np.roll(ring, -1)], axis=1) for ring in rings])
    edges, which, owners = np.unique(
        np.sort(ends, axis=1), axis=0, return_inverse=True, return_counts=True
    )
    # an edge with one region lies there, or its other region is not among those given
    alone = np.flatnonzero(owners == 1)
    first, last = points[edges[alone, 0]], points[edges[alone, 1]]
    places = shapely.points(np.stack([first, 0.5 * (first + last), last]))
    outer = np.zeros(len(edges), dtype=bool)
    outer[alone] = (shapely.distance(places, zone.boundary) <= slack).all(axis=0)
    count = len(points)
    degrees = np.bincount(edges.reshape(-1), minlength=count)
    outside = np.bincount(edges[outer].reshape(-1), minlength=count)
    joint = (degrees != 2) | (outside == 1)
    bounds = np.cumsum([len(ring) for ring in rings])[:-1]
    return joint, np.split(outer[which.reshape(-1)], bounds)


def _outline(points: Floats, ring: Ints, joint: np.ndarray, outer: np.ndarray, slack: float) -> Outline:
    """Return the outline of one ring, from the numbers of its points and the kinds of its edges."""
    pieces = _pieces(points, ring, joint, outer, slack)
    starts, bulges = (np.concatenate(rows) for rows in zip(*pieces, strict=True))
    if len(starts) > 2 or bulges.any():
        return Outline(starts, bulges)
    return Outline(points[ring], np.zeros(len(ring)))  # thinner than the slack: left as it is


def _pieces(
    points: Floats, ring: Ints, joint: np.ndarray, outer: np.ndarray, slack: float
) -> list[tuple[Floats, Floats]]:
    """Return starts and bulges of the pieces of each chain of a ring."""
    starts = np.flatnonzero(joint)
    if len(starts) == 0:
        return [_loop(points, ring, slack, arcs=not outer.any())]
    turned = np.roll(ring, -starts[0])
    outside = np.roll(outer, -starts[0])
    bounds = [*(starts - starts[0]), len(ring)]
    around = np.append(turned, turned[0])
    return [
        _chain(points, around[low : high + 1], slack, arcs=not outside[low])
        for low, high in pairwise(bounds)
    ]


def _loop(points: Floats, ring: Ints, slack: float, *, arcs: bool) -> tuple[Floats, Floats]:
    """Return starts and bulges of the pieces of a ring without joints."""
    lowest = int(np.argmin(ring))
    around = np.roll(ring, -lowest)
    around = np.append(around, around[0])
    found = corners(points[around], slack, smooth=arcs, closed=True)
    if len(found):
        start = found[np.argmin(around[found])]
        around = np.append(np.roll(around[:-1], -start), around[start])
    return _chain(points, around, slack, arcs=arcs)


def _chain(points: Floats, chain: Ints, slack: float, *, arcs: bool) -> tuple[Floats, Floats]:
    """Return starts and bulges of the pieces of a chain."""
    backward = tuple(chain[[-1, -2]]) < tuple(chain[[0, 1]])
    ends, bulges = fit(points[chain[::-1] if backward else chain], slack, arcs=arcs)
    if backward:
        ends, bulges = len(chain) - 1 - ends[::-1], -bulges[::-1]
    return points[chain[ends[:-1]]], bulges
