"""Costs that are any functions of place, with gradients and bounds of second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.numbers import floats
from geomot.costs.base import Costs, checked_weights
from geomot.costs.estimates import estimated_curvatures
from geomot.errors import InvalidCostError
from geomot.kernels.simplices import Floats, Ints, squared_norms

Values = Callable[[Floats, Ints], ArrayLike]
Ranges = Callable[[Floats, Floats, Ints], tuple[ArrayLike, ArrayLike]]

EPSILON = float(np.finfo(float).eps)
STEP = 1e-4  # of difference quotients, as a share of the extent of the points that are examined
ACCURATE = 1e-3  # what they may be off


@dataclass(frozen=True, eq=False)
class GeneralCosts(Costs):
    """Costs c_b(x) that are any functions; see `general_costs`.

    Parameters
    ----------
    number, size
        Numbers of sites and of coordinates.
    function, slope
        Values ``(n,)`` and gradients ``(n, d)`` at points ``(n, d)`` of sites ``(n,)``.
    bends, ranges
        Bounds of the Hessian's eigenvalues and of the values, or None.
    offset
        ``(B,)`` weights that are added.
    origin
        ``(d,)`` what points are relative to, metres.
    """

    number: int
    size: int
    function: Values
    slope: Values
    bends: Ranges | None
    ranges: Ranges | None
    offset: Floats
    origin: Floats

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(self.count, "site", self.dimension), f"bounded={self.bounded}")

    @property
    def count(self) -> int:
        """Number of sites, B."""
        return self.number

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.size

    @property
    def bounded(self) -> bool:
        """Whether bounds of the second derivatives were given."""
        return self.bends is not None

    def with_offset(self, offset: ArrayLike) -> GeneralCosts:
        """Return the same costs with other additive weights, ``(B,)``."""
        return replace(self, offset=checked_weights("offset", offset, self.count))

    def seen_from(self, origin: Floats) -> GeneralCosts:
        """Return the same costs in coordinates relative to ``origin``."""
        return replace(self, origin=self.origin + origin)

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return c_b(x)."""
        flat, own, shape = self._rows(points, sites)
        found = _checked(self.function(flat, own), (len(own),), "the costs' values")
        return np.asarray((found + self.offset[own]).reshape(shape))

    def gradients(self, points: Floats, sites: Ints) -> Floats:
        """Return the gradient of c_b at x."""
        flat, own, shape = self._rows(points, sites)
        return _checked(self.slope(flat, own), flat.shape, "the costs' gradients").reshape(
            *shape, self.size
        )

    def bounds(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return the sharper ones of those given and those of Taylor's formula about the centre."""
        lower, upper = self.curvatures(centers, radii, sites)
        middle = self.values(centers, sites)
        steep = radii * np.sqrt(squared_norms(self.gradients(centers, sites)))
        with np.errstate(invalid="ignore"):
            bend = [0.5 * radii**2 * each for each in (np.minimum(lower, 0.0), np.maximum(upper, 0.0))]
        low, high = middle - steep + bend[0], middle + steep + bend[1]
        if self.ranges is not None:
            added = self.offset[np.broadcast_to(sites, low.shape)]
            given = self._bounds(self.ranges, centers, radii, sites, "the costs' bounds")
            # where there is no curvature to speak of, as in a kink, these are all there is
            low, high = np.fmax(low, given[0] + added), np.fmin(high, given[1] + added)
        return low, high

    def curvatures(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return the bounds given, or estimates."""
        if self.bends is not None:
            return self._bounds(self.bends, centers, radii, sites, "the costs' curvatures")
        flat, own, shape = self._rows(centers, sites)
        reach = np.broadcast_to(radii, shape).reshape(-1)

        def gradients(points: Floats) -> Floats:
            return self.gradients(points, own)

        lower, upper = estimated_curvatures(gradients, flat, reach)
        return lower.reshape(shape), upper.reshape(shape)

    def closeness(self, centers: Floats, radii: Floats, first: Ints, second: Ints) -> Floats:
        """Return infinity: nothing is known of differences."""
        shape = np.broadcast_shapes(np.shape(radii), np.shape(first), np.shape(second))
        return np.full(shape, np.inf)

    def rounding(self, values: Floats, sites: Ints) -> Floats:
        """Return some units in the last place of the terms."""
        return np.asarray(16.0 * EPSILON * (np.abs(values) + 2.0 * np.abs(self.offset[sites])))

    def representatives(self) -> Ints:
        """Return the sites themselves: functions cannot be compared."""
        return np.arange(self.count)

    def examine(self, points: Floats) -> None:
        """Raise unless gradients are those of the values, and change as their bounds say.

        Where the bounds are infinite, as in a kink, there is nothing to compare.
        """
        batch = (len(points), self.count)
        where = np.broadcast_to(points[:, None], (*batch, self.size))
        sites = np.broadcast_to(np.arange(self.count), batch)
        values, slopes = self.values(where, sites), self.gradients(where, sites)
        extent = float(np.ptp(points, axis=0).max())
        step = STEP * extent
        lower, upper = self.curvatures(where, np.full(batch, step), sites)
        smooth = np.isfinite(lower) & np.isfinite(upper)
        bent = np.maximum(np.abs(lower), np.abs(upper))
        noise = self.rounding(values, sites)
        with np.errstate(invalid="ignore"):
            loose = ACCURATE * np.sqrt(squared_norms(slopes)) + bent * step + noise / step
            rough = ACCURATE * bent + loose / extent
        fits = np.isfinite(values) & np.isfinite(slopes).all(axis=2)
        self._passed("values or gradients that are not finite", fits | ~smooth, points)
        for axis, shift in enumerate(step * np.eye(self.size)):
            near, far = where - shift, where + shift
            rise = self.values(far, sites) - self.values(near, sites)
            turn = (self.gradients(far, sites) - self.gradients(near, sites))[..., axis]
            with np.errstate(invalid="ignore"):
                slope, bend = rise / (2.0 * step), turn / (2.0 * step)
                fits = np.abs(slope - slopes[..., axis]) <= loose
                held = (lower - rough <= bend) & (bend <= upper + rough)
            self._passed("gradients that are not those of its values", fits | ~smooth, points)
            self._passed("curvatures beyond their bounds", held | ~smooth, points)

    def _passed(self, fault: str, passed: NDArray[np.bool_], points: Floats) -> None:
        wrong = np.argwhere(~passed)
        if len(wrong):
            place = (points[wrong[0][0]] + self.origin).tolist()
            raise InvalidCostError(
                f"the cost of site {wrong[0][1]} has {fault} at {place}; expected finite values, their "
                "gradients, and bounds of their second derivatives: correct the one that is wrong"
            )

    def _rows(self, points: Floats, sites: Ints) -> tuple[Floats, Ints, tuple[int, ...]]:
        """Return points and sites one by one, and the shape that they had."""
        shape = np.broadcast_shapes(points.shape[:-1], np.shape(sites))
        flat = np.broadcast_to(points, (*shape, self.size)).reshape(-1, self.size)
        return flat + self.origin, np.broadcast_to(sites, shape).reshape(-1), shape

    def _bounds(
        self, given: Ranges, centers: Floats, radii: Floats, sites: Ints, what: str
    ) -> tuple[Floats, Floats]:
        flat, own, shape = self._rows(centers, sites)
        found = given(flat, np.broadcast_to(radii, shape).reshape(-1), own)
        lower, upper = (_checked(each, (len(own),), what).reshape(shape) for each in found)
        return lower, upper


def general_costs(
    count: int,
    dimension: int,
    values: Values,
    gradients: Values,
    curvatures: Ranges | None = None,
    bounds: Ranges | None = None,
    *,
    offset: ArrayLike | None = None,
) -> GeneralCosts:
    """Return costs that are any functions c_b(x), plus offset_b.

    Parameters
    ----------
    count
        Number of sites, B.
    dimension
        Number of coordinates, 2 or 3.
    values, gradients
        c_b and its gradient, ``(n,)`` and ``(n, d)``, of points ``(n, d)`` and sites ``(n,)``, numbers
        from 0 to B - 1: row by row the cost of that site at that point.
    curvatures
        Bounds of the eigenvalues of the Hessian of c_b, lower and upper, ``(n,)`` each, on balls with
        centres ``(n, d)`` and radii ``(n,)``, and sites ``(n,)``.  They must hold, since the engine
        trusts them, and should become sharp as the radius goes to zero; infinite where c_b has a kink.
        Without them they are estimated from gradients in some points of each ball: then ``bounded`` is
        false for the costs, and for what is integrated in their diagrams.
    bounds
        Bounds of c_b itself, in the same way, for costs with kinks.  Others are bounded well by their
        gradient at the centre and their curvatures.
    offset
        ``(B,)``; zeros if not given.

    Returns
    -------
    Costs for `minimization_diagram` and `fixed_capacity_transport`.

    Raises
    ------
    InvalidCostError
        If there is no site, the dimension is another one, something cannot be called or the offset is
        not ``(B,)`` and finite; when they are used, if functions return other shapes, or contradict
        each other at some points of the zone: a check that finds slips, not a proof.

    Notes
    -----
    That functions are equal cannot be seen: the first of them then has the whole cell, the others are
    empty.

    Examples
    --------
    Ellipses: distances count double along y for the first of two sites.

    >>> sites, stretch = np.array([[0.3, 0.5], [0.7, 0.5]]), np.array([[1.0, 4.0], [1.0, 1.0]])
    >>> costs = general_costs(
    ...     2, 2,
    ...     lambda x, b: (stretch[b] * (x - sites[b]) ** 2).sum(axis=1),
    ...     lambda x, b: 2.0 * stretch[b] * (x - sites[b]),
    ...     lambda centers, radii, b: (2.0 * stretch[b].min(axis=1), 2.0 * stretch[b].max(axis=1)))
    >>> from geomot import Zone, minimization_diagram
    >>> diagram = minimization_diagram(costs, Zone.box([0, 0], [1, 1]))
    >>> diagram.measures.round(9).tolist(), diagram.bounded  # 0.8 x <= 0.4 - 3 (y - 0.5)^2
    ([0.243432248, 0.756567752], True)
    """
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
        raise InvalidCostError(f"costs got {count!r} as the number of sites; expected one at least")
    if not isinstance(dimension, (int, np.integer)) or dimension not in (2, 3):
        raise InvalidCostError(f"costs got {dimension!r} as their dimension; expected 2 or 3")
    for name, given in [("values", values), ("gradients", gradients)]:
        if not callable(given):
            raise InvalidCostError(
                f"costs got {given!r} as their {name}; expected a function of points (n, d) and sites "
                "(n,)"
            )
    for name, extra in [("curvatures", curvatures), ("bounds", bounds)]:
        if extra is not None and not callable(extra):
            raise InvalidCostError(
                f"costs got {extra!r} as their {name}; expected a function of centres (n, d), radii "
                "(n,) and sites (n,), or None"
            )
    added = np.zeros(count) if offset is None else checked_weights("offset", offset, int(count))
    return GeneralCosts(
        int(count), dimension, values, gradients, curvatures, bounds, added, np.zeros(dimension)
    )


def _checked(found: ArrayLike, shape: tuple[int, ...], what: str) -> Floats:
    """Return what a user's function gave, if it has the shape that is needed."""
    array = floats(found, what, InvalidCostError)
    if array.shape != shape:
        raise InvalidCostError(
            f"{what} have shape {array.shape} for {shape[0]} points; expected {shape}: write the "
            "function for arrays, one row per point and site"
        )
    return array
