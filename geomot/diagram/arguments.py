"""Checks of what users pass to diagrams."""

from __future__ import annotations

import numpy as np

from geomot.checking.numbers import number
from geomot.costs.base import Costs
from geomot.cubature.rules import simplex_rule
from geomot.densities.base import Density
from geomot.errors import InvalidArgumentError, InvalidCostError, InvalidDensityError
from geomot.geometry.zones.zone import Zone

EXAMINED = 10  # simplices of the zone in which costs are examined


def check_tolerance(tolerance: float) -> None:
    """Raise unless a tolerance is a share of the whole.

    Examples
    --------
    >>> check_tolerance(0.0)
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: tolerance is 0.0; expected a share ...
    """
    if not 0.0 < number(tolerance, "tolerance", InvalidArgumentError) < 1.0:
        raise InvalidArgumentError(
            f"tolerance is {tolerance}; expected a share of the total mass, above 0 and below 1, such "
            "as 1e-8"
        )


def check_chord(chord: float) -> None:
    """Raise unless a chord tolerance is a length.

    Examples
    --------
    >>> check_chord(-1.0)
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: chord tolerance is -1.0; expected a positive length in metres
    """
    if not 0.0 < number(chord, "chord tolerance", InvalidArgumentError) < np.inf:
        raise InvalidArgumentError(f"chord tolerance is {chord}; expected a positive length in metres")


def check_limit(max_iterations: int) -> None:
    """Raise unless a largest number of iterations is a whole number, at least 0.

    Examples
    --------
    >>> check_limit(float("nan"))
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: max_iterations is nan; expected a whole number, at least 0
    """
    if not isinstance(max_iterations, (int, np.integer)) or max_iterations < 0:
        raise InvalidArgumentError(
            f"max_iterations is {max_iterations!r}; expected a whole number, at least 0"
        )


def check_density(density: Density, zone: Zone) -> None:
    """Raise unless a density is one, and can be integrated over the zone.

    Examples
    --------
    >>> check_density(lambda x: x, Zone.box([0, 0], [1, 1]))
    Traceback (most recent call last):
    geomot.errors.InvalidDensityError: a density was asked of a function; expected a Density, ...
    """
    if not isinstance(density, Density):
        raise InvalidDensityError(
            f"a density was asked of a {type(density).__name__}; expected a Density, such as Uniform() "
            "or gaussian(mean, spread): wrap a function in function_density, numbers in grid_density"
        )
    density.check_in(zone)


def check_costs(costs: Costs) -> None:
    """Raise unless costs are such.

    Examples
    --------
    >>> check_costs([[0.0, 1.0]])
    Traceback (most recent call last):
    geomot.errors.InvalidCostError: costs were asked of a list; expected Costs, ...
    """
    if not isinstance(costs, Costs):
        raise InvalidCostError(
            f"costs were asked of a {type(costs).__name__}; expected Costs, such as "
            "distance_costs(points) makes"
        )


def check_costs_in(costs: Costs, zone: Zone) -> None:
    """Raise unless costs are such, of the zone's dimension, and do not contradict themselves in it.

    Examples
    --------
    >>> from geomot import distance_costs
    >>> check_costs_in(distance_costs([[0.5, 0.5, 0.5]]), Zone.box([0, 0], [1, 1]))
    Traceback (most recent call last):
    geomot.errors.InvalidCostError: costs are in 3 dimensions and the zone in 2; expected the same: ...
    """
    check_costs(costs)
    if costs.dimension != zone.dimension:
        raise InvalidCostError(
            f"costs are in {costs.dimension} dimensions and the zone in {zone.dimension}; expected "
            "the same: give the sites as many coordinates as the zone"
        )
    examine(costs, zone)


def examine(costs: Costs, zone: Zone) -> None:
    """Raise if costs, of the zone's dimension, contradict themselves at some points of it."""
    corners = zone.triangulation.corners
    some = corners[:: -(-len(corners) // EXAMINED)]
    coordinates, _ = simplex_rule(zone.dimension, 3)
    costs.examine((coordinates @ some).reshape(-1, zone.dimension))
