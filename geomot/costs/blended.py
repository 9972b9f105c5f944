"""Costs that blend two radial families over space: a(x) first_b(x) + (1 - a(x)) second_b(x)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from geomot.costs.base import Costs, checked_weights
from geomot.costs.radial import RadialCosts
from geomot.kernels.simplices import Floats, Ints, squared_norms


class Weight(ABC):
    """A smooth function a(x) with values from 0 to 1; batches are as for `Costs`."""

    @property
    @abstractmethod
    def rounding(self) -> float:
        """Bound on the rounding of a beyond that of its last place, as a part of a (1 - a)."""

    @abstractmethod
    def values(self, points: Floats) -> Floats:
        """Return a(x)."""

    @abstractmethod
    def gradients(self, points: Floats) -> Floats:
        """Return the gradient of a at x, ``(..., d)``."""

    @abstractmethod
    def bounds(self, centers: Floats, radii: Floats) -> tuple[Floats, Floats]:
        """Return a lower and an upper bound of a on each ball."""

    @abstractmethod
    def derivative_bounds(self, centers: Floats, radii: Floats) -> tuple[Floats, Floats]:
        """Return bounds of the norms of the gradient and of the Hessian of a on each ball."""

    @abstractmethod
    def seen_from(self, origin: Floats) -> Weight:
        """Return the same function in coordinates relative to ``origin``, ``(d,)``."""


@dataclass(frozen=True, eq=False, repr=False)
class BlendedCosts(Costs):
    """Costs c_b(x) = a(x) first_b(x) + (1 - a(x)) second_b(x) + offset_b.

    Parameters
    ----------
    first, second
        Costs of the same sites.
    weight
        The function a.
    offset
        ``(B,)`` weights that are added.

    Notes
    -----
    With D = first_b - second_b the Hessian is a H_first + (1 - a) H_second + grad a grad D^T + grad D
    grad a^T + D H_a.  The gradient of D on a ball is that at the centre, changed by at most the radius
    times the bound of its Hessian.
    """

    first: RadialCosts
    second: RadialCosts
    weight: Weight
    offset: Floats

    @property
    def count(self) -> int:
        """Number of sites, B."""
        return self.first.count

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.first.dimension

    def with_offset(self, offset: ArrayLike) -> BlendedCosts:
        """Return the same costs with other additive weights, ``(B,)``."""
        return replace(self, offset=checked_weights("offset", offset, self.count))

    def seen_from(self, origin: Floats) -> BlendedCosts:
        """Return the same costs in coordinates relative to ``origin``."""
        first, second = (each.seen_from(origin) for each in self._families)
        return BlendedCosts(first, second, self.weight.seen_from(origin), self.offset)

    def take(self, sites: Ints) -> BlendedCosts:
        """Return the costs of some sites, which are numbered anew; a site may come twice."""
        first, second = self.first.take(sites), self.second.take(sites)
        return BlendedCosts(first, second, self.weight, self.offset[sites])

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return c_b(x)."""
        one, other = self.first.values(points, sites), self.second.values(points, sites)
        share = self.weight.values(points)
        return np.asarray(share * one + (1.0 - share) * other + self.offset[sites])

    def gradients(self, points: Floats, sites: Ints) -> Floats:
        """Return the gradient of c_b at x."""
        share, slope = self.weight.values(points)[..., None], self.weight.gradients(points)
        gap = self.first.values(points, sites) - self.second.values(points, sites)
        one, other = self.first.gradients(points, sites), self.second.gradients(points, sites)
        return np.asarray(share * one + (1.0 - share) * other + slope * gap[..., None])

    def bounds(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return a lower and an upper bound of c_b on each ball."""
        one, other = (each.bounds(centers, radii, sites) for each in (self.first, self.second))
        shares = self.weight.bounds(centers, radii)
        added = self.offset[sites]
        lower = [share * one[0] + (1.0 - share) * other[0] for share in shares]
        upper = [share * one[1] + (1.0 - share) * other[1] for share in shares]
        return np.minimum(*lower) + added, np.maximum(*upper) + added

    def curvatures(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return bounds of the eigenvalues of the Hessian of c_b on each ball."""
        one, other = (each.curvatures(centers, radii, sites) for each in (self.first, self.second))
        shares = self.weight.bounds(centers, radii)
        slope, bend = self.weight.derivative_bounds(centers, radii)
        values = [each.bounds(centers, radii, sites) for each in (self.first, self.second)]
        gap = np.maximum(values[0][1] - values[1][0], values[1][1] - values[0][0])
        with np.errstate(invalid="ignore", over="ignore"):
            change = np.maximum(np.abs(one[1] - other[0]), np.abs(other[1] - one[0])) * radii
            arms = self.first.gradients(centers, sites) - self.second.gradients(centers, sites)
            steep = np.sqrt(squared_norms(arms)) + change
            extra = _product(2.0 * slope, steep) + _product(bend, np.maximum(gap, 0.0))
            lower = [_product(s, one[0]) + _product(1.0 - s, other[0]) for s in shares]
            upper = [_product(s, one[1]) + _product(1.0 - s, other[1]) for s in shares]
            low, high = np.minimum(*lower) - extra, np.maximum(*upper) + extra
        return np.nan_to_num(low, nan=-np.inf, neginf=-np.inf), np.nan_to_num(
            high, nan=np.inf, posinf=np.inf
        )

    def closeness(self, centers: Floats, radii: Floats, first: Ints, second: Ints) -> Floats:
        """Return the bound from the differences of the two sites' costs in either family.

        With E = D_first - D_second the Hessian of the difference is a H + (1 - a) H' + grad a grad E^T
        + grad E grad a^T + E H_a, H and H' those of the differences: sites whose costs nearly tie have
        a small E, however large the costs are.
        """
        one, other = (_differences(each, centers, radii, first, second) for each in self._families)
        shares = self.weight.bounds(centers, radii)
        slope, bend = self.weight.derivative_bounds(centers, radii)
        change = one.bend + other.bend
        arms = np.sqrt(squared_norms(one.gradients - other.gradients))
        gap = np.abs(one.values - other.values) + _product(radii, arms + 0.5 * _product(radii, change))
        steep = arms + _product(radii, change)
        # the bound is linear in a: its largest value is at one of the ends
        inner = [_product(share, one.bend) + _product(1.0 - share, other.bend) for share in shares]
        bound = np.maximum(*inner) + _product(2.0 * slope, steep) + _product(bend, gap)
        return np.nan_to_num(bound, nan=np.inf, posinf=np.inf)

    @property
    def _families(self) -> tuple[RadialCosts, RadialCosts]:
        return self.first, self.second

    def rounding(self, values: Floats, sites: Ints) -> Floats:
        """Return the rounding of both parts: neither exceeds its own at values as large as these.

        That of the weight is at most a (1 - a) |first_b - second_b| times its own bound: where both
        costs are positive no more than the value times that bound.
        """
        one, other = self.first.rounding(values, sites), self.second.rounding(values, sites)
        offset = np.abs(self.offset[sites])
        blurred = self.weight.rounding * (np.abs(values) + offset)
        return np.asarray(one + other + blurred + 8.0 * np.finfo(float).eps * offset)

    def representatives(self) -> Ints:
        """Return the first site with the same costs in both families and the same offset."""
        rows = np.column_stack(
            [self.first.representatives(), self.second.representatives(), self.offset]
        )
        _, first, group = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        return np.asarray(first[group.reshape(-1)], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Differences:
    """Values and gradients of differences of costs at centres, and bounds of their Hessians nearby."""

    values: Floats
    gradients: Floats
    bend: Floats


def _differences(
    costs: Costs, centers: Floats, radii: Floats, first: Ints, second: Ints
) -> _Differences:
    one, other = (costs.curvatures(centers, radii, sites) for sites in (first, second))
    with np.errstate(invalid="ignore"):
        bend = np.maximum(np.abs(one[1] - other[0]), np.abs(other[1] - one[0]))
    bend = np.nan_to_num(bend, nan=np.inf, posinf=np.inf)
    return _Differences(
        costs.values(centers, first) - costs.values(centers, second),
        costs.gradients(centers, first) - costs.gradients(centers, second),
        np.minimum(bend, costs.closeness(centers, radii, first, second)),
    )


def _product(weight: Floats, value: Floats) -> Floats:
    """Return products in which a weight of zero makes zero of anything, infinity included."""
    with np.errstate(invalid="ignore"):
        return np.where(weight == 0.0, 0.0, weight * value)
