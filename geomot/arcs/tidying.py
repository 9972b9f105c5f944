"""Edges without what cancels: lines inside the zone, and edges that a cell has both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from geomot.arcs.edges import Edges
from geomot.arcs.zones import Walls
from geomot.kernels.indices import numbered
from geomot.kernels.simplices import Ints

LITTLE = 0.01  # of the shortest edge at a point, where its edges are compared


def tidied(edges: Edges, walls: Walls) -> Edges:
    """Return edges without those that only divide cells."""
    return _without_opposites(_without_inner(edges, walls))


def _without_inner(edges: Edges, walls: Walls) -> Edges:
    """Cancel what pieces of a cell have in common, wall by wall.

    Along a wall each edge counts 1 from its start on and -1 from its end on, whichever way it runs:
    what the counts add up to is left, nothing unless rounding has put a tie elsewhere for one piece.
    """
    inner = np.flatnonzero(edges.others < -1)
    if len(inner) == 0:
        return edges
    count = len(edges.points)
    span = int(-edges.others.min()) + 1
    group = edges.cells[inner] * span - edges.others[inner]
    points = edges.ends[inner].reshape(-1)
    keys, first, entry = numbered(np.repeat(group, 2) * count + points)
    net = np.bincount(entry, np.tile([1, -1], len(inner)), minlength=len(keys)).astype(np.int64)
    groups, points = keys // count, keys % count
    wall = walls.vertices[walls.ends[groups % span - 2]]
    along = ((wall[:, 1] - wall[:, 0]) * edges.points[points]).sum(axis=1)
    order = np.lexsort((along, groups))
    covered = np.cumsum(net[order])[:-1]  # 0 from the last point of a group to the next group's first
    gaps = np.flatnonzero(covered)
    low, high = points[order[gaps]], points[order[gaps + 1]]
    times = np.abs(covered[gaps])
    forward = (covered[gaps] > 0)[:, None]
    ends = np.where(forward, np.stack([low, high], axis=1), np.stack([high, low], axis=1))
    ends = np.repeat(ends, times, axis=0)
    cells = np.repeat(edges.cells[inner[first[order[gaps]] // 2]], times)
    rest = edges.take(np.flatnonzero(edges.others >= -1))
    return replace(
        rest,
        cells=np.concatenate([rest.cells, cells]),
        others=np.concatenate([rest.others, np.full(len(cells), -1)]),
        ends=np.concatenate([rest.ends, ends]),
        turns=np.concatenate([rest.turns, np.zeros(len(cells))]),
    )


def _without_opposites(edges: Edges) -> Edges:
    """Cancel straight edges that a cell has in both directions, those on walls first."""
    straight = np.flatnonzero(edges.turns == 0.0)
    low, high = edges.ends[straight].min(axis=1), edges.ends[straight].max(axis=1)
    forward = edges.ends[straight, 0] == low
    pairs = np.stack([edges.cells[straight], low, high], axis=1)
    order = np.lexsort((edges.others[straight], high, low, pairs[:, 0]))
    fresh = np.append(True, (pairs[order][1:] != pairs[order][:-1]).any(axis=1))
    group = np.cumsum(fresh) - 1 if len(order) else order
    ways = np.stack([np.bincount(group, w[order]) for w in (forward, ~forward)], axis=1)
    kept = np.ones(len(edges.cells), dtype=bool)
    for each in np.flatnonzero(ways.min(axis=1)).tolist():
        members = straight[order[group == each]]
        onward = edges.ends[members, 0] == edges.ends[members, 0].min()
        number = int(min(onward.sum(), (~onward).sum()))
        kept[members[onward][:number]] = False
        kept[members[~onward][:number]] = False
    return edges.take(np.flatnonzero(kept))


def successors(edges: Edges) -> Ints:
    """Return for each edge the one that follows it around its cell.

    Where a cell touches itself in a point the first edge clockwise from where the last one came: rings
    touch there but do not cross.
    """
    count = len(edges.points)
    leaving = edges.cells * count + edges.ends[:, 0]
    arriving = edges.cells * count + edges.ends[:, 1]
    order = np.argsort(leaving, kind="stable")
    following = order[np.minimum(np.searchsorted(leaving[order], arriving), len(order) - 1)]
    _, begin, entry = numbered(leaving)
    shared = np.bincount(entry, minlength=len(begin)) > 1
    places: dict[int, list[int]] = {place: [] for place in leaving[begin[shared]].tolist()}
    for edge in np.flatnonzero(shared[entry]).tolist():
        places[int(leaving[edge])].append(edge)
    ending = np.flatnonzero(np.isin(arriving, leaving[begin[shared]]))
    arriving_at: dict[int, list[int]] = {place: [] for place in places}
    for edge in ending.tolist():
        arriving_at[int(arriving[edge])].append(edge)
    for place, choice in places.items():
        for edge, after in _paired(edges, arriving_at[place], choice):
            following[edge] = after
    return np.asarray(following)


def _paired(edges: Edges, coming: list[int], going: list[int]) -> Iterator[tuple[int, int]]:
    """Yield which edge each edge that comes to a point is followed by.

    Directions are those a little way from the point: curves that touch there differ.
    """
    every = np.array(coming + going)
    chords = edges.points[edges.ends[every, 1]] - edges.points[edges.ends[every, 0]]
    turns = edges.turns[every]
    lengths = np.hypot(*chords.T) / np.maximum(np.sinc(turns / np.pi), np.finfo(float).tiny)
    bent = turns * (1.0 - LITTLE * lengths.min() / lengths)
    angles = np.arctan2(chords[:, 1], chords[:, 0])
    back = (angles + bent + np.pi)[: len(coming)]
    out = dict(zip(going, (angles - bent)[len(coming) :].tolist(), strict=True))
    for edge, direction in zip(coming, back.tolist(), strict=True):
        after = min(out, key=lambda other: (direction - out[other]) % (2.0 * np.pi))
        del out[after]
        yield edge, after
