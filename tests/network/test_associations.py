import dataclasses

import numpy as np
import pytest

from geomot.densities.gaussian import Uniform
from geomot.diagram import normalized
from geomot.geometry import Zone
from geomot.network.association.associate import (
    associate_equilibrium,
    associate_fixed_point,
    associate_snr,
)
from geomot.network.model.network import Network, Servers
from geomot.network.results.report import report
from tests.network.networks import (
    CLASSES,
    paper,
    random_network,
    raster,
    sensors,
    some_twins,
    strip_masses,
    times_by_raster,
    with_random_twins,
)


def test_equilibrium_agrees_with_strips_and_a_raster():
    network = paper()
    found = associate_equilibrium(network, 1e-9, 30)
    assert found.status == "converged"
    masses = strip_masses(found.costs, 2000)
    np.testing.assert_allclose(masses, np.exp(found.costs.offset), atol=3e-5)  # half a strip
    points, cells, area = raster(network, found.costs, 1000)
    loads = np.zeros(4)
    for b in range(4):
        own = points[cells == b]
        phi = network.mean_twin_compute(network.squares(own, np.array(b)))
        loads[b] = network.twins.count * (network.twins.density.values(own) * phi).sum() * area
    np.testing.assert_allclose(found.rendering, network.servers.compute - loads, rtol=1e-3)


@pytest.mark.parametrize("associate", [associate_snr, associate_equilibrium])
def test_times_agree_with_a_raster(associate):
    network = paper()
    found = associate(network, 1e-9, 30)
    numbers = report(network, found, 1e-9)
    masses, times = times_by_raster(network, found)
    np.testing.assert_allclose(numbers.times, times, rtol=3e-3)
    np.testing.assert_allclose(numbers.masses, masses, atol=1e-3)


@pytest.mark.parametrize("twins", [0.0, 50.0, 200.0])
def test_fixed_point_as_printed_breaks_down_on_the_papers_scenario(twins):
    found = associate_fixed_point(paper(twins), 1e-6, 60)
    assert found.status in ("cycled", "infeasible")
    assert found.message


def test_fixed_point_of_a_single_server_converges():
    network = paper()
    one = Servers(("only",), np.array([[900.0, 900.0]]), np.array([48e9]), np.array([60e6]))
    found = associate_fixed_point(dataclasses.replace(network, servers=one), 1e-8, 10)
    assert found.status == "converged"


def test_ten_megabit_twins_are_refused_by_name():
    found = associate_equilibrium(paper(data=1e7), 1e-6, 30)
    assert found.status == "infeasible"
    for part in ("class 0", "miss their deadline", "0.1 s are allowed", "would help"):
        assert part in found.message


def test_more_twins_than_all_servers_can_hold_are_refused():
    found = associate_equilibrium(paper(600.0), 1e-6, 30)
    assert found.status == "infeasible"
    assert "all servers together have 4.8e+10" in found.message and "would help" in found.message


def test_an_overloaded_server_is_named():
    found = associate_snr(paper(400.0), 1e-6, 0)
    assert found.status == "infeasible"
    assert "'south-" in found.message and "too little" in found.message


def converges_or_is_refused(seed):
    network, rng = random_network(seed)
    network = with_random_twins(network, float(10 ** rng.uniform(0, 2.5)), seed)
    found = associate_equilibrium(network, 1e-8, 20)
    left = found.rendering / network.servers.compute
    if found.status == "converged":
        assert (left > 0.0).all()
    else:
        assert "'server " in found.message or "all servers" in found.message
        assert "would help" in found.message
        # what is not refused beforehand is given up only where a server has next to nothing left
        assert found.status == "infeasible" or left.min() < 1e-4


