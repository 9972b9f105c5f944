"""Bounds of second derivatives from samples of the first ones: estimates that nothing proves.

A function is looked at in a few points of each ball.  Beyond what difference quotients there say, the
bounds leave room for as much again as the quotients differ, so that they become sharp on small balls.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from geomot.kernels.simplices import Floats

SAFETY = 2.0  # room beyond the quotients, in units of what they differ by
STEPS = 4  # difference quotients along a range of distances
TINY = float(np.finfo(float).tiny)


def estimated_bends(
    slope: Callable[[Floats], ArrayLike], low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Return estimated bounds of f'' between two arrays of numbers, lower and upper.

    Parameters
    ----------
    slope
        f', of an array of numbers.
    low, high
        Ends of the ranges.

    Examples
    --------
    >>> [bound.round(2).tolist() for bound in estimated_bends(np.sin, np.array([0.0]), np.array([0.1]))]
    [[0.99], [1.01]]
    """
    width = (high - low) / STEPS
    ends = [np.asarray(slope(low + step * width), dtype=float) for step in range(STEPS + 1)]
    quotients = np.diff(np.stack(ends), axis=0) / np.maximum(width, TINY)
    least, most = quotients.min(axis=0), quotients.max(axis=0)
    room = SAFETY * (most - least)
    return least - room, most + room


def estimated_curvatures(
    gradients: Callable[[Floats], Floats], centers: Floats, radii: Floats
) -> tuple[Floats, Floats]:
    """Return estimated bounds of the eigenvalues of the Hessian on balls, lower and upper, ``(n,)``.

    Parameters
    ----------
    gradients
        From points ``(k, n, d)``, k in each ball, to gradients of the same shape.
    centers, radii
        ``(n, d)`` and ``(n,)`` the balls.

    Examples
    --------
    >>> centers = np.array([[0.5, 0.0]])
    >>> [bound.tolist() for bound in estimated_curvatures(lambda x: 2.0 * x, centers, np.array([0.25]))]
    [[2.0], [2.0]]
    """
    n, d = centers.shape
    arms = np.concatenate([np.zeros((1, d)), np.eye(d), -np.eye(d)])[:, None]
    found = gradients(centers + radii[:, None] * arms)
    step = np.maximum(radii, TINY)[:, None]
    ahead, behind = (found[1 : d + 1] - found[0]) / step, (found[0] - found[d + 1 :]) / step
    mean = np.moveaxis(0.5 * (ahead + behind), 0, 1)  # (n, d, d), rows are derivatives of the gradient
    symmetric = 0.5 * (mean + np.swapaxes(mean, 1, 2))
    finite = np.isfinite(symmetric).all(axis=(1, 2))
    values = np.zeros((n, d))
    values[finite] = np.linalg.eigvalsh(symmetric[finite])
    room = SAFETY * np.sqrt(((ahead - behind) ** 2).sum(axis=(0, 2)))
    room = np.where(finite & np.isfinite(room), room, np.inf)
    return values[:, 0] - room, values[:, -1] + room
