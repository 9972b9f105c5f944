"""Which site beats the own one at each of many points one dimension up, by dividing the points.

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


def rivals(sites: LiftedSites, points: Floats, own: Ints) -> Ints:
    """Return the site before which a point's own one falls back most, itself if before none, ``(m,)``.

    That is measured by the difference of the costs over the larger factor, which is a length squared:
    the rounding of a heavy site's cost does not hide a light one.

    Parameters
    ----------
    sites
        The sites.
    points
        ``(m, 3)`` x, y and the height above the paraboloid.
    own
        ``(m,)`` a site for each point.

    Examples
    --------
    >>> from geomot.arcs.lifting import lifted_sites
    >>> box = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> two = lifted_sites(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([1.0, 4.0]), np.zeros(2), box)
    >>> rivals(two, np.array([[0.6, 0.0, 0.0], [0.7, 0.0, 0.0]]), np.array([0, 0])).tolist()
    [0, 1]
    """
    found = own.copy()
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
        places = sites.positions[useful[kept]]
        values = (some[:, :1] - places[:, 0]) ** 2 + (some[:, 1:2] - places[:, 1]) ** 2 + some[:, 2:]
        values = values * factors[kept] + offsets[kept]
        lead = _costs(sites, some, own[rows])[:, None] - values
        lead /= np.maximum(factors[kept], sites.factors[own[rows]][:, None])
        lead[useful[kept] == own[rows][:, None]] = 0.0
        best = lead.argmax(axis=1)
        ahead = lead[np.arange(len(rows)), best] > 0.0
        found[rows[ahead]] = useful[kept[best[ahead]]]
    return found


def _costs(sites: LiftedSites, points: Floats, own: Ints) -> Floats:
    squares = ((points[:, :2] - sites.positions[own]) ** 2).sum(axis=1) + points[:, 2]
    return np.asarray(sites.factors[own] * squares + sites.offsets[own])
