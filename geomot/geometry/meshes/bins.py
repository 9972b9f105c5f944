"""Simplices sorted into a grid of boxes, to find those near a point or another simplex."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geomot.kernels.indices import ascending, list_starts, runs
from geomot.kernels.simplices import Floats, Ints

MOST = 1 << 22  # boxes
SLACK = 1e-9  # of its longest side by which the box around a simplex is larger on each side


@dataclass(frozen=True, eq=False)
class Bins:
    """A regular grid of boxes around simplices, about one for each, and who reaches into which.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)``, metres; at least one simplex.
    """

    corners: Floats

    @cached_property
    def lower(self) -> Floats:
        """Lower corner of the grid, ``(d,)``, metres."""
        return np.asarray(self.corners.min(axis=(0, 1)))

    @cached_property
    def shape(self) -> Ints:
        """Number of boxes along each axis, ``(d,)``: one along axes thinner than a box."""
        extent = self.corners.max(axis=(0, 1)) - self.lower
        wide = np.ones(len(extent), dtype=bool)
        for _ in extent:
            side = (extent[wide].prod() / min(len(self.corners), MOST)) ** (1.0 / wide.sum())
            wide &= (extent >= side) | (extent == extent.max())
        return np.asarray(np.where(wide, np.ceil(extent / side), 1), dtype=np.int64)

    @cached_property
    def steps(self) -> Floats:
        """Sides of a box, ``(d,)``, metres."""
        return np.asarray((self.corners.max(axis=(0, 1)) - self.lower) / self.shape)

    @cached_property
    def entries(self) -> tuple[Ints, Ints]:
        """The boxes, ascending, and a simplex that may reach into each."""
        low, high = self.range(self.corners.min(axis=1), self.corners.max(axis=1))
        owners, boxes = boxes_within(low, high)
        keys = self.keys(boxes)
        order = ascending(keys)
        return keys[order], owners[order]

    def range(self, low: Floats, high: Floats) -> tuple[Ints, Ints]:
        """Return the first and the last box along each axis that boxes ``(m, d)`` reach into."""
        ends = (np.floor((place - self.lower) / self.steps) for place in (low, high))
        first, last = (np.clip(end, 0, self.shape - 1).astype(np.int64) for end in ends)
        return first, last

    def keys(self, boxes: Ints) -> Ints:
        """Return one number for each box ``(m, d)``."""
        return np.asarray(np.ravel_multi_index(tuple(boxes.T), tuple(self.shape)))

    def near(self, low: Floats, high: Floats) -> tuple[Ints, Ints]:
        """Return for boxes ``(m, d)`` the pairs of a box and a simplex near it, some perhaps twice.

        Near are those whose own boxes, a little larger, meet it.
        """
        owners, boxes = boxes_within(*self.range(low, high))
        places, entries = runs(self._starts, self.keys(boxes))
        owners, simplices = owners[places], self.entries[1][entries]
        for axis, (least, most) in enumerate(zip(*self._boxes, strict=True)):
            met = (high[owners, axis] >= least[simplices]) & (low[owners, axis] <= most[simplices])
            owners, simplices = owners[met], simplices[met]
        return owners, simplices

    @cached_property
    def _boxes(self) -> tuple[Floats, Floats]:
        """Ends of the boxes around the simplices along each axis, ``(d, m)``, and a little more."""
        low, high = self.corners.min(axis=1).T.copy(), self.corners.max(axis=1).T.copy()
        more = SLACK * (high - low).max(axis=0)
        return low - more, high + more

    @cached_property
    def _starts(self) -> Ints:
        return list_starts(self.entries[0], int(self.shape.prod()))


def boxes_within(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Return all boxes from ``low`` to ``high``, ``(m, d)``: the row of each and its numbers.

    Examples
    --------
    >>> [each.tolist() for each in boxes_within(np.array([[2, 5]]), np.array([[3, 5]]))]
    [[0, 0], [[2, 5], [3, 5]]]
    """
    counts = high - low + 1
    starts = np.append(0, np.cumsum(counts.prod(axis=1)))
    owners, place = runs(starts, np.arange(len(counts)))
    place = place - starts[owners]
    boxes = np.empty((len(owners), low.shape[1]), dtype=np.int64)
    for axis in range(low.shape[1] - 1, -1, -1):
        place, rest = np.divmod(place, counts[owners, axis])
        boxes[:, axis] = low[owners, axis] + rest
    return owners, boxes
