"""A start for Newton's method: the problem with softened minima on a cloud of points.

Where bisectors react strongly to the offsets (two sites close together, costs that nearly tie), the
exact residual is a steep staircase in the offsets, and damped Newton crawls far from the solution.
Here the minimum over the sites is ``-eps log sum exp(-. / eps)`` and integrals are sums over a cloud of
points, so that the residual is smooth for every eps and an evaluation is a few matrix products.

1. Without demand and with a large eps the solution is found from any start.
2. It is followed while the demand grows from nothing to all of it, then while eps falls; each step is
   as long as Newton's method contracts from the last solution (Deuflhard, Newton Methods for Nonlinear
   Problems, 2004, section 5.1).
3. Points that several sites share and that weigh much for one of them are split, so that small cells
   are resolved, until each cell is decided.

Newton's unknowns are v_b = w_b - log q_b and log q_b.  Where resources decide the costs these are
nearly v_b and bisectors hardly feel q_b; in w_b and q_b its steps would stay as short as the bisectors'
layer is thin.  Only the start comes from here; no result does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from geomot.diagram.candidates import Candidates, all_candidates
from geomot.diagram.subdivision import heavy
from geomot.geometry.mesh import Mesh, bisect
from geomot.geometry.simplices import Floats, bounding_balls, measures
from geomot.transport.problem import CongestionProblem, ShareIntegrand

POINTS, POINTS_PER_SITE = 2000, 16
PAIRS = 60_000  # of a point and a site, above which no more points are split
SOFTEST = 1.0  # first eps, as a multiple of the costs' mean spread
CLIMBS, FARTHEST = 200, 5.0  # most steps to the first solution, and how far each may go
STEPS = 1500  # Newton steps on the whole path
CORRECTIONS = 12  # Newton steps after which a step along the path was too long
FIRST, CONTRACTION = 2.0, 0.5  # longest first Newton step, and how much shorter the next must be
QUICK = 5  # Newton steps after which the next step along the path may be longer
FALL = 1.4  # first step along the logarithm of eps
LONGER, SHORTER = 1.8, 0.4  # factors for steps along the path
NOTHING_LEFT = 1e-6  # step along the path at which it is given up
EXACT = 1e-3  # part of eps to which the unknowns are solved for
DECIDED = 0.1  # part of a cell that may still be shared when eps is small enough
GRAIN = 0.02  # part of a cell that one shared point may be
NEGLIGIBLE = 1e-20  # share of a point that will not come back
SPARSE = 0.3  # part of all pairs below which sparse matrices are faster


@dataclass(frozen=True, eq=False)
class Cloud:
    """Barycentres of simplices that stand for the zone.

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



def smoothed_start(problem: CongestionProblem, offsets: Floats | None = None) -> tuple[Floats, Floats]:
    """Return offsets and resources near the equilibrium, ``(B,)`` each.

    Parameters
    ----------
    problem
        The problem.
    offsets
        Where to start from; by default the logarithms of the capacities' shares.
    """
    count, resources = problem.count, problem.capacities
    if offsets is None:
        offsets = np.log(resources / (problem.multiplicity * resources).sum())
    unknowns = np.concatenate([offsets - np.log(resources), np.log(resources)])
    system = _Softened(problem, _cloud(problem), 0.0, 1.0)
    spread = np.ptp(system.costs(unknowns).reshape(-1, count), axis=1).mean()
    system = replace(system, softness=SOFTEST * float(spread) or 1.0)  # one site has no spread
    path = _Path(system, _climb(system, unknowns))
    if problem.demand is not None:
        path.load()
    path.sharpen()
    prices, logs = np.split(path.unknowns, 2)
    return prices + logs, np.exp(logs)


def _cloud(problem: CongestionProblem) -> Cloud:
    """Return points that hold little mass and demand each, shared by all sites."""
    wanted = POINTS + POINTS_PER_SITE * problem.count
    integrand = ShareIntegrand(problem)
    mesh = problem.zone.mesh
    while len(mesh.simplices) < wanted:
        corners = mesh.corners
        most = integrand.upper_bounds(*bounding_balls(corners)) * measures(corners)[:, None]
        share = (most / most.sum(axis=0)).sum(axis=1)
        mesh = bisect(mesh, heavy(share, 0.3 * float(share.sum()))).mesh
    return _weighted(problem, mesh, all_candidates(np.arange(problem.count), len(mesh.simplices)))


def _weighted(problem: CongestionProblem, mesh: Mesh, pairs: Candidates) -> Cloud:
    points, sizes = mesh.corners.mean(axis=1), measures(mesh.corners)
    masses = problem.density.values(points) * sizes
    demands = np.zeros(len(pairs.sites))
    if problem.demand is not None:
        demands = problem.demand.values(points[pairs.owners], pairs.sites) * sizes[pairs.owners]
    return Cloud(mesh, points, pairs, masses / masses.sum(), demands)


