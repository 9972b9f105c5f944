"""Joins tile simplices, are exact for straight interfaces, and know their own derivative."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from geomot import Costs, Uniform, gaussian
from geomot.costs import distance_costs
from geomot.cubature import DensityIntegrand, JoinRule, join_rule
from geomot.cubature.joins import patterns
from geomot.cubature.roots import tie_points
from geomot.kernels.simplices import Floats, Ints, measures

REGULAR = {
    2: np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]]),
    3: np.array([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]) / 2.0,
}


def label_patterns(d: int) -> list[tuple[int, ...]]:
    """Return every way to label the vertices of a simplex, labels in order of first use."""
    return [
        labels
        for labels in product(range(d + 1), repeat=d + 1)
        if all(label <= max(labels[:i], default=-1) + 1 for i, label in enumerate(labels))
    ]


ALL = [(d, labels) for d in (2, 3) for labels in label_patterns(d)]
every_pattern = pytest.mark.parametrize(("d", "labels"), ALL, ids=str)


def scene(d: int, labels: tuple[int, ...], seed: int, **options: float) -> tuple[Floats, Costs]:
    """Return a nearly regular simplex and sites near the middles of its faces of equal label."""
    rng = np.random.default_rng(seed)
    corners = REGULAR[d] + 0.06 * rng.uniform(-1.0, 1.0, (d + 1, d))
    middles = [corners[np.array(labels) == k].mean(axis=0) for k in range(max(labels) + 1)]
    sites = np.array(middles) + 0.03 * rng.uniform(-1.0, 1.0, (len(middles), d))
    weights = 0.02 * rng.uniform(-1.0, 1.0, len(sites))
    return corners, distance_costs(sites, offset=weights, **options)  # type: ignore[arg-type]


def masses(rule: JoinRule, count: int, density: object = None) -> Floats:
    values = (density or Uniform()).values(rule.cells.points)  # type: ignore[attr-defined]
    return np.bincount(rule.cells.sites, rule.cells.weights * values, minlength=count)


def is_resolved(costs: Costs, corners: Floats, labels: tuple[int, ...]) -> bool:
    """Check with affine costs that every face with distinct labels holds its tie."""
    own = costs.values(corners[:, None], np.arange(costs.count))
    if (own.argmin(axis=1) != labels).any():
        return False
    for size in (3, 4):
        for face in product(range(len(labels)), repeat=size):
            sites = [labels[v] for v in face]
            if sorted(set(face)) == list(face) and len(set(sites)) == size:
                tie = tie_points(costs, corners[list(face)][None], np.array([sites]))
                if not tie.found[0]:
                    return False
    return True


def clipped_measure(points: Floats, normal: Floats, level: float) -> Floats:
    """Return points whose hull is the part of the points' hull where ``normal . x <= level``."""
    height = points @ normal - level
    inside, outside = points[height <= 0.0], points[height > 0.0]
    a, b = -height[height <= 0.0], height[height > 0.0]
    share = a[:, None] / (a[:, None] + b)
    cuts = inside[:, None] + share[..., None] * (outside - inside[:, None])
    return np.concatenate([inside, cuts.reshape(-1, points.shape[1])])


def power_measures(corners: Floats, costs: Costs) -> Floats:
    """Return the measures of power cells in a simplex by half-space clipping."""
    sites, offset = costs.positions, costs.offset  # type: ignore[attr-defined]
    found = []
    for b, site in enumerate(sites):
        points = corners
        for j, other in enumerate(sites):
            if j != b:
                level = 0.5 * (other @ other - site @ site + offset[j] - offset[b])
                points = clipped_measure(points, other - site, level)
        found.append(ConvexHull(points).volume)
    return np.array(found)


@every_pattern
@pytest.mark.parametrize("nodes", [2, 5])
def test_pieces_tile_whatever_the_labels(d: int, labels: tuple[int, ...], nodes: int) -> None:
    # sites anywhere: roots and ties clamp, cells get the wrong shares, but nothing is lost
    rng = np.random.default_rng(nodes)
    corners = rng.random((40, d + 1, d))
    costs = distance_costs(rng.random((d + 1, d)), factor=1.0 + rng.random(d + 1))
    rule = join_rule(costs, corners, np.tile(labels, (40, 1)), nodes)
    assert (rule.cells.weights >= 0.0).all()
    assert set(rule.cells.sites) <= set(labels)
    sums = np.bincount(rule.cells.owners, rule.cells.weights, minlength=40)
    np.testing.assert_allclose(sums, measures(corners), rtol=1e-13)


