"""Costs that are a user's function of the distance, with its derivative and bounds of the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from geomot.costs.estimates import estimated_bends
from geomot.costs.radial import Profile, RadialCosts, radial_costs
from geomot.errors import InvalidCostError
from geomot.kernels.simplices import Floats, Ints

Function = Callable[[Floats], ArrayLike]
Bounds = Callable[[Floats, Floats], tuple[ArrayLike, ArrayLike]]

PROBES = np.geomspace(1e-3, 1.5, 25)  # distances that are checked, as shares of the sites' span
STEP = 1e-4  # of difference quotients, as a share of the distance
ACCURATE = 1e-3  # what they may be off
UNKNOWN = 1e150  # times no distance is nothing: a site does not differ from itself


@dataclass(frozen=True, eq=False)
class FunctionProfile(Profile):
    """phi(r), an increasing function of the distance that all sites share.

    Parameters
    ----------
    value
        phi, of an array of distances.
    slope
        phi'.
    curvature
        Bounds of phi'' for distances between two arrays, lower and upper.
    bounded
        Whether these bounds hold.
    """

    value: Function
    slope: Function
    curvature: Bounds
    bounded: bool

    def values(self, squares: Floats, sites: Ints) -> Floats:
        """Return phi(r)."""
        return np.asarray(self.value(np.sqrt(squares)), dtype=float)

    def slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return phi' / (2 r)."""
        distances = np.sqrt(squares)
        with np.errstate(divide="ignore"):
            return np.asarray(self.slope(distances), dtype=float) / (2.0 * distances)

    def curvatures(self, low: Floats, high: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return bounds of phi' / r and phi''.

        From r_0 on phi'(r) / r is a mean of phi'(r_0) / r_0, with the weight r_0 / r, and of a value
        that phi'' takes.
        """
        near, far = np.sqrt(low), np.sqrt(high)
        lower, upper = (np.asarray(bound, dtype=float) for bound in self.curvature(near, far))
        steep = np.asarray(self.slope(near), dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.where(near > 0.0, steep / near, np.where(steep > 0.0, np.inf, lower))
            share = np.where(far > 0.0, 1.0 - near / far, 0.0)
            least = np.where(np.isinf(first), 0.0, first + share * np.minimum(lower - first, 0.0))
            most = np.where(near > 0.0, first + share * np.maximum(upper - first, 0.0), first)
        most = np.where((near == 0.0) & (steep == 0.0), upper, most)
        return np.minimum(least, lower), np.maximum(most, upper)

    def twists(self, low: Floats, high: Floats, sites: Ints) -> Floats:
        """Return a number that tells nothing: the third derivative is not known."""
        return np.full(low.shape, UNKNOWN)

    def contrasts(self, low: Floats, high: Floats, first: Ints, second: Ints) -> Floats:
        """Return zero: all sites share the function."""
        return np.zeros(low.shape)

    def parameters(self) -> Floats:
        """Return nothing: all sites share the function."""
        return np.empty((1, 0))

    def take(self, sites: Ints) -> FunctionProfile:
        """Return the function."""
        return self


def monotone_bounds(curvature: Function) -> Bounds:
    """Return bounds of a second derivative that only rises, or only falls: its values at the ends.

    Parameters
    ----------
    curvature
        phi'', of an array of distances.

    Returns
    -------
    What `function_costs` takes as its curvature.

    Examples
    --------
    >>> monotone_bounds(lambda r: 6.0 * r)(np.array([1.0]), np.array([2.0]))
    (array([6.]), array([12.]))
    """

    def bounds(low: Floats, high: Floats) -> tuple[Floats, Floats]:
        one, other = np.asarray(curvature(low)), np.asarray(curvature(high))
        return np.minimum(one, other), np.maximum(one, other)

    return bounds


def function_costs(
    positions: ArrayLike,
    value: Function,
    slope: Function,
    curvature: Bounds | None = None,
    *,
    factor: ArrayLike | None = None,
    offset: ArrayLike | None = None,
) -> RadialCosts:
    """Return the costs factor_b phi(|x - p_b|) + offset_b of a function phi of the distance.

    Parameters
    ----------
    positions
        ``(B, d)`` sites, metres; d = 2 or 3.
    value
        phi, of an array of distances from 0 on; it must increase.
    slope
        Its derivative phi'; where phi'(0) > 0 the cost has a kink at the site, as a distance has.
    curvature
        Bounds of phi'' for all distances between ``low`` and ``high``, two arrays, as a pair of arrays.
        They must hold, since the engine trusts them: a boundary between the points that it looks at is
        lost where they do not.  They should become sharp as ``high - low`` goes to zero.  See
        `monotone_bounds` for a second derivative that only rises, or only falls.  Without them they are
        estimated from the slope at some distances: then ``bounded`` is false for the costs, and for
        what is integrated in their diagrams.
    factor, offset
        ``(B,)``; ones and zeros if not given.

    Returns
    -------
    Radial costs like those of `distance_costs`.

    Raises
    ------
    InvalidSitesError, InvalidCostError
        As `distance_costs` does; also if at one of some distances the function does not increase, or
        its derivatives contradict each other: a check that finds slips, not a proof.

    Examples
    --------
    The logarithm of 1 + r^2, whose second derivative rises and falls, within the bounds of its terms:

    >>> def curvature(low, high):
    ...     terms = [2.0 / (1.0 + r**2) for r in (high, low)]
    ...     return terms[0] - high**2 * terms[1] ** 2, terms[1] - low**2 * terms[0] ** 2
    >>> costs = function_costs([[0.2, 0.5], [0.8, 0.5]], lambda r: np.log1p(r**2),
    ...                        lambda r: 2.0 * r / (1.0 + r**2), curvature, offset=[0.0, 0.05])
    >>> from geomot import Zone, minimization_diagram
    >>> halves = minimization_diagram(costs, Zone.box([0, 0], [1, 1]), 1e-6)
    >>> halves.measures.round(3).tolist()
    [0.549, 0.451]
    """
    for name, given in [("value", value), ("slope", slope), ("curvature", curvature)]:
        if not (callable(given) or (given is None and name == "curvature")):
            raise InvalidCostError(
                f"the {name} of a function of the distance is a {type(given).__name__}; expected a "
                "function of an array of distances"
            )
    bounds: Bounds = partial(estimated_bends, slope)
    if curvature is not None:
        bounds = curvature
    profile = FunctionProfile(value, slope, bounds, curvature is not None)
    costs = radial_costs(positions, profile, factor=factor, offset=offset)
    span = float(np.ptp(costs.positions, axis=0).max()) or 1.0
    _check(value, slope, bounds, span * PROBES)
    return costs


def _check(value: Function, slope: Function, curvature: Bounds, probes: Floats) -> None:
    """Check a function and its derivatives against each other at some distances."""
    low, high = probes * (1.0 - STEP), probes * (1.0 + STEP)
    ends = [np.asarray(value(r), dtype=float) for r in (low, high)]
    steep = [np.asarray(slope(r), dtype=float) for r in (low, probes, high)]
    bounds = [np.asarray(bound, dtype=float) for bound in curvature(low, high)]
    with np.errstate(invalid="ignore"):
        quotient = (ends[1] - ends[0]) / (high - low)
        bend = (steep[2] - steep[0]) / (high - low)
        noise = 1e-12 * np.abs(ends[0]) / (high - low) + ACCURATE * np.abs(steep[1])
        rough = ACCURATE * (np.abs(bend) + np.abs(steep[1]) / probes)
        checks = [
            ("is not a finite number", np.isfinite(ends[0] + steep[1])),
            ("does not increase", steep[1] > 0.0),
            ("has a slope that is not its derivative", np.abs(quotient - steep[1]) <= noise),
            (
                "has a second derivative outside the bounds given for it",
                (bounds[0] - rough <= bend) & (bend <= bounds[1] + rough),
            ),
        ]
    for fault, passed in checks:
        wrong = np.flatnonzero(~np.broadcast_to(passed, probes.shape))
        if len(wrong):
            raise InvalidCostError(
                f"the function of the distance {fault} at {probes[wrong[0]]:.6g} m; expected an "
                "increasing function, its derivative, and bounds of its second derivative: correct the "
                "one that is wrong"
            )
