"""How far the pieces of a labelled simplex may be from the true cells, in metres.

The shares of `geomot.diagram.subdivision.resolution` bound measures; boundaries need lengths.  Let u be
the difference of two costs, and g its gradient at the barycentre.  With |Hessian| <= m on the simplex,
of radius r, u rises along g by at least |g| - m r per metre all over it.  Where it is below zero by at
most e in the cell of the other label, the bisector is within e / (|g| - m r).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.roots import tie_points
from geomot.diagram.subdivision.candidates import Candidates, LabelCosts, bends_above, label_costs
from geomot.diagram.subdivision.resolution import end_errors, envelope_gaps, single_crossings
from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats, Ints, bounding_balls, local_edges, squared_norms


def hidden_depths(costs: Costs, state: Subdivision, rows: Ints) -> Floats:
    """Return how far from the pieces of simplices boundaries of cells may be, ``(r,)``, metres.

    Cells may reach into simplices, or over faces of them, where no label says so, and cross fibers
    several times.  Where rounding of the costs hides what the bounds leave open it is 0: refinement
    finds out no more.

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
    noise = 2.0 * costs.rounding(own.values, labels[:, :, None]).max(axis=(1, 2))
    gradients = costs.gradients(centers[:, None], labels)
    lists = state.candidates.gather(rows, len(state.lost))
    hidden = lists.keep((labels[lists.owners] != lists.sites[:, None]).all(axis=1))
    depths = _poking(costs, own, hidden, centers, gradients, noise)
    depths = np.maximum(depths, _bulging(own, gradients, noise))
    depths = np.maximum(depths, _exposed(own, gradients, noise))
    depths = np.maximum(depths, _folding(own, gradients, noise))
    return np.minimum(depths, 2.0 * radii)


def _depth(excess: Floats, noise: Floats, change: Floats, bends: Floats, radii: Floats) -> Floats:
    """Return how far a function that ``change`` is the gradient of may reach beyond its zeros."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        steep = np.maximum(np.sqrt(squared_norms(change)) - bends * radii, 0.0)
        return np.where(excess > noise, excess / steep, 0.0)


def _poking(
    costs: Costs,
    own: LabelCosts,
    hidden: Candidates,
    centers: Floats,
    gradients: Floats,
    noise: Floats,
) -> Floats:
    """Return how deep candidates that label no vertex may reach into their simplices."""
    owners = hidden.owners
    values = costs.values(own.corners[owners], hidden.sites[:, None])
    mine = costs.gradients(centers[owners], hidden.sites)
    bends, radii = bends_above(costs, own, hidden, centers, own.radii), own.radii[owners]
    excess = 0.5 * bends.max(axis=1) * radii**2 - envelope_gaps(own, owners, values)
    deepest = np.zeros(len(owners))
    for vertex in range(values.shape[1]):
        change = mine - gradients[owners, vertex]
        depth = _depth(excess, noise[owners], change, bends[:, vertex], radii)
        deepest = np.maximum(deepest, depth)
    depths = np.zeros(len(centers))
    np.maximum.at(depths, owners, deepest)
    return depths


def _bulging(own: LabelCosts, gradients: Floats, noise: Floats) -> Floats:
    """Return how far a label's cell may bulge over a face of another label."""
    size = own.labels.shape[1]
    depths = np.zeros(len(own.labels))
    for v, w in combinations(range(size), 2):
        rows = np.flatnonzero(own.labels[:, v] != own.labels[:, w])
        bend, labels = own.bends[rows, v, w], own.labels[rows]
        gap = own.values[rows, w] - own.values[rows, v]
        change = gradients[rows, w] - gradients[rows, v]
        for end, signed in ((v, gap), (w, -gap)):
            same = labels == labels[:, end, None]
            least = np.where(same, signed, 0.0).min(axis=1)
            for number, (a, b) in enumerate(local_edges(size - 1)):
                curve = 0.5 * bend * own.squared_lengths[rows, number]
                low = 0.5 * (signed[:, a] + signed[:, b] - curve)
                least = np.where(same[:, a] & same[:, b], np.minimum(least, low), least)
            depth = _depth(-least, noise[rows], change, bend, own.radii[rows])
            depths[rows] = np.maximum(depths[rows], depth)
    return depths


def _folding(own: LabelCosts, gradients: Floats, noise: Floats) -> Floats:
    """Return how far cells may reach where fibers cross the bisector several times.

    Two roots on a fiber are at most 2 slack / slope of the interpolant apart, and between them u is at
    most m apart^2 / 8 from zero.
    """
    size = own.labels.shape[1]
    depths, errors = np.zeros(len(own.labels)), end_errors(own)
    for number, (v, w) in enumerate(local_edges(size - 1)):
        rows, bend, gap, single = single_crossings(own, errors, v, w)
        slack = 0.5 * bend * own.radii[rows] ** 2
        length = np.sqrt(own.squared_lengths[rows, number])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            apart = np.fmin(2.0 * slack / np.abs(gap[:, v] - gap[:, w]), 1.0) * length
            excess = np.where(single, 0.0, 0.125 * bend * apart**2)
        change = gradients[rows, w] - gradients[rows, v]
        depth = np.minimum(_depth(excess, noise[rows], change, bend, own.radii[rows]), apart)
        depths[rows] = np.maximum(depths[rows], depth)
    return depths


def _exposed(own: LabelCosts, gradients: Floats, noise: Floats) -> Floats:
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
            change = gradients[rows, missing] - gradients[rows, v]
            bend = own.bends[rows, missing, v]
            mixed = own.labels[rows, v] != own.labels[rows, missing]
            found = _depth(slack - gaps, noise[rows], change, bend, own.radii[rows])
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
