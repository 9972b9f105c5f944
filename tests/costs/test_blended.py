"""Blends of costs against mpmath, differences and sampled balls, in the plane and in space."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from geomot import InvalidCostError
from geomot.costs import distance_costs
from geomot.costs.blended import BlendedCosts, Weight
from geomot.densities import Density, Mixture, Scaled, Uniform, gaussian
from geomot.diagram import normalized
from geomot.network.association.objective import SynchronizationStakes
from geomot.network.model.network import Network
from geomot.network.model.rates import TwinCompute, UploadTime
from geomot.scenario import Scenario
from geomot.scenario.build import build_network
from geomot.transport.density_share import Odds
from tests.differences import central
from tests.network.networks import paper
from tests.scenario.spatial import spatial

PROPERTY = settings(max_examples=40, deadline=None, derandomize=True, database=None)


@dataclass(frozen=True, eq=False)
class Ramp(Weight):
    """a(x) = 1 / (1 + exp(-(n x + level))), whose bounds on balls are known."""

    normal: np.ndarray
    level: float

    @property
    def rounding(self) -> float:
        return 0.0

    def values(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(expit(points @ self.normal + self.level))

    def gradients(self, points: np.ndarray) -> np.ndarray:
        share = self.values(points)
        return np.asarray((share * (1.0 - share))[..., None] * self.normal)

    def bounds(self, centers: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        middle = centers @ self.normal + self.level
        reach = radii * np.linalg.norm(self.normal)
        return np.asarray(expit(middle - reach)), np.asarray(expit(middle + reach))

    def derivative_bounds(
        self, centers: np.ndarray, radii: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        steep = np.linalg.norm(self.normal)
        away = np.maximum(np.abs(centers @ self.normal + self.level) - radii * steep, 0.0)
        both = expit(away) * expit(-away)
        return both * steep, both * steep**2

    def seen_from(self, origin: np.ndarray) -> Ramp:
        return Ramp(self.normal, self.level + float(self.normal @ origin))


@dataclass(frozen=True, eq=False)
class Fixed(Weight):
    """The same part everywhere."""

    share: float

    @property
    def rounding(self) -> float:
        return 0.0

    def values(self, points: np.ndarray) -> np.ndarray:
        return np.full(points.shape[:-1], self.share)

    def gradients(self, points: np.ndarray) -> np.ndarray:
        return np.zeros_like(points)

    def bounds(self, centers: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(radii.shape, self.share), np.full(radii.shape, self.share)

    def derivative_bounds(
        self, centers: np.ndarray, radii: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(radii.shape), np.zeros(radii.shape)

    def seen_from(self, origin: np.ndarray) -> Fixed:
        return self


def powers(d: int, one: float = 3.0, other: float = 2.0, weight: Weight | None = None) -> BlendedCosts:
    """Return blends of powers of distances of five sites in the cube [-1, 1]^d."""
    rng = np.random.default_rng(d)
    positions = rng.uniform(-1.0, 1.0, (5, d))
    families = [
        distance_costs(
            positions, exponent=k, factor=rng.uniform(0.5, 2.0, 5), offset=rng.normal(size=5)
        )
        for k in (one, other)
    ]
    ramp = Ramp(rng.uniform(-3.0, 3.0, d), 0.5)
    return BlendedCosts(*families, ramp if weight is None else weight, rng.normal(size=5))


def of_network(network: Network) -> BlendedCosts:
    """Return marginal costs at prices such as optima have."""
    per_bit = 1e-6
    count = len(network.servers.compute)
    alpha = np.linspace(0.8, 1.2, count) / count
    prices = np.stack([per_bit * alpha, alpha, 5e3 * (alpha / network.servers.compute) ** 2], axis=1)
    costs = SynchronizationStakes(network, per_bit, 0.3).costs(prices)
    assert isinstance(costs, BlendedCosts)
    return costs


KINDS: dict[str, Callable[[], BlendedCosts]] = {
    "plane": lambda: powers(2),
    "space": lambda: powers(3),
    "paper": lambda: of_network(paper(200.0)),
    "hall": lambda: of_network(build_network(Scenario(**spatial()))),
}
BOXES = {
    "plane": ([-1.5] * 2, [1.5] * 2),
    "space": ([-1.5] * 3, [1.5] * 3),
    "paper": ([0.0] * 2, [2000.0] * 2),
    "hall": ([0.0] * 3, [60.0, 40.0, 20.0]),
}
STEPS = {"plane": 1e-3, "space": 1e-3, "paper": 2e-2, "hall": 2e-2}


@cache
def blend(kind: str) -> BlendedCosts:
    return KINDS[kind]()


def some_points(kind: str, seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(*BOXES[kind], (count, len(BOXES[kind][0])))


def size(kind: str) -> float:
    return float(np.ptp(BOXES[kind], axis=0).max())


def in_ball(center: np.ndarray, radius: float, count: int, seed: int) -> np.ndarray:
    """Return points of a ball, many of them on its surface, and its centre."""
    rng = np.random.default_rng(seed)
    arms = rng.normal(size=(count, len(center)))
    arms /= np.linalg.norm(arms, axis=1, keepdims=True)
    arms[: count // 2] *= rng.random((count // 2, 1))
    arms[0] = 0.0
    return center + radius * arms


def hessians(costs: BlendedCosts, points: np.ndarray, sites: np.ndarray, step: float) -> np.ndarray:
    """Return the second derivatives by differences of the gradients, ``(..., d, d)``."""
    columns = [
        central(lambda t, axis=axis: costs.gradients(points + t * axis, sites), step)
        for axis in np.eye(points.shape[-1])
    ]
    return np.stack(columns, axis=-1)


def test_values_and_gradients_of_powers_against_mpmath() -> None:
    costs = powers(3)
    ramp = costs.weight
    assert isinstance(ramp, Ramp)

    def exact(point: list[mpmath.mpf], b: int) -> mpmath.mpf:
        square = mpmath.fsum((x - p) ** 2 for x, p in zip(point, costs.first.positions[b], strict=True))
        level = mpmath.fsum(x * n for x, n in zip(point, ramp.normal, strict=True)) + ramp.level
        share = 1 / (1 + mpmath.exp(-level))
        one = costs.first.factor[b] * square ** mpmath.mpf("1.5") + costs.first.offset[b]
        other = costs.second.factor[b] * square + costs.second.offset[b]
        return share * one + (1 - share) * other + costs.offset[b]

    with mpmath.workdps(40):
        for point in np.random.default_rng(1).uniform(-1.5, 1.5, (4, 3)):
            there = [mpmath.mpf(x) for x in point.tolist()]
            for b in range(5):
                value = costs.values(point, np.array(b))
                assert abs(exact(there, b) - value) <= 1e-14 * (1.0 + abs(value))
                slope = costs.gradients(point, np.array(b))
                for axis in range(3):

                    def moved(
                        t: mpmath.mpf, axis: int = axis, b: int = b, at: list[mpmath.mpf] = there
                    ) -> mpmath.mpf:
                        return exact([x + t * (i == axis) for i, x in enumerate(at)], b)

                    assert abs(mpmath.diff(moved, 0) - slope[axis]) <= 1e-13 * np.linalg.norm(slope)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_values(kind: str) -> None:
    costs, step = blend(kind), STEPS[kind]
    points, sites = some_points(kind, 2, 100)[:, None], np.arange(costs.count)
    found = costs.gradients(points, sites)
    expected = np.stack(
        [
            (
                8.0
                * (
                    costs.values(points + step * axis, sites)
                    - costs.values(points - step * axis, sites)
                )
                - costs.values(points + 2.0 * step * axis, sites)
                + costs.values(points - 2.0 * step * axis, sites)
            )
            / (12.0 * step)
            for axis in np.eye(costs.dimension)
        ],
        axis=-1,
    )
    scale = np.linalg.norm(found, axis=-1, keepdims=True)
    # of the differences: 1e-15 of the values over a step
    noise = 1e-15 * np.abs(costs.values(points, sites))[..., None] / step
    assert (np.abs(found - expected) <= 1e-6 * scale + 10.0 * noise).all()


@pytest.mark.parametrize("kind", KINDS)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-6.0, -0.3))
def test_bounds_hold(kind: str, seed: int, share: float) -> None:
    costs, radius = blend(kind), 10.0**share * size(kind)
    center, sites = some_points(kind, seed, 1)[0], np.arange(costs.count)
    values = costs.values(in_ball(center, radius, 60, seed)[:, None], sites)
    lower, upper = costs.bounds(center, np.array(radius), sites)
    noise = costs.rounding(values, sites)
    assert (lower - noise <= values).all()
    assert (values <= upper + noise).all()
    tiny = costs.bounds(center, np.array(0.0), sites)
    np.testing.assert_allclose(tiny, [values[0]] * 2, rtol=1e-12, atol=1e-12 * np.abs(values).max())


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_close_around_the_values(kind: str) -> None:
    """Half of their width is at most the radius times the norms of the gradient's three terms."""
    costs, radius = blend(kind), 1e-6 * size(kind)
    centers, sites = some_points(kind, 3, 50)[:, None], np.arange(costs.count)
    lower, upper = costs.bounds(centers, np.full((50, 1), radius), sites)
    share, slope = costs.weight.values(centers), costs.weight.gradients(centers)
    one, other = costs.first.gradients(centers, sites), costs.second.gradients(centers, sites)
    gap = costs.first.values(centers, sites) - costs.second.values(centers, sites)
    terms = (
        share * np.linalg.norm(one, axis=-1)
        + (1.0 - share) * np.linalg.norm(other, axis=-1)
        + np.linalg.norm(slope, axis=-1) * np.abs(gap)
    )
    assert (upper - lower <= 2.02 * radius * terms + 1e-14 * np.abs(upper)).all()


