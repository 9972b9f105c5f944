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
from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.indices import distinct
from geomot.kernels.simplices import Floats, Ints, dot, signed_measures, squared_norms

MAX_HALVINGS = 40
SAMPLES = (0.125, 0.25, 0.5, 0.75, 0.875)  # places u where a chord is compared with its arc
SAFETY = 0.8  # share of the tolerance that these may use: the largest distance lies between them
SIDES = ((0, 1), (1, 2), (2, 0))
SNAP = 1e-13  # points closer than this to a vertex or edge, in units of the mesh's size, are on it


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
    keys = distinct(sides[mixed, 0] * count + sides[mixed, 1])
    edges = np.stack([keys // count, keys % count], axis=1)
    found = segment_roots(costs, vertices[edges], state.labels[edges])
    on_edges = vertices[edges[:, 0]] + found.places[:, None] * (
        vertices[edges[:, 1]] - vertices[edges[:, 0]]
    )
    # a root at an end of its edge is that vertex
    reach = SNAP * float(np.ptp(vertices, axis=0).max())
    near = [np.sqrt(squared_norms(on_edges - vertices[end])) <= reach for end in edges.T]
    roots = np.where(near[1], edges[:, 1], count + np.arange(len(edges)))
    roots = np.where(near[0], edges[:, 0], roots)
    known = np.concatenate([vertices, on_edges])

    def root(first: Ints, second: Ints) -> Ints:
        low, high = np.minimum(first, second), np.maximum(first, second)
        return np.asarray(roots[np.searchsorted(keys, low * count + high)])

    points = [vertices, on_edges]
    none = np.empty((0, 2), dtype=np.int64)
    nothing = np.empty(0, dtype=bool)
    fibers, ends, pairs = [np.empty((0, 2, 2, 2))], [none], [none]
    turned, bent = [nothing], [nothing]
    for numbers, order, sizes in patterns(labels):
        rows = numbers[:, None]
        corner, own = triangles[rows, order], labels[rows, order]
        where = vertices[corner]
        clockwise = signed_measures(where) < 0.0
        if sizes == (2, 1):
            a, b, c = where[:, 0], where[:, 1], where[:, 2]
            fibers.append(np.stack([np.stack([a, c], 1), np.stack([b, c], 1)], axis=1))
            ends.append(
                np.stack([root(corner[:, 0], corner[:, 2]), root(corner[:, 1], corner[:, 2])], axis=1)
            )
            pairs.append(own[:, [0, 2]])
            turned.append(clockwise)
            bent.append(np.ones(len(numbers), dtype=bool))
        elif sizes == (1, 1, 1):
            roots_there = [root(corner[:, i], corner[:, j]) for i, j in SIDES]
            ties = tie_points(costs, where, own)
            # without a tie point inside, any point serves: such triangles are as small as rounding
            inside = np.einsum("mk,mkd->md", ties.coordinates, where)
            middle = sum(known[side] for side in roots_there) / 3.0
            tie = np.where(ties.found[:, None], inside, middle)
            number = sum(map(len, points)) + np.arange(len(tie))
            for side in roots_there:
                at_side = np.sqrt(squared_norms(tie - known[side])) <= reach
                number = np.where(at_side, side, number)
                tie = np.where(at_side[:, None], known[side], tie)
            points.append(tie)
            for (i, j), side in zip(SIDES, roots_there, strict=True):
                from_tie = np.stack([tie, tie], axis=1)
                fibers.append(np.stack([from_tie, where[:, [i, j]]], axis=1))
                ends.append(np.stack([number, side], axis=1))
                pairs.append(own[:, [i, j]])
                turned.append(clockwise)
                bent.append(ties.found)
    every, joints = np.concatenate(points), np.concatenate(ends)
    sites, sweeps = np.concatenate(pairs), np.concatenate(fibers)
    curved = np.flatnonzero(np.concatenate(bent))
    owners, inner = _sample(costs, sweeps, sites, every[joints], curved, tolerance)
    alive = (joints[:, 0] != joints[:, 1]) | (np.bincount(owners, minlength=len(joints)) > 0)
    kept, renumbered = alive[owners], np.cumsum(alive) - 1
    # in a counter-clockwise triangle the cell at the fibers' second ends is on the left
    cells = np.where(np.concatenate(turned)[:, None], sites, sites[:, ::-1])[alive]
    return Arcs(every, edges, roots, joints[alive], cells, renumbered[owners[kept]], inner[kept])


def _sample(
    costs: Costs, sweeps: Floats, sites: Ints, ends: Floats, owners: Ints, tolerance: float
) -> tuple[Ints, Floats]:
    """Halve the arcs ``owners`` until their chords are close: arcs and points, in order along them."""
    low, high = np.zeros(len(owners)), np.ones(len(owners))
    first, last = ends[owners, 0], ends[owners, 1]
    found: list[tuple[Ints, Floats, Floats]] = []
    for _ in range(MAX_HALVINGS):
        if len(owners) == 0:
            break
        middle = 0.5 * (low + high)
        deviation = np.zeros(len(owners))
        for share in SAMPLES:
            place = low + share * (high - low)
            between = sweeps[owners, 0] + place[:, None, None] * (sweeps[owners, 1] - sweeps[owners, 0])
            roots = segment_roots(costs, between, sites[owners])
            fibers = between[:, 1] - between[:, 0]
            point = between[:, 0] + roots.places[:, None] * fibers
            deviation = np.maximum(deviation, _distance(point, first, last))
            if share == 0.5:
                center, noise = point, _blur(costs, point, sites[owners], roots.slopes, fibers)
        # points that rounding scatters by more than the tolerance get no closer by more of them
        far = deviation > np.maximum(SAFETY * tolerance, noise)
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


def _blur(costs: Costs, points: Floats, sites: Ints, slopes: Floats, fibers: Floats) -> Floats:
    """Return how far rounding of the costs may move roots along their fibers, metres."""
    noise = costs.rounding(costs.values(points[:, None], sites), sites).sum(axis=1)
    with np.errstate(divide="ignore"):
        return np.asarray(2.0 * noise / np.abs(slopes) * np.sqrt(squared_norms(fibers)))


def _distance(points: Floats, first: Floats, last: Floats) -> Floats:
    """Return the distances of points to segments."""
    arm = last - first
    square = np.maximum(squared_norms(arm), np.finfo(float).tiny)
    share = np.clip(dot(points - first, arm) / square, 0.0, 1.0)
    return np.sqrt(squared_norms(first + share[:, None] * arm - points))
