"""Simplices cut by the planes of the facets that cross them."""

from __future__ import annotations

import numpy as np

from geomot.geometry.meshes.cutting import FLAT, Parts, facet_spaces, halves
from geomot.geometry.meshes.facets import facet_normals
from geomot.kernels.indices import list_starts, runs
from geomot.kernels.simplices import Floats, Ints, dot, measures, squared_edge_lengths

ROUNDING = 1e-13  # part of its height by which a simplex may reach into another without sharing points
THIN = 1e-13  # simplices of less than this times their longest edge to the d are left out


def cut_apart(parts: Parts, facets: Floats, pairs: Ints) -> Parts:
    """Return parts cut by planes of facets until no facet crosses one.

    Parameters
    ----------
    parts
        The parts, p of them.
    facets
        ``(f, d, d)``, metres.
    pairs
        ``(k, 2)`` a part and a facet that may cross it, by ascending part.

    Notes
    -----
    A plane reaches beyond its facet, so the middle one of those that cross is taken: the parts then
    fall into as many as a balanced tree of planes has leaves, not a list.

    Examples
    --------
    >>> triangle = Parts.of(np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]]))
    >>> edges = np.array([[[1.0, 0.0], [1.0, 0.5]], [[5.0, 0.0], [5.0, 5.0]]])
    >>> cut_apart(triangle, edges, np.array([[0, 0], [0, 1]])).shares.tolist()
    [0.5, 0.25, 0.25]
    """
    done = [parts.take(np.zeros(len(parts.owners), dtype=bool))]
    while len(parts.owners):  # ends: parts have a facet less to be cut by than what they are cut from
        parts, pairs = _crossing(parts, facets, pairs)
        starts = list_starts(pairs[:, 0], len(parts.owners))
        counts = np.diff(starts)
        done.append(parts.take(counts == 0))
        rows = np.flatnonzero(counts)
        chosen = pairs[starts[rows] + counts[rows] // 2, 1]
        fresh = Parts.of(parts.corners[rows])
        sides = Parts.joined([*halves(fresh, facets[chosen, 0], facet_normals(facets[chosen]))])
        parents = rows[sides.owners]
        children, places = runs(starts, parents)
        others = pairs[places, 1]
        pairs = np.stack([children, others], axis=1)[others != chosen[sides.owners][children]]
        parts = Parts(sides.corners, parts.owners[parents], parts.shares[parents] * sides.shares)
    return Parts.joined(done)


def placed(corners: Floats, others: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Return where points ``(m, n, d)`` are all outside of one side of simplices, and where all inside.

    Examples
    --------
    >>> triangle = np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]])
    >>> [bool(each[0]) for each in placed(triangle, 0.5 * triangle)]
    [False, True]
    """
    spaces = facet_spaces(corners)
    apart, inside = np.zeros(len(corners), dtype=bool), np.ones(len(corners), dtype=bool)
    for k in range(corners.shape[1]):
        heights = dot(others - spaces.anchors[:, k, None], spaces.normals[:, k, None])
        apart |= heights.max(axis=1) <= ROUNDING
        inside &= heights.min(axis=1) >= -ROUNDING
    return apart, inside


def heights_across(corners: Floats, facets: Floats) -> tuple[Floats, Floats]:
    """Return least and largest heights of simplices over planes of facets, zero where rounded."""
    heights = dot(corners - facets[:, :1], facet_normals(facets)[:, None])
    heights[np.abs(heights) <= FLAT * np.abs(heights).max(axis=1, keepdims=True)] = 0.0
    return heights.min(axis=1), heights.max(axis=1)


def _crossing(parts: Parts, facets: Floats, pairs: Ints) -> tuple[Parts, Ints]:
    """Return the parts that have a measure, and the pairs of a part and a facet that may cross it."""
    longest = squared_edge_lengths(parts.corners).max(axis=1) ** (0.5 * parts.corners.shape[2])
    wide = measures(parts.corners) > THIN * longest
    pairs = pairs[wide[pairs[:, 0]]]
    parts, pairs = parts.take(wide), np.stack([np.cumsum(wide)[pairs[:, 0]] - 1, pairs[:, 1]], axis=1)
    corners, others = parts.corners[pairs[:, 0]], facets[pairs[:, 1]]
    low, high = heights_across(corners, others)
    apart, _ = placed(corners, others)
    return parts, pairs[(low < 0.0) & (high > 0.0) & ~apart]
