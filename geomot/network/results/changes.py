"""Integrals over the regions, and what servers' parameters change in them with the regions fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.integrands import Integrand
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import Subdivision
from geomot.diagram.subdivision.totals import cell_integrals
from geomot.geometry.meshes.breaks import Breaks
from geomot.kernels.simplices import Floats, Ints
from geomot.network.association.problem import equilibrium_problem
from geomot.network.model.network import Network
from geomot.network.model.typical_time import typical_time
from geomot.network.results.report import RegionIntegrand
from geomot.transport.congestion.evaluation import Shares
from geomot.transport.congestion.problem import CongestionProblem

FINER = 0.01  # tolerance of the integrals over cells, as a share of that asked for
FINEST = 1e-13  # and no less than this, which is rounding


@dataclass(frozen=True, eq=False)
class Inside:
    """Integrals over the regions and their derivatives with the regions fixed.

    Parameters
    ----------
    problem
        The problem of eq. 14, with the number m_b of servers that share a region.  It is the first
        one's; those of the others are empty, with m_b = 1.
    shares
        alpha_b, l_b and the interfaces.
    times
        ``(B,)`` C_b, the integral of F_b g, s/bit m^3.
    time_by_bandwidth
        ``(B,)`` derivative of C_b in log W_b.
    time_by_position, load_by_position
        ``(B, d)`` derivatives of C_b and l_b in k_b.
    """

    problem: CongestionProblem
    shares: Shares
    times: Floats
    time_by_bandwidth: Floats
    time_by_position: Floats
    load_by_position: Floats


@dataclass(frozen=True, eq=False)
class ChangeIntegrand(Integrand):
    """The regions' integrands, and the derivatives of F g and K phi f in log W_b and k_b.

    Parameters
    ----------
    regions
        g, F g and with twins f and K phi f.
    """

    regions: RegionIntegrand

    @property
    def scales(self) -> Floats:
        """Those of the regions' integrands, for positions per extent of the zone."""
        network, own = self.regions.network, self.regions.scales
        d, extent = network.zone.dimension, network.zone.extent
        parts = [own, own[1:2], np.full(d, own[1] / extent)]
        if network.twins is not None:
            parts.append(np.full(d, own[3] / extent))
        return np.concatenate(parts)

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """The breaks of the densities."""
        return self.regions.breaks

    @property
    def degree(self) -> None:
        """None: no polynomials."""
        return None

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return the integrands."""
        network, own = self.regions.network, self.regions.values(points, sites)
        squares, load = network.squares(points, sites), network.load(self.regions.rendering)
        away, time = points - network.servers.positions[sites], own[:, 1]
        parts = [
            own,
            (time * load.bandwidth_slopes(squares, sites))[:, None],
            (-2.0 * time * load.slopes(squares, sites))[:, None] * away,
        ]
        if network.twins is not None:
            slopes, here = np.zeros(len(squares)), own[:, 2] > 0.0  # nobody else is late
            slopes[here] = network.mean_twin_compute_slopes(squares[here])
            parts.append((-2.0 * network.twins.count * own[:, 2] * slopes)[:, None] * away)
        return np.concatenate(parts, axis=1)

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return bounds with all but r / (r^2 + d0^2) at the farthest distance r from the nearest mast.

        |d log F / dk| is at most n times that, and d phi / dk is n rho phi^2 / (Gamma rate) times that.
        """
        network, own = self.regions.network, self.regions.upper_bounds(centers, radii)
        away, _ = network.nearest(centers)
        floor, d = network.channel.reference_distance, network.zone.dimension
        near = np.maximum(away - radii, floor)  # where r / (r^2 + d0^2) is largest
        steep = near / (near**2 + floor**2)
        time = network.channel.exponent * own[:, 1] * steep
        parts = [own, own[:, 1:2], np.repeat(time[:, None], d, axis=1)]
        if network.twins is not None:
            far = (away + radii) ** 2
            change = 2.0 * (far + floor**2) * network.mean_twin_compute_slopes(far)
            finite = np.isfinite(change)
            change = np.where(finite, change, change[finite].max(initial=0.0))
            load = network.twins.count * own[:, 2] * change * steep
            parts.append(np.repeat(load[:, None], d, axis=1))
        return np.concatenate(parts, axis=1)

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the sizes of the regions' integrands; all derivatives vary as F does near a mast."""
        network, own = self.regions.network, self.regions.feature_sizes(centers, radii)
        d = network.zone.dimension
        parts = [own, np.repeat(own[:, 1:2], 1 + d, axis=1)]
        if network.twins is not None:
            mast = network.mast_sizes(centers, radii)
            parts.append(np.repeat(np.minimum(own[:, 2], mast)[:, None], d, axis=1))
        return np.concatenate(parts, axis=1)


def integrate_inside(
    network: Network, costs: Costs, rendering: Floats, state: Subdivision, tolerance: float
) -> Inside:
    """Integrate over the cells of a partition.

    Parameters
    ----------
    network
        The network; no twin misses its deadline.
    costs
        Their cells are the partition; servers that share one are alike.
    rendering
        ``(B,)`` psi_b, cycle/s, positive.
    state
        A subdivision for these costs.
    tolerance
        On the integrals over the interfaces, relative to their scales: those over the cells, whose
        errors are estimated, are taken to be good to a hundredth of it.
    """
    count, d = len(rendering), network.zone.dimension
    unit_time = typical_time(network, rendering, state)
    integrand = ChangeIntegrand(RegionIntegrand(network, rendering, np.arange(count), unit_time))
    # integrals over interfaces take more than those over cells
    accuracy = max(FINER * tolerance, FINEST)
    state = subdivide(costs, state.with_components(len(integrand.scales)), integrand, accuracy)
    totals = cell_integrals(state, integrand, count)
    values, own, twins = totals.values, len(integrand.regions.scales), network.twins is not None
    sizes = np.bincount(costs.representatives(), minlength=count).clip(min=1).astype(float)
    masses, loads = values[:, 0], values[:, 3] if twins else np.zeros(count)
    offsets = np.log(np.where(masses > 0.0, masses / sizes, 1.0))
    load_errors = totals.errors[:, 3] if twins else np.zeros(count)
    return Inside(
        problem=equilibrium_problem(network, sizes),
        shares=Shares(
            costs=costs,
            offsets=offsets,
            resources=rendering,
            masses=masses,
            loads=loads,
            errors=totals.errors[:, 0],
            load_errors=load_errors,
            state=state,
        ),
        times=values[:, 1],
        time_by_bandwidth=values[:, own],
        time_by_position=values[:, own + 1 : own + 1 + d],
        load_by_position=values[:, own + 1 + d :] if twins else np.zeros((count, d)),
    )
