"""The partition that minimises the average sub-synchronization time itself (eq. 9a).

With alpha_b, G_b and l_b the integrals of g, of g / (W_b e_b) and of K f phi_b over the cell of b,

    C_b = G_b + Lambda alpha_b / psi_b      psi_b = Psi_b - l_b      J = sum_b alpha_b C_b,

and the average time is J times Q (Q Delta eps) rho / B.  The marginal cost of x at server b

    m_b(x) = g(x) [alpha_b F_b(x) + C_b] + K f(x) phi_b(x) Lambda alpha_b^2 / psi_b^2

is made of the derivatives of J,

    p = (G_b + 2 Lambda alpha_b / psi_b, alpha_b, Lambda (alpha_b / psi_b)^2).

The equilibrium of eq. 14 has the cells of the prices (Lambda alpha_b / psi_b, alpha_b, 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geomot.costs.base import Costs
from geomot.costs.blended import BlendedCosts
from geomot.costs.radial import RadialCosts
from geomot.geometry.meshes.breaks import Breaks
from geomot.kernels.simplices import Floats, Ints, squared_norms
from geomot.network.association.problem import UNSERVABLE
from geomot.network.model.network import Network
from geomot.network.model.rates import TwinCompute, UploadTime
from geomot.transport.density_share import Odds
from geomot.transport.partition.problem import Objective, Stakes

ROUNDING = 4.0 * float(np.finfo(float).eps)  # of a logarithm of a density, relative


@dataclass(frozen=True, eq=False)
class SynchronizationStakes(Stakes):
    """v = (g, g / (W_b e_b), K f phi_b); without twins the first two.

    The costs are divided by g + s f, which makes them a blend of two radial families,

        a (p_1 / (W_b e_b) + p_0) + (1 - a) (K / s) p_2 phi_b,      a = g / (g + s f).

    Parameters
    ----------
    network
        The network.
    unit_time
        A typical F, s/bit: what errors of the integral of g / (W e) are measured against.
    balance
        s, the twins' part of all marginal costs over the sensors', about.
    """

    network: Network
    unit_time: float
    balance: float

    @property
    def unit(self) -> float:
        """The typical F times one server's share."""
        return self.unit_time / len(self.network.servers.compute)

    @property
    def scales(self) -> Floats:
        """1, a typical F, and the least compute."""
        scales = [1.0, self.unit_time]
        if self.network.twins is not None:
            scales.append(float(self.network.servers.compute.min()))
        return np.array(scales)

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """The breaks of the densities."""
        return self.network.breaks

    @property
    def degree(self) -> None:
        """None: no polynomials."""
        return None

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return g, g / (W_b e_b) and K f phi_b."""
        network = self.network
        squares = network.squares(points, sites)
        density = network.sensors.density.values(points)
        parts = [density, density * self._upload.values(squares, sites)]
        if network.twins is not None:
            twins = network.twins.count * network.twins.density.values(points)
            parts.append(twins * self._compute.values(squares, sites))
        return np.stack(parts, axis=1)

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return bounds with 1 / (W e) and phi at the farthest distance from the nearest server.

        A server that wins in the ball may be farther away; the bounds only weigh errors.
        """
        network = self.network
        away, nearest = network.nearest(centers)
        far = (away + radii) ** 2
        density = network.sensors.density.upper_bounds(centers, radii)
        parts = [density, density * self._upload.values(far, nearest)]
        if network.twins is not None:
            twins = network.twins.count * network.twins.density.upper_bounds(centers, radii)
            parts.append(twins * self._compute.values(far, nearest))
        return np.stack(parts, axis=1)

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the densities' sizes, for 1 / (W e) also the distance to the nearest mast."""
        network, mast = self.network, self.network.mast_sizes(centers, radii)
        sensors = network.sensors.density.feature_sizes(centers, radii)
        parts = [sensors, np.minimum(sensors, mast)]
        if network.twins is not None:
            parts.append(network.twins.density.feature_sizes(centers, radii))
        return np.stack(parts, axis=1)

    def costs(self, prices: Floats) -> Costs:
        """Return the blend; if no twin has a price, the sensors' costs alone, which have its cells."""
        network, positions = self.network, self.network.servers.positions
        sensors = RadialCosts(positions, self._upload, prices[:, 1], prices[:, 0])
        if network.twins is None or not prices[:, 2].any():
            return sensors
        none = np.zeros(len(positions))
        factor = network.twins.count / self.balance * prices[:, 2]
        twins = RadialCosts(positions, self._compute, factor, none)
        return BlendedCosts(sensors, twins, self._odds, none)

    def price_slopes(self, points: Floats, sites: Ints, prices: Floats) -> Floats:
        """Return the derivatives of the blend, or of the sensors' costs alone, in the prices."""
        network = self.network
        squares = network.squares(points, sites)
        upload = self._upload.values(squares, sites)
        if network.twins is None:
            return np.stack([np.ones(len(points)), upload], axis=1)
        scale = network.twins.count / self.balance * self._compute.values(squares, sites)
        if not prices[:, 2].any():  # per g, not g + s f
            return np.stack([np.ones(len(points)), upload, scale * self._odds.against(points)], axis=1)
        share = self._odds.values(points)
        twins = (1.0 - share) * scale
        return np.stack([share, share * upload, twins], axis=1)

    def change(self, before: Floats, after: Floats) -> float:
        """Return the bound with every part at its largest in the zone."""
        network, moved = self.network, np.abs(after - before)
        corners = network.zone.triangulation.vertices
        squares = squared_norms(corners[:, None] - network.servers.positions).max(axis=0)
        sites = np.arange(len(squares))
        largest = moved[:, 0] + moved[:, 1] * self._upload.values(squares, sites)
        if network.twins is not None:
            scale = network.twins.count / self.balance
            largest = np.maximum(largest, scale * moved[:, 2] * self._compute.values(squares, sites))
        return float(largest.max())

    @cached_property
    def _upload(self) -> UploadTime:
        return self.network.upload

    @cached_property
    def _compute(self) -> TwinCompute:
        return self.network.twin_profile(UNSERVABLE * float(self.network.servers.compute.max()))

    @cached_property
    def _odds(self) -> Odds:
        network, d = self.network, self.network.zone.dimension
        assert network.twins is not None
        densities, origin = (network.sensors.density, network.twins.density), np.zeros(d)
        # logarithms are largest in the corners of the zone, or near a mean, where they are moderate
        corners = network.zone.triangulation.vertices
        logs = [np.abs(density.log_values(corners)).max() for density in densities]
        fuzz = ROUNDING * float(max(*logs, 1.0))
        return Odds(*densities, self.balance, origin, fuzz)


