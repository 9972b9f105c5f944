"""Damped Newton's method for the equilibrium, coupled in offsets and resources.

Without a demand the offsets maximise the strictly concave

    D(w) = integral of min_b (c_b + w_b) g - sum_b m_b exp(w_b),    grad D = alpha - m exp(w).

A step p is taken at length t when grad D(w + t p) . p >= 0: along p the derivative of D falls, so D has
risen all the way; no values of D are needed, whose differences drown in rounding near the maximum.
There, and with a demand, the residual must fall; with a demand the start has to be near the solution,
and `geomot.transport.starts.continuation` finds one.  The tolerance of the integrals follows the
residual, so that early steps are cheap; late steps keep the mesh, so that the residual is a smooth
function of the unknowns and falls far below the integration error.  Where rounding decides it need not:
steps that do not halve a residual within that error end the search.  Every verdict is on integrals at
their final tolerance, and so are the masses that are returned.
"""

from __future__ import annotations

import numpy as np

from geomot.kernels.simplices import Floats
from geomot.transport.congestion.evaluation import ShareEvaluator, Shares
from geomot.transport.congestion.problem import CongestionProblem
from geomot.transport.congestion.result import Equilibrium, Iteration, Progress, Status, summarize
from geomot.transport.congestion.steps import (
    line_search,
    newton_direction,
    normalized_offsets,
    residual_norm,
)
from geomot.transport.iteration.stagnation import blurred_message, stagnates

LONGER = 4.0  # the first trial step, as a multiple of the last one taken
FINAL = 0.25  # tolerance of the integrals in the end, as a share of the residual's
LOOSEST = 1e-3  # tolerance of the integrals far from the solution


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
    evaluator, final, loosest = ShareEvaluator(problem), FINAL * tolerance, LOOSEST
    shares = evaluator.shares(normalized_offsets(problem, offsets), resources, LOOSEST)
    evaluator.last = shares
    history: list[Iteration] = []
    norms: list[float] = []
    taken, longest, accuracy = 0.0, 1.0, LOOSEST
    status, message = (
        Status.NOT_CONVERGED,
        f"no convergence, steps taken: {max_iterations}, all that were allowed",
    )
    while len(history) <= max_iterations:  # a round adds to it, or makes integrals final for the next
        mass, resource = shares.residual(problem)
        done = max(float(np.abs(mass).max()), float(np.abs(resource).max())) <= tolerance
        norms.append(residual_norm(problem, shares))
        stuck = stagnates(norms) and shares.blurred(problem)
        last = len(history) == max_iterations
        if accuracy > final and (done or stuck or last):
            accuracy, loosest = final, final if stuck else loosest
            shares = evaluator.last = evaluator.shares(shares.offsets, shares.resources, final)
            norms.clear()
            continue
        residual, _ = shares.residuals(problem)
        history.append(Iteration(len(history), residual, taken))
        if progress is not None:
            progress(history[-1])
        if done:
            status, message = Status.CONVERGED, ""
        elif stuck:
            message = blurred_message(residual, float(shares.errors.max()))
        if done or stuck or last:
            break
        accuracy = float(np.clip(0.1 * norms[-1] ** 2, final, loosest))
        found = _step(problem, evaluator, shares, accuracy, longest)
        if found is None and accuracy > final:  # along a direction, or to integrals, that are too loose
            accuracy = loosest = final
            shares = evaluator.last = evaluator.shares(shares.offsets, shares.resources, final)
            found = _step(problem, evaluator, shares, final, longest)
        if found is None:
            message = "no step along Newton's direction makes progress: ask for a larger tolerance"
            if shares.blurred(problem):
                message = blurred_message(shares.residuals(problem)[0], float(shares.errors.max()))
            break
        shares, taken = found
        longest = min(1.0, LONGER * taken)
        evaluator.last = shares
    return summarize(problem, shares, status, message, history), evaluator.seconds


def _step(
    problem: CongestionProblem,
    evaluator: ShareEvaluator,
    shares: Shares,
    accuracy: float,
    longest: float,
) -> tuple[Shares, float] | None:
    """Return the shares after a damped step and its length, or None if none makes progress."""
    with evaluator.solving():
        direction = newton_direction(problem, shares)
    return line_search(problem, evaluator, shares, direction, accuracy, longest)
