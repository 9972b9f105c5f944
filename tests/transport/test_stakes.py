"""Partitions that minimise a function of their cells' holdings, where all of it is known exactly."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from geomot.costs import PowerProfile, RadialCosts
from geomot.geometry import Zone
from geomot.geometry.meshes.breaks import Breaks
from geomot.transport.congestion.result import Status
from geomot.transport.partition.descent import KEPT, descent, minimize_partition, stationarity
from geomot.transport.partition.problem import Appraiser, Objective, PartitionProblem, Stakes, response
from tests.differences import central

SQUARE = Zone.box([0.0, 0.0], [1.0, 1.0])
CUBE = Zone.box([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
PAIR = np.array([[0.25, 0.5], [0.75, 0.5]])


@dataclass(frozen=True, eq=False)
class Moments(Stakes):
    """v = (1, |x - p_b|^2) / h, and costs with h = 1."""

    positions: np.ndarray
    asked: list[np.ndarray] = field(default_factory=list)

    @property
    def unit(self) -> float:
        return 1.0

    @property
    def scales(self) -> np.ndarray:
        return np.ones(2)

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        return ()

    @property
    def degree(self) -> None:
        return None

    def values(self, points: np.ndarray, sites: np.ndarray) -> np.ndarray:
        squares = ((points - self.positions[sites]) ** 2).sum(axis=1)
        return np.stack([np.ones(len(points)), squares], axis=1)

    def upper_bounds(self, centers: np.ndarray, radii: np.ndarray) -> np.ndarray:
        return np.stack([np.ones(len(centers)), np.full(len(centers), 3.0)], axis=1)

    def feature_sizes(self, centers: np.ndarray, radii: np.ndarray) -> np.ndarray:
        return np.full((len(centers), 2), np.inf)

    def costs(self, prices: np.ndarray) -> RadialCosts:
        self.asked.append(prices)
        return RadialCosts(self.positions, PowerProfile(2.0), prices[:, 1], prices[:, 0])

    def price_slopes(self, points: np.ndarray, sites: np.ndarray, prices: np.ndarray) -> np.ndarray:
        return self.values(points, sites)

    def change(self, before: np.ndarray, after: np.ndarray) -> float:
        moved = np.abs(after - before)
        return float((moved[:, 0] + 3.0 * moved[:, 1]).max())


@dataclass(frozen=True, eq=False)
class Crowding(Objective):
    """J = sum_b fee z_b0 + weight_b z_b0^2 / 2 + z_b1."""

    weights: np.ndarray
    fee: float = 0.0

    def value(self, holdings: np.ndarray) -> float:
        mass = holdings[:, 0]
        terms = self.fee * mass + 0.5 * self.weights * mass**2 + holdings[:, 1]
        return float(terms.sum())

    def gradients(self, holdings: np.ndarray) -> np.ndarray:
        return np.stack([self.fee + self.weights * holdings[:, 0], np.ones(len(holdings))], axis=1)

    def hessians(self, holdings: np.ndarray) -> np.ndarray:
        result = np.zeros((len(holdings), 2, 2))
        result[:, 0, 0] = self.weights
        return result


def pair(weights: tuple[float, float] = (1.0, 1.0), fee: float = 0.0) -> PartitionProblem:
    return PartitionProblem(SQUARE, 2, Moments(PAIR), Crowding(np.array(weights), fee))


def prices(*offsets: float) -> np.ndarray:
    return np.stack([offsets, np.ones(len(offsets))], axis=1)


def random_problem(seed: int, zone: Zone) -> tuple[PartitionProblem, np.ndarray]:
    """Return six sites, and prices with which each of them has a cell and interfaces are curved."""
    rng = np.random.default_rng(seed)
    positions = rng.random((6, zone.dimension))
    problem = PartitionProblem(zone, 6, Moments(positions), Crowding(rng.uniform(0.1, 2.0, 6)))
    return problem, np.stack([rng.uniform(0.1, 0.15, 6), rng.uniform(0.8, 1.2, 6)], axis=1)


def halves(t: float) -> np.ndarray:
    """Return the holdings of the pair if the interface is at x = t."""
    first = ((t - 0.25) ** 3 + 0.25**3) / 3.0 + t / 12.0
    second = (0.25**3 - (t - 0.75) ** 3) / 3.0 + (1.0 - t) / 12.0
    return np.array([[t, first], [1.0 - t, second]])


@pytest.mark.parametrize("shift", [-0.3, 0.0, 0.1])
def test_holdings_of_halves_are_known(shift: float) -> None:
    """The costs differ by x - 1/2 - shift."""
    found = Appraiser(pair()).holdings(prices(0.3, 0.3 + shift), 1e-12)
    np.testing.assert_allclose(found.totals.values, halves(0.5 + shift), atol=1e-12)
    assert (np.abs(found.totals.values - halves(0.5 + shift)) <= found.totals.errors + 1e-14).all()
    assert found.noise == pytest.approx((found.prices * found.totals.errors).sum(), rel=1e-12)


@pytest.mark.parametrize("shift", [-0.3, 0.0, 0.1])
def test_response_of_halves_is_known(shift: float) -> None:
    problem = pair()
    found = response(problem, Appraiser(problem).holdings(prices(0.3, 0.3 + shift), 1e-12)).toarray()
    t = 0.5 + shift
    arms = (t - 0.25) ** 2, (t - 0.75) ** 2
    means = [arm + 1.0 / 12.0 for arm in arms]  # of |x - p|^2 on the interface, whose length is 1
    products = [[a * b + (a + b) / 12.0 + 1.0 / 80.0 for b in arms] for a in arms]
    expected = np.array(
        [
            [1.0, means[0], -1.0, -means[1]],
            [means[0], products[0][0], -means[0], -products[0][1]],
            [-1.0, -means[0], 1.0, means[1]],
            [-means[1], -products[1][0], means[1], products[1][1]],
        ]
    )
    np.testing.assert_allclose(found, expected, atol=1e-11)


def check_response(seed: int, zone: Zone, step: float, accuracy: float, error: float) -> None:
    problem, at = random_problem(seed, zone)
    found = response(problem, Appraiser(problem).holdings(at, accuracy))
    change = step * np.random.default_rng(seed).uniform(-1.0, 1.0, at.shape)
    expected = -central(
        lambda t: Appraiser(problem).holdings(at + t * change, accuracy).totals.values, 1.0
    )
    slopes = (found @ change.reshape(-1)).reshape(at.shape)
    np.testing.assert_allclose(slopes, expected, atol=error * np.abs(expected).max())


@pytest.mark.parametrize("seed", [0, 1])
def test_response_is_the_derivative_of_holdings_with_curved_interfaces(seed: int) -> None:
    check_response(seed, SQUARE, 1e-3, 1e-10, 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_response_is_the_derivative_in_more_cases(seed: int) -> None:
    check_response(seed, SQUARE, 1e-3, 1e-10, 1e-6)


@pytest.mark.slow
def test_response_is_the_derivative_of_holdings_in_space() -> None:
    check_response(2, CUBE, 1e-2, 1e-7, 1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_response_is_symmetric_and_positive_and_blind_to_a_common_offset(seed: int) -> None:
    problem, at = random_problem(seed, SQUARE)
    found = response(problem, Appraiser(problem).holdings(at, 1e-8)).toarray()
    scale = np.abs(found).max()
    np.testing.assert_allclose(found, found.T, atol=1e-14 * scale)
    assert np.linalg.eigvalsh(found).min() >= -1e-13 * scale
    common = np.tile([1.0, 0.0], 6)
    np.testing.assert_allclose(found @ common, 0.0, atol=1e-12 * scale)
    # and to all prices grown in proportion
    np.testing.assert_allclose(found @ at.reshape(-1), 0.0, atol=1e-9 * scale)


def test_response_of_one_cell_is_zero() -> None:
    problem = PartitionProblem(SQUARE, 1, Moments(PAIR[:1]), Crowding(np.ones(1)))
    found = response(problem, Appraiser(problem).holdings(prices(0.2), 1e-8))
    assert found.shape == (2, 2) and found.nnz == 0


def test_holdings_minimise_what_the_prices_say() -> None:
    """p z is least among partitions: those of other prices have more of it."""
    problem, at = random_problem(3, SQUARE)
    best = (at * Appraiser(problem).holdings(at, 1e-9).totals.values).sum()
    for seed in range(8):
        rng = np.random.default_rng(seed)
        other = Appraiser(problem).holdings(at * rng.uniform(0.8, 1.2, at.shape), 1e-9)
        assert (at * other.totals.values).sum() > best + 1e-6


def test_a_kept_subdivision_gives_what_a_new_one_gives() -> None:
    problem, at = random_problem(4, SQUARE)
    appraiser = Appraiser(problem)
    appraiser.last = appraiser.holdings(at, 1e-9)
    for step in (2e-3, 2e-3, 1e-3, 1e-4):
        at = at + step * np.array([[1.0, 0.5]]) * np.arange(6)[:, None] / 6.0
        before = appraiser.last
        found = appraiser.holdings(at, 1e-9)
        assert appraiser.last is before
        appraiser.last = found
        fresh = Appraiser(problem).holdings(at, 1e-9)
        np.testing.assert_allclose(found.totals.values, fresh.totals.values, atol=1e-8)
    assert found.totals.state.margin > 0.0
    assert Appraiser(problem).holdings(at, 1e-9).totals.state.margin == 0.0


@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.2, 3.0), (5.0, 0.0)])
def test_the_minimum_of_a_crowded_pair_is_known(weights: tuple[float, float]) -> None:
    """x - 1/2 + w_1 t - w_2 (1 - t) = 0 at x = t."""
    problem = pair(weights)
    t = (0.5 + weights[1]) / (1.0 + sum(weights))
    found = minimize_partition(problem, prices(0.3, 0.3), 1e-10, 20)
    assert (found.status, found.message) == (Status.CONVERGED, "")
    assert found.residual <= 1e-10
    np.testing.assert_allclose(found.holdings.totals.values, halves(t), atol=1e-9)
    expected = problem.objective.value(halves(t))
    assert found.objective == pytest.approx(expected, abs=1e-9)
    others = [problem.objective.value(halves(s)) for s in np.linspace(0.05, 0.95, 19)]
    assert min(others) >= expected


def test_a_price_that_falls_much_falls_in_steps() -> None:
    problem = pair((0.2, 0.3))
    found = minimize_partition(problem, prices(60.0, 60.0), 1e-9, 30)
    assert found.status is Status.CONVERGED
    np.testing.assert_allclose(found.holdings.totals.values, halves(0.8 / 1.5), atol=1e-8)
    stakes = problem.stakes
    assert isinstance(stakes, Moments)
    lows = np.array([each[:, 0].min() for each in stakes.asked])
    assert (lows > 0.0).all()
    assert (lows[1:] >= KEPT * np.minimum.accumulate(lows)[:-1] * (1.0 - 1e-12)).all()
    assert [row.step < 1.0 for row in found.history[1:3]] == [True, True]


@pytest.mark.parametrize("seed", range(3))
def test_six_crowded_sites_reach_the_convex_minimum(seed: int) -> None:
    """J is convex in the holdings: no other prices give less."""
    problem, at = random_problem(seed, SQUARE)
    found = minimize_partition(problem, at, 1e-8, 30)
    assert found.status is Status.CONVERGED
    np.testing.assert_allclose(
        found.holdings.prices, problem.objective.gradients(found.holdings.totals.values), atol=1e-7
    )
    assert stationarity(problem, found.holdings) == found.residual <= 1e-8
    for other in range(6):
        rng = np.random.default_rng(other)
        moved = found.holdings.prices.copy()
        moved[:, 0] += rng.normal(0.0, 0.02, 6)
        held = Appraiser(problem).holdings(moved, 1e-8)
        assert problem.objective.value(held.totals.values) > found.objective


def test_history_falls_and_is_reported_row_by_row() -> None:
    problem, at = random_problem(5, SQUARE)
    rows: list[object] = []
    found = minimize_partition(problem, at, 1e-9, 30, rows.append)
    assert tuple(rows) == found.history
    assert [row.iteration for row in found.history] == list(range(len(rows)))
    assert found.history[0].step == 0.0 and found.history[-1].residual == found.residual
    assert found.history[-1].residual <= 1e-3 * found.history[-2].residual  # Newton's method


def rising(problem: PartitionProblem, at: np.ndarray, step: np.ndarray) -> float:
    low, high = (
        problem.objective.value(Appraiser(problem).holdings(at + change, 1e-12).totals.values)
        for change in (-step, step)
    )
    return 0.5 * (high - low)


@pytest.mark.parametrize("weights", [(1.0, 1.0), (4.0, 0.1), (-3.0, -3.0), (-0.9, -20.0)])
def test_the_direction_is_downhill_as_steeply_as_it_says(weights: tuple[float, float]) -> None:
    problem, at = pair(weights, fee=25.0), prices(22.0, 21.9)
    held = Appraiser(problem).holdings(at, 1e-12)
    step, slope = descent(problem, held)
    assert slope < 0.0
    h = 1e-4 / np.abs(step).max()
    assert slope == pytest.approx(rising(problem, at, h * step) / h, rel=1e-6)


def test_a_strictly_convex_objective_is_met_by_newtons_direction() -> None:
    """The holdings' masses are linear in the offsets: one step leads to the minimum."""
    problem, at = pair((2.0, 1.0)), prices(0.4, 0.5)
    step, _ = descent(problem, Appraiser(problem).holdings(at, 1e-12))
    there = Appraiser(problem).holdings(at + step, 1e-12)
    assert there.totals.values[0, 0] == pytest.approx(1.5 / 4.0, abs=1e-10)
    assert stationarity(problem, there) <= 1e-9


