"""Densities against scipy, and their bounds over sampled balls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from geomot import (
    Density,
    InvalidDensityError,
    Uniform,
    Zone,
    congestion_equilibrium,
    distance_costs,
    gaussian,
    grid_density,
    minimization_diagram,
    mixture,
    power_diagram,
)
from geomot.densities import Scaled
from geomot.diagram import normalized

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
DENSITIES: dict[str, Density] = {
    "uniform": Uniform(),
    "gaussian": gaussian([0.3, 0.7], 0.2),
    "thin": gaussian([0.3, 0.7], [1e-3, 0.5]),
    "mixture": mixture(
        [2.0, 0.5, 1.0], [[0.1, 0.9], [0.5, 0.5], [2.0, -1.0]], [0.2, [0.05, 0.1], 1e-3]
    ),
    "scaled": Scaled(gaussian([0.3, 0.7], 0.2), 17.0),
    "space": mixture([1.0, 3.0], [[0.0, 0.2, 0.3], [1.0, 1.0, 0.0]], [0.1, [0.2, 0.3, 0.01]]),
}


def dimension(name: str) -> int:
    return 3 if name == "space" else 2


def balls(name: str, seed: int, size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return balls and points in each of them, half on the surface."""
    rng, d = np.random.default_rng(seed), dimension(name)
    centers, radii = rng.uniform(-1.0, 2.0, (8, d)), 10.0**size * rng.uniform(0.5, 1.0, 8)
    arms = rng.normal(size=(8, 80, d))
    arms /= np.linalg.norm(arms, axis=2, keepdims=True)
    arms[:, :40] *= rng.random((8, 40, 1))
    arms[:, 0] = 0.0
    return centers, radii, centers[:, None] + radii[:, None, None] * arms


def test_gaussian_values_against_scipy() -> None:
    points = np.random.default_rng(0).random((50, 3))
    expected = multivariate_normal([0.3, 0.1, 0.6], np.diag([0.2, 0.5, 0.1]) ** 2).pdf(points)
    found = gaussian([0.3, 0.1, 0.6], [0.2, 0.5, 0.1]).values(points)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_mixture_is_the_weighted_sum() -> None:
    points = np.random.default_rng(0).random((5, 10, 2))
    parts = [gaussian([0.2, 0.3], 0.1), gaussian([0.8, 0.5], [0.3, 0.2])]
    found = mixture([2.0, 0.7], [[0.2, 0.3], [0.8, 0.5]], [0.1, [0.3, 0.2]]).values(points)
    np.testing.assert_allclose(
        found, 2.0 * parts[0].values(points) + 0.7 * parts[1].values(points), rtol=1e-14
    )
    assert found.shape == (5, 10)


def test_uniform_is_one() -> None:
    assert Uniform().values(np.zeros((4, 5, 2))).tolist() == np.ones((4, 5)).tolist()
    assert np.isinf(Uniform().feature_sizes(np.zeros((4, 2)), np.ones(4))).all()


@pytest.mark.parametrize("name", DENSITIES)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-5.0, 0.5))
def test_upper_bounds_hold(name: str, seed: int, size: float) -> None:
    centers, radii, points = balls(name, seed, size)
    density = DENSITIES[name]
    bounds, values = density.upper_bounds(centers, radii), density.values(points)
    assert bounds.shape == (8,)
    assert (values >= 0.0).all()
    assert (values <= bounds[:, None] * (1.0 + 1e-12)).all()
    sharp = density.upper_bounds(centers, np.zeros(8))
    np.testing.assert_allclose(sharp, values[:, 0], rtol=1e-9)


@pytest.mark.parametrize("name", DENSITIES)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-5.0, 0.5))
def test_feature_sizes_bound_the_variation(name: str, seed: int, size: float) -> None:
    centers, radii, points = balls(name, seed, size)
    density = DENSITIES[name]
    sizes = density.feature_sizes(centers, radii)
    assert (sizes > 0.0).all()
    assert not np.isnan(sizes).any()
    # across a feature the logarithm changes by about one: over the distance to the centre by as many
    values = density.values(points)
    distances = np.linalg.norm(points - centers[:, None], axis=2)
    peak = density.upper_bounds(centers, radii)
    visible = (values > 1e-12 * peak[:, None]) & (values[:, :1] > 1e-12 * peak[:, None])
    with np.errstate(all="ignore"):  # where nothing is visible
        change = np.abs(np.log(values / values[:, :1]))
    allowed = distances / sizes[:, None] + 1e-9
    assert (change[visible] <= allowed[visible]).all()


@pytest.mark.parametrize("name", ["gaussian", "mixture"])
def test_scaling_scales_the_bounds(name: str) -> None:
    density = DENSITIES[name]
    scaled = Scaled(density, 0.25)
    centers, radii = np.random.default_rng(1).random((9, 2)), np.full(9, 0.1)
    np.testing.assert_allclose(
        scaled.upper_bounds(centers, radii), 0.25 * density.upper_bounds(centers, radii), rtol=1e-15
    )
    np.testing.assert_array_equal(
        scaled.feature_sizes(centers, radii), density.feature_sizes(centers, radii)
    )
    np.testing.assert_allclose(scaled.values(centers), 0.25 * density.values(centers), rtol=1e-15)


