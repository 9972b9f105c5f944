"""Costs from a user's function of the distance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from geomot import InvalidCostError, Zone, distance_costs, function_costs, minimization_diagram
from geomot.costs import FunctionProfile, monotone_bounds
from geomot.kernels.simplices import Floats

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
SITES = np.random.default_rng(4).random((7, 2))
OFFSET = np.linspace(0.0, 0.05, 7)
FACTOR = np.linspace(1.0, 2.0, 7)


def cubes(**changes: Any) -> dict[str, Any]:
    """Return the third power of the distance."""
    return {
        "value": lambda r: r**3,
        "slope": lambda r: 3.0 * r**2,
        "curvature": monotone_bounds(lambda r: 6.0 * r),
    } | changes


@pytest.mark.parametrize("name", ["cube", "distance"])
def test_powers_agree_with_the_ready_made_ones(name: str) -> None:
    zero = monotone_bounds(lambda r: 0.0 * r)
    functions = {
        "cube": (3.0, cubes()),
        "distance": (1.0, cubes(value=lambda r: r, slope=np.ones_like, curvature=zero)),
    }
    exponent, given = functions[name]
    own = minimization_diagram(function_costs(SITES, **given, factor=FACTOR, offset=OFFSET), UNIT, 1e-7)
    other = minimization_diagram(
        distance_costs(SITES, exponent=exponent, factor=FACTOR, offset=OFFSET), UNIT, 1e-9
    )
    assert np.abs(own.measures - other.measures).max() <= 1e-7
    points = np.random.default_rng(0).random((300, 2))
    assert np.array_equal(own.locate(points), other.locate(points))


def test_one_function_without_weights_is_a_voronoi_diagram() -> None:
    own = minimization_diagram(function_costs(SITES, **cubes()), UNIT)
    other = minimization_diagram(distance_costs(SITES, exponent=2.0), UNIT)
    np.testing.assert_allclose(own.measures, other.measures, rtol=0.0, atol=1e-14)


def wavy(r: Floats) -> Floats:
    return np.asarray(2.0 * r + 0.1 * np.sin(10.0 * r))


def wavy_slope(r: Floats) -> Floats:
    return np.asarray(2.0 + np.cos(10.0 * r))


def wavy_bounds(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bound -10 sin(10 r) by its value in the middle and its slope of at most 100."""
    middle, reach = -10.0 * np.sin(5.0 * (low + high)), 50.0 * (high - low)
    return np.maximum(middle - reach, -10.0), np.minimum(middle + reach, 10.0)


def test_bounds_hold() -> None:
    rng = np.random.default_rng(1)
    low = np.append(np.zeros(50), rng.random(200))
    high = low + rng.random(250) * 10.0 ** rng.uniform(-6.0, 0.0, 250)
    profile = FunctionProfile(wavy, wavy_slope, wavy_bounds)
    least, most = profile.curvatures(low**2, high**2, np.zeros(250, dtype=np.int64))
    for share in np.linspace(1e-9, 1.0, 17):
        r = low + share * (high - low)
        for eigenvalue in (wavy_slope(r) / r, -10.0 * np.sin(10.0 * r)):
            slack = 1e-9 * (1.0 + np.abs(eigenvalue))
            assert (eigenvalue >= least - slack).all()
            assert (eigenvalue <= most + slack).all()
    narrow = high - low < 1e-4 * low
    assert narrow.any()
    near = low[narrow]
    sharp = np.minimum(wavy_slope(near) / near, -10.0 * np.sin(10.0 * near))
    assert (least[narrow] - sharp).min() >= -0.1


def test_a_function_that_is_not_convex() -> None:
    costs = function_costs(SITES[:4], wavy, wavy_slope, wavy_bounds, offset=OFFSET[:4])
    diagram = minimization_diagram(costs, UNIT, 1e-5)
    points = np.random.default_rng(2).random((40_000, 2))
    values = costs.values(points[:, None], np.arange(4)[None])
    shares = np.bincount(values.argmin(axis=1), minlength=4) / len(points)
    assert np.abs(shares - diagram.measures).max() <= 5.0 * 0.5 / np.sqrt(len(points))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"value": lambda r: np.log(r - 1e3)}, "is not a finite number"),
        ({"value": lambda r: -r, "slope": lambda r: -np.ones_like(r)}, "does not increase"),
        ({"slope": lambda r: 2.0 * r**2}, "has a slope that is not its derivative"),
        ({"curvature": monotone_bounds(lambda r: r)}, "has a second derivative outside the bounds"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_refusals(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidCostError, match=match):
        function_costs(SITES, **cubes(**changes))
