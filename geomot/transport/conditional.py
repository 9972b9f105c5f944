"""A start for the descent to an optimal partition: conditional gradients on a cloud of points.

What the cells of all partitions of a zone can hold is a convex set (Lyapunov 1940: the range of an
atomless vector measure), and its point farthest down along grad J = p is what the minimization diagram
at the prices p holds.  So from any holdings z the segment to those is downhill, by

    p (z - z(p)) >= 0,

the gap, which vanishes at stationary partitions alone (Frank, Wolfe 1956).  J along the segment needs
no diagram.  Where J is curved the way to the end is a zigzag; between the holdings found so far mass is
moved from the dearest to the cheapest as well, as long as that gains as much as a new one (blended
pairwise conditional gradients: Tsuji, Tanaka, Pokutta, ICML 2022).

Integrals are sums over a cloud of points.  Only the start comes from here; no result does.
"""

from __future__ import annotations

import numpy as np

from geomot.geometry.simplices import Floats, measures
from geomot.transport.softened import graded_mesh
from geomot.transport.stakes import Objective, PartitionProblem

POINTS, NUMBERS = 20_000, 30_000_000  # of a cloud, and of all stakes at them
ROUNDS = 1000
GAP = 3e-5  # of J, at which it ends
BLENDED = 0.5  # part of the gap that a move between known holdings gains at least
MOVES = 30  # such moves between two diagrams
HALVINGS = 30  # of a segment, to find where J is least on it
NOTHING = 1e-12  # part below which known holdings are forgotten


def conditional_start(problem: PartitionProblem, holdings: Floats) -> Floats:
    """Return prices of a partition near a stationary one.

    Parameters
    ----------
    problem
        The problem.
    holdings
        ``(B, q)`` what the cells of some partition hold; their objective is finite.

    Returns
    -------
    ``(B, q)``.
    """
    stakes = _stakes_at_points(problem)
    objective, here = problem.objective, holdings
    known, parts = here[None], np.ones(1)
    prices, least = objective.gradients(here), np.inf
    for _ in range(ROUNDS):
        slopes = objective.gradients(here)
        best = _held(stakes, slopes)
        value = objective.value(best)
        if value <= least:  # cells may react strongly to prices that hardly change any more
            prices, least = slopes, value
        gap = float((slopes * (here - best)).sum())
        if gap <= GAP * objective.value(here):
            break
        known, parts = np.concatenate([known, best[None]]), np.append(parts, 0.0)
        here = _blended(objective, known, parts, gap)
        kept = parts > NOTHING
        known, parts = known[kept], parts[kept]
    return prices


def _stakes_at_points(problem: PartitionProblem) -> Floats:
    """Return what each point of a cloud adds to what each site holds, ``(n, B, q)``."""
    size = problem.count * len(problem.stakes.scales)
    mesh = graded_mesh(problem.stakes, problem.zone.triangulation, min(POINTS, NUMBERS // size))
    points, sizes = mesh.corners.mean(axis=1), measures(mesh.corners)
    every = [problem.stakes.values(points, np.full(len(points), b)) for b in range(problem.count)]
    return np.stack(every, axis=1) * sizes[:, None, None]


def _held(stakes: Floats, prices: Floats) -> Floats:
    """Return what the cells at some prices hold, ``(B, q)``."""
    count, size = prices.shape
    cells = np.einsum("nbk,bk->nb", stakes, prices).argmin(axis=1)
    own = stakes[np.arange(len(cells)), cells]
    return np.stack([np.bincount(cells, own[:, k], count) for k in range(size)], axis=1)


def _blended(objective: Objective, known: Floats, parts: Floats, gap: float) -> Floats:
    """Move parts, in place, to the newest of the known holdings and between all; return the sum."""
    here = np.tensordot(parts, known, 1)
    for _ in range(MOVES):
        levels = (known * objective.gradients(here)).sum(axis=(1, 2))
        to, off = int(levels.argmin()), int(np.where(parts > 0.0, levels, -np.inf).argmax())
        if levels[off] - levels[to] <= BLENDED * gap and parts[-1] > 0.0:
            break
        direction = known[to] - known[off]
        length = _least(objective, here, direction, float(parts[off]))
        parts[to] += length
        parts[off] -= length
        here = here + length * direction
    return here


def _least(objective: Objective, here: Floats, direction: Floats, most: float) -> float:
    """Return a length, up to ``most``, at which J stops falling along a direction."""
    if not _rises(objective, here + most * direction, direction):
        return most
    low, high = 0.0, most
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if _rises(objective, here + middle * direction, direction):
            high = middle
        else:
            low = middle
    return low


def _rises(objective: Objective, holdings: Floats, direction: Floats) -> bool:
    if not np.isfinite(objective.value(holdings)):
        return True
    return float((objective.gradients(holdings) * direction).sum()) > 0.0
