"""What convex polytopes consist of: facets, and the simplices that integrals are sums over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.indices import numbered
from geomot.kernels.simplices import Floats, Ints, facet_measures
from geomot.power.polytopes import Polytopes


@dataclass(frozen=True, eq=False)
class Flags:
    """The polytopes cut into simplices: from the mean of the vertices over every facet.

    In the plane a simplex stands on an edge; in space on a triangle between an edge and the mean of
    its facet's vertices.

    Parameters
    ----------
    owners
        ``(n,)`` polytope of each simplex.
    corners
        ``(n, d + 1, d)``; the last d are in the facet, counter-clockwise seen from outside.
    facets
        ``(n,)`` facet of each simplex.
    facet_owners, facet_planes
        ``(f,)`` polytope and plane of each facet.
    """

    owners: Ints
    corners: Floats
    facets: Ints
    facet_owners: Ints
    facet_planes: Ints


def flags(polytopes: Polytopes) -> Flags:
    """Return the simplices of polytopes and their facets.

    Examples
    --------
    >>> from geomot.power.polytopes import boxes
    >>> cube = boxes(np.zeros((1, 3)), np.ones((1, 3)), np.arange(6).reshape(3, 2))
    >>> parts = flags(cube)
    >>> len(parts.corners), parts.facet_planes.tolist()
    (24, [0, 1, 2, 3, 4, 5])
    """
    d = polytopes.dimension
    owners, planes, points = polytopes.owners, polytopes.planes, polytopes.points
    low = int(planes.min(initial=0))
    span = int(planes.max(initial=0)) - low + 1
    facets, _, entry = numbered((owners[:, None] * span + planes - low).reshape(-1))
    entry = entry.reshape(-1, d)
    # along the facet in slot k, counter-clockwise, the next vertex leaves the plane in slot k + 1
    slots = [1] if d == 2 else [0, 1, 2]
    following = np.stack([polytopes.across[:, (k + 1) % d] // d for k in slots], axis=1)
    on = entry[:, slots]
    rows = np.broadcast_to(np.arange(len(owners))[:, None], on.shape)
    middles = _means(points, owners)
    corners = [middles[owners[rows]], points[rows], points[following]]
    if d == 3:
        means = _means(np.repeat(points, d, axis=0), entry.reshape(-1))
        corners.insert(1, means[on])
    return Flags(
        owners[rows].reshape(-1),
        np.stack(corners, axis=2).reshape(-1, d + 1, d),
        on.reshape(-1),
        facets // span,
        facets % span + low,
    )


def _means(points: Floats, groups: Ints) -> Floats:
    """Return the mean of the points of each group, ``(groups, d)``."""
    counts = np.maximum(np.bincount(groups), 1)
    return np.stack([np.bincount(groups, column) / counts for column in points.T], axis=1)


def facet_sizes(parts: Flags) -> tuple[Floats, Floats]:
    """Return measure ``(f,)`` and centroid ``(f, d)`` of each facet, zero for one without measure."""
    bases = parts.corners[:, 1:]
    sizes = facet_measures(bases)
    count = len(parts.facet_owners)
    total = np.asarray(np.bincount(parts.facets, sizes, minlength=count), dtype=float)
    held = sizes[:, None] * bases.mean(axis=1)
    moments = [np.bincount(parts.facets, column, minlength=count) for column in held.T]
    # a facet without measure is in one point
    return total, np.stack(moments, axis=1) / np.maximum(total, np.finfo(float).tiny)[:, None]


def ring(polytopes: Polytopes, vertex: int, slot: int) -> list[int]:
    """Return the vertices around the facet in one slot of a vertex, counter-clockwise from outside.

    Of a polygon, whose facets are edges, these are all its vertices, whatever the slot.
    """
    d = polytopes.dimension  # both walks end where they began: edges lead out of and into each vertex
    if d == 2:
        around = [vertex]
        while (vertex := int(polytopes.across[vertex, 0]) // 2) != around[0]:
            around.append(vertex)
        return around
    plane = polytopes.planes[vertex, slot]
    around = []
    while vertex not in around[:1]:
        around.append(vertex)
        slot = polytopes.planes[vertex].tolist().index(plane)
        vertex = int(polytopes.across[vertex, (slot + 1) % d]) // d
    return around
