"""What is integrated over the cells."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from geomot.densities.base import Density
from geomot.geometry.meshes.breaks import Breaks
from geomot.kernels.simplices import Floats, Ints


class Integrand(ABC):
    """Functions v_1 .. v_q, which may differ from cell to cell: v_c(x, b).

    `scales` says what an error in each component is measured against: an error of ``tolerance`` times
    the scale is what the caller accepts.
    """

    @property
    @abstractmethod
    def scales(self) -> Floats:
        """Positive units of the integrals, ``(q,)``."""

    @property
    @abstractmethod
    def breaks(self) -> tuple[Breaks, ...]:
        """Where they are not smooth: the mesh is cut there."""

    @property
    @abstractmethod
    def degree(self) -> int | None:
        """Degree of the polynomials that they are between their breaks, None if they are not."""

    @abstractmethod
    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return the functions at points ``(m, d)`` of cells ``(m,)``, as ``(m, q)``."""

    @abstractmethod
    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return upper bounds of their absolute values on balls, for every cell, ``(m, q)``."""

    @abstractmethod
    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the lengths on which they vary by a factor of about e in balls, ``(m, q)``."""


@dataclass(frozen=True, eq=False)
class DensityIntegrand(Integrand):
    """A density alone: its integrals are the masses of the cells.

    Parameters
    ----------
    density
        The density.
    total
        The density's mass in the zone; what errors are measured against.
    """

    density: Density
    total: float

    @property
    def scales(self) -> Floats:
        """The total mass."""
        return np.array([self.total])

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """The density's breaks."""
        return self.density.breaks

    @property
    def degree(self) -> int | None:
        """The density's degree."""
        return self.density.degree

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return the density."""
        return self.density.values(points)[:, None]

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the density's bounds."""
        return self.density.upper_bounds(centers, radii)[:, None]

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the density's feature sizes."""
        return self.density.feature_sizes(centers, radii)[:, None]
