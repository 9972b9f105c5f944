"""Labels of vertices, candidates of simplices, and what simplices may lose to the wrong cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.subdivision.candidates import (
    Candidates,
    beats,
    bends_above,
    label_costs,
    label_counts,
    within_bounds,
)
from geomot.diagram.subdivision.linearized import MOST_SITES, linear_fractions
from geomot.diagram.subdivision.resolution import (
    blurred_fractions,
    crossing_fractions,
    exposed_fractions,
    hidden_candidates,
    hidden_fractions,
    tie_fractions,
)
from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats, Ints, bounding_balls


def label(costs: Costs, state: Subdivision, margin: float) -> Subdivision:
    """Label new vertices and prune and judge new simplices."""
    new = np.flatnonzero(np.isnan(state.lost))
    if len(new) == 0:
        return state
    simplices = state.mesh.simplices[new]
    corners = state.mesh.vertices[simplices]
    centers, radii = bounding_balls(corners)
    lists = state.candidates.gather(new, len(state.lost))
    lists = lists.keep(within_bounds(costs, lists, centers, radii, margin))
    values = costs.values(corners[lists.owners], lists.sites[:, None])
    labels = _new_labels(costs, state.labels, simplices, lists, values)

    complete = lists.including(labels[simplices])
    if complete is not lists:
        lists = complete
        values = costs.values(corners[lists.owners], lists.sites[:, None])
    own = label_costs(costs, corners, labels[simplices], centers, radii)
    bends = bends_above(costs, own, lists, centers, radii)
    named = (own.labels[lists.owners] == lists.sites[:, None]).any(axis=1)
    stays = named | ~beats(costs, own, lists, values, bends, margin)
    lists, hidden = lists.keep(stays), np.flatnonzero(~named[stays])
    values, bends = values[stays][hidden], bends[stays][hidden]
    close = hidden_candidates(own, lists.keep(hidden), values, bends, margin)
    shown = close
    if margin > 0.0:  # what stays in the lists for later costs need not be in the way of these
        shown = ~beats(costs, own, lists.keep(hidden), values, bends, 0.0)
        shown &= hidden_candidates(own, lists.keep(hidden), values, bends, 0.0)
    lost, blurred = np.zeros(len(new)), np.zeros(len(new))
    share = hidden_fractions(own, lists.keep(hidden), values, bends)
    np.add.at(lost, lists.owners[hidden], np.where(shown, share, 0.0))
    mixed = np.flatnonzero((own.labels != own.labels[:, :1]).any(axis=1))
    if len(mixed):
        part = own.take(mixed)
        blurred[mixed] = blurred_fractions(costs, part)
        lost[mixed] += crossing_fractions(costs, part)
        counts = label_counts(own.labels)
        several, every = np.flatnonzero(counts > 2), np.flatnonzero(counts == own.labels.shape[1])
        if len(several):
            lost[several] += tie_fractions(costs, own.take(several), centers[several])
            lost[every] += exposed_fractions(own.take(every))

    lost = np.minimum(lost, 1.0)
    none = np.empty(0, dtype=np.int64)
    linear = Candidates(none, none)
    if not state.conforming:
        taking_part = np.ones(len(lists.sites), dtype=bool)
        taking_part[hidden[~shown]] = False
        affine = (own.labels != own.labels[:, :1]).any(axis=1) & (own.bends.max(axis=(1, 2)) == 0.0)
        linear, lost, blurred = _linearised(
            costs, corners, lists.keep(taking_part), affine, lost, blurred
        )
    stays = np.ones(len(lists.sites), dtype=bool)
    stays[hidden[~close]] = False
    all_lost, all_blurred = state.lost.copy(), state.blurred.copy()
    all_lost[new], all_blurred[new] = lost, blurred
    candidates, _ = state.candidates.replaced(new, lists.keep(stays), len(state.lost))
    cut, places = state.linear.replaced(new, linear, len(state.lost))
    errors = state.errors.copy()
    errors[cut.owners[places < 0]] = np.inf
    whole = np.zeros(len(state.lost), dtype=bool)  # that were cut into pieces and are no longer
    whole[state.linear.owners] = True
    whole[cut.owners] = False
    errors[whole] = np.inf
    return replace(
        state,
        labels=labels,
        candidates=candidates,
        lost=all_lost,
        blurred=all_blurred,
        errors=errors,
        linear=cut,
        parts=np.append(state.parts, np.zeros((1, state.parts.shape[1])), axis=0)[places],
        margin=margin,
    )


def _linearised(
    costs: Costs,
    corners: Floats,
    lists: Candidates,
    affine: np.ndarray,
    lost: Floats,
    blurred: Floats,
) -> tuple[Candidates, Floats, Floats]:
    """Return the sites of simplices that lose less if costs are linearised, and the shares then."""
    counts = np.bincount(lists.owners, minlength=len(lost))
    rows = np.flatnonzero(((lost > 0.0) | affine) & (counts <= MOST_SITES))
    part = lists.gather(rows, len(lost))
    moved, unclear = linear_fractions(costs, corners[rows], part)
    better = (moved < lost[rows]) | (moved == 0.0)
    lost, blurred = lost.copy(), blurred.copy()
    lost[rows[better]], blurred[rows[better]] = moved[better], np.minimum(unclear[better], 1.0)
    part = part.keep(better[part.owners])
    return Candidates(rows[part.owners], part.sites), lost, blurred


def _new_labels(costs: Costs, labels: Ints, simplices: Ints, lists: Candidates, values: Floats) -> Ints:
    """Return the labels of all vertices; those not labelled yet get the cheapest candidate."""
    labels = labels.copy()
    vertices = simplices[lists.owners]
    entry, corner = np.nonzero(labels[vertices] < 0)
    vertex, value, site = vertices[entry, corner], values[entry, corner], lists.sites[entry]
    least = np.full(len(labels), np.inf)
    np.minimum.at(least, vertex, value)
    ties = value <= least[vertex] + 2.0 * costs.rounding(value, site)
    first = np.full(len(labels), np.iinfo(np.int64).max)
    np.minimum.at(first, vertex[ties], site[ties])
    labels[vertex] = first[vertex]
    return labels
