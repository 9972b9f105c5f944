"""Which cell holds a point: the least cost, without any mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geomot.checking.numbers import floats
from geomot.costs.base import Costs
from geomot.errors import InvalidArgumentError
from geomot.geometry.zones.zone import Zone
from geomot.kernels.indices import distinct
from geomot.kernels.simplices import Ints

CHUNK = 1 << 20  # cost evaluations at a time


def located(costs: Costs, zone: Zone, points: ArrayLike) -> Ints:
    """Return the site with the least cost at each point of a zone, -1 outside the zone.

    Parameters
    ----------
    costs
        The costs.
    zone
        The zone.
    points
        ``(m, d)``, metres.

    Raises
    ------
    InvalidArgumentError
        If the points are not finite or not ``(m, d)``.
    """
    where = floats(points, "points to locate", InvalidArgumentError)
    d = zone.dimension
    if where.ndim != 2 or where.shape[1] != d or not np.isfinite(where).all():
        raise InvalidArgumentError(
            f"points to locate have shape {where.shape}; expected finite coordinates (m, {d})"
        )
    cells = np.full(len(where), -1)
    inside = np.flatnonzero(zone.contains(where))
    sites = distinct(costs.representatives())
    step = max(1, CHUNK // len(sites))
    for first in range(0, len(inside), step):
        rows = inside[first : first + step]
        values = costs.values(where[rows, None], sites[None])
        least = values.min(axis=1, keepdims=True)
        tied = values <= least + 2.0 * costs.rounding(values, sites[None])
        cells[rows] = sites[tied.argmax(axis=1)]
    return cells
