"""Densities against scipy, and their bounds over sampled balls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from geomot import Density, InvalidDensityError, Uniform, Zone, gaussian, mixture
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