@every_pattern
def test_nodes_lie_in_their_simplex_and_cell(d: int, labels: tuple[int, ...]) -> None:
    corners, costs = scene(d, labels, 1, exponent=2.0)
    assert is_resolved(costs, corners, labels)
    rule = join_rule(costs, corners[None], np.array([labels]), 4)
    arms = (corners[1:] - corners[0]).T
    inner = np.linalg.solve(arms, (rule.cells.points - corners[0]).T).T
    assert (inner > 0.0).all() and (inner.sum(axis=1) < 1.0).all()
    values = costs.values(rule.cells.points[:, None], np.arange(costs.count))
    own = values[np.arange(len(values)), rule.cells.sites]
    assert (own <= values.min(axis=1) + 1e-13).all()
    on = rule.interfaces
    if len(on.weights):
        values = costs.values(on.points[:, None], on.pairs)
        np.testing.assert_allclose(values[:, 0], values[:, 1], atol=1e-14)
        assert (on.weights > 0.0).all()


# For straight interfaces too the root is a ratio of affine functions on the fiber: not a polynomial.
@every_pattern
@pytest.mark.parametrize("seed", range(4))
def test_straight_interfaces_are_exact(d: int, labels: tuple[int, ...], seed: int) -> None:
    corners, costs = scene(d, labels, seed, exponent=2.0)
    assert is_resolved(costs, corners, labels)
    expected = power_measures(corners, costs)
    few, many = (
        masses(join_rule(costs, corners[None], np.array([labels]), nodes), costs.count)
        for nodes in (4, 16)
    )
    np.testing.assert_allclose(few, expected, rtol=2e-2)
    np.testing.assert_allclose(many, expected, rtol=1e-12)


@pytest.mark.parametrize(("d", "labels"), [(d, labels) for d, labels in ALL if max(labels) == d])
@pytest.mark.parametrize("seed", range(4))
def test_straight_interfaces_of_distinct_labels_need_few_nodes(
    d: int, labels: tuple[int, ...], seed: int
) -> None:
    # one fiber, cut into cones along straight lines: nothing but polynomials is left
    corners, costs = scene(d, labels, seed, exponent=2.0)
    assert is_resolved(costs, corners, labels)
    rule = join_rule(costs, corners[None], np.array([labels]), 2)
    np.testing.assert_allclose(masses(rule, d + 1), power_measures(corners, costs), rtol=1e-12)


