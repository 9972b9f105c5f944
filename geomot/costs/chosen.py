"""The costs of some sites of a family that cannot take them out itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from geomot.costs.base import Costs, checked_weights
from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False, repr=False)
class ChosenCosts(Costs):
    """The costs of some sites, no two of them identical, numbered anew.

    Parameters
    ----------
    family
        The costs of all sites.
    sites
        ``(C,)`` the sites that are chosen.
    """

    family: Costs
    sites: Ints

    @property
    def count(self) -> int:
        """Number of chosen sites, C."""
        return len(self.sites)

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.family.dimension

    @property
    def affine(self) -> bool:
        """Whether all differences of the family's costs are affine."""
        return self.family.affine

    @property
    def bounded(self) -> bool:
        """Whether the family's bounds hold."""
        return self.family.bounded

    def with_offset(self, offset: ArrayLike) -> ChosenCosts:
        """Return the same costs with other additive weights, ``(C,)``."""
        every = np.zeros(self.family.count)
        every[self.sites] = checked_weights("offset", offset, self.count)
        return replace(self, family=self.family.with_offset(every))

    def seen_from(self, origin: Floats) -> ChosenCosts:
        """Return the same costs in coordinates relative to ``origin``."""
        return replace(self, family=self.family.seen_from(origin))

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return the family's."""
        return self.family.values(points, self.sites[sites])

    def gradients(self, points: Floats, sites: Ints) -> Floats:
        """Return the family's."""
        return self.family.gradients(points, self.sites[sites])

    def bounds(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return the family's."""
        return self.family.bounds(centers, radii, self.sites[sites])

    def curvatures(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return the family's."""
        return self.family.curvatures(centers, radii, self.sites[sites])

    def closeness(self, centers: Floats, radii: Floats, first: Ints, second: Ints) -> Floats:
        """Return the family's."""
        return self.family.closeness(centers, radii, self.sites[first], self.sites[second])

    def rounding(self, values: Floats, sites: Ints) -> Floats:
        """Return the family's."""
        return self.family.rounding(values, self.sites[sites])

    def representatives(self) -> Ints:
        """Return the sites themselves."""
        return np.arange(self.count)
