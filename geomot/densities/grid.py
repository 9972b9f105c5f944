"""Densities given on a regular grid: constant in its cells, or multilinear between its points."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.numbers import floats
from geomot.densities.base import Density
from geomot.densities.pyramid import Pyramid
from geomot.errors import InvalidDensityError
from geomot.geometry.meshes.breaks import Breaks
from geomot.geometry.meshes.lattice import Lattice
from geomot.kernels.simplices import Floats, Ints

PEAKED = 10.0  # times their mean: entries that are larger may hide from a cubature's nodes


@dataclass(frozen=True, eq=False)
class GridDensity(Density):
    """A density given by numbers on a regular grid in a box, zero outside; see `grid_density`.

    Parameters
    ----------
    entries
        ``(n_1, .., n_d)`` the numbers; the k-th index grows with the k-th coordinate.
    lower, upper
        ``(d,)`` corners of the box, metres.
    first
        ``(d,)`` place of the entry with all indices 0: its cell's lower corner if the density is
        constant in cells, else the point where the density has that value; metres.
    steps
        ``(d,)`` distances from one entry to the next, metres.

    Examples
    --------
    >>> raster = grid_density([[1.0, 2.0, 5.0], [3.0, 0.0, 4.0]], [0, 0], [2, 3], "constant")
    >>> raster.steps.tolist(), raster.values(np.array([1.5, 2.5])).item()
    ([1.0, 1.0], 4.0)
    """

    entries: Floats
    lower: Floats
    upper: Floats
    first: Floats
    steps: Floats

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(self.entries.size, "value", self.dimension))

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.entries.ndim

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """The planes of the grid."""
        return (self._lattice,)

    @property
    def tiling(self) -> Lattice:
        """The boxes of the grid."""
        return self._lattice

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the largest entry that has a say in the ball, or one nearby; zero off the box."""
        low, high = centers - radii[:, None], centers + radii[:, None]
        near = (high >= self.lower).all(axis=1) & (low <= self.upper).all(axis=1)
        bounds = np.zeros(len(centers))
        bounds[near] = self._pyramid.maxima(*self._range(low[near], high[near]))
        return bounds

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the width of a cell where a few hold nearly all, else infinity.

        A mesh that follows the grid hides nothing; these are for those that do not yet.
        """
        span = self._range(centers - radii[:, None], centers + radii[:, None])
        peaked = self._pyramid.maxima(*span) > PEAKED * self._pyramid.means(*span)
        return np.where(peaked, self.steps.min(), np.inf)

    def _range(self, low: Floats, high: Floats) -> tuple[Ints, Ints]:
        """Return the first and last index along each axis of what has a say in boxes, ``(m, d)``.

        A number in a cell has its say up to the next, one at a point up to the next but one.
        """
        most = np.array(self.entries.shape) - 1
        start, last = np.floor(self._places(low)), self._places(high)
        end = np.floor(last) if self.degree == 0 else np.ceil(last)
        return np.clip(start, 0, most).astype(np.int64), np.clip(end, 0, most).astype(np.int64)

    def _places(self, points: Floats) -> Floats:
        """Return points in units of the grid."""
        return np.asarray((points - self.first) / self.steps)

    def _inside(self, points: Floats) -> np.ndarray:
        return np.asarray(((points >= self.lower) & (points <= self.upper)).all(axis=-1))

    @property
    @abstractmethod
    def _lattice(self) -> Lattice:
        """The planes along which the density is not smooth."""

    @cached_property
    def _pyramid(self) -> Pyramid:
        return Pyramid(self.entries)


@dataclass(frozen=True, eq=False, repr=False)
class SteppedGrid(GridDensity):
    """A density that is constant in each cell of a grid."""

    @property
    def degree(self) -> int:
        """Zero."""
        return 0

    def values(self, points: Floats) -> Floats:
        """Return the numbers of the cells that hold the points."""
        index = np.clip(self._places(points).astype(np.int64), 0, np.array(self.entries.shape) - 1)
        values = self.entries[tuple(np.moveaxis(index, -1, 0))]
        return np.where(self._inside(points), values, 0.0)

    def values_in(self, tiles: Ints, points: Floats) -> Floats:
        """Return the cells' numbers, also at points on their sides."""
        return np.broadcast_to(self.entries.reshape(-1)[tiles, None], points.shape[:-1])

    @cached_property
    def _lattice(self) -> Lattice:
        return Lattice(
            tuple(
                np.linspace(self.lower[axis], self.upper[axis], count + 1)
                for axis, count in enumerate(self.entries.shape)
            )
        )