@dataclass(frozen=True, eq=False)
class _Softened:
    """The problem on a cloud, with softened minima and a part of the demand.

    The unknowns are v = w - log q and log q, ``(2 B,)``.
    """

    problem: CongestionProblem
    cloud: Cloud
    load: float
    softness: float

    def costs(self, unknowns: Floats) -> Floats:
        """Return c_b + w_b of all pairs, ``(e,)``."""
        prices, logs = np.split(unknowns, 2)
        costs = self.problem.family.costs(np.exp(logs)).with_offset(prices + logs)
        pairs = self.cloud.pairs
        return costs.values(self.cloud.points[pairs.owners], pairs.sites)

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
        return mass, self.load * np.bincount(cloud.pairs.sites, cloud.demands * shares, count)

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
        # max(alpha, m exp w): see `geomot.transport.steps.newton_direction`
        matrix[:count, :count] -= np.diag(np.maximum(wanted, mass))
        matrix[:count, count:] -= np.diag(wanted)
        matrix[count:, count:] += np.diag(left)
        scale = np.abs(matrix).max(axis=1)
        return np.linalg.solve(matrix / scale[:, None], -residual / scale)

    def _flow(self, shares: Floats, held: tuple[Floats, Floats], moved: Floats) -> Floats:
        """Return the derivatives of the sums of ``held`` when costs move by 1 and by ``moved``.

        The share s_b of a point changes by s_b (s_j - [b = j]) / eps when the cost of site j moves by 1.
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
                block = np.s_[rows * count : (rows + 1) * count, columns * count : (columns + 1) * count]
                product[block] -= np.diag(np.bincount(pairs.sites, own * change, count))
        return np.asarray(product / self.softness)


def _climb(system: _Softened, unknowns: Floats) -> Floats:
    """Solve at fixed resources, without demand: the maximum of a concave function of the offsets."""
    count, size = system.problem.count, system.problem.multiplicity
    for _ in range(CLIMBS):
        step = system.step(unknowns)
        largest = float(np.abs(step).max())
        length = min(1.0, FARTHEST / max(largest, FARTHEST))
        while True:
            trial = unknowns + length * step
            mass, _ = system.held(system.shares(trial))
            gradient = mass - size * np.exp(trial[:count] + trial[count:])
            if float(gradient @ step[:count]) >= 0.0 or length * largest < EXACT:
                break
            length *= 0.5
        unknowns = trial
        if largest < EXACT:
            break
    return unknowns


@dataclass
class _Path:
    """A solution that is followed while its system changes."""

    system: _Softened
    unknowns: Floats
    steps: int = 0  # of Newton, in all
    reach: float = 1.0
    slope: Floats | float = 0.0  # of the unknowns along the path

    def load(self) -> None:
        """Follow the solution from no demand to all of it."""
        self.reach = 1.0
        while self.system.load < 1.0:
            part = self.system.load
            if not self._advance(lambda reach, p=part: replace(self.system, load=min(1.0, p + reach))):
                break

    def sharpen(self) -> None:
        """Follow the solution to less and less softness, until the cells are decided."""
        self.reach, self.slope = FALL, 0.0
        while True:
            shares = self.system.shares(self.unknowns)
            if self._undecided(shares) < DECIDED or self.steps > STEPS:
                break
            self.system = replace(self.system, cloud=self._split(shares))
            softness = self.system.softness
            if not self._advance(
                lambda reach, e=softness: replace(self.system, softness=e * np.exp(-reach))
            ):
                break

    def _shared(self, shares: Floats) -> Floats:
        """Return what each pair shares with others, as a part of what its site holds or has left."""
        system, cloud = self.system, self.system.cloud
        mass, _ = system.held(shares)
        left = system.problem.multiplicity * np.exp(self.unknowns[system.problem.count :])
        parts = cloud.masses[cloud.pairs.owners] / mass[cloud.pairs.sites]
        loads = system.load * cloud.demands / left[cloud.pairs.sites]
        return np.asarray(np.maximum(parts, loads) * shares * (1.0 - shares))

    def _undecided(self, shares: Floats) -> float:
        """Return the largest part of a cell that others share."""
        sites, count = self.system.cloud.pairs.sites, self.system.problem.count
        return float(np.bincount(sites, self._shared(shares), count).max())

    def _split(self, shares: Floats) -> Cloud:
        """Return the cloud without negligible pairs, and with shared points split that weigh much."""
        cloud = self.system.cloud
        coarse = np.zeros(len(cloud.masses), dtype=bool)
        coarse[cloud.pairs.owners[self._shared(shares) > GRAIN]] = True
        pairs = cloud.pairs.keep(shares > NEGLIGIBLE)
        if not coarse.any() or len(pairs.sites) > PAIRS:
            return replace(cloud, pairs=pairs, demands=cloud.demands[shares > NEGLIGIBLE])
        step = bisect(cloud.mesh, coarse)
        pairs = pairs.gather(step.parents, len(cloud.masses))
        return _weighted(self.system.problem, step.mesh, pairs)

    def _advance(self, system: Callable[[float], _Softened]) -> bool:
        """Take one step along the path, as long as Newton's method contracts."""
        while self.reach > NOTHING_LEFT:
            trial = system(self.reach)
            found, steps = _corrected(trial, self.unknowns + self.reach * self.slope)
            self.steps += steps
            if found is not None:
                self.slope = (found - self.unknowns) / self.reach
                self.system, self.unknowns = trial, found
                self.reach *= LONGER if steps <= QUICK else 1.0
                return True
            self.reach *= SHORTER
        return False


def _corrected(system: _Softened, unknowns: Floats) -> tuple[Floats | None, int]:
    """Return the solution near ``unknowns``, or None if Newton's steps do not contract; their number."""
    longest, enough = FIRST, EXACT * min(1.0, system.softness)
    for number in range(1, CORRECTIONS + 1):
        step = system.step(unknowns)
        size = float(np.abs(step).max())
        if not size <= longest:
            break
        unknowns = unknowns + step
        if size <= enough:
            return unknowns, number
        longest = CONTRACTION * size
    return None, number
