"""The boundaries of cells as closed curves of arcs and straight pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

import numpy as np

from geomot.arcs.edges import Edges
from geomot.arcs.lifting import LiftedSites
from geomot.arcs.tidying import successors
from geomot.arcs.ties import joined
from geomot.kernels.simplices import Floats, Ints

TINY = np.finfo(float).tiny
SLACK = 1e-12  # by which half a turn may be exceeded, as a share of it

Chain = list[tuple[int, int, int, float]]  # start, end, site on the right, half turn


@dataclass(frozen=True, eq=False)
class Rings:
    """Closed curves, one after the other, the cells on their left.

    Parameters
    ----------
    cells
        ``(e,)`` site of each piece, ascending.
    others
        ``(e,)`` site on the other side, -1 for the zone's boundary.
    starts
        ``(r + 1,)`` where each curve starts, and where the last one ends.
    points
        ``(e, 2)`` start of each piece; it ends at the next one's, the last piece at the first one's.
    turns
        ``(e,)`` half the angle that the piece turns through, at most a quarter turn: positive
        counter-clockwise, 0 for a straight one.
    """

    cells: Ints
    others: Ints
    starts: Ints
    points: Floats
    turns: Floats

    @property
    def following(self) -> Ints:
        """Number of the piece after each one, ``(e,)``."""
        after = np.arange(1, len(self.cells) + 1)
        after[self.starts[1:] - 1] = self.starts[:-1]
        return after

    @property
    def ends(self) -> Floats:
        """End of each piece, ``(e, 2)``."""
        return np.asarray(self.points[self.following])


def chained(edges: Edges, sites: LiftedSites) -> Rings:
    """Return edges as rings, arcs through pieces of the zone in one, those beyond half a turn in two.

    Parameters
    ----------
    edges
        Balanced: at each point as many edges of a cell end as start.
    sites
        The sites.
    """
    whole = _divided(edges, sites)
    rings = list(_traced(whole))
    order = np.array([edge for ring in rings for edge in ring], dtype=np.int64)
    starts = np.append(0, np.cumsum([len(ring) for ring in rings])).astype(np.int64)
    points = whole.points[whole.ends[order, 0]]
    return Rings(whole.cells[order], whole.others[order], starts, points, whole.turns[order])


def _traced(edges: Edges) -> Iterator[list[int]]:
    """Yield the edges of each ring, by cell."""
    following = successors(edges).tolist()
    seen = [False] * len(following)
    for first in np.argsort(edges.cells, kind="stable").tolist():
        ring, edge = [], first
        while not seen[edge]:
            seen[edge] = True
            ring.append(edge)
            edge = following[edge]
        if ring:
            yield ring


def _divided(edges: Edges, sites: LiftedSites) -> Edges:
    """Return edges as they are to be: no smooth points, no arcs of more than half a turn.

    Points half-way along arcs may be where a cell touches itself: they are joined as well.
    """
    ends, others, turns = edges.ends.tolist(), edges.others.tolist(), edges.turns.tolist()
    smooth = edges.smooth.tolist()
    pieces = [p for ring in _traced(edges) for p in _joined(ring, ends, others, turns, smooth)]
    start, end, source = np.array([piece[:3] for piece in pieces], dtype=np.int64).reshape(-1, 3).T
    turn = np.array([piece[3] for piece in pieces])
    cells, other = edges.cells[source], edges.others[source]
    long = np.flatnonzero((np.abs(turn) > 0.5 * np.pi * (1.0 + SLACK)) | (start == end))
    centers, squares = sites.circles(cells[long], other[long])
    arms = centers - 0.5 * (edges.points[start[long]] + edges.points[end[long]])
    arms *= (np.sqrt(squares) / np.maximum(np.hypot(*arms.T), TINY))[:, None]
    points = np.concatenate([edges.points, centers + arms])
    middle = len(edges.points) + np.arange(len(long))
    turn[long] *= 0.5
    last = end[long]
    end[long] = middle
    both = joined(points)[np.stack([np.append(start, middle), np.append(end, last)], axis=1)]
    divided = Edges(
        points,
        np.zeros(len(points), dtype=bool),
        np.append(cells, cells[long]),
        np.append(other, other[long]),
        both,
        np.append(turn, turn[long]),
    )
    return divided.take(np.flatnonzero(both[:, 0] != both[:, 1]))


def _joined(
    ring: list[int], ends: list[list[int]], others: list[int], turns: list[float], smooth: list[bool]
) -> Chain:
    """Return start, end, an edge and half turn of the pieces of a ring, smooth points left out."""
    before = [ring[-1], *ring[:-1]]
    breaks = [
        k
        for k, (last, edge) in enumerate(zip(before, ring, strict=True))
        if not (smooth[ends[edge][0]] and others[last] == others[edge] >= 0)
    ]
    if not breaks:  # a whole circle: from its point with the lowest number
        breaks = [min(range(len(ring)), key=lambda k: ends[ring[k]][0])]
    turned = ring[breaks[0] :] + ring[: breaks[0]]
    bounds = [k - breaks[0] for k in breaks] + [len(ring)]
    pieces = []
    for low, high in pairwise(bounds):
        run = turned[low:high]
        pieces.append((ends[run[0]][0], ends[run[-1]][1], run[0], fsum(turns[k] for k in run)))
    return pieces
