"""Newton's method for an equilibrium with atoms once it is known which sites share which atoms."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from geomot.kernels.simplices import Floats
from geomot.transport.congestion.evaluation import ShareEvaluator, Shares
from geomot.transport.congestion.newton import FINAL, LOOSEST
from geomot.transport.congestion.steps import KEPT, normalized_offsets
from geomot.transport.sharing.barrier import Pairs, felt_resources, mass_blocks, pair_costs

STEPS = 12
CONTRACTION = 0.5  # part of the residual that a step may leave
RANK = 1e-13  # pivots below that count as zero: equal atoms on a line of symmetry leave a choice


def solve_ties(
    pairs: Pairs, shares: Shares, fractions: Floats, evaluator: ShareEvaluator, tolerance: float
) -> tuple[Shares, Floats] | None:
    """Return masses and fractions at which the sites of each atom's pairs cost the same.

    Parameters
    ----------
    pairs
        The sites that serve each atom: one, or more that tie.
    shares, fractions
        Where to start, the fractions ``(e,)`` summing to 1 for each atom.
    evaluator
        Evaluates masses.
    tolerance
        On the residuals and the integrals.

    Returns
    -------
    Masses, and the fractions ``(e,)``, some of which may be negative; None if Newton's method does not
    contract.
    """
    problem, accuracy = pairs.problem, FINAL * tolerance
    before, rough = np.inf, LOOSEST
    for _ in range(STEPS):
        residual, tied = _residual(pairs, shares, fractions)
        size = float(np.abs(residual).max())
        if size <= tolerance and rough <= accuracy:
            return shares, fractions
        if size > max(CONTRACTION * before, tolerance):
            return None
        before = size
        rough = float(np.clip(0.1 * size**2, accuracy, LOOSEST))
        if size > tolerance:
            with evaluator.solving():
                matrix = _matrix(pairs, shares, tied)
                scale = np.abs(matrix).max(axis=1)
                step = linalg.lstsq(
                    matrix / scale[:, None], -residual / scale, cond=RANK, lapack_driver="gelsy"
                )[0]
            values, logs = step[: problem.count], step[problem.count : 2 * problem.count]
            if not (logs > KEPT - 1.0).all() or not np.abs(step).max() < 1.0:
                return None
            resources = shares.resources * (1.0 + logs)
            offsets = shares.offsets + values + np.log(resources / shares.resources)
            moved = step[2 * problem.count :][: tied.sum()]
            fractions = fractions.copy()
            fractions[tied] += moved
        else:
            offsets, resources, rough = shares.offsets, shares.resources, accuracy
        shares = evaluator.shares(normalized_offsets(problem, offsets), resources, rough)
        evaluator.last = shares
    return None


def _residual(pairs: Pairs, shares: Shares, fractions: Floats) -> tuple[Floats, np.ndarray]:
    """Return masses, resources, costs against the atom's mean and sums of fractions; the tied pairs."""
    problem = pairs.problem
    mass = shares.masses - problem.multiplicity * np.exp(shares.offsets)
    load = np.bincount(pairs.sites, pairs.demands * fractions, problem.count)
    left = shares.resources / problem.capacities - 1.0 + load
    size = np.bincount(pairs.owners)
    tied = size[pairs.owners] > 1
    costs = pair_costs(pairs, shares)
    level = (pairs.sums(costs) / size)[pairs.owners]
    total = pairs.sums(fractions)[size > 1] - 1.0
    return np.concatenate([mass, left, (costs - level)[tied], total]), tied


def _matrix(pairs: Pairs, shares: Shares, tied: np.ndarray) -> Floats:
    """Return the derivatives in w - log q, log q, the tied fractions and the tied atoms' prices."""
    problem, count = pairs.problem, pairs.problem.count
    sites, shared = pairs.sites[tied], int(tied.sum())
    _, atom = np.unique(pairs.owners[tied], return_inverse=True)
    atoms = int(atom.max(initial=-1)) + 1
    matrix = np.zeros((2 * count + shared + atoms,) * 2)
    top, top_log = mass_blocks(problem, shares)
    matrix[:count, :count], matrix[:count, count : 2 * count] = top.toarray(), top_log.toarray()
    index, row = np.arange(count), 2 * count + np.arange(shared)
    matrix[count + index, count + index] = shares.resources / problem.capacities
    matrix[count + sites, row] = pairs.demands[tied]
    matrix[row, sites] = 1.0
    matrix[row, count + sites] = felt_resources(pairs, shares)[tied]
    matrix[row, 2 * count + shared + atom] = -1.0
    matrix[2 * count + shared + atom, row] = 1.0
    return matrix
