"""Which site costs least at each of many points one dimension up, by dividing the points.

Costs are affine there: over a box of points each is bounded from below at a corner.  A site whose bound
exceeds what all points of the box already have to pay is of no use to any of them.  So the points are
divided in halves, the useful sites handed down, until few are left of either: no order of magnitude of
the factors matters, since every box looks at the sites from its own middle.
"""

from __future__ import annotations

import numpy as np

from geomot.arcs.lifting import LiftedSites
from geomot.geometry.simplices import Floats, Ints

FEW = 64  # points, or sites for each of them, that are not worth dividing
ROUNDING = 1e-12  # of costs, as a share of their terms


def cheapest(sites: LiftedSites, points: Floats) -> Ints:
    """Return the site with the least cost at each lifted point, ``(m,)``.

    Parameters
    ----------
    sites
        The sites.
    points
        ``(m, 3)`` x, y and the height above the paraboloid.

    Examples
    --------
    >>> from geomot.arcs.lifting import lifted_sites
    >>> box = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> two = lifted_sites(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([1.0, 4.0]), np.zeros(2), box)
    >>> cheapest(two, np.array([[0.6, 0.0, 0.0], [0.7, 0.0, 0.0]])).tolist()
    [0, 1]
    """
    found = np.zeros(len(points), dtype=np.int64)
    stack = [(np.arange(len(points)), np.arange(len(sites.positions)))]
    while stack:
        rows, useful = stack.pop()
        if len(rows) == 0:
            continue
        some, factors, offsets = points[rows], sites.factors[useful], sites.offsets[useful]
        lower, upper = some.min(axis=0), some.max(axis=0)
        middle, half = 0.5 * (lower + upper)[:2], 0.5 * (upper - lower)
        flat, arms = some[:, :2] - middle, sites.positions[useful] - middle
        lift = (flat**2).sum(axis=1) + some[:, 2]
        low, high = float(lift.min()), float(lift.max())
        squares = (arms**2).sum(axis=1)
        change = 2.0 * (np.abs(arms[:, 0]) * half[0] + np.abs(arms[:, 1]) * half[1])
        terms = factors * (squares + change + max(abs(low), abs(high))) + np.abs(offsets)
        least = factors * (squares - change + low) + offsets - ROUNDING * terms
        most = factors * (squares + change + high) + offsets + ROUNDING * terms
        kept = np.flatnonzero(least <= most.min())
        if len(rows) > FEW and len(kept) > FEW:
            order = np.argpartition(some[:, int(half.argmax())], len(rows) // 2)
            stack += [(rows[part], useful[kept]) for part in np.array_split(order, 2)]
            continue
        factors, arms = factors[kept], arms[kept]
        values = lift[:, None] + squares[kept]
        values -= 2.0 * (flat[:, :1] * arms[:, 0] + flat[:, 1:] * arms[:, 1])
        values = values * factors + offsets[kept]
        found[rows] = useful[kept[values.argmin(axis=1)]]
    return found
