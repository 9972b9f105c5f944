"""Algorithm 1 of the paper as printed: repeat the best response to the previous partition.

Each round takes the masses and resources of the previous partition as weights of the next.  Nothing
makes that converge, and on the paper's own scenario it does not: within a few rounds one site holds
everything.  A site with mass 0 has the weight log 0 and takes all (ties by number).
"""

from __future__ import annotations

import numpy as np

from geomot.costs.base import Costs
from geomot.kernels.simplices import Floats
from geomot.transport.congestion.evaluation import ShareEvaluator
from geomot.transport.congestion.problem import CongestionProblem
from geomot.transport.congestion.result import Equilibrium, Iteration, Progress, Status, summarize

NOTHING = -1e6  # stands for log 0: no cost of this problem comes near
SAME = 1e-9  # masses that differ by less are those of a partition seen before


def iterate_fixed_point(
    problem: CongestionProblem,
    start: Costs,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
) -> tuple[Equilibrium, dict[str, float]]:
    """Iterate from the diagram of some costs and full resources.

    Parameters
    ----------
    problem
        The problem.
    start
        Costs of the first partition.
    tolerance
        On the change of the masses, and on the integrals.
    max_iterations
        Largest number of rounds.
    progress
        Called with each row of the history.

    Returns
    -------
    The result and the seconds spent.  Its status is "converged" where the partition repeats itself at
    once, "cycled" where it repeats an earlier one, "infeasible" where a resource is used up.
    """
    evaluator = ShareEvaluator(problem)
    shares = evaluator.partition(start, problem.capacities, tolerance)
    seen: list[Floats] = []
    history: list[Iteration] = []
    resources = problem.capacities
    status = Status.NOT_CONVERGED
    message = f"no convergence in {max_iterations} rounds: averaging is not part of Algorithm 1"
    for number in range(max_iterations + 1):
        before = resources
        resources = problem.capacities - shares.loads / problem.multiplicity
        if not (resources > 0.0).all():
            status, message = Status.INFEASIBLE, f"that is the partition of round {number}"
            break
        if number > 0:
            residual = float(np.abs(shares.masses - seen[-1]).max())
            history.append(Iteration(number, residual, 1.0))
            if progress is not None:
                progress(history[-1])
            if residual <= tolerance and np.abs(resources / before - 1.0).max() <= tolerance:
                status, message = Status.CONVERGED, ""
                break
            same = [k for k, masses in enumerate(seen) if np.abs(masses - shares.masses).max() < SAME]
            if same:
                status = Status.CYCLED
                message = (
                    f"round {number} repeats the partition of round {same[0]}: Algorithm 1 as "
                    "printed does not converge here; the equilibrium has to be solved for"
                )
                break
        seen.append(shares.masses)
        with np.errstate(divide="ignore"):
            offsets = np.maximum(np.log(shares.masses / problem.multiplicity), NOTHING)
        shares = evaluator.shares(offsets, resources, tolerance)
    return summarize(problem, shares, status, message, history), evaluator.seconds
