"""Integrals over many intervals at once: Gauss-Kronrod rules, intervals halved where they must be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray


def _rule(nodes: list[float], kronrod: list[float], gauss: list[float]) -> tuple[Array, Array]:
    """Return nodes from -1 to 1 and the weights of both rules, from what is given from 0 on."""
    signs = (nodes, -1.0), (kronrod, 1.0), (gauss, 1.0)
    x, *rows = (np.array([*(sign * v for v in row[:0:-1]), *row]) for row, sign in signs)
    return x, np.stack(rows)


RULES = {
    15: _rule(
        [
            *(0.0, 0.207784955007898, 0.405845151377397, 0.586087235467691),
            *(0.741531185599394, 0.864864423359769, 0.949107912342759, 0.991455371120813),
        ],
        [
            *(0.209482141084728, 0.204432940075299, 0.190350578064785, 0.169004726639268),
            *(0.140653259715526, 0.104790010322250, 0.063092092629979, 0.022935322010529),
        ],
        [
            *(0.417959183673469, 0.0, 0.381830050505119, 0.0),
            *(0.279705391489277, 0.0, 0.129484966168870, 0.0),
        ],
    ),
    7: _rule(
        [0.0, 0.434243749346802, 0.774596669241483, 0.960491268708020],
        [0.450916538658474, 0.401397414775962, 0.268488089868333, 0.104656226026467],
        [0.888888888888889, 0.0, 0.555555555555556, 0.0],
    ),
}
LEVELS = 40  # of halving
SHORTEST = 0.02  # part of the whole that an interval's share of the tolerance is no less than
CHUNK = 1 << 20  # values at a time, about
GUARD = 16.0  # two rules agree by chance: an estimate is no less than that part of the one before
ROUNDING = 5e-15  # relative, of the rules' weights as given here

Function = Callable[[Array, Array], tuple[Array, Array]]


def integrate(
    function: Function,
    ends: tuple[Array, Array],
    groups: Array,
    count: int,
    allowed: Array,
    whole: float,
    order: int,
) -> tuple[Array, Array]:
    """Return integrals over intervals, summed by group, ``(count, q)``, and estimates of their errors.

    Parameters
    ----------
    function
        Takes points and numbers of groups, ``(n,)``; returns values ``(n, q)`` and their errors.
    ends, groups
        ``(m,)`` lower and upper ends of the intervals, and the group of each.
    count
        Number of groups.
    allowed
        ``(q,)`` error allowed over the length ``whole``.
    order
        Number of nodes, 15 or 7.
    """
    total, error = np.zeros((count, len(allowed))), np.zeros((count, len(allowed)))
    before = np.zeros((len(groups), len(allowed)))  # the estimate for what each interval is half of
    (lower, upper), (nodes, weights) = ends, RULES[order]
    step = max(1, CHUNK // (order * len(allowed)))
    for level in range(LEVELS + 1):
        again = []
        for first in range(0, len(lower), step):
            a, b, group = (each[first : first + step] for each in (lower, upper, groups))
            half = 0.5 * (b - a)
            points = (0.5 * (a + b))[:, None] + half[:, None] * nodes
            values, errors = function(points.reshape(-1), np.repeat(group, order))
            values, errors = (each.reshape(len(a), order, -1) for each in (values, errors))
            sums = half[:, None] * np.einsum("rk,mkq->rmq", weights, values)
            found, apart = sums[0], np.abs(sums[1] - sums[0])  # the error of the rougher rule
            estimate = np.maximum(apart, before[first : first + step] / GUARD)
            share = np.maximum(2.0 * half / whole, SHORTEST)[:, None]
            open_ = (estimate > allowed * share).any(axis=1) & (level < LEVELS)
            estimate += ROUNDING * np.abs(found)
            estimate += half[:, None] * np.einsum("k,mkq->mq", weights[0], errors)
            done = ~open_
            np.add.at(total, group[done], found[done])
            np.add.at(error, group[done], estimate[done])
            again.append((a[open_], b[open_], group[open_], apart[open_]))
        if not any(len(each[0]) for each in again):
            break
        left, right, group, apart = (np.concatenate(column) for column in zip(*again, strict=True))
        middle = 0.5 * (left + right)
        lower, upper = np.concatenate([left, middle]), np.concatenate([middle, right])
        groups, before = np.concatenate([group, group]), np.concatenate([apart, apart])
    return total, error
