"""Sensitivities against differences of scenarios that are solved again."""

import dataclasses
from functools import cache

import mpmath
import numpy as np
import pytest

from geomot.densities import Uniform
from geomot.network.association.associate import Association, associate_equilibrium
from geomot.network.model.network import Network, Servers
from geomot.network.results.changes import ChangeIntegrand
from geomot.network.results.report import RegionIntegrand, report
from geomot.network.results.sensitivity import Sensitivity, equilibrium_sensitivity, fixed_sensitivity
from geomot.scenario import Scenario
from geomot.scenario.build import build_network
from tests.differences import central
from tests.network.networks import paper, random_network, with_random_twins
from tests.scenario.spatial import spatial

ACCURACY = 1e-12


@dataclasses.dataclass
class Direction:
    """Relative changes of computes, bandwidths, sensors and twins, and metres of positions."""

    compute: np.ndarray
    bandwidth: np.ndarray
    position: np.ndarray
    sensors: float
    twins: float

    def moved(self, network: Network, step: float) -> Network:
        old, sensors, twins = network.servers, network.sensors, network.twins
        servers = dataclasses.replace(
            old,
            compute=old.compute * (1.0 + step * self.compute),
            bandwidth=old.bandwidth * (1.0 + step * self.bandwidth),
            positions=old.positions + step * self.position,
        )
        sensors = dataclasses.replace(sensors, count=sensors.count * (1.0 + step * self.sensors))
        if twins is not None:
            twins = dataclasses.replace(twins, count=twins.count * (1.0 + step * self.twins))
        return dataclasses.replace(network, servers=servers, sensors=sensors, twins=twins)

    def slope(self, network: Network, found: Sensitivity) -> float:
        servers = network.servers
        along = (found.compute * servers.compute * self.compute).sum()
        along += (found.bandwidth * servers.bandwidth * self.bandwidth).sum()
        along += (found.position * self.position).sum()
        along += found.sensors * network.sensors.count * self.sensors
        if network.twins is not None:
            along += found.twins * network.twins.count * self.twins
        return float(along)


def one(network: Network, parameter: str, server: int) -> Direction:
    zero = np.zeros(len(network.servers.compute))
    still = np.zeros_like(network.servers.positions)
    direction = Direction(zero, zero.copy(), still, 0.0, 0.0)
    if parameter in "xyz":
        direction.position[server, "xyz".index(parameter)] = network.zone.extent
    elif parameter in ("compute", "bandwidth"):
        getattr(direction, parameter)[server] = 1.0
    else:
        setattr(direction, parameter, 1.0)
    return direction


def random_direction(network: Network, seed: int) -> Direction:
    rng = np.random.default_rng(seed)
    shape = network.servers.positions.shape
    compute, bandwidth = rng.uniform(-1, 1, (2, shape[0]))
    position = rng.uniform(-0.3, 0.3, shape) * network.zone.extent
    return Direction(compute, bandwidth, position, *rng.uniform(-1, 1, 2))


def associated(network: Network, accuracy: float) -> Association:
    found = associate_equilibrium(network, accuracy, 50)
    assert found.status == "converged", found.message
    return found


def average(network: Network, accuracy: float) -> float:
    found = associated(network, accuracy)
    numbers = report(network, found, accuracy)
    return float(numbers.times.mean())


def difference(network: Network, direction: Direction, step: float, accuracy: float) -> float:
    """Return the derivative along a direction by differences of what is solved again."""
    return central(lambda t: average(direction.moved(network, t), accuracy), step)


def sensitivity(network: Network, accuracy: float) -> Sensitivity:
    found = associated(network, accuracy)
    return equilibrium_sensitivity(network, found.costs, found.rendering, found.state, accuracy)


PAPER = paper(200.0)


@cache
def papers() -> Sensitivity:
    return sensitivity(PAPER, 1e-9)


