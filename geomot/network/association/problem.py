"""The equilibrium of eq. 14 as a transport problem with congestion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.radial import RadialCosts, distance_costs, radial_costs
from geomot.geometry.meshes.breaks import Breaks
from geomot.kernels.simplices import Floats, Ints
from geomot.network.model.network import Network, Twins
from geomot.network.twins.individual import twin_atoms
from geomot.transport.congestion.problem import CongestionProblem, CostFamily, Demand

UNSERVABLE = 100.0  # times the largest compute: what a twin takes that cannot be served


@dataclass(frozen=True, eq=False)
class LoadCosts(CostFamily):
    """c_b(x; psi) = log F_b: the resource is the compute psi_b left for rendering."""

    network: Network

    def costs(self, resources: Floats, offsets: Floats) -> RadialCosts:
        """Return log F_b + w_b for rendering compute ``resources``."""
        load = self.network.load(resources)
        return radial_costs(self.network.servers.positions, load, offset=offsets)

    def resource_slopes(self, points: Floats, sites: Ints, resources: Floats) -> Floats:
        """Return -(Lambda / psi_b^2) / F_b."""
        share = self.network.load(resources).rendering_share(self.network.squares(points, sites), sites)
        return -share / resources[sites]

    def change(self, before: Floats, after: Floats) -> Floats:
        """Return |log psi - log psi'|, which bounds the change of log F_b everywhere."""
        return np.abs(np.log(after / before))


@dataclass(frozen=True, eq=False)
class TwinDemand(Demand):
    """v_b(x) = K f(x) phi_b(x), the compute that the twins at x take from server b.

    Parameters
    ----------
    network
        The network.
    most
        At which phi is cut off, cycle/s: where a deadline is missed it is infinite.
    """

    network: Network
    most: float

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """The breaks of the twins' density."""
        return self._twins.density.breaks

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return K f phi_b, with phi_b cut off."""
        twins = self._twins
        phi = self.network.mean_twin_compute(self.network.squares(points, sites))
        phi = np.minimum(phi, self.most)
        return np.asarray(twins.count * twins.density.values(points) * phi)

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the bound of K f times phi at the farthest distance from the nearest server.

        A server that wins in the ball may be farther away; the bound only weighs errors.
        """
        away, _ = self.network.nearest(centers)
        phi = self.network.mean_twin_compute((away + radii) ** 2)
        known = np.isfinite(phi)
        most = phi[known].max() if known.any() else self.network.servers.compute.min()
        finite = np.where(known, phi, most)
        return self._twins.count * self._twins.density.upper_bounds(centers, radii) * finite

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the feature sizes of the twins' density."""
        return self._twins.density.feature_sizes(centers, radii)

    @property
    def _twins(self) -> Twins:
        assert self.network.twins is not None
        return self.network.twins


def equilibrium_problem(network: Network, multiplicity: Floats | None = None) -> CongestionProblem:
    """Return the problem of eq. 14; ``multiplicity`` counts servers that are alike, ``(B,)``.

    Twins' demand is cut off at the largest compute: what is beyond makes a partition infeasible, by
    `geomot.network.refusals.feasibility.deadline_problem`, and would make trial partitions costly and
    stiff.
    """
    servers = network.servers
    return CongestionProblem(
        network.zone,
        network.sensors.density,
        LoadCosts(network),
        servers.compute,
        np.ones(len(servers.compute)) if multiplicity is None else multiplicity,
        TwinDemand(network, float(servers.compute.max())) if network.twins is not None else None,
        twin_atoms(network) if network.placed is not None else None,
    )


def snr_costs(network: Network) -> RadialCosts:
    """Return costs with the cells of -log gain_b: the best channel.

    The gain is the same falling function of the distance for all servers, so the squared distance
    has the same cells, with straight bisectors.
    """
    return distance_costs(network.servers.positions, exponent=2.0)