@dataclass(frozen=True, eq=False, repr=False)
class InterpolatedGrid(GridDensity):
    """A density that is multilinear between the points of a grid, and constant beyond the outermost."""

    @property
    def degree(self) -> int:
        """One along each axis."""
        return self.dimension

    def values(self, points: Floats) -> Floats:
        """Return the interpolated density."""
        most = np.array(self.entries.shape) - 1
        places = np.clip(self._places(points), 0.0, most)
        index = places.astype(np.int64)
        part = places - index
        total = np.zeros(points.shape[:-1])
        for step in product((0, 1), repeat=self.dimension):
            weight = np.ones(points.shape[:-1])
            for axis, up in enumerate(step):
                weight = weight * (part[..., axis] if up else 1.0 - part[..., axis])
            place = np.moveaxis(np.minimum(index + step, most), -1, 0)
            total += weight * self.entries[tuple(place)]
        return np.where(self._inside(points), total, 0.0)

    @cached_property
    def _lattice(self) -> Lattice:
        ticks = []
        for axis, count in enumerate(self.entries.shape):
            points = self.first[axis] + self.steps[axis] * np.arange(count)
            own = points[(points > self.lower[axis]) & (points < self.upper[axis])]
            ticks.append(np.concatenate([self.lower[axis, None], own, self.upper[axis, None]]))
        return Lattice(tuple(ticks))


def grid_density(
    entries: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    interpolation: Literal["constant", "linear"] = "linear",
    at: Literal["centers", "corners"] = "centers",
) -> GridDensity:
    """Return a density from numbers on a regular grid, such as a raster of people per square metre.

    Parameters
    ----------
    entries
        ``(n_x, n_y)`` or ``(n_x, n_y, n_z)`` numbers, finite, not negative; the first index grows with
        x.  The rows of an image run from the top: turn it by ``image[::-1].T``.
    lower, upper
        Opposite corners of the box that the grid fills, ``(d,)``, metres; outside the density is zero.
    interpolation
        "constant": each number holds in a cell of its own, of which there are n_x times n_y; "linear":
        multilinear between the points that have the numbers.
    at
        Where those points are: at the "centers" of the cells, and constant from the outermost points to
        the sides of the box, as in a raster; or at the "corners", the outermost on the sides of the
        box.

    Returns
    -------
    GridDensity
        Integrals of it are exact up to rounding and the boundaries of the cells: meshes are cut along
        the grid, and what is left is a polynomial.

    Raises
    ------
    InvalidDensityError
        If shapes do not match, or a number is negative, not finite or masked, or all are zero.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> raster = grid_density([[1.0, 2.0], [3.0, 0.0]], [0, 0], [2, 2], "constant")
    >>> raster.values(np.array([[0.5, 1.5], [1.5, 1.5], [7.0, 0.0]])).tolist()
    [2.0, 0.0, 0.0]
    >>> halves = minimization_diagram(distance_costs([[0.5, 1.0], [1.5, 1.0]], exponent=2),
    ...                               Zone.box([0, 0], [2, 2]))
    >>> halves.integrate(raster).values.round(12).tolist()
    [3.0, 3.0]
    """
    array = floats(entries, "numbers of a grid", InvalidDensityError)
    low, high = (floats(each, "corners of a grid", InvalidDensityError) for each in (lower, upper))
    d = array.ndim
    if d not in (2, 3) or array.size == 0 or low.shape != (d,) or high.shape != (d,):
        raise InvalidDensityError(
            f"a grid got numbers of shape {array.shape} in a box with corners of shapes {low.shape} "
            "and "
            f"{high.shape}; expected (n_x, n_y) with corners (2,), or (n_x, n_y, n_z) with corners (3,)"
        )
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
        raise InvalidDensityError(
            f"a grid fills the box from {low.tolist()} to {high.tolist()}; expected finite corners "
            "with "
            "lower < upper in each coordinate: swap or correct them"
        )
    check_numbers(array, "a grid")
    if interpolation not in ("constant", "linear") or at not in ("centers", "corners"):
        raise InvalidDensityError(
            f"a grid got interpolation {interpolation!r} at {at!r}; expected 'constant' or 'linear', "
            "at "
            "'centers' or 'corners'"
        )
    counts = np.array(array.shape)
    if at == "corners":
        if interpolation == "constant" or counts.min() < 2:
            raise InvalidDensityError(
                f"a grid of shape {array.shape} got 'corners' and interpolation {interpolation!r}; "
                "expected 'linear' and two numbers along each axis or more: leave at out for cells"
            )
        return InterpolatedGrid(array, low, high, low, (high - low) / (counts - 1))
    steps = (high - low) / counts
    if interpolation == "constant":
        return SteppedGrid(array, low, high, low, steps)
    return InterpolatedGrid(array, low, high, low + 0.5 * steps, steps)


def check_numbers(numbers: Floats, what: str) -> None:
    """Raise unless numbers of a density are finite, not negative, and not all zero.

    Parameters
    ----------
    numbers
        Of any shape, not empty.
    what
        What has them, for the message.

    Raises
    ------
    InvalidDensityError
        Which names the first wrong one.
    """
    wrong = ~(np.isfinite(numbers) & (numbers >= 0.0))
    if wrong.any():
        first = np.unravel_index(int(wrong.argmax()), numbers.shape)
        raise InvalidDensityError(
            f"{what} has {int(wrong.sum())} numbers that are no densities, the first "
            f"{numbers[first]:g} at "
            f"index {tuple(int(k) for k in first)}; expected finite numbers, not negative: put 0 where "
            "there is nothing, or no data"
        )
    if not numbers.any():
        raise InvalidDensityError(
            f"{what} has no number above 0; expected one at least: there is nothing to integrate"
        )