@dataclass(frozen=True, eq=False)
class SynchronizationTime(Objective):
    """J = sum_b alpha_b C_b; servers that are alike share a cell equally.

    Parameters
    ----------
    network
        The network.
    multiplicity
        ``(B,)`` m_b, the number of servers that share each cell: J_b = alpha_b (G_b + Lambda alpha_b /
        psi_b) / m_b, psi_b = Psi_b - l_b / m_b.
    """

    network: Network
    multiplicity: Floats

    def value(self, holdings: Floats) -> float:
        """Return J, infinite where twins leave a server nothing."""
        mass, upload = holdings[:, 0], holdings[:, 1]
        left = self.rendering(holdings)
        if (left <= 0.0).any():
            return float(np.inf)
        return float((mass * (upload + self._bit * mass / left) / self.multiplicity).sum())

    def gradients(self, holdings: Floats) -> Floats:
        """Return the prices of a partition with these holdings."""
        mass, upload, left = holdings[:, 0], holdings[:, 1], self.rendering(holdings)
        parts = [upload + 2.0 * self._bit * mass / left, mass]
        if self.network.twins is not None:
            parts.append(self._bit * (mass / left) ** 2 / self.multiplicity)
        return np.stack(parts, axis=1) / self.multiplicity[:, None]

    def hessians(self, holdings: Floats) -> Floats:
        """Return the second derivatives of each server's term."""
        mass, left, times = holdings[:, 0], self.rendering(holdings), self.multiplicity
        result = np.zeros((len(mass),) + (holdings.shape[1],) * 2)
        result[:, 0, 0] = 2.0 * self._bit / left / times
        result[:, 0, 1] = result[:, 1, 0] = 1.0 / times
        if self.network.twins is not None:
            result[:, 0, 2] = result[:, 2, 0] = 2.0 * self._bit * mass / left**2 / times**2
            result[:, 2, 2] = 2.0 * self._bit * mass**2 / left**3 / times**3
        return result

    def rendering(self, holdings: Floats) -> Floats:
        """Return psi_b, cycle/s."""
        compute = self.network.servers.compute
        if self.network.twins is None:
            return compute
        return np.asarray(compute - holdings[:, 2] / self.multiplicity)

    @property
    def _bit(self) -> float:
        """Lambda, cycle/bit."""
        return self.network.sensors.complexity
