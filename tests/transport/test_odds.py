"""The part of one density in the sum of two, against mpmath and over sampled balls."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomot import InvalidDensityError, Uniform, gaussian, mixture
from geomot.densities import Density, Mixture, Scaled
from geomot.transport.density_share import Odds
from tests.differences import central

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
PLANE, SPACE = np.zeros(2), np.zeros(3)
FOUR = mixture([1.0] * 4, [[0.2, 0.2], [0.8, 0.2], [0.2, 0.8], [0.8, 0.8]], [0.1] * 4)
ODDS = {
    "gaussian and uniform": Odds(gaussian([0.3, 0.7], 0.2), Uniform(), 0.5, PLANE),
    "gaussian and mixture": Odds(gaussian([0.4, 0.4], 0.15), Scaled(FOUR, 3.0), 0.1, PLANE),
    "thin": Odds(gaussian([0.3, 0.7], [0.05, 0.5]), gaussian([0.3, 0.2], [0.5, 0.05]), 2.0, PLANE),
    "elsewhere": Odds(gaussian([1.3, 1.7], 0.2), FOUR, 1.0, np.array([1.0, -0.5])),
    "space": Odds(
        mixture([1.0, 3.0], [[0.0, 0.2, 0.3], [1.0, 1.0, 0.0]], [0.3, [0.2, 0.3, 0.1]]),
        Uniform(),
        7.0,
        SPACE,
    ),
}


def exact_density(density: Density, point: list[mpmath.mpf]) -> mpmath.mpf:
    if isinstance(density, Scaled):
        return mpmath.mpf(density.factor) * exact_density(density.density, point)
    if isinstance(density, Uniform):
        return mpmath.mpf(1)
    assert isinstance(density, Mixture)
    total = mpmath.mpf(0)
    for weight, mean, spread in zip(density.weights, density.means, density.spreads, strict=True):
        term = mpmath.mpf(weight)
        for x, m, s in zip(point, mean, spread, strict=True):
            term *= mpmath.npdf(x, mpmath.mpf(m), mpmath.mpf(s))
        total += term
    return total


def exact(odds: Odds, point: np.ndarray, axes: tuple[int, ...] = ()) -> mpmath.mpf:
    """Return g / (g + s f), or its derivative along some axes."""

    def value(*steps: mpmath.mpf) -> mpmath.mpf:
        there = [mpmath.mpf(x) + mpmath.mpf(o) for x, o in zip(point, odds.origin, strict=True)]
        for axis, step in zip(axes, steps, strict=True):
            there[axis] += step
        one = exact_density(odds.density, there)
        return one / (one + mpmath.mpf(odds.scale) * exact_density(odds.other, there))

    if not axes:
        return value()
    return mpmath.diff(value, (0,) * len(axes), (1,) * len(axes))


def norms(odds: Odds, point: np.ndarray) -> tuple[float, float]:
    """Return the norms of the gradient and of the Hessian in mpmath."""
    d = len(point)
    with mpmath.workdps(40):
        slope = [float(exact(odds, point, (i,))) for i in range(d)]
        bend = [[float(exact(odds, point, (i, j))) for j in range(d)] for i in range(d)]
    return float(np.linalg.norm(slope)), float(np.linalg.norm(bend, ord=2))


def in_balls(odds: Odds, centers: np.ndarray, radii: np.ndarray, seed: int) -> np.ndarray:
    """Return 60 points of each ball, the first its centre, half of them on the surface."""
    rng = np.random.default_rng(seed)
    arms = rng.normal(size=(len(centers), 60, centers.shape[1]))
    arms /= np.linalg.norm(arms, axis=2, keepdims=True)
    arms[:, :30] *= rng.random((len(centers), 30, 1))
    arms[:, 0] = 0.0
    return centers[:, None] + radii[:, None, None] * arms


def hessians(odds: Odds, points: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Return second derivatives from differences of gradients, ``(..., d, d)``."""
    columns = [
        central(lambda t, axis=axis: odds.gradients(points + t * axis), step)
        for axis in np.eye(points.shape[-1])
    ]
    return np.stack(columns, axis=-1)


def rounding(odds: Odds, points: np.ndarray) -> np.ndarray:
    """Return what the gradient may be wrong by where 1 - a is rounded, ``(...)``."""
    there = points + odds.origin
    slopes = odds.density.log_gradients(there) - odds.other.log_gradients(there)
    return np.asarray(np.finfo(float).eps * np.linalg.norm(slopes, axis=-1))


def some_points(odds: Odds, seed: int, count: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.3, 1.3, (count, len(odds.origin))) - odds.origin


