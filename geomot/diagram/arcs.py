r"""The interfaces of a planar subdivision as polylines of exact points on the bisectors.

Every interface piece is swept by fibers whose ends move linearly with u in [0, 1]::

    two labels i, i, j                      three labels, for each pair i, j

              j                                  P                fibers are parallel to the
             /|\                                /.\               edge ij and shrink to the tie
            / + \     the i-end moves along    /.+.\              point P as u goes to 0
           / /|\ \    the edge of i            i--+--j
          i--u----i

The root (+) on the fiber is a point of the bisector.  Pieces of neighbouring triangles end in the
same root of their common edge, found once per edge, so they meet exactly.  A piece is halved in u
until its chords are within the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.joins import patterns
from geomot.cubature.roots import segment_roots, tie_points
from geomot.diagram.subdivision import Subdivision
from geomot.geometry.simplices import Floats, Ints, dot, signed_measures, squared_norms

MAX_HALVINGS = 40
ON_EDGE = 1e-12  # barycentric coordinate below which a tie point is the root of the opposite edge


@dataclass(frozen=True, eq=False)
class Arcs:
    """Interface pieces and the points they meet in.

    Parameters
    ----------
    points
        ``(p, 2)``: first the mesh's vertices, then the roots of its edges, then the tie points.
    edges
        ``(e, 2)`` edges of the mesh with two labels, lower vertex first, and
    roots
        ``(e,)`` the number of the point where their labels tie.
    ends
        ``(a, 2)`` first and last point of each arc.
    cells
        ``(a, 2)`` the cells on the left and on the right of each arc.
    owners
        ``(s,)`` the arc of each inner point, ordered along the arcs.
    inner
        ``(s, 2)`` these points.
    """

    points: Floats
    edges: Ints
    roots: Ints
    ends: Ints
    cells: Ints
    owners: Ints
    inner: Floats


def interface_arcs(costs: Costs, state: Subdivision, tolerance: float) -> Arcs:
    """Return the interfaces of a planar subdivision, within ``tolerance`` metres of the bisectors."""
    vertices, triangles = state.mesh.vertices, state.mesh.simplices
    count = len(vertices)
    labels = state.labels[triangles]
    sides = np.sort(triangles[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2), axis=1)
    mixed = state.labels[sides[:, 0]] != state.labels[sides[:, 1]]
    keys = np.unique(sides[mixed, 0] * count + sides[mixed, 1])
    edges = np.stack([keys // count, keys % count], axis=1)
    found = segment_roots(costs, vertices[edges], state.labels[edges])
    on_edges = vertices[edges[:, 0]] + found.places[:, None] * (
        vertices[edges[:, 1]] - vertices[edges[:, 0]]
    )
    # a root at an end of its edge is that vertex
    roots = np.where(found.places == 0.0, edges[:, 0], count + np.arange(len(edges)))
    roots = np.where(found.places == 1.0, edges[:, 1], roots)

    def root(first: Ints, second: Ints) -> Ints:
        low, high = np.minimum(first, second), np.maximum(first, second)
        return np.asarray(roots[np.searchsorted(keys, low * count + high)])

    points = [vertices, on_edges]
    none = np.empty((0, 2), dtype=np.int64)
    fibers, ends, pairs, turned = [np.empty((0, 2, 2, 2))], [none], [none], [np.empty(0, bool)]
    for numbers, order, sizes in patterns(labels):
        rows = numbers[:, None]
        corner, own = triangles[rows, order], labels[rows, order]
        where = vertices[corner]
        clockwise = signed_measures(where) < 0.0
        if sizes == (2, 1):
            a, b, c = where[:, 0], where[:, 1], where[:, 2]
            fibers.append(np.stack([np.stack([a, c], 1), np.stack([b, c], 1)], axis=1))
            start, end = root(corner[:, 0], corner[:, 2]), root(corner[:, 1], corner[:, 2])
            ends.append(np.stack([start, end], axis=1))
            pairs.append(own[:, [0, 2]])
            turned.append(clockwise)
        elif sizes == (1, 1, 1):
            ties = tie_points(costs, where, own).coordinates
            tie = np.einsum("mk,mkd->md", ties, where)
            number = sum(map(len, points)) + np.arange(len(tie))
            for i, j, opposite in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
                on_edge = ties[:, opposite] < ON_EDGE
                number = np.where(on_edge, root(corner[:, i], corner[:, j]), number)
            points.append(tie)
            for i, j in ((0, 1), (1, 2), (2, 0)):
                start = np.stack([tie, tie], axis=1)
                fibers.append(np.stack([start, where[:, [i, j]]], axis=1))
                ends.append(np.stack([number, root(corner[:, i], corner[:, j])], axis=1))
                pairs.append(own[:, [i, j]])
                turned.append(clockwise)
    every, joints = np.concatenate(points), np.concatenate(ends)
    sites, sweeps = np.concatenate(pairs), np.concatenate(fibers)
    owners, inner = _sample(costs, sweeps, sites, every[joints], tolerance)
    alive = (joints[:, 0] != joints[:, 1]) | (np.bincount(owners, minlength=len(joints)) > 0)
    kept, renumbered = alive[owners], np.cumsum(alive) - 1
    # in a counter-clockwise triangle the cell at the fibers' second ends is on the left
    cells = np.where(np.concatenate(turned)[:, None], sites, sites[:, ::-1])[alive]
    return Arcs(every, edges, roots, joints[alive], cells, renumbered[owners[kept]], inner[kept])


def _sample(
    costs: Costs, sweeps: Floats, sites: Ints, ends: Floats, tolerance: float
) -> tuple[Ints, Floats]:
    """Halve arcs until their chords are close: arcs and points, in order along the arcs."""
    owners = np.arange(len(sweeps))
    low, high = np.zeros(len(sweeps)), np.ones(len(sweeps))
    first, last = ends[:, 0], ends[:, 1]
    found: list[tuple[Ints, Floats, Floats]] = []
    for _ in range(MAX_HALVINGS):
        if len(owners) == 0:
            break
        middle = 0.5 * (low + high)
        deviation = np.zeros(len(owners))
        for share in (0.25, 0.5, 0.75):
            place = low + share * (high - low)
            between = sweeps[owners, 0] + place[:, None, None] * (sweeps[owners, 1] - sweeps[owners, 0])
            roots = segment_roots(costs, between, sites[owners]).places
            point = between[:, 0] + roots[:, None] * (between[:, 1] - between[:, 0])
            deviation = np.maximum(deviation, _distance(point, first, last))
            if share == 0.5:
                center = point
        far = deviation > tolerance
        owners, low, high, middle = owners[far], low[far], high[far], middle[far]
        first, last, center = first[far], last[far], center[far]
        found.append((owners, middle, center))
        owners = np.concatenate([owners, owners])
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
        first, last = np.concatenate([first, center]), np.concatenate([center, last])
    owners = np.concatenate([part[0] for part in found]) if found else owners
    places = np.concatenate([part[1] for part in found]) if found else low
    points = np.concatenate([part[2] for part in found]) if found else first
    order = np.lexsort((places, owners))
    return owners[order], points[order]


def _distance(points: Floats, first: Floats, last: Floats) -> Floats:
    """Return the distances of points to segments."""
    arm = last - first
    square = np.maximum(squared_norms(arm), np.finfo(float).tiny)
    share = np.clip(dot(points - first, arm) / square, 0.0, 1.0)
    return np.sqrt(squared_norms(first + share[:, None] * arm - points))
