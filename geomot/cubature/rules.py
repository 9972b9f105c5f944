"""Cubature rules on simplices: positive weights, interior nodes, any degree."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import roots_jacobi

from geomot.kernels.simplices import Floats


@lru_cache
def power_rule(power: int, nodes: int) -> tuple[Floats, Floats]:
    """Return Gauss-Jacobi nodes on [0, 1] for the weight (power + 1) s^power.

    Parameters
    ----------
    power
        Exponent >= 0 of the weight function, which has integral 1.
    nodes
        Number of nodes n; exact for polynomials up to degree 2 n - 1.

    Returns
    -------
    Nodes ``(n,)`` in (0, 1) and weights ``(n,)`` that sum to 1.

    Examples
    --------
    >>> nodes, weights = power_rule(1, 3)
    >>> bool(np.isclose(weights @ nodes**4, 2 / 6))
    True
    """
    points, weights = roots_jacobi(nodes, 0.0, float(power))
    points, weights = 0.5 * (points + 1.0), weights / weights.sum()
    points.setflags(write=False)
    weights.setflags(write=False)
    return points, weights


@lru_cache
def simplex_rule(dimension: int, nodes: int) -> tuple[Floats, Floats]:
    """Return the collapsed Gauss-Jacobi rule on a simplex (Stroud 1971, conical product).

    Parameters
    ----------
    dimension
        d >= 0; a single point for d = 0.
    nodes
        Nodes per direction n; exact for polynomials up to degree 2 n - 1.

    Returns
    -------
    Barycentric coordinates ``(n^d, d + 1)`` and weights ``(n^d,)`` that sum to 1.

    Examples
    --------
    >>> coordinates, weights = simplex_rule(2, 4)
    >>> bool(np.isclose(weights @ coordinates[:, 0] ** 3, 1 / 10))
    True
    """
    if dimension == 0:
        coordinates, weights = np.ones((1, 1)), np.ones(1)
    else:
        inner, inner_weights = simplex_rule(dimension - 1, nodes)
        scale, scale_weights = power_rule(dimension - 1, nodes)
        cone = scale[:, None, None] * inner  # (n, n^(d-1), d)
        apex = np.broadcast_to((1.0 - scale)[:, None, None], (*cone.shape[:2], 1))
        coordinates = np.concatenate([apex, cone], axis=2).reshape(-1, dimension + 1)
        weights = (scale_weights[:, None] * inner_weights).reshape(-1)
    coordinates.setflags(write=False)
    weights.setflags(write=False)
    return coordinates, weights
