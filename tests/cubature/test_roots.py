"""Roots and tie points against closed forms, Brent's method and mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.optimize import brentq

from geomot.costs import RadialCosts, distance_costs
from geomot.cubature.roots import segment_roots, solve, tie_points
from geomot.kernels.simplices import Floats


def segments(exponent: float, d: int, count: int = 200) -> tuple[RadialCosts, Floats, Floats]:
    """Return random costs of two sites each, and segments from one cell to the other."""
    rng = np.random.default_rng(int(exponent * 10) + d)
    costs = distance_costs(
        rng.random((6, d)),
        exponent=exponent,
        factor=10.0 ** rng.uniform(-0.3, 0.3, 6),
        offset=0.1 * rng.random(6),
    )
    ends, sites = rng.random((40 * count, 2, d)), rng.integers(0, 6, (40 * count, 2))
    values = costs.values(ends[:, :, None], sites[:, None])
    gap = values[:, :, 0] - values[:, :, 1]
    good = (gap[:, 0] < -1e-3) & (gap[:, 1] > 1e-3)
    return costs, ends[good][:count], sites[good][:count]


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_segment_roots_against_brent(exponent: float, d: int) -> None:
    costs, ends, sites = segments(exponent, d)
    assert len(ends) == 200
    roots = segment_roots(costs, ends, sites)
    assert roots.inside.all()
    for end, pair, place, slope in zip(ends, sites, roots.places, roots.slopes, strict=True):

        def gap(t: float, end: Floats = end, pair: Floats = pair) -> float:
            values = costs.values(end[0] + t * (end[1] - end[0]), pair)
            return float(values[0] - values[1])

        h = 1e-6
        expected = brentq(gap, 0.0, 1.0, xtol=1e-15, rtol=1e-14)
        several = np.count_nonzero(np.diff(np.sign([gap(t) for t in np.linspace(0.0, 1.0, 200)]))) > 1
        if several:  # any of them will do
            assert abs(gap(place)) <= 1e-14
        else:
            assert place == pytest.approx(expected, abs=1e-12)
        if h < place < 1.0 - h:
            difference = (gap(place + h) - gap(place - h)) / (2.0 * h)
            assert slope == pytest.approx(difference, rel=1e-5, abs=1e-7)


def test_segment_root_against_mpmath() -> None:
    costs = distance_costs([[0.1, 0.2], [0.9, 0.7]], factor=[1.7, 0.6], offset=[0.05, 0.02])
    ends = np.array([[[0.15, 0.1], [0.8, 0.9]]])
    with mpmath.workdps(40):

        def gap(t: mpmath.mpf) -> mpmath.mpf:
            x, y = (mpmath.mpf(a) + t * (mpmath.mpf(b) - mpmath.mpf(a)) for a, b in ends[0].T.tolist())
            c = [
                mpmath.mpf(f) * mpmath.hypot(x - mpmath.mpf(p), y - mpmath.mpf(q)) + mpmath.mpf(w)
                for (p, q), f, w in zip(costs.positions, costs.factor, costs.offset, strict=True)
            ]
            return c[0] - c[1]

        expected = mpmath.findroot(gap, (0, 1), solver="anderson", tol=1e-30)
        roots = segment_roots(costs, ends, np.array([[0, 1]]))
        assert abs(roots.places[0] - expected) <= 2e-16
        assert roots.slopes[0] == pytest.approx(float(mpmath.diff(gap, expected)), rel=1e-14)


def test_roots_outside_are_clamped() -> None:
    costs = distance_costs([[0.0, 0.0], [1.0, 0.0]], exponent=2.0)
    ends = np.array(
        [
            [[0.6, 0.0], [0.9, 0.0]],  # all in the cell of 1
            [[0.1, 0.0], [0.4, 0.0]],  # all in the cell of 0
            [[0.5, 0.3], [0.9, 0.0]],  # starts on the bisector
            [[0.1, 0.0], [0.5, 0.7]],  # ends on it
            [[0.5, 0.1], [0.5, 0.2]],  # lies in it
        ]
    )
    roots = segment_roots(costs, ends, np.tile([0, 1], (5, 1)))
    assert roots.places.tolist() == [0.0, 1.0, 0.0, 1.0, 0.0]
    assert not roots.inside.any()


def test_root_with_a_steep_start() -> None:
    # nearly flat, then steep: Newton alone overshoots
    costs = distance_costs([[0.0, 0.0], [3.0, 0.0]], exponent=12.0, factor=[1.0, 0.4])
    roots = segment_roots(costs, np.array([[[0.0, 0.0], [3.0, 0.0]]]), np.array([[0, 1]]))
    ratio = 0.4 ** (1.0 / 12.0)
    assert roots.places[0] == pytest.approx(ratio / (1.0 + ratio), abs=1e-14)


@pytest.mark.parametrize("d", [2, 3])
def test_tie_points_of_distances_are_circumcentres(d: int) -> None:
    rng = np.random.default_rng(d)
    sites = rng.random((3000, d + 1, d))
    matrices = 2.0 * (sites[:, 1:] - sites[:, :1])
    squares = (sites**2).sum(axis=2)
    centers = np.linalg.solve(matrices, (squares[:, 1:] - squares[:, :1])[..., None])[..., 0]
    arms = np.swapaxes(sites[:, 1:] - sites[:, :1], 1, 2)
    inner = np.linalg.solve(arms, (centers - sites[:, 0])[..., None])[..., 0]
    expected = np.concatenate([1.0 - inner.sum(axis=1, keepdims=True), inner], axis=1)
    well = np.abs(np.linalg.det(arms)) > 0.05
    inside = well & (expected > 0.02).all(axis=1)
    outside = well & (expected < -0.02).any(axis=1)
    assert inside.sum() > 20 and outside.sum() > 100
    for exponent in (1.0, 2.0):
        costs = distance_costs(sites.reshape(-1, d), exponent=exponent)
        ties = tie_points(costs, sites, np.arange(len(sites) * (d + 1)).reshape(-1, d + 1))
        assert ties.found[inside].all()
        assert not ties.found[outside].any()
        np.testing.assert_allclose(ties.coordinates[inside], expected[inside], atol=1e-12)
        assert (ties.coordinates >= 0.0).all()
        np.testing.assert_allclose(ties.coordinates.sum(axis=1), 1.0, rtol=1e-14)


def test_tie_point_against_mpmath() -> None:
    corners = np.array([[[0.05, 0.1], [0.9, 0.15], [0.4, 0.95]]])
    costs = distance_costs(
        [[0.1, 0.2], [0.8, 0.1], [0.5, 0.9]], factor=[1.2, 0.8, 1.0], offset=[0.02, 0.05, 0.0]
    )
    ties = tie_points(costs, corners, np.array([[0, 1, 2]]))
    assert ties.found.all()
    with mpmath.workdps(40):

        def gaps(x: mpmath.mpf, y: mpmath.mpf) -> list[mpmath.mpf]:
            c = [
                mpmath.mpf(f) * mpmath.hypot(x - mpmath.mpf(p), y - mpmath.mpf(q)) + mpmath.mpf(w)
                for (p, q), f, w in zip(costs.positions, costs.factor, costs.offset, strict=True)
            ]
            return [c[1] - c[0], c[2] - c[0]]

        point = ties.coordinates[0] @ corners[0]
        expected = mpmath.findroot(gaps, point.tolist(), tol=1e-30)
        assert max(abs(a - b) for a, b in zip(point, expected, strict=True)) <= 1e-15


def test_four_labels_without_a_common_tie() -> None:
    # four sites on a square tie in a line of space: the system is singular
    square = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    corners = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1]]], dtype=float)
    ties = tie_points(distance_costs(square, exponent=2.0), corners, np.array([[0, 1, 2, 3]]))
    assert np.isfinite(ties.coordinates).all()
    assert ties.coordinates.sum() == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_solve(k: int) -> None:
    rng = np.random.default_rng(k)
    matrices, right = rng.normal(size=(30, k, k)), rng.normal(size=(30, k))
    found = solve(matrices, right)
    residual = np.einsum("mij,mj->mi", matrices, found) - right
    assert (np.abs(residual).max(axis=1) <= 1e-13 * np.linalg.cond(matrices)).all()


@pytest.mark.parametrize("k", [2, 3])
def test_solve_singular_is_not_a_number(k: int) -> None:
    with np.errstate(all="ignore"):
        found = solve(np.zeros((1, k, k)), np.ones((1, k)))
    assert not np.isfinite(found).any()
