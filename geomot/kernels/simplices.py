"""Measures, edges and balls of many simplices at once, in any dimension.

A batch of ``m`` simplices in R^d is given by its corners, an array ``(m, d + 1, d)``.  Barycentric
coordinates are arrays ``(..., d + 1)`` that sum to 1.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@lru_cache
def local_edges(dimension: int) -> Ints:
    """Return the pairs of local vertex numbers of a simplex's edges, ``(d (d + 1) / 2, 2)``.

    Examples
    --------
    >>> local_edges(2).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    pairs = np.array(list(combinations(range(dimension + 1), 2)), dtype=np.int64)
    pairs.setflags(write=False)
    return pairs


def dot(left: Floats, right: Floats) -> Floats:
    """Return the inner products along the last axis, which is short: numpy's sum is slow there.

    Examples
    --------
    >>> dot(np.array([[1.0, 2.0]]), np.array([3.0, 4.0])).tolist()
    [11.0]
    """
    total = left[..., 0] * right[..., 0]
    for axis in range(1, left.shape[-1]):
        total = total + left[..., axis] * right[..., axis]
    return np.asarray(total)


def squared_norms(vectors: Floats) -> Floats:
    """Return the squared lengths of vectors along the last axis."""
    return dot(vectors, vectors)


def signed_measures(corners: Floats) -> Floats:
    """Return the oriented measures (area, volume) of simplices.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)``, metres.

    Returns
    -------
    ``(m,)``, metres^d; positive for counter-clockwise triangles.

    Examples
    --------
    >>> signed_measures(np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])).tolist()
    [0.5]
    """
    dimension = corners.shape[-1]
    arms = corners[:, 1:] - corners[:, :1]
    return np.asarray(_determinants(arms) / factorial(dimension))


def _determinants(matrices: Floats) -> Floats:
    """Return determinants by expansion: a LAPACK call per small matrix costs far more."""
    return _expanded(matrices, 0, tuple(range(matrices.shape[-1])))


def _expanded(matrices: Floats, row: int, columns: tuple[int, ...]) -> Floats:
    """Return the determinants of the rows from ``row`` on in some columns; views, nothing is copied."""
    if len(columns) == 1:
        return np.asarray(matrices[:, row, columns[0]])
    total = np.zeros(len(matrices))
    for place, column in enumerate(columns):
        rest = columns[:place] + columns[place + 1 :]
        total += (-1) ** place * matrices[:, row, column] * _expanded(matrices, row + 1, rest)
    return total


def measures(corners: Floats) -> Floats:
    """Return the measures of simplices, ``(m,)``, never negative; see `signed_measures`."""
    return np.abs(signed_measures(corners))


def facet_measures(corners: Floats) -> Floats:
    """Return the measures of simplices of one dimension less than space, ``(m, d, d)`` to ``(m,)``.

    Examples
    --------
    >>> facet_measures(np.array([[[0.0, 0.0, 1.0], [2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]])).tolist()
    [2.0]
    """
    arms = corners[:, 1:] - corners[:, :1]
    if arms.shape[1] == 1:
        return np.asarray(np.sqrt(squared_norms(arms[:, 0])))
    # a Gram determinant would lose half of the digits of thin triangles
    return np.asarray(0.5 * np.sqrt(squared_norms(np.cross(arms[:, 0], arms[:, 1]))))


def triangle_normals(corners: Floats) -> Floats:
    """Return the unit normals of triangles in space, ``(m, 3, 3)`` to ``(m, 3)``; zero for flat ones.

    Examples
    --------
    >>> triangle_normals(np.array([[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]])).tolist()
    [[0.0, 0.0, 1.0]]
    """
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.sqrt(squared_norms(normals))[:, None]
    return np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0.0)


def bounding_balls(corners: Floats) -> tuple[Floats, Floats]:
    """Return a ball around each simplex: the barycentre ``(m, d)`` and a radius ``(m,)``."""
    centers = corners.mean(axis=1)
    radii = np.sqrt(squared_norms(corners - centers[:, None]).max(axis=1))
    return centers, radii


def squared_edge_lengths(corners: Floats) -> Floats:
    """Return the squared lengths of all edges in the order of `local_edges`, ``(m, edges)``."""
    pairs = local_edges(corners.shape[-1])
    # one edge after the other, and stored so: gathering all at once takes ten times as long, and so
    # does a largest edge from edges stored side by side
    return np.stack([squared_norms(corners[:, w] - corners[:, v]) for v, w in pairs]).T


def barycentric_coordinates(corners: Floats, points: Floats) -> Floats:
    """Return the barycentric coordinates of one point in each simplex.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)``; simplices of positive measure.
    points
        ``(m, d)``.

    Returns
    -------
    ``(m, d + 1)``.
    """
    arms = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
    inner = np.linalg.solve(arms, (points - corners[:, 0])[..., None])[..., 0]
    return np.concatenate([1.0 - inner.sum(axis=1, keepdims=True), inner], axis=1)
