"""Integrals over the cells inside the simplices of a subdivision, with estimates of their errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.integrands import Integrand
from geomot.cubature.joins import CellNodes, InterfaceNodes, JoinRule, concatenate, join_rule
from geomot.diagram.subdivision.linearized import linear_interfaces, linear_nodes, linear_pieces
from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.indices import runs
from geomot.kernels.simplices import Floats, Ints, bounding_balls

FEATURES = 8.0  # a simplex may be this many times as wide as what varies in it
ORDERS = np.array([4, 6, 8, 11])  # nodes per direction that are tried before a simplex is bisected
LINEAR_LESS = 2  # simplices cut into flat pieces do with so many nodes less
LEAST = 3  # a rule is compared with those of one and two nodes less
CHUNK = 4096  # simplices per call of the cubature: what the nodes take fits the cache
LINEAR_CHUNK = 256  # the same for simplices that are cut into pieces
FALL = 0.01  # the error is not believed to fall faster than this from one more node per direction
SLOWEST = 0.9  # largest factor between changes that is still believed to be a falling series


def weigh(state: Subdivision, integrand: Integrand) -> Subdivision:
    """Bound the integrals over new simplices, and of integrands with features too small for them."""
    new = np.flatnonzero(np.isnan(state.most))
    corners = state.mesh.vertices[state.mesh.simplices[new]]
    centers, radii = bounding_balls(corners)
    bounds = integrand.upper_bounds(centers, radii) * state.sizes[new, None] / integrand.scales
    narrow = 2.0 * radii[:, None] > FEATURES * integrand.feature_sizes(centers, radii)
    most, blind = state.most.copy(), state.blind.copy()
    most[new] = bounds.max(axis=1)
    blind[new] = np.where(narrow, bounds, 0.0).max(axis=1)
    return replace(state, most=most, blind=blind)


def integrate(costs: Costs, state: Subdivision, integrand: Integrand) -> Subdivision:
    """Integrate what has not been integrated yet."""
    current = state.labels[state.mesh.simplices]
    # one column after the other: numpy is slow along short rows
    pending = reduce(np.logical_or, [*np.isinf(state.errors).T, *(current != state.integrated).T])
    linear = np.zeros(len(pending), dtype=bool)
    linear[state.linear.owners] = True
    integrals, errors, used = state.integrals.copy(), state.errors.copy(), state.nodes.copy()
    parts, interfaces = state.parts.copy(), [state.interfaces.take(~pending[state.interfaces.owners])]
    integrals[linear] = 0.0
    degree = integrand.degree
    exact = np.zeros(len(pending), dtype=bool)
    if degree is not None:
        rows = np.flatnonzero(pending & ~linear)
        exact[rows] = (current[rows] == current[rows, :1]).all(axis=1)

    def book(rows: Ints, rule: JoinRule) -> None:
        used[rows] = np.bincount(rule.cells.owners, minlength=len(rows))
        interfaces.append(replace(rule.interfaces, owners=rows[rule.interfaces.owners]))

    for rows in _chunks(exact, CHUNK):
        assert degree is not None
        integrals[rows], rule = _join_sums(costs, state, rows, integrand, degree // 2 + 1)
        errors[rows] = 0.0
        book(rows, rule)
    for level, nodes in enumerate(ORDERS):
        todo = pending & ~exact & (state.levels == level)
        for rows in _chunks(todo & ~linear, CHUNK):
            integrals[rows], changes, rule = _join_integrals(costs, state, rows, integrand, nodes)
            errors[rows] = changes.max(axis=1)
            book(rows, rule)
        for rows in _chunks(todo & linear, LINEAR_CHUNK):
            owners, places = runs(state.linear.starts(len(pending)), rows)
            parts[places], changes, rule = _linear_integrals(
                costs, state, rows, integrand, max(nodes - LINEAR_LESS, LEAST)
            )
            errors[rows] = np.maximum.reduceat(changes, np.searchsorted(owners, np.arange(len(rows))))
            book(rows, rule)
    return replace(
        state,
        integrals=integrals,
        errors=errors,
        nodes=used,
        integrated=current,
        parts=parts,
        interfaces=concatenate(InterfaceNodes, interfaces),
    )


def _join_integrals(
    costs: Costs, state: Subdivision, rows: Ints, integrand: Integrand, nodes: int
) -> tuple[Floats, Floats, JoinRule]:
    """Return integrals per simplex and vertex label, ``(m, d + 1, q)``, their errors, and the rule."""
    return _compared(lambda nodes: _join_sums(costs, state, rows, integrand, nodes), nodes)


def _join_sums(
    costs: Costs, state: Subdivision, rows: Ints, integrand: Integrand, nodes: int
) -> tuple[Floats, JoinRule]:
    """Return integrals per simplex and vertex label, ``(m, d + 1, q)``, and the rule."""
    simplices = state.mesh.simplices[rows]
    corners, labels = state.mesh.vertices[simplices], state.labels[simplices]
    rule = join_rule(costs, corners, labels, nodes, state.sizes[rows])
    slot = (labels[rule.cells.owners] == rule.cells.sites[:, None]).argmax(axis=1)
    place = rule.cells.owners * labels.shape[1] + slot
    return _sums(rule.cells, integrand, place, labels.size).reshape(*labels.shape, -1), rule


def _linear_integrals(
    costs: Costs, state: Subdivision, rows: Ints, integrand: Integrand, nodes: int
) -> tuple[Floats, Floats, JoinRule]:
    """Return integrals per entry of the lists of linearised simplices, their errors, and the rule."""
    corners = state.mesh.vertices[state.mesh.simplices[rows]]
    lists = state.linear.gather(rows, len(state.lost))
    pieces = linear_pieces(costs, corners, lists)
    interfaces = linear_interfaces(costs, corners, lists, pieces, nodes)

    def integrals(nodes: int) -> tuple[Floats, JoinRule]:
        cells, entries = linear_nodes(corners, lists, pieces, nodes, state.sizes[rows])
        return _sums(cells, integrand, entries, len(lists.sites)), JoinRule(cells, interfaces)

    return _compared(integrals, nodes)


def _sums(cells: CellNodes, integrand: Integrand, places: Ints, count: int) -> Floats:
    """Sum what the nodes contribute to each of ``count`` places, ``(count, q)``."""
    values = integrand.values(cells.points, cells.sites) * cells.weights[:, None]
    sums = [np.bincount(places, column, minlength=count) for column in values.T]
    return np.stack(sums, axis=1).astype(float, copy=False)


def _compared(
    integrals: Callable[[int], tuple[Floats, JoinRule]], nodes: int
) -> tuple[Floats, Floats, JoinRule]:
    """Return integrals with n nodes per direction, their errors estimated from less, and the rule."""
    most, rule = integrals(nodes)
    less, _ = integrals(nodes - 1)
    least, _ = integrals(nodes - 2)
    # two rules may agree by accident: the step before guards against that
    change, before = np.abs(most - less), np.abs(less - least)
    return most, np.maximum(_tail(change, before), FALL * before), rule


def _tail(change: Floats, before: Floats) -> Floats:
    """Return the rest of a series whose last terms are ``before`` and ``change``, at least ``change``.

    Where a geometric series falls slowly, as on an interface nearly along its fibers, that is more.
    """
    slow = np.full(change.shape, SLOWEST)
    ratio = np.divide(change, before, out=slow, where=change < SLOWEST * before)
    return np.asarray(change * np.maximum(1.0, ratio / (1.0 - ratio)))


def _chunks(chosen: np.ndarray, size: int) -> Iterator[Ints]:
    """Yield the numbers of chosen simplices, some at a time."""
    rows = np.flatnonzero(chosen)
    for first in range(0, len(rows), size):
        yield rows[first : first + size]