@pytest.mark.parametrize("kind", KINDS)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-5.0, -0.5))
def test_curvatures_hold(kind: str, seed: int, share: float) -> None:
    costs, radius = blend(kind), 10.0**share * size(kind)
    center, sites = some_points(kind, seed, 1)[0], np.arange(costs.count)
    points = in_ball(center, radius, 60, seed)[:, None]
    found = hessians(costs, points, sites, STEPS[kind])
    eigenvalues = np.linalg.eigvalsh(0.5 * (found + np.swapaxes(found, -1, -2)))
    lower, upper = costs.curvatures(center, np.array(radius), sites)
    scale = 1e-5 * np.abs(eigenvalues).max(axis=(0, 2))
    assert (lower - scale <= eigenvalues.min(axis=(0, 2))).all()
    assert (eigenvalues.max(axis=(0, 2)) <= upper + scale).all()


@pytest.mark.parametrize("kind", KINDS)
def test_curvatures_close_around_the_sum_of_their_terms(kind: str) -> None:
    """What the weight's derivatives add is at most its gradient's and Hessian's share on each side."""
    costs, radius = blend(kind), 1e-7 * size(kind)
    centers, sites = some_points(kind, 4, 50)[:, None], np.arange(costs.count)
    radii = np.full((50, 1), radius)
    lower, upper = costs.curvatures(centers, radii, sites)
    share = costs.weight.values(centers)
    one, other = (each.curvatures(centers, radii, sites) for each in (costs.first, costs.second))
    slope, bend = costs.weight.derivative_bounds(centers, radii)
    arms = costs.first.gradients(centers, sites) - costs.second.gradients(centers, sites)
    gap = np.abs(costs.first.values(centers, sites) - costs.second.values(centers, sites))
    extra = 2.0 * slope * np.linalg.norm(arms, axis=-1) + bend * gap
    for found, end, side in ((lower, 0, -1.0), (upper, 1, 1.0)):
        expected = share * one[end] + (1.0 - share) * other[end] + side * extra
        terms = share * np.abs(one[end]) + (1.0 - share) * np.abs(other[end]) + extra
        assert (np.abs(found - expected) <= 1e-2 * terms).all()


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_with_a_fixed_part_curvatures_are_the_mean_of_the_families(d: int, share: float) -> None:
    costs = powers(d, weight=Fixed(share))
    centers, radii, sites = some_points("plane", 5, 20), np.full((20, 1), 0.2), np.arange(5)
    centers = np.concatenate([centers, centers[:, :1]], axis=1)[:, None, :d]
    found = costs.curvatures(centers, radii, sites)
    one, other = (each.curvatures(centers, radii, sites) for each in (costs.first, costs.second))
    for end in (0, 1):
        np.testing.assert_allclose(
            found[end], share * one[end] + (1.0 - share) * other[end], rtol=1e-13
        )


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_bounds_at_a_kink_are_infinite_only_where_it_counts(share: float) -> None:
    """Of distances, whose Hessian is infinite at the site, there is nothing if a = 0."""
    costs = powers(2, one=1.0, weight=Fixed(share))
    centers, radii, sites = costs.first.positions + 0.01, np.full(5, 0.1), np.arange(5)
    lower, upper = costs.curvatures(centers, radii, sites)
    assert not np.isnan(lower).any() and not np.isnan(upper).any()
    if share == 0.0:
        np.testing.assert_allclose(upper, 2.0 * costs.second.factor, rtol=1e-13)
    else:
        assert (upper >= 1e100).all()


