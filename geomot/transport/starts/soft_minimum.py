"""The equilibrium's residual with softened minima on a cloud of points: smooth, and cheap.

The minimum over the sites is replaced by ``-eps log sum exp(-. / eps)``: sites share each point in
proportion to exp(-(c_b + w_b) / eps), and integrals are sums over the points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from geomot.costs.base import Costs
from geomot.cubature.integrands import Integrand
from geomot.diagram.subdivision.adaptivity import MOST, heavy
from geomot.diagram.subdivision.candidates import Candidates, all_candidates
from geomot.errors import UnresolvedError
from geomot.geometry.meshes.mesh import Mesh, split
from geomot.kernels.simplices import Floats, bounding_balls, measures, squared_norms
from geomot.transport.congestion.problem import CongestionProblem, ShareIntegrand

POINTS, POINTS_PER_SITE = 2000, 16
NARROW = 0.5  # part of all mass that may be in simplices wider than what varies in them
SPARSE = 0.3  # part of all pairs below which sparse matrices are faster


@dataclass(frozen=True, eq=False)
class Cloud:
    """Barycentres of simplices that stand for the zone, and behind them the atoms.

    Parameters
    ----------
    mesh
        The simplices.
    points
        ``(n, d)``.
    pairs
        The sites that may share each point.
    masses
        ``(n,)`` mass of the density at each point, summing to 1.
    demands
        ``(e,)`` demand of the point of each pair at its site.
    """

    mesh: Mesh
    points: Floats
    pairs: Candidates
    masses: Floats
    demands: Floats

    @property
    def spread(self) -> int:
        """Number of points that stand for a simplex; the others are atoms."""
        return len(self.mesh.simplices)


def graded_mesh(integrand: Integrand, mesh: Mesh, wanted: int) -> Mesh:
    """Return a mesh, refined to that many simplices at least, each with little of the integrals.

    Parameters
    ----------
    integrand
        What is integrated: its bounds weigh the simplices.
    mesh
        The mesh to refine; it need not stay conforming.
    wanted
        Number of simplices.

    Raises
    ------
    UnresolvedError
        If the integrand's bounds are not numbers that can be summed, or it is so narrow that millions
        of simplices would be too few.
    """
    while len(mesh.simplices) <= MOST:
        corners = mesh.corners
        centers, radii = bounding_balls(corners)
        most = integrand.upper_bounds(centers, radii) * measures(corners)[:, None]
        total = most.sum(axis=0)
        if not ((total > 0.0) & (total < np.inf)).all():
            raise UnresolvedError(
                f"bounds of what is integrated over the zone are {total.min():g} to {total.max():g}; "
                "expected positive, finite numbers: scale the densities' numbers, or move these into "
                "the zone"
            )
        shares = most / total
        narrow = radii[:, None] > integrand.feature_sizes(centers, radii)
        if len(mesh.simplices) >= wanted and (shares * narrow).sum(axis=0).max() <= NARROW:
            return mesh
        share = shares.sum(axis=1)
        mesh = split(mesh, heavy(share, 0.3 * float(share.sum()))).mesh
    raise UnresolvedError(
        f"what is integrated is too narrow for {len(mesh.simplices)} simplices; expected densities "
        "that vary on larger lengths: widen them"
    )


def cloud(problem: CongestionProblem) -> Cloud:
    """Return points that hold little mass and demand each, shared by all sites."""
    wanted = POINTS + POINTS_PER_SITE * problem.count
    mesh = graded_mesh(ShareIntegrand(problem), problem.zone.triangulation, wanted)
    pairs = all_candidates(np.arange(problem.count), len(mesh.simplices))
    if problem.atoms is not None:
        atoms, sites = np.nonzero(np.isfinite(problem.atoms.demands))
        owners = np.concatenate([pairs.owners, atoms + len(mesh.simplices)])
        pairs = Candidates(owners, np.concatenate([pairs.sites, sites]))
    return weighted(problem, mesh, pairs)


def weighted(problem: CongestionProblem, mesh: Mesh, pairs: Candidates) -> Cloud:
    """Return the points of a mesh and of the atoms, for the sites that may share them."""
    points, sizes = mesh.corners.mean(axis=1), measures(mesh.corners)
    masses = problem.density.values(points) * sizes
    demands = np.zeros(len(pairs.sites))
    if problem.demand is not None:
        demands = problem.demand.values(points[pairs.owners], pairs.sites) * sizes[pairs.owners]
    if problem.atoms is not None:
        single = pairs.owners >= len(points)
        owners, sites = pairs.owners[single] - len(points), pairs.sites[single]
        demands[single] = problem.atoms.demands[owners, sites]
        points = np.concatenate([points, problem.atoms.points])
        masses = np.concatenate([masses, np.zeros(problem.atoms.count)])
    return Cloud(mesh, points, pairs, masses / masses.sum(), demands)


@dataclass(frozen=True, eq=False)
class Softened:
    """The problem on a cloud, with softened minima and a part of the demand.

    The unknowns are v = w - log q and log q, ``(2 B,)``.
    """

    problem: CongestionProblem
    cloud: Cloud
    load: float
    softness: float

    def costs(self, unknowns: Floats) -> Floats:
        """Return c_b + w_b of all pairs, ``(e,)``."""
        pairs = self.cloud.pairs
        return self._costs(unknowns).values(self.cloud.points[pairs.owners], pairs.sites)

    def shares(self, unknowns: Floats) -> Floats:
        """Return the share of its point that goes to the site of each pair, ``(e,)``."""
        total, owners = self.costs(unknowns), self.cloud.pairs.owners
        starts = self.cloud.pairs.starts(len(self.cloud.masses))[:-1]
        least = np.minimum.reduceat(total, starts)
        weights = np.exp((least[owners] - total) / self.softness)
        return np.asarray(weights / np.add.reduceat(weights, starts)[owners])

    def held(self, shares: Floats) -> tuple[Floats, Floats]:
        """Return masses and loads of the sites, ``(B,)`` each."""
        cloud, count = self.cloud, self.problem.count
        mass = np.bincount(cloud.pairs.sites, cloud.masses[cloud.pairs.owners] * shares, count)
        load = np.bincount(cloud.pairs.sites, cloud.demands * shares, count)
        return np.asarray(mass), np.asarray(self.load * load)

    def varies(self, unknowns: Floats, shares: Floats) -> np.ndarray:
        """Return which pairs' shares are not the same all over their simplex, ``(e,)``."""
        pairs, dimension = self.cloud.pairs, self.problem.zone.dimension
        costs = self._costs(unknowns)
        slopes = costs.gradients(self.cloud.points[pairs.owners], pairs.sites)
        parts = [np.bincount(pairs.owners, shares * slopes[:, k]) for k in range(dimension)]
        mean = np.stack(parts, axis=1)
        _, radii = bounding_balls(self.cloud.mesh.corners)
        radii = np.concatenate([radii, np.zeros(len(self.cloud.points) - len(radii))])
        steep = np.sqrt(squared_norms(slopes - mean[pairs.owners])) * radii[pairs.owners]
        return np.asarray(steep > self.softness)

    def step(self, unknowns: Floats) -> Floats:
        """Return Newton's step, ``(2 B,)``."""
        problem, cloud, count = self.problem, self.cloud, self.problem.count
        owners, sites = cloud.pairs.owners, cloud.pairs.sites
        shares = self.shares(unknowns)
        mass, load = self.held(shares)
        resources = np.exp(unknowns[count:])
        wanted = problem.multiplicity * np.exp(unknowns[:count]) * resources
        capacity = problem.multiplicity * problem.capacities
        left = resources / problem.capacities
        residual = np.concatenate([mass - wanted, left - 1.0 + load / capacity])
        slopes = problem.family.resource_slopes(cloud.points[owners], sites, resources)
        held = cloud.masses[owners] * shares, self.load * cloud.demands / capacity[sites] * shares
        matrix = self._flow(shares, held, 1.0 + resources[sites] * slopes)
        # max(alpha, m exp w): see `geomot.transport.congestion.steps.newton_direction`
        matrix[:count, :count] -= np.diag(np.maximum(wanted, mass))
        matrix[:count, count:] -= np.diag(wanted)
        matrix[count:, count:] += np.diag(left)
        scale = np.abs(matrix).max(axis=1)
        return np.linalg.solve(matrix / scale[:, None], -residual / scale)

    def _costs(self, unknowns: Floats) -> Costs:
        prices, logs = np.split(unknowns, 2)
        return self.problem.family.costs(np.exp(logs), prices + logs)

    def _flow(self, shares: Floats, held: tuple[Floats, Floats], moved: Floats) -> Floats:
        """Return the derivatives of the sums of ``held`` when costs move by 1 and by ``moved``.

        The share s_b of a point changes by s_b (s_j - [b = j]) / eps if the cost of j moves by 1.
        """
        count, pairs = self.problem.count, self.cloud.pairs
        shape = (len(self.cloud.masses), 2 * count)
        places = np.tile(pairs.owners, 2), np.concatenate([pairs.sites, pairs.sites + count])
        values, changes = np.concatenate(held), np.concatenate([shares, shares * moved])
        if len(values) < SPARSE * shape[0] * shape[1]:
            left = sparse.csr_array((values, places), shape=shape)
            product = (left.T @ sparse.csr_array((changes, places), shape=shape)).toarray()
        else:
            left, right = np.zeros(shape), np.zeros(shape)
            left[places], right[places] = values, changes
            product = left.T @ right
        for rows, own in enumerate(held):
            for columns, change in enumerate((np.ones(len(moved)), moved)):
                index = np.arange(count)
                lost = np.bincount(pairs.sites, own * change, count)
                product[rows * count + index, columns * count + index] -= lost
        return np.asarray(product / self.softness)
