"""What the engine asks of a density."""

from __future__ import annotations

from abc import ABC, abstractmethod

from geomot.errors import InvalidDensityError
from geomot.geometry.meshes.breaks import Breaks
from geomot.geometry.meshes.tiling import Tiling
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints


class Density(ABC):
    """A non-negative function on the zone, in 1/metres^d, not necessarily normalised.

    Examples
    --------
    What a density answers, here a gaussian of which a ball holds the peak:

    >>> import numpy as np
    >>> from geomot import gaussian
    >>> towns = gaussian([0.0, 0.0], 1.0)
    >>> bound = towns.upper_bounds(np.array([[1.0, 0.0]]), np.array([2.0]))
    >>> bool(bound[0] >= towns.values(np.zeros(2))), towns.bounded, towns.smooth
    (True, True, True)
    """

    @property
    @abstractmethod
    def dimension(self) -> int | None:
        """Number of coordinates, d, or None if any will do."""

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """Where the density is not smooth; nowhere unless a density says otherwise."""
        return ()

    @property
    def degree(self) -> int | None:
        """Degree of the polynomials that the density is between its breaks, None if it is not.

        Cubature over simplices in one cell is then exact, and takes no more nodes than that.
        """
        return None

    @property
    def tiling(self) -> Tiling | None:
        """Tiles in each of which the density is a polynomial of its `degree`, and zero outside of them.

        None if there are no such tiles.
        """
        return None

    def values_in(self, tiles: Ints, points: Floats) -> Floats:
        """Return the density at points ``(m, n, d)`` as it is within tiles ``(m,)``, ``(m, n)``."""
        return self.values(points)

    def check_in(self, zone: Zone) -> None:
        """Raise unless the density can be integrated over a zone.

        Raises
        ------
        InvalidDensityError
            If they differ in dimension, or the density has too many parts.  Those that meshes are cut
            along, the `breaks`, are counted where that is done.
        """
        if self.dimension not in (None, zone.dimension):
            raise InvalidDensityError(
                f"the density is in {self.dimension} dimensions and the zone in {zone.dimension}; "
                "expected the same: give it as many coordinates as the zone has"
            )

    @property
    def bounded(self) -> bool:
        """Whether `upper_bounds` hold; else they are estimated, and so is all that rests on them."""
        return True

    @property
    def smooth(self) -> bool:
        """Whether the density has a smooth logarithm."""
        return False

    @abstractmethod
    def values(self, points: Floats) -> Floats:
        """Return the density at points ``(..., d)``, as ``(...)``."""

    @abstractmethod
    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return an upper bound of the density on balls, ``(m,)``."""

    @abstractmethod
    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the length on which the density varies by a factor of about e in a ball, ``(m,)``.

        A simplex much larger than that hides features from the nodes of a cubature rule.
        """

    def log_values(self, points: Floats) -> Floats:
        """Return the logarithm of the density at points ``(..., d)``, also where it underflows.

        Raises
        ------
        InvalidDensityError
            This and the other two: if the density has no smooth logarithm.
        """
        raise self._rough()

    def log_gradients(self, points: Floats) -> Floats:
        """Return the gradient of the logarithm at points ``(..., d)``, of the same shape."""
        raise self._rough()

    def log_bends(self, centers: Floats, radii: Floats) -> Floats:
        """Return a bound of the norm of the logarithm's Hessian on balls ``(..., d)``, ``(...)``."""
        raise self._rough()

    def _rough(self) -> InvalidDensityError:
        return InvalidDensityError(
            f"a density of type {type(self).__name__} has no smooth logarithm; expected one that is "
            "positive and twice differentiable, as uniform densities, gaussians and their mixtures are"
        )