@pytest.mark.parametrize("name", ODDS)
def test_values_against_mpmath(name: str) -> None:
    odds = ODDS[name]
    points = some_points(odds, 1, 30)
    found = odds.values(points)
    with mpmath.workdps(40):
        expected = [float(exact(odds, point)) for point in points]
    # errors of the exponents, some hundreds at most, are relative errors of small parts
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", ODDS)
def test_gradients_against_mpmath(name: str) -> None:
    odds = ODDS[name]
    points = some_points(odds, 2)
    d = points.shape[1]
    with mpmath.workdps(40):
        expected = np.array(
            [[float(exact(odds, point, (axis,))) for axis in range(d)] for point in points]
        )
    largest = np.abs(expected).max(axis=1, keepdims=True)
    error = np.abs(odds.gradients(points) - expected)
    assert (error <= 1e-11 * largest + rounding(odds, points)[:, None]).all()


@pytest.mark.parametrize("name", ODDS)
def test_differences_of_these_tests_against_mpmath(name: str) -> None:
    odds = ODDS[name]
    points = some_points(odds, 3, 4)
    found = np.linalg.norm(hessians(odds, points), ord=2, axis=(1, 2))
    noise = rounding(odds, points) / 1e-4
    for point, value, slack in zip(points, found, noise, strict=True):
        assert value == pytest.approx(norms(odds, point)[1], rel=1e-5, abs=slack)


@pytest.mark.parametrize("name", ODDS)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-4.0, 0.5))
def test_bounds_hold(name: str, seed: int, size: float) -> None:
    odds = ODDS[name]
    centers = some_points(odds, seed)
    radii = 10.0**size * np.random.default_rng(seed).uniform(0.5, 1.0, 8)
    values = odds.values(in_balls(odds, centers, radii, seed))
    lower, upper = odds.bounds(centers, radii)
    assert lower.shape == upper.shape == (8,)
    assert (lower[:, None] <= values * (1.0 + 1e-12)).all()
    assert (values <= upper[:, None] * (1.0 + 1e-12)).all()
    assert (lower >= 0.0).all() and (upper <= 1.0).all()


@pytest.mark.parametrize("name", ODDS)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-4.0, 0.0))
def test_derivative_bounds_hold(name: str, seed: int, size: float) -> None:
    odds = ODDS[name]
    centers = some_points(odds, seed)
    radii = 10.0**size * np.random.default_rng(seed).uniform(0.5, 1.0, 8)
    points = in_balls(odds, centers, radii, seed)
    slopes = np.linalg.norm(odds.gradients(points), axis=-1)
    bends = np.linalg.norm(hessians(odds, points), ord=2, axis=(-2, -1))
    slope, bend = odds.derivative_bounds(centers, radii)
    assert slope.shape == bend.shape == (8,)
    noise = rounding(odds, points)
    assert (slopes <= slope[:, None] * (1.0 + 1e-9) + noise).all()
    assert (bends <= bend[:, None] * (1.0 + 1e-5) + noise / 1e-4).all()


@pytest.mark.parametrize("name", ODDS)
def test_bounds_of_points_are_values(name: str) -> None:
    odds = ODDS[name]
    points = some_points(odds, 4)
    values = odds.values(points)
    np.testing.assert_allclose(odds.bounds(points, np.zeros(8)), [values] * 2, rtol=1e-12)
    slope, bend = odds.derivative_bounds(points, np.zeros(8))
    slopes = np.linalg.norm(odds.gradients(points), axis=1)
    assert (np.abs(slope - slopes) <= 1e-9 * slopes + rounding(odds, points)).all()
    for point, bound in zip(points, bend, strict=True):
        assert norms(odds, point)[1] <= bound * (1.0 + 1e-9)


@pytest.mark.parametrize("name", ODDS)
def test_bounds_close_around_the_values_in_small_balls(name: str) -> None:
    odds, radius = ODDS[name], 1e-6
    points = some_points(odds, 5)
    values, slopes = odds.values(points), np.linalg.norm(odds.gradients(points), axis=1)
    lower, upper = odds.bounds(points, np.full(8, radius))
    assert (upper - lower <= 2.02 * radius * slopes + 1e-12 * values).all()
    slope, _ = odds.derivative_bounds(points, np.full(8, radius))
    assert (np.abs(slope - slopes) <= 1e-2 * slopes + rounding(odds, points)).all()


def test_bound_of_the_hessian_is_twice_the_truth_at_most_where_one_term_rules() -> None:
    """On the slope of a gaussian over a uniform, 3 spreads off, |grad u|^2 is 9 times H_u."""
    odds = Odds(gaussian([0.0, 0.0], 1.0), Uniform(), 1.0, PLANE)
    points = np.array([[3.0, 0.0], [0.0, -4.0], [2.0, 2.0]])
    _, bend = odds.derivative_bounds(points, np.full(3, 1e-4))
    truth = np.array([norms(odds, point)[1] for point in points])
    assert (bend <= 2.0 * truth).all()


