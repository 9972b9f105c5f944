"""The optimum of eq. 9a for networks: against the equilibrium, and for servers that are alike."""

import dataclasses
import re

import numpy as np
import pytest

from geomot.network.association.associate import Association, associate_equilibrium
from geomot.network.association.optimum import associate_optimum
from geomot.network.model.network import Network, Servers
from geomot.network.results.report import Report, report
from tests.network.networks import paper, times_by_raster, town_network
from tests.network.rasters import Raster

TOLERANCE = 1e-6
NO_EQUILIBRIUM = {55}  # towns whose twins leave a server next to nothing: Newton's method finds none


def numbers(network: Network, found: Association) -> Report:
    return report(network, found, TOLERANCE)


def average(network: Network, found: Association) -> float:
    return float(numbers(network, found).times.mean())


def single(network: Network) -> Network:
    one = Servers(("only",), np.array([[900.0, 900.0]]), np.array([48e9]), np.array([60e6]))
    return dataclasses.replace(network, servers=one)


@pytest.mark.parametrize("twins", [0.0, 50.0, 300.0])
def test_with_a_single_server_it_is_the_equilibrium_exactly(twins):
    network = single(paper(twins))
    best, equal = (f(network, TOLERANCE, 30) for f in (associate_optimum, associate_equilibrium))
    assert best.status == equal.status == "converged"
    assert best.masses.tolist() == equal.masses.tolist()
    assert best.rendering.tolist() == equal.rendering.tolist()
    first, second = numbers(network, best), numbers(network, equal)
    for field in dataclasses.fields(Report):
        one, other = getattr(first, field.name), getattr(second, field.name)
        np.testing.assert_array_equal(one, other)
    assert best.equilibrium_time == pytest.approx(first.times.mean(), rel=TOLERANCE)
    assert best.starts == (best.equilibrium_time,)
    assert best.certificate == 0.0


def test_without_twins_the_paper_gains_half_a_percent():
    network = paper(0.0)
    best, equal = (f(network, TOLERANCE, 50) for f in (associate_optimum, associate_equilibrium))
    assert best.status == "converged"
    gain = 1.0 - average(network, best) / average(network, equal)
    assert 0.004 < gain < 0.006
    assert best.equilibrium_time == pytest.approx(average(network, equal), rel=1e-5)
    assert best.starts[0] == pytest.approx(average(network, best), rel=1e-5)
    assert best.certificate is not None and best.certificate < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize(("twins", "least"), [(50.0, 18.86), (200.0, 23.51), (300.0, 28.71)])
def test_on_the_papers_scenario_it_is_the_least_that_descents_on_a_raster_find(twins, least):
    network = paper(twins)
    best = associate_optimum(network, TOLERANCE, 100)
    assert best.status == "converged"
    assert 1e3 * average(network, best) == pytest.approx(least, rel=0.005)


def test_times_are_those_of_a_raster():
    network = paper(0.0)
    best = associate_optimum(network, TOLERANCE, 50)
    _, times = times_by_raster(network, best)
    np.testing.assert_allclose(numbers(network, best).times, times, rtol=3e-3)


def is_no_worse_than_the_equilibrium(seed):
    network = town_network(seed)
    equal = associate_equilibrium(network, TOLERANCE, 50)
    best = associate_optimum(network, TOLERANCE, 100)
    if equal.status == "infeasible":
        assert best.status == "infeasible"
        assert best.message == equal.message or re.search("would help", best.message)
        return
    assert equal.status == ("not-converged" if seed in NO_EQUILIBRIUM else "converged"), equal.message
    assert best.status == "converged", best.message
    assert (best.rendering > 0.0).all()
    assert best.masses.sum() == pytest.approx(1.0, abs=1e-4)
    # both averages are known to a part of the tolerance; without an equilibrium the last partition's
    assert average(network, best) <= average(network, equal) * (1.0 + TOLERANCE)
    if seed in NO_EQUILIBRIUM:
        assert best.equilibrium_time is None
        return
    assert best.equilibrium_time == pytest.approx(average(network, equal), rel=1e-4)


@pytest.mark.parametrize("seed", [2, 9])
def test_in_towns_it_is_never_above_the_equilibrium(seed):
    is_no_worse_than_the_equilibrium(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_in_many_towns_it_is_never_above_the_equilibrium(seed):
    is_no_worse_than_the_equilibrium(seed)


def test_servers_that_are_alike_share_one_region_equally():
    network = paper(0.0)
    rows = [0, 1, 2, 3, 0]
    old = network.servers
    servers = Servers(
        (*old.names, "again"), old.positions[rows], old.compute[rows], old.bandwidth[rows]
    )
    network = dataclasses.replace(network, servers=servers)
    best = associate_optimum(network, TOLERANCE, 50)
    assert best.status == "converged"
    assert "the servers 'south-west', 'again' are alike and share one region" in best.message
    assert best.masses[0] == best.masses[4]
    assert best.masses.sum() == pytest.approx(1.0, abs=1e-5)
    found = numbers(network, best)
    assert found.times[0] == pytest.approx(found.times[4], rel=1e-12)
    equal = associate_equilibrium(network, TOLERANCE, 50)
    assert found.times.mean() < average(network, equal)


def test_all_alike_share_the_zone():
    network = paper(0.0)
    rows = [0, 0, 0]
    old = network.servers
    servers = Servers(("a", "b", "c"), old.positions[rows], old.compute[rows], old.bandwidth[rows])
    network = dataclasses.replace(network, servers=servers)
    best, equal = (f(network, TOLERANCE, 30) for f in (associate_optimum, associate_equilibrium))
    np.testing.assert_allclose(best.masses, 1.0 / 3.0, atol=TOLERANCE)
    np.testing.assert_array_equal(best.masses, equal.masses)
    assert average(network, best) == average(network, equal)


@pytest.mark.slow
def test_more_starts_never_find_worse_and_all_are_told():
    network = paper(0.0)
    one, more = (associate_optimum(network, 1e-4, 50, starts=n) for n in (1, 3))
    assert len(one.starts) == 1
    assert len(more.starts) == 3
    assert average(network, more) <= average(network, one) * (1.0 + 1e-4)
    assert min(more.starts) == pytest.approx(average(network, more), rel=1e-3)


def test_a_network_that_no_partition_can_serve_is_refused_as_by_the_equilibrium():
    for network in (paper(600.0), paper(data=1e7)):
        best, equal = (f(network, 1e-4, 30) for f in (associate_optimum, associate_equilibrium))
        assert best.status == equal.status == "infeasible"
        assert best.message == equal.message


def test_moving_a_patch_to_another_region_never_lowers_the_objective():
    """Sensors of small cells, along the interfaces and anywhere, on a raster by the formulas."""
    network = paper(0.0)
    best = associate_optimum(network, TOLERANCE, 50)
    grid = Raster(network, 800)
    points, cells = grid.points, grid.cells(best.costs)
    least = grid.time(cells)
    values = best.costs.values(points[:, None], np.arange(4))
    ordered = np.sort(values, axis=1)
    near = np.flatnonzero(ordered[:, 1] - ordered[:, 0] < 0.05)
    rng = np.random.default_rng(0)
    for k in range(100):
        center = points[rng.choice(near) if k % 2 else rng.integers(len(points))]
        radius = 10 ** rng.uniform(1.0, 2.3)
        patch = ((points - center) ** 2).sum(axis=1) < radius**2
        to = int(rng.integers(4))
        moved = np.where(patch, to, cells)
        # a raster's labels are optimal but for midpoints next to interfaces
        assert grid.time(moved) >= least * (1.0 - 1e-7)
