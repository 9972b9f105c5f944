"""Vertices of a cell in space that is not convex, out of those of its convex parts.

Where parts meet they have vertices that the cell has not, in its facets and along its edges; and they
share those that it has.  A point is a vertex of the cell if no direction lies in all of the cell's own
facets there, those between parts left out.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from geomot.kernels.simplices import Floats, Ints

EDGE = 1e-12  # squared angle, in radians, between facets that are one


def first_of_equal(points: Floats, near: float) -> Ints:
    """Return for each point the number of the first one that it lies on, or is linked to, ``(n,)``.

    Examples
    --------
    >>> first_of_equal(np.array([[0.0, 0.0], [1.0, 0.0], [1e-16, 0.0]]), 1e-15).tolist()
    [0, 1, 0]
    """
    first = np.arange(len(points))
    if len(points):
        pairs = cKDTree(points).query_pairs(near, p=np.inf, output_type="ndarray")
        np.minimum.at(first, pairs[:, 1], pairs[:, 0])
        while (first[first] != first).any():  # ends: none is after the point itself, and chains halve
            first = first[first]
    return first


def corners(points: Floats, normals: Floats, near: float) -> Floats:
    """Return the points that are vertices of a cell, ``(v, 3)``, each once.

    Parameters
    ----------
    points
        ``(n, 3)`` vertices of the cell's facets, once for each facet.
    normals
        ``(n, 3)`` unit normals of these facets.
    near
        Distance of points that are one.

    Examples
    --------
    Two facets along an edge, and a third one across it at one end:

    >>> ends = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    >>> corners(ends[[0, 0, 1, 1, 1]], np.eye(3)[[0, 1, 0, 1, 2]], 1e-15).tolist()
    [[0.0, 0.0, 1.0]]
    """
    own, entry = np.unique(first_of_equal(points, near), return_inverse=True)
    spans = np.zeros((len(own), 3, 3))
    np.add.at(spans, entry.reshape(-1), normals[:, :, None] * normals[:, None])
    return np.asarray(points[own[np.linalg.eigvalsh(spans)[:, 0] > EDGE]])
