"""Offsets at which no cell is empty, for Newton's method to start from.

For squared distances there is a closed form.  Let psi be convex with psi'(p_b) = q_b for a point q_b in
the zone.  At x = q_b, p . x - psi(p) is largest for p = p_b; so in the power diagram with the weights
|p_b|^2 - 2 psi(p_b) the cell of b holds q_b.  psi is taken as a sum over the coordinates: its
derivative maps the quantiles of the sites' coordinate to those of the density's.

For other costs the minimum over the sites is softened, -eps log sum exp(-. / eps), on a cloud of
points; every site then has what it is to hold at a concave maximum (A. Galichon, *Optimal Transport
Methods in Economics*, 2016, ch. 7), which is followed while eps falls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.integrands import DensityIntegrand
from geomot.densities.base import Density
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, bounding_balls, measures
from geomot.transport.starts.soft_minimum import graded_mesh

SOFTENED = 3000  # sites up to which a softened start is affordable
POINTS, POINTS_PER_SITE, PAIRS = 4000, 12, 2e7  # of the cloud
# of eps; the ends in mean spreads of the costs.  Of 50 sites with distances as costs and a gaussian
# the sharp cells hold 0.08 to 1.85 of their shares at 2e-2, 0.83 to 1.10 at 3e-4: 17 diagrams, or 6
FALL, SOFTEST, SHARPEST = 0.25, 1.0, 3e-4
STEPS, CLOSE, SHORTEST = 30, 1e-2, 1e-4  # Newton steps for one eps, when it is solved, shortest step
# In space a diagram takes seconds, so that a second, dense cloud pays: 6 sites then start 0.002 of
# their shares off where 4000 points leave 0.01, and one of three diagrams is saved.  With eps half of
# the points' distances cells are as sharp as the points can tell.
DENSE, SHARP, CLOSER = 40_000, 0.5, 1e-4  # points, eps in mean spreads per distance, when it is solved


@dataclass(frozen=True, eq=False)
class PointCloud:
    """Points that stand for the density.

    Parameters
    ----------
    points
        ``(n, d)`` metres.
    masses
        ``(n,)`` summing to 1.
    bounds
        ``(2, d)`` corners of the box around the zone.
    """

    points: Floats
    masses: Floats
    bounds: Floats


def point_cloud(density: Density, zone: Zone, count: int) -> PointCloud:
    """Return barycentres of simplices with about as much mass each, more than ``count`` of them."""
    mesh = graded_mesh(DensityIntegrand(density, 1.0), zone.triangulation, count)
    centers, _ = bounding_balls(mesh.corners)
    masses = density.values(centers) * measures(mesh.corners)
    return PointCloud(centers, masses / masses.sum(), np.array(zone.bounds))


def quantile_weights(sites: Floats, shares: Floats, cloud: PointCloud) -> Floats:
    """Return the weights of a power diagram whose cells are near the quantiles of the density.

    Parameters
    ----------
    sites
        ``(B, d)``.
    shares
        ``(B,)`` the mass that each is to hold, summing to 1.
    cloud
        The density.

    Examples
    --------
    >>> middles = np.array([[0.125, 0.5], [0.375, 0.5], [0.625, 0.5], [0.875, 0.5]])
    >>> line = PointCloud(middles, np.full(4, 0.25), np.array([[0.0, 0.0], [1.0, 1.0]]))
    >>> sites = np.array([[0.0, 0.5], [0.1, 0.5]])
    >>> weights = quantile_weights(sites, np.array([0.5, 0.5]), line)
    >>> round(float(0.5 * (0.1**2 - weights[1] + weights[0]) / 0.1), 12)  # where the bisector is
    0.5
    """
    potential = np.zeros(len(sites))
    origin = sites[0]  # the same diagram for any, and the best rounding nearby
    for axis in range(sites.shape[1]):
        places, entry = np.unique(sites[:, axis], return_inverse=True)
        held = np.bincount(entry.reshape(-1), shares)
        images = _quantiles(cloud, axis, np.cumsum(held) - 0.5 * held)
        rises = (0.5 * (images[1:] + images[:-1]) - origin[axis]) * np.diff(places)
        potential += np.append(0.0, np.cumsum(rises))[entry.reshape(-1)]
    return np.asarray(((sites - origin) ** 2).sum(axis=1) - 2.0 * potential)


def _quantiles(cloud: PointCloud, axis: int, levels: Floats) -> Floats:
    """Return the coordinates below which parts of the mass lie; they rise strictly with the levels."""
    values, entry = np.unique(cloud.points[:, axis], return_inverse=True)
    masses = np.bincount(entry.reshape(-1), cloud.masses)
    reached = np.cumsum(masses) - 0.5 * masses
    ends = cloud.bounds[:, axis]
    known = np.concatenate([ends[:1], values, ends[1:]])
    return np.asarray(np.interp(levels, np.concatenate([[0.0], reached, [1.0]]), known))


class Holding(ABC):
    """What the cells are to hold at offsets w: the gradient of a convex function of w."""

    @abstractmethod
    def potential(self, offsets: Floats) -> float:
        """Return the convex function."""

    @abstractmethod
    def masses(self, offsets: Floats) -> Floats:
        """Return its gradient, ``(B,)``, positive."""

    @abstractmethod
    def slopes(self, offsets: Floats) -> Floats:
        """Return the derivative of each mass in its own offset, ``(B,)``."""


@dataclass(frozen=True, eq=False)
class Shares(Holding):
    """Cells hold given shares.

    Parameters
    ----------
    shares
        ``(B,)`` summing to 1.
    """

    shares: Floats

    def potential(self, offsets: Floats) -> float:
        """Return sum_b shares_b w_b."""
        return float(self.shares @ offsets)

    def masses(self, offsets: Floats) -> Floats:
        """Return the shares."""
        return self.shares

    def slopes(self, offsets: Floats) -> Floats:
        """Return zeros."""
        return np.zeros(len(self.shares))


@dataclass(frozen=True, eq=False)
class Congested(Holding):
    """Cells hold m_b exp(w_b): their mass is what the offsets are the price of.

    Parameters
    ----------
    multiplicity
        ``(B,)`` m_b.
    """

    multiplicity: Floats

    def potential(self, offsets: Floats) -> float:
        """Return sum_b m_b exp(w_b)."""
        return float(self.masses(offsets).sum())

    def masses(self, offsets: Floats) -> Floats:
        """Return m_b exp(w_b)."""
        return np.asarray(self.multiplicity * np.exp(offsets))

    def slopes(self, offsets: Floats) -> Floats:
        """Return m_b exp(w_b)."""
        return self.masses(offsets)


def softened_offsets(
    costs: Costs, holding: Holding, density: Density, zone: Zone, offsets: Floats
) -> Floats:
    """Return offsets at which each site holds about what it is to, of a cloud, the minimum softened.

    Parameters
    ----------
    costs
        The costs, to which offsets are added.
    holding
        What the sites are to hold.
    density, zone
        The density, of mass 1, and its zone.
    offsets
        ``(B,)`` where to start from.
    """
    count = max(POINTS, min(POINTS_PER_SITE * costs.count, int(PAIRS / costs.count)))
    table, masses, spread = _table(costs, point_cloud(density, zone, count))
    eps = SOFTEST * spread
    while eps > FALL * SHARPEST * spread:
        offsets = _concave_maximum(table, masses, holding, offsets, eps, CLOSE)
        eps *= FALL
    if zone.dimension == 3 and DENSE * costs.count <= PAIRS / 10.0:
        table, masses, spread = _table(costs, point_cloud(density, zone, DENSE))
        eps = SHARP * spread * len(masses) ** (-1.0 / 3.0)
        offsets = _concave_maximum(table, masses, holding, offsets, eps, CLOSER)
    return offsets


def _table(costs: Costs, cloud: PointCloud) -> tuple[Floats, Floats, float]:
    """Return what sites cost more than the cheapest at each point, the masses, and the mean of it."""
    table = costs.values(cloud.points[:, None], np.arange(costs.count))
    table -= table.min(axis=1, keepdims=True)
    return table, cloud.masses, float((cloud.masses @ table).mean())


def _concave_maximum(
    table: Floats, masses: Floats, holding: Holding, offsets: Floats, eps: float, close: float
) -> Floats:
    """Maximise -eps sum_n g_n log sum_b exp(-(c_nb + w_b) / eps) minus the potential by Newton."""
    value, parts = _softened(table, masses, holding, offsets, eps)
    for _ in range(STEPS):
        weighted = parts * masses[:, None]
        held, wanted = weighted.sum(axis=0), holding.masses(offsets)
        slope = held - wanted
        if np.abs(slope / wanted).max() <= close:
            break
        bend = (np.diag(held) - parts.T @ weighted) / eps
        bend[np.diag_indices_from(bend)] += 1e-12 * bend.max() + 1e-3 * wanted / eps
        bend[np.diag_indices_from(bend)] += holding.slopes(offsets)
        step = np.linalg.solve(bend, slope)
        length = min(1.0, 10.0 * eps / float(np.abs(step).max()))
        while length > SHORTEST:
            trial, fresh = _softened(table, masses, holding, offsets + length * step, eps)
            if trial >= value + 1e-4 * length * float(slope @ step):
                break
            length *= 0.5
        else:
            break
        offsets, value, parts = offsets + length * step, trial, fresh
    return offsets


def _softened(
    table: Floats, masses: Floats, holding: Holding, offsets: Floats, eps: float
) -> tuple[float, Floats]:
    """Return the concave function and the part of each point that each site has, ``(n, B)``."""
    exponents = (table + offsets) / -eps
    highest = exponents.max(axis=1, keepdims=True)
    parts = np.exp(exponents - highest)
    total = parts.sum(axis=1, keepdims=True)
    parts /= total
    least = -eps * (highest + np.log(total))[:, 0]
    return float(masses @ least) - holding.potential(offsets), parts
