"""Logarithms of densities against mpmath, and their bends over sampled balls."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import norm

from geomot import Density, InvalidDensityError, Uniform, gaussian, mixture
from geomot.densities import Mixture, Scaled

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
MIXTURES: dict[str, Mixture] = {
    "gaussian": gaussian([0.3, 0.7], 0.2),
    "thin": gaussian([0.3, 0.7], [1e-3, 0.5]),
    "alike": mixture([1.0] * 4, [[0.2, 0.2], [0.8, 0.2], [0.2, 0.8], [0.8, 0.8]], [0.1] * 4),
    "mixture": mixture(
        [2.0, 0.5, 1.0], [[0.1, 0.9], [0.5, 0.5], [2.0, -1.0]], [0.2, [0.05, 0.1], 1e-3]
    ),
    "space": mixture([1.0, 3.0], [[0.0, 0.2, 0.3], [1.0, 1.0, 0.0]], [0.1, [0.2, 0.3, 0.01]]),
}
METHODS = ("log_values", "log_gradients", "log_bends")


class Rough(Uniform):
    """A density that says nothing about its logarithm."""

    log_values = Density.log_values
    log_gradients = Density.log_gradients
    log_bends = Density.log_bends


def exact(density: Mixture, point: list[mpmath.mpf]) -> mpmath.mpf:
    """Return the logarithm of a mixture with many digits."""
    total = mpmath.mpf(0)
    for weight, mean, spread in zip(density.weights, density.means, density.spreads, strict=True):
        term = mpmath.mpf(weight)
        for x, m, s in zip(point, mean, spread, strict=True):
            term *= mpmath.npdf(x, mpmath.mpf(m), mpmath.mpf(s))
        total += term
    return mpmath.log(total)


def along(density: Mixture, point: np.ndarray, arms: tuple[int, ...]) -> float:
    """Return the mixed derivative of the logarithm along some axes."""
    count = len(arms)

    def moved(*steps: mpmath.mpf) -> mpmath.mpf:
        there = [mpmath.mpf(x) for x in point.tolist()]
        for axis, step in zip(arms, steps, strict=True):
            there[axis] += step
        return exact(density, there)

    return float(mpmath.diff(moved, (0,) * count, (1,) * count))


def hessians(density: Mixture, points: np.ndarray) -> np.ndarray:
    """Return the covariance of the components' gradients minus their mean inverse square spread."""
    parts = [
        np.log(weight) + norm(mean, spread).logpdf(points).sum(axis=-1)
        for weight, mean, spread in zip(density.weights, density.means, density.spreads, strict=True)
    ]
    shares = softmax(np.stack(parts, axis=-1), axis=-1)
    arms = (density.means - points[..., None, :]) / density.spreads**2
    arms = arms - (shares[..., None] * arms).sum(axis=-2, keepdims=True)
    spread = np.einsum("...k,...ki,...kj->...ij", shares, arms, arms)
    return np.asarray(
        spread
        - np.einsum("...k,ki,ij->...ij", shares, density.spreads**-2.0, np.eye(density.dimension))
    )


