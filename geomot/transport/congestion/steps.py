"""One damped Newton step: its direction and its length."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from geomot.kernels.simplices import Floats
from geomot.transport.congestion.evaluation import ShareEvaluator, Shares, jacobian
from geomot.transport.congestion.problem import CongestionProblem

FARTHEST = 5.0  # largest change of an offset in one step
SHORTEST = 2.0**-40  # step below which the line search gives up
DROWNED = 2.0**-5  # the same where what it could win is within the integrals' errors
KEPT = 0.1  # share of a resource that one step leaves at least
DECREASE = 0.1  # part of the decrease of the residual that Newton's model predicts which is asked for


def newton_matrix(problem: CongestionProblem, shares: Shares) -> sparse.csc_array:
    """Return the derivative of the residuals, relative to the capacities those of the resources.

    Returns
    -------
    ``(2 B, 2 B)``: by the offsets and by the resources as shares of the capacities, which are orders
    of magnitude larger than offsets.
    """
    wanted = problem.multiplicity * np.exp(shares.offsets)
    mass_offset, mass_resource, load_offset, load_resource = jacobian(problem, shares)
    # max(alpha, m exp w) is m exp w at the solution; elsewhere it keeps steps of empty and of overfull
    # cells near 1, where exp w alone would overshoot by orders of magnitude
    top = mass_offset - sparse.diags_array(np.maximum(wanted, shares.masses))
    each = sparse.diags_array(1.0 / problem.multiplicity)
    corner = sparse.eye_array(problem.count) + each @ load_resource
    scale = sparse.diags_array(problem.capacities)
    unscale = sparse.diags_array(1.0 / problem.capacities)
    return sparse.block_array(
        [[top, mass_resource @ scale], [unscale @ each @ load_offset, unscale @ corner @ scale]],
        format="csc",
    )


def newton_direction(problem: CongestionProblem, shares: Shares) -> tuple[Floats, Floats]:
    """Return Newton's step in the offsets and in the resources, ``(B,)`` each."""
    step = spsolve(newton_matrix(problem, shares), -np.concatenate(shares.residual(problem)))
    return step[: problem.count], step[problem.count :] * problem.capacities


def line_search(
    problem: CongestionProblem,
    evaluator: ShareEvaluator,
    shares: Shares,
    direction: tuple[Floats, Floats],
    accuracy: float,
    longest: float,
) -> tuple[Shares, float] | None:
    """Return the shares after the first step t, t/2, .. that makes progress, and its length.

    Parameters
    ----------
    problem, evaluator, shares
        Where the step starts.
    direction
        The full step in the offsets and in the resources.
    accuracy
        Tolerance of the integrals.
    longest
        Longest step to try.
    """
    step, resource_step = direction
    # v = w - log q goes straight: where resources decide the costs, bisectors hardly feel q at fixed v
    price_step = step - resource_step / shares.resources
    falling = resource_step < 0.0
    reach = (KEPT - 1.0) * shares.resources[falling] / resource_step[falling]
    length = min(longest, FARTHEST / float(np.abs(price_step).max(initial=FARTHEST)))
    length = float(reach.min(initial=length))
    before = residual_norm(problem, shares)
    shortest = DROWNED * length if shares.blurred(problem) else SHORTEST
    while length >= shortest:
        resources = shares.resources + length * resource_step
        offsets = shares.offsets + length * price_step + np.log(resources / shares.resources)
        trial = evaluator.shares(normalized_offsets(problem, offsets), resources, accuracy)
        gradient = trial.masses - problem.multiplicity * np.exp(offsets)
        uphill = problem.demand is None and float(gradient @ step) >= 0.0
        if uphill or residual_norm(problem, trial) <= (1.0 - DECREASE * length) * before:
            return trial, length
        length *= 0.5 if length > 2.0**-4 else 0.125
    return None


def residual_norm(problem: CongestionProblem, shares: Shares) -> float:
    """Return the Euclidean norm of the residual."""
    return float(np.linalg.norm(np.concatenate(shares.residual(problem))))


def normalized_offsets(problem: CongestionProblem, offsets: Floats) -> Floats:
    """Add a common constant so that sum_b m_b exp w_b = 1: the best constant for D."""
    highest = offsets.max()
    total = float((problem.multiplicity * np.exp(offsets - highest)).sum())
    return np.asarray(offsets - highest - np.log(total))
