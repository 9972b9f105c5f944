"""Mid-edge nodes on the true surface: cells with curved faces of the second order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.rules import simplex_rule
from geomot.diagram.boundaries.cellcomplex import Facets
from geomot.diagram.spatial.projection import project
from geomot.geometry.meshes.moving import independent
from geomot.kernels.simplices import Floats, Ints, dot, squared_norms, triangle_normals

# The six nodes of a quadratic triangle: corners 0, 1, 2, then the middles of the sides 01, 12, 20.
SIDES = ((0, 1), (1, 2), (2, 0))
FAR = 0.25  # a middle does not move further than this share of its side


@dataclass(frozen=True, eq=False)
class CurvedFaces:
    """The faces of all cells as quadratic triangles.

    Parameters
    ----------
    points
        ``(n + e, 3)`` vertices, then the middles of sides, metres.
    nodes
        ``(f, 6)`` the faces' corners, then the middles of the sides 01, 12, 20.
    straight
        Number of sides between cells whose middle is not where costs tie: they are chords.
    """

    points: Floats
    nodes: Ints
    straight: int


def curved_faces(costs: Costs, points: Floats, sides: Facets) -> CurvedFaces:
    """Return the faces of all cells, each side with a middle on the true surface.

    Parameters
    ----------
    costs
        The costs.
    points
        ``(n, 3)`` vertices, metres.
    sides
        The faces of all cells; middles of sides on the zone's boundary stay on it.

    Notes
    -----
    A middle is moved to the nearest point in which the costs of all cells around its side tie.  A side
    stays straight where there is none nearby, or where the face would turn over: of the sides of such a
    face the most curved one alone, as long as that is enough.
    """
    edges = np.sort(np.stack([sides.corners[:, side] for side in SIDES], axis=1), axis=2)  # (f, 3, 2)
    unique, place = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
    place = place.reshape(-1, 3)
    straight = points[unique].mean(axis=1)
    middles, chord = _projected(costs, points, sides, place, straight, unique)
    corners = points[sides.corners]
    lengths = squared_norms(points[unique[:, 1]] - points[unique[:, 0]])
    while (turned := _turned(corners, middles[place])).any():  # each round leaves fewer curved sides
        own = place[turned]
        bends = squared_norms(middles - straight)[own] / lengths[own]
        most = own[np.arange(len(own)), bends.argmax(axis=1)]
        middles[most], chord[most] = straight[most], True
    nodes = np.concatenate([sides.corners, len(points) + place], axis=1)
    return CurvedFaces(np.concatenate([points, middles]), nodes, int(chord.sum()))


def _projected(
    costs: Costs, points: Floats, sides: Facets, place: Ints, middles: Floats, edges: Ints
) -> tuple[Floats, np.ndarray]:
    """Return the middles of edges moved to where the cells around them tie, and which stay though."""
    count = len(edges)
    cells = np.concatenate(
        [np.repeat(sides.cells[:, :1], 3, axis=1), np.repeat(sides.cells[:, 1:], 3, 1)]
    )
    owners = np.concatenate([place, place])
    pairs = np.unique(np.stack([owners.reshape(-1), cells.reshape(-1)], axis=1), axis=0)
    pairs = pairs[pairs[:, 1] >= 0]
    first = np.searchsorted(pairs[:, 0], np.arange(count))
    times = np.bincount(pairs[:, 0], minlength=count)
    most = int(times.max())
    sites = pairs[first[:, None] + np.minimum(np.arange(most), times[:, None] - 1), 1]
    outer = sides.cells[:, 1] < 0
    normals = triangle_normals(points[sides.corners[outer]])
    spread = np.zeros((count, 3, 3))
    for column in place[outer].T:
        np.add.at(spread, column, normals[:, :, None] * normals[:, None])
    shared = np.flatnonzero(times > 1)
    moved, found = project(costs, middles[shared], sites[shared], independent(spread[shared]))
    arms = points[edges[shared, 1]] - points[edges[shared, 0]]
    near = squared_norms(moved - middles[shared]) <= FAR**2 * squared_norms(arms)
    result, chord = middles.copy(), np.zeros(count, dtype=bool)
    result[shared[found & near]] = moved[found & near]
    chord[shared[~(found & near)]] = True
    return result, chord


def _turned(corners: Floats, middles: Floats) -> np.ndarray:
    """Return which quadratic triangles face away from their flat ones at a node, ``(f,)``."""
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    straight = 0.5 * (corners + np.roll(corners, -1, axis=1))
    bent = (np.abs(middles - straight) > 0.0).any(axis=(1, 2))
    nodes = np.concatenate([np.eye(3), 0.5 * (np.eye(3) + np.roll(np.eye(3), 1, axis=1))])
    first, second = _tangents(corners, middles, nodes)
    facing = dot(np.cross(first, second), flat[:, None])
    return np.asarray(bent & (facing <= 0.0).any(axis=1) & (squared_norms(flat) > 0.0))


def _tangents(corners: Floats, middles: Floats, places: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives along the sides 01 and 02 at barycentric places ``(p, 3)``."""
    a, b, c = places.T
    zero = np.zeros_like(a)
    # derivatives of the shape functions l (2 l - 1) and 4 l m in the directions 1 - 0 and 2 - 0
    first = np.stack([1 - 4 * a, 4 * b - 1, zero, 4 * (a - b), 4 * c, -4 * c], axis=1)
    second = np.stack([1 - 4 * a, zero, 4 * c - 1, -4 * b, 4 * b, 4 * (a - c)], axis=1)
    nodes = np.concatenate([corners, middles], axis=1)
    return np.einsum("pn,fnd->fpd", first, nodes), np.einsum("pn,fnd->fpd", second, nodes)


def curved_totals(points: Floats, nodes: Ints) -> tuple[float, float]:
    """Return the volume that closed quadratic faces enclose, and their area.

    Parameters
    ----------
    points
        ``(n, 3)``, metres.
    nodes
        ``(f, 6)`` outward faces.

    Notes
    -----
    By the divergence theorem; the volume is exact, since its integrand has degree 4.
    """
    places, weights = simplex_rule(2, 4)
    a, b, c = places.T
    shape = [a * (2 * a - 1), b * (2 * b - 1), c * (2 * c - 1), 4 * a * b, 4 * b * c, 4 * c * a]
    own = points[nodes] - points[nodes].mean(axis=(0, 1))
    where = np.einsum("np,fnd->fpd", np.stack(shape), own)
    first, second = _tangents(own[:, :3], own[:, 3:], places)
    normal = 0.5 * np.cross(first, second)
    volume = (dot(where, normal) @ weights).sum() / 3.0
    return float(volume), float((np.sqrt(squared_norms(normal)) @ weights).sum())
