"""Locating points, and arguments that a diagram refuses."""

from __future__ import annotations

import numpy as np
import pytest

from geomot import (
    InvalidArgumentError,
    InvalidCostError,
    InvalidDensityError,
    Zone,
    distance_costs,
    gaussian,
    minimization_diagram,
)
from tests.diagram.checks import check_locate

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
SITES = np.random.default_rng(4).random((20, 2))


@pytest.mark.parametrize("exponent", [1.0, 2.0, 5.0])
def test_locate_is_the_argument_of_the_minimum(exponent: float) -> None:
    factor = 1.0 + np.arange(20) % 3
    check_locate(
        minimization_diagram(distance_costs(SITES, exponent=exponent, factor=factor), UNIT, 1e-3)
    )


def test_locate_outside_the_zone() -> None:
    zone = Zone.polygon([(0, 0), (1, 0), (0, 1)])
    diagram = minimization_diagram(distance_costs([[0.2, 0.2], [0.8, 0.8]]), zone, 1e-3)
    points = [[0.1, 0.1], [0.8, 0.8], [-0.1, 0.5], [0.5, 0.5], [0.0, 0.0]]
    assert diagram.locate(points).tolist() == [0, -1, -1, 0, 0]
    assert diagram.locate(np.empty((0, 2))).shape == (0,)


def test_locate_ties_go_to_the_first_site() -> None:
    sites = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]
    diagram = minimization_diagram(distance_costs(sites), UNIT, 1e-3)
    points = [[0.5, 0.5], [0.5, 0.1], [0.9, 0.5], [0.5, 0.9]]
    assert diagram.locate(points).tolist() == [0, 0, 1, 2]


def test_locate_many_points_with_many_sites() -> None:
    sites = np.random.default_rng(6).random((60, 2))
    points = np.random.default_rng(7).random((40_000, 2))
    diagram = minimization_diagram(distance_costs(sites), UNIT, 1e-2)
    from scipy.spatial import cKDTree

    nearest = cKDTree(sites).query(points)[1]
    assert (diagram.locate(points) == nearest).mean() > 0.9999


@pytest.mark.parametrize(
    ("points", "match"),
    [
        ([[np.nan, 0.5]], r"points to locate have shape \(1, 2\); expected finite coordinates"),
        ([[np.inf, 0.5]], "expected finite coordinates"),
        ([0.5, 0.5], r"points to locate have shape \(2,\); expected finite coordinates \(m, 2\)"),
        ([[0.5, 0.5, 0.5]], r"shape \(1, 3\); expected finite coordinates \(m, 2\)"),
    ],
)
def test_bad_points(points: object, match: str) -> None:
    diagram = minimization_diagram(distance_costs(SITES[:2]), UNIT, 1e-2)
    with pytest.raises(InvalidArgumentError, match=match):
        diagram.locate(points)  # type: ignore[arg-type]


@pytest.mark.parametrize("tolerance", [0.0, -1e-9, 1.0, 2.0, float("nan"), float("inf")])
def test_bad_tolerance(tolerance: float) -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"tolerance is .*; expected a share of the total mass"
    ):
        minimization_diagram(distance_costs(SITES), UNIT, tolerance)


def test_costs_and_zone_of_different_dimension() -> None:
    with pytest.raises(InvalidCostError, match="costs are in 3 dimensions and the zone in 2; expected"):
        minimization_diagram(distance_costs([[0.0, 0.0, 0.0]]), UNIT)


def test_density_without_mass() -> None:
    diagram = minimization_diagram(distance_costs(SITES), UNIT, 1e-2)
    with pytest.raises(InvalidDensityError, match="expected a positive, finite mass"):
        diagram.integrate(gaussian([99.0, 0.0], 0.1))


def test_density_of_another_dimension_is_refused() -> None:
    diagram = minimization_diagram(distance_costs([[0.2, 0.3]]), Zone.box([0, 0], [1, 1]), 0.1)
    with pytest.raises(InvalidDensityError, match="in 3 dimensions and the zone in 2"):
        diagram.integrate(gaussian([0.0, 0.0, 0.0], 1.0))
