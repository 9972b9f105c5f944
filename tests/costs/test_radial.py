"""Values, derivatives and bounds of costs against mpmath, differences and sampled balls."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomot import InvalidCostError, InvalidSitesError
from geomot.costs import PowerProfile, RadialCosts, distance_costs, radial_costs
from geomot.kernels.simplices import Floats

EXPONENTS = [0.5, 1.0, 1.5, 2.0, 3.0, 4.0]
PROPERTY = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def some_costs(exponent: float, d: int, count: int = 5) -> RadialCosts:
    rng = np.random.default_rng(int(10 * exponent) + d)
    return distance_costs(
        rng.uniform(-1.0, 1.0, (count, d)),
        exponent=exponent,
        factor=10.0 ** rng.uniform(-2.0, 2.0, count),
        offset=rng.normal(size=count),
    )


def exact(costs: RadialCosts, exponent: float, point: list[mpmath.mpf], site: int) -> mpmath.mpf:
    """Return the cost with many digits."""
    square = mpmath.fsum(
        (x - mpmath.mpf(p)) ** 2 for x, p in zip(point, costs.positions[site], strict=True)
    )
    return mpmath.mpf(costs.factor[site]) * square ** (mpmath.mpf(exponent) / 2) + mpmath.mpf(
        costs.offset[site]
    )


def hessians(costs: RadialCosts, exponent: float, points: Floats, site: int) -> Floats:
    """Return f k r^(k-2) (1 + (k - 2) u u^T) at points, ``(m, d, d)``; u is the arm's direction."""
    arms = points - costs.positions[site]
    r = np.linalg.norm(arms, axis=1)[:, None, None]
    outer = arms[:, :, None] * arms[:, None] / r**2
    shape = np.eye(costs.dimension) + (exponent - 2.0) * outer
    return np.asarray(costs.factor[site] * exponent * r ** (exponent - 2.0) * shape)


def in_ball(center: Floats, radius: float, count: int, seed: int) -> Floats:
    """Return points of a ball, many of them on its surface, and its centre."""
    rng = np.random.default_rng(seed)
    arms = rng.normal(size=(count, len(center)))
    arms /= np.linalg.norm(arms, axis=1, keepdims=True)
    arms[: count // 2] *= rng.random((count // 2, 1))
    arms[0] = 0.0
    return center + radius * arms


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_values_round_as_they_say(exponent: float, d: int) -> None:
    costs = some_costs(exponent, d)
    rng = np.random.default_rng(1)
    points = np.concatenate(
        [rng.uniform(-2.0, 2.0, (20, d)), costs.positions + 1e-7 * rng.normal(size=(5, d))]
    )
    sites = np.arange(costs.count)
    values = costs.values(points[:, None], sites)
    noise = costs.rounding(values, sites)
    with mpmath.workdps(40):
        for m, point in enumerate(points.tolist()):
            for b in sites:
                error = abs(exact(costs, exponent, list(map(mpmath.mpf, point)), b) - values[m, b])
                assert error <= noise[m, b]
    assert (noise <= 1e-14 * (np.abs(values) + 2.0 * np.abs(costs.offset))).all()


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_gradients_against_mpmath(exponent: float, d: int) -> None:
    costs = some_costs(exponent, d)
    rng = np.random.default_rng(2)
    with mpmath.workdps(40):
        for point in rng.uniform(-2.0, 2.0, (4, d)):
            for b in range(costs.count):
                found = costs.gradients(point, np.array(b))
                for axis in range(d):

                    def along(
                        t: mpmath.mpf, axis: int = axis, b: int = b, at: Floats = point
                    ) -> mpmath.mpf:
                        moved = list(map(mpmath.mpf, at.tolist()))
                        moved[axis] += t
                        return exact(costs, exponent, moved, b)

                    scale = np.linalg.norm(found)
                    assert abs(mpmath.diff(along, 0) - found[axis]) <= 1e-13 * scale


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_gradients_against_differences(exponent: float) -> None:
    costs, h = some_costs(exponent, 3), 1e-5
    points = np.random.default_rng(3).uniform(-2.0, 2.0, (200, 3))
    sites = np.random.default_rng(4).integers(0, 5, 200)
    found = costs.gradients(points, sites)
    for axis in range(3):
        step = h * np.eye(3)[axis]
        change = costs.values(points + step, sites) - costs.values(points - step, sites)
        scale = np.linalg.norm(found, axis=1) + 1.0
        assert (np.abs(change / (2.0 * h) - found[:, axis]) <= 1e-5 * scale).all()


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0, 3.0])
def test_gradient_at_the_site_is_zero(exponent: float) -> None:
    costs = some_costs(exponent, 2)
    assert not costs.gradients(costs.positions, np.arange(5)).any()


