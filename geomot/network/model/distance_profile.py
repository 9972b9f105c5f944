"""Costs that depend on the distance through y = log((s + d0^2) / d0^2), s the squared distance.

With t = s + d0^2 and x = s / t the Hessian of h(y) has the eigenvalues (2 / t) h_y and
(1 / t) [(2 - 4 x) h_y + 4 x h_yy] (`Profile.curvatures`), and its third derivative (`Profile.twists`)
the parts

    A = 2 r / t^2 [h_y (8 x - 6) + h_yy (6 - 12 x) + 4 x h_yyy]      G = 4 r / t^2 (h_yy - h_y)

Ranges of h_y, h_yy and h_yyy on an interval of distances therefore bound both.  Interval arithmetic is
ten times too wide on wide intervals; a table of the bounds on small cells in y is not.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geomot.costs.radial import Profile, twist_bound
from geomot.costs.ranges import Range, plus, times
from geomot.costs.rangetable import RangeTable, range_table
from geomot.kernels.simplices import Floats, Ints

SPAN = 28  # of the table in y: distances up to a million times d0
CELLS = 32  # per unit of y
FINER = 4  # pieces of a cell when the table is made
MARGIN = 1e-9  # in cells, more than rounding


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Ranges of the derivatives of a function of y on intervals of distances."""

    first: Range
    second: Range
    third: Range


class LevelProfile(Profile):
    """A profile h_b(y)."""

    distance: float  # d0, metres

    @property
    @abstractmethod
    def count(self) -> int:
        """Number of different functions: one for each site, or 1."""

    @abstractmethod
    def derivatives(self, low: Floats, high: Floats, sites: Ints) -> Derivatives:
        """Return the ranges of h_y, h_yy and h_yyy for s in [low, high]."""

    @abstractmethod
    def level_slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return h_y."""

    def slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return dh/ds = h_y / t."""
        return self.level_slopes(squares, sites) / (squares + self.distance**2)

    def curvatures(self, low: Floats, high: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return bounds of the Hessian, the tighter of interval arithmetic and a table."""
        lower, upper = self._curvatures(low, high, sites)
        table = self._table
        first, last = (np.log1p(end / self.distance**2) * CELLS for end in (low, high))
        # a little more on either side, for the rounding of the logarithm
        start = np.clip(first - MARGIN, 0.0, table.cells - 1).astype(np.int64)
        end = np.clip(last + MARGIN, 0.0, table.cells - 1).astype(np.int64)
        least, most = table.bounds(start, end, sites if self.count > 1 else np.zeros_like(sites))
        inside = last + MARGIN < table.cells
        lower = np.where(inside, np.maximum(lower, least), lower)
        return lower, np.where(inside, np.minimum(upper, most), upper)

    def twists(self, low: Floats, high: Floats, sites: Ints) -> Floats:
        """Return a bound of the third derivative."""
        y, (scale, x) = self.derivatives(low, high, sites), self._shares(low, high)
        across = plus(
            plus(
                times((8.0 * x[0] - 6.0, 8.0 * x[1] - 6.0), y.first),
                times((6.0 - 12.0 * x[1], 6.0 - 12.0 * x[0]), y.second),
            ),
            times(times((4.0, 4.0), x), y.third),
        )
        power = np.sqrt(high) * scale[1] ** 2
        along = plus(y.second, (-y.first[1], -y.first[0]))
        return twist_bound(times((2.0 * power,) * 2, across), times((4.0 * power,) * 2, along))

    @cached_property
    def _table(self) -> RangeTable:
        """The bounds on the cells of a grid in y, each taken from finer ones."""
        fine = np.expm1(np.arange(SPAN * CELLS * FINER + 1) / (CELLS * FINER)) * self.distance**2
        sites = np.arange(self.count)[:, None]
        lower, upper = self._curvatures(fine[:-1], fine[1:], sites)
        shape = len(sites), -1, FINER
        return range_table(lower.reshape(shape).min(axis=2), upper.reshape(shape).max(axis=2))

    def _curvatures(self, low: Floats, high: Floats, sites: Ints) -> tuple[Floats, Floats]:
        y, (scale, x) = self.derivatives(low, high, sites), self._shares(low, high)
        tangential = times(scale, times((2.0, 2.0), y.first))
        radial = plus(
            times((2.0 - 4.0 * x[1], 2.0 - 4.0 * x[0]), y.first),
            times(times((4.0, 4.0), x), y.second),
        )
        radial = times(scale, radial)
        return np.minimum(tangential[0], radial[0]), np.maximum(tangential[1], radial[1])

    def _shares(self, low: Floats, high: Floats) -> tuple[Range, Range]:
        """Return the ranges of 1 / t and of x."""
        square = self.distance**2
        scale = 1.0 / (high + square), 1.0 / (low + square)
        return scale, (low * scale[1], high * scale[0])
