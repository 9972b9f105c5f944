"""The paper's formulas (eq. 1 to 8), and the costs whose least one decides a region (eq. 14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import expit

from geomot.verification.adaptive import Array
from geomot.verification.densities import Spread, spread

STEEP = 100.0  # times the largest compute: where an optimum's costs follow a polynomial in place of phi
COLUMNS = ("position", "compute", "bandwidth")  # of a server


@dataclass(frozen=True, eq=False)
class Model:
    """A scenario as arrays: ``positions`` ``(B, d)``, ``compute`` and ``bandwidth`` ``(B,)``."""

    scenario: Any
    positions: Array = field(init=False)
    compute: Array = field(init=False)
    bandwidth: Array = field(init=False)
    sensors: Spread = field(init=False)
    twins: Spread | None = field(init=False)

    def __post_init__(self) -> None:
        """Read the arrays off the scenario."""
        servers, twins = self.scenario.servers, self.scenario.twins
        for key, name in zip(("positions", "compute", "bandwidth"), COLUMNS, strict=True):
            value = np.array([getattr(server, name) for server in servers], dtype=float)
            object.__setattr__(self, key, value)
        d, spread_out = self.positions.shape[1], twins is not None and not twins.placed
        object.__setattr__(self, "sensors", spread(self.scenario.sensors.density, d))
        object.__setattr__(self, "twins", spread(twins.density, d) if spread_out else None)

    def _snr(self, squares: Array, power: float, band: Array | float) -> Array:
        """Return power times gain over the noise in a band, eq. 1 and 2."""
        c = self.scenario.channel
        gain = 10.0 ** (-0.1 * c.reference_loss)
        gain = gain * (squares / c.reference_distance**2 + 1.0) ** (-0.5 * c.exponent)
        return np.asarray(power * gain / (10.0 ** (0.1 * c.noise_density - 3.0) * band))

    def upload(self, squares: Array, sites: Array) -> Array:
        """Return U_b = 1 / (W_b e_b), s/bit, eq. 3."""
        band = self.bandwidth[sites]
        snr = self._snr(squares, self.scenario.sensors.power, band)
        return np.asarray(np.log(2.0) / (band * np.log1p(snr)))

    def rate(self, squares: Array, kind: int) -> Array:
        """Return the uplink rate r of a class of twins, bit/s, eq. 6."""
        twins = self.scenario.twins
        snr = self._snr(squares, twins.classes[kind].power, twins.bandwidth)
        return np.asarray(twins.bandwidth * np.log1p(snr) / np.log(2.0))

    def phi(self, squares: Array, kind: int, most: float = np.inf) -> Array:
        """Return eq. 8's compute, cycle/s, infinite where the upload is late.

        Above ``most``, if that is finite, it is the Taylor polynomial of degree 3 in 1 / r.
        """
        twins = self.scenario.twins
        spare = 1.0 / (twins.classes[kind].intensity * twins.data) - 1.0 / self.rate(squares, kind)
        least = twins.complexity / most
        left = np.maximum(spare, least)
        over = np.maximum(least - spare, 0.0) / left if least > 0.0 else 0.0
        with np.errstate(divide="ignore"):
            return np.asarray(twins.complexity / left * (1.0 + over * (1.0 + over * (1.0 + over))))

    def mean_phi(self, squares: Array, most: float = np.inf) -> Array:
        """Return phi averaged over the classes."""
        classes = self.scenario.twins.classes
        return np.asarray(sum(c.share * self.phi(squares, k, most) for k, c in enumerate(classes)))


@dataclass(frozen=True, eq=False)
class RegionCosts:
    """The costs of the regions, one of three kinds, by the rows ``servers`` of a solution.

    ``odds`` is log of the integral of f over that of g, as the densities are not normalised.
    """

    model: Model
    rows: Sequence[Any]
    balance: float | None
    odds: float = 0.0
    weight: Array | None = field(init=False)
    rendering_time: Array | None = field(init=False)
    prices: Array | None = field(init=False)

    def __post_init__(self) -> None:
        """Read the columns off the rows."""
        for name in ("weight", "rendering_time", "prices"):
            held = [getattr(row, name) for row in self.rows]
            column = None if None in held else np.array(held, dtype=float)
            object.__setattr__(self, name, column)

    def parts(self, squares: Array, sites: Array) -> tuple[Array, ...]:
        """Return what the cost is a blend of: increasing functions of the squared distance."""
        weight, time, prices = self.weight, self.rendering_time, self.prices
        if prices is not None:
            sensors = prices[sites, 0] + prices[sites, 1] * self.model.upload(squares, sites)
            if self.balance is None:
                return (sensors,)
            most = STEEP * float(self.model.compute.max())
            return sensors, prices[sites, 2] * self.model.mean_phi(squares, most)
        if weight is not None and time is not None:
            return (np.log(self.model.upload(squares, sites) + time[sites]) + weight[sites],)
        return (squares,)

    def logits(self, points: Array) -> Array:
        """Return log(a / (1 - a)) of the part a that the first family has in a blend."""
        assert self.model.twins is not None and self.balance is not None
        apart = self.model.sensors.logs(points) - self.model.twins.logs(points)
        return np.asarray(apart + self.odds - np.log(self.balance))

    def values(self, points: Array, sites: Array) -> Array:
        """Return the costs at points ``(n, d)`` of sites ``(n,)``."""
        parts = self.parts(((points - self.model.positions[sites]) ** 2).sum(axis=1), sites)
        if len(parts) == 1:
            return parts[0]
        part = expit(self.logits(points))
        return np.asarray(part * parts[0] + (1.0 - part) * parts[1])

    def table(self, points: Array, sites: Array) -> Array:
        """Return the costs at points ``(n, d)`` of all of some sites, ``(n, k)``."""
        n, k = len(points), len(sites)
        flat = self.values(np.repeat(points, k, axis=0), np.tile(sites, n))
        return flat.reshape(n, k)