def test_hessian_formula_of_these_tests() -> None:
    costs, h = some_costs(3.0, 3), 1e-6
    points = np.random.default_rng(5).uniform(-2.0, 2.0, (20, 3))
    expected = hessians(costs, 3.0, points, 2)
    sites = np.full(20, 2)
    for axis in range(3):
        step = h * np.eye(3)[axis]
        change = costs.gradients(points + step, sites) - costs.gradients(points - step, sites)
        np.testing.assert_allclose(change / (2.0 * h), expected[:, axis], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("exponent", EXPONENTS)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-6.0, 1.0))
def test_bounds_hold(exponent: float, d: int, seed: int, size: float) -> None:
    costs, radius = some_costs(exponent, d), 10.0**size
    center = np.random.default_rng(seed).uniform(-2.0, 2.0, d)
    points, sites = in_ball(center, radius, 60, seed), np.arange(costs.count)
    values = costs.values(points[:, None], sites)
    lower, upper = costs.bounds(center, np.array(radius), sites)
    noise = costs.rounding(values, sites)
    assert (values >= lower - noise).all()
    assert (values <= upper + noise).all()
    tiny = costs.bounds(center, np.array(0.0), sites)
    np.testing.assert_allclose(tiny, [values[0]] * 2, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("exponent", EXPONENTS[1:])
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-6.0, 0.5))
def test_curvatures_hold(exponent: float, d: int, seed: int, size: float) -> None:
    costs, radius = some_costs(exponent, d), 10.0**size
    center = np.random.default_rng(seed).uniform(-2.0, 2.0, d)
    points = in_ball(center, radius, 60, seed)
    for b in range(costs.count):
        eigenvalues = np.linalg.eigvalsh(hessians(costs, exponent, points, b))
        lower, upper = costs.curvatures(center, np.array(radius), np.array(b))
        slack = 1e-12 * np.abs(eigenvalues).max()
        assert lower - slack <= eigenvalues.min()
        assert eigenvalues.max() <= upper + slack
        tight = costs.curvatures(center, np.array(0.0), np.array(b))
        at_center = np.linalg.eigvalsh(hessians(costs, exponent, center[None], b))[0]
        np.testing.assert_allclose(
            tight,
            [min(0.0, at_center[0]) if exponent == 1.0 else at_center[0], at_center[-1]],
            rtol=1e-9,
            atol=1e-9 * abs(at_center).max(),
        )


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("exponent", EXPONENTS)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-4.0, 0.0), st.floats(-8.0, -0.5))
def test_closeness_holds(exponent: float, d: int, seed: int, size: float, apart: float) -> None:
    rng = np.random.default_rng(seed)
    arm = rng.normal(size=d)
    sites = np.stack([np.zeros(d), 10.0**apart * arm / np.linalg.norm(arm), rng.normal(size=d)])
    nearly = 3.0 * (1.0 + 0.1 * rng.choice([-0.99, 0.0, 10.0**apart, 0.99]))
    costs = distance_costs(sites, exponent=exponent, factor=[3.0, nearly, 5.0], offset=[1.0, 0.0, 2.0])
    center, radius = rng.uniform(-2.0, 2.0, d), 10.0**size
    points = in_ball(center, radius, 60, seed)
    for first, second in ((0, 1), (1, 0), (0, 2), (2, 1)):
        gap = hessians(costs, exponent, points, first) - hessians(costs, exponent, points, second)
        norm = np.linalg.norm(gap, ord=2, axis=(1, 2)).max()
        bound = costs.closeness(center, np.array(radius), np.array(first), np.array(second))
        scale = np.linalg.norm(hessians(costs, exponent, points, first), ord=2, axis=(1, 2)).max()
        assert norm <= bound + 1e-13 * scale


