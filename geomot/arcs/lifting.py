"""Costs lambda |x - p|^2 + c one dimension up, where they are affine.

With X = (x, z), the plane being the paraboloid z = |x|^2, a cost is lambda z - 2 lambda p . x +
lambda |p|^2 + c: bisectors are planes, and cells of the plane convex polytopes cut by the paraboloid.
Seen from any origin o, with x - o for x and |x - o|^2 for z, all this has the same form: each site is
looked at from where it stands, so that small cells are known as well as large ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.geometry.simplices import Floats, Ints


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
    """

    positions: Floats
    factors: Floats
    offsets: Floats
    origins: Floats

    def planes(self, origins: Floats, own: Ints, other: Ints) -> tuple[Floats, Floats, Floats]:
        """Return where sites cost no more than others, as half-spaces n . X <= d around origins.

        Parameters
        ----------
        origins
            ``(m, 2)``.
        own, other
            ``(m,)`` sites.

        Returns
        -------
        Normals ``(m, 3)``, upwards where the own factor is larger, offsets ``(m,)``, and sizes of the
        terms that these are the sum of.
        """
        more = self.factors[other] - self.factors[own]
        light = self.factors[own]
        arms = self.positions[other] - self.positions[own]
        far = self.positions[other] - origins
        sums = far + (self.positions[own] - origins)
        flat = 2.0 * (more[:, None] * far + light[:, None] * arms)
        normals = np.column_stack([flat, -more])
        one, two = more * (far**2).sum(axis=1), light * (arms * sums).sum(axis=1)
        offset = self.offsets[other] - self.offsets[own]
        sizes = np.abs(one) + np.abs(two) + np.abs(self.offsets[other]) + np.abs(self.offsets[own])
        return normals, one + two + offset, sizes

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
