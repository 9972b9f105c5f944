"""Mesh vertices that nearly tie are moved away from the curves where three cells meet.

A third cell that wins between a vertex and an interface close by cuts off so short a part of the edge
that nothing can be cut there, and halving the simplices around it repeats the pattern.  Moved a little
into its own cell, away from all bisectors nearby, the vertex leaves room for the cut.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.subdivision.candidates import all_candidates
from geomot.diagram.subdivision.kinks import kinks
from geomot.diagram.subdivision.state import Subdivision
from geomot.geometry.meshes.moving import boundary_normals, moved, star, within
from geomot.kernels.indices import distinct
from geomot.kernels.simplices import Floats, Ints, measures, squared_edge_lengths, squared_norms

CLOSE = 0.05  # share of an edge next to a vertex in which a third cell's part ends
ROOM = 0.1  # distance from the bisectors, in shortest edges around the vertex, that is made
KEPT = 0.3  # share of its measure that each simplex around a moved vertex keeps at least
SHORT = 1e-3  # what is left of a direction below this is none


def cleared(
    costs: Costs, state: Subdivision, rows: Ints, settled: np.ndarray
) -> tuple[Subdivision, Ints]:
    """Move vertices of some simplices into their own cells, where a third cell begins next to them.

    Parameters
    ----------
    costs
        The costs.
    state
        A conforming subdivision.
    rows
        The simplices asked about.
    settled
        ``(n,)`` vertices that stay where they are.

    Returns
    -------
    The subdivision, in which all around the moved vertices is new, and these vertices.
    """
    mesh = state.mesh
    near = kinks(costs, mesh, state.labels, state.candidates, rows).vertices_within(CLOSE)
    near = near[~settled[near]]
    lengths = np.full(len(mesh.vertices), np.inf)
    around = mesh.simplices[star(mesh, near)]
    shortest = np.sqrt(squared_edge_lengths(mesh.vertices[around]).min(axis=1))
    np.minimum.at(lengths, around, shortest[:, None])
    room = ROOM * lengths[near]
    directions, free = _away(costs, mesh.vertices[near], state.labels[near], room)
    directions = within(directions, boundary_normals(mesh, near))
    free &= squared_norms(directions) > SHORT**2
    near, room, directions = near[free], room[free], directions[free]
    steps = room[:, None] * directions / np.sqrt(squared_norms(directions))[:, None]
    finer, accepted = moved(mesh, near, mesh.vertices[near] + steps, KEPT)
    near = near[accepted]
    fresh = star(finer, near)
    labels, lost, sizes = state.labels.copy(), state.lost.copy(), state.sizes.copy()
    labels[near], lost[fresh], sizes[fresh] = -1, np.nan, measures(finer.corners[fresh])
    # lists were pruned for the old simplices: those around start anew
    every = all_candidates(costs.representatives(), len(fresh))
    lists, _ = state.candidates.replaced(fresh, every, len(lost))
    return replace(state, mesh=finer, labels=labels, lost=lost, sizes=sizes, candidates=lists), near


def _away(costs: Costs, points: Floats, labels: Ints, room: Floats) -> tuple[Floats, np.ndarray]:
    """Return directions away from the bisectors closer than ``room``, and where there are any."""
    sites = distinct(costs.representatives())
    values, gradients = costs.values(points[:, None], sites), costs.gradients(points[:, None], sites)
    own = np.searchsorted(sites, labels)[:, None]
    slopes = gradients - np.take_along_axis(gradients, own[:, :, None], axis=1)
    gaps = values - np.take_along_axis(values, own, axis=1)
    steep = np.sqrt(squared_norms(slopes))
    close = (gaps < room[:, None] * steep) & (steep > 0.0)
    units = np.divide(slopes, steep[..., None], out=np.zeros_like(slopes), where=close[..., None])
    return units.sum(axis=1), np.asarray(close.any(axis=1))
