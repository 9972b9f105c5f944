"""Meshes to refine, and what makes one conforming."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np

from geomot.geometry import Mesh, Zone
from geomot.kernels.simplices import Floats

KUHN_SQUARE = Mesh(
    np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), np.array([[0, 1, 2], [0, 2, 3]])
)
# All six longest edges are equal: nothing but the vertices' numbers decides who is cut.
REGULAR_TETRAHEDRON = Mesh(
    np.array([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]),
    np.array([[0, 1, 2, 3]]),
)
STARTS = {
    "square": KUHN_SQUARE,
    "box 2d": Zone.box([0.0, 0.0], [3.0, 1.0]).triangulation,
    "polygon": Zone.polygon([(0, 0), (4, 0), (4, 1), (1, 1), (1, 3), (0, 3)]).triangulation,
    "tetrahedron": REGULAR_TETRAHEDRON,
    "box 3d": Zone.box([0.0, 0.0, 0.0], [1.0, 2.0, 1.5]).triangulation,
}


def facets(mesh: Mesh) -> Counter[tuple[int, ...]]:
    """Return how many simplices have each facet (edge in the plane, face in space)."""
    d = mesh.dimension
    return Counter(
        facet
        for simplex in np.sort(mesh.simplices, axis=1).tolist()
        for facet in combinations(simplex, d)
    )


def facet_measure(points: Floats) -> float:
    """Return the length of a segment in the plane, the area of a triangle in space."""
    arms = points[1:] - points[0]
    if len(arms) == 1:
        return float(np.linalg.norm(arms[0]))
    return 0.5 * float(np.linalg.norm(np.cross(arms[0], arms[1])))


def boundary_measure(mesh: Mesh) -> float:
    """Return the measure of all facets that only one simplex has."""
    return sum(facet_measure(mesh.vertices[list(facet)]) for facet, n in facets(mesh).items() if n == 1)


def smallest_angle(mesh: Mesh) -> float:
    """Return the smallest angle between two edges at a vertex of a simplex, radians."""
    least = np.inf
    corners = mesh.corners
    for v in range(corners.shape[1]):
        arms = np.delete(corners, v, axis=1) - corners[:, v, None]
        arms /= np.linalg.norm(arms, axis=2, keepdims=True)
        for i, j in combinations(range(arms.shape[1]), 2):
            cosine = (arms[:, i] * arms[:, j]).sum(axis=1)
            least = min(least, float(np.arccos(np.clip(cosine, -1.0, 1.0)).min()))
    return least


def shape(mesh: Mesh) -> float:
    """Return the worst measure over (longest edge)^d of all simplices: 0 for flat ones."""
    corners = mesh.corners
    pairs = combinations(range(corners.shape[1]), 2)
    longest = np.max([((corners[:, i] - corners[:, j]) ** 2).sum(axis=1) for i, j in pairs], axis=0)
    arms = corners[:, 1:] - corners[:, :1]
    return float((np.abs(np.linalg.det(arms)) / longest ** (0.5 * mesh.dimension)).min())
