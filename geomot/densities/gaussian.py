"""Uniform densities, gaussians and their mixtures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geomot.densities.base import Density
from geomot.errors import InvalidDensityError
from geomot.geometry.simplices import Floats, squared_norms


@dataclass(frozen=True, eq=False)
class Uniform(Density):
    """The density 1 everywhere: integrals are areas or volumes.

    Examples
    --------
    >>> Uniform().values(np.zeros((2, 3))).tolist()
    [1.0, 1.0]
    """

    @property
    def dimension(self) -> None:
        """Any number of coordinates."""
        return None

    def values(self, points: Floats) -> Floats:
        """Return ones."""
        return np.ones(points.shape[:-1])

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return ones."""
        return np.ones(len(centers))

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return infinity: nothing varies."""
        return np.full(len(centers), np.inf)


@dataclass(frozen=True, eq=False)
class Scaled(Density):
    """A density times a positive number.

    Parameters
    ----------
    density
        What is scaled.
    factor
        By how much.

    Examples
    --------
    >>> Scaled(Uniform(), 0.25).values(np.zeros((1, 2))).tolist()
    [0.25]
    """

    density: Density
    factor: float

    @property
    def dimension(self) -> int | None:
        """Number of coordinates of the density."""
        return self.density.dimension

    def values(self, points: Floats) -> Floats:
        """Return the scaled density."""
        return self.factor * self.density.values(points)

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the scaled bounds."""
        return self.factor * self.density.upper_bounds(centers, radii)

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the sizes: scaling changes none."""
        return self.density.feature_sizes(centers, radii)


@dataclass(frozen=True, eq=False)
class Mixture(Density):
    """A weighted sum of normal densities with axis-parallel spreads.

    Parameters
    ----------
    weights
        ``(k,)`` masses of the components over all of R^d.
    means
        ``(k, d)`` centres, metres.
    spreads
        ``(k, d)`` standard deviations, metres.

    Examples
    --------
    >>> density = gaussian([0.0, 0.0], 2.0)
    >>> bool(np.isclose(density.values(np.zeros(2)), 1 / (2 * np.pi * 4)))
    True
    """

    weights: Floats
    means: Floats
    spreads: Floats

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return int(self.means.shape[1])

    def values(self, points: Floats) -> Floats:
        """Return the sum of the components' normal densities."""
        total = np.zeros(points.shape[:-1])
        for peak, mean, spread in zip(self._peaks(), self.means, self.spreads, strict=True):
            total += peak * np.exp(-0.5 * squared_norms((points - mean) / spread))
        return total

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the sum of the components' largest values on each ball."""
        total = np.zeros(len(centers))
        for peak, mean, spread in zip(self._peaks(), self.means, self.spreads, strict=True):
            outside = np.maximum(np.abs(centers - mean) - radii[:, None], 0.0)
            total += peak * np.exp(-0.5 * squared_norms(outside / spread))
        return total

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return 1 / |gradient of the logarithm|, at most a standard deviation.

        A component counts only where it is not negligible against the largest one's floor.
        """
        reach = np.abs(centers[:, None] - self.means)  # (m, k, d)
        far = reach + radii[:, None, None]
        near = np.maximum(reach - radii[:, None, None], 0.0)
        peaks = self._peaks()
        least = peaks * np.exp(-0.5 * squared_norms(far / self.spreads))
        most = peaks * np.exp(-0.5 * squared_norms(near / self.spreads))
        slope = np.sqrt(squared_norms(far / self.spreads**2))
        sizes = np.minimum(self.spreads.min(axis=1), 1.0 / slope)
        negligible = most < 1e-17 * least.max(axis=1, keepdims=True)
        return np.asarray(np.where(negligible, np.inf, sizes).min(axis=1))

    def _peaks(self) -> Floats:
        dimension = self.means.shape[1]
        volume = (2.0 * np.pi) ** (0.5 * dimension) * self.spreads.prod(axis=1)
        return np.asarray(self.weights / volume)


def mixture(weights: ArrayLike, means: ArrayLike, spreads: Sequence[ArrayLike]) -> Mixture:
    """Return a checked mixture of normal densities.

    Parameters
    ----------
    weights
        ``(k,)`` positive masses.
    means
        ``(k, d)``, metres.
    spreads
        ``k`` standard deviations, metres: each one number, or one per axis.

    Raises
    ------
    InvalidDensityError
        If shapes do not match or a number is not finite or not positive where it must be.
    """
    mass, centers = np.array(weights, dtype=float), np.array(means, dtype=float)
    if mass.ndim != 1 or len(mass) == 0 or centers.ndim != 2 or len(centers) != len(mass):
        raise InvalidDensityError(
            f"a mixture got weights of shape {mass.shape} and means of shape {centers.shape}; "
            "expected (k,) and (k, d), k >= 1: give one weight and one mean per component"
        )
    try:
        widths = np.array([np.broadcast_to(np.asarray(s, float), centers.shape[1]) for s in spreads])
    except ValueError as error:
        raise InvalidDensityError(
            f"standard deviations {spreads!r} do not fit means in {centers.shape[1]} dimensions; "
            "expected one number or one per axis for each component"
        ) from error
    if widths.shape != centers.shape:
        raise InvalidDensityError(
            f"a mixture got {len(spreads)} standard deviations for {len(centers)} components; "
            "expected one entry per component"
        )
    finite = all(np.isfinite(a).all() for a in (mass, centers, widths))
    if not finite or not (mass > 0.0).all() or not (widths > 0.0).all():
        raise InvalidDensityError(
            f"a mixture got weights {mass.tolist()}, means {centers.tolist()} and standard "
            f"deviations {widths.tolist()}; expected finite numbers, weights and deviations above 0"
        )
    return Mixture(mass, centers, widths)


def gaussian(mean: ArrayLike, spread: ArrayLike) -> Mixture:
    """Return a normal density; ``spread`` is one standard deviation or one per axis, metres."""
    return mixture([1.0], [np.asarray(mean, dtype=float)], [spread])
