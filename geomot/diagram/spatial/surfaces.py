r"""The boundary of a cell as a closed 2-manifold triangle surface.

Around an edge that the boundary of a cell passes more than once the faces are paired so that each pair
bounds one wedge of the cell; around a vertex, faces joined by paired edges form fans.  Every fan gets
a vertex of its own, at the same place, so that the surface is a manifold also where the cell touches
itself in a point or along an edge::

        \   /            \   /
         \ /              \ /            the cell is on the left and on the right:
          x       ->       x  x          one vertex becomes two
         / \              / \
        /   \            /   \
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geomot.diagram.boundaries.cellcomplex import Facets
from geomot.kernels.indices import distinct
from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Surface:
    """A closed, outward, 2-manifold triangle surface; it may have several parts and cavities.

    Parameters
    ----------
    vertices
        ``(v,)`` numbers of the vertices in the complex; more than once where the cell touches itself.
    faces
        ``(f, 3)`` places in ``vertices``, counter-clockwise seen from outside.
    neighbours
        ``(f,)`` the site on the other side of each face, or ``-1 - part`` of the zone's boundary.
    touching
        ``(t,)`` numbers of the vertices in the complex at which the cell touches itself.
    doubled
        ``(e, 2)`` edges, as numbers in the complex, on which it does though neither end can be told
        apart: four faces share them, which no numbering of vertices can mend.
    """

    vertices: Ints
    faces: Ints
    neighbours: Ints
    touching: Ints
    doubled: Ints


def cell_surface(points: Floats, sides: Facets, site: int) -> Surface:
    """Return the boundary of the cell of a site.

    Parameters
    ----------
    points
        ``(n, 3)`` the vertices of the complex, metres.
    sides
        The faces of all cells.
    site
        The site.
    """
    rows = np.flatnonzero(sides.cells[:, 0] == site)
    triangles = sides.corners[rows]
    count = len(triangles)
    pairs = _paired(points, triangles)
    # corners k of a face and k' of the other one that are ends of a common edge are one
    one, other = pairs
    first, second = one % count, other % count
    start, end = one // count, (one // count + 1) % 3
    begin, stop = other // count, (other // count + 1) % 3
    left = np.concatenate([start * count + first, end * count + first])
    right = np.concatenate([stop * count + second, begin * count + second])
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(3 * count, 3 * count))
    _, fan = connected_components(graph, directed=False)
    corners = triangles.T.reshape(-1)  # corner k of face f is entry k * count + f
    _, place = np.unique(fan, return_index=True)
    vertices, faces = corners[place], fan.reshape(3, count).T
    numbers, times = np.unique(vertices, return_counts=True)
    edges = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    edges, sharing = np.unique(edges, axis=0, return_counts=True)
    doubled = vertices[edges[sharing > 2]]
    return Surface(vertices, faces, sides.cells[rows, 1], numbers[times > 1], doubled)


def pinches(points: Floats, sides: Facets) -> Ints:
    """Return the numbers of the vertices at which some cell touches itself, ascending."""
    surfaces = [cell_surface(points, sides, site) for site in distinct(sides.cells[:, 0])]
    touching = [
        part for surface in surfaces for part in (surface.touching, surface.doubled.reshape(-1))
    ]
    return distinct(np.concatenate(touching))


def _paired(points: Floats, triangles: Ints) -> tuple[Ints, Ints]:
    """Return half-edges, each pair once: number k * count + f is that from corner k of face f."""
    count = len(triangles)
    start, end = triangles.T.reshape(-1), np.roll(triangles.T, -1, axis=0).reshape(-1)
    forward = start < end
    key = np.minimum(start, end) * (int(triangles.max(initial=0)) + 1) + np.maximum(start, end)
    order = np.lexsort((forward, key))
    ordered = key[order]
    first = np.searchsorted(ordered, ordered)
    times = np.searchsorted(ordered, ordered, side="right") - first
    simple = np.flatnonzero((times == 2) & (first == np.arange(len(order))))
    one, other = [order[simple]], [order[simple + 1]]
    for group in distinct(first[times > 2]):
        edges = order[group : group + times[group]]
        back, ahead = _wedges(points, triangles, edges, count)
        one.append(back)
        other.append(ahead)
    return np.concatenate(one), np.concatenate(other)


def _wedges(points: Floats, triangles: Ints, edges: Ints, count: int) -> tuple[Ints, Ints]:
    """Pair the half-edges on one edge so that each pair encloses a wedge of the cell.

    Seen along the edge from its lower vertex the cell lies clockwise of faces that run along and
    counter-clockwise of those that run against it.
    """
    corner, face = edges // count, edges % count
    start, end = triangles[face, corner], triangles[face, (corner + 1) % 3]
    opposite = points[triangles[face, (corner + 2) % 3]]
    low, high = points[min(start[0], end[0])], points[max(start[0], end[0])]
    axis = (high - low) / np.linalg.norm(high - low)
    arms = opposite - low
    arms -= (arms @ axis)[:, None] * axis
    across = arms[0] / np.linalg.norm(arms[0])
    angle = np.arctan2(arms @ np.cross(axis, across), arms @ across)
    angle[0] = 0.0
    forward = start < end
    turned = edges[np.lexsort((~forward, angle % (2.0 * np.pi)))]
    along = dict(zip(edges.tolist(), forward.tolist(), strict=True))
    # like brackets: a face against the edge opens a wedge, the next free one along it closes it
    opened: list[int] = []
    pairs: list[tuple[int, int]] = []
    waiting: list[int] = []
    for edge in turned.tolist():
        if not along[edge]:
            opened.append(edge)
        elif opened:
            pairs.append((opened.pop(), edge))
        else:
            waiting.append(edge)
    pairs.extend(zip(reversed(opened), waiting, strict=True))
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