@pytest.mark.parametrize("kind", KINDS)
@PROPERTY
@given(st.integers(0, 10**6), st.floats(-5.0, -0.7))
def test_closeness_holds(kind: str, seed: int, share: float) -> None:
    costs, radius = blend(kind), 10.0**share * size(kind)
    center = some_points(kind, seed, 1)[0]
    points, count = in_ball(center, radius, 60, seed), costs.count
    found = hessians(costs, points[:, None], np.arange(count), STEPS[kind])
    first, second = np.nonzero(~np.eye(count, dtype=bool))
    norms = np.linalg.norm(found[:, first] - found[:, second], ord=2, axis=(-2, -1)).max(axis=0)
    bound = costs.closeness(center, np.array(radius), first, second)
    noise = 1e-5 * np.linalg.norm(found, ord=2, axis=(-2, -1)).max()
    assert (norms <= bound * (1.0 + 1e-9) + noise).all()


def twins(apart: float) -> BlendedCosts:
    """Return two sites that are alike in both families but for their distance."""
    positions = np.array([[0.0, 0.0], [apart, 0.0]])
    families = [
        distance_costs(positions, exponent=k, factor=[f, f]) for k, f in ((3.0, 2.0), (1.5, 0.7))
    ]
    return BlendedCosts(*families, Ramp(np.array([1.0, -2.0]), 0.3), np.array([0.0, 0.1]))


