"""A start for Newton's method: the problem with softened minima on a cloud of points.

Where bisectors react strongly to the offsets (two sites close together, costs that nearly tie), the
exact residual is a steep staircase in the offsets, and damped Newton crawls far from the solution.
Here the minimum over the sites is ``-eps log sum exp(-. / eps)`` and integrals are sums over a cloud of
points, so that the residual is smooth for every eps and an evaluation is a few matrix products.

1. Without demand and with a large eps the solution is found from any start: a concave maximum.
2. It is followed while the demand grows from nothing to all of it, then while eps falls; each step is
   as long as Newton's method contracts from the last solution (Deuflhard, Newton Methods for Nonlinear
   Problems, 2004, section 5.1).  The path turns back where the softened problem has several solutions;
   then the demand grows at a smaller eps.
3. Points that several sites share and that weigh much for one of them are split, so that small cells
   are resolved, until each cell is decided.

Newton's unknowns are v_b = w_b - log q_b and log q_b.  Where resources decide the costs these are
nearly v_b and bisectors hardly feel q_b; in w_b and q_b its steps would stay as short as the bisectors'
layer is thin.  Only the start comes from here; no result does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from geomot.errors import UnresolvedError
from geomot.geometry.meshes.mesh import split
from geomot.kernels.simplices import Floats
from geomot.transport.congestion.problem import CongestionProblem
from geomot.transport.starts.soft_minimum import Cloud, Softened, cloud, weighted

PAIRS = 60_000  # of a point and a site, above which no more points are split
SOFTEST = (1.0, 0.06)  # first eps to try, as multiples of the costs' mean spread
CLIMBS, FARTHEST = 200, 5.0  # most steps to the first solution, and how far each may go
STEPS = 800  # Newton steps on the whole path
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


def smoothed_start(problem: CongestionProblem, offsets: Floats | None = None) -> tuple[Floats, Floats]:
    """Return offsets and resources near the equilibrium, ``(B,)`` each.

    Parameters
    ----------
    problem
        The problem.
    offsets
        Where to start from; by default the logarithms of the capacities' shares.
    """
    resources = problem.capacities
    if offsets is None:
        offsets = np.log(resources / (problem.multiplicity * resources).sum())
    unknowns = np.concatenate([offsets - np.log(resources), np.log(resources)])
    system = Softened(problem, cloud(problem), 0.0, 1.0)
    costs = system.costs(unknowns)[: system.cloud.spread * problem.count]
    spread = np.ptp(costs.reshape(-1, problem.count), axis=1).mean()
    for softest in SOFTEST:  # the path may turn back where the softened problem has several solutions
        system = replace(system, softness=softest * float(spread) or 1.0)  # one site has no spread
        path = _Path(system, _climb(system, unknowns))
        if (problem.demand is None and problem.atoms is None) or path.load():
            path.sharpen()
        if path.undecided < DECIDED:
            break
    prices, logs = np.split(path.unknowns, 2)
    return prices + logs, np.exp(logs)


def _climb(system: Softened, unknowns: Floats) -> Floats:
    """Solve at fixed resources, without demand: the maximum of a concave function of the offsets."""
    count, size = system.problem.count, system.problem.multiplicity
    for _ in range(CLIMBS):
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # see below
            step = system.step(unknowns)
        largest = float(np.abs(step).max())
        if not np.isfinite(largest):
            raise UnresolvedError(
                "a Newton step of the softened problem is not finite; expected costs, densities, loads "
                "and capacities that floating point holds: scale their numbers"
            )
        length = min(1.0, FARTHEST / max(largest, FARTHEST))
        while length * largest >= EXACT:
            trial = unknowns + length * step
            mass, _ = system.held(system.shares(trial))
            gradient = mass - size * np.exp(trial[:count] + trial[count:])
            if float(gradient @ step[:count]) >= 0.0:
                break
            length *= 0.5
        unknowns = unknowns + length * step
        if largest < EXACT:
            break
    return unknowns


@dataclass
class _Path:
    """A solution that is followed while its system changes."""

    system: Softened
    unknowns: Floats
    steps: int = 0  # of Newton, in all
    reach: float = 1.0
    slope: Floats | float = 0.0  # of the unknowns along the path
    undecided: float = np.inf  # largest part of a cell that others share

    def load(self) -> bool:
        """Follow the solution from no demand to all of it; return whether it got there."""
        self.reach = 1.0
        while self.system.load < 1.0 and self.steps < STEPS:
            if not self._advance(partial(_loaded, self.system)):
                break
        return self.system.load >= 1.0

    def sharpen(self) -> None:
        """Follow the solution to less and less softness, until the cells are decided."""
        self.reach, self.slope = FALL, 0.0
        while self.steps < STEPS:
            shares = self.system.shares(self.unknowns)
            self.undecided = self._undecided(shares)
            if self.undecided < DECIDED:
                break
            if not (self._soften(self._split(shares)) or self._soften(self.system.cloud)):
                break

    def _soften(self, cloud: Cloud) -> bool:
        """Go on to less softness on a cloud."""
        return self._advance(partial(_softer, replace(self.system, cloud=cloud)))

    def _shared(self, shares: Floats) -> Floats:
        """Return what each pair shares with others, as a part of what its site holds or has left."""
        system, cloud = self.system, self.system.cloud
        mass, _ = system.held(shares)
        left = system.problem.multiplicity * np.exp(self.unknowns[system.problem.count :])
        parts = cloud.masses[cloud.pairs.owners] / mass[cloud.pairs.sites]
        loads = system.load * cloud.demands / left[cloud.pairs.sites]
        loads[cloud.pairs.owners >= cloud.spread] = 0.0  # atoms may stay shared, and are fine enough
        return np.asarray(np.maximum(parts, loads) * shares * (1.0 - shares))

    def _undecided(self, shares: Floats) -> float:
        """Return the largest part of a cell that others share."""
        sites, count = self.system.cloud.pairs.sites, self.system.problem.count
        return float(np.bincount(sites, self._shared(shares), count).max())

    def _split(self, shares: Floats) -> Cloud:
        """Return the cloud without negligible pairs, and with shared points split that weigh much."""
        cloud = self.system.cloud
        unresolved = self.system.varies(self.unknowns, shares) & (self._shared(shares) > GRAIN)
        coarse = np.zeros(len(cloud.masses), dtype=bool)
        coarse[cloud.pairs.owners[unresolved]] = True
        pairs = cloud.pairs.keep(shares > NEGLIGIBLE)
        if not coarse.any() or len(pairs.sites) > PAIRS:
            return replace(cloud, pairs=pairs, demands=cloud.demands[shares > NEGLIGIBLE])
        step = split(cloud.mesh, coarse[: cloud.spread])
        parents = np.concatenate([step.parents, np.arange(cloud.spread, len(cloud.masses))])
        pairs = pairs.gather(parents, len(cloud.masses))
        return weighted(self.system.problem, step.mesh, pairs)

    def _advance(self, system: Callable[[float], Softened]) -> bool:
        """Take one step along the path, as long as Newton's method contracts."""
        reach = self.reach
        while reach > NOTHING_LEFT:
            trial = system(reach)
            found, steps = _corrected(trial, self.unknowns + reach * self.slope)
            self.steps += steps
            if found is not None:
                self.slope = (found - self.unknowns) / reach
                self.system, self.unknowns = trial, found
                self.reach = reach * (LONGER if steps <= QUICK else 1.0)
                return True
            reach *= SHORTER
        return False


def _loaded(system: Softened, reach: float) -> Softened:
    return replace(system, load=min(1.0, system.load + reach))


def _softer(system: Softened, reach: float) -> Softened:
    return replace(system, softness=system.softness * float(np.exp(-reach)))


def _corrected(system: Softened, unknowns: Floats) -> tuple[Floats | None, int]:
    """Return the solution near ``unknowns`` and the number of steps, None if they do not contract."""
    longest, enough = FIRST, EXACT * min(1.0, system.softness)
    for number in range(1, CORRECTIONS + 1):
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # far astray: see below
            step = system.step(unknowns)
        size = float(np.abs(step).max())
        if not size <= longest:
            break
        unknowns = unknowns + step
        if size <= enough:
            return unknowns, number
        longest = CONTRACTION * size
    return None, number
