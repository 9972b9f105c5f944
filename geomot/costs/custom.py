"""Costs that are any smooth functions of a user's, with their gradients and bounds of the curvature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geomot.costs.base import Costs, checked_weights
from geomot.errors import InvalidCostError
from geomot.geometry.simplices import Floats, Ints, squared_norms

Values = Callable[[Floats, Ints], ArrayLike]
Gradients = Callable[[Floats, Ints], ArrayLike]
Curvatures = Callable[[Floats, Floats, Ints], tuple[ArrayLike, ArrayLike]]

STEP = 1e-4  # of difference quotients, as a share of the probes' extent
ACCURATE = 1e-3  # what they may be off
ROUNDED = 64.0 * np.finfo(float).eps  # of the largest value: the functions may take many operations


@dataclass(frozen=True, eq=False)
class CustomCosts(Costs):
    """Costs c_b(x) = f_b(x) + offset_b of smooth functions f_b.

    Parameters
    ----------
    value, gradient, curvature
        As for `custom_costs`.
    origin
        ``(d,)`` what is added to points before the functions see them.
    offset
        ``(B,)`` weights that are added.
    noise
        Bound of the functions' rounding errors.
    """

    value: Values
    gradient: Gradients
    curvature: Curvatures
    origin: Floats
    offset: Floats
    noise: float

    @property
    def count(self) -> int:
        """Number of sites, B."""
        return len(self.offset)

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return len(self.origin)

    def with_offset(self, offset: ArrayLike) -> CustomCosts:
        """Return the same costs with other additive weights, ``(B,)``."""
        return replace(self, offset=checked_weights("offset", offset, self.count))

    def seen_from(self, origin: Floats) -> CustomCosts:
        """Return the same costs in coordinates relative to ``origin``."""
        return replace(self, origin=self.origin + origin)

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return f_b(x) + offset_b."""
        own = np.asarray(self.value(*self._aligned(points, sites)), dtype=float)
        return np.asarray(own + self.offset[sites])

    def gradients(self, points: Floats, sites: Ints) -> Floats:
        """Return the gradient of f_b at x."""
        return np.asarray(self.gradient(*self._aligned(points, sites)), dtype=float)

    def bounds(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return Taylor's bounds: f_b -+ |grad f_b| r at the centre, the curvature times r^2 / 2."""
        middle = self.values(centers, sites)
        rise = np.sqrt(squared_norms(self.gradients(centers, sites))) * radii
        least, most = self.curvatures(centers, radii, sites)
        half = 0.5 * radii**2
        return (
            middle - rise + np.minimum(least, 0.0) * half,
            middle + rise + np.maximum(most, 0.0) * half,
        )

    def curvatures(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return bounds of the eigenvalues of the Hessian of f_b on each ball."""
        points, own = self._aligned(centers, sites)
        lower, upper = self.curvature(points, np.broadcast_to(radii, own.shape), own)
        shape = own.shape
        return (
            np.broadcast_to(np.asarray(lower, dtype=float), shape),
            np.broadcast_to(np.asarray(upper, dtype=float), shape),
        )

    def closeness(self, centers: Floats, radii: Floats, first: Ints, second: Ints) -> Floats:
        """Return infinity: nothing is known of how alike two functions are."""
        shape = np.broadcast_shapes(centers.shape[:-1], radii.shape, first.shape, second.shape)
        return np.full(shape, np.inf)

    def rounding(self, values: Floats, sites: Ints) -> Floats:
        """Return the functions' bound and some units in the last place of value and offset."""
        terms = np.abs(values) + 2.0 * np.abs(self.offset[sites])
        return np.asarray(self.noise + 8.0 * np.finfo(float).eps * terms)

    def representatives(self) -> Ints:
        """Return each site itself: that two functions are the same cannot be known."""
        return np.arange(self.count)

    def _aligned(self, points: Floats, sites: Ints) -> tuple[Floats, Ints]:
        """Return points and sites of the same batch, so that users need not broadcast."""
        shape = np.broadcast_shapes(points.shape[:-1], np.shape(sites))
        where = np.broadcast_to(points + self.origin, (*shape, self.dimension))
        return where, np.broadcast_to(sites, shape)


def custom_costs(
    value: Values,
    gradient: Gradients,
    curvature: Curvatures,
    count: int,
    probes: ArrayLike,
    *,
    offset: ArrayLike | None = None,
) -> CustomCosts:
    """Return the costs f_b(x) + offset_b of any twice differentiable functions f_b.

    Parameters
    ----------
    value
        f_b(x), called as ``value(points, sites)``: points ``(..., d)`` in metres and the numbers of the
        sites ``(...)``, from 0 to ``count - 1``; returns ``(...)``.
    gradient
        Their gradients, called alike; returns ``(..., d)``.
    curvature
        Bounds of the eigenvalues of the Hessian of f_b on closed balls, called as
        ``curvature(centers, radii, sites)`` with ``(..., d)``, ``(...)`` and ``(...)``; returns the
        lower and the upper bound, ``(...)`` each or numbers that hold everywhere.  They must hold,
        since the engine trusts them: where they do not, a boundary between the points that it looks at
        is lost.  They should become sharp as the radii go to zero.
    count
        Number of sites, B.
    probes
        ``(P, d)`` points, d = 2 or 3, at which the functions are checked against each other: places all
        over the zone, its corners among them.  The largest value and gradient found there also say what
        rounding errors to expect.
    offset
        ``(B,)``; zeros if not given.

    Returns
    -------
    Costs for `minimization_diagram` and `fixed_capacity_transport`.

    Raises
    ------
    InvalidCostError
        If a function returns a wrong shape or a number that is not finite, or if at one of the probes
        the gradients are not those of the values, or the curvature not within its bounds: a check
        that finds slips, not a proof.  Also if the offset is not ``(B,)`` finite numbers, or there is
        no site.

    Notes
    -----
    That functions are equal cannot be seen: the first of them then has the whole cell, the others are
    empty.

    Examples
    --------
    An ellipse, the cell where x^2 + y^2 / 4 is less than the other cost, 1:

    >>> A = np.array([[1.0, 0.25], [0.0, 0.0]])
    >>> costs = custom_costs(
    ...     lambda points, sites: (A[sites] * points**2).sum(axis=-1) + sites,
    ...     lambda points, sites: 2.0 * A[sites] * points,
    ...     lambda centers, radii, sites: (2.0 * A[sites].min(axis=-1), 2.0 * A[sites].max(axis=-1)),
    ...     count=2,
    ...     probes=[[-3.0, -3.0], [3.0, 3.0], [1.0, 2.0]],
    ... )
    >>> from geomot import Zone, minimization_diagram
    >>> ellipse = minimization_diagram(costs, Zone.box([-3, -3], [3, 3]), 1e-9).measures[0]
    >>> round(float(ellipse / np.pi), 7)
    2.0
    """
    places = np.array(probes, dtype=float)
    if places.ndim != 2 or places.shape[1] not in (2, 3) or not len(places):
        raise InvalidCostError(
            f"probes have shape {places.shape}; expected (P, 2) or (P, 3) points of the zone, P >= 1"
        )
    if not np.isfinite(places).all():
        raise InvalidCostError("probes are not all finite; expected points of the zone in metres")
    if count < 1:
        raise InvalidCostError(f"count is {count}; expected the number of sites, 1 or more")
    costs = CustomCosts(value, gradient, curvature, np.zeros(places.shape[1]), np.zeros(count), 0.0)
    noise = _checked(costs, places)
    offset = np.zeros(count) if offset is None else offset
    return replace(costs, noise=noise).with_offset(offset)


def _checked(costs: CustomCosts, probes: Floats) -> float:
    """Check the functions of all sites against each other; return a bound of their rounding."""
    batch = (len(probes), costs.count)
    points = np.broadcast_to(probes[:, None], (*batch, costs.dimension))
    sites = np.broadcast_to(np.arange(costs.count), batch)
    values = _shaped("values", costs.value(points, sites), batch)
    slopes = _shaped("gradients", costs.gradient(points, sites), points.shape)
    size = float(np.abs(probes).max())
    extent = float(np.ptp(probes, axis=0).max()) or size or 1.0
    step = STEP * extent
    lower, upper = costs.curvatures(points, np.full(batch, step), sites)
    bent = np.maximum(np.abs(lower), np.abs(upper))
    noise = ROUNDED * float(np.abs(values).max() + size * np.abs(slopes).max())
    loose = ACCURATE * np.sqrt(squared_norms(slopes)) + bent * step + noise / step
    rough = ACCURATE * bent + noise / (step * extent)
    for axis, shift in enumerate(step * np.eye(costs.dimension)):
        near, far = points - shift, points + shift
        rise = costs.values(far, sites) - costs.values(near, sites)
        turn = (costs.gradients(far, sites) - costs.gradients(near, sites))[..., axis]
        slope, bend = rise / (2.0 * step), turn / (2.0 * step)
        fits = np.abs(slope - slopes[..., axis]) <= loose
        _passed("gradients that are not those of the values", fits, probes)
        fits = (lower - rough <= bend) & (bend <= upper + rough)
        _passed("a second derivative outside the bounds of the curvature", fits, probes)
    return noise


def _shaped(name: str, given: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Return what a function gave, if it has the shape asked for and is finite."""
    found = np.asarray(given, dtype=float)
    if found.shape != shape:
        raise InvalidCostError(
            f"the {name} have shape {found.shape} for sites of shape {shape[:2]}; expected {shape}"
        )
    if not np.isfinite(found).all():
        raise InvalidCostError(f"the {name} are not all finite at the probes; expected finite numbers")
    return found


def _passed(fault: str, passed: NDArray[np.bool_], probes: Floats) -> None:
    """Refuse functions that fail a check, naming the first place and site."""
    wrong = np.argwhere(~passed)
    if len(wrong):
        place, site = wrong[0]
        raise InvalidCostError(
            f"the functions of site {site} have {fault} at {probes[place].tolist()}; expected values, "
            "their gradients and bounds of their second derivatives: correct the one that is wrong"
        )
