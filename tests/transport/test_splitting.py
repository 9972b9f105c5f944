"""Atoms: equilibria against sums over strips, brute force over whole assignments, and symmetry."""

import dataclasses
from itertools import product

import numpy as np
import pytest

from geomot.densities import Uniform
from geomot.diagram import normalized
from geomot.network.association.problem import equilibrium_problem
from geomot.transport.congestion.atoms import Atoms, whole
from geomot.transport.congestion.newton import solve_equilibrium
from geomot.transport.sharing.splitting import solve_split
from geomot.transport.starts.continuation import smoothed_start
from tests.network.networks import paper, random_network, sensors, strip_masses

NETWORK = paper(0.0)
TOLERANCE = 1e-9


def with_atoms(network, points, demands):
    problem = equilibrium_problem(network)
    return dataclasses.replace(problem, atoms=Atoms(np.asarray(points), np.asarray(demands)))


def some_atoms(network, seed, most=300):
    """Return atoms around the servers, a third of all seeds on a grid, asking for up to 0.9 of all."""
    rng = np.random.default_rng(seed)
    servers = network.servers
    count = int(rng.integers(1, most))
    home = rng.integers(0, len(servers.compute), count)
    points = np.clip(servers.positions[home] + rng.normal(0, 250, (count, 2)), 0, 2000)
    if seed % 3 == 0:
        points = np.round(points, -2)  # many coincide, and many are the same distance from two
    squares = ((points[:, None] - servers.positions) ** 2).sum(axis=-1)
    demands = rng.choice([1.0, 1.2, 8.0], (count, 1)) * (1.0 + squares / 2e6)
    load = 10 ** rng.uniform(-2, -0.05)
    return points, demands * load * servers.compute.sum() / demands.min(axis=1).sum()


def solve(problem, tolerance=TOLERANCE, steps=200):
    return solve_split(problem, *smoothed_start(problem), tolerance, steps)[0]


def log_times(network, offsets, resources, points):
    """Return log F_b + w_b (eq. 1-3 and 11) of all servers at points, apart from the package."""
    servers, channel, sensors = network.servers, network.channel, network.sensors
    level = 1.0 + ((points[:, None] - servers.positions) ** 2).sum(axis=-1)  # d0 = 1 m
    gain = 10 ** (-0.1 * channel.reference_loss) * level ** (-0.5 * channel.exponent)
    noise = 10 ** (0.1 * channel.noise_density - 3.0) * servers.bandwidth
    rate = servers.bandwidth * np.log2(1.0 + sensors.power * gain / noise)
    return np.log(1.0 / rate + sensors.complexity / resources) + offsets


def assert_equilibrium(network, problem, found, tolerance=TOLERANCE):
    shares, fractions = found.equilibrium.shares, found.fractions
    assert found.equilibrium.status == "converged", found.equilibrium.message
    assert (fractions >= 0.0).all()
    np.testing.assert_allclose(fractions.sum(axis=1), 1.0, atol=1e-12)
    costs = log_times(network, shares.offsets, shares.resources, problem.atoms.points)
    above = costs - costs.min(axis=1, keepdims=True)
    assert above[fractions > 0.0].max() <= tolerance
    left = problem.capacities - (fractions * problem.atoms.demands).sum(axis=0)
    np.testing.assert_allclose(shares.resources, left, atol=tolerance * problem.capacities.max())
    assert (left > 0.0).all()
    np.testing.assert_allclose(shares.masses, np.exp(shares.offsets), atol=tolerance)


def check(seed):
    points, demands = some_atoms(NETWORK, seed)
    problem = with_atoms(NETWORK, points, demands)
    found = solve(problem)
    assert_equilibrium(NETWORK, problem, found)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_every_random_set_of_atoms_has_an_equilibrium(seed):
    found = check(seed)
    if seed == 0:
        masses = strip_masses(found.equilibrium.shares.costs, 3000)
        np.testing.assert_allclose(found.equilibrium.shares.masses, masses, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 200))
def test_every_one_of_many_does(seed):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_on_wild_networks_it_ends_and_what_converged_is_an_equilibrium(seed):
    network, _ = random_network(seed)
    problem = with_atoms(network, *some_atoms(network, seed, 60))
    found = solve(problem, 1e-8, 60)
    if found.equilibrium.status == "converged":
        assert_equilibrium(network, problem, found, 1e-8)
    else:
        assert found.equilibrium.status == "not-converged" and found.equilibrium.message


