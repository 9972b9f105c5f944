"""Uniform densities, gaussians and their mixtures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.numbers import floats
from geomot.densities.base import Density
from geomot.errors import InvalidDensityError
from geomot.geometry.meshes.breaks import Breaks
from geomot.geometry.meshes.tiling import Tiling
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints, squared_norms

COSH = 300.0  # argument beyond which a share counts as no smaller


@dataclass(frozen=True, eq=False)
class Uniform(Density):
    """The density 1 everywhere, in any number of dimensions: integrals are areas or volumes, metres^d.

    Examples
    --------
    >>> Uniform().values(np.zeros((2, 3))).tolist()
    [1.0, 1.0]
    >>> from geomot import Zone, power_diagram
    >>> halves = power_diagram([[0.2, 0.5], [0.8, 0.5]], [0.0, 0.0], Zone.box([0, 0], [3, 2]))
    >>> halves.integrate(Uniform()).values.round(12).tolist()
    [1.0, 5.0]
    """

    @property
    def dimension(self) -> None:
        """Any number of coordinates."""
        return None

    @property
    def smooth(self) -> bool:
        """True."""
        return True

    def values(self, points: Floats) -> Floats:
        """Return ones."""
        return np.ones(points.shape[:-1])

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return ones."""
        return np.ones(len(centers))

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return infinity: nothing varies."""
        return np.full(len(centers), np.inf)

    def log_values(self, points: Floats) -> Floats:
        """Return zeros."""
        return np.zeros(points.shape[:-1])

    def log_gradients(self, points: Floats) -> Floats:
        """Return zeros."""
        return np.zeros_like(points)

    def log_bends(self, centers: Floats, radii: Floats) -> Floats:
        """Return zeros."""
        return np.zeros(radii.shape)


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

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """Where the density is not smooth."""
        return self.density.breaks

    @property
    def degree(self) -> int | None:
        """Degree of the density's polynomials."""
        return self.density.degree

    @property
    def tiling(self) -> Tiling | None:
        """The density's tiles."""
        return self.density.tiling

    def check_in(self, zone: Zone) -> None:
        """Raise unless the density can be integrated over a zone; see `Density.check_in`."""
        self.density.check_in(zone)

    def values_in(self, tiles: Ints, points: Floats) -> Floats:
        """Return the scaled density within tiles."""
        return self.factor * self.density.values_in(tiles, points)

    @property
    def bounded(self) -> bool:
        """Whether the density's bounds hold."""
        return self.density.bounded

    @property
    def smooth(self) -> bool:
        """Whether the density's logarithm is smooth."""
        return self.density.smooth

    def values(self, points: Floats) -> Floats:
        """Return the scaled density."""
        return self.factor * self.density.values(points)

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the scaled bounds."""
        return self.factor * self.density.upper_bounds(centers, radii)

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the sizes: scaling changes none."""
        return self.density.feature_sizes(centers, radii)

    def log_values(self, points: Floats) -> Floats:
        """Return the logarithm, moved by that of the factor."""
        return self.density.log_values(points) + float(np.log(self.factor))

    def log_gradients(self, points: Floats) -> Floats:
        """Return the gradient: scaling does not change it."""
        return self.density.log_gradients(points)

    def log_bends(self, centers: Floats, radii: Floats) -> Floats:
        """Return the bounds: scaling does not change them."""
        return self.density.log_bends(centers, radii)


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

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(len(self.weights), "gaussian", self.dimension))

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return int(self.means.shape[1])

    @property
    def smooth(self) -> bool:
        """True."""
        return True

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

    def log_values(self, points: Floats) -> Floats:
        """Return the logarithm of the sum, each component's exponent taken relative to the largest."""
        terms = self._exponents(points)
        highest = terms.max(axis=-1)
        return np.asarray(highest + np.log(np.exp(terms - highest[..., None]).sum(axis=-1)))

    def log_gradients(self, points: Floats) -> Floats:
        """Return the mean of the components' gradients, weighted with their shares of the sum."""
        terms = self._exponents(points)
        shares = np.exp(terms - terms.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        arms = (self.means - points[..., None, :]) / self.spreads**2
        return np.asarray((shares[..., None] * arms).sum(axis=-2))

    def log_bends(self, centers: Floats, radii: Floats) -> Floats:
        """Return a bound of the Hessian's norm.

        Notes
        -----
        With shares p_i and exponents l_i it is sum_i p_i H_i + sum_{i<j} p_i p_j (grad l_i - grad l_j)
        (grad l_i - grad l_j)^T, of which the first part is negative and the second positive.  The
        H_i are constant, so l_i - l_j is a quadratic, whose range on the ball bounds p_i p_j: at most
        1 / (4 cosh^2((l_i - l_j) / 2)).
        """
        terms = self._exponents(centers)
        arms = (self.means - centers[..., None, :]) / self.spreads**2
        narrow, bound = np.full(radii.shape, 1.0 / self.spreads.min() ** 2), np.zeros(radii.shape)
        for i, j in combinations(range(len(self.weights)), 2):
            bend = float(np.abs(self.spreads[i] ** -2 - self.spreads[j] ** -2).max())
            steep = np.sqrt(squared_norms(arms[..., i, :] - arms[..., j, :]))
            away = np.abs(terms[..., i] - terms[..., j]) - (steep + 0.5 * bend * radii) * radii
            shares = 0.25 / np.cosh(np.clip(0.5 * away, 0.0, COSH)) ** 2
            bound = bound + shares * (steep + bend * radii) ** 2
        return np.asarray(np.maximum(narrow, bound))

    def _exponents(self, points: Floats) -> Floats:
        """Return the logarithms of the components at points ``(..., d)``, ``(..., k)``."""
        arms = (points[..., None, :] - self.means) / self.spreads
        return np.asarray(np.log(self._peaks()) - 0.5 * squared_norms(arms))

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

    Returns
    -------
    Mixture
        The sum of weight times normal density, 1/metres^d.  It has mass ``sum(weights)`` over all of
        R^d, and less in a zone, which cuts it off.

    Raises
    ------
    InvalidDensityError
        If shapes do not match or a number is not finite or not positive where it must be.

    Examples
    --------
    Two towns, the second one wider along x; far out there is nearly no one:

    >>> towns = mixture([2.0, 1.0], [[0.0, 0.0], [10.0, 0.0]], [1.0, [3.0, 1.0]])
    >>> far = np.exp(-50.0 / 9.0) / (6.0 * np.pi)
    >>> bool(np.isclose(towns.values(np.zeros(2)), 2.0 / (2.0 * np.pi) + far))
    True
    >>> mixture([1.0], [[0.0, 0.0]], [0.0])
    Traceback (most recent call last):
    geomot.errors.InvalidDensityError: a mixture got weights [1.0], means ... deviations above 0
    """
    mass = floats(weights, "weights of a mixture", InvalidDensityError)
    centers = floats(means, "means of a mixture", InvalidDensityError)
    if mass.ndim != 1 or len(mass) == 0 or centers.ndim != 2 or len(centers) != len(mass):
        raise InvalidDensityError(
            f"a mixture got weights of shape {mass.shape} and means of shape {centers.shape}; "
            "expected (k,) and (k, d), k >= 1: give one weight and one mean per component"
        )
    try:
        widths = np.array([np.broadcast_to(np.asarray(s, float), centers.shape[1]) for s in spreads])
    except (TypeError, ValueError, OverflowError) as error:
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
    """Return a normal density with axis-parallel spreads.

    Parameters
    ----------
    mean
        ``(d,)`` its centre, metres.
    spread
        Standard deviation, metres: one number, or one per axis.

    Returns
    -------
    Mixture
        Of one component, of mass 1 over all of R^d, 1/metres^d.

    Raises
    ------
    InvalidDensityError
        If the numbers are not finite, a deviation is not positive, or there is neither one of it nor
        one per axis.

    Examples
    --------
    >>> from geomot import Zone, power_diagram
    >>> whole = power_diagram([[0.0, 0.0]], [0.0], Zone.box([-1, -1], [1, 1]))
    >>> within = whole.integrate(gaussian([0.0, 0.0], 1.0)).values[0]  # of one deviation in x and y
    >>> round(float(within), 9)
    0.466064943
    """
    return mixture([1.0], [floats(mean, "coordinates of a mean", InvalidDensityError)], [spread])
