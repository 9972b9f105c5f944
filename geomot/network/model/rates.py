"""Times and computing that depend on a data rate, as functions of the distance (eq. 3, 6 and 8).

With y = log((s + d0^2) / d0^2), s the squared distance, and nu half the path-loss exponent::

    snr = S exp(-nu y)      L = log(1 + snr)      q = 1 / L
    sigma = snr / (1 + snr)      rho = sigma / L      E = 2 rho - (1 - sigma)
    q_y = nu q rho      q_yy = nu^2 q rho E
    q_yyy = nu^3 q rho (E^2 + 2 rho (rho - (1 - sigma)) - sigma (1 - sigma))

q and rho rise in y and sigma falls (rho >= 1 - sigma): their ranges on an interval of distances are
their values at its ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from geomot.costs.ranges import Range, plus, times
from geomot.kernels.simplices import Floats, Ints
from geomot.network.model.distance_profile import Derivatives, LevelProfile


@dataclass(frozen=True, eq=False)
class Slowness:
    """q = 1 / log(1 + snr): the time per bit in units of log 2 / bandwidth.

    Parameters
    ----------
    peak
        Signal-to-noise ratio S at the mast, one number or an array that broadcasts.
    exponent
        Path-loss exponent.
    distance
        Reference distance d0, metres.
    """

    peak: Floats | float
    exponent: float
    distance: float

    def values(self, squares: Floats) -> Floats:
        """Return q."""
        return np.asarray(1.0 / np.log1p(self._snr(squares)))

    def slopes(self, squares: Floats) -> Floats:
        """Return q_y."""
        q, rho, _ = self._parts(squares)
        return np.asarray(0.5 * self.exponent * q * rho)

    def ranges(self, low: Floats, high: Floats) -> tuple[Range, Derivatives]:
        """Return the ranges of q and of its derivatives in y for s in [low, high]."""
        nu = 0.5 * self.exponent
        q_0, rho_0, rest_0 = self._parts(low)
        q_1, rho_1, rest_1 = self._parts(high)
        slope = nu * q_0 * rho_0, nu * q_1 * rho_1
        rho, rest = (rho_0, rho_1), (rest_0, rest_1)
        bend = plus(times((2.0, 2.0), rho), (-rest[1], -rest[0]))
        excess = np.maximum(rho_0 - rest_1, 0.0), rho_1 - rest_0
        change = plus(
            plus(times(bend, bend), times(times((2.0, 2.0), rho), excess)),
            (-rest_1 * (1.0 - rest_0), -rest_0 * (1.0 - rest_1)),
        )
        return (q_0, q_1), Derivatives(
            slope,
            times((nu * slope[0], nu * slope[1]), bend),
            times((nu**2 * slope[0], nu**2 * slope[1]), change),
        )

    def _snr(self, squares: Floats) -> Floats:
        level = squares / self.distance**2 + 1.0
        return np.asarray(self.peak * level ** (-0.5 * self.exponent))

    def _parts(self, squares: Floats) -> tuple[Floats, Floats, Floats]:
        """Return q, rho and 1 - sigma."""
        snr = self._snr(squares)
        q, rest = 1.0 / np.log1p(snr), 1.0 / (1.0 + snr)
        return q, snr * rest * q, rest


@dataclass(frozen=True, eq=False)
class UploadTime(LevelProfile):
    """h_b(s) = 1 / (W_b e_b), the time that a sensor's bit takes to server b (eq. 3), s/bit.

    Parameters
    ----------
    peak
        ``(B,)`` signal-to-noise ratio S_b at the mast.
    bandwidth
        ``(B,)`` W_b, Hz.
    exponent
        Path-loss exponent.
    distance
        Reference distance d0, metres.
    """

    peak: Floats
    bandwidth: Floats
    exponent: float
    distance: float

    @property
    def count(self) -> int:
        """Number of servers."""
        return len(self.peak)

    def values(self, squares: Floats, sites: Ints) -> Floats:
        """Return 1 / (W_b e_b)."""
        return self._unit(sites) * self._slowness(sites).values(squares)

    def level_slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return its derivative in y."""
        return self._unit(sites) * self._slowness(sites).slopes(squares)

    def derivatives(self, low: Floats, high: Floats, sites: Ints) -> Derivatives:
        """Return the ranges of its derivatives in y."""
        unit = self._unit(sites)
        _, q = self._slowness(sites).ranges(low, high)
        return Derivatives(
            times((unit, unit), q.first), times((unit, unit), q.second), times((unit, unit), q.third)
        )

    def contrasts(self, low: Floats, high: Floats, first: Ints, second: Ints) -> Floats:
        """Return zero for servers of equal power and bandwidth; of others nothing is known."""
        same = (self.bandwidth[first] == self.bandwidth[second]) & (
            self.peak[first] == self.peak[second]
        )
        return np.where(same, 0.0, np.inf)

    def parameters(self) -> Floats:
        """Return S and W of each server."""
        return np.column_stack([self.peak, self.bandwidth])

    def take(self, sites: Ints) -> UploadTime:
        """Return the functions of some servers."""
        return replace(self, peak=self.peak[sites], bandwidth=self.bandwidth[sites])

    def _unit(self, sites: Ints) -> Floats:
        return np.asarray(np.log(2.0) / self.bandwidth[sites])

    def _slowness(self, sites: Ints) -> Slowness:
        return Slowness(self.peak[sites], self.exponent, self.distance)


