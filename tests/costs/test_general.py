"""Costs that are any functions: against families they imitate, brute force, and what they refuse."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from geomot import (
    Costs,
    InvalidCostError,
    Uniform,
    Zone,
    distance_costs,
    fixed_capacity_transport,
    function_costs,
    gaussian,
    general_costs,
    minimization_diagram,
)
from geomot.costs.estimates import estimated_bends, estimated_curvatures
from geomot.kernels.simplices import Floats

UNITS = {d: Zone.box([0.0] * d, [1.0] * d) for d in (2, 3)}
SITES = {d: np.random.default_rng(d).random((5, d)) for d in (2, 3)}
FACTORS = np.array([1.0, 1.2, 1.5, 0.8, 2.0])


def imitated(d: int, exponent: float, sampled: bool) -> tuple[Costs, Costs]:
    """Return distance costs, and general ones that have nothing but their functions."""
    costs = distance_costs(SITES[d], exponent=exponent, factor=FACTORS)
    bounds = () if sampled else (costs.curvatures, costs.bounds)
    return costs, general_costs(5, d, costs.values, costs.gradients, *bounds)


@pytest.mark.parametrize("sampled", [False, True], ids=["bounded", "sampled"])
@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0, 3.0])
def test_distances_as_any_functions(exponent: float, sampled: bool) -> None:
    known, costs = imitated(2, exponent, sampled)
    expected = minimization_diagram(known, UNITS[2], 1e-9)
    found = minimization_diagram(costs, UNITS[2], 1e-9)
    np.testing.assert_allclose(found.measures, expected.measures, rtol=0, atol=2e-9)
    assert found.bounded is not sampled
    masses = found.integrate(gaussian([0.4, 0.4], 0.2))
    assert masses.bounded is not sampled
    other = expected.integrate(gaussian([0.4, 0.4], 0.2))
    np.testing.assert_allclose(masses.values, other.values, rtol=0, atol=2e-9)
    assert all(region.polygon.is_valid for region in found.regions(1e-4))


@pytest.mark.parametrize("sampled", [False, True], ids=["bounded", "sampled"])
def test_distances_as_any_functions_in_space(sampled: bool) -> None:
    known, costs = imitated(3, 2.0, sampled)
    expected = minimization_diagram(known, UNITS[3], 1e-3)
    found = minimization_diagram(costs, UNITS[3], 1e-3)
    np.testing.assert_allclose(found.measures, expected.measures, rtol=0, atol=2e-3)


def test_capacities_of_cells_of_ellipses() -> None:
    stretch = np.array([[1.0, 3.0], [2.0, 1.0], [1.0, 1.0]])
    sites = SITES[2][:3]

    def ellipses(points: Any) -> Costs:
        return general_costs(
            3,
            2,
            lambda x, b: (stretch[b] * (x - points[b]) ** 2).sum(axis=1),
            lambda x, b: 2.0 * stretch[b] * (x - points[b]),
            lambda x, r, b: (2.0 * stretch[b].min(axis=1), 2.0 * stretch[b].max(axis=1)),
        )

    found = fixed_capacity_transport(sites, [1, 2, 3], Uniform(), UNITS[2], cost=ellipses)
    assert found.status == "converged" and found.bounded
    # the winner at each point of a fine raster
    ticks = (np.arange(1000) + 0.5) / 1000
    points = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    costs = (stretch[:, None] * (points - sites[:, None]) ** 2).sum(axis=2) + found.offsets[:, None]
    shares = np.bincount(costs.argmin(axis=0), minlength=3) / len(points)
    np.testing.assert_allclose(shares, [1 / 6, 1 / 3, 1 / 2], atol=1e-4)
    sampled = fixed_capacity_transport(
        sites,
        [1, 2, 3],
        Uniform(),
        UNITS[2],
        cost=lambda p: general_costs(3, 2, ellipses(p).values, ellipses(p).gradients),
    )
    assert not sampled.bounded
    np.testing.assert_allclose(sampled.offsets, found.offsets, atol=1e-9)


@pytest.mark.parametrize("factor", [np.ones(5), FACTORS])
def test_functions_of_the_distance_with_their_derivative_alone(factor: Floats) -> None:
    known = distance_costs(SITES[2], exponent=1.7, factor=factor)
    costs = function_costs(SITES[2], lambda r: r**1.7, lambda r: 1.7 * r**0.7, factor=factor)
    assert known.bounded and not costs.bounded
    found = minimization_diagram(costs, UNITS[2], 1e-9)
    expected = minimization_diagram(known, UNITS[2], 1e-9)
    np.testing.assert_allclose(found.measures, expected.measures, rtol=0, atol=2e-9)
    assert not found.integrate(Uniform()).bounded


def test_offsets_and_origins() -> None:
    known, costs = imitated(2, 2.0, False)
    points, numbers = np.random.default_rng(0).random((7, 1, 2)), np.arange(5)
    place, added, radii = np.array([0.5, 0.25]), np.arange(5.0), np.full((7, 1), 0.1)
    moved, expected = (each.with_offset(added).seen_from(place) for each in (costs, known))
    values = moved.values(points, numbers)
    np.testing.assert_allclose(values, expected.values(points, numbers), rtol=1e-14)
    (lower, upper), (low, high) = (each.bounds(points, radii, numbers) for each in (moved, expected))
    assert (lower <= values).all() and (values <= upper).all()
    # Taylor's bounds are those of squared distances, but for the least one where the site is near
    np.testing.assert_allclose(upper, high, rtol=1e-12)
    assert (lower <= low + 1e-12).all()


@pytest.mark.parametrize("radius", [1.0, 1e-2, 1e-4])
def test_estimates_hold_and_become_sharp(radius: float) -> None:
    rng = np.random.default_rng(1)
    centers, radii = rng.random((50, 2)), np.full(50, radius)

    def gradients(x: Floats) -> Floats:  # of sin(x) exp(y), whose Hessian has the eigenvalues +- exp(y)
        return np.stack([np.cos(x[..., 0]), np.sin(x[..., 0])], axis=-1) * np.exp(x[..., 1:])

    lower, upper = estimated_curvatures(gradients, centers, radii)
    inside = centers[:, None] + radius * 0.7 * rng.uniform(-1.0, 1.0, (50, 40, 2))
    largest = np.exp(inside[..., 1]).max(axis=1)
    assert (upper >= largest).all() and (lower <= -largest).all()
    assert (upper - np.exp(centers[:, 1]) <= 40.0 * radius).all()
    low = rng.random(50)
    bends = estimated_bends(np.exp, low, low + radius)
    assert (bends[0] <= np.exp(low)).all() and (bends[1] >= np.exp(low + radius)).all()
    assert (bends[1] - bends[0] <= 30.0 * radius).all()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"count": 0}, "got 0 as the number of sites"),
        ({"count": 2.5}, r"got 2\.5 as the number of sites"),
        ({"dimension": 4}, "got 4 as their dimension"),
        ({"values": 3}, "got 3 as their values"),
        ({"gradients": None}, "got None as their gradients"),
        ({"curvatures": 1.0}, "as their curvatures; expected a function of centres"),
        ({"bounds": "no"}, "as their bounds"),
        ({"offset": [1.0]}, r"offset has shape \(1,\); expected \(2,\)"),
        ({"offset": [1.0, np.nan]}, "offset of site 1 is nan"),
    ],
)
def test_what_is_no_cost_is_refused(change: dict[str, Any], match: str) -> None:
    valid: dict[str, Any] = {
        "count": 2,
        "dimension": 2,
        "values": lambda x, b: x[:, 0],
        "gradients": lambda x, b: np.zeros_like(x),
    }
    with pytest.raises(InvalidCostError, match=match):
        general_costs(**(valid | change))


def test_functions_for_single_points_are_refused() -> None:
    wrong = partial(general_costs, 2, 2, lambda x, b: 1.0)
    with pytest.raises(
        InvalidCostError, match=r"values have shape \(\) for \d+ points; expected \(\d+,\)"
    ):
        minimization_diagram(wrong(lambda x, b: x), UNITS[2])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"gradients": lambda x, b: 3.0 * x}, "gradients that are not those of its values"),
        ({"curvatures": lambda x, r, b: (0.0 * r, 1.5 + 0.0 * r)}, "curvatures beyond their bounds"),
        ({"curvatures": lambda x, r, b: (2.5 + 0.0 * r, 3.0 + 0.0 * r)}, "curvatures beyond their"),
        ({"values": lambda x, b: np.full(len(x), np.nan)}, "values or gradients that are not finite"),
    ],
)
@pytest.mark.parametrize("place", [0.0, 1e4])
def test_functions_that_contradict_each_other_are_refused(
    change: dict[str, Any], match: str, place: float
) -> None:
    functions: dict[str, Any] = {
        "values": lambda x, b: ((x - place) ** 2).sum(axis=1) + b,
        "gradients": lambda x, b: 2.0 * (x - place),
        "curvatures": lambda x, r, b: (2.0 + 0.0 * r, 2.0 + 0.0 * r),
    }
    zone = Zone.box([place, place], [place + 1.0, place + 1.0])
    right = general_costs(2, 2, **functions)
    np.testing.assert_allclose(minimization_diagram(right, zone, 1e-6).measures, [1.0, 0.0], atol=1e-6)
    wrong = general_costs(2, 2, **(functions | change))
    with pytest.raises(InvalidCostError, match=match):
        minimization_diagram(wrong, zone, 1e-6)
    with pytest.raises(InvalidCostError, match=match):
        fixed_capacity_transport(np.zeros((2, 2)), [1, 1], Uniform(), zone, cost=lambda points: wrong)