@pytest.mark.parametrize("apart", [1e-3, 1e-6, 1e-9])
def test_closeness_tells_sites_that_nearly_coincide(apart: float) -> None:
    costs, center, radius = twins(apart), np.array([1.0, 0.5]), np.array(1e-3)
    bound = costs.closeness(center, radius, np.array(0), np.array(1))
    assert bound <= 40.0 * apart
    lower, upper = costs.curvatures(center, radius, np.array(0))
    assert bound < 0.1 * (upper - lower)
    if apart > 1e-4:
        found = hessians(costs, center[None], np.array([0]), 1e-3)
        found = found - hessians(costs, center[None], np.array([1]), 1e-3)
        norm = np.linalg.norm(found, ord=2, axis=(1, 2))[0]
        assert norm <= bound * (1.0 + 1e-6) <= 5.0 * norm


def test_closeness_of_a_site_to_itself_is_zero_far_from_it() -> None:
    bound = twins(1e-3).closeness(np.array([1.0, 0.5]), np.array(0.1), np.array(0), np.array(0))
    assert bound == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_seen_from_elsewhere_costs_are_the_same(kind: str) -> None:
    costs = blend(kind)
    origin = 0.3 * size(kind) * np.arange(1.0, 1.0 + costs.dimension)
    moved = costs.seen_from(origin)
    points, sites = some_points(kind, 6, 20)[:, None], np.arange(costs.count)
    radii = np.full((20, 1), 1e-3 * size(kind))
    there = points - origin
    for found, expected in (
        (moved.values(there, sites), costs.values(points, sites)),
        (moved.gradients(there, sites), costs.gradients(points, sites)),
        (moved.bounds(there, radii, sites), costs.bounds(points, radii, sites)),
        (moved.curvatures(there, radii, sites), costs.curvatures(points, radii, sites)),
    ):
        scale = np.abs(np.asarray(expected)).max()
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10 * scale)


