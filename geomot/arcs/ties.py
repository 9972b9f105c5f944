"""Points where three planes and the paraboloid meet: three sites tie, or two on a wall."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geomot.arcs.lifting import LiftedSites
from geomot.arcs.zones import Walls
from geomot.kernels.simplices import Floats, Ints

NEAR = 64.0 * float(np.finfo(float).eps)  # ties closer than that are one point, in units of the zone


def tie_points(sites: LiftedSites, walls: Walls, keys: Ints) -> Floats:
    """Return the points with keys ``(n, 4)``, see `Crossings`: they depend on nothing else.

    The line through the lifted points of a tie is that of two planes, seen from the heaviest site; the
    tie is where it leaves the paraboloid, or enters it.
    """
    count = len(sites.positions)
    corner = keys[:, 0] >= count
    a, b, c = np.where(corner[:, None], 0, keys[:, :3]).T
    third = np.where(c < count, c, a)
    among = np.stack([a, b, third])
    heaviest = among[sites.factors[among].argmax(axis=0), np.arange(len(a))]
    origins, units = sites.origins[heaviest], sites.units[heaviest]
    one, first = _unit(sites.planes(heaviest, a, b))
    two, second = _unit(sites.planes(heaviest, a, third))
    walled = np.flatnonzero((c >= count) & ~corner)
    flat, second[walled] = walls.lines(c[walled] - count, origins[walled])
    second[walled] /= units[walled]
    two[walled] = np.column_stack([flat, np.zeros(len(walled))])
    local = _on_paraboloid(one, first, two, second, keys[:, 3])
    points: Floats = origins + units[:, None] * local
    some = keys[corner]
    points[corner] = walls.vertices[walls.corners(some[:, 1] - count, some[:, 2] - count)]
    return points


def _unit(plane: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    normals, offsets, _ = plane
    with np.errstate(invalid="ignore", divide="ignore"):
        lengths = np.sqrt((normals**2).sum(axis=1))
        return normals / lengths[:, None], offsets / lengths


def _on_paraboloid(one: Floats, first: Floats, two: Floats, second: Floats, leaving: Ints) -> Floats:
    """Return where the line of two planes n . X = d meets z = |x|^2, ``(n, 2)``.

    On X = Y + t D the height above the paraboloid is -C - 2 B t - A t^2; the roots are formed without
    cancellation, and B^2 - A C is 0 at least: that there is a root is known from elsewhere.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        along = np.cross(one, two)
        squares = (along**2).sum(axis=1)
        base = first[:, None] * np.cross(two, along) + second[:, None] * np.cross(along, one)
        base, along = base / squares[:, None], along / np.sqrt(squares)[:, None]
        bend = (along[:, :2] ** 2).sum(axis=1)
        slope = (base[:, :2] * along[:, :2]).sum(axis=1) - 0.5 * along[:, 2]
        depth = (base[:, :2] ** 2).sum(axis=1) - base[:, 2]
        root = np.sqrt(np.maximum(slope**2 - bend * depth, 0.0))
        steep = np.where(leaving == 1, -slope + root, -slope - root)
        cancels = np.where(leaving == 1, slope > 0.0, slope < 0.0)
        stable = np.where(leaving == 1, -slope - root, -slope + root)
        time = np.where(cancels, depth / stable, steep / bend)
        return np.asarray(base[:, :2] + time[:, None] * along[:, :2])


def joined(points: Floats) -> Ints:
    """Return for each point the first of those that it is one with, by way of others or not."""
    if len(points) == 0:
        return np.empty(0, dtype=np.int64)
    pairs = cKDTree(points).query_pairs(NEAR, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)
    _, group = connected_components(links, directed=False)
    _, first = np.unique(group, return_index=True)
    return np.asarray(first[group])
