"""Costs that are functions of the distance to the site, with weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.numbers import floats
from geomot.costs.base import Costs, checked_weights
from geomot.errors import InvalidCostError, InvalidSitesError
from geomot.geometry.zones.checks import LARGEST
from geomot.kernels.simplices import Floats, Ints, squared_norms

EPSILON = float(np.finfo(float).eps)
ALIKE = 0.1  # by what part factors may differ for likeness to count
FAR = 2.0  # how many times the sites' distance a ball is away before their likeness counts


class Profile(ABC):
    """An increasing function h_b of the squared distance s = |x - p_b|^2.

    Its bounds hold unless a profile says that it is not ``bounded``: that it estimates them.
    """

    bounded: bool = True

    @abstractmethod
    def values(self, squares: Floats, sites: Ints) -> Floats:
        """Return h_b(s)."""

    @abstractmethod
    def slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return dh_b/ds."""

    @abstractmethod
    def curvatures(self, low: Floats, high: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return bounds of the Hessian's eigenvalues, 2 h' and 2 h' + 4 s h'', for s in [low, high]."""

    @abstractmethod
    def twists(self, low: Floats, high: Floats, sites: Ints) -> Floats:
        """Return a bound of the norm of the third derivative in space, for s in [low, high].

        With phi(r) = h(r^2), A = phi_rrr and G = (phi_r / r)_r it is a^3 A + 3 a (1 - a^2) G along a
        unit vector with cosine a to the arm; see `twist_bound`.
        """

    @abstractmethod
    def contrasts(self, low: Floats, high: Floats, first: Ints, second: Ints) -> Floats:
        """Return a bound of the difference of two sites' Hessians at equal arms, s in [low, high]."""

    @abstractmethod
    def parameters(self) -> Floats:
        """Return what tells the sites' functions apart, ``(B, q)``, or ``(1, 0)`` if nothing does."""

    @abstractmethod
    def take(self, sites: Ints) -> Profile:
        """Return the functions of some sites, which are numbered anew."""


def _half_power(squares: Floats, count: float) -> Floats:
    """Return s^(count / 2), for distances and their cubes in a tenth of the time of any power."""
    if count == 3.0:
        return np.asarray(squares * np.sqrt(squares))
    if count == 1.0:
        return np.asarray(np.sqrt(squares))
    if count == -1.0:
        return np.asarray(1.0 / np.sqrt(squares))
    return np.asarray(squares ** (0.5 * count))


@dataclass(frozen=True, eq=False)
class PowerProfile(Profile):
    """h(s) = s^(k/2), the k-th power of the distance.

    Parameters
    ----------
    exponent
        k > 0; 1 for distances, 2 for squared distances.
    """

    exponent: float

    def __post_init__(self) -> None:
        """Check the exponent."""
        if not (np.isfinite(self.exponent) and self.exponent > 0.0):
            raise InvalidCostError(
                f"exponent of the distance is {self.exponent}; expected a finite number above 0: "
                "1 for distances, 2 for squared distances"
            )

    def values(self, squares: Floats, sites: Ints) -> Floats:
        """Return s^(k/2)."""
        return squares if self.exponent == 2.0 else _half_power(squares, self.exponent)

    def slopes(self, squares: Floats, sites: Ints) -> Floats:
        """Return (k/2) s^(k/2 - 1)."""
        half = 0.5 * self.exponent
        if half == 1.0:
            return np.ones_like(squares)
        with np.errstate(divide="ignore"):
            return half * _half_power(squares, self.exponent - 2.0)

    def curvatures(self, low: Floats, high: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return bounds of k s^(k/2 - 1) and k (k - 1) s^(k/2 - 1)."""
        k = self.exponent
        ends = 2.0 * self.slopes(low, sites), 2.0 * self.slopes(high, sites)
        small, large = np.minimum(*ends), np.maximum(*ends)
        least, most = min(1.0, k - 1.0), max(1.0, k - 1.0)
        with np.errstate(invalid="ignore"):  # 0 * inf at the site, k = 1: the eigenvalue is 0 there
            lower = least * (small if least > 0.0 else large)
        return np.where(np.isnan(lower), 0.0, lower), most * large

    def twists(self, low: Floats, high: Floats, sites: Ints) -> Floats:
        """Return the bound from A = k (k - 1) (k - 2) r^(k - 3) and G = k (k - 2) r^(k - 3)."""
        k = self.exponent
        if k == 2.0:
            return np.zeros(low.shape)
        with np.errstate(divide="ignore"):
            power = k * (k - 2.0) * np.maximum(low ** (0.5 * k - 1.5), high ** (0.5 * k - 1.5))
        across = np.asarray((k - 1.0) * power)
        return twist_bound((across, across), (power, power))

    def contrasts(self, low: Floats, high: Floats, first: Ints, second: Ints) -> Floats:
        """Return zero: all sites share the function."""
        return np.zeros(low.shape)

    def parameters(self) -> Floats:
        """Return nothing: all sites share the function."""
        return np.empty((1, 0))

    def take(self, sites: Ints) -> PowerProfile:
        """Return the function."""
        return self


@dataclass(frozen=True, eq=False)
class RadialCosts(Costs):
    """Costs c_b(x) = factor_b h_b(|x - p_b|^2) + offset_b.

    Parameters
    ----------
    positions
        ``(B, d)`` the sites p_b, metres.
    profile
        The functions h_b.
    factor
        ``(B,)`` positive weights that multiply.
    offset
        ``(B,)`` weights that are added, in units of the cost.

    Examples
    --------
    A multiplicatively weighted diagram of two sites; the factor 2 makes a site's cell smaller:

    >>> costs = distance_costs([[0.0, 0.0], [3.0, 0.0]], factor=[2.0, 1.0])
    >>> costs.values(np.array([1.0, 0.0]), np.array([0, 1])).tolist()
    [2.0, 2.0]
    """

    positions: Floats
    profile: Profile
    factor: Floats
    offset: Floats

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(
            self,
            numbered_in(self.count, "site", self.dimension),
            f"profile={type(self.profile).__name__}",
        )

    @property
    def count(self) -> int:
        """Number of sites, B."""
        return len(self.positions)

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return int(self.positions.shape[1])

    @property
    def bounded(self) -> bool:
        """Whether the profile's bounds hold."""
        return self.profile.bounded

    def with_offset(self, offset: ArrayLike) -> RadialCosts:
        """Return the same costs with other additive weights."""
        return replace(self, offset=checked_weights("offset", offset, self.count))

    def seen_from(self, origin: Floats) -> RadialCosts:
        """Return the costs with the sites moved by ``-origin``."""
        return replace(self, positions=self.positions - origin)

    def take(self, sites: Ints) -> RadialCosts:
        """Return the costs of some sites, which are numbered anew; a site may come twice."""
        profile = self.profile.take(sites)
        return RadialCosts(self.positions[sites], profile, self.factor[sites], self.offset[sites])

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return factor_b h_b(|x - p_b|^2) + offset_b."""
        squares = squared_norms(points - self.positions[sites])
        return self.factor[sites] * self.profile.values(squares, sites) + self.offset[sites]

    def gradients(self, points: Floats, sites: Ints) -> Floats:
        """Return 2 factor_b h_b'(s) (x - p_b); zero at the site itself."""
        arms = points - self.positions[sites]
        # a singular slope times a zero arm is a kink: zero is its subgradient
        squares = np.maximum(squared_norms(arms), np.finfo(float).tiny)
        scale = 2.0 * self.factor[sites] * self.profile.slopes(squares, sites)
        return np.asarray(scale[..., None] * arms)

    def bounds(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return the costs at the nearest and the farthest distance from the site to the ball."""
        low, high = self._squares(centers, radii, sites)
        factor, offset = self.factor[sites], self.offset[sites]
        lower = factor * self.profile.values(low, sites) + offset
        return lower, factor * self.profile.values(high, sites) + offset

    def curvatures(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return the profile's bounds on the range of distances to the ball, times the factor."""
        low, high = self._squares(centers, radii, sites)
        lower, upper = self.profile.curvatures(low, high, sites)
        factor = self.factor[sites]
        with np.errstate(over="ignore"):  # near the site of a cost with a steep root
            return factor * lower, factor * upper

    def closeness(self, centers: Floats, radii: Floats, first: Ints, second: Ints) -> Floats:
        """Return the sites' distance times the third derivative, plus how functions and factors differ.

        With f_b h_b - f_j h_j = f_b (h_b - h_j) + (f_b - f_j) h_j.
        """
        arms = self.positions[first] - self.positions[second]
        apart = np.sqrt(squared_norms(arms))
        distance = np.sqrt(squared_norms(centers - self.positions[first]))
        factor, excess = self.factor[first], np.abs(self.factor[first] - self.factor[second])
        # the third derivative explodes towards the site: nothing to gain nearby
        useful = (excess <= ALIKE * factor) & (FAR * (apart + radii) < distance)
        bound = np.full(useful.shape, np.inf)
        if useful.any():
            one, other, away, ball, gap, more = (
                np.broadcast_to(each, useful.shape)[useful]
                for each in (first, second, distance, radii, apart, excess)
            )
            low, high = (away - ball - gap) ** 2, (away + ball + gap) ** 2
            change = self.profile.twists(low, high, one) * gap
            change += self.profile.contrasts(low, high, one, other)
            change *= self.factor[one]
            if more.any():
                lower, upper = self.profile.curvatures(low, high, other)
                bent = np.maximum(np.abs(lower), np.abs(upper))
                change += np.multiply(more, bent, out=np.zeros(more.shape), where=more > 0.0)
            bound[useful] = change
        return bound

    def rounding(self, values: Floats, sites: Ints) -> Floats:
        """Return some units in the last place of the terms."""
        return np.asarray(8.0 * EPSILON * (np.abs(values) + 2.0 * np.abs(self.offset[sites])))

    def representatives(self) -> Ints:
        """Return the first site with the same position, weights and function."""
        own = self.profile.parameters()
        own = np.broadcast_to(own, (self.count, own.shape[1]))
        rows = np.column_stack([self.positions, self.factor, self.offset, own])
        _, first, group = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        return np.asarray(first[group.reshape(-1)], dtype=np.int64)

    @property
    def affine(self) -> bool:
        """Whether they are squared distances with equal factors: a power diagram."""
        squares = isinstance(self.profile, PowerProfile) and self.profile.exponent == 2.0
        return squares and float(np.ptp(self.factor)) == 0.0

    def simplified(self) -> Costs:
        """Return squared distances, with factors, where these costs are an increasing function of them.

        f_b r^k has the cells of f_b^(2/k) r^2, and any function that all sites share those of r^2.
        """
        factor = np.ones(self.count)
        if isinstance(self.profile, PowerProfile):
            with np.errstate(over="ignore", under="ignore"):
                factor = (self.factor / self.factor.max()) ** (2.0 / self.profile.exponent)
        shared = len(np.unique(self.profile.parameters(), axis=0)) == 1
        alike = isinstance(self.profile, PowerProfile) or (shared and np.ptp(self.factor) == 0.0)
        if not alike or np.ptp(self.offset) > 0.0 or factor.min() < np.finfo(float).tiny:
            return self
        return RadialCosts(self.positions, PowerProfile(2.0), factor, np.zeros(self.count))

    def _squares(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        distance = np.sqrt(squared_norms(centers - self.positions[sites]))
        return np.maximum(distance - radii, 0.0) ** 2, (distance + radii) ** 2


def twist_bound(across: tuple[Floats, Floats], along: tuple[Floats, Floats]) -> Floats:
    """Return a bound of |a^3 A + 3 a (1 - a^2) G| over |a| <= 1 for ranges of A and G.

    The extremes are A, at a = 1, and 2 a G where a^2 = G / (3 G - A) < 1; if A and G have opposite
    signs, a^2 <= 1 / 3.

    Examples
    --------
    >>> one = np.ones(1)
    >>> twist_bound((3.0 * one, 3.0 * one), (-one, -one)).tolist()
    [3.0]
    """
    opposite = (across[0] >= 0.0) & (along[1] <= 0.0) | (across[1] <= 0.0) & (along[0] >= 0.0)
    inner = np.where(opposite, 2.0 / np.sqrt(3.0), 2.0)
    first = np.maximum(np.abs(across[0]), np.abs(across[1]))
    return np.asarray(np.maximum(first, inner * np.maximum(np.abs(along[0]), np.abs(along[1]))))


def radial_costs(
    positions: ArrayLike,
    profile: Profile,
    *,
    factor: ArrayLike | None = None,
    offset: ArrayLike | None = None,
) -> RadialCosts:
    """Return checked radial costs.

    Parameters
    ----------
    positions
        ``(B, d)`` sites, metres; d = 2 or 3.
    profile
        The functions h_b of the squared distance.
    factor, offset
        ``(B,)``; ones and zeros if not given.

    Raises
    ------
    InvalidSitesError
        If the positions are not finite, beyond 1e50 or not ``(B, 2)`` or ``(B, 3)`` with B >= 1.
    InvalidCostError
        If a weight is not finite, a factor is not positive, or their number is not B.
    """
    sites = floats(positions, "positions of the sites", InvalidSitesError)
    if sites.ndim != 2 or len(sites) == 0 or sites.shape[1] not in (2, 3):
        raise InvalidSitesError(
            f"positions of the sites have shape {sites.shape}; expected (B, 2) or (B, 3) with at "
            "least one site: pass one row of coordinates per site"
        )
    bad = np.flatnonzero(~np.isfinite(sites).all(axis=1))
    if len(bad):
        raise InvalidSitesError(
            f"site {bad[0]} stands at {sites[bad[0]].tolist()}; expected finite coordinates: "
            "drop the site or give its position"
        )
    if np.abs(sites).max() > LARGEST:
        far = int(np.abs(sites).max(axis=1).argmax())
        raise InvalidSitesError(
            f"site {far} stands at {sites[far].tolist()}; expected coordinates up to {LARGEST:g}, "
            "as products of lengths must not overflow: choose another unit of length"
        )
    count = len(sites)
    factors = checked_weights("factor", np.ones(count) if factor is None else factor, count)
    if not (factors > 0.0).all():
        worst = int(np.argmin(factors))
        raise InvalidCostError(
            f"factor of site {worst} is {factors[worst]}; expected a positive number: a site that "
            "should have no cell is left out instead"
        )
    offsets = checked_weights("offset", np.zeros(count) if offset is None else offset, count)
    return RadialCosts(sites, profile, factors, offsets)


def distance_costs(
    positions: ArrayLike,
    *,
    exponent: float = 1.0,
    factor: ArrayLike | None = None,
    offset: ArrayLike | None = None,
) -> RadialCosts:
    """Return the costs factor_b |x - p_b|^exponent + offset_b.

    Parameters
    ----------
    positions
        ``(B, d)`` sites, metres; d = 2 or 3.
    exponent
        The power of the distance, positive.
    factor, offset
        ``(B,)``; ones and zeros if not given.

    Returns
    -------
    RadialCosts
        One cost per site.

    Raises
    ------
    InvalidSitesError, InvalidCostError
        As `radial_costs` does, and if the exponent is not positive and finite.

    Examples
    --------
    >>> distance_costs([[0.0, 0.0]], exponent=2).values(np.array([3.0, 4.0]), np.array(0)).item()
    25.0
    """
    power = floats(exponent, "exponent", InvalidCostError)
    if power.shape != ():
        raise InvalidCostError(
            f"exponent has shape {power.shape}; expected one number that all sites share"
        )
    return radial_costs(positions, PowerProfile(float(power)), factor=factor, offset=offset)
