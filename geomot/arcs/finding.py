"""Which site beats the own one at each of many points one dimension up, by dividing the points.

Costs are affine there, and so are their differences: over a box of points each is bounded from below
at a corner.  A site that costs more than one other all over the box is of no use to any of its points.
So the points are divided in halves, the useful sites handed down, until few are left of either: no
order of magnitude of the factors matters, since every box looks at the sites from its own middle.
"""

from __future__ import annotations

import numpy as np

from geomot.arcs.lifting import LiftedSites
from geomot.kernels.simplices import Floats, Ints

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
        kept = _useful(
            np.column_stack([-2.0 * factors[:, None] * arms, factors]),
            factors * (arms**2).sum(axis=1) + offsets,
            np.array([[*-half[:2], low], [*half[:2], high]]),
        )
        if len(rows) > FEW and len(kept) > FEW:
            order = np.argpartition(some[:, int(half.argmax())], len(rows) // 2)
            stack += [(rows[part], useful[kept]) for part in np.array_split(order, 2)]
            continue
        found[rows] = strongest(sites, some, own[rows], useful[kept][None])
    return found


def strongest(sites: LiftedSites, points: Floats, own: Ints, others: Ints) -> Ints:
    """Return which of others ``(m, k)``, or ``(1, k)``, is the strongest rival at each point.

    As `rivals`, which looks at all sites: own sites where none of these is one.
    """
    places, factors = sites.positions[others], sites.factors[others]
    values = (points[:, :1] - places[..., 0]) ** 2 + (points[:, 1:2] - places[..., 1]) ** 2
    values = (values + points[:, 2:]) * factors + sites.offsets[others]
    lead = _costs(sites, points, own)[:, None] - values
    lead /= np.maximum(factors, sites.factors[own][:, None])
    lead[others == own[:, None]] = 0.0
    best, rows = lead.argmax(axis=1), np.arange(len(points))
    chosen = np.broadcast_to(others, lead.shape)[rows, best]
    return np.where(lead[rows, best] > 0.0, chosen, own)


def _useful(slopes: Floats, values: Floats, box: Floats) -> Ints:
    """Return which affine functions may be the least one somewhere in a box.

    Not those that are above one and the same other everywhere in it: the least one in its middle, or
    in the middle of its lower or upper side.

    Parameters
    ----------
    slopes, values
        ``(n, 3)`` and ``(n,)``: the functions are s . x + v.
    box
        ``(2, 3)`` its corners.
    """
    middle, half = 0.5 * (box[0] + box[1]), 0.5 * (box[1] - box[0])
    at = slopes @ middle + values
    rise = slopes[:, 2] * half[2]
    terms = np.abs(slopes) @ np.abs(box).max(axis=0) + np.abs(values)
    kept = np.ones(len(values), dtype=bool)
    for best in {int(at.argmin()), int((at - rise).argmin()), int((at + rise).argmin())}:
        apart = at - at[best] - np.abs(slopes - slopes[best]) @ half
        kept &= apart <= ROUNDING * (terms + terms[best])
    return np.flatnonzero(kept)


def _costs(sites: LiftedSites, points: Floats, own: Ints) -> Floats:
    squares = ((points[:, :2] - sites.positions[own]) ** 2).sum(axis=1) + points[:, 2]
    return np.asarray(sites.factors[own] * squares + sites.offsets[own])