def test_where_both_densities_underflow_the_part_is_known() -> None:
    left, right = gaussian([-1.0, 0.0], 0.01), gaussian([1.0, 0.0], 0.01)
    odds = Odds(left, right, 1.0, PLANE)
    points = np.array([[0.0, 3.0], [-1e-5, 3.0], [1e-4, -3.0], [-0.5, 0.0], [0.5, 0.0]])
    assert not left.values(points).any() and not right.values(points).any()
    # u = -4 x / (2 0.01^2)
    expected = 1.0 / (1.0 + np.exp(np.clip(2e4 * points[:, 0], -700.0, 700.0)))
    np.testing.assert_allclose(odds.values(points), expected, rtol=1e-9, atol=1e-300)
    assert odds.values(points[3:]).tolist() == [1.0, 0.0]
    assert not odds.gradients(points[3:]).any()
    slope, bend = odds.derivative_bounds(points[3:], np.full(2, 0.1))
    assert (slope <= 1e-200).all() and (bend <= 1e-200).all()
    assert np.array_equal(odds.bounds(points[3:], np.full(2, 0.1)), [[1.0, 0.0]] * 2)


def test_a_ball_that_sees_everything_is_bounded_by_zero_and_one() -> None:
    lower, upper = ODDS["thin"].bounds(np.array([[0.3, 0.5]]), np.array([1e3]))
    assert lower.tolist() == [0.0] and upper.tolist() == [1.0]


def test_the_part_of_the_other_is_the_rest() -> None:
    one = ODDS["gaussian and mixture"]
    other = Odds(one.other, one.density, 1.0 / one.scale, PLANE)
    points = some_points(one, 6)
    np.testing.assert_allclose(one.values(points) + other.values(points), 1.0, rtol=1e-13)
    np.testing.assert_allclose(one.gradients(points), -other.gradients(points), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ODDS)
def test_seen_from_elsewhere_it_is_the_same_function(name: str) -> None:
    odds = ODDS[name]
    origin = np.array([0.3, -1.2, 2.0])[: len(odds.origin)]
    moved = odds.seen_from(origin).seen_from(0.5 * origin)
    points, radii = some_points(odds, 7), np.full(8, 0.05)
    there = points - 1.5 * origin
    np.testing.assert_allclose(moved.values(there), odds.values(points), rtol=1e-11)
    np.testing.assert_allclose(moved.gradients(there), odds.gradients(points), rtol=1e-10, atol=1e-12)
    for found, expected in zip(
        (*moved.bounds(there, radii), *moved.derivative_bounds(there, radii)),
        (*odds.bounds(points, radii), *odds.derivative_bounds(points, radii)),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_batches_broadcast() -> None:
    odds = ODDS["gaussian and mixture"]
    points = np.random.default_rng(8).random((4, 7, 2))
    radii = np.random.default_rng(9).random((4, 7))
    values, slopes = odds.values(points), odds.gradients(points)
    assert values.shape == (4, 7) and slopes.shape == (4, 7, 2)
    batch = [*odds.bounds(points, radii), *odds.derivative_bounds(points, radii)]
    for i, j in np.ndindex(4, 7):
        one, radius = points[i, j], radii[i, j]
        assert values[i, j] == pytest.approx(odds.values(one), rel=1e-14)
        alone = [
            *odds.bounds(one[None], radius[None]),
            *odds.derivative_bounds(one[None], radius[None]),
        ]
        np.testing.assert_allclose([each[i, j] for each in batch], np.ravel(alone), rtol=1e-12)


def test_a_rough_density_is_refused() -> None:
    class Rough(Uniform):
        log_values = Density.log_values

    odds = Odds(Uniform(), Rough(), 1.0, PLANE)
    with pytest.raises(InvalidDensityError, match="type Rough has no smooth logarithm"):
        odds.values(np.zeros((1, 2)))


@pytest.mark.parametrize("name", [name for name in ODDS if name != "thin"])  # there both underflow
def test_odds_against_are_those_of_the_rest_however_small_it_is(name: str) -> None:
    odds = ODDS[name]
    points = some_points(odds, 5)
    for point, found in zip(points, odds.against(points), strict=True):
        with mpmath.workdps(60):
            share = exact(odds, point)
            expected = mpmath.exp(50) if share < mpmath.exp(-50) else (1 - share) / share
        assert float(found / expected) == pytest.approx(1.0, abs=1e-11)
