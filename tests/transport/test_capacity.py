"""Fixed-capacity transport: against closed forms, linear programming, and its own definition."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.optimize import linprog

import geomot
from geomot import InvalidArgumentError, InvalidSitesError, Zone
from geomot.costs import distance_costs
from geomot.densities import Uniform, gaussian
from geomot.transport.capacity import fixed_capacity_transport
from geomot.transport.starts.offsets import Shares, softened_offsets
from tests.diagram.oracles import random_points

UNITS = {d: Zone.box([0.0] * d, [1.0] * d) for d in (2, 3)}


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_cells_hold_their_capacities(d: int, scale: float) -> None:
    rng = np.random.default_rng(d)
    sites, wanted = scale * rng.random((60, d)), rng.random(60) + 0.1
    found = fixed_capacity_transport(sites, wanted, Uniform(), UNITS[d], tolerance=1e-10)
    assert found.status == "converged"
    shares = wanted / wanted.sum()
    np.testing.assert_allclose(found.diagram.measures, shares, rtol=1e-10)
    assert found.residual <= 1e-10
    assert found.offsets.mean() == pytest.approx(0.0, abs=1e-12)
    assert found.diagrams <= 20


@pytest.mark.parametrize("origin", [1e3, 1e6])
def test_many_sites_far_from_the_origin(origin: float) -> None:
    rng = np.random.default_rng(5)
    sites, wanted = rng.random((200, 2)) + origin, rng.random(200) + 0.5
    zone = Zone.box([origin, origin], [origin + 1.0, origin + 1.0])
    found = fixed_capacity_transport(sites, wanted, Uniform(), zone, tolerance=1e-10)
    assert found.status == "converged" and found.diagrams <= 10
    # the same sites near the origin, in the diagram of the offsets that were found
    there = geomot.power_diagram(sites - origin, -found.offsets, UNITS[2])
    np.testing.assert_allclose(there.measures, wanted / wanted.sum(), rtol=1e-9)


@pytest.mark.parametrize("spread", [1.0, pytest.param(0.1, marks=pytest.mark.slow)])
def test_few_diagrams_from_a_softened_start(spread: float) -> None:
    rng = np.random.default_rng(20)
    sites, cost = 0.5 + spread * (rng.random((20, 2)) - 0.5), partial(distance_costs, exponent=1)
    found = fixed_capacity_transport(sites, np.ones(20), gaussian([0.4, 0.4], 0.15), UNITS[2], cost)
    assert found.status == "converged"
    assert found.diagrams <= 7
    # the diagram is that of the offsets
    assert isinstance(found.diagram, geomot.MinimizationDiagram)
    again = geomot.minimization_diagram(found.diagram.costs, UNITS[2], 1e-9)
    np.testing.assert_allclose(found.diagram.measures, again.measures, rtol=0, atol=2e-9)
    masses = again.integrate(gaussian([0.4, 0.4], 0.15)).values
    np.testing.assert_allclose(masses / masses.sum(), 1 / 20, rtol=1e-7)


def test_parts_of_a_density_that_no_cells_share() -> None:
    # one third and two thirds of the mass are apart: no offsets hold a half each
    islands = geomot.grid_density([[1.0], [0.0], [2.0]], [0, 0], [1, 1], "constant")
    found = fixed_capacity_transport([[0.1, 0.5], [0.9, 0.5]], [1, 1], islands, UNITS[2])
    assert found.status == "not-converged"
    assert "positive on one connected part" in found.message


def test_bad_costs() -> None:
    sites = [[0.5, 0.5]]
    with pytest.raises(InvalidArgumentError, match="expected a function that makes costs"):
        fixed_capacity_transport(sites, [1], Uniform(), UNITS[2], cost=distance_costs(sites))  # type: ignore[arg-type]
    with pytest.raises(geomot.InvalidCostError, match="costs were asked of a int"):
        fixed_capacity_transport(sites, [1], Uniform(), UNITS[2], cost=lambda points: 3)  # type: ignore[arg-type,return-value]


def test_sites_on_a_line_have_quantiles_for_cells() -> None:
    places, wanted = np.array([0.1, 0.15, 0.7, 0.71]), np.array([0.4, 0.1, 0.2, 0.3])
    sites = np.column_stack([places, np.full(4, 0.3)])
    found = fixed_capacity_transport(sites, wanted, Uniform(), UNITS[2], tolerance=1e-12)
    cuts = np.cumsum(wanted)[:-1]
    # at the cut between two cells (x - p)^2 + w ties
    rises = (cuts - places[:-1]) ** 2 - (cuts - places[1:]) ** 2
    np.testing.assert_allclose(np.diff(found.offsets), rises, atol=1e-12)


@pytest.mark.parametrize(
    "cost",
    [
        partial(distance_costs, exponent=1.0),
        partial(distance_costs, exponent=3.0),
        partial(distance_costs, factor=[1.0, 2.0, 1.5, 1.2, 0.8]),
        partial(distance_costs, exponent=2.0, factor=[1.0, 2.0, 1.5, 1.2, 0.8]),
    ],
    ids=["distance", "cube", "multiplicative", "affine in a paraboloid"],
)
def test_other_costs_against_linear_programming(cost: partial[geomot.Costs]) -> None:
    rng = np.random.default_rng(0)
    sites, wanted = rng.random((5, 2)), np.array([0.3, 0.1, 0.25, 0.2, 0.15])
    found = fixed_capacity_transport(sites, wanted, Uniform(), UNITS[2], cost, tolerance=1e-7)
    assert found.status == "converged"
    assert isinstance(found.diagram, geomot.MinimizationDiagram)
    np.testing.assert_allclose(found.diagram.measures, wanted, atol=1e-7)
    # the discrete problem on a grid of points: its prices are the offsets, up to the grid's spacing
    ticks = (np.arange(40) + 0.5) / 40
    points = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    table = cost(sites).values(points[:, None], np.arange(5))
    count = len(points)
    by_point = np.kron(np.eye(count), np.ones(5))
    by_site = np.kron(np.ones(count), np.eye(5))
    solved = linprog(
        table.reshape(-1),
        A_eq=np.vstack([by_point, by_site]),
        b_eq=np.concatenate([np.full(count, 1.0 / count), wanted]),
    )
    prices = -solved.eqlin.marginals[count:]
    np.testing.assert_allclose(prices - prices.mean(), found.offsets, atol=0.03)


def test_a_density_and_capacities_in_any_unit() -> None:
    rng = np.random.default_rng(1)
    sites, density = rng.random((20, 2)), gaussian([0.3, 0.6], 0.15)
    wanted = rng.random(20) + 0.2
    found = fixed_capacity_transport(sites, wanted * 1e6, density, UNITS[2], tolerance=1e-7)
    assert found.status == "converged"
    points = random_points(UNITS[2], 200_000, 2)
    masses = np.bincount(found.diagram.locate(points), density.values(points), minlength=20)
    np.testing.assert_allclose(masses / masses.sum(), wanted / wanted.sum(), atol=2e-3)


def test_the_transport_is_the_cheapest_among_shuffled_ones() -> None:
    rng = np.random.default_rng(5)
    sites = rng.random((10, 2))
    found = fixed_capacity_transport(sites, np.ones(10), Uniform(), UNITS[2])
    points = random_points(UNITS[2], 4000, 1)
    owners = found.diagram.locate(points)
    costs = ((points[:, None] - sites) ** 2).sum(axis=2)
    least = costs[np.arange(4000), owners].sum()
    for _ in range(200):
        one, other = rng.integers(0, 4000, 2)  # exchanging two points never helps
        swap = owners.copy()
        swap[[one, other]] = owners[[other, one]]
        assert costs[np.arange(4000), swap].sum() >= least - 1e-12


def test_coincident_sites_share_a_cell() -> None:
    sites = [[0.2, 0.5], [0.2, 0.5], [0.8, 0.5]]
    found = fixed_capacity_transport(sites, [1.0, 2.0, 1.0], Uniform(), UNITS[2])
    assert found.status == "converged"
    np.testing.assert_allclose(found.masses, [0.25, 0.5, 0.25], atol=1e-9)
    assert found.offsets[0] == found.offsets[1]
    np.testing.assert_allclose(found.diagram.measures, [0.75, 0.0, 0.25], atol=1e-9)


def test_one_site_and_far_sites() -> None:
    one = fixed_capacity_transport([[5.0, 5.0]], [3.0], Uniform(), UNITS[2])
    assert one.status == "converged"
    assert one.offsets.tolist() == [0.0]
    far = np.random.default_rng(3).random((30, 2)) + 100.0
    found = fixed_capacity_transport(far, np.ones(30), Uniform(), UNITS[2])
    assert found.status == "converged"
    np.testing.assert_allclose(found.diagram.measures, 1.0 / 30.0, rtol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "seed"), [(0.1, 4), (0.01, 2)])
def test_distances_in_a_long_zone(width: float, seed: int) -> None:
    # beyond two sites distances differ by nearly a constant: rates of loose integrals are wrong there
    sites = np.random.default_rng(seed).random((12, 2)) * [1.0, width]
    zone = Zone.box([0, 0], [1, width])
    found = fixed_capacity_transport(
        sites, np.ones(12), Uniform(), zone, distance_costs, tolerance=1e-7
    )
    assert found.status == "converged" and found.diagrams <= 25
    points = random_points(zone, 20_000, 3)
    apart = np.sqrt(((points[:, None] - sites) ** 2).sum(axis=2))
    share = np.bincount((apart + found.offsets).argmin(axis=1), minlength=12) / len(points)
    assert np.abs(share - 1 / 12).max() <= 5.0 * np.sqrt(1 / 12 / len(points))


def test_what_does_not_converge_says_so() -> None:
    sites = np.random.default_rng(0).random((50, 2)) ** 4
    found = fixed_capacity_transport(sites, np.ones(50), Uniform(), UNITS[2], max_iterations=1)
    assert found.status == "not-converged"
    assert "allow more" in found.message
    assert len(found.history) == 2


def test_what_rounding_decides_says_so() -> None:
    # the bisector of sites 1e-9 apart is known to 1e-7
    sites = [[0.3, 0.4], [0.3 + 1e-9, 0.4]]
    found = fixed_capacity_transport(sites, [0.3, 0.7], Uniform(), UNITS[2], distance_costs)
    assert found.status == "not-converged"
    assert "rounding leaves masses known to" in found.message
    assert (np.abs(found.masses - [0.3, 0.7]) <= found.errors).all()
    assert found.diagrams <= 4


def test_capacities_over_twelve_decades() -> None:
    factor = 10.0 ** np.array([-6.0, -3.0, 0.0, 3.0, 6.0])
    sites = [[0.31, 0.42], [0.75, 0.33], [0.55, 0.81], [0.22, 0.77], [0.64, 0.52]]
    cost = partial(distance_costs, exponent=2.0, factor=factor)
    wanted = geomot.arc_diagram(cost(sites), UNITS[2]).measures
    assert wanted.min() < 1e-12
    found = fixed_capacity_transport(sites, wanted, Uniform(), UNITS[2], cost, tolerance=1e-7)
    assert found.status == "converged"
    exact = geomot.arc_diagram(cost(sites).with_offset(found.offsets), UNITS[2]).measures
    np.testing.assert_allclose(exact, wanted, rtol=1e-6)


@pytest.mark.parametrize("bad", [[1.0], [1.0, 0.0], [1.0, np.nan], [1.0, -2.0]])
def test_bad_capacities(bad: list[float]) -> None:
    with pytest.raises(InvalidArgumentError, match="expected"):
        fixed_capacity_transport([[0.0, 0.0], [1.0, 1.0]], bad, Uniform(), UNITS[2])


def test_bad_arguments() -> None:
    with pytest.raises(InvalidSitesError, match="3 coordinates and the zone 2"):
        fixed_capacity_transport(np.zeros((1, 3)), [1.0], Uniform(), UNITS[2])
    with pytest.raises(InvalidArgumentError, match="tolerance is 2"):
        fixed_capacity_transport([[0.0, 0.0]], [1.0], Uniform(), UNITS[2], tolerance=2.0)


@pytest.mark.parametrize("std", [0.1, 0.001])
def test_narrow_densities_take_as_few_diagrams_as_wide_ones(std: float) -> None:
    rng = np.random.default_rng(5)
    sites, capacities = rng.random((20, 2)), rng.uniform(0.5, 2.0, 20)
    found = fixed_capacity_transport(sites, capacities, gaussian([0.3, 0.3], std), UNITS[2])
    assert found.status == "converged"
    assert found.diagrams <= 10
    points = rng.normal(0.3, std, (100_000, 2))
    points = points[((points > 0.0) & (points < 1.0)).all(axis=1)]
    powers = ((points[:, None] - sites) ** 2).sum(axis=2) + found.offsets
    shares = capacities / capacities.sum()
    held = np.bincount(powers.argmin(axis=1), minlength=20) / len(points)
    np.testing.assert_allclose(held, shares, atol=5.0 * np.sqrt(shares.max() / len(points)))


def test_sites_in_space_start_near_their_shares() -> None:
    rng = np.random.default_rng(0)
    costs = distance_costs(rng.random((6, 3)), exponent=1.0)
    shares = rng.random(6) + 0.5
    shares /= shares.sum()
    zone = Zone.box([0, 0, 0], [1, 1, 1])
    offsets = softened_offsets(costs, Shares(shares), Uniform(), zone, np.zeros(6))
    steps = (np.arange(80) + 0.5) / 80.0
    points = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    owners = (costs.values(points[:, None], np.arange(6)) + offsets).argmin(axis=1)
    held = np.bincount(owners, minlength=6) / len(points)
    np.testing.assert_allclose(held, shares, rtol=4e-3)
