"""Diagrams whose cells have masses in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import asinh, sqrt

import numpy as np
from scipy.special import erf, gammainc

from geomot.costs import Costs, distance_costs
from geomot.densities import Density, Uniform, gaussian
from geomot.geometry import Zone
from geomot.kernels.simplices import Floats

FIRST, SECOND = np.array([0.47, 0.51, 0.46]), np.array([0.6, 0.54, 0.5])
RATIO = 2.0  # of the factors of Apollonius' circle
AWAY = 0.03  # how far at most a problem is moved along an axis
PLACES = {2: 8, 3: 4}  # in how many places a problem is computed, by the dimension


@dataclass(frozen=True, eq=False)
class MassProblem:
    """A diagram, a density, and what the cells hold of it.

    Parameters
    ----------
    costs, zone, density
        The diagram and the density, not normalised.
    total
        The density's mass in the zone.
    shares
        ``(B,)`` the cells' shares of it.
    """

    costs: Costs
    zone: Zone
    density: Density
    total: float
    shares: Floats


def places(dimension: int) -> Floats:
    """Return by how much to move a problem in the box, ``(k, d)``, so that meshes are not alike.

    Parameters
    ----------
    dimension
        2 or 3.

    Notes
    -----
    Multiples, modulo 1, of powers of the root of x^(d + 1) = x + 1: they fill the cube evenly.

    Examples
    --------
    >>> moves = places(2)
    >>> moves.shape, bool(np.abs(moves).max() <= AWAY)
    ((8, 2), True)
    """
    root = {2: 1.324717957244746, 3: 1.2207440846057596}[dimension]
    steps = root ** -np.arange(1.0, dimension + 1.0)
    return AWAY * (2.0 * (np.arange(1, PLACES[dimension] + 1)[:, None] * steps % 1.0) - 1.0)


def apollonius(dimension: int, move: Floats | float = 0.0) -> tuple[Costs, float, Floats]:
    """Return costs 2 |x - p| and |x - q|, and the radius and the centre of the circle around p.

    Parameters
    ----------
    dimension
        2 for a circle, 3 for a sphere.
    move
        By how much it is moved.

    Examples
    --------
    >>> costs, radius, center = apollonius(2)
    >>> on = center + radius * np.array([0.6, 0.8])
    >>> bool(abs(np.diff(costs.values(on, np.arange(2)))[0]) < 1e-12)
    True
    """
    p, q = FIRST[:dimension] + move, SECOND[:dimension] + move
    radius = float(np.linalg.norm(q - p)) * RATIO / (RATIO**2 - 1.0)
    return distance_costs([p, q], factor=[RATIO, 1.0]), radius, p - (q - p) / (RATIO**2 - 1.0)


def apollonius_ball(dimension: int, move: Floats | float = 0.0) -> MassProblem:
    """Return a gaussian around the centre of Apollonius' circle, or sphere, in the unit box.

    Parameters
    ----------
    dimension
        2 for a circle, 3 for a sphere.
    move
        By how much it is moved.

    Notes
    -----
    The mass of an isotropic normal distribution in a ball around its mean is the incomplete gamma
    function P(d / 2, R^2 / (2 std^2)): its squared radius is distributed as chi squared.
    """
    costs, radius, center = apollonius(dimension, move)
    std = 0.1
    inside = float(gammainc(0.5 * dimension, 0.5 * (radius / std) ** 2))
    total = float(np.prod(normal_mass(-center / std, (1.0 - center) / std)))
    shares = np.array([inside, total - inside]) / total
    return MassProblem(costs, _unit(dimension), gaussian(center, std), total, shares)


def half_plane(move: Floats | float = 0.0) -> MassProblem:
    """Return two cells with a straight, tilted bisector, under a gaussian that is hardly cut off.

    Parameters
    ----------
    move
        By how much they are moved.

    Notes
    -----
    Across the bisector the gaussian is a normal distribution.  Its mean is seven and a half
    standard deviations or more from the box's sides, outside of which are 1e-13 of it.
    """
    direction = np.array([1.0, 0.7]) / np.hypot(1.0, 0.7)
    std, away = 0.0625, 0.05
    center = np.full(2, 0.5) + move
    middle = center + away * direction
    inner = float(normal_mass(-np.inf, away / std))
    costs = distance_costs([middle - 0.1 * direction, middle + 0.1 * direction])
    return MassProblem(costs, _unit(2), gaussian(center, std), 1.0, np.array([inner, 1.0 - inner]))


def half_space(move: Floats | float = 0.0) -> MassProblem:
    """Return two cells on both sides of an upright plane in space, under a gaussian.

    Parameters
    ----------
    move
        By how much they are moved.

    Notes
    -----
    The gaussian is a product of normal distributions, so both masses are.
    """
    mean, std, middle = np.array([0.5, 0.45, 0.55]) + move, 0.2, np.array([0.53, 0.4, 0.6]) + move
    place, arm = middle[0], np.array([0.3, 0.0, 0.0])
    costs = distance_costs([middle - arm, middle + arm])
    across = float(normal_mass((place - mean[0]) / std, (1.0 - mean[0]) / std))
    total = normal_mass(-mean / std, (1.0 - mean) / std)
    shares = np.array([total[0] - across, across]) / total[0]
    return MassProblem(costs, _unit(3), gaussian(mean, std), float(total.prod()), shares)


def hyperbola(move: Floats | float = 0.0) -> MassProblem:
    """Return the areas on both sides of one branch of a hyperbola in the unit box.

    Parameters
    ----------
    move
        By how much they are moved.

    Notes
    -----
    |x - p| + 2 a = |x - q| with p, q at distance c from the middle: the branch
    x = -a sqrt(1 + y^2 / b^2) around p, b^2 = c^2 - a^2; its integral over y is elementary.
    """
    c, a = 0.2, 0.1
    b = sqrt(c * c - a * a)
    x, y = np.full(2, 0.5) + move  # the middle
    branch = (0.5 * a * (t * sqrt(1.0 + (t / b) ** 2) + b * asinh(t / b)) for t in (y, 1.0 - y))
    left = float(x) - sum(branch)
    costs = distance_costs([[x - c, y], [x + c, y]], offset=[2.0 * a, 0.0])
    return MassProblem(costs, _unit(2), Uniform(), 1.0, np.array([left, 1.0 - left]))


PROBLEMS: dict[str, Callable[..., MassProblem]] = {  # of the move, by default none
    "Apollonius' circle": partial(apollonius_ball, 2),
    "half plane": half_plane,
    "hyperbola": hyperbola,
    "Apollonius' sphere": partial(apollonius_ball, 3),
    "half space": half_space,
}


def normal_mass(low: Floats | float, high: Floats | float) -> Floats:
    """Return the mass of the standard normal distribution between two numbers.

    Examples
    --------
    >>> round(float(normal_mass(-1.0, 1.0)), 6)
    0.682689
    """
    return np.asarray(0.5 * (erf(np.asarray(high) / sqrt(2.0)) - erf(np.asarray(low) / sqrt(2.0))))


def _unit(dimension: int) -> Zone:
    return Zone.box([0.0] * dimension, [1.0] * dimension)
