"""Times and computing of the servers under a given partition (eq. 4, 5, 8, 9a)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.cubature.integrands import Integrand
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.totals import cell_integrals
from geomot.geometry.meshes.breaks import Breaks
from geomot.kernels.simplices import Floats, Ints
from geomot.network.association.associate import Association
from geomot.network.model.network import Network
from geomot.network.model.typical_time import typical_time
from geomot.network.refusals.feasibility import deadline_problem


@dataclass(frozen=True, eq=False)
class RegionIntegrand(Integrand):
    """g, F g, and with twins f and K phi f.

    Parameters
    ----------
    network
        The network.
    rendering
        ``(B,)`` psi_b, cycle/s, positive.
    members
        ``(B,)`` the server that stands for each cell: another one of those that share it.
    unit_time
        A typical F, s/bit m^3: what errors of the integral of F g are measured against.
    """

    network: Network
    rendering: Floats
    members: Ints
    unit_time: float

    @property
    def scales(self) -> Floats:
        """1, a typical F, and 1 and the least compute."""
        scales = [1.0, self.unit_time]
        if self.network.twins is not None:
            scales += [1.0, float(self.network.servers.compute.min())]
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
        """Return the integrands for the members' costs."""
        network, servers = self.network, self.members[sites]
        squares = network.squares(points, servers)
        density = network.sensors.density.values(points)
        time = network.sensors.data_density * np.exp(
            network.load(self.rendering).values(squares, servers)
        )
        parts = [density, time * density]
        if network.twins is not None:
            twins = network.twins.density.values(points)
            phi = np.zeros(len(squares))
            phi[twins > 0.0] = network.mean_twin_compute(squares[twins > 0.0])  # nobody else is late
            parts += [twins, network.twins.count * phi * twins]
        return np.stack(parts, axis=1)

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return bounds with F and phi at the farthest distance from the nearest server."""
        network = self.network
        away, nearest = network.nearest(centers)
        far = (away + radii) ** 2
        density = network.sensors.density.upper_bounds(centers, radii)
        time = network.sensors.data_density * np.exp(network.load(self.rendering).values(far, nearest))
        parts = [density, time * density]
        if network.twins is not None:
            twins = network.twins.density.upper_bounds(centers, radii)
            phi = network.mean_twin_compute(far)
            phi = np.where(np.isfinite(phi), phi, phi[np.isfinite(phi)].max(initial=0.0))
            parts += [twins, network.twins.count * phi * twins]
        return np.stack(parts, axis=1)

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the densities' sizes, for F also the distance to the nearest mast."""
        network, mast = self.network, self.network.mast_sizes(centers, radii)
        sensors = network.sensors.density.feature_sizes(centers, radii)
        parts = [sensors, np.minimum(sensors, mast)]
        if network.twins is not None:
            twins = network.twins.density.feature_sizes(centers, radii)
            parts += [twins, twins]
        return np.stack(parts, axis=1)


@dataclass(frozen=True, eq=False)
class Report:
    """What each server does under a partition.

    Parameters
    ----------
    masses
        ``(B,)`` alpha_b.
    mass_errors
        ``(B,)`` bounds on their errors.
    times
        ``(B,)`` T_b, s, the sub-synchronization times (eq. 5, g counting sensors).
    time_errors
        ``(B,)`` bounds on their errors.
    twins
        ``(B,)`` expected number of twins.
    twin_errors
        ``(B,)`` bounds on the errors of the regions' shares of the twins.
    twin_compute
        ``(B,)`` compute that they take, cycle/s.  Like the number of twins it is not-a-number where a
        twin misses its deadline whatever compute it gets.
    """

    masses: Floats
    mass_errors: Floats
    times: Floats
    time_errors: Floats
    twins: Floats
    twin_errors: Floats
    twin_compute: Floats


def report(network: Network, found: Association, tolerance: float) -> Report:
    """Integrate times and loads over the cells of a partition; the masses are those it was solved for.

    Parameters
    ----------
    network
        The network.
    found
        The partition, its masses, and psi_b; where that is not positive the times are not-a-number.
    tolerance
        On the integrals, relative to their scales.
    """
    costs, rendering, state = found.costs, found.rendering, found.state
    served = deadline_problem(network, state) is None
    if not served:
        network = replace(network, twins=None)
    count = len(rendering)
    usable = np.where(rendering > 0.0, rendering, network.servers.compute)
    group = costs.representatives()
    size = np.bincount(group, minlength=count)
    unit_time = typical_time(network, usable, state)
    values, errors = np.zeros((count, 4)), np.zeros((count, 4))
    rank = np.array([(group[:b] == group[b]).sum() for b in range(count)])
    for turn in range(size.max()):  # servers that share a cell: each pass lets one of them have it
        members = np.arange(count)
        here = np.flatnonzero(rank == turn)
        members[group[here]] = here
        integrand = RegionIntegrand(network, usable, members, unit_time)
        state = subdivide(costs, state.with_components(len(integrand.scales)), integrand, tolerance)
        totals = cell_integrals(state, integrand, count)
        used = len(integrand.scales)
        values[here, :used] = totals.values[group[here]] / size[group[here], None]
        errors[here, :used] = totals.errors[group[here]] / size[group[here], None]
    values[:, 2] = values[group, 2]  # equal to the last digit
    scale, masses, mass_errors = network.sensors.weight, found.masses, found.errors
    times = scale * masses * values[:, 1]
    time_errors = scale * (mass_errors * values[:, 1] + (masses + mass_errors) * errors[:, 1])
    blocked = rendering <= 0.0
    count_twins = network.twins.count if network.twins is not None else 0.0
    return Report(
        masses,
        mass_errors,
        np.where(blocked, np.nan, times),
        np.where(blocked, np.nan, time_errors),
        values[:, 2] * count_twins if served else np.full(count, np.nan),
        errors[:, 2],
        values[:, 3] if served else np.full(count, np.nan),
    )
