"""The nearest ties against closed forms."""

from __future__ import annotations

import numpy as np

from geomot import distance_costs
from geomot.diagram.spatial.projection import project

FREE = np.zeros((1, 3, 3))


def test_the_nearest_point_of_a_sphere() -> None:
    costs = distance_costs([[0.5, 0.5, 0.5], [0.8, 0.5, 0.5]], factor=[2.0, 1.0])
    start = np.array([[0.45, 0.68, 0.6]])
    found, done = project(costs, start, np.array([[0, 1]]), FREE)
    assert done.all()
    center = np.array([0.4, 0.5, 0.5])
    arm = (start - center) / np.linalg.norm(start - center)
    assert abs(np.linalg.norm(found - center) - 0.2) < 1e-14
    assert np.abs(found - center - 0.2 * arm).max() < 1e-3  # steps are shortest, not their sum


def test_a_line_of_three_planes_and_a_wall() -> None:
    costs = distance_costs([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]], exponent=2)
    found, done = project(costs, np.array([[0.7, 0.8, 0.3]]), np.array([[0, 1, 2]]), FREE)
    assert done.all()
    np.testing.assert_allclose(found, [[1.0, 1.0, 0.3]], atol=1e-15)
    wall = np.zeros((1, 3, 3))
    wall[0, 0] = [np.sqrt(0.5), 0.0, np.sqrt(0.5)]
    found, done = project(costs, np.array([[0.7, 0.8, 0.3]]), np.array([[0, 1, 2]]), wall)
    assert done.all()
    np.testing.assert_allclose(found, [[1.0, 1.0, 0.0]], atol=1e-15)


def test_no_tie_is_said() -> None:
    costs = distance_costs([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [4.0, 0.0, 0.0]], exponent=2)
    _, done = project(costs, np.array([[1.0, 0.2, 0.0]]), np.array([[0, 1, 2]]), FREE)
    assert not done.any()


def test_points_that_only_rounding_moves_have_arrived() -> None:
    # Apollonius' sphere: with few bits left some points never tie better than the last bit allows
    p, q = np.array([0.47, 0.51, 0.46]), np.array([0.6, 0.54, 0.5])
    center = p - (q - p) / 3.0
    radius = 2.0 / 3.0 * float(np.linalg.norm(q - p))
    directions = np.random.default_rng(4).normal(size=(100_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    start = center + 0.999 * radius * directions
    sites = np.tile([0, 1], (len(start), 1))
    costs = distance_costs([p, q], factor=[2.0, 1.0]).simplified()
    moved, found = project(costs, start, sites, np.zeros((len(start), 1, 3)))
    assert found.all()
    np.testing.assert_allclose(np.linalg.norm(moved - center, axis=1), radius, rtol=1e-13)
