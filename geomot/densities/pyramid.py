"""Largest and mean entries of blocks of an array, in any number of dimensions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product

import numpy as np

from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Pyramid:
    """Summaries of an array by blocks of 1, 2, 4, .. entries along each axis.

    Parameters
    ----------
    entries
        The array, not negative.

    Examples
    --------
    >>> pyramid = Pyramid(np.array([0.0, 4.0, 1.0, 3.0, 2.0]))
    >>> pyramid.maxima(np.array([[2]]), np.array([[4]])).tolist()
    [4.0]
    """

    entries: Floats

    def maxima(self, low: Ints, high: Ints) -> Floats:
        """Return upper bounds of the entries from ``low`` to ``high``, ``(m, d)`` to ``(m,)``.

        Notes
        -----
        A range is covered by at most two blocks along each axis, so the bound may come from nearby.
        """
        return self._summary(self._maxima, np.maximum, low, high)

    def means(self, low: Ints, high: Ints) -> Floats:
        """Return means over these same blocks; what is beyond the array counts as zeros."""
        return self._summary(self._means, np.add, low, high) / 2.0**self.entries.ndim

    def _summary(
        self,
        levels: list[Floats],
        join: Callable[[Floats, Floats], Floats],
        low: Ints,
        high: Ints,
    ) -> Floats:
        width = (high - low + 1).max(axis=1)
        level = np.ceil(np.log2(width)).astype(np.int64)
        found = np.empty(len(low))
        for number in range(int(level.max(initial=-1)) + 1):
            rows = np.flatnonzero(level == number)
            blocks = levels[min(number, len(levels) - 1)]
            ends = np.stack([low[rows], high[rows]]) >> number
            corners = (
                blocks[tuple(ends[step, :, axis] for axis, step in enumerate(steps))]
                for steps in product((0, 1), repeat=self.entries.ndim)
            )
            found[rows] = reduce(join, corners)
        return found

    @cached_property
    def _maxima(self) -> list[Floats]:
        return list(_levels(self.entries, np.maximum, 1.0))

    @cached_property
    def _means(self) -> list[Floats]:
        return list(_levels(self.entries, np.add, 0.5))


def _levels(
    entries: Floats, join: Callable[[Floats, Floats], Floats], weight: float
) -> Iterator[Floats]:
    """Yield the array with 1, 2, 4, .. entries along each axis joined to one."""
    yield entries
    while max(entries.shape) > 1:
        for axis in range(entries.ndim):
            odd = [(0, size % 2 if k == axis else 0) for k, size in enumerate(entries.shape)]
            even = np.moveaxis(np.pad(entries, odd), axis, 0)
            entries = weight * np.moveaxis(join(even[::2], even[1::2]), 0, axis)
        yield entries