@pytest.mark.parametrize(
    ("parameter", "server"),
    [
        ("compute", 0),
        *(
            pytest.param(*rest, marks=pytest.mark.slow)
            for rest in (("x", 0), ("twins", 0), ("bandwidth", 3), ("y", 2), ("sensors", 0))
        ),
    ],
)
def test_each_derivative_is_that_of_scenarios_solved_again(parameter: str, server: int) -> None:
    direction = one(PAPER, parameter, server)
    expected = difference(PAPER, direction, 3e-3 if len(parameter) > 1 else 1e-3, ACCURACY)
    assert direction.slope(PAPER, papers()) == pytest.approx(expected, rel=1e-6)


def test_without_twins_along_a_random_direction() -> None:
    network = paper(0.0)
    direction = random_direction(network, 1)
    found = sensitivity(network, 1e-9)
    assert found.twins is None
    expected = difference(network, direction, 1e-3, ACCURACY)
    assert direction.slope(network, found) == pytest.approx(expected, rel=1e-6)


def in_space() -> Network:
    data = spatial(solver={"tolerance": 1e-9})
    data["servers"][1] |= {"position": [47, 22, 3], "compute": 5e9}
    return build_network(Scenario(**data))


def agrees_along_a_random_direction(
    network: Network, seed: int, step: float, accuracy: float = 1e-11
) -> None:
    direction = random_direction(network, seed)
    expected = difference(network, direction, step, accuracy)
    assert direction.slope(network, sensitivity(network, 1e-9)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow
def test_in_space_along_a_random_direction() -> None:
    agrees_along_a_random_direction(in_space(), 2, 3e-3, 1e-9)


@pytest.mark.parametrize(
    "seed", [8, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 7, 11))]
)
def test_random_networks_along_random_directions(seed: int) -> None:
    network, _ = random_network(seed, 6)
    agrees_along_a_random_direction(network, seed, 2e-4)


