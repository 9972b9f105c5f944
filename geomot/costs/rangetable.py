"""Bounds of a function on any interval, from its bounds on the cells of a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class RangeTable:
    """Least and largest bounds over runs of 1, 2, 4, .. neighbouring cells, for each of B functions.

    A run of n cells is the union of two runs of the largest power of two that is at most n, so a query
    takes two entries whatever n is.

    Parameters
    ----------
    lower, upper
        ``(levels, B, cells)``; entry ``[k, b, i]`` bounds function b on the cells i to i + 2^k - 1.
    """

    lower: Floats
    upper: Floats

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(self.lower.shape[2])

    def bounds(self, first: Ints, last: Ints, functions: Ints) -> tuple[Floats, Floats]:
        """Return the bounds of functions on the cells ``first`` to ``last``, inclusive.

        Examples
        --------
        >>> table = range_table(np.array([[3.0, 1.0, 2.0]]), np.array([[4.0, 2.0, 5.0]]))
        >>> low, high = table.bounds(np.array([0, 1]), np.array([2, 1]), np.array([0, 0]))
        >>> low.tolist(), high.tolist()
        ([1.0, 1.0], [5.0, 2.0])
        """
        level = np.frexp(last - first + 1)[1] - 1
        second = last + 1 - (1 << level)
        lower = np.minimum(self.lower[level, functions, first], self.lower[level, functions, second])
        upper = np.maximum(self.upper[level, functions, first], self.upper[level, functions, second])
        return lower, upper


def range_table(lower: Floats, upper: Floats) -> RangeTable:
    """Return the table for bounds ``(B, cells)`` on single cells."""
    lows, highs = [lower], [upper]
    for level in range(int(lower.shape[1]).bit_length() - 1):
        apart = 1 << level
        low, high = lows[-1].copy(), highs[-1].copy()
        low[:, :-apart] = np.minimum(low[:, :-apart], lows[-1][:, apart:])
        high[:, :-apart] = np.maximum(high[:, :-apart], highs[-1][:, apart:])
        lows.append(low)
        highs.append(high)
    return RangeTable(np.stack(lows), np.stack(highs))
