"""Demand in single points: atoms that each site serves whole or in part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Atoms:
    """Demand that is concentrated in points.

    An atom belongs to the site that is cheapest where it is.  Where several are, they share it: site b
    serves the fraction x_b and spends x_b d_b of its resource on it.

    Parameters
    ----------
    points
        ``(K, d)``.
    demands
        ``(K, B)`` d_b of each atom at each site, positive; infinite where the site cannot serve it.
    """

    points: Floats
    demands: Floats

    @property
    def count(self) -> int:
        """Number of atoms, K."""
        return len(self.points)

    def costs(self, costs: Costs) -> Floats:
        """Return the cost of every site at every atom, ``(K, B)``."""
        return costs.values(self.points[:, None], np.arange(self.demands.shape[1]))

    def loads(self, fractions: Floats) -> Floats:
        """Return what the sites spend, ``(B,)``, for fractions ``(K, B)``."""
        parts = np.zeros_like(fractions)
        np.multiply(fractions, self.demands, out=parts, where=fractions > 0.0)
        return np.asarray(parts.sum(axis=0))

    def merged(self) -> tuple[Atoms, Ints]:
        """Return atoms in distinct points, and which of them each atom is part of, ``(K,)``.

        Atoms in the same point have the same costs: they are shared alike.
        """
        points, place = np.unique(self.points, axis=0, return_inverse=True)
        place = place.reshape(-1)
        demands = np.zeros((len(points), self.demands.shape[1]))
        np.add.at(demands, place, self.demands)
        return Atoms(points, demands), place


def whole(costs: Floats) -> Floats:
    """Return fractions ``(K, B)`` that give each atom whole to its cheapest site, ties by number."""
    fractions = np.zeros_like(costs)
    fractions[np.arange(len(costs)), costs.argmin(axis=1)] = 1.0
    return fractions
