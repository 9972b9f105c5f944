"""Damped Newton's method for the equilibrium, coupled in offsets and resources.

Without a demand the offsets maximise the strictly concave

    D(w) = integral of min_b (c_b + w_b) g - sum_b m_b exp(w_b),    grad D = alpha - m exp(w).

A step p is taken at length t when grad D(w + t p) . p >= 0: along p the derivative of D falls, so D has
risen all the way; no values of D are needed, whose differences drown in rounding near the maximum.
There, and with a demand, the residual must fall.  The tolerance of the integrals follows the residual,
so that early steps are cheap; late steps keep the mesh, so that the residual is a smooth function of
the unknowns and falls far below the integration error.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from geomot.geometry.simplices import Floats
from geomot.transport.evaluation import Evaluator, Shares, jacobian
from geomot.transport.problem import CongestionProblem
from geomot.transport.result import Equilibrium, Iteration, Status, summarize

LONGER = 4.0  # the first trial step, as a multiple of the last one taken
SHORTEST = 2.0**-40  # step below which the line search gives up
KEPT = 0.1  # share of a resource that one step leaves at least
FINAL = 0.25  # tolerance of the integrals in the end, as a share of the residual's
LOOSEST = 1e-3  # tolerance of the integrals far from the solution

Progress = Callable[[Iteration], None]


def solve_equilibrium(
    problem: CongestionProblem,
    offsets: Floats,
    resources: Floats,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
) -> tuple[Equilibrium, dict[str, float]]:
    """Solve for the equilibrium from a start.

    Parameters
    ----------
    problem
        The problem.
    offsets, resources
        ``(B,)`` start w, q; q > 0.
    tolerance
        On the residuals, and on the integrals, as shares of the total mass 1.
    max_iterations
        Largest number of steps.
    progress
        Called with each row of the history.

    Returns
    -------
    The result and the seconds spent in diagrams and in linear algebra.
    """
    evaluator = Evaluator(problem)
    shares = evaluator.shares(_normal(problem, offsets), resources, LOOSEST)
    evaluator.last = shares
    history: list[Iteration] = []
    length, accuracy = 0.0, LOOSEST
    status, message = Status.NOT_CONVERGED, f"no convergence in {max_iterations} steps"
    while True:
        mass, resource = shares.residual(problem)
        worst = max(float(np.abs(mass).max()), float(np.abs(resource).max()))
        if worst <= tolerance and accuracy > FINAL * tolerance:
            accuracy = FINAL * tolerance
            shares = evaluator.shares(shares.offsets, shares.resources, accuracy)
            evaluator.last = shares
            continue
        history.append(Iteration(len(history), float(np.abs(mass).max()), length))
        if progress is not None:
            progress(history[-1])
        if worst <= tolerance:
            status, message = Status.CONVERGED, ""
            break
        if len(history) > max_iterations:
            break
        began = time.perf_counter()
        direction = newton_direction(problem, shares)
        evaluator.seconds["linear_algebra"] += time.perf_counter() - began
        norm = _norm(shares.residual(problem))
        accuracy = float(np.clip(0.1 * norm**2, FINAL * tolerance, LOOSEST))
        longest = min(1.0, LONGER * length) if len(history) > 1 else 1.0
        found = _line_search(problem, evaluator, shares, direction, accuracy, longest)
        if found is None:
            message = "no step along Newton's direction lowers the residual"
            break
        shares, length = found
        evaluator.last = shares
    return summarize(problem, shares, status, message, history), evaluator.seconds


def newton_direction(problem: CongestionProblem, shares: Shares) -> tuple[Floats, Floats]:
    """Return Newton's step in the offsets and in the resources, ``(B,)`` each."""
    mass, _ = shares.residual(problem)
    wanted = problem.multiplicity * np.exp(shares.offsets)
    mass_offset, mass_resource, load_offset, load_resource = jacobian(problem, shares)
    # max(alpha, m exp w) is m exp w at the solution; elsewhere it keeps steps of empty and of overfull
    # cells near 1, where exp w alone would overshoot by orders of magnitude
    top = mass_offset - sparse.diags_array(np.maximum(wanted, shares.masses))
    if problem.demand is None:
        return spsolve(sparse.csc_array(top), -mass), np.zeros(problem.count)
    size = problem.multiplicity
    left = shares.resources - problem.capacities + shares.loads / size
    bottom = sparse.diags_array(1.0 / size) @ load_offset
    corner = sparse.eye_array(problem.count) + sparse.diags_array(1.0 / size) @ load_resource
    # resources are orders of magnitude larger than offsets: solve for their relative change
    scale = sparse.diags_array(problem.capacities)
    unscale = sparse.diags_array(1.0 / problem.capacities)
    matrix = sparse.block_array(
        [[top, mass_resource @ scale], [unscale @ bottom, unscale @ corner @ scale]], format="csc"
    )
    step = spsolve(matrix, -np.concatenate([mass, left / problem.capacities]))
    return step[: problem.count], step[problem.count :] * problem.capacities


def _line_search(
    problem: CongestionProblem,
    evaluator: Evaluator,
    shares: Shares,
    direction: tuple[Floats, Floats],
    accuracy: float,
    longest: float,
) -> tuple[Shares, float] | None:
    """Return the shares after the first step t, t/2, t/4 .. that makes progress, and its length."""
    step, resource_step = direction
    falling = resource_step < 0.0
    reach = (KEPT - 1.0) * shares.resources[falling] / resource_step[falling]
    length = float(reach.min(initial=longest))
    before = _norm(shares.residual(problem))
    while length >= SHORTEST:
        offsets = shares.offsets + length * step
        trial = evaluator.shares(
            _normal(problem, offsets), shares.resources + length * resource_step, accuracy
        )
        residual = trial.residual(problem)
        gradient = trial.masses - problem.multiplicity * np.exp(offsets)
        uphill = problem.demand is None and float(gradient @ step) >= 0.0
        if uphill or _norm(residual) <= (1.0 - 0.1 * length) * before:
            return trial, length
        length *= 0.5 if length > 2.0**-4 else 0.125
    return None


def _norm(residual: tuple[Floats, Floats]) -> float:
    return float(np.sqrt((residual[0] ** 2).sum() + (residual[1] ** 2).sum()))


def _normal(problem: CongestionProblem, offsets: Floats) -> Floats:
    """Add a common constant so that sum_b m_b exp w_b = 1: the best constant for D."""
    highest = offsets.max()
    total = float((problem.multiplicity * np.exp(offsets - highest)).sum())
    return np.asarray(offsets - highest - np.log(total))
