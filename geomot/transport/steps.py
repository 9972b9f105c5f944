"""One damped Newton step: its direction and its length."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from geomot.geometry.simplices import Floats
from geomot.transport.evaluation import Evaluator, Shares, jacobian
from geomot.transport.problem import CongestionProblem

FARTHEST = 5.0  # largest change of an offset in one step
KEPT = 0.1  # share of a resource that one step leaves at least
DECREASE = 0.1  # part of the decrease of the residual that Newton's model predicts which is asked for


def newton_direction(
    problem: CongestionProblem, shares: Shares, *, fixed: bool
) -> tuple[Floats, Floats]:
    """Return Newton's step in the offsets and in the resources, zero if ``fixed``, ``(B,)`` each."""
    mass, _ = shares.residual(problem)
    wanted = problem.multiplicity * np.exp(shares.offsets)
    mass_offset, mass_resource, load_offset, load_resource = jacobian(problem, shares)
    # max(alpha, m exp w) is m exp w at the solution; elsewhere it keeps steps of empty and of overfull
    # cells near 1, where exp w alone would overshoot by orders of magnitude
    top = mass_offset - sparse.diags_array(np.maximum(wanted, shares.masses))
    if fixed:
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


def line_search(
    problem: CongestionProblem,
    evaluator: Evaluator,
    shares: Shares,
    direction: tuple[Floats, Floats],
    accuracy: float,
    lengths: tuple[float, float],
    *,
    fixed: bool,
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
    lengths
        Longest and shortest step to try.
    fixed
        Whether the resources stay: then D counts, see `geomot.transport.newton`.
    """
    step, resource_step = direction
    falling = resource_step < 0.0
    reach = (KEPT - 1.0) * shares.resources[falling] / resource_step[falling]
    longest = min(lengths[0], FARTHEST / float(np.abs(step).max(initial=FARTHEST)))
    length = float(reach.min(initial=longest))
    before = residual_norm(problem, shares, fixed=fixed)
    while length >= lengths[1]:
        offsets = shares.offsets + length * step
        trial = evaluator.shares(
            normalized_offsets(problem, offsets), shares.resources + length * resource_step, accuracy
        )
        gradient = trial.masses - problem.multiplicity * np.exp(offsets)
        uphill = fixed and float(gradient @ step) >= 0.0
        if uphill or residual_norm(problem, trial, fixed=fixed) <= (1.0 - DECREASE * length) * before:
            return trial, length
        length *= 0.5 if length > 2.0**-4 else 0.125
    return None


def residual_norm(problem: CongestionProblem, shares: Shares, *, fixed: bool) -> float:
    """Return the Euclidean norm of the residual, of the masses alone if ``fixed``."""
    mass, resource = shares.residual(problem)
    return float(np.sqrt((mass**2).sum() + (0.0 if fixed else (resource**2).sum())))


def normalized_offsets(problem: CongestionProblem, offsets: Floats) -> Floats:
    """Add a common constant so that sum_b m_b exp w_b = 1: the best constant for D."""
    highest = offsets.max()
    total = float((problem.multiplicity * np.exp(offsets - highest)).sum())
    return np.asarray(offsets - highest - np.log(total))
