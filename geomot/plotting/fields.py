"""Densities on a grid of points, in numbers per square kilometre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.densities import Density
from geomot.diagram import normalized
from geomot.geometry import Zone
from geomot.kernels.simplices import Floats

PER_SQUARE_KILOMETRE = 1e6
ACCURACY = 1e-3  # of the total that a figure's densities are normalised with
FLAT = 1e-6  # relative variation below which a density is uniform


@dataclass(frozen=True, eq=False)
class Field:
    """A density on a grid.

    Parameters
    ----------
    x, y
        ``(nx,)`` and ``(ny,)`` coordinates, metres.
    values
        ``(ny, nx)`` density, 1/km^2.
    """

    x: Floats
    y: Floats
    values: Floats

    @property
    def is_flat(self) -> bool:
        """Whether there is nothing to see."""
        low, high = float(self.values.min()), float(self.values.max())
        return not high - low > FLAT * high


def sample(density: Density, count: float, zone: Zone, points: int) -> Field:
    """Return a density times a number of things on a grid over a zone's bounding box.

    Parameters
    ----------
    density
        The density, not normalised.
    count
        Its integral over the zone.
    zone
        The zone, planar.
    points
        Number of points along the longer side.

    Examples
    --------
    >>> from geomot import Uniform
    >>> field = sample(Uniform(), 8.0, Zone.box([0, 0], [2000, 1000]), 4)
    >>> field.values.round(9).tolist(), field.is_flat
    ([[4.0, 4.0, 4.0, 4.0], [4.0, 4.0, 4.0, 4.0]], True)
    """
    lower, upper = zone.bounds
    sides = upper - lower
    numbers = np.maximum(2, np.rint(points * sides / sides.max()).astype(int))
    x, y = (np.linspace(lower[k], upper[k], numbers[k]) for k in range(2))
    where = np.stack(np.meshgrid(x, y), axis=-1)
    values = count * normalized(density, zone, ACCURACY).values(where)
    return Field(x, y, PER_SQUARE_KILOMETRE * values)