@pytest.mark.parametrize("kind", KINDS)
def test_taking_sites_numbers_them_anew(kind: str) -> None:
    costs = blend(kind)
    rows = np.array([1, 0, 1])
    some = costs.take(rows)
    assert (some.count, some.dimension) == (3, costs.dimension)
    points = some_points(kind, 7, 20)[:, None]
    np.testing.assert_array_equal(some.values(points, np.arange(3)), costs.values(points, rows[None]))
    assert some.representatives().tolist() == [0, 1, 0]


@pytest.mark.parametrize("kind", ["plane", "hall"])
def test_batches_broadcast(kind: str) -> None:
    costs, rng = blend(kind), np.random.default_rng(8)
    points = some_points(kind, 8, 12).reshape(3, 4, -1)
    sites = rng.integers(0, costs.count, (2, 3, 4))
    radii = 0.1 * size(kind) * rng.random((3, 4))
    values, slopes = costs.values(points, sites[0]), costs.gradients(points, sites[0])
    batch = [
        *costs.bounds(points, radii, sites[0]),
        *costs.curvatures(points, radii, sites[0]),
        costs.closeness(points, radii, sites[0], sites[1]),
    ]
    for i, j in np.ndindex(3, 4):
        at, radius, b, other = points[i, j], radii[i, j], *sites[:, i, j]
        one, two = np.array(b), np.array(other)
        assert values[i, j] == pytest.approx(costs.values(at, one), rel=1e-13)
        np.testing.assert_allclose(slopes[i, j], costs.gradients(at, one), rtol=1e-12)
        alone = [
            *costs.bounds(at, radius, one),
            *costs.curvatures(at, radius, one),
            costs.closeness(at, radius, one, two),
        ]
        np.testing.assert_allclose([each[i, j] for each in batch], alone, rtol=1e-12)


def test_offsets_are_added_and_replaced() -> None:
    costs = blend("plane")
    points, sites = some_points("plane", 9, 10)[:, None], np.arange(5)
    other = costs.with_offset([3.0] * 5)
    np.testing.assert_allclose(
        other.values(points, sites) - costs.values(points, sites),
        np.broadcast_to(3.0 - costs.offset, (10, 5)),
        rtol=1e-13,
    )
    np.testing.assert_array_equal(other.gradients(points, sites), costs.gradients(points, sites))
    given_offset = np.zeros(5)
    kept = costs.with_offset(given_offset)
    given_offset[0] = 7.0
    assert not kept.offset.any()


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ([0.0] * 4, r"offset has shape \(4,\); expected \(5,\), one number per site"),
        (0.0, r"offset has shape \(\); expected \(5,\)"),
        ([0.0] * 4 + [np.nan], "offset of site 4 is nan; expected a finite number"),
        ([np.inf] * 5, "offset of site 0 is inf; expected a finite number"),
    ],
)
def test_bad_offset(offset: object, expected: str) -> None:
    with pytest.raises(InvalidCostError, match=expected):
        blend("plane").with_offset(offset)  # type: ignore[arg-type]


def test_representatives_are_alike_in_both_families_and_in_offset() -> None:
    positions = [[0.0, 0.0]] * 5
    first = distance_costs(positions, exponent=2.0, factor=[1.0, 1.0, 2.0, 1.0, 1.0])
    second = distance_costs(positions, exponent=1.0, offset=[0.0, 0.0, 0.0, 1.0, 0.0])
    costs = BlendedCosts(first, second, Fixed(0.5), np.array([0.0, 0.0, 0.0, 0.0, 1.0]))
    assert costs.representatives().tolist() == [0, 0, 2, 3, 4]
    assert costs.with_offset([0.0] * 5).representatives().tolist() == [0, 0, 2, 3, 0]
    assert not costs.affine and costs.simplified() is costs


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


