"""Integrals of a density over simplices that belong to cells, halved until two rules agree."""

from __future__ import annotations

import numpy as np

from geomot.cubature.rules import simplex_rule
from geomot.densities.base import Density
from geomot.errors import UnresolvedError
from geomot.geometry.simplices import (
    Floats,
    Ints,
    bounding_balls,
    local_edges,
    measures,
    squared_edge_lengths,
)

NODES = (4, 6)  # nodes per direction of the two rules
LARGE = 2.0  # radius of a simplex, in lengths on which the density varies, beyond which it is halved
HALVINGS = 60
CHUNK = 20_000


def density_integrals(
    density: Density, corners: Floats, owners: Ints, count: int, allowance: float
) -> tuple[Floats, Floats]:
    """Integrate a density over the simplices of each of ``count`` cells.

    Parameters
    ----------
    density
        The density.
    corners, owners
        ``(n, d + 1, d)`` simplices, ``(n,)`` the cell that each belongs to.
    allowance
        Largest error of the sum over all simplices; each may have its share by measure.

    Returns
    -------
    The integrals and estimates of their errors, ``(count,)`` each.

    Raises
    ------
    UnresolvedError
        If two rules do not agree on simplices however small.

    Examples
    --------
    >>> from geomot import Uniform
    >>> triangle = np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]]])
    >>> density_integrals(Uniform(), triangle, np.array([0]), 2, 1e-9)[0].round(12).tolist()
    [1.0, 0.0]
    """
    values, errors = np.zeros(count), np.zeros(count)
    rate = allowance / max(float(measures(corners).sum()), np.finfo(float).tiny)
    for _ in range(HALVINGS):
        left = []
        for first in range(0, len(corners), CHUNK):
            some, own = corners[first : first + CHUNK], owners[first : first + CHUNK]
            coarse, fine = (_sums(density, some, nodes) for nodes in NODES)
            centers, radii = bounding_balls(some)
            gap, size = np.abs(fine - coarse), measures(some)
            most = density.upper_bounds(centers, radii) * size
            seen = radii <= LARGE * density.feature_sizes(centers, radii)
            done = ((gap <= rate * size) & seen) | (most <= rate * size)
            values += np.bincount(own[done], fine[done], minlength=count)
            errors += np.bincount(own[done], gap[done], minlength=count)
            left.append(np.flatnonzero(~done) + first)
        rows = np.concatenate(left) if left else np.empty(0, dtype=np.int64)
        if len(rows) == 0:
            return values, errors
        corners, owners = _halves(corners[rows]), np.tile(owners[rows], 2)
    raise UnresolvedError(
        f"{len(owners)} simplices are not accurate enough after {HALVINGS} halvings; expected a "
        "density without jumps: ask for a larger tolerance"
    )


def _sums(density: Density, corners: Floats, nodes: int) -> Floats:
    coordinates, weights = simplex_rule(corners.shape[2], nodes)
    return np.asarray(density.values(coordinates @ corners) @ weights * measures(corners))


def _halves(corners: Floats) -> Floats:
    """Return both halves of each simplex, cut across its longest edge, ``(2 n, d + 1, d)``."""
    edges = local_edges(corners.shape[2])[squared_edge_lengths(corners).argmax(axis=1)]
    rows = np.arange(len(corners))
    middles = 0.5 * (corners[rows, edges[:, 0]] + corners[rows, edges[:, 1]])
    both = np.concatenate([corners, corners])
    both[rows, edges[:, 0]] = middles
    both[rows + len(corners), edges[:, 1]] = middles
    return both
