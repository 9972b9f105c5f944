"""Partitions of least average time against rasters, differences, and a search without derivatives."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from scipy.optimize import minimize

from geomot.costs.blended import BlendedCosts
from geomot.costs.radial import RadialCosts
from geomot.network.association.associate import associate_equilibrium
from geomot.network.association.objective import SynchronizationStakes, SynchronizationTime
from geomot.network.model.network import Servers
from geomot.scenario import Scenario
from geomot.scenario.build import build_network
from geomot.transport.congestion.result import Status
from geomot.transport.partition.descent import minimize_partition
from geomot.transport.partition.problem import Appraiser, PartitionProblem, response
from tests.differences import central
from tests.network.networks import paper
from tests.network.rasters import SIZE, Raster
from tests.scenario.spatial import spatial

TOLERANCE = 1e-7


def problem_of(network, multiplicity=None):
    count = len(network.servers.compute)
    times = np.ones(count) if multiplicity is None else multiplicity
    per_bit = 2.0 * network.sensors.complexity / float(network.servers.compute.mean())
    stakes = SynchronizationStakes(network, per_bit, 0.3)
    return PartitionProblem(network.zone, count, stakes, SynchronizationTime(network, times))


def start_of(network):
    """Return the prices whose cells are those of the equilibrium."""
    found = associate_equilibrium(network, 1e-6, 50)
    assert found.status == "converged", found.message
    alpha = np.exp(found.costs.offset)
    parts = [network.sensors.complexity * alpha / found.rendering, alpha]
    return np.stack(parts + [np.zeros(len(alpha))] * (network.twins is not None), axis=1)


@cache
def solved(twins):
    network = paper(twins)
    start = start_of(network)
    return network, start, minimize_partition(problem_of(network), start, TOLERANCE, 60)


def milliseconds(network, value):
    sensors, count = network.sensors, len(network.servers.compute)
    return (
        1e3
        * sensors.count**2
        * sensors.slot
        * sensors.unit_volume
        * sensors.data_density
        * value
        / count
    )


@cache
def raster(twins):
    return Raster(paper(twins))


LEAST = {0.0: None, 50.0: 18.86, 200.0: 23.51, 300.0: 28.71}
SOME = [50.0, pytest.param(200.0, marks=pytest.mark.slow), pytest.param(300.0, marks=pytest.mark.slow)]


@pytest.mark.parametrize("twins", SOME)
def test_the_papers_scenario_is_solved_and_takes_as_long_as_it_should(twins):
    network, _, found = solved(twins)
    assert found.status is Status.CONVERGED, found.message
    assert found.residual <= TOLERANCE
    assert found.history[-1].residual == found.residual
    assert milliseconds(network, found.objective) == pytest.approx(LEAST[twins], rel=5e-3)
    assert isinstance(found.holdings.totals.costs, BlendedCosts)


@pytest.mark.parametrize("twins", SOME)
def test_its_time_is_that_of_a_raster_and_less_than_the_equilibriums(twins):
    network, start, found = solved(twins)
    grid = Raster(network, 800)  # 5 m are too coarse: interfaces nearly follow the grid
    cells = grid.cells(found.holdings.totals.costs)
    assert grid.time(cells) == pytest.approx(found.objective, rel=2e-6)
    error = np.abs(np.stack(grid.held(cells), axis=1) - found.holdings.totals.values).max(axis=0)
    assert (error <= 1e-3 * found.holdings.totals.values.max(axis=0)).all()
    before = grid.time(grid.cells(problem_of(network).stakes.costs(start)))
    assert grid.time(cells) < 0.999 * before


@pytest.mark.parametrize("twins", SOME)
def test_every_place_is_where_its_marginal_cost_is_least(twins):
    _, _, found = solved(twins)
    grid = raster(twins)
    cells = grid.cells(found.holdings.totals.costs)
    marginals = grid.marginals(*found.holdings.totals.values.T)
    least = marginals.min(axis=1)
    above = marginals[np.arange(len(cells)), cells] / least - 1.0
    assert above.max() <= 1e-5
    second = np.partition(marginals, 1, axis=1)[:, 1]
    clear = second > (1.0 + 1e-5) * least
    assert clear.mean() > 0.999
    assert (cells[clear] == marginals[clear].argmin(axis=1)).all()


def disks(grid, cells, radius, count, seed):
    """Return (points, from, to) of disks at interfaces: each side is given to the other."""
    square = cells.reshape(grid.size, grid.size)
    row, column = np.nonzero(square[1:] != square[:-1])
    found = []
    for pick in np.random.default_rng(seed).permutation(len(row))[:count]:
        center = grid.points[row[pick] * grid.size + column[pick]]
        one, other = square[row[pick], column[pick]], square[row[pick] + 1, column[pick]]
        near = ((grid.points - center) ** 2).sum(axis=1) <= radius**2
        for source, target in ((one, other), (other, one)):
            found.append((np.flatnonzero(near & (cells == source)), source, target))
    return [each for each in found if len(each[0])]


def rises(grid, costs, held, radius):
    """Return by what part the time rises with each disk, from holdings that are known exactly."""
    now = grid.time_of(*held)
    moves = disks(grid, grid.cells(costs), radius, 60, 1)
    return np.array([grid.time_of(*(held + grid.handed(*move))) / now - 1.0 for move in moves])


@pytest.mark.parametrize("radius", [10.0, 60.0, 150.0])
@pytest.mark.parametrize("twins", SOME)
def test_no_disk_at_an_interface_is_better_served_by_the_other_server(twins, radius):
    _, _, found = solved(twins)
    rise = rises(raster(twins), found.holdings.totals.costs, found.holdings.totals.values.T, radius)
    assert len(rise) >= 100
    assert rise.min() >= -1e-13
    assert np.median(rise) > 1e-9


def test_at_the_equilibrium_many_disks_are_better_served_by_the_other_server():
    network, start, _ = solved(50.0)
    here = Appraiser(problem_of(network)).holdings(start, 1e-6)
    rise = rises(raster(50.0), here.totals.costs, here.totals.values.T, 60.0)
    assert (rise < -1e-8).mean() > 0.25


def two_servers():
    """Return two unlike servers and no twins: their interface has two parameters."""
    network = paper(0.0)
    old = network.servers
    rows = [0, 3]
    return dataclasses.replace(
        network,
        servers=Servers(("a", "b"), old.positions[rows], old.compute[rows], old.bandwidth[rows]),
    )


def test_no_other_interface_of_two_servers_takes_less_time():
    """All partitions by p_1 / (W e) + p_0 are tried on a raster, by a search without derivatives."""
    network = two_servers()
    found = minimize_partition(problem_of(network), start_of(network), 1e-8, 40)
    assert found.status is Status.CONVERGED
    assert isinstance(found.holdings.totals.costs, RadialCosts)
    grid = Raster(network, 300)

    def time(parameters):
        ratio, apart = parameters
        second = np.exp(ratio) * grid.upload[:, 1] + 1e-6 * apart
        return 1e6 * grid.time((second < grid.upload[:, 0]).astype(int))

    searched = [
        minimize(time, at, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-9})
        for at in ((0.0, 0.0), (0.5, -0.3), (-0.5, 0.3))
    ]
    assert min(each.fun for each in searched) == pytest.approx(1e6 * found.objective, rel=2e-4)


def random_holdings(network, multiplicity, seed):
    rng = np.random.default_rng(seed)
    compute = network.servers.compute * multiplicity
    parts = [rng.dirichlet(np.ones(4)), rng.uniform(0.1, 2.0, 4) * 1e-6]
    if network.twins is not None:
        parts.append(rng.uniform(0.1, 0.8, 4) * compute)
    return np.stack(parts, axis=1)


@pytest.mark.parametrize("twins", [0.0, 50.0])
@pytest.mark.parametrize("times", [[1.0] * 4, [1.0, 3.0, 2.0, 1.0]])
def test_time_is_that_of_servers_that_share_a_cell_equally(twins, times):
    network, multiplicity = paper(twins), np.array(times)
    held = random_holdings(network, multiplicity, 1)
    total = 0.0
    for b in range(4):
        for _ in range(int(times[b])):
            alpha, upload = held[b, 0] / times[b], held[b, 1] / times[b]
            load = held[b, 2] / times[b] if twins else 0.0
            left = network.servers.compute[b] - load
            total += alpha * (upload + network.sensors.complexity * alpha / left)
    found = SynchronizationTime(network, multiplicity)
    assert found.value(held) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("twins", [0.0, 50.0])
@pytest.mark.parametrize("times", [[1.0] * 4, [1.0, 3.0, 2.0, 1.0]])
def test_derivatives_of_the_time_are_differences_of_it(twins, times):
    network, multiplicity = paper(twins), np.array(times)
    objective = SynchronizationTime(network, multiplicity)
    held = random_holdings(network, multiplicity, 2)
    slopes, bends = objective.gradients(held), objective.hessians(held)
    assert slopes.shape == held.shape and bends.shape == (*held.shape, held.shape[1])
    for b, k in np.ndindex(held.shape):
        change = np.zeros_like(held)
        change[b, k] = 1e-3 * held[b, k]

        def derivative(function, change=change, size=change[b, k]):
            return central(lambda t: function(held + t * change), 1.0) / size

        assert slopes[b, k] == pytest.approx(derivative(objective.value), rel=1e-8)
        expected = derivative(objective.gradients)
        scale = slopes / held[b, k]
        assert (np.abs(bends[b, :, k] - expected[b]) <= 1e-8 * scale[b]).all()
        assert (np.abs(np.delete(expected, b, axis=0)) == 0.0).all()


@pytest.mark.parametrize("load", [1.0, 1.3])
def test_where_twins_leave_a_server_nothing_the_time_is_infinite(load):
    network = paper(50.0)
    held = random_holdings(network, np.ones(4), 3)
    held[2, 2] = load * network.servers.compute[2]
    assert SynchronizationTime(network, np.ones(4)).value(held) == np.inf
    assert np.isfinite(SynchronizationTime(network, np.array([1.0, 1.0, 2.0, 1.0])).value(held))


def prices_near_the_optimum(network):
    """Return prices as of plausible holdings, with which every server has a cell."""
    alpha = np.array([0.29585, 0.23615, 0.30441, 0.16359])
    first = np.array([6.38, 4.95, 4.05, 3.81]) * 1e-7 * [1.05, 1.0, 1.0, 1.0]
    parts = [first, alpha * [1.0, 1.02, 1.0, 1.0]]
    if network.twins is not None:
        parts.append(np.array([18.8, 7.06, 4.0, 2.36]) * 1e-18)
    return np.stack(parts, axis=1)


def agrees(matrix, change, expected, error):
    found = (matrix @ change.reshape(-1)).reshape(change.shape)
    assert (np.abs(found - expected).max(axis=0) <= error * np.abs(expected).max(axis=0)).all()


def check_response(network, at, change, accuracy, error):
    problem = problem_of(network)
    matrix = response(problem, Appraiser(problem).holdings(at, accuracy))
    expected = -central(
        lambda t: Appraiser(problem).holdings(at + t * change, accuracy).totals.values, 1.0
    )
    agrees(matrix, change, expected, error)


@pytest.mark.parametrize("twins", [0.0, pytest.param(200.0, marks=pytest.mark.slow)])
def test_response_is_the_derivative_of_the_holdings(twins):
    network = paper(twins)
    at = prices_near_the_optimum(network)
    change = 1e-3 * at.max(axis=0) * np.random.default_rng(1).uniform(-1.0, 1.0, at.shape)
    check_response(network, at, change, 1e-9, 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("column", range(3))
@pytest.mark.parametrize("server", [0, 3])
def test_each_column_of_the_response_is_the_derivative_in_a_price(server, column):
    network = paper(200.0)
    at = prices_near_the_optimum(network)
    change = np.zeros_like(at)
    change[server, column] = 1e-3 * at[:, column].max()
    check_response(network, at, change, 1e-9, 1e-6)


@pytest.mark.parametrize("column", [0, 1])
def test_response_at_prices_of_the_equilibrium_is_the_derivative(column):
    network = paper(200.0)
    at = prices_near_the_optimum(network)
    at[:, 2] = 0.0
    change = np.zeros_like(at)
    change[0, column] = 1e-3 * at[:, column].max()
    check_response(network, at, change, 1e-8, 1e-3)


def test_response_to_the_first_price_of_twins_is_the_derivative():
    network = paper(200.0)
    problem, at = problem_of(network), prices_near_the_optimum(network)
    at[:, 2] = 0.0
    change = np.zeros_like(at)
    change[0, 2] = 2e-20
    held = [Appraiser(problem).holdings(at + k * change, 1e-7) for k in range(3)]
    one, two, three = (each.totals.values for each in held)
    expected = 1.5 * one - 2.0 * two + 0.5 * three  # one-sided: no price is negative
    agrees(response(problem, held[0]), change, expected, 1e-2)


@pytest.mark.parametrize("twins", [0.0, 200.0])
def test_response_is_symmetric_and_positive_semidefinite(twins):
    network = paper(twins)
    problem, at = problem_of(network), prices_near_the_optimum(network)
    matrix = response(problem, Appraiser(problem).holdings(at, 1e-6)).toarray()
    units = np.broadcast_to(at.max(axis=0), at.shape).reshape(-1)
    scaled = units[:, None] * matrix * units
    scale = np.abs(scaled).max()
    np.testing.assert_allclose(scaled, scaled.T, atol=1e-13 * scale)
    assert np.linalg.eigvalsh(0.5 * (scaled + scaled.T)).min() >= -1e-12 * scale
    # prices grown in proportion move nothing; nodes are as near to the interface as was asked
    assert np.abs(matrix @ at.reshape(-1) * units).max() <= 1e-6 * scale


def hall():
    data = spatial()
    data["servers"][1] |= {"position": [47, 22, 3], "compute": 5e9}
    return build_network(Scenario(**data))


def sampled(network, seed, count):
    rng = np.random.default_rng(seed)
    points = rng.uniform(*network.zone.bounds, (count, network.zone.dimension))
    return points, rng.integers(0, len(network.servers.compute), count)


@pytest.mark.parametrize("make", [lambda: paper(0.0), lambda: paper(200.0), hall])
def test_costs_are_the_priced_stakes_over_both_densities(make):
    network = make()
    stakes = problem_of(network).stakes
    points, sites = sampled(network, 1, 50)
    rng, count = np.random.default_rng(2), len(network.servers.compute)
    prices = np.stack([1e-6 * rng.random(count), rng.random(count)], axis=1)
    below = network.sensors.density.values(points)
    if network.twins is not None:
        prices = np.column_stack([prices, 1e-17 * rng.random(count)])
        below = below + stakes.balance * network.twins.density.values(points)
    else:
        below = below.copy()
    held = stakes.values(points, sites)
    slopes = stakes.price_slopes(points, sites, prices)
    np.testing.assert_allclose(slopes, held / below[:, None], rtol=1e-11)
    found = stakes.costs(prices).values(points, sites)
    np.testing.assert_allclose(found, (prices[sites] * held).sum(axis=1) / below, rtol=1e-11)


def test_stakes_are_those_of_a_raster():
    network, grid = paper(200.0), raster(200.0)
    rng = np.random.default_rng(3)
    rows, sites = rng.integers(0, len(grid.points), 100), rng.integers(0, 4, 100)
    area = network.zone.measure / SIZE**2
    expected = np.stack(
        [
            grid.mass[rows] / area,
            grid.mass[rows] * grid.upload[rows, sites] / area,
            grid.twins[rows, sites] / area,
        ],
        axis=1,
    )
    found = problem_of(network).stakes.values(grid.points[rows], sites)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("make", [lambda: paper(0.0), lambda: paper(200.0), hall])
def test_stakes_of_the_nearest_server_are_bounded_on_balls(make):
    network = make()
    stakes = problem_of(network).stakes
    centers, _ = sampled(network, 4, 200)
    rng = np.random.default_rng(5)
    radii = network.zone.extent * 10 ** rng.uniform(-4, -1, 200)
    bounds, (_, nearest) = stakes.upper_bounds(centers, radii), network.nearest(centers)
    assert bounds.shape == (200, len(stakes.scales))
    for _ in range(20):
        arms = rng.normal(size=centers.shape)
        arms *= (radii * rng.random(200) / np.linalg.norm(arms, axis=1))[:, None]
        values = stakes.values(centers + arms, nearest)
        assert (values <= bounds * (1.0 + 1e-12)).all()
    at_points = stakes.upper_bounds(centers, np.zeros(200))
    np.testing.assert_allclose(at_points, stakes.values(centers, nearest), rtol=1e-9)


@pytest.mark.parametrize("make", [lambda: paper(0.0), lambda: paper(200.0), hall])
def test_no_cost_changes_by_more_than_the_bound_of_the_change(make):
    network = make()
    stakes = problem_of(network).stakes
    points, _ = sampled(network, 6, 300)
    points = np.concatenate([points, network.zone.triangulation.vertices])[:, None]
    count, kinds = len(network.servers.compute), len(stakes.scales)
    sites, units = np.arange(count), np.array([1e-6, 1.0, 1e-17])[:kinds]
    for seed in range(5):
        rng = np.random.default_rng(seed)
        before, after = units * rng.uniform(0.1, 1.0, (2, count, kinds))
        moved = np.abs(
            stakes.costs(after).values(points, sites) - stakes.costs(before).values(points, sites)
        )
        bound = stakes.change(before, after)
        assert moved.max() <= bound * (1.0 + 1e-12)
        assert stakes.change(before, before) == 0.0


def test_the_bound_of_the_change_is_attained_in_a_corner():
    network = paper(0.0)
    stakes = problem_of(network).stakes
    before = prices_near_the_optimum(network)
    after = before * [[1.0, 1.0], [1.1, 1.2], [1.0, 1.0], [1.0, 1.0]]
    corners, sites = network.zone.triangulation.vertices[:, None], np.arange(4)
    moved = stakes.costs(after).values(corners, sites) - stakes.costs(before).values(corners, sites)
    assert moved.max() == pytest.approx(stakes.change(before, after), rel=1e-12)


def test_without_a_price_of_twins_the_cells_are_those_of_the_equilibrium():
    network = paper(50.0)
    found = associate_equilibrium(network, 1e-6, 50)
    costs = problem_of(network).stakes.costs(start_of(network))
    assert isinstance(costs, RadialCosts)
    points, _ = sampled(network, 7, 4000)
    one, other = (
        each.values(points[:, None], np.arange(4)).argmin(axis=1) for each in (costs, found.costs)
    )
    assert (one == other).all()


def test_in_space_the_hall_is_divided_where_marginal_costs_are_equal():
    network = hall()
    problem, start = problem_of(network), start_of(network)
    found = minimize_partition(problem, start, 1e-3, 30)
    assert found.status is Status.CONVERGED, found.message
    before = Appraiser(problem).holdings(start, 1e-6)
    assert found.objective < problem.objective.value(before.totals.values)
    points, _ = sampled(network, 8, 4000)
    prices = problem.objective.gradients(found.holdings.totals.values)
    stakes, sites = problem.stakes, np.arange(2)
    marginals = np.stack(
        [(prices[b] * stakes.values(points, np.full(4000, b))).sum(axis=1) for b in sites], axis=1
    )
    cells = found.holdings.totals.costs.values(points[:, None], sites).argmin(axis=1)
    least = marginals.min(axis=1)
    assert (marginals[np.arange(4000), cells] <= 1.005 * least).all()
    assert 0.2 < cells.mean() < 0.8