def places(density: Mixture, seed: int, count: int = 6) -> np.ndarray:
    """Return points near and between the means, and one that is far away."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.5, 1.5, (count, density.dimension))
    points[0] = density.means[-1] + 0.3 * density.spreads[-1]
    points[1] = density.means.mean(axis=0)
    points[2] = 40.0
    return points


@pytest.mark.parametrize("name", MIXTURES)
def test_logarithm_against_mpmath_also_where_the_density_underflows(name: str) -> None:
    density = MIXTURES[name]
    points = places(density, 1)
    found = density.log_values(points)
    assert density.values(points)[2] == 0.0
    with mpmath.workdps(40):
        for point, value in zip(points.tolist(), found, strict=True):
            expected = float(exact(density, [mpmath.mpf(x) for x in point]))
            assert value == pytest.approx(expected, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("name", MIXTURES)
def test_gradient_of_the_logarithm_against_mpmath(name: str) -> None:
    density = MIXTURES[name]
    points = places(density, 2)
    found = density.log_gradients(points)
    with mpmath.workdps(40):
        for point, slope in zip(points, found, strict=True):
            expected = [along(density, point, (axis,)) for axis in range(density.dimension)]
            pulls = np.abs((density.means - point) / density.spreads**2)
            np.testing.assert_allclose(slope, expected, rtol=0.0, atol=1e-12 * pulls.max())


@pytest.mark.parametrize("name", MIXTURES)
def test_hessian_formula_of_these_tests(name: str) -> None:
    density = MIXTURES[name]
    d = density.dimension
    points = places(density, 3, 4)
    with mpmath.workdps(60):
        for point, found in zip(points, hessians(density, points), strict=True):
            expected = [[along(density, point, (i, j)) for j in range(d)] for i in range(d)]
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-9 * np.abs(found).max())


@pytest.mark.parametrize("name", MIXTURES)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-5.0, 0.5))
def test_bends_hold(name: str, seed: int, size: float) -> None:
    density, rng = MIXTURES[name], np.random.default_rng(seed)
    centers, radii = rng.uniform(-1.0, 2.0, (8, density.dimension)), 10.0**size * rng.random(8)
    arms = rng.normal(size=(8, 80, density.dimension))
    arms /= np.linalg.norm(arms, axis=2, keepdims=True)
    arms[:, :40] *= rng.random((8, 40, 1))
    found = hessians(density, centers[:, None] + radii[:, None, None] * arms)
    bounds = density.log_bends(centers, radii)
    assert bounds.shape == (8,)
    largest = np.linalg.norm(found, ord=2, axis=(2, 3))
    assert (largest <= bounds[:, None] * (1.0 + 1e-9)).all()


@pytest.mark.parametrize("spread", [0.2, [0.5, 1e-3], [0.1, 0.2, 0.3]])
def test_bend_of_one_component_is_its_inverse_square_spread(spread: float | list[float]) -> None:
    d = 2 if np.ndim(spread) == 0 else len(np.atleast_1d(spread))
    bounds = gaussian([0.0] * d, spread).log_bends(np.ones((3, d)), np.array([0.0, 1.0, 1e3]))
    np.testing.assert_allclose(bounds, np.min(spread) ** -2.0, rtol=1e-14)


@pytest.mark.parametrize("apart", [3.0, 6.0, 10.0])
def test_bends_of_small_balls_are_no_more_than_twice_the_truth(apart: float) -> None:
    """Between two equal components, 2 a apart in units of spreads, it is a^2 - 1 or 1."""
    density = mixture([1.0, 1.0], [[-0.5 * apart, 0.0], [0.5 * apart, 0.0]], [1.0, 1.0])
    centers = np.array([[0.0, 0.0], [0.0, 0.7], [0.5 * apart + 1.0, 0.0]])
    truth = np.linalg.norm(hessians(density, centers), ord=2, axis=(1, 2))
    assert truth[0] == pytest.approx(max(1.0, 0.25 * apart**2 - 1.0), rel=1e-12)
    bounds = density.log_bends(centers, np.full(3, 1e-4))
    assert (bounds <= 2.0 * truth).all()
    at_points = density.log_bends(centers, np.zeros(3))
    np.testing.assert_allclose(bounds, at_points, rtol=1e-2)


@pytest.mark.parametrize("radius", [0.1, 2.0, 6.0])
def test_bends_around_a_heavy_core_are_attained_where_its_halo_begins(radius: float) -> None:
    """Concentric components are equal on a circle, here the outermost point of each ball."""
    density = mixture([1.0, 1e-40], [[0.0, 0.0], [0.0, 0.0]], [1.0, 30.0])
    slope = 1.0 - 30.0**-2
    edge = np.sqrt(2.0 * np.log(1e40 * 30.0**2) / slope)
    truth = np.linalg.norm(hessians(density, np.array([[edge, 0.0]])), ord=2, axis=(1, 2))[0]
    assert truth == pytest.approx(0.25 * (edge * slope) ** 2 - 0.5 * (1.0 + 30.0**-2), rel=1e-9)
    bound = density.log_bends(np.array([[edge - radius, 0.0]]), np.array([radius]))[0]
    assert truth <= bound <= truth + 0.51


def test_bends_of_balls_within_balls_are_no_larger() -> None:
    density, radii = MIXTURES["mixture"], np.geomspace(1e-4, 3.0, 40)
    centers = np.broadcast_to([0.4, 0.6], (40, 2))
    assert (np.diff(density.log_bends(centers, radii)) >= 0.0).all()


def test_uniform_logarithm_is_zero() -> None:
    points, radii = np.ones((4, 5, 3)), np.ones((4, 5))
    assert np.array_equal(Uniform().log_values(points), np.zeros((4, 5)))
    assert np.array_equal(Uniform().log_gradients(points), np.zeros((4, 5, 3)))
    assert np.array_equal(Uniform().log_bends(points, radii), np.zeros((4, 5)))


@pytest.mark.parametrize("factor", [0.25, 17.0, 1e-300])
def test_scaling_adds_to_the_logarithm_and_bends_nothing(factor: float) -> None:
    density = MIXTURES["mixture"]
    scaled = Scaled(density, factor)
    points, radii = np.random.default_rng(1).random((9, 2)), np.full(9, 0.1)
    inner = density.log_values(points)
    np.testing.assert_allclose(scaled.log_values(points) - inner, np.log(factor), rtol=1e-13)
    np.testing.assert_array_equal(scaled.log_gradients(points), density.log_gradients(points))
    np.testing.assert_array_equal(scaled.log_bends(points, radii), density.log_bends(points, radii))


@pytest.mark.parametrize("name", ["mixture", "space"])
def test_batches_of_logarithms_broadcast(name: str) -> None:
    density, rng = MIXTURES[name], np.random.default_rng(2)
    points, radii = rng.random((4, 7, density.dimension)), rng.random((4, 7))
    values, slopes = density.log_values(points), density.log_gradients(points)
    bends = density.log_bends(points, radii)
    assert (values.shape, slopes.shape, bends.shape) == ((4, 7), points.shape, (4, 7))
    for i, j in np.ndindex(4, 7):
        np.testing.assert_allclose(values[i, j], density.log_values(points[i, j]), rtol=1e-14)
        np.testing.assert_allclose(slopes[i, j], density.log_gradients(points[i, j]), rtol=1e-14)
        one = density.log_bends(points[i, j][None], radii[i, j][None])
        np.testing.assert_allclose(bends[i, j], one[0], rtol=1e-14)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("density", [Rough(), Scaled(Rough(), 2.0)])
def test_a_density_without_smooth_logarithm_says_so(density: Density, method: str) -> None:
    arguments = [np.zeros((1, 2)), np.zeros(1)][: 2 if method == "log_bends" else 1]
    with pytest.raises(
        InvalidDensityError,
        match="density of type Rough has no smooth logarithm; expected one that is positive and twice",
    ):
        getattr(density, method)(*arguments)
