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

from dataclasses import dataclass

import numpy as np

from geomot.costs.radial import Profile
from geomot.geometry.simplices import Floats, Ints

Range = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class LogLoad(Profile):
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

    def slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return dc/dy dy/ds."""
        rho, theta, _ = self._ratios(squares, sites)
        return np.asarray(0.5 * self.exponent * rho * theta / (squares + self.distance**2))

    def curvatures(self, low: Floats, high: Floats, sites: Ints) -> Range:
        """Return bounds of 2 h' and 2 h' + 4 s h'' by interval arithmetic."""
        nu, square = 0.5 * self.exponent, self.distance**2
        rho_0, theta_0, rest_0 = self._ratios(low, sites)
        rho_1, theta_1, rest_1 = self._ratios(high, sites)
        slope = nu * rho_0 * theta_0, nu * rho_1 * theta_1
        inner = rho_0 * (2.0 - theta_1) - rest_1, rho_1 * (2.0 - theta_0) - rest_0
        bend = _times((nu * slope[0], nu * slope[1]), inner)
        scale = 1.0 / (high + square), 1.0 / (low + square)
        share = low * scale[1], high * scale[0]  # s / (s + d0^2)
        radial = _times(slope, (2.0 - 4.0 * share[1], 2.0 - 4.0 * share[0]))
        curved = _times((4.0 * share[0], 4.0 * share[1]), bend)
        radial = _times(scale, (radial[0] + curved[0], radial[1] + curved[1]))
        lower = np.minimum(2.0 * slope[0] * scale[0], radial[0])
        return lower, np.maximum(2.0 * slope[1] * scale[1], radial[1])

    def twists(self, low: Floats, high: Floats, sites: Ints) -> Floats:
        """Return infinity: servers that nearly coincide are resolved by their own curvatures."""
        return np.full(np.broadcast_shapes(low.shape, high.shape), np.inf)

    def parameters(self) -> Floats:
        """Return S, W and Lambda / psi of each server."""
        return np.column_stack([self.peak, self.bandwidth, self.rendering])

    def rendering_share(self, squares: Floats, sites: Ints) -> Floats:
        """Return b / F, the share of rendering in the time: -psi times the derivative in psi."""
        upload, _, _ = self._upload(squares, sites)
        return self.rendering[sites] / (upload + self.rendering[sites])

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


def _times(positive: Range, other: Range) -> Range:
    """Return the product of two ranges, the first not negative."""
    low, high = positive
    least = np.minimum(low * other[0], high * other[0])
    return least, np.maximum(low * other[1], high * other[1])
