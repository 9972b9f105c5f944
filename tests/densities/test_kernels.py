"""Densities from points and from functions against closed forms and mixtures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf

from geomot import (
    InvalidDensityError,
    Zone,
    distance_costs,
    function_density,
    kernel_density,
    minimization_diagram,
    mixture,
)
from geomot.diagram import normalized
from geomot.diagram.subdivision.sampling import draw

SQUARE = Zone.box([0.0, 0.0], [1.0, 1.0])
QUARTERS = minimization_diagram(
    distance_costs([[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]], exponent=2.0), SQUARE
)


@pytest.mark.parametrize("d", [2, 3])
def test_kernels_are_a_mixture(d: int) -> None:
    rng = np.random.default_rng(0)
    points, weights, std = rng.random((40, d)), rng.uniform(0.5, 2.0, 40), [0.3, 0.2, 0.25][:d]
    where = rng.random((6, 50, d))
    found = kernel_density(points, std, weights)
    expected = mixture(weights, points, [std] * 40)
    np.testing.assert_allclose(found.values(where), expected.values(where), rtol=1e-12)


def test_masses_against_error_functions() -> None:
    points, std = np.random.default_rng(1).random((30, 2)), 0.08
    edges = np.array([0.0, 0.5, 1.0])
    inner = 0.5 * np.diff(erf((edges[:, None, None] - points) / std / np.sqrt(2.0)), axis=0)
    expected = [(inner[i, :, 0] * inner[j, :, 1]).sum() for j in (0, 1) for i in (0, 1)]
    np.testing.assert_allclose(
        QUARTERS.integrate(kernel_density(points, std)).values, expected, rtol=1e-8
    )


@pytest.mark.parametrize("truncation", [2.0, 3.0, 4.0, 9.5])
@pytest.mark.parametrize("d", [2, 3])
def test_truncated_kernels_keep_their_mass(truncation: float, d: int) -> None:
    kernel = kernel_density(np.zeros((1, d)), 0.5, [3.0], truncation)

    def shell(r: float) -> float:
        place = np.zeros(d)
        place[0] = r
        return float(kernel.values(place)) * r ** (d - 1)

    mass, _ = quad(shell, 0.0, 0.5 * truncation, epsabs=1e-13)
    assert 2.0 * np.pi * (d - 1) * mass == pytest.approx(3.0, rel=1e-11)
    assert shell(0.5 * truncation * 1.001) == 0.0
    assert shell(0.5 * truncation * 0.9) > 0.0


@pytest.mark.parametrize("size", [1e-3, 0.1, 1.0])
@pytest.mark.parametrize("truncation", [3.0, 9.5])
def test_upper_bounds_hold(size: float, truncation: float) -> None:
    rng = np.random.default_rng(2)
    kernels = kernel_density(rng.random((50, 2)), [0.05, 0.1], None, truncation)
    centers, radii = rng.uniform(-0.5, 1.5, (80, 2)), size * rng.uniform(0.5, 1.0, 80)
    arms = rng.normal(size=(80, 40, 2))
    arms *= rng.random((80, 40, 1)) / np.linalg.norm(arms, axis=2, keepdims=True)
    values = kernels.values(centers[:, None] + radii[:, None, None] * arms)
    assert (values <= kernels.upper_bounds(centers, radii)[:, None] * (1.0 + 1e-12)).all()
    sizes = kernels.feature_sizes(centers, radii)
    assert ((sizes <= 0.05) | np.isinf(sizes)).all()
    assert (sizes > 0.0).all()


def test_kernels_are_drawn_from() -> None:
    kernels = normalized(kernel_density([[0.2, 0.2], [0.7, 0.8]], 0.01, truncation=4.0), SQUARE, 1e-9)
    points = draw(kernels, SQUARE, 200, np.random.default_rng(0))
    away = np.linalg.norm(points[:, None] - [[0.2, 0.2], [0.7, 0.8]], axis=2)
    assert away.min(axis=1).max() <= 0.04
    assert 60 < (away[:, 0] < away[:, 1]).sum() < 140


@pytest.mark.parametrize(
    ("points", "options", "match"),
    [
        ([1.0, 2.0], {"std": 1}, r"points of shape \(2,\); expected \(n, 2\) or \(n, 3\)"),
        (np.empty((0, 2)), {"std": 1}, r"points of shape \(0, 2\)"),
        ([[0, 0]], {"std": 1, "weights": [1, 2]}, r"weights of shape \(2,\) for 1 points"),
        ([[0, 0]], {"std": [1, 2, 3]}, r"deviations \[1, 2, 3\] in 2 dimensions; expected one"),
        ([[0, 1e300]], {"std": 1}, r"and 1e\+300, .* expected coordinates up to 1e\+50"),
        ([[0, np.nan]], {"std": 1}, "points between nan and nan, .* expected coordinates up to"),
        ([[0, 0]], {"std": 0}, r"deviations \[0.0, 0.0\]; expected coordinates up to 1e\+50, weights"),
        ([[0, 0]], {"std": 1, "weights": [-1]}, "weights from -1 and"),
        ([[0, 0]], {"std": 1, "truncation": 1.5}, "truncation 1.5; expected .* 2 at least"),
        ([[0, 0]], {"std": 1, "truncation": np.inf}, "truncation inf; expected a finite number"),
    ],
)
def test_bad_kernels(points: object, options: dict[str, object], match: str) -> None:
    with pytest.raises(InvalidDensityError, match=match):
        kernel_density(points, **options)  # type: ignore[arg-type]


def test_a_function_against_its_closed_form() -> None:
    masses = QUARTERS.integrate(function_density(lambda x: x[:, 0] ** 2 * (1.0 + x[:, 1])))
    parts = np.array([1.0, 7.0]) / 24.0
    expected = np.outer([0.5 + 0.125, 0.5 + 0.375], parts).ravel()
    np.testing.assert_allclose(masses.values, expected, rtol=1e-9)
    assert masses.errors.max() < 1e-9
    assert not masses.bounded


def test_errors_of_a_function_with_a_kink_are_estimated() -> None:
    kinked = function_density(lambda x: np.abs(x[:, 0] - 0.3))
    coarse = minimization_diagram(distance_costs([[0.5, 0.5]]), SQUARE, 1e-6)
    masses = coarse.integrate(kinked)
    error = abs(masses.values[0] - 0.5 * (0.09 + 0.49))
    assert masses.errors[0] <= 1e-6
    assert error <= min(3.0 * masses.errors[0], 1e-6)  # estimated, not bounded


def test_a_feature_size_finds_what_samples_touch() -> None:
    def peak(x: np.ndarray) -> np.ndarray:
        return 1e-6 + np.exp(-0.5 * ((x - [0.301, 0.702]) ** 2).sum(axis=1) / 0.01**2)

    found = QUARTERS.integrate(function_density(peak, 2, feature=0.01)).values.sum()
    assert found == pytest.approx(1e-6 + 2.0 * np.pi * 0.01**2, rel=1e-8)


def test_a_function_without_mass() -> None:
    with pytest.raises(InvalidDensityError, match="mass in the zone is by samples 0; expected"):
        QUARTERS.integrate(function_density(lambda x: 0.0 * x[:, 0]))


@pytest.mark.parametrize(
    ("function", "options", "match"),
    [
        (3.0, {}, "got 3.0 as its function; expected one that takes points"),
        (np.sum, {"dimension": 4}, "is in 4 dimensions; expected 2 or 3"),
        (np.sum, {"feature": 0.0}, "varies on 0.0 m; expected a positive length"),
    ],
)
def test_bad_functions(function: object, options: dict[str, object], match: str) -> None:
    with pytest.raises(InvalidDensityError, match=match):
        function_density(function, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: x, r"gives shape \(\d+, 2\) for points of shape"),
        (lambda x: float(x), r"fails for points of shape \(\d+, 2\): "),
        (lambda x: x[:, 0] - 0.5, "is -0.4.* at .*; expected finite numbers in the whole zone"),
        (lambda x: np.where(x[:, 0] < 0.5, np.nan, 1.0), "is nan at"),
    ],
)
def test_functions_that_give_no_densities(function: object, match: str) -> None:
    with pytest.raises(InvalidDensityError, match=match):
        QUARTERS.integrate(function_density(function))  # type: ignore[arg-type]


@pytest.mark.parametrize(("std", "most"), [(1e-3, 2500), (0.5, 62_500)])
def test_more_kernels_than_can_be_integrated_are_refused(std: float, most: int) -> None:
    points = np.random.default_rng(0).random((most + 1, 2))
    far = [[9.0, 9.0]]  # out of the square's reach: does not count
    kernel_density(np.concatenate([points[:most], far]), std).check_in(SQUARE)
    with pytest.raises(InvalidDensityError, match=rf"{most + 1} kernels .* at most {most} of"):
        normalized(kernel_density(points, std), SQUARE, 1e-6)
