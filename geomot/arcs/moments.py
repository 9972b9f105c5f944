"""Exact integrals over regions bounded by arcs, by Green's theorem.

Over a region, of a function f that is homogeneous of degree m around an origin, the integral is
1 / (m + 2) times that of f(x) (x cross dx) around its boundary.  A piece with the chord 2 l, that turns
through 2 a, is for u from -1 to 1, along the chord and to its right::

    l sin(a u) / sin a        l (cos(a u) - cos a) / sin a

Both are formed from sin(t) / t: nothing cancels, straight pieces are those with a = 0, and the
integrands are smooth in u: Gauss' rule of 16 nodes integrates them to rounding for 2 a up to pi.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats, Ints

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


def along(starts: Floats, ends: Floats, turns: Floats, nodes: Floats) -> tuple[Floats, Floats]:
    """Return points of pieces and their derivatives, from the middles of the chords.

    Parameters
    ----------
    starts, ends
        ``(e, 2)``.
    turns
        ``(e,)`` a.
    nodes
        ``(e, n)`` or ``(n,)`` u.

    Returns
    -------
    Points and derivatives in u, ``(e, n, 2)`` each; seen from its end a piece has the same points bit
    by bit.

    Examples
    --------
    A half circle around the origin:

    >>> points, _ = along(np.array([[1.0, 0.0]]), np.array([[-1.0, 0.0]]), np.array([np.pi / 2]),
    ...                   np.array([0.0]))
    >>> (points + 0.0).round(12).tolist()
    [[[0.0, 1.0]]]
    """
    a = turns[:, None]
    whole = _sinc(a)
    forth = nodes * _sinc(a * nodes) / whole
    bent = _sinc(0.5 * a * (1.0 + nodes)) * _sinc(0.5 * a * (1.0 - nodes))
    aside = 0.5 * a * ((1.0 - nodes) * (1.0 + nodes)) * bent / whole
    half = 0.5 * (ends - starts)[:, None]
    right = np.stack([half[..., 1], -half[..., 0]], axis=-1)
    points = forth[..., None] * half + aside[..., None] * right
    steps = (np.cos(a * nodes) / whole)[..., None] * half
    return points, steps - (a * nodes * _sinc(a * nodes) / whole)[..., None] * right


def _sinc(angles: Floats) -> Floats:
    return np.asarray(np.sinc(angles / np.pi))


@dataclass(frozen=True, eq=False)
class Moments:
    """Integrals over regions.

    Parameters
    ----------
    areas
        ``(m,)``.
    firsts
        ``(m, 2)`` of x.
    seconds
        ``(m, 2, 2)`` of x x^T; all around each region's own origin.
    """

    areas: Floats
    firsts: Floats
    seconds: Floats


def moments(starts: Floats, ends: Floats, turns: Floats, owners: Ints, origins: Floats) -> Moments:
    """Return the moments of regions from their boundaries, counter-clockwise.

    Parameters
    ----------
    starts, ends, turns
        The pieces, see `along`.
    owners
        ``(e,)`` region of each piece.
    origins
        ``(m, 2)``.

    Examples
    --------
    >>> disk = moments(np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([[-1.0, 0.0], [1.0, 0.0]]),
    ...                np.full(2, np.pi / 2), np.array([0, 0]), np.zeros((1, 2)))
    >>> float(abs(disk.areas[0] - np.pi).round(14)), (disk.seconds[0] / np.pi).round(14).tolist()
    (0.0, [[0.25, 0.0], [0.0, 0.25]])
    """
    points, steps = along(starts, ends, turns, NODES)
    points = points + (0.5 * (starts + ends) - origins[owners])[:, None]
    swept = (points[..., 0] * steps[..., 1] - points[..., 1] * steps[..., 0]) * WEIGHTS
    count = len(origins)

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(owners, values.sum(axis=1), minlength=count))

    x, y = points[..., 0], points[..., 1]
    first = np.stack([total(swept * x), total(swept * y)], axis=1) / 3.0
    xx, xy, yy = total(swept * x * x), total(swept * x * y), total(swept * y * y)
    second = np.stack([np.stack([xx, xy], axis=1), np.stack([xy, yy], axis=1)], axis=1) / 4.0
    return Moments(total(swept) / 2.0, first, second)
