"""Which stretches of a chain of exact points are straight, and which are circular arcs.

The bisector of two sites is one analytic curve: it is a circle, or straight, along its whole length or
nowhere.  So a chain is cut only in its corners, and each stretch between them is one line, one arc (two
where it is half a circle or more) or left as it is: no arc is fitted to a part of another curve,
however finely that is sampled.

Where three regions meet, a diagram knows the point less well than those of the bisectors, and vertices
next to it may belong to the bisector of another pair.  So points near the ends of a chain have some
slack, the others next to none.

An arc from s to e is seen from all of its points v in the same angle: that between v - s and e - v is
half the angle it turns through.  A point whose angle is off by x lies x |v - s| |e - v| / |e - s| off
the arc.  A line is the arc with angle 0.  This holds for every radius without cancellation.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from geomot.kernels.simplices import Floats, Ints

FEWEST = 4  # points of an arc besides those near its ends: any three lie on a circle
NEAR = 10.0  # how far from an end the slack goes, in units of it
TIGHT = 0.01  # what the other points have, as a share of it
BEND = 4.0  # a corner turns so many times more than its neighbours, for the lengths of the edges


def fit(points: Floats, slack: float, *, arcs: bool) -> tuple[Ints, Floats]:
    """Return which points of a chain are ends of pieces, and the bulges of the pieces.

    Parameters
    ----------
    points
        ``(n, 2)`` the chain; the last point is the first one where it is closed.
    slack
        How far points at the ends may lie off their curve, metres.
    arcs
        Whether arcs are sought; straight pieces always are.

    Returns
    -------
    The ``m + 1`` numbers of the ends, from 0 to n - 1, and ``m`` bulges.

    Examples
    --------
    >>> angles = np.linspace(0.0, 1.0, 9)
    >>> ends, bulges = fit(np.stack([np.cos(angles), np.sin(angles)], axis=1), 1e-12, arcs=True)
    >>> ends, 4.0 * np.arctan(bulges)
    (array([0, 8]), array([1.]))
    """
    ends: list[Ints] = [np.zeros(1, dtype=np.int64)]
    bulges: list[Floats] = []
    cuts = np.concatenate([[0], corners(points, slack, smooth=arcs), [len(points) - 1]])
    for first, last in pairwise(cuts.tolist()):
        away = np.hypot(*(points[first : last + 1] - points[first]).T)
        middle = first + int(np.argmax(away))
        for low, high in ((first, middle), (middle, last)):
            if low == high:
                continue
            bulge = _bulge(points[low : high + 1], slack, arcs)
            count = high - low if bulge is None else 1
            ends.append(np.linspace(low, high, count + 1).round().astype(np.int64)[1:])
            bulges.append(np.full(count, bulge or 0.0))
    return np.concatenate(ends), np.concatenate(bulges)


def corners(points: Floats, slack: float, *, smooth: bool, closed: bool = False) -> Ints:
    """Return the points of a chain where its tangent jumps.

    Parameters
    ----------
    points
        ``(n, 2)`` the chain; of a closed one the first point again at the end.
    slack
        How far points at the ends may lie off their curve, metres.
    smooth
        Whether what lies between corners may be curved.
    closed
        Whether the first point may be a corner too: its number is 0.

    Examples
    --------
    >>> hook = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 1.0], [2.0, 2.0]])
    >>> corners(hook, 1e-12, smooth=True).tolist()
    [2]
    """
    edges = np.diff(points, axis=0)
    after = np.roll(edges, -1, axis=0)
    lengths, ahead = np.hypot(*edges.T), np.hypot(*after.T)
    turns = np.abs(np.arctan2(_cross(edges, after), (edges * after).sum(axis=1)))
    if not closed:
        turns[-1] = 0.0
    allowed = 8.0 * slack * (1.0 / lengths + 1.0 / ahead)
    if smooth:
        spans = lengths + ahead
        curvatures = turns / spans
        allowed += BEND * spans * np.maximum(np.roll(curvatures, 1), np.roll(curvatures, -1))
    return np.sort((np.flatnonzero(turns > allowed) + 1) % len(edges))


def _bulge(points: Floats, slack: float, arcs: bool) -> float | None:
    """Return the bulge of the one piece that all points lie on, or None if there is none."""
    away = np.minimum(np.hypot(*(points - points[0]).T), np.hypot(*(points - points[-1]).T))
    core = points[away > NEAR * slack]
    angle, bent, off = _angle(points)
    _, core_bent, core_off = _angle(core)
    if bent <= slack and core_bent <= TIGHT * slack:
        return 0.0
    is_arc = arcs and len(core) >= FEWEST and off <= slack and core_off <= TIGHT * slack
    return float(np.tan(0.5 * angle)) if is_arc else None


def _angle(points: Floats) -> tuple[float, float, float]:
    """Return half the angle of the arc through points, how far they lie off its chord, and off it."""
    if len(points) < 3:
        return 0.0, 0.0, 0.0
    to, fro = points[1:-1] - points[0], points[-1] - points[1:-1]
    angles = np.arctan2(_cross(to, fro), (to * fro).sum(axis=1))
    lever = np.hypot(*to.T) * np.hypot(*fro.T) / np.hypot(*(points[-1] - points[0]))
    angle = float((lever**2 * angles).sum() / (lever**2).sum())
    bent, off = np.abs(angles) * lever, np.abs(angles - angle) * lever
    return angle, float(bent.max()), float(off.max())


def _cross(first: Floats, second: Floats) -> Floats:
    return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
