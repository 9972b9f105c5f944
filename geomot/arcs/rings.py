"""The boundaries of cells as closed curves of arcs and straight pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.arcs.edges import Edges
from geomot.arcs.tidying import successors
from geomot.geometry.simplices import Floats, Ints

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


def chained(edges: Edges, sites: tuple[Floats, Floats]) -> Rings:
    """Return edges as rings, arcs through pieces of the zone in one, those beyond half a turn in two.

    Parameters
    ----------
    edges
        Balanced: at each point as many edges of a cell end as start.
    sites
        Centres ``(e, 2)`` and radii ``(e,)`` of the edges, not finite where they are straight.
    """
    following = successors(edges).tolist()
    order = np.argsort(edges.cells, kind="stable").tolist()
    ends, others, turns = edges.ends.tolist(), edges.others.tolist(), edges.turns.tolist()
    smooth = edges.smooth.tolist()
    split = _Middles(edges.points, *sites)
    seen = [False] * len(order)
    rows: list[tuple[int, int, int, float]] = []  # cell, start, other, half turn
    starts = [0]
    for first in order:
        if seen[first]:
            continue
        ring, edge = [], first
        while not seen[edge]:
            seen[edge] = True
            ring.append(edge)
            edge = following[edge]
        pieces = _joined(ring, ends, others, turns, smooth)
        cell = int(edges.cells[first])
        for start, end, source, turn in pieces:
            other = others[source]
            if abs(turn) > 0.5 * np.pi * (1.0 + 1e-12) or start == end:
                middle = split(start, end, source)
                rows += [(cell, start, other, 0.5 * turn), (cell, middle, other, 0.5 * turn)]
            else:
                rows.append((cell, start, other, turn))
        starts.append(len(rows))
    table = np.array([row[:3] for row in rows], dtype=np.int64).reshape(-1, 3)
    half = np.array([row[3] for row in rows])
    return Rings(table[:, 0], table[:, 2], np.array(starts), split.points()[table[:, 1]], half)


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
    for low, high in zip(bounds[:-1], bounds[1:], strict=True):
        run = turned[low:high]
        pieces.append((ends[run[0]][0], ends[run[-1]][1], run[0], sum(turns[k] for k in run)))
    return pieces


class _Middles:
    """Points half-way along arcs, the same for both cells beside one."""

    def __init__(self, points: Floats, centers: Floats, radii: Floats) -> None:
        self._given, self._centers, self._radii = points, centers, radii
        self._more: list[Floats] = []

    def __call__(self, start: int, end: int, edge: int) -> int:
        """Return the number of the point opposite the chord's middle, seen from the centre."""
        center = self._centers[edge]
        arm = center - 0.5 * (self._given[start] + self._given[end])
        self._more.append(center + self._radii[edge] / np.hypot(*arm) * arm)
        return len(self._given) + len(self._more) - 1

    def points(self) -> Floats:
        """Return all points."""
        return np.concatenate([self._given, *([np.stack(self._more)] if self._more else [])])