def whole_equilibria(network, points, demands):
    """Return the whole assignments that are equilibria, by trying all; nothing is shared in them."""
    problem = equilibrium_problem(network)
    count, sites = demands.shape
    good = []
    for sites_of in product(range(sites), repeat=count):
        loads = np.bincount(sites_of, demands[np.arange(count), list(sites_of)], sites)
        left = problem.capacities - loads
        if not (left > 0.0).all():
            continue
        alone = dataclasses.replace(problem, capacities=left)
        found, _ = solve_equilibrium(alone, np.log(left), left, 1e-7, 50)
        assert found.status == "converged"
        costs = log_times(network, found.shares.offsets, left, points)
        if (costs.argmin(axis=1) == sites_of).all():
            good.append(sites_of)
    return good


@pytest.mark.parametrize("seed", range(4))
def test_atoms_are_split_only_where_no_whole_assignment_is_an_equilibrium(seed):
    rng = np.random.default_rng(seed)
    servers = NETWORK.servers
    two = dataclasses.replace(
        servers,
        names=servers.names[:2],
        positions=servers.positions[:2],
        compute=servers.compute[:2],
        bandwidth=servers.bandwidth[:2],
    )
    network = dataclasses.replace(NETWORK, servers=two)
    points = np.stack([rng.uniform(700, 1300, 4), rng.uniform(0, 1000, 4)], axis=1)
    demands = np.repeat(rng.uniform(0.5e9, 2.5e9, (4, 1)), 2, axis=1)
    problem = with_atoms(network, points, demands)
    found = solve(problem)
    assert_equilibrium(network, problem, found)
    good = whole_equilibria(network, points, demands)
    shared = ((found.fractions > 0.0) & (found.fractions < 1.0)).any()
    assert shared == (not good)
    if good:
        assert tuple(found.fractions.argmax(axis=1)) in good


def test_both_kinds_occur_among_those():
    problem = with_atoms(NETWORK, [[850.0, 500.0]], [[3e9] * 4])
    assert (solve(problem).fractions.max(axis=1) < 1.0).all()
    problem = with_atoms(NETWORK, [[500.0, 500.0]], [[1e9] * 4])
    assert (solve(problem).fractions[0] == [1.0, 0.0, 0.0, 0.0]).all()


def test_atoms_on_a_line_of_symmetry_are_halved_however_many():
    places = np.array([[500.0, 1000.0], [1500.0, 1000.0]])
    servers = dataclasses.replace(
        NETWORK.servers,
        names=("a", "b"),
        positions=places,
        compute=np.full(2, 8e9),
        bandwidth=np.full(2, 1e7),
    )
    density = sensors(normalized(Uniform(), NETWORK.zone, 1e-13))
    network = dataclasses.replace(NETWORK, servers=servers, sensors=density)
    points = np.stack([np.full(5, 1000.0), np.linspace(0, 2000, 5)], axis=1)
    problem = with_atoms(network, points, np.full((5, 2), 1e9))
    found = solve(problem)
    assert_equilibrium(network, problem, found)
    assert found.fractions.sum(axis=0) == pytest.approx([2.5, 2.5], abs=1e-8)


def test_atoms_in_one_point_are_shared_alike():
    point = [[850.0, 500.0]] * 3
    one = solve(with_atoms(NETWORK, point[:1], [[3e9] * 4]))
    three = solve(with_atoms(NETWORK, point, [[1e9] * 4] * 3))
    np.testing.assert_allclose(three.fractions, np.repeat(one.fractions, 3, axis=0), atol=1e-8)


def test_a_site_that_cannot_serve_an_atom_does_not():
    demands = np.array([[np.inf, 3e9, 3e9, 3e9]])
    found = solve(with_atoms(NETWORK, [[900.0, 500.0]], demands))
    assert found.fractions[0, 0] == 0.0
    assert found.slack_residual == 0.0  # among those that can


def test_what_cannot_be_held_is_not_converged():
    found = solve(with_atoms(NETWORK, [[500.0, 500.0]], [[200e9] * 4]), 1e-6)
    assert found.equilibrium.status == "not-converged"


def test_atoms_are_merged_by_place_and_loads_add_up():
    atoms = Atoms(np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 2.0]] * 3))
    merged, place = atoms.merged()
    assert merged.points.tolist() == [[0.0, 0.0], [1.0, 0.0]]
    assert merged.demands.tolist() == [[1.0, 2.0], [2.0, 4.0]] and place.tolist() == [1, 0, 1]
    assert atoms.loads(np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])).tolist() == [1.5, 3.0]
    assert whole(np.array([[2.0, 1.0], [1.0, 1.0]])).tolist() == [[0.0, 1.0], [1.0, 0.0]]
