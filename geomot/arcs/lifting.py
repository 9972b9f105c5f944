"""Costs lambda |x - p|^2 + c one dimension up, where they are affine.

With X = (x, z), the plane being the paraboloid z = |x|^2, a cost is lambda z - 2 lambda p . x +
lambda |p|^2 + c: bisectors are planes, and cells of the plane convex polytopes cut by the paraboloid.
Seen from any origin o in any unit u, with y = (x - o) / u for x and |y|^2 for z, all this has the same
form: each site is looked at from where it stands, in a unit about as large as its cell, so that small
cells are known as well as large ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geomot.kernels.simplices import Floats, Ints

WHOLE = 2.0  # unit of a site of whose cell nothing is known: the zone and its surroundings are smaller
LEAST = 2.0**-200  # of units
NEAR = 8  # sites that bound each cell


@dataclass(frozen=True, eq=False)
class LiftedSites:
    """Sites of costs lambda |x - p|^2 + c, no two with the same lambda and p.

    Parameters
    ----------
    positions
        ``(B, 2)`` p, in units in which the zone is about 1 and around the origin.
    factors
        ``(B,)`` lambda > 0.
    offsets
        ``(B,)`` c.
    origins
        ``(B, 2)`` where each site is looked at from: its place in the box around the zone that is
        nearest to it.
    units
        ``(B,)`` in which unit: its cell is no farther away, nor is the zone if the unit is `WHOLE`.
    bounds
        ``(B,)`` the lighter site that says so, or the site itself if there is none.
    """

    positions: Floats
    factors: Floats
    offsets: Floats
    origins: Floats
    units: Floats
    bounds: Ints

    def planes(self, views: Ints, own: Ints, other: Ints) -> tuple[Floats, Floats, Floats]:
        """Return where sites cost no more than others, as half-spaces n . X <= d in the views of sites.

        Parameters
        ----------
        views
            ``(m,)`` sites from which, and in whose unit, is looked.
        own, other
            ``(m,)`` sites.

        Returns
        -------
        Normals ``(m, 3)``, upwards where the own factor is larger, offsets ``(m,)``, and sizes of the
        terms that these are the sum of.
        """
        more = self.factors[other] - self.factors[own]
        light = np.minimum(self.factors[own], self.factors[other])
        origins, units = self.origins[views], self.units[views][:, None]
        one = (self.positions[own] - origins) / units
        two = (self.positions[other] - origins) / units
        arms = (self.positions[other] - self.positions[own]) / units
        # mu q - lambda p as the difference of the factors times the heavy site's place, and the rest
        heavy = np.where((more > 0.0)[:, None], two, one)
        flat = 2.0 * (more[:, None] * heavy + light[:, None] * arms)
        normals = np.column_stack([flat, -more])
        first = more * (heavy**2).sum(axis=1)
        second = light * (arms * (one + two)).sum(axis=1)
        squares = units[:, 0] ** 2
        offset = (self.offsets[other] - self.offsets[own]) / squares
        terms = (np.abs(self.offsets[other]) + np.abs(self.offsets[own])) / squares
        return normals, first + second + offset, np.abs(first) + np.abs(second) + terms

    def circles(self, first: Ints, second: Ints) -> tuple[Floats, Floats]:
        """Return centre ``(m, 2)`` and squared radius ``(m,)`` of bisectors, not finite for lines.

        Apollonius: with lambda of the heavy and mu of the light site, the centre is beyond the heavy
        one by mu / (lambda - mu) times their distance a, and the radius squared lambda mu a^2 /
        (lambda - mu)^2 less the difference of the c over that of the factors.
        """
        swap = self.factors[first] < self.factors[second]
        heavy, light = np.where(swap, second, first), np.where(swap, first, second)
        arms = self.positions[heavy] - self.positions[light]
        more = self.factors[heavy] - self.factors[light]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            share = self.factors[light] / more
            centers = self.positions[heavy] + share[:, None] * arms
            squares = share * (self.factors[heavy] / more) * (arms**2).sum(axis=1)
            squares -= (self.offsets[heavy] - self.offsets[light]) / more
        return centers, squares


def lifted_sites(positions: Floats, factors: Floats, offsets: Floats, box: Floats) -> LiftedSites:
    """Return sites of costs lambda |x - p|^2 + c with a view and a unit for each.

    A cell lies in the circle around it and any lighter site: the least of those with the lightest site
    of all and with the nearest ones gives the unit, a power of two.

    Parameters
    ----------
    positions, factors, offsets
        See `LiftedSites`.
    box
        ``(2, 2)`` corners of the box that cells are sought in.

    Examples
    --------
    >>> box = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> two = lifted_sites(np.array([[0.5, 0.5], [0.6, 0.5]]), np.array([1e6, 1.0]), np.zeros(2), box)
    >>> two.units.tolist(), two.circles(np.array([0]), np.array([1]))[1].round(12).tolist()
    ([0.0001220703125, 2.0], [1e-08])
    """
    count = len(positions)
    origins = np.clip(positions, box[0], box[1])
    lightest = np.full(count, factors.argmin())
    every = LiftedSites(positions, factors, offsets, origins, np.full(count, WHOLE), lightest)
    _, near = cKDTree(positions).query(positions, min(NEAR, count))
    other = np.column_stack([np.asarray(near).reshape(count, -1), lightest])
    own = np.repeat(np.arange(count), other.shape[1])
    flat = other.reshape(-1)
    centers, squares = every.circles(own, flat)
    with np.errstate(invalid="ignore", over="ignore"):
        reach = np.hypot(*(centers - origins[own]).T) + np.sqrt(np.maximum(squares, 0.0))
        bounds = (factors[flat] < factors[own]) & (squares > 0.0) & np.isfinite(reach)
        reach = np.where(bounds, reach, WHOLE).reshape(other.shape)
    best = reach.argmin(axis=1)
    rows = np.arange(count)
    units = 2.0 ** np.ceil(np.log2(np.clip(reach[rows, best], LEAST, WHOLE)))
    bound = np.where(reach[rows, best] < WHOLE, other[rows, best], rows)
    return LiftedSites(positions, factors, offsets, origins, units, bound)
