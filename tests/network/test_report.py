"""Times of servers against integrals in polar coordinates about the mast."""

import dataclasses

import numpy as np
import pytest
from scipy import integrate

from geomot.densities.gaussian import Uniform
from geomot.diagram import normalized
from geomot.geometry import Zone
from geomot.network.association.associate import associate_snr
from geomot.network.model.network import Network, Servers
from geomot.network.results.report import report
from tests.network.networks import paper, sensors

SIDE = 2000.0


def alone(mast: np.ndarray) -> Network:
    """Return a network of one server in a square with uniform sensors."""
    zone = Zone.box([0, 0], [SIDE, SIDE])
    server = Servers(("only",), mast[None], np.array([8e9]), np.array([10e6]))
    density = normalized(Uniform(), zone, 1e-12)
    return dataclasses.replace(
        paper(0.0), zone=zone, servers=server, sensors=sensors(density), twins=None
    )


def time_in_polar_coordinates(network: Network, mast: np.ndarray) -> float:
    """Return T = Q^2 Delta eps rho times the mean of 1 / C + Lambda / psi over the square."""
    sensors, channel, servers = network.sensors, network.channel, network.servers
    bandwidth, compute = float(servers.bandwidth[0]), float(servers.compute[0])

    def upload(r: float) -> float:
        noise = bandwidth * 10.0 ** ((channel.noise_density - 30.0) / 10.0)
        away = np.hypot(r, channel.reference_distance) / channel.reference_distance
        gain = 10.0 ** (-channel.reference_loss / 10.0) * away**-channel.exponent
        return 1.0 / (bandwidth * np.log2(1.0 + sensors.power * gain / noise))

    total, tight = 0.0, {"epsabs": 0.0, "epsrel": 1e-11, "limit": 200}
    for turn in range(4):  # the triangles between the mast and each side, by their distance and reach
        axis, sign = divmod(turn, 2)
        height = mast[axis] if sign == 0 else SIDE - mast[axis]
        ends = np.arctan2([-mast[1 - axis], SIDE - mast[1 - axis]], height)

        def along(angle: float, height: float = height) -> float:
            far = np.log(height / np.cos(angle))
            return integrate.quad(lambda s: upload(np.exp(s)) * np.exp(2.0 * s), -30.0, far, **tight)[0]

        total += integrate.quad(along, *ends, **tight)[0]
    mean = total / SIDE**2 + sensors.complexity / compute
    return sensors.weight * sensors.data_density * mean


@pytest.mark.parametrize("seed", range(6))
def test_times_are_as_good_as_their_errors_say(seed):
    mast = np.random.default_rng(seed).uniform(20.0, SIDE - 20.0, 2)
    network = alone(mast)
    expected = time_in_polar_coordinates(network, mast)
    for tolerance in 10.0 ** np.arange(-2.0, -10.0, -1.0):
        numbers = report(network, associate_snr(network, tolerance, 0), tolerance)
        away = abs(float(numbers.times[0]) - expected)
        assert away <= numbers.time_errors[0] + 1e-10 * expected
        assert numbers.time_errors[0] <= 4.0 * tolerance * expected
