"""Integrals over many intervals at once: Gauss-Kronrod rules, intervals halved where they must be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray


def _rule(nodes: list[float], kronrod: list[float], gauss: list[float]) -> tuple[Array, Array, Array]:
    """Return nodes and two rows of weights from -1 to 1, from what is given from 0 on."""
    mirror = [-x for x in nodes[:0:-1]]
    return np.array([*mirror, *nodes]), *(np.array([*w[:0:-1], *w]) for w in (kronrod, gauss))


RULES = {
    15: _rule(
        [0.0, 0.207784955007898, 0.405845151377397, 0.586087235467691]
        + [0.741531185599394, 0.864864423359769, 0.949107912342759, 0.991455371120813],
        [0.209482141084728, 0.204432940075299, 0.190350578064785, 0.169004726639268]
        + [0.140653259715526, 0.104790010322250, 0.063092092629979, 0.022935322010529],
        [
            0.417959183673469,
            0.0,
            0.381830050505119,
            0.0,
            0.279705391489277,
            0.0,
            0.129484966168870,
            0.0,
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
        Takes points ``(n,)`` and numbers of groups ``(n,)``; returns values ``(n, q)`` and their errors.
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
    (lower, upper), (nodes, kronrod, gauss) = ends, RULES[order]
    step = max(1, CHUNK // (order * len(allowed)))
    for level in range(LEVELS + 1):
        again = []
        for first in range(0, len(lower), step):
            a, b, group = (each[first : first + step] for each in (lower, upper, groups))
            half = 0.5 * (b - a)
            points = (0.5 * (a + b))[:, None] + half[:, None] * nodes
            values, errors = function(points.reshape(-1), np.repeat(group, order))
            values, errors = (each.reshape(len(a), order, -1) for each in (values, errors))
            found = half[:, None] * np.einsum("k,mkq->mq", kronrod, values)
            rough = half[:, None] * np.einsum("k,mkq->mq", gauss, values)
            mean = found / np.maximum(2.0 * half, 1e-300)[:, None]
            spread = half[:, None] * np.einsum("k,mkq->mq", kronrod, np.abs(values - mean[:, None]))
            apart = np.abs(found - rough)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                sharper = spread * np.minimum(
                    1.0, (200.0 * apart / spread) ** 1.5
                )  # as QUADPACK has it
            estimate = np.where(spread > 0.0, np.minimum(sharper, apart), apart)
            share = np.maximum(2.0 * half / whole, SHORTEST)[:, None]
            open_ = (estimate > allowed * share).any(axis=1) & (level < LEVELS)
            estimate += ROUNDING * np.abs(found)
            estimate += half[:, None] * np.einsum("k,mkq->mq", kronrod, errors)
            done = ~open_
            np.add.at(total, group[done], found[done])
            np.add.at(error, group[done], estimate[done])
            again.append((a[open_], b[open_], group[open_]))
        if not any(len(each[0]) for each in again):
            break
        left, right, group = (np.concatenate(column) for column in zip(*again, strict=True))
        middle = 0.5 * (left + right)
        lower, upper = np.concatenate([left, middle]), np.concatenate([middle, right])
        groups = np.concatenate([group, group])
    return total, error
