"""A start for Newton's method: the problem with softened minima on a cloud of points.

Where bisectors react strongly to the offsets (two sites close together, costs that nearly tie), the
exact residual is a steep staircase in the offsets, and damped Newton crawls far from the solution.
With the minimum over the sites replaced by ``-eps log sum exp(-. / eps)`` and the integrals by sums
over a cloud of points, the dual is smooth for every eps and each evaluation is a few matrix products.
Followed from a large eps to a small one it ends close to the solution of the exact problem, which
then takes a few full Newton steps.  Only the start comes from here; no result does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from geomot.diagram.subdivision import heavy
from geomot.geometry.mesh import Mesh, bisect
from geomot.geometry.simplices import Floats, bounding_balls, measures
from geomot.transport.problem import CongestionProblem, ShareIntegrand

POINTS, POINTS_PER_SITE = 2000, 16
LEVELS, QUARTER = 20, 0.25  # most levels of eps, and their ratio
DECIDED = 0.02  # mass that several sites may still share when eps is small enough
STEPS = 20  # Newton steps on each level
ENOUGH = 1e-3  # residual at which a level is left
SHORTEST = 2.0**-10  # step below which the line search gives up
NEGLIGIBLE = 1e-9  # share of a point, or mass, that counts as none
SPARSE = 0.3  # part of all shares below which sparse matrices are faster
FARTHEST = 5.0  # largest change of an offset in one step
KEPT = 0.1  # share of a resource that one step leaves at least


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points that stand for the zone.

    Parameters
    ----------
    points
        ``(n, d)``.
    masses
        ``(n,)`` mass of the density at each, summing to 1.
    demands
        ``(n, B)`` demand of each at each site, or None.
    """

    points: Floats
    masses: Floats
    demands: Floats | None


def cloud(problem: CongestionProblem) -> Cloud:
    """Return barycentres of simplices that hold little mass and demand each."""
    wanted = POINTS + POINTS_PER_SITE * problem.count
    integrand = ShareIntegrand(problem)
    mesh: Mesh = problem.zone.mesh
    while len(mesh.simplices) < wanted:
        corners = mesh.corners
        most = integrand.upper_bounds(*bounding_balls(corners)) * measures(corners)[:, None]
        share = (most / most.sum(axis=0)).sum(axis=1)
        mesh = bisect(mesh, heavy(share, 0.3 * float(share.sum()))).mesh
    points, sizes = mesh.corners.mean(axis=1), measures(mesh.corners)
    masses = problem.density.values(points) * sizes
    demands = None
    if problem.demand is not None:
        sites = np.arange(problem.count)
        pairs = np.broadcast_to(sites, (len(points), problem.count))
        at = np.repeat(points, problem.count, axis=0)
        values = problem.demand.values(at, pairs.reshape(-1)).reshape(pairs.shape)
        demands = values * sizes[:, None]
    return Cloud(points, masses / masses.sum(), demands)


def smoothed_start(problem: CongestionProblem, offsets: Floats | None = None) -> tuple[Floats, Floats]:
    """Return offsets and resources near the equilibrium, ``(B,)`` each.

    Parameters
    ----------
    problem
        The problem.
    offsets
        Where to start from; by default the logarithms of the capacities' shares.
    """
    soft = _Softened(problem, cloud(problem))
    resources = problem.capacities.copy()
    if offsets is None:
        offsets = np.log(resources / (problem.multiplicity * resources).sum())
    spread = float(np.ptp(soft.costs(resources) + offsets, axis=1).mean())
    softness = max(spread, 1e-12)  # a single site has no spread
    for _ in range(LEVELS):
        softness *= QUARTER
        offsets, resources = soft.solve(offsets, resources, softness)
        if soft.undecided(offsets, resources, softness) < DECIDED:
            break
    return offsets, resources


