"""The equilibrium with atoms: interior points first, then the ties themselves.

1. From a start near the solution the interior-point method of `geomot.transport.sharing.barrier`
   follows mu down, damped so that the residual falls.
2. Once mu is small, which sites share an atom shows: their fractions are larger than their slacks.
   With those pairs fixed, Newton's method solves for w, q, the fractions and the ties c_b = c_j.
3. Where that fails, or a fraction or a slack comes out negative, mu goes on falling, then 2 is tried
   again.

mu only falls, and ends: there is nothing that could cycle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.kernels.simplices import Floats
from geomot.transport.congestion.atoms import whole
from geomot.transport.congestion.evaluation import ShareEvaluator, Shares
from geomot.transport.congestion.newton import FINAL, LOOSEST
from geomot.transport.congestion.problem import CongestionProblem
from geomot.transport.congestion.result import Equilibrium, Iteration, Progress, Status, summarize
from geomot.transport.congestion.steps import DECREASE, DROWNED, FARTHEST, KEPT, normalized_offsets
from geomot.transport.iteration.stagnation import blurred_message, stagnates
from geomot.transport.sharing.barrier import (
    Pairs,
    Sharing,
    Step,
    barrier_step,
    centered,
    felt_resources,
    pair_costs,
)
from geomot.transport.sharing.ties import solve_ties

STARTS = tuple(10.0 ** np.arange(-1.0, -4.1, -0.5))  # mu to start from: the best of these
CLEAR = 1e-5  # mu below which ties are tried
LAST = 1e-14  # mu at which it ends
FALL, POWER = 0.2, 1.5  # mu falls to the lesser of FALL mu and mu^POWER
INNER = 10.0  # residual, as a multiple of mu, at which mu falls
NEAR = 1.0  # pairs whose cost is that far above the least are left out at first
RETURN = 0.3  # and come back when they are that near
POSITIVE = 0.995  # part of the way to the boundary that a step may go
RETRIES = 4  # times that the ties of a start are corrected
SHORTEST = 2.0**-24  # step below which the line search gives up
UNMOVED = "no step makes progress: ask for a larger tolerance"
UNCLEAR = "which sites share which atoms does not become clear: ask for a larger tolerance"


@dataclass(frozen=True, eq=False)
class SplitEquilibrium:
    """An equilibrium with atoms.

    Parameters
    ----------
    equilibrium
        Masses, offsets, resources; its resource residual counts the atoms' loads.
    fractions
        ``(K, B)`` of each atom at each site.
    tie_residual
        Largest |c_b - c_j| of sites that share an atom.
    slack_residual
        Largest amount by which a site that serves an atom is dearer than another that could.
    """

    equilibrium: Equilibrium
    fractions: Floats
    tie_residual: float
    slack_residual: float


def solve_split(
    problem: CongestionProblem,
    offsets: Floats,
    resources: Floats,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
    fractions: Floats | None = None,
) -> tuple[SplitEquilibrium, dict[str, float]]:
    """Solve for the equilibrium of a problem with atoms from a start.

    Parameters
    ----------
    problem
        The problem; it has atoms, each of which some site can serve.
    offsets, resources
        ``(B,)`` start w, q; q > 0.
    tolerance
        On all residuals and on the integrals, as shares of the total mass 1.
    max_iterations
        Largest number of steps with a positive mu.
    progress
        Called with each row of the history.
    fractions
        ``(K, B)`` those of a solution that may be near: its ties are tried first.

    Returns
    -------
    The result and the seconds spent in diagrams and in linear algebra.
    """
    assert problem.atoms is not None
    distinct, place = problem.atoms.merged()
    search = _Search(replace(problem, atoms=distinct), tolerance, progress)
    search.begin(offsets, resources)
    near = None
    if fractions is not None and len(fractions) == problem.atoms.count:
        near = np.zeros_like(distinct.demands)
        near[place] = fractions
    status, message = search.run(max_iterations, near)
    if status is not Status.CONVERGED and search.blurred_in_the_end() and message == UNMOVED:
        shares = search.sharing.shares
        message = blurred_message(shares.residuals(search.problem)[0], float(shares.errors.max()))
    shares, found_fractions = search.sharing.shares, search.fractions
    loads = distinct.loads(found_fractions)
    tie, slack = _complementarity(np.where(search.able, search.costs(), np.inf), found_fractions)
    found = summarize(problem, replace(shares, loads=loads), status, message, search.history)
    return SplitEquilibrium(found, found_fractions[place], tie, slack), search.evaluator.seconds


def _complementarity(costs: Floats, fractions: Floats) -> tuple[float, float]:
    """Return how much the costs of sites that share an atom differ, and are above the least."""
    serving = fractions > 0.0
    most = np.where(serving, costs, -np.inf).max(axis=1)
    least = np.where(serving, costs, np.inf).min(axis=1)
    return float((most - least).max()), float((most - costs.min(axis=1)).max())


class _Search:
    """The search for one equilibrium."""

    def __init__(self, problem: CongestionProblem, tolerance: float, progress: Progress | None) -> None:
        assert problem.atoms is not None
        self.problem, self.atoms, self.tolerance = problem, problem.atoms, tolerance
        self.able = np.isfinite(self.atoms.demands)
        self.progress = progress
        self.evaluator = ShareEvaluator(problem)
        self.history: list[Iteration] = []
        self.norms: list[float] = []  # since mu fell

    def begin(self, offsets: Floats, resources: Floats) -> None:
        """Choose the pairs and the first mu."""
        offsets = normalized_offsets(self.problem, offsets)
        shares = self.evaluator.shares(offsets, resources, LOOSEST)
        self.evaluator.last = shares
        costs = np.where(self.able, self.atoms.costs(shares.costs), np.inf)
        self.pairs = self._chosen(costs <= costs.min(axis=1, keepdims=True) + NEAR)
        starts = [centered(self.pairs, shares, mu) for mu in STARTS]
        known = 2 * self.problem.count
        gaps = [np.linalg.norm(start.residual(self.pairs, 0.0)[:known]) for start in starts]
        best = int(np.argmin(gaps))
        self.sharing, self.mu = starts[best], STARTS[best]

    def run(self, max_iterations: int, near: Floats | None = None) -> tuple[Status, str]:
        """Try the ties of fractions that may be near; follow mu down until the ties are solved."""
        self._record(0.0)
        if near is not None and self._near(near):
            return Status.CONVERGED, ""
        while len(self.history) <= max_iterations:
            if self._norm(self.sharing) <= INNER * self.mu:
                if self.mu <= CLEAR and self._tied():
                    return Status.CONVERGED, ""
                if self.mu <= LAST:
                    return Status.NOT_CONVERGED, UNCLEAR
                self.mu = max(LAST, min(FALL * self.mu, self.mu**POWER))
                self.norms.clear()
            self._widen()
            self.norms.append(self._norm(self.sharing))
            taken = None if stagnates(self.norms) and self._blurred() else self._advance()
            if taken is None:  # what is left is the integrals' noise, which ties may well bear
                if self._tied():
                    return Status.CONVERGED, ""
                return Status.NOT_CONVERGED, UNMOVED
            self._record(taken)
            left = self.sharing.shares.resources / self.problem.capacities
            if left.min() < self.tolerance:
                return Status.NOT_CONVERGED, f"a site has {left.min():.1e} of its capacity left"
        return (
            Status.NOT_CONVERGED,
            f"no convergence, steps taken: {max_iterations}, all that were allowed",
        )

    @property
    def fractions(self) -> Floats:
        """Fractions ``(K, B)``."""
        return self.pairs.table(self.sharing.fractions)

    def costs(self) -> Floats:
        """Return the cost of each site at each atom, ``(K, B)``."""
        return self.atoms.costs(self.sharing.shares.costs)

    def _chosen(self, mask: np.ndarray) -> Pairs:
        owners, sites = np.nonzero(mask & self.able)
        return Pairs(self.problem, owners, sites)

    def _norm(self, sharing: Sharing) -> float:
        return float(np.linalg.norm(sharing.residual(self.pairs, self.mu)))

    def _blurred(self) -> bool:
        """Return whether the masses' errors are as large as all that is left."""
        return self._norm(self.sharing) <= float(np.linalg.norm(self.sharing.shares.errors))

    def blurred_in_the_end(self) -> bool:
        """Make the integrals final; return whether their errors are as large as all that is left."""
        last = self.sharing.shares
        shares = self.evaluator.shares(last.offsets, last.resources, FINAL * self.tolerance)
        self.sharing = replace(self.sharing, shares=shares)
        return self._blurred()

    def _record(self, taken: float) -> None:
        shares = self.sharing.shares
        residual, _ = shares.residuals(self.problem)
        self.history.append(Iteration(len(self.history), residual, taken))
        if self.progress is not None:
            self.progress(self.history[-1])

    def _widen(self) -> None:
        """Take in sites that have come near the price of an atom."""
        prices = self.sharing.prices
        inside = self.pairs.table(np.ones(len(self.pairs.sites))) > 0.0
        near = self.able & ~inside & (self.costs() < prices[:, None] + RETURN)
        if not near.any():
            return
        before = self.fractions
        self.pairs = self._chosen(inside | near)
        owners, sites = self.pairs.owners, self.pairs.sites
        costs = pair_costs(self.pairs, self.sharing.shares)
        # after a long step a site that was far away may cost less than the price
        prices = np.minimum(prices, np.minimum.reduceat(costs, self.pairs.starts) - self.mu)
        new = near[owners, sites]
        fractions = np.where(new, self.mu / (costs - prices[owners]), before[owners, sites])
        fractions /= self.pairs.sums(fractions)[owners]
        self.sharing = Sharing(self.sharing.shares, costs, fractions, prices)

    def _advance(self) -> float | None:
        """Take one damped step and return its length, or None if none makes progress."""
        pairs, sharing = self.pairs, self.sharing
        before = self._norm(sharing)
        accuracy = float(np.clip(0.1 * before**2, FINAL * self.tolerance, LOOSEST))
        with self.evaluator.solving():
            step = barrier_step(pairs, sharing, self.mu)
        felt = felt_resources(pairs, sharing.shares)
        change = step.values[pairs.sites] + felt * step.logs[pairs.sites]
        length = min(
            FARTHEST / float(np.abs(step.values).max(initial=FARTHEST)),
            _reach(sharing.fractions, step.fractions, POSITIVE),
            _reach(sharing.slacks(pairs), change - step.prices[pairs.owners], POSITIVE),
            _reach(np.ones(self.problem.count), step.logs, 1.0 - KEPT),
        )
        shortest = DROWNED * length if self._blurred() else SHORTEST
        while length >= shortest:
            trial = self._trial(step, length, accuracy)
            if trial is not None and self._norm(trial) <= (1.0 - DECREASE * length) * before:
                self.sharing, self.evaluator.last = trial, trial.shares
                return length
            length *= 0.5
        return None

    def _trial(self, step: Step, length: float, accuracy: float) -> Sharing | None:
        """Return what a step leads to, or None where a cost falls below its price."""
        pairs, sharing, shares = self.pairs, self.sharing, self.sharing.shares
        resources = shares.resources * (1.0 + length * step.logs)
        moved = shares.offsets + length * step.values + np.log(resources / shares.resources)
        offsets = normalized_offsets(self.problem, moved)
        prices = sharing.prices + length * step.prices + (offsets[0] - moved[0])
        costs = self.problem.family.costs(resources, offsets)
        values = costs.values(pairs.points, pairs.sites)
        if not (values > prices[pairs.owners]).all():
            return None
        trial = self.evaluator.shares(offsets, resources, accuracy)
        return Sharing(trial, values, sharing.fractions + length * step.fractions, prices)

    def _near(self, fractions: Floats) -> bool:
        """Solve the ties of fractions; atoms that were whole are at their cheapest site.

        Where an atom comes out cheaper elsewhere it goes there whole, a few times.
        """
        shared = (fractions * self.able > 0.0).sum(axis=1) > 1
        shares = self.sharing.shares
        costs = np.where(self.able, self.costs(), np.inf)
        for _ in range(RETRIES):
            owned = np.where(shared[:, None], fractions * self.able, whole(costs))
            pairs = self._chosen(owned > 0.0)
            parts = owned[pairs.owners, pairs.sites]
            found = solve_ties(
                pairs, shares, parts / pairs.sums(parts)[pairs.owners], self.evaluator, self.tolerance
            )
            if found is None:
                break
            if self._holds(pairs, *found):
                self._record(1.0)
                return True
            shares, costs = found[0], np.where(self.able, self.atoms.costs(found[0].costs), np.inf)
            fractions = pairs.table(np.maximum(found[1], 0.0))
            cheapest = fractions[np.arange(len(costs)), costs.argmin(axis=1)] > 0.0
            shared &= cheapest & ((fractions > self.tolerance).sum(axis=1) > 1)
        self.evaluator.last = self.sharing.shares
        return False

    def _tied(self) -> bool:
        """Solve the ties that show; return whether they make an equilibrium, and keep it if they do."""
        sharing, slacks = self.sharing, self.sharing.slacks(self.pairs)
        largest = np.maximum.reduceat(sharing.fractions, self.pairs.starts)[self.pairs.owners]
        serving = (sharing.fractions > slacks) | (sharing.fractions == largest)
        pairs = Pairs(self.problem, self.pairs.owners[serving], self.pairs.sites[serving])
        fractions = sharing.fractions[serving]
        fractions = fractions / pairs.sums(fractions)[pairs.owners]
        found = solve_ties(pairs, sharing.shares, fractions, self.evaluator, self.tolerance)
        if found is None or not self._holds(pairs, *found):
            self.evaluator.last = sharing.shares
            return False
        self._record(1.0)
        return True

    def _holds(self, pairs: Pairs, shares: Shares, fractions: Floats) -> bool:
        """Keep a solution of the ties if no fraction is negative and no other site is cheaper."""
        if fractions.min() < -self.tolerance:
            return False
        fractions = np.maximum(fractions, 0.0)
        fractions /= pairs.sums(fractions)[pairs.owners]
        costs = np.where(self.able, self.atoms.costs(shares.costs), np.inf)
        if _complementarity(costs, pairs.table(fractions))[1] > self.tolerance:
            return False
        self.pairs = pairs
        self.sharing = Sharing(shares, pair_costs(pairs, shares), fractions, costs.min(axis=1))
        return True


def _reach(values: Floats, steps: Floats, part: float) -> float:
    """Return how far positive values may go along steps until only 1 - ``part`` of one is left."""
    falling = steps < 0.0
    return float((-part * values[falling] / steps[falling]).min(initial=1.0))
