"""Which triangles of a surface cross or lie on each other.

Two triangles cross, their insides having a point in common, where none of 11 directions separates
them: the two normals and the products of an edge of one with an edge of the other; in one plane, where
none of the 6 normals of their edges does.  Both are tested with some depth, so neighbours never do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats, Ints, dot, squared_norms, triangle_normals

DEPTH = 1e-7  # how deep triangles cross at least, as a share of the surface's size
LEVEL = 1e-9  # how far from one plane triangles are at most to lie in it, as a share of that size
PARALLEL = 1e-7  # sine of an angle below which the product of two directions is rounding
CHUNK = 256  # triangles whose neighbours are sought at once


@dataclass(frozen=True, eq=False)
class Crossing:
    """Two triangles that have more in common than points of their edges.

    Parameters
    ----------
    one, other
        Their numbers.
    flush
        Whether they lie in one plane, and so on each other.
    near
        ``(3,)`` the middle of the box that both reach into, metres.
    """

    one: int
    other: int
    flush: bool
    near: Floats


def crossings(vertices: Floats, faces: Ints, depth: float = DEPTH) -> Iterator[Crossing]:
    """Find triangles that cross or lie on each other.

    Parameters
    ----------
    vertices
        ``(n, 3)``, metres.
    faces
        ``(m, 3)`` triangles with an area.
    depth
        How deep they cross at least, as a share of the surface's size.

    Examples
    --------
    >>> flat = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    >>> upright = [[0.2, 0.2, -1.0], [0.2, 0.2, 1.0], [0.3, 0.3, 1.0]]
    >>> faces = np.array([[0, 1, 2], [3, 4, 5]])
    >>> [(found.one, found.other) for found in crossings(np.array(flat + upright), faces)]
    [(0, 1)]
    """
    import shapely

    origin = vertices.mean(axis=0)
    size = float(np.abs(vertices - origin).max())
    corners = ((vertices - origin) / size)[faces]
    low, high = corners.min(axis=1), corners.max(axis=1)
    # the tree is planar: seen along the shortest extent fewest triangles hide each other
    x, y = np.argsort(np.ptp(corners, axis=(0, 1)))[1:]
    boxes = shapely.box(low[:, x], low[:, y], high[:, x], high[:, y])
    tree = shapely.STRtree(boxes)
    for begin in range(0, len(faces), CHUNK):
        one, other = tree.query(boxes[begin : begin + CHUNK])
        one = one + begin
        close = (one < other) & ((low[one] <= high[other]) & (low[other] <= high[one])).all(axis=1)
        one, other = one[close], other[close]
        met = _crossing(corners[one], corners[other], depth)
        flush = _lying(corners[one], corners[other], depth)
        for row in np.flatnonzero(met | flush):
            i, j = int(one[row]), int(other[row])
            common = 0.5 * (np.maximum(low[i], low[j]) + np.minimum(high[i], high[j]))
            yield Crossing(i, j, not met[row], origin + size * common)


def _crossing(left: Floats, right: Floats, depth: float) -> np.ndarray:
    """Return which pairs of triangles ``(m, 3, 3)`` cross each other, not being in one plane."""
    normals = np.stack([triangle_normals(left), triangle_normals(right)], axis=1)
    met = np.asarray((_depths(left, right, normals) > depth).all(axis=1))
    left, right = left[met], right[met]
    axes = np.cross(_directions(left)[:, :, None], _directions(right)[:, None]).reshape(-1, 9, 3)
    lengths = np.sqrt(squared_norms(axes))
    parallel = lengths < PARALLEL  # whose product has no direction, and separates nothing on its own
    met[met] = (parallel | (_depths(left, right, axes) > depth * lengths)).all(axis=1)
    return met


def _lying(left: Floats, right: Floats, depth: float) -> np.ndarray:
    """Return which pairs of triangles ``(m, 3, 3)`` lie in one plane and have an inside in common."""
    normals = triangle_normals(left)
    met = np.asarray((np.abs(dot(right - left[:, :1], normals[:, None])) <= LEVEL).all(axis=1))
    left, right, normals = left[met], right[met], normals[met]
    edges = np.concatenate([_directions(left), _directions(right)], axis=1)
    met[met] = (_depths(left, right, np.cross(normals[:, None], edges)) > depth).all(axis=1)
    return met


def _directions(corners: Floats) -> Floats:
    """Return unit vectors along the edges of triangles, ``(m, 3, 3)``; zero where the length is."""
    arms = np.roll(corners, -1, axis=1) - corners
    lengths = np.sqrt(squared_norms(arms))[..., None]
    return np.divide(arms, lengths, out=np.zeros_like(arms), where=lengths > 0.0)


def _depths(left: Floats, right: Floats, axes: Floats) -> Floats:
    """Return how far one triangle of each pair would have to move along each axis to be clear.

    Parameters
    ----------
    left, right
        ``(m, 3, 3)``.
    axes
        ``(m, k, 3)``.

    Returns
    -------
    ``(m, k)``, times the length of the axis; negative for triangles that are clear.
    """
    one, other = dot(left[:, None], axes[:, :, None]), dot(right[:, None], axes[:, :, None])
    there, back = one.max(axis=2) - other.min(axis=2), other.max(axis=2) - one.min(axis=2)
    return np.asarray(np.minimum(there, back))