@pytest.mark.parametrize(("start", "winner"), [(0.1, 0), (-0.1, 1)])
def test_a_maximum_is_left_on_either_side(start: float, winner: int) -> None:
    """With weights of -3 halves are the most expensive, and a single cell is the least."""
    problem = pair((-3.0, -3.0), fee=6.0)
    found = minimize_partition(problem, prices(4.0, 4.0 + start), 1e-9, 60)
    assert found.status is Status.CONVERGED
    assert found.holdings.totals.values[winner, 0] == pytest.approx(1.0, abs=1e-9)
    assert found.objective == pytest.approx(problem.objective.value(halves(1.0)), abs=1e-8)
    assert found.objective < problem.objective.value(halves(0.5 + start)) - 0.1


def test_few_steps_are_not_enough_and_that_is_said() -> None:
    found = minimize_partition(pair((5.0, 0.0)), prices(0.3, 0.3), 1e-10, 0)
    assert found.status is Status.NOT_CONVERGED
    assert found.message == "no convergence, steps taken: 0, all that were allowed"
    assert len(found.history) == 1 and found.residual > 1e-3


@dataclass(frozen=True, eq=False)
class Walled(Crowding):
    """The same, forbidden where the first cell has less than half of the square."""

    def value(self, holdings: np.ndarray) -> float:
        return super().value(holdings) if holdings[0, 0] >= 0.5 - 1e-13 else np.inf


def test_the_search_stops_where_all_that_is_downhill_is_forbidden() -> None:
    problem = PartitionProblem(SQUARE, 2, Moments(PAIR), Walled(np.array([5.0, 0.1])))
    found = minimize_partition(problem, prices(0.3, 0.3), 1e-10, 20)
    assert found.status is Status.NOT_CONVERGED
    assert found.message == "no step downhill makes progress: ask for a larger tolerance"
    assert len(found.history) == 1
    np.testing.assert_allclose(found.holdings.totals.values, halves(0.5), atol=1e-9)


def test_the_start_is_kept_if_it_is_the_minimum() -> None:
    found = minimize_partition(pair((1.0, 1.0)), prices(0.5, 0.5), 1e-8, 5)
    assert found.status is Status.CONVERGED and len(found.history) == 1
    np.testing.assert_allclose(found.holdings.prices, prices(0.5, 0.5))