def test_closeness_tells_near_sites_far_away() -> None:
    costs = distance_costs([[0.0, 0.0], [1e-9, 0.0]])
    bound = costs.closeness(np.array([1.0, 0.5]), np.array(0.1), np.array(0), np.array(1))
    assert bound < 1e-8


def test_closeness_tells_near_factors() -> None:
    costs = distance_costs([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], factor=[1.0, 1.0 + 1e-9, 2.0])
    bounds = [
        costs.closeness(np.array([1.0, 0.5]), np.array(0.1), np.array(0), np.array(other))
        for other in (1, 2)
    ]
    assert bounds[0] < 2e-9 and bounds[1] == np.inf


def test_squares_have_constant_curvature() -> None:
    costs = some_costs(2.0, 3)
    lower, upper = costs.curvatures(np.zeros(3), np.array(5.0), np.arange(5))
    assert np.array_equal(lower, upper)
    np.testing.assert_allclose(lower, 2.0 * costs.factor, rtol=1e-15)


def test_curvature_at_a_kink_is_infinite() -> None:
    costs = some_costs(1.0, 2)
    _, upper = costs.curvatures(costs.positions + 0.01, np.full(5, 0.1), np.arange(5))
    assert (upper >= 1e100).all()


def test_curvature_at_a_steep_root_has_no_bound() -> None:
    costs = some_costs(0.5, 2)
    lower, _ = costs.curvatures(costs.positions, np.full(5, 0.1), np.arange(5))
    assert (lower == -np.inf).all()


@pytest.mark.parametrize("d", [2, 3])
def test_batches_broadcast(d: int) -> None:
    costs = some_costs(1.0, d)
    points = np.random.default_rng(6).random((4, 7, d))
    sites = np.random.default_rng(7).integers(0, 5, (4, 7))
    radii = np.random.default_rng(8).random((4, 7))
    values, gradients = costs.values(points, sites), costs.gradients(points, sites)
    low, high = costs.bounds(points, radii, sites)
    small, large = costs.curvatures(points, radii, sites)
    for i, j in np.ndindex(4, 7):
        one = np.array(sites[i, j])
        batch = [values[i, j], *gradients[i, j], low[i, j], high[i, j], small[i, j], large[i, j]]
        alone = [
            costs.values(points[i, j], one),
            *costs.gradients(points[i, j], one),
            *costs.bounds(points[i, j], radii[i, j], one),
            *costs.curvatures(points[i, j], radii[i, j], one),
        ]
        np.testing.assert_allclose(batch, alone, rtol=1e-14)


def test_factor_and_offset() -> None:
    plain = distance_costs([[0.0, 0.0], [1.0, 0.0]])
    weighted = distance_costs([[0.0, 0.0], [1.0, 0.0]], factor=[2.0, 0.5], offset=[-1.0, 4.0])
    points = np.random.default_rng(9).random((10, 1, 2))
    sites = np.arange(2)
    expected = plain.values(points, sites) * [2.0, 0.5] + [-1.0, 4.0]
    np.testing.assert_allclose(weighted.values(points, sites), expected, rtol=1e-15)
    other = weighted.with_offset([3.0, 3.0])
    assert other.offset.tolist() == [3.0, 3.0] and weighted.offset.tolist() == [-1.0, 4.0]
    np.testing.assert_allclose(
        other.values(points, sites) - weighted.values(points, sites),
        np.full((10, 2), [4.0, -1.0]),
        rtol=1e-14,
    )
    np.testing.assert_array_equal(other.gradients(points, sites), weighted.gradients(points, sites))


