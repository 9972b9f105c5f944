"""The logarithm of the time F_b per bit of sensor data (eq. 11) as a cost of the distance.

With y = log((s + d0^2) / d0^2), s the squared distance, and nu half the path-loss exponent::

    snr = S exp(-nu y)      L = log(1 + snr)       F = a / L + b,   a = ln 2 / W,  b = Lambda / psi
    sigma = snr / (1 + snr)    rho = sigma / L     theta = (a / L) / F
    dc/dy = nu rho theta       d2c/dy2 = nu^2 rho theta (rho (2 - theta) - (1 - sigma))      c = log F

sigma falls in y; rho, theta and so dc/dy rise (rho >= 1 - sigma): their ranges on an interval of
distances are their values at its ends, and interval arithmetic gives rigorous curvature bounds.  The
data density rho(x) of eq. 11 multiplies all costs alike and drops out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.costs.ranges import Range, plus, times
from geomot.kernels.simplices import Floats, Ints
from geomot.network.model.distance_profile import Derivatives, LevelProfile

# L - sigma cancels for faint signals: below WEAK it is the sum over k > 1 of (1 - 1 / k) (-snr)^k
WEAK = 1e-2
SERIES = np.array([0.0, *(1.0 - 1.0 / k for k in range(1, 10))])


@dataclass(frozen=True, eq=False)
class LogLoad(LevelProfile):
    """h_b(s) = log(1 / (W_b e_b) + Lambda / psi_b).

    Parameters
    ----------
    peak
        ``(B,)`` signal-to-noise ratio S_b at the mast.
    bandwidth
        ``(B,)`` W_b, Hz.
    rendering
        ``(B,)`` Lambda / psi_b, s/bit.
    exponent
        Path-loss exponent.
    distance
        Reference distance d0, metres.
    """

    peak: Floats
    bandwidth: Floats
    rendering: Floats
    exponent: float
    distance: float

    def values(self, squares: Floats, sites: Ints) -> Floats:
        """Return log F_b."""
        upload, _, _ = self._upload(squares, sites)
        return np.log(upload + self.rendering[sites])

    @property
    def count(self) -> int:
        """Number of servers."""
        return len(self.peak)

    def level_slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return dc/dy."""
        rho, theta, _ = self._ratios(squares, sites)
        return np.asarray(0.5 * self.exponent * rho * theta)

    def derivatives(self, low: Floats, high: Floats, sites: Ints) -> Derivatives:
        """Return the ranges of the derivatives in y."""
        ranges = self._ranges(low, high, sites)
        return Derivatives(ranges.slope, ranges.bend, ranges.third)

    def contrasts(self, low: Floats, high: Floats, first: Ints, second: Ints) -> Floats:
        """Return |log(b_i / b_j)| times the derivative of the eigenvalues in log b, theta in between.

        That derivative is -theta (1 - theta) nu rho for dc/dy, and for d2c/dy2 the same times nu (rho
        (2 - 2 theta) - (1 - sigma)).
        """
        nu = 0.5 * self.exponent
        one, other = self._ranges(low, high, first), self._ranges(low, high, second)
        theta = np.minimum(one.theta[0], other.theta[0]), np.maximum(one.theta[1], other.theta[1])
        rho, rest = one.rho[1], one.rest[1]
        slope = nu * rho * theta[1] * (1.0 - theta[0])
        bend = nu * slope * np.maximum(2.0 * rho * (1.0 - theta[0]), rest)
        bound = (2.0 * slope + 4.0 * bend) / (low + self.distance**2)
        same = (self.bandwidth[first] == self.bandwidth[second]) & (
            self.peak[first] == self.peak[second]
        )
        ratio = np.abs(np.log(self.rendering[first] / self.rendering[second]))
        return np.where(same, ratio * bound, np.inf)

    def parameters(self) -> Floats:
        """Return S, W and Lambda / psi of each server."""
        return np.column_stack([self.peak, self.bandwidth, self.rendering])

    def take(self, sites: Ints) -> LogLoad:
        """Return the functions of some servers."""
        return replace(
            self,
            peak=self.peak[sites],
            bandwidth=self.bandwidth[sites],
            rendering=self.rendering[sites],
        )

    def rendering_share(self, squares: Floats, sites: Ints) -> Floats:
        """Return b / F, the share of rendering in the time: -psi times the derivative in psi."""
        upload, _, _ = self._upload(squares, sites)
        return self.rendering[sites] / (upload + self.rendering[sites])

    def bandwidth_slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return d log F / d log W = -theta (1 - rho): noise fills the band, and S falls as 1 / W."""
        upload, snr, nats = self._upload(squares, sites)
        faint = np.polynomial.polynomial.polyval(-np.minimum(snr, WEAK), SERIES)
        spare = np.where(snr < WEAK, faint, nats - snr / (1.0 + snr)) / nats  # 1 - rho
        return np.asarray(-upload / (upload + self.rendering[sites]) * spare)

    def _upload(self, squares: Floats, sites: Ints) -> tuple[Floats, Floats, Floats]:
        """Return a / L, snr and L."""
        level = squares / self.distance**2 + 1.0
        snr = self.peak[sites] * level ** (-0.5 * self.exponent)
        nats = np.log1p(snr)
        return np.log(2.0) / (self.bandwidth[sites] * nats), snr, nats

    def _ratios(self, squares: Floats, sites: Ints) -> tuple[Floats, Floats, Floats]:
        """Return rho, theta and 1 - sigma."""
        upload, snr, nats = self._upload(squares, sites)
        rest = 1.0 / (1.0 + snr)
        return snr * rest / nats, upload / (upload + self.rendering[sites]), rest

    def _ranges(self, low: Floats, high: Floats, sites: Ints) -> _Ranges:
        """Return the ranges of all that the derivatives are made of, for s in [low, high]."""
        nu = 0.5 * self.exponent
        rho_0, theta_0, rest_0 = self._ratios(low, sites)
        rho_1, theta_1, rest_1 = self._ratios(high, sites)
        rho, theta, rest = (rho_0, rho_1), (theta_0, theta_1), (rest_0, rest_1)
        slope = nu * rho_0 * theta_0, nu * rho_1 * theta_1
        inner = rho_0 * (2.0 - theta_1) - rest_1, rho_1 * (2.0 - theta_0) - rest_0  # B
        # B_y / nu = rho (rho - (1 - sigma)) (2 - theta) - rho^2 theta (1 - theta) - (1 - sigma) sigma
        excess = np.maximum(rho_0 - rest_1, 0.0), rho_1 - rest_0
        change = (
            rho_0 * excess[0] * (2.0 - theta_1)
            - rho_1**2 * theta_1 * (1.0 - theta_0)
            - rest_1 * (1.0 - rest_0),
            rho_1 * excess[1] * (2.0 - theta_0)
            - rho_0**2 * theta_0 * (1.0 - theta_1)
            - rest_0 * (1.0 - rest_1),
        )
        return _Ranges(
            rho=rho,
            theta=theta,
            rest=rest,
            slope=slope,
            bend=times((nu * slope[0], nu * slope[1]), inner),
            third=times((nu**2 * slope[0], nu**2 * slope[1]), plus(times(inner, inner), change)),
        )


@dataclass(frozen=True, eq=False)
class _Ranges:
    """Lower and upper bounds on an interval of distances."""

    rho: Range
    theta: Range
    rest: Range  # 1 - sigma
    slope: Range  # dc/dy
    bend: Range  # d2c/dy2
    third: Range  # d3c/dy3