def exact_marginal(costs: BlendedCosts, point: np.ndarray, site: int) -> mpmath.mpf:
    """Return the blend of upload times and twins' compute with many digits."""
    odds, upload, twins = costs.weight, costs.first.profile, costs.second.profile
    assert isinstance(odds, Odds)
    assert isinstance(upload, UploadTime) and isinstance(twins, TwinCompute)
    there = [mpmath.mpf(x) for x in point.tolist()]
    one = exact_density(odds.density, there)
    share = one / (one + mpmath.mpf(odds.scale) * exact_density(odds.other, there))
    place = costs.first.positions[site]
    square = mpmath.fsum((x - mpmath.mpf(p)) ** 2 for x, p in zip(there, place, strict=True))
    level = square / mpmath.mpf(upload.distance) ** 2 + 1

    def time(peak: float, bandwidth: float) -> mpmath.mpf:
        nats = mpmath.log1p(mpmath.mpf(peak) * level ** (-mpmath.mpf(upload.exponent) / 2))
        return mpmath.log(2) / (mpmath.mpf(bandwidth) * nats)

    first = mpmath.mpf(costs.first.factor[site]) * time(upload.peak[site], upload.bandwidth[site])
    phi = mpmath.mpf(0)
    for part, peak, allowed in zip(twins.shares, twins.peaks, twins.allowed, strict=True):
        left = mpmath.mpf(allowed) - time(peak, twins.bandwidth)
        phi += mpmath.mpf(part) * mpmath.mpf(twins.complexity) / left
    second = mpmath.mpf(costs.second.factor[site]) * phi
    return share * (first + mpmath.mpf(costs.first.offset[site])) + (1 - share) * second


def check_rounding(costs: BlendedCosts, points: np.ndarray) -> None:
    sites = np.arange(costs.count)
    values = costs.values(points[:, None], sites)
    noise = costs.rounding(values, sites)
    with mpmath.workdps(40):
        errors = [
            [float(abs(exact_marginal(costs, point, b) - value)) for b, value in enumerate(row)]
            for point, row in zip(points, values, strict=True)
        ]
    assert (errors <= noise).all()


@pytest.mark.parametrize("kind", ["paper", "hall"])
def test_values_round_as_they_say(kind: str) -> None:
    costs = blend(kind)
    points = some_points(kind, 1, 60)
    check_rounding(costs, points)
    values = costs.values(points[:, None], np.arange(costs.count))
    largest = np.abs(values) + np.abs(costs.first.offset)
    assert costs.weight.rounding < 1e-13
    allowed = 1e-14 + costs.weight.rounding
    assert (costs.rounding(values, np.arange(costs.count)) <= allowed * largest).all()


@pytest.mark.parametrize("spread", [50.0, 100.0])
def test_values_far_from_both_densities_round_as_they_say(spread: float) -> None:
    """Between two narrow gaussians, where a = 1 / 2, both logarithms are -50 to -200."""
    network = paper(200.0)
    assert network.twins is not None
    sensors, twins = (
        normalized(gaussian([place, place], spread), network.zone, 1e-10) for place in (750.0, 1500.0)
    )
    network = dataclasses.replace(
        network,
        sensors=dataclasses.replace(network.sensors, density=sensors),
        twins=dataclasses.replace(network.twins, density=twins),
    )
    shares = np.random.default_rng(0).uniform(0.1, 0.9, (100, 1))
    check_rounding(of_network(network), shares * [2250.0, -2250.0] + [0.0, 2250.0])


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_closeness_at_a_kink_is_a_bound(share: float) -> None:
    costs = powers(2, one=1.0, weight=Fixed(share))
    first = np.arange(5)
    bound = costs.closeness(costs.first.positions, np.full(5, 0.1), first, (first + 1) % 5)
    assert not np.isnan(bound).any()