@dataclass(frozen=True, eq=False)
class _Softened:
    """The residual of the problem on a cloud, with softened minima."""

    problem: CongestionProblem
    points: Cloud

    def costs(self, resources: Floats) -> Floats:
        """Return all costs at all points, ``(n, B)``."""
        sites = np.arange(self.problem.count)
        return self.problem.family.costs(resources).values(self.points.points[:, None], sites)

    def solve(self, offsets: Floats, resources: Floats, softness: float) -> tuple[Floats, Floats]:
        """Take damped Newton steps while they make the residual smaller."""
        count = self.problem.count
        shares = self._shares(offsets, resources, softness)
        residual = self._residual(offsets, resources, shares)
        for _ in range(STEPS):
            step = np.linalg.solve(self._jacobian(offsets, resources, shares, softness), -residual)
            resource_step = step[count:] * self.problem.capacities
            falling = resource_step < 0.0
            length = min(1.0, FARTHEST / float(np.abs(step[:count]).max(initial=FARTHEST)))
            reach = (KEPT - 1.0) * resources[falling] / resource_step[falling]
            length = float(reach.min(initial=length))
            norm = np.linalg.norm(residual)
            while length > SHORTEST:
                trial = offsets + length * step[:count], resources + length * resource_step
                shares = self._shares(*trial, softness)
                residual = self._residual(*trial, shares)
                if np.linalg.norm(residual) <= (1.0 - 0.1 * length) * norm:
                    break
                length *= 0.5
            else:
                break
            offsets, resources = trial
            if np.linalg.norm(residual) < ENOUGH:
                break
        return offsets, resources

    def undecided(self, offsets: Floats, resources: Floats, softness: float) -> float:
        """Return the mass that does not go to the cheapest site."""
        shares = self._shares(offsets, resources, softness)
        return float(self.points.masses @ (1.0 - shares.max(axis=1)))

    def _shares(self, offsets: Floats, resources: Floats, softness: float) -> Floats:
        """Return the share of each point that goes to each site, ``(n, B)``."""
        total = self.costs(resources) + offsets
        weights = np.exp((total.min(axis=1, keepdims=True) - total) / softness)
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def _residual(self, offsets: Floats, resources: Floats, shares: Floats) -> Floats:
        problem = self.problem
        mass = self.points.masses @ shares - problem.multiplicity * np.exp(offsets)
        left = resources - problem.capacities
        if self.points.demands is not None:
            left = left + (shares * self.points.demands).sum(axis=0) / problem.multiplicity
        return np.concatenate([mass, left / problem.capacities])

    def _jacobian(self, offsets: Floats, resources: Floats, shares: Floats, softness: float) -> Floats:
        """Return the derivative in the offsets and in the resources relative to the capacities."""
        problem, points = self.problem, self.points
        count = problem.count
        matrix = np.eye(2 * count)
        matrix[:count, :count] = _flow(points.masses[:, None] * shares, shares, softness)
        wanted = problem.multiplicity * np.exp(offsets)
        matrix[:count, :count] -= np.diag(np.maximum(wanted, NEGLIGIBLE))  # regular, always
        if points.demands is None:
            return matrix
        slopes = problem.family.resource_slopes(
            np.repeat(points.points, count, axis=0),
            np.tile(np.arange(count), len(points.points)),
            resources,
        ).reshape(shares.shape)
        moved = slopes * problem.capacities * shares
        scale = 1.0 / (problem.multiplicity * problem.capacities)
        loads = points.demands * shares * scale
        weighted = points.masses[:, None] * shares
        matrix[:count, count:] = _flow(weighted, shares, softness, moved)
        matrix[count:, :count] = _flow(loads, shares, softness)
        matrix[count:, count:] += _flow(loads, shares, softness, moved)
        return matrix


def _flow(held: Floats, shares: Floats, softness: float, moved: Floats | None = None) -> Floats:
    """Return the derivative of sum_k v_kb s_kb, held = v s, in changes of the costs.

    ``moved`` is the shares times the change of the cost at each point, by default by 1 everywhere.
    """
    change = shares if moved is None else moved
    taken = shares > NEGLIGIBLE  # of many sites few share a point once eps is small
    if moved is None:
        own = held.sum(axis=0)
    else:
        own = np.divide(held * moved, shares, where=taken, out=np.zeros_like(held)).sum(axis=0)
    if taken.mean() < SPARSE:
        left, right = sparse.csr_array(held * taken), sparse.csr_array(change * taken)
        product = (left.T @ right).toarray()
    else:
        product = held.T @ change
    return np.asarray((product - np.diag(own)) / softness)
