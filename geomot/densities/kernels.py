"""Densities from points: a gaussian around each, faded out where it is no longer seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.numbers import floats
from geomot.densities.base import Density
from geomot.errors import InvalidDensityError
from geomot.geometry.zones.checks import LARGEST, SMALLEST
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, squared_norms

INVISIBLE = 9.5  # standard deviations; with this truncation nothing is changed but by rounding
LEAST = 2.0  # standard deviations
SMOOTH = 8  # order of the zero with which a kernel ends
PAIRS = 1 << 20  # pairs of a point and a kernel at a time, about
MOST = 2500  # kernels in reach of a zone; in the plane each takes 25 ms, in space seconds
WIDE = 100.0  # std^d in a zone; in one with less fewer points of meshes see each kernel
RADII = 200  # nodes of the integral along a radius, which they give to rounding


@dataclass(frozen=True, eq=False)
class KernelDensity(Density):
    """A sum of gaussians of one shape around given points; see `kernel_density`.

    Parameters
    ----------
    points
        ``(n, d)``, metres.
    weights
        ``(n,)`` mass of each kernel over all of R^d.
    spread
        ``(d,)`` standard deviations along the axes, metres.
    truncation
        Where kernels end, in standard deviations.

    Examples
    --------
    >>> people = kernel_density([[0.0, 0.0], [3.0, 0.0]], 1.0, weights=[1.0, 2.0])
    >>> people.weights.tolist(), people.spread.tolist()
    ([1.0, 2.0], [1.0, 1.0])
    """

    points: Floats
    weights: Floats
    spread: Floats
    truncation: float

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(len(self.points), "point", self.dimension))

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return int(self.points.shape[1])

    def check_in(self, zone: Zone) -> None:
        """Raise unless the zone is of the same dimension, and few enough kernels reach into it.

        Raises
        ------
        InvalidDensityError
            Which says how many may.
        """
        super().check_in(zone)
        lower, upper = zone.bounds
        near = np.maximum(np.maximum(lower - self.points, self.points - upper), 0.0) / self.spread
        count = int((squared_norms(near) < self.truncation**2).sum())
        most = int(MOST * max(1.0, WIDE * float(self.spread.prod()) / zone.measure))
        if count > most:
            raise InvalidDensityError(
                f"{count} kernels reach into the zone; expected at most {most} of their width: count "
                "the points in the cells of a grid instead, as numpy.histogramdd does, and take "
                "grid_density (in a scenario: kind 'grid')"
            )

    def values(self, points: Floats) -> Floats:
        """Return the sum of the kernels in reach."""
        flat = points.reshape(-1, self.dimension)
        return self._sums(flat, np.zeros(len(flat))).reshape(points.shape[:-1])

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the sum of the kernels' largest values on each ball."""
        return self._sums(centers, radii / self.spread.min())

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return 1 / |gradient of the logarithm| of the nearest kernel, at most a standard deviation.

        Infinity where no kernel is in reach.
        """
        away, _ = self._tree.query(centers / self.spread)
        pads = radii / self.spread.min()
        steep = np.clip(away + pads, 1.0, self.truncation)
        return np.where(away <= self.truncation + pads, self.spread.min() / steep, np.inf)

    def _sums(self, points: Floats, pads: Floats) -> Floats:
        """Return sums of the kernels at distances less the pads, in standard deviations."""
        found = np.zeros(len(points))
        order = np.argsort(pads, kind="stable")
        for rows in self._chunks(order, pads):
            tree = cKDTree(points[rows] / self.spread)
            reach = self.truncation + float(pads[rows[-1]])
            pairs = tree.sparse_distance_matrix(self._tree, reach, output_type="ndarray")
            distances = np.maximum(pairs["v"] - pads[rows[pairs["i"]]], 0.0)
            heights = self.weights[pairs["j"]] * profile(distances, self.truncation)
            found[rows] = np.bincount(pairs["i"], heights, minlength=len(rows))
        return np.asarray(found / (self._mass * self.spread.prod()))

    def _chunks(self, order: np.ndarray, pads: Floats) -> Iterator[np.ndarray]:
        """Yield points by ascending pad, as many as have about `PAIRS` kernels in reach together."""
        while len(order):
            reach = self.truncation + float(pads[order[0]])
            near = self._tree.count_neighbors(self._tree, 2.0 * reach) / len(self.points)
            size = max(1, int(PAIRS / near))
            yield order[:size]
            order = order[size:]

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.points / self.spread)

    @cached_property
    def _mass(self) -> float:
        """Integral of one kernel with peak 1 and standard deviations 1."""
        nodes, weights = np.polynomial.legendre.leggauss(RADII)
        radii = 0.5 * self.truncation * (nodes + 1.0)
        shells = radii ** (self.dimension - 1) * profile(radii, self.truncation)
        return float(np.pi * (self.dimension - 1) * self.truncation * (weights @ shells))


def profile(radii: Floats, truncation: float) -> Floats:
    """Return exp(-r^2 / 2) (1 - (r / t)^q)^8 up to the truncation t, then zero.

    With q = t^2 / 2, made even: the farther out, the later and the faster it fades.

    Examples
    --------
    >>> profile(np.array([0.0, 1.0, 2.0, 4.0, 5.0]), 4.0).round(4).tolist()
    [1.0, 0.6065, 0.1312, 0.0, 0.0]
    """
    squares = radii**2
    fading = 1.0 - np.minimum(squares / truncation**2, 1.0) ** np.ceil(0.25 * truncation**2)
    return np.asarray(np.exp(-0.5 * squares) * fading**SMOOTH)


def kernel_density(
    points: ArrayLike,
    std: ArrayLike,
    weights: ArrayLike | None = None,
    truncation: float = INVISIBLE,
) -> KernelDensity:
    """Return a density from points, such as people where they were counted: a gaussian around each.

    Parameters
    ----------
    points
        ``(n, d)``, metres; n >= 1.  They may be anywhere, and coincide.
    std
        The standard deviation of all kernels, one number or one per axis, metres.
    weights
        ``(n,)`` mass of each kernel, positive; by default all are 1.
    truncation
        Where kernels end, in standard deviations, at least 2.  Each fades out towards it, smoothly,
        and is scaled to have its mass all the same; see `geomot.densities.kernels.profile`.  By
        default that is where nothing is left of it but rounding.  Smaller is faster where kernels are
        many.

    Returns
    -------
    KernelDensity
        Its bounds hold; its integrals have the errors that `geomot.MinimizationDiagram.integrate`
        gives.

    Raises
    ------
    InvalidDensityError
        If shapes do not match, or a number is not finite, too large, or not positive where it must be.

    Notes
    -----
    A sharp end would be a jump along circles (spheres), at which integrals converge slowly; seven
    derivatives are continuous instead.  With truncation 4 a kernel is that much lower than the
    gaussian of the same peak: 1e-4 of itself at one standard deviation, 3 % at two, 57 % at three.

    Examples
    --------
    >>> from geomot import gaussian
    >>> two = kernel_density([[0.0, 0.0], [3.0, 0.0]], 1.0, weights=[1.0, 2.0])
    >>> bool(np.isclose(two.values(np.zeros(2)), (1 + 2 * np.exp(-4.5)) / (2 * np.pi), rtol=1e-14))
    True
    """
    where = floats(points, "points of kernels", InvalidDensityError)
    if where.ndim != 2 or where.shape[1] not in (2, 3) or len(where) == 0:
        raise InvalidDensityError(
            f"kernels got points of shape {where.shape}; expected (n, 2) or (n, 3), n >= 1"
        )
    given = np.ones(len(where)) if weights is None else weights
    mass = floats(given, "weights of kernels", InvalidDensityError)
    if mass.shape != (len(where),):
        raise InvalidDensityError(
            f"kernels got weights of shape {mass.shape} for {len(where)} points; expected one weight "
            "for each, or none at all"
        )
    widths = floats(std, "standard deviations of kernels", InvalidDensityError)
    try:
        spread = np.broadcast_to(widths, where.shape[1]).copy()
    except ValueError as error:
        raise InvalidDensityError(
            f"kernels got the standard deviations {std!r} in {where.shape[1]} dimensions; expected one "
            "number or one per axis"
        ) from error
    fits = (np.abs(where) <= LARGEST).all() and (np.abs(spread) <= LARGEST).all()
    fits = fits and np.isfinite(mass).all()
    if not fits or not (mass > 0.0).all() or not (spread >= SMALLEST).all():
        raise InvalidDensityError(
            f"kernels got points between {where.min():g} and {where.max():g}, weights from "
            f"{mass.min():g} and standard deviations {spread.tolist()}; expected coordinates up to "
            f"{LARGEST:g}, weights above 0 and deviations from {SMALLEST:g}: leave out points without "
            "weight, or choose another unit of length"
        )
    if not LEAST <= truncation < np.inf:
        raise InvalidDensityError(
            f"kernels got the truncation {truncation!r}; expected a finite number of standard "
            "deviations, "
            f"{LEAST:g} at least: with less there is no gaussian left, give a smaller deviation instead"
        )
    return KernelDensity(where, mass, spread, float(truncation))