@pytest.mark.parametrize(
    "seed", [3, 4, 5, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (9, 28))]
)
def test_random_networks_with_twins_converge_or_are_refused(seed):
    converges_or_is_refused(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_many_random_networks_with_twins_converge_or_are_refused(seed):
    converges_or_is_refused(seed)


def test_identical_servers_share_one_region_equally():
    network = paper()
    servers = network.servers
    double = Servers(
        (*servers.names, "twin mast"),
        np.vstack([servers.positions, servers.positions[:1]]),
        np.append(servers.compute, servers.compute[0]),
        np.append(servers.bandwidth, servers.bandwidth[0]),
    )
    network = dataclasses.replace(network, servers=double)
    found = associate_equilibrium(network, 1e-9, 30)
    assert found.status == "converged"
    numbers = report(network, found, 1e-9)
    assert numbers.masses[4] == numbers.masses[0]
    assert numbers.times[4] == pytest.approx(numbers.times[0], rel=1e-12)
    np.testing.assert_allclose(numbers.masses, np.exp(found.costs.offset), atol=1e-8)
    assert numbers.masses.sum() == pytest.approx(1.0, abs=1e-8)


def test_servers_at_one_mast_with_other_compute_share_under_snr():
    network = paper(0.0)
    servers = network.servers
    network = dataclasses.replace(
        network,
        servers=Servers(
            (*servers.names, "second"),
            np.vstack([servers.positions, servers.positions[3:]]),
            np.append(servers.compute, 2e9),
            np.append(servers.bandwidth, 20e6),
        ),
    )
    found = associate_snr(network, 1e-9, 0)
    numbers = report(network, found, 1e-9)
    assert numbers.masses[3] == numbers.masses[4]
    assert numbers.times[4] > 2 * numbers.times[3]  # each with its own compute


@pytest.mark.parametrize("apart", [1e-2, 1e-4, 1e-6, 1e-9])
def test_nearly_coincident_servers_are_told_apart_or_share(apart):
    network = paper(0.0)
    servers = network.servers
    places = servers.positions.copy()
    places[1] = places[0] + [apart, 0.0]
    network = dataclasses.replace(network, servers=dataclasses.replace(servers, positions=places))
    found = associate_equilibrium(network, 1e-9, 30)
    assert found.status == "converged"
    assert ("are alike and share one region" in found.message) == (apart < 1e-3)
    numbers = report(network, found, 1e-9)
    assert numbers.masses[0] == pytest.approx(numbers.masses[1], rel=1e-4)
    assert numbers.times.mean() == pytest.approx(0.0178296, rel=1e-5)  # as for 1e-1 m and more


def reaching(distance: float, count: float = 50.0, complexity: float = 1.0) -> Network:
    """Return two servers, the eastern one much faster, whose twins are served up to a distance."""
    zone, places = Zone.box([0, 0], [2000, 1000]), np.array([[500.0, 500.0], [1500.0, 500.0]])
    servers = Servers(("west", "east"), places, np.array([4e9, 64e9]), np.full(2, 10e6))
    density = normalized(Uniform(), zone, 1e-12)
    network, kind = paper(), CLASSES[-1]
    rate = float(network.channel.rate(distance**2, kind.power, network.twins.bandwidth))
    data = 1.0 / kind.intensity / (1.0 / rate + complexity / 64e9)  # D (1 / r + Gamma / Psi) = 1 / mu
    twins = dataclasses.replace(some_twins(count, density, data), complexity=complexity)
    return Network(zone, servers, sensors(density), network.channel, twins)


def test_an_equilibrium_in_which_twins_miss_their_deadlines_ends_soon_and_says_so():
    # the better channel serves all, 707 m away at most; the region of the faster server reaches farther
    network, steps = reaching(720.0), []
    assert associate_snr(network, 1e-3, 0).status == "converged"
    found = associate_equilibrium(network, 1e-3, 50, steps.append)
    assert found.status == "infeasible" and "miss their deadline" in found.message
    assert len(steps) <= 10


@pytest.mark.parametrize(("distance", "status"), [(708.0, "converged"), (706.0, "infeasible")])
def test_a_twin_that_needs_more_than_the_largest_server_has_is_never_served(distance, status):
    found = associate_snr(reaching(distance, count=0.5, complexity=100.0), 1e-6, 0)
    assert found.status == status
    assert ("s at least, and" in found.message) == (status == "infeasible")
