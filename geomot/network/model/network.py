"""The system of the paper: servers, sensors and twins (eq. 1-11), SI units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from geomot.densities.base import Density
from geomot.geometry.meshes.breaks import Breaks
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints, squared_norms
from geomot.network.model.log_load import LogLoad
from geomot.network.model.radio import Channel
from geomot.network.model.rates import TwinCompute, UploadTime


@dataclass(frozen=True, eq=False)
class Servers:
    """Edge servers.

    Parameters
    ----------
    names
        ``(B,)``.
    positions
        ``(B, d)`` k_b, metres.
    compute
        ``(B,)`` Psi_b, cycle/s.
    bandwidth
        ``(B,)`` W_b, Hz.
    """

    names: tuple[str, ...]
    positions: Floats
    compute: Floats
    bandwidth: Floats

    def take(self, rows: Ints) -> Servers:
        """Return some of the servers."""
        names = tuple(self.names[row] for row in rows)
        return Servers(names, self.positions[rows], self.compute[rows], self.bandwidth[rows])


@dataclass(frozen=True, eq=False)
class Sensors:
    """Sensors that capture the physical zone.

    Parameters
    ----------
    count
        Q.
    power
        xi, W.
    data_density
        rho, bit/s/m^3.
    unit_volume
        epsilon, m^3.
    slot
        Delta, s.
    complexity
        Lambda, cycle/bit.
    density
        g, normalised to 1 in the zone.
    """

    count: float
    power: float
    data_density: float
    unit_volume: float
    slot: float
    complexity: float
    density: Density

    @property
    def weight(self) -> float:
        """Q^2 Delta epsilon, s m^3: eq. 5 is that times alpha_b C_b, g counting sensors."""
        return self.count**2 * self.slot * self.unit_volume


@dataclass(frozen=True)
class TwinClass:
    """Twins of one kind.

    Parameters
    ----------
    share
        Part of all twins.
    intensity
        mu, 1/s: the deadline is 1/mu.
    power
        zeta, W.
    """

    share: float
    intensity: float
    power: float


@dataclass(frozen=True, eq=False)
class Twins:
    """Digital twins of autonomous machines.

    Parameters
    ----------
    count
        K.
    data
        D, bit.
    bandwidth
        W_k, Hz.
    complexity
        Gamma, cycle/bit.
    classes
        Kinds of twins; their shares sum to 1.
    density
        f, normalised to 1 in the zone.
    """

    count: float
    data: float
    bandwidth: float
    complexity: float
    classes: tuple[TwinClass, ...]
    density: Density


@dataclass(frozen=True, eq=False)
class PlacedTwins:
    """Digital twins one by one, at given positions.

    Parameters
    ----------
    data
        D, bit.
    bandwidth
        W_k, Hz.
    complexity
        Gamma, cycle/bit.
    classes
        Kinds of twins.
    positions
        ``(K, d)``, metres.
    kinds
        ``(K,)`` the class of each twin.
    free
        Whether any server may host a twin (x_kb of 9d and 9e is a variable), or only that in whose
        region it stands.
    """

    data: float
    bandwidth: float
    complexity: float
    classes: tuple[TwinClass, ...]
    positions: Floats
    kinds: Ints
    free: bool = False

    @property
    def count(self) -> int:
        """K."""
        return len(self.positions)


@dataclass(frozen=True, eq=False)
class Network:
    """A zone with everything in it.

    Parameters
    ----------
    zone
        The physical zone.
    servers, sensors, channel
        What stands there.
    twins
        Twins by their density; None if there are none, or they are given one by one.
    placed
        Twins one by one; None if there are none, or they are given by their density.
    """

    zone: Zone
    servers: Servers
    sensors: Sensors
    channel: Channel
    twins: Twins | None
    placed: PlacedTwins | None = None

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """Where the densities of sensors and of twins are not smooth."""
        return self.sensors.density.breaks + (() if self.twins is None else self.twins.density.breaks)

    def squares(self, points: Floats, sites: Ints) -> Floats:
        """Return the squared distances of points from servers, m^2."""
        return squared_norms(points - self.servers.positions[sites])

    def nearest(self, points: Floats) -> tuple[Floats, Ints]:
        """Return distance and number of the server nearest to each point ``(m, d)``."""
        distances, sites = self._tree.query(points)
        return np.asarray(distances), np.asarray(sites)

    def mast_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return on what length times vary in balls ``(m,)``, metres: how far the nearest mast is.

        Near a mast they vary like the logarithm of the distance, down to the reference distance.  In a
        simplex that reaches it cubature rules differ by less than they miss.
        """
        away, _ = self.nearest(centers)
        return np.hypot(np.maximum(away - radii, 0.0), self.channel.reference_distance)

    @property
    def _hosted(self) -> Twins | PlacedTwins:
        twins = self.twins or self.placed
        assert twins is not None
        return twins

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.servers.positions)

    def load(self, rendering: Floats) -> LogLoad:
        """Return log F_b (eq. 11, without the data density) as a function of the squared distance.

        Parameters
        ----------
        rendering
            ``(B,)`` psi_b, compute left for rendering, cycle/s.
        """
        upload, per_bit = self.upload, self.sensors.complexity / rendering
        return LogLoad(upload.peak, upload.bandwidth, per_bit, upload.exponent, upload.distance)

    @cached_property
    def upload(self) -> UploadTime:
        """1 / (W_b e_b) (eq. 3) as a function of the squared distance, s/bit."""
        channel, servers = self.channel, self.servers
        peak = self.sensors.power * channel.reference_gain / (channel.noise * servers.bandwidth)
        return UploadTime(peak, servers.bandwidth, channel.exponent, channel.reference_distance)

    def twin_profile(self, most: float) -> TwinCompute:
        """Return phi averaged over the classes as a function of the squared distance, cycle/s per twin.

        Parameters
        ----------
        most
            phi of one class above which it is continued by a polynomial, cycle/s.
        """
        assert self.twins is not None
        twins, channel = self.twins, self.channel
        shares, intensities, powers = (
            np.array([getattr(kind, name) for kind in twins.classes])
            for name in ("share", "intensity", "power")
        )
        return TwinCompute(
            shares,
            powers * channel.reference_gain / (channel.noise * twins.bandwidth),
            1.0 / (intensities * twins.data),
            twins.bandwidth,
            twins.complexity,
            channel.exponent,
            channel.reference_distance,
            most,
        )

    def upload_time(self, kind: TwinClass, squares: Floats) -> Floats:
        """Return D / r_k (eq. 6), the time a twin's data need at squared distances, s."""
        twins = self._hosted
        return twins.data / self.channel.rate(squares, kind.power, twins.bandwidth)

    def twin_compute(self, kind: TwinClass, squares: Floats) -> Floats:
        """Return phi = Gamma / (1 / (mu D) - 1 / r), eq. 8; infinite where the deadline is missed."""
        twins = self._hosted
        left = 1.0 / (kind.intensity * twins.data) - self.upload_time(kind, squares) / twins.data
        with np.errstate(divide="ignore"):
            return np.where(left > 0.0, twins.complexity / np.maximum(left, 0.0), np.inf)

    def mean_twin_compute(self, squares: Floats) -> Floats:
        """Return phi averaged over the classes, cycle/s per twin."""
        assert self.twins is not None
        return np.asarray(
            sum(kind.share * self.twin_compute(kind, squares) for kind in self.twins.classes)
        )

    def twin_compute_slopes(self, kind: TwinClass, squares: Floats) -> Floats:
        """Return the derivative of `twin_compute` in the squared distance, cycle/s/m^2.

        With phi = Gamma / (1 / (mu D) - 1 / r) it is -phi^2 r' / (Gamma r^2).
        """
        twins = self._hosted
        change = -self.channel.rate_slopes(squares, kind.power, twins.bandwidth)
        rate = self.channel.rate(squares, kind.power, twins.bandwidth)
        return (self.twin_compute(kind, squares) / rate) ** 2 * change / twins.complexity

    def mean_twin_compute_slopes(self, squares: Floats) -> Floats:
        """Return `twin_compute_slopes` averaged over the classes, cycle/s/m^2 per twin."""
        assert self.twins is not None
        return np.asarray(
            sum(kind.share * self.twin_compute_slopes(kind, squares) for kind in self.twins.classes)
        )
