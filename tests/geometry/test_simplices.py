"""Measures and coordinates of simplices against closed forms."""

from __future__ import annotations

from math import factorial, sqrt

import numpy as np
import pytest

from geomot.kernels.simplices import (
    barycentric_coordinates,
    bounding_balls,
    local_edges,
    measures,
    signed_measures,
    squared_edge_lengths,
)


@pytest.mark.parametrize("d", [2, 3])
def test_measure_of_the_standard_simplex(d: int) -> None:
    corners = np.concatenate([np.zeros((1, d)), np.eye(d)])[None]
    assert signed_measures(corners) == pytest.approx([1.0 / factorial(d)], rel=1e-15)
    swapped = corners[:, [1, 0, *range(2, d + 1)]]
    assert signed_measures(swapped) == pytest.approx([-1.0 / factorial(d)], rel=1e-15)
    assert measures(swapped) == pytest.approx([1.0 / factorial(d)], rel=1e-15)


def test_measure_by_edge_lengths() -> None:
    rng = np.random.default_rng(0)
    corners = rng.random((50, 3, 2))
    a, b, c = np.sqrt(squared_edge_lengths(corners)).T
    s = 0.5 * (a + b + c)
    np.testing.assert_allclose(measures(corners), np.sqrt(s * (s - a) * (s - b) * (s - c)), rtol=1e-9)


def test_measure_by_the_cayley_menger_determinant() -> None:
    rng = np.random.default_rng(1)
    corners = rng.random((50, 4, 3))
    squares = squared_edge_lengths(corners)
    matrices = np.ones((50, 5, 5))
    matrices[:, 0, 0] = 0.0
    matrices[:, 1:, 1:] = 0.0
    for number, (i, j) in enumerate(local_edges(3)):
        matrices[:, i + 1, j + 1] = matrices[:, j + 1, i + 1] = squares[:, number]
    np.testing.assert_allclose(measures(corners), np.sqrt(np.linalg.det(matrices) / 288.0), rtol=1e-8)


def test_regular_tetrahedron() -> None:
    corners = np.array([[[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]], dtype=float)
    assert measures(corners) == pytest.approx([8.0 / 3.0], rel=1e-15)
    assert squared_edge_lengths(corners)[0].tolist() == [8.0] * 6
    centers, radii = bounding_balls(corners)
    assert centers[0].tolist() == [0.0, 0.0, 0.0]
    assert radii[0] == pytest.approx(sqrt(3.0), rel=1e-15)


@pytest.mark.parametrize("d", [2, 3])
def test_local_edges_are_all_pairs(d: int) -> None:
    pairs = local_edges(d)
    assert len(pairs) == d * (d + 1) // 2
    assert len({frozenset(pair) for pair in pairs.tolist()}) == len(pairs)
    with pytest.raises(ValueError, match="read-only"):
        pairs[0, 0] = 7


@pytest.mark.parametrize("d", [2, 3])
def test_bounding_balls_hold_the_simplex(d: int) -> None:
    rng = np.random.default_rng(d)
    corners = rng.normal(size=(40, d + 1, d)) * rng.uniform(0.01, 100.0, size=(40, 1, d))
    centers, radii = bounding_balls(corners)
    shares = rng.dirichlet(np.full(d + 1, 0.4), size=(40, 30))
    points = shares @ corners
    distances = np.linalg.norm(points - centers[:, None], axis=2)
    assert (distances <= radii[:, None] * (1.0 + 1e-14)).all()


@pytest.mark.parametrize("d", [2, 3])
def test_barycentric_coordinates_invert_the_combination(d: int) -> None:
    rng = np.random.default_rng(d + 5)
    corners = rng.random((60, d + 1, d))
    shares = rng.normal(size=(60, d + 1))
    shares[:, 0] = 1.0 - shares[:, 1:].sum(axis=1)
    points = np.einsum("mv,mvd->md", shares, corners)
    found = barycentric_coordinates(corners, points)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-13)
    np.testing.assert_allclose(np.einsum("mv,mvd->md", found, corners), points, atol=1e-11)
    flat = np.linalg.cond(corners[:, 1:] - corners[:, :1])
    assert (
        np.abs(found - shares).max(axis=1) <= 1e-14 * flat * (1.0 + np.abs(shares).max(axis=1))
    ).all()
    vertices = barycentric_coordinates(corners, corners[:, d])
    np.testing.assert_allclose(vertices, np.tile(np.eye(d + 1)[d], (60, 1)), atol=1e-12)