@pytest.mark.slow
def test_where_an_interface_nearly_touches_the_corner_of_the_zone() -> None:
    """There the second derivative varies on 0.1 m, so that only small steps are any good."""
    network, _ = random_network(1, 6)
    agrees_along_a_random_direction(network, 1, 1e-5, 1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_random_networks_with_twins_along_random_directions(seed: int) -> None:
    network, rng = random_network(seed, 6)
    network = with_random_twins(network, float(10 ** rng.uniform(0, 1.5)), seed)
    agrees_along_a_random_direction(network, seed, 2e-4)


@pytest.mark.slow
def test_servers_that_share_a_region_change_together() -> None:
    old = PAPER.servers
    rows = [0, 1, 2, 3, 0]
    servers = Servers(
        (*old.names, "again"), old.positions[rows], old.compute[rows], old.bandwidth[rows]
    )
    network = dataclasses.replace(PAPER, servers=servers)
    found = sensitivity(network, 1e-9)
    assert found.shared == ((0, 4),)
    for values in (found.compute, found.bandwidth, found.position):
        np.testing.assert_array_equal(values[0], values[4])
    direction = random_direction(network, 3)
    for changes in (direction.compute, direction.bandwidth, direction.position):
        changes[4] = changes[0]
    expected = difference(network, direction, 1e-3, ACCURACY)
    assert direction.slope(network, found) == pytest.approx(expected, rel=1e-6)


def test_with_fixed_regions_it_is_the_derivative_of_times_in_these_regions() -> None:
    found = associated(PAPER, 1e-9)
    direction = random_direction(PAPER, 4)

    def fixed(step: float) -> float:
        network = direction.moved(PAPER, step)
        loads = report(network, found, ACCURACY).twin_compute
        left = network.servers.compute - loads
        return float(report(network, dataclasses.replace(found, rendering=left), ACCURACY).times.mean())

    expected = central(fixed, 1e-3)
    there = fixed_sensitivity(PAPER, found.costs, found.rendering, found.state, 1e-9)
    assert direction.slope(PAPER, there) == pytest.approx(expected, rel=1e-7)
    moving = direction.slope(PAPER, papers())
    assert abs(moving - expected) > 0.01 * abs(expected)  # the equilibrium is not the optimum


@pytest.mark.parametrize("power", [1e-3, 1e-14, 1e-22])  # signal-to-noise ratios down to 1e-20
@pytest.mark.parametrize("distance", [0.0, 30.0, 2000.0])
def test_bandwidth_slope_is_the_derivative_in_mpmath(power: float, distance: float) -> None:
    sensors = dataclasses.replace(PAPER.sensors, power=power)
    network = dataclasses.replace(PAPER, sensors=sensors)
    rendering = np.array([7e9, 6e9, 15e9, 14e9])
    load = network.load(rendering)
    with mpmath.workdps(80):
        peak = mpmath.mpf(power) * network.channel.reference_gain / network.channel.noise
        level = mpmath.mpf(distance) ** 2 / mpmath.mpf(network.channel.reference_distance) ** 2 + 1

        def cost(logarithm: mpmath.mpf) -> mpmath.mpf:
            width = mpmath.exp(logarithm)
            snr = peak / width * level ** (-network.channel.exponent / 2)
            return mpmath.log(mpmath.log(2) / (width * mpmath.log1p(snr)) + load.rendering[1])

        expected = float(mpmath.diff(cost, mpmath.log(network.servers.bandwidth[1])))
    got = load.bandwidth_slopes(np.array([distance**2]), np.array([1]))
    assert got[0] == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("distance", [0.0, 30.0, 900.0])
def test_twin_compute_slope_is_the_derivative_in_mpmath(distance: float) -> None:
    twins, channel = PAPER.twins, PAPER.channel
    assert twins is not None
    with mpmath.workdps(60):

        def compute(square: mpmath.mpf) -> mpmath.mpf:
            total = mpmath.mpf(0)
            gain = channel.reference_gain * (square + 1) ** (-channel.exponent / 2)
            for kind in twins.classes:
                ratio = kind.power * gain / (channel.noise * twins.bandwidth)
                rate = twins.bandwidth * mpmath.log1p(ratio) / mpmath.log(2)
                left = 1 / (mpmath.mpf(kind.intensity) * twins.data) - 1 / rate
                total += kind.share * twins.complexity / left
            return total

        expected = float(mpmath.diff(compute, mpmath.mpf(distance) ** 2))
    got = PAPER.mean_twin_compute_slopes(np.array([distance**2]))
    assert got[0] == pytest.approx(expected, rel=1e-9)


def test_bounds_hold_on_balls() -> None:
    found = associated(PAPER, 1e-6)
    integrand = ChangeIntegrand(RegionIntegrand(PAPER, found.rendering, np.arange(4), 1e-6))
    rng = np.random.default_rng(0)
    centers, radii = rng.uniform(0, 2000, (300, 2)), 10 ** rng.uniform(-1, 2.5, 300)
    bounds, (_, sites) = integrand.upper_bounds(centers, radii), PAPER.nearest(centers)
    for _ in range(40):
        angle, share = rng.uniform(0, 2 * np.pi, 300), np.sqrt(rng.uniform(0, 1, 300))
        arm = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        points = centers + (radii * share)[:, None] * arm
        same = PAPER.nearest(points)[1] == sites
        values = np.abs(integrand.values(points[same], sites[same]))
        assert (values <= bounds[same] * (1 + 1e-12)).all()


def test_places_without_twins_need_no_deadline() -> None:
    """Where no twin is a deadline may be missed: infinitely much compute, for nobody."""
    network = with_random_twins(PAPER, 1.0, 0)
    assert network.twins is not None
    twins = dataclasses.replace(network.twins, data=1e5, density=Nowhere())
    network = dataclasses.replace(network, twins=twins)
    squares = np.array([900.0**2])
    assert np.isinf(network.mean_twin_compute(squares)).all()
    regions = RegionIntegrand(network, network.servers.compute, np.arange(4), 1e-6)
    values = ChangeIntegrand(regions).values(np.array([[1400.0, 500.0]]), np.array([0]))
    assert np.isfinite(values).all()
    assert (values[0, [2, 3, 7, 8]] == 0.0).all()


class Nowhere(Uniform):
    """No density at all."""

    def values(self, points: np.ndarray) -> np.ndarray:
        return np.zeros(points.shape[:-1])