@dataclass(frozen=True, eq=False)
class TwinCompute(LevelProfile):
    """h(s) = sum over the classes c of share_c phi_c, phi = Gamma / (1 / (mu D) - 1 / r) (eq. 8).

    Towards the distance at which a deadline cannot be met phi grows without bound.  Above ``most`` it
    goes on as its Taylor polynomial of degree 3 in 1 / r: finite, smooth, and more than any server has.

    Parameters
    ----------
    shares
        ``(c,)``; they sum to 1.
    peaks
        ``(c,)`` signal-to-noise ratios at the mast.
    allowed
        ``(c,)`` 1 / (mu D), s/bit: what the upload of a bit must stay below.
    bandwidth
        W_k, Hz.
    complexity
        Gamma, cycle/bit.
    exponent
        Path-loss exponent.
    distance
        Reference distance d0, metres.
    most
        phi above which the polynomial is followed, cycle/s.
    """

    shares: Floats
    peaks: Floats
    allowed: Floats
    bandwidth: float
    complexity: float
    exponent: float
    distance: float
    most: float

    @property
    def count(self) -> int:
        """All servers share the function."""
        return 1

    def values(self, squares: Floats, sites: Ints) -> Floats:
        """Return the mean of phi, cycle/s per twin."""
        parts = [share * self._phi(q.values(squares), a) for share, q, a in self._classes]
        return np.asarray(np.sum(parts, axis=0) + np.zeros(np.shape(sites)))

    def level_slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return its derivative in y."""
        parts = [
            share * self._slopes(q.values(squares), a)[0] * q.slopes(squares)
            for share, q, a in self._classes
        ]
        return np.asarray(np.sum(parts, axis=0) + np.zeros(np.shape(sites)))

    def derivatives(self, low: Floats, high: Floats, sites: Ints) -> Derivatives:
        """Return the ranges of its derivatives in y."""
        first = second = third = (np.zeros(np.shape(low)), np.zeros(np.shape(low)))
        for share, slowness, allowed in self._classes:
            (q_0, q_1), q = slowness.ranges(low, high)
            # phi and its derivatives rise in q: their ranges are their values at the ends
            least, most = self._slopes(q_0, allowed), self._slopes(q_1, allowed)
            one, two, three = ((share * least[k], share * most[k]) for k in range(3))
            first = plus(first, times(one, q.first))
            cubes = times(q.first, times(q.first, q.first))
            second = plus(second, plus(times(one, q.second), times(two, times(q.first, q.first))))
            mixed = times((3.0, 3.0), times(two, times(q.first, q.second)))
            third = plus(third, plus(times(one, q.third), plus(mixed, times(three, cubes))))
        return Derivatives(first, second, third)

    def contrasts(self, low: Floats, high: Floats, first: Ints, second: Ints) -> Floats:
        """Return zero: all servers share the function."""
        return np.zeros(np.shape(low))

    def parameters(self) -> Floats:
        """Return nothing: all servers share the function."""
        return np.empty((1, 0))

    def take(self, sites: Ints) -> TwinCompute:
        """Return the function."""
        return self

    @cached_property
    def _classes(self) -> list[tuple[float, Slowness, float]]:
        """For each class its share, q, and the largest q that the deadline allows."""
        return [
            (float(share), Slowness(float(peak), self.exponent, self.distance), float(a / self._unit))
            for share, peak, a in zip(self.shares, self.peaks, self.allowed, strict=True)
        ]

    @property
    def _unit(self) -> float:
        """What 1 / r is in units of q, s/bit."""
        return float(np.log(2.0) / self.bandwidth)

    def _phi(self, q: Floats, allowed: float) -> Floats:
        """Return phi of one class as a function of q."""
        scale = self.complexity / self._unit
        left, over = self._left(q, allowed)
        return np.asarray(scale / left * (1.0 + over * (1.0 + over * (1.0 + over))))

    def _slopes(self, q: Floats | float, allowed: float) -> tuple[Floats, Floats, Floats]:
        """Return the first three derivatives of phi in q."""
        scale = self.complexity / self._unit
        left, over = self._left(q, allowed)
        first = scale / (left * left)
        return (
            first * (1.0 + over * (2.0 + 3.0 * over)),
            first / left * (2.0 + 6.0 * over),
            6.0 * first / (left * left),
        )

    def _left(self, q: Floats | float, allowed: float) -> tuple[Floats, Floats]:
        """Return what the deadline leaves, at least where the polynomial begins, and how far beyond."""
        least = self.complexity / (self._unit * self.most)
        left = np.maximum(allowed - q, least)
        return left, np.maximum(q - (allowed - least), 0.0) / left
