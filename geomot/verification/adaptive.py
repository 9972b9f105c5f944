"""Integrals over many intervals at once: Clenshaw-Curtis rules, intervals halved where they must be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray


LEVELS = 40  # of halving
SHORTEST = 0.02  # part of the whole that an interval's share of the tolerance is no less than
CHUNK = 1 << 20  # values at a time, about
GUARD = 16.0  # two rules agree by chance: an estimate is no less than that part of the one before
ROUNDING = 5e-15  # relative, of a sum
INSIDE = 1e-9  # of an interval: how far within it the ends are looked at, which may be on a jump


def rule(order: int) -> tuple[Array, Array]:
    """Return the nodes of Clenshaw and Curtis on (-1, 1), and the weights with all and every second.

    The ends are among the nodes.  What begins beside an end, as where a line touches a region, hides
    from rules without them, whose estimates then agree on nothing.
    """
    weights = np.zeros((2, order + 1))
    for row, n in enumerate((order, order // 2)):
        even = np.arange(0, n + 1, 2)
        waves = np.cos(np.pi * np.outer(np.arange(n + 1), even) / n)
        halved = np.isin(np.arange(n + 1), (0, n)) + 1.0
        share = np.where((even == 0) | (even == n), 1.0, 2.0) / (1.0 - even**2)
        weights[row, :: order // n] = 2.0 / n / halved * (waves @ share)
    nodes = -np.cos(np.pi * np.arange(order + 1) / order)
    return nodes * (1.0 - INSIDE * (np.abs(nodes) == 1.0)), weights


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

    The function takes points and their groups, ``(n,)``, returns values ``(n, q)`` and their errors.
    Errors ``(q,)`` are ``allowed`` over the length ``whole``; ``order`` is a multiple of 4.
    """
    total, error = np.zeros((count, len(allowed))), np.zeros((count, len(allowed)))
    before = np.zeros((len(groups), len(allowed)))  # the estimate for what each interval is half of
    (lower, upper), (nodes, weights) = ends, rule(order)
    step = max(1, CHUNK // (len(nodes) * len(allowed)))
    for level in range(LEVELS + 1):
        again = []
        for first in range(0, len(lower), step):
            a, b, group = (each[first : first + step] for each in (lower, upper, groups))
            half = 0.5 * (b - a)
            points = (0.5 * (a + b))[:, None] + half[:, None] * nodes
            values, errors = function(points.reshape(-1), np.repeat(group, len(nodes)))
            values, errors = (each.reshape(len(a), len(nodes), -1) for each in (values, errors))
            sums = half[:, None] * np.einsum("rk,mkq->rmq", weights, values)
            with np.errstate(invalid="ignore"):  # both are infinite where twins miss their deadline
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
