"""How far the pieces of a labelled simplex may be from the true cells, in metres.

The shares of `geomot.diagram.resolution` bound measures; boundaries need lengths.  Where a cost exceeds
another by at most e the bisector is within e over the slope of their difference.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.roots import tie_points
from geomot.diagram.candidates import Candidates, LabelCosts, bends_above, label_costs
from geomot.diagram.resolution import envelope_gaps
from geomot.diagram.subdivision import Subdivision
from geomot.geometry.simplices import Floats, Ints, bounding_balls, local_edges, squared_norms


def hidden_depths(costs: Costs, state: Subdivision, rows: Ints) -> Floats:
    """Return how deep cells may reach into simplices, or over faces of them, where no label says so.

    Parameters
    ----------
    costs
        The costs.
    state
        The labelled mesh.
    rows
        The simplices asked about.
    """
    corners = state.mesh.vertices[state.mesh.simplices[rows]]
    labels = state.labels[state.mesh.simplices[rows]]
    centers, radii = bounding_balls(corners)
    own = label_costs(costs, corners, labels, centers, radii)
    lists = state.candidates.gather(rows, len(state.lost))
    hidden = lists.keep((labels[lists.owners] != lists.sites[:, None]).all(axis=1))
    slopes = _slopes(corners)
    depths = _poking(costs, own, hidden, slopes, centers)
    depths = np.maximum(depths, _bulging(own, slopes))
    depths = np.maximum(depths, _exposed(own, slopes))
    return np.minimum(depths, 2.0 * radii)


def _slopes(corners: Floats) -> Floats:
    """Return the gradients of the barycentric coordinates, ``(m, d + 1, d)``."""
    inner = np.swapaxes(np.linalg.inv(corners[:, 1:] - corners[:, :1]), 1, 2)
    return np.concatenate([-inner.sum(axis=1, keepdims=True), inner], axis=1)


def _depth(excess: Floats, values: Floats, slopes: Floats) -> Floats:
    """Return by how much a function may reach beyond its zeros, from its values at the vertices."""
    steep = np.sqrt(squared_norms((values[:, :, None] * slopes).sum(axis=1)))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        depth = np.maximum(excess, 0.0) / steep
    return np.nan_to_num(depth, nan=0.0, posinf=np.inf)


def _poking(
    costs: Costs, own: LabelCosts, hidden: Candidates, slopes: Floats, centers: Floats
) -> Floats:
    """Return how deep candidates that label no vertex may reach into their simplices."""
    owners = hidden.owners
    values = costs.values(own.corners[owners], hidden.sites[:, None])
    bends = bends_above(costs, own, hidden, centers, own.radii)
    excess = 0.5 * bends.max(axis=1) * own.radii[owners] ** 2 - envelope_gaps(own, owners, values)
    deepest = np.zeros(len(owners))
    for vertex in range(values.shape[1]):
        gap = values - own.values[owners, vertex]
        deepest = np.maximum(deepest, _depth(excess, gap, slopes[owners]))
    depths = np.zeros(len(slopes))
    np.maximum.at(depths, owners, deepest)
    return depths


def _bulging(own: LabelCosts, slopes: Floats) -> Floats:
    """Return how far a label's cell may bulge over a face of another label."""
    size = own.labels.shape[1]
    depths = np.zeros(len(own.labels))
    for v, w in combinations(range(size), 2):
        rows = np.flatnonzero(own.labels[:, v] != own.labels[:, w])
        bend, labels = own.bends[rows, v, w], own.labels[rows]
        gap = own.values[rows, w] - own.values[rows, v]
        for end, signed in ((v, gap), (w, -gap)):
            same = labels == labels[:, end, None]
            least = np.where(same, signed, 0.0).min(axis=1)
            for number, (a, b) in enumerate(local_edges(size - 1)):
                curve = 0.5 * bend * own.squared_lengths[rows, number]
                low = 0.5 * (signed[:, a] + signed[:, b] - curve)
                least = np.where(same[:, a] & same[:, b], np.minimum(least, low), least)
            depths[rows] = np.maximum(depths[rows], _depth(-least, gap, slopes[rows]))
    return depths


def _exposed(own: LabelCosts, slopes: Floats) -> Floats:
    """Return how far a label's cell may reach over a face that lacks it, between two other labels."""
    size = own.labels.shape[1]
    depths = np.zeros(len(own.labels))
    for missing in range(size):
        others = [v for v in range(size) if v != missing]
        shown = (own.labels[:, others] == own.labels[:, missing, None]).any(axis=1)
        rows = np.flatnonzero(~shown)
        values = own.values[rows, missing][:, others]
        face = LabelCosts(
            own.corners[rows][:, others],
            own.labels[rows][:, others],
            own.values[rows][:, others][:, :, others],
            own.lower[rows][:, others],
            own.bends[rows][:, others][:, :, others],
            own.squared_lengths[rows],
            own.radii[rows],
        )
        gaps = envelope_gaps(face, np.arange(len(rows)), values)
        slack = 0.5 * own.bends[rows, missing].max(axis=1) * own.radii[rows] ** 2
        for v in others:
            gap = own.values[rows, missing] - own.values[rows, v]
            mixed = own.labels[rows, v] != own.labels[rows, missing]
            found = _depth(slack - gaps, gap, slopes[rows])
            depths[rows] = np.maximum(depths[rows], np.where(mixed, found, 0.0))
    return depths


def loose_sizes(costs: Costs, state: Subdivision, rows: Ints) -> Floats:
    """Return the size of simplices some of whose labels do not tie where a join asks for it, else 0."""
    simplices = state.mesh.simplices[rows]
    corners, labels = state.mesh.vertices[simplices], state.labels[simplices]
    _, radii = bounding_balls(corners)
    loose = np.zeros(len(rows), dtype=bool)
    for size in range(3, labels.shape[1] + 1):
        for face in map(list, combinations(range(labels.shape[1]), size)):
            own = np.sort(labels[:, face], axis=1)
            rainbow = np.flatnonzero((own[:, 1:] != own[:, :-1]).all(axis=1))
            found = tie_points(costs, corners[rainbow][:, face], labels[rainbow][:, face]).found
            loose[rainbow[~found]] = True
    return np.where(loose, 2.0 * radii, 0.0)
