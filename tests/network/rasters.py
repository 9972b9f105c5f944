"""The quantities of eq. 9a on a raster, by the paper's formulas and apart from the package."""

import dataclasses

import numpy as np

from tests.network.networks import cheapest, midpoints

SIZE = 400


@dataclasses.dataclass
class Raster:
    """Midpoints of a grid with g, 1 / (W e) and K f phi, computed apart from the package."""

    network: object
    size: int = SIZE

    def __post_init__(self):
        network = self.network
        self.points, area = midpoints(network.zone, self.size)
        servers, sensors, channel = network.servers, network.sensors, network.channel
        squares = ((self.points[:, None] - servers.positions) ** 2).sum(axis=-1)
        gain = 10 ** (-0.1 * channel.reference_loss) * (1.0 + squares) ** (-0.5 * channel.exponent)
        noise = 10 ** (0.1 * channel.noise_density - 3.0)
        rate = servers.bandwidth * np.log2(1.0 + sensors.power * gain / noise / servers.bandwidth)
        self.upload = 1.0 / rate
        self.mass = sensors.density.values(self.points) * area
        self.twins = np.zeros_like(self.upload)
        if network.twins is not None:
            twins = network.twins
            number = twins.count * twins.density.values(self.points) * area
            for kind in twins.classes:
                rate = twins.bandwidth * np.log2(1.0 + kind.power * gain / noise / twins.bandwidth)
                left = 1.0 / (kind.intensity * twins.data) - 1.0 / rate
                self.twins += kind.share * number[:, None] * twins.complexity / left

    def cells(self, costs):
        return cheapest(costs, self.points)

    def held(self, cells):
        """Return alpha_b, G_b and l_b."""
        rows, count = np.arange(len(cells)), self.upload.shape[1]
        alpha = np.bincount(cells, self.mass, count)
        upload = np.bincount(cells, self.mass * self.upload[rows, cells], count)
        return alpha, upload, np.bincount(cells, self.twins[rows, cells], count)

    def time(self, cells):
        return self.time_of(*self.held(cells))

    def time_of(self, alpha, upload, load):
        """Return sum_b alpha_b (G_b + Lambda alpha_b / psi_b), infinite where psi_b <= 0."""
        left = self.network.servers.compute - load
        if (left <= 0.0).any():
            return np.inf
        return float((alpha * (upload + self.network.sensors.complexity * alpha / left)).sum())

    def handed(self, points, one, other):
        """Return what the cells gain if some points pass from one to another, ``(3, B)``."""
        gain = np.zeros((3, self.upload.shape[1]))
        for site, sign in ((one, -1.0), (other, 1.0)):
            mass = self.mass[points]
            parts = mass.sum(), mass @ self.upload[points, site], self.twins[points, site].sum()
            gain[:, site] = sign * np.array(parts)
        return gain

    def marginals(self, alpha, upload, load):
        """Return m_b(x) = g (alpha_b F_b + C_b) + K f phi_b Lambda alpha_b^2 / psi_b^2."""
        left = self.network.servers.compute - load
        bit = self.network.sensors.complexity
        own = alpha * (self.upload + bit / left)
        return (
            self.mass[:, None] * (own + upload + bit * alpha / left)
            + self.twins * bit * (alpha / left) ** 2
        )