def test_normalized_has_mass_one() -> None:
    from scipy.special import erf

    zone = Zone.box([0.0, 0.0], [1.0, 1.0])
    density = normalized(gaussian([0.1, 0.8], 0.3), zone, 1e-12)
    parts = [
        0.5 * (erf((1.0 - m) / 0.3 / np.sqrt(2.0)) + erf(m / 0.3 / np.sqrt(2.0))) for m in (0.1, 0.8)
    ]
    assert 1.0 / density.factor == pytest.approx(parts[0] * parts[1], rel=1e-12)


@pytest.mark.parametrize(
    ("weights", "means", "spreads", "match"),
    [
        ([], np.empty((0, 2)), [], r"weights of shape \(0,\) and means of shape \(0, 2\); expected"),
        (
            [1.0],
            [[0.0, 0.0], [1.0, 1.0]],
            [1.0, 1.0],
            r"weights of shape \(1,\) and means of shape \(2, 2\)",
        ),
        ([1.0], [0.0, 0.0], [1.0], r"means of shape \(2,\); expected"),
        ([[1.0]], [[0.0, 0.0]], [1.0], r"weights of shape \(1, 1\)"),
        ([1.0], [[0.0, 0.0]], [[1.0, 1.0, 1.0]], "do not fit means in 2 dimensions"),
        ([1.0], [[0.0, 0.0]], [1.0, 2.0], "got 2 standard deviations for 1 components"),
        ([0.0], [[0.0, 0.0]], [1.0], "expected finite numbers, weights and deviations above 0"),
        ([-1.0], [[0.0, 0.0]], [1.0], "weights and deviations above 0"),
        ([np.nan], [[0.0, 0.0]], [1.0], "expected finite numbers"),
        ([1.0], [[0.0, np.inf]], [1.0], "expected finite numbers"),
        ([1.0], [[0.0, 0.0]], [0.0], "weights and deviations above 0"),
        ([1.0], [[0.0, 0.0]], [[1.0, -1.0]], "weights and deviations above 0"),
        ([1.0], [[0.0, 0.0]], [np.inf], "expected finite numbers"),
    ],
)
def test_bad_mixture(weights: object, means: object, spreads: list[object], match: str) -> None:
    with pytest.raises(InvalidDensityError, match=match):
        mixture(weights, means, spreads)  # type: ignore[arg-type]


@pytest.mark.parametrize("spread", [0.0, -1.0, float("nan")])
def test_bad_gaussian(spread: float) -> None:
    with pytest.raises(
        InvalidDensityError, match="expected finite numbers, weights and deviations above 0"
    ):
        gaussian([0.0, 0.0], spread)


UNIT = Zone.box([0, 0], [1, 1])


def test_mass_too_faint_to_divide_by_is_refused_and_named() -> None:
    # exp(-37.3^2 / 2) is 1e-302: its inverse times the peak overflows, and what rests on it is NaN
    town, zone = gaussian([-37.3, 400.0], 1.0), Zone.box([0, 0], [1000, 800])
    with pytest.raises(InvalidDensityError, match=r"mass in the zone is at most .*e-2\d\d; expected"):
        congestion_equilibrium(distance_costs([[1.0, 300.0], [3.0, 500.0]]), town, zone)


def test_faint_mass_that_can_be_divided_by_is_integrated() -> None:
    mass = 1.0 / normalized(gaussian([-30.0, 0.5], [1.0, 0.2]), UNIT, 1e-8).factor
    expected = norm.sf(30.0) - norm.sf(31.0)
    assert mass == pytest.approx(expected * (1.0 - 2.0 * norm.sf(2.5)), rel=1e-8)


@pytest.mark.parametrize("value", [1e-320, 1e-308, 1e-260])
@pytest.mark.parametrize("kind", ["minimization", "power"])
def test_densities_of_subnormal_numbers_are_refused(value: float, kind: str) -> None:
    sites = [[0.2, 0.5], [0.7, 0.5]]
    density = grid_density(np.full((2, 2), value), [0, 0], [1, 1])
    diagram = (
        power_diagram(sites, [0.0, 0.0], UNIT)
        if kind == "power"
        else minimization_diagram(distance_costs(sites), UNIT)
    )
    with pytest.raises(InvalidDensityError, match="mass in the zone"):
        diagram.integrate(density)


def test_numbers_of_any_normal_size_have_the_same_shares() -> None:
    diagram = minimization_diagram(distance_costs([[0.2, 0.5], [0.7, 0.5]]), UNIT)
    numbers = np.array([[1.0, 2.0], [3.0, 4.0]])
    for size in (1e-240, 1e290):
        found = diagram.integrate(grid_density(size * numbers, [0, 0], [1, 1], "constant"))
        # the bisector is x = 0.45
        np.testing.assert_allclose(found.values / size, [0.675, 1.825], rtol=1e-12)
        assert found.errors.max() <= 1e-6 * size