@pytest.mark.parametrize("labels", [labels for d, labels in ALL if d == 3 and max(labels) == 1])
def test_two_labels_are_exact_wherever_the_plane_runs(labels: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    done = 0
    while done < 10:
        corners, sites = rng.random((4, 3)), rng.random((2, 3))
        costs = distance_costs(sites, exponent=2.0, offset=0.1 * rng.random(2))
        values = costs.values(corners[:, None], np.arange(2))
        gap = np.abs(values[:, 0] - values[:, 1])
        # a plane through a vertex makes the root's pole touch the fibers: then refinement helps
        if tuple(values.argmin(axis=1)) != labels or gap.min() < 0.2 * gap.max():
            continue
        rule = join_rule(costs, corners[None], np.array([labels]), 24)
        expected = power_measures(corners, costs)
        np.testing.assert_allclose(masses(rule, 2), expected, rtol=0.0, atol=1e-11 * expected.sum())
        done += 1


@every_pattern
def test_curved_interfaces_converge_fast(d: int, labels: tuple[int, ...]) -> None:
    corners, costs = scene(d, labels, 2, exponent=1.0)
    density = gaussian(corners.mean(axis=0), 0.8)
    runs = [
        masses(join_rule(costs, corners[None], np.array([labels]), n), costs.count, density)
        for n in (2, 4, 8, 12 if d == 2 else 10)
    ]
    errors = [np.abs(run - runs[-1]).max() for run in runs[:-1]]
    assert errors[2] <= 1e-7
    assert errors[2] <= max(1e-3 * errors[0], 1e-14)


@every_pattern
@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_interface_weights_are_the_derivative(d: int, labels: tuple[int, ...], exponent: float) -> None:
    corners, costs = scene(d, labels, 3, exponent=exponent)
    density, nodes, h = gaussian(corners.mean(axis=0), 1.0), 9, 1e-4
    rule = join_rule(costs, corners[None], np.array([labels]), nodes)
    count = costs.count
    matrix = np.zeros((count, count))
    on = rule.interfaces
    flow = on.weights * density.values(on.points)
    np.add.at(matrix, (on.pairs[:, 0], on.pairs[:, 1]), flow)
    matrix += matrix.T
    expected = matrix - np.diag(matrix.sum(axis=1))  # d mass_b / d offset_j
    offset = costs.offset  # type: ignore[attr-defined]
    for j in range(count):
        step = h * np.eye(count)[j]
        ahead, behind = (
            masses(
                join_rule(costs.with_offset(offset + s), corners[None], np.array([labels]), nodes),
                count,
                density,
            )
            for s in (step, -step)
        )
        np.testing.assert_allclose((ahead - behind) / (2.0 * h), expected[:, j], rtol=0.0, atol=1e-6)


def test_interface_weights_give_the_length() -> None:
    # squared distances: |grad(c_i - c_j)| is twice the distance of the sites, the interface a chord
    corners = np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
    costs = distance_costs([[0.1, 0.2], [0.5, 0.2]], exponent=2.0)
    rule = join_rule(costs, corners, np.array([[0, 1, 0]]), 5)
    assert rule.interfaces.weights.sum() == pytest.approx(0.7 / 0.8, rel=1e-14)
    assert rule.interfaces.pairs.tolist() in ([[0, 1]] * 5, [[1, 0]] * 5)
    np.testing.assert_allclose(rule.interfaces.points[:, 0], 0.3, rtol=1e-14)


@pytest.mark.parametrize("d", [2, 3])
def test_batches_do_not_mix(d: int) -> None:
    rng = np.random.default_rng(9)
    labels = np.array(label_patterns(d))
    corners = rng.random((len(labels), d + 1, d))
    costs = distance_costs(rng.random((d + 1, d)))
    together = join_rule(costs, corners, labels, 3)
    for m in range(len(labels)):
        alone = join_rule(costs, corners[m : m + 1], labels[m : m + 1], 3)
        mine = together.cells.owners == m
        for b in range(d + 1):
            one = together.cells.weights[mine & (together.cells.sites == b)].sum()
            other = alone.cells.weights[alone.cells.sites == b].sum()
            assert one == pytest.approx(other, rel=1e-13, abs=1e-15)
        assert (together.interfaces.owners == m).sum() == len(alone.interfaces.owners)


def test_nothing_to_integrate() -> None:
    costs = distance_costs([[0.0, 0.0]])
    rule = join_rule(costs, np.empty((0, 3, 2)), np.empty((0, 3), dtype=np.int64), 3)
    assert len(rule.cells.weights) == 0 and rule.interfaces.pairs.shape == (0, 2)


@pytest.mark.parametrize("d", [2, 3])
def test_patterns_cover_every_simplex_once(d: int) -> None:
    labels: Ints = np.random.default_rng(1).integers(0, 4, (200, d + 1))
    seen = []
    for numbers, order, sizes in patterns(labels):
        seen.extend(numbers.tolist())
        assert list(sizes) == sorted(sizes, reverse=True) and sum(sizes) == d + 1
        ordered = np.take_along_axis(labels[numbers], order, axis=1)
        groups = np.repeat(np.arange(len(sizes)), sizes)
        for row in ordered:
            assert all(
                (row[i] == row[j]) == (groups[i] == groups[j])
                for i in range(d + 1)
                for j in range(d + 1)
            )
    assert sorted(seen) == list(range(200))


def test_density_integrand() -> None:
    density = gaussian([0.5, 0.5], 0.2)
    integrand = DensityIntegrand(density, 7.0)
    points = np.random.default_rng(2).random((6, 2))
    assert integrand.scales.tolist() == [7.0]
    assert np.array_equal(
        integrand.values(points, np.zeros(6, dtype=int))[:, 0], density.values(points)
    )
    radii = np.full(6, 0.1)
    assert np.array_equal(
        integrand.upper_bounds(points, radii)[:, 0], density.upper_bounds(points, radii)
    )
    assert np.array_equal(
        integrand.feature_sizes(points, radii)[:, 0], density.feature_sizes(points, radii)
    )