def test_input_is_copied() -> None:
    sites, offset = np.zeros((2, 2)), np.zeros(2)
    costs = distance_costs(sites, offset=offset)
    sites[0], offset[0] = 7.0, 7.0
    assert not costs.positions.any() and not costs.offset.any()


def test_representatives() -> None:
    costs = distance_costs(
        [[0, 0], [1, 0], [0, 0], [0, 0], [0, 0], [1, 0]],
        factor=[1, 1, 1, 2, 1, 1],
        offset=[0, 5, 0, 0, 1, 5],
    )
    assert costs.representatives().tolist() == [0, 1, 0, 3, 4, 1]
    assert (costs.count, costs.dimension) == (6, 2)
    assert costs.with_offset([0.0] * 6).representatives().tolist() == [0, 1, 0, 3, 0, 1]


@pytest.mark.parametrize("exponent", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_exponent(exponent: float) -> None:
    with pytest.raises(
        InvalidCostError, match=r"exponent of the distance is .*; expected a finite number"
    ):
        PowerProfile(exponent)


def test_one_exponent_for_all_sites() -> None:
    with pytest.raises(InvalidCostError, match=r"exponent has shape \(2,\); expected one number"):
        distance_costs([[0.0, 0.0], [1.0, 0.0]], exponent=[1.0, 2.0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sites", "match"),
    [
        ([], r"shape \(0,\); expected \(B, 2\) or \(B, 3\) with at least one site"),
        (np.empty((0, 3)), r"shape \(0, 3\); expected"),
        ([0.0, 1.0], r"shape \(2,\); expected"),
        ([[1.0]], r"shape \(1, 1\); expected"),
        ([[1.0] * 4], r"shape \(1, 4\); expected"),
        ([[[0.0, 0.0]]], r"shape \(1, 1, 2\); expected"),
        ([[0.0, 0.0], [np.nan, 1.0]], r"site 1 stands at \[nan, 1.0\]; expected finite coordinates"),
        ([[0.0, np.inf, 0.0]], r"site 0 stands at \[0.0, inf, 0.0\]; expected finite coordinates"),
        ([[0.0, 0.0], [1e160, 0.0]], r"site 1 stands at \[1e\+160, 0.0\]; expected coordinates up to"),
    ],
)
def test_bad_sites(sites: object, match: str) -> None:
    with pytest.raises(InvalidSitesError, match=match):
        radial_costs(sites, PowerProfile(1.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        ({"factor": [1.0]}, r"factor has shape \(1,\); expected \(2,\), one number per site"),
        ({"factor": 1.0}, r"factor has shape \(\); expected \(2,\)"),
        ({"factor": [1.0, 0.0]}, "factor of site 1 is 0.0; expected a positive number"),
        ({"factor": [-2.0, 1.0]}, "factor of site 0 is -2.0; expected a positive number"),
        ({"factor": [1.0, np.nan]}, "factor of site 1 is nan; expected a finite number"),
        ({"factor": [np.inf, 1.0]}, "factor of site 0 is inf; expected a finite number"),
        ({"offset": [1.0, 2.0, 3.0]}, r"offset has shape \(3,\); expected \(2,\)"),
        ({"offset": [np.nan, 2.0]}, "offset of site 0 is nan; expected a finite number"),
        ({"offset": [0.0, -np.inf]}, "offset of site 1 is -inf; expected a finite number"),
    ],
)
def test_bad_weights(weights: dict[str, list[float]], match: str) -> None:
    with pytest.raises(InvalidCostError, match=match):
        distance_costs([[0.0, 0.0], [1.0, 1.0]], **weights)  # type: ignore[arg-type]


def test_bad_new_offset() -> None:
    costs = distance_costs([[0.0, 0.0], [1.0, 1.0]])
    with pytest.raises(InvalidCostError, match="offset of site 1 is nan"):
        costs.with_offset([0.0, np.nan])
