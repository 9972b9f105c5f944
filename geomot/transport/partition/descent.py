"""Newton's method for the partition that minimises a function of what its cells hold.

The unknowns are the prices p; z(p) are the holdings of the cells at prices p, and S = -dz/dp is
symmetric and positive semidefinite (`geomot.transport.partition.problem.response`).  With the residual
r = grad J(z) - p

    dJ(z(p)) = -r^T S dp,        dr = -(I + J'' S) dp.

The best response, dp = r, is always downhill; Newton's direction (I + J'' S) dp = r is where that
matrix, made symmetric, is positive definite, as it is near a strict minimum.  Between them, (I + t J''
S) dp = r is downhill for small t, and the largest of a few t is taken for which it is.  Steps are
halved until J has fallen in proportion; where what it should fall by drowns in the integrals' error,
until r has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from geomot.kernels.simplices import Floats
from geomot.transport.congestion.result import Iteration, Progress, Status
from geomot.transport.iteration.stagnation import stagnates
from geomot.transport.partition.problem import Appraiser, Holdings, PartitionProblem, response

BLENDS = (1.0, 0.5, 0.25, 0.1, 0.03, 0.01, 0.0)  # parts of the second derivative that are tried
DOWNHILL = (
    1e-3  # slope that a direction has at least, in units of dp S dp, which is the best response's
)
KEPT = 0.1  # share of a price that one step leaves at least
ENOUGH = 0.05  # shortest step to that bound with which a direction is taken
LONGER = 16.0  # the first trial step, as a multiple of the last one taken
DECREASE = 0.1  # part of the expected decrease that is asked for
SHORTEST = 2.0**-30  # step below which the line search gives up
FINAL = 0.25  # tolerance of the integrals in the end, as a share of the residual's
LOOSEST = 1e-3  # tolerance of the integrals far from the solution
CLEAR = 0.3  # error of J, as a part of the decrease that a step promises, above which integrals are
FINER = 0.03  # taken that much more accurately


@dataclass(frozen=True, eq=False)
class Optimum:
    """A partition that is stationary for an objective.

    Parameters
    ----------
    holdings
        What its cells hold, and the prices.
    objective
        J.
    residual
        Largest difference of a price from the derivative of J, relative to the largest of its kind.
    status, message, history
        How the iteration ended, and one row per iteration.
    """

    holdings: Holdings
    objective: float
    residual: float
    status: Status
    message: str
    history: tuple[Iteration, ...]


def minimize_partition(
    problem: PartitionProblem,
    prices: Floats,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
) -> Optimum:
    """Descend from the partition at some prices to a stationary one.

    Parameters
    ----------
    problem
        The problem.
    prices
        ``(B, q)`` start, not negative; its objective is finite.
    tolerance
        On the residual, and on the integrals in units of their scales.
    max_iterations
        Largest number of steps.
    progress
        Called with each row of the history.
    """
    appraiser, final = Appraiser(problem), FINAL * tolerance
    accuracy = max(LOOSEST, final)
    here = appraiser.last = appraiser.holdings(prices, accuracy)
    history: list[Iteration] = []
    taken, longest = 0.0, 1.0
    residuals: list[float] = []  # while integrals, as good as they get, are too rough for the step
    status, message = (
        Status.NOT_CONVERGED,
        f"no convergence, steps taken: {max_iterations}, all that were allowed",
    )
    while len(history) <= max_iterations:  # a round adds to it, or makes integrals final for the next
        residual = stationarity(problem, here)
        done, last = residual <= tolerance, len(history) == max_iterations
        if accuracy > final and (done or last):
            accuracy = final
            here = appraiser.last = appraiser.holdings(here.prices, accuracy)
            continue
        history.append(Iteration(len(history), residual, taken))
        if progress is not None:
            progress(history[-1])
        if done:
            status, message = Status.CONVERGED, ""
        if done or last:
            break
        direction, slope = descent(problem, here)
        while here.noise > -CLEAR * slope and accuracy > final:
            accuracy = max(FINER * accuracy, final)
            here = appraiser.last = appraiser.holdings(here.prices, accuracy)
            direction, slope = descent(problem, here)
        blurred = here.noise > -CLEAR * slope
        residuals = [*residuals, residual] if blurred else []
        found = None
        if not stagnates(residuals):
            found = _line_search(problem, appraiser, here, direction, slope, accuracy, longest)
        if found is None:
            message = "no step downhill makes progress: ask for a larger tolerance"
            if blurred:
                known = here.noise / abs(problem.objective.value(here.totals.values))
                message = (
                    f"{message}, since rounding leaves the objective known to {known:.2g} of it only"
                )
            if accuracy > final:  # what is returned is known as well as what converged
                here = appraiser.holdings(here.prices, final)
            break
        here, taken = found
        appraiser.last, longest = here, min(1.0, LONGER * taken)
    return Optimum(
        here,
        problem.objective.value(here.totals.values),
        stationarity(problem, here),
        status,
        message,
        tuple(history),
    )


def stationarity(problem: PartitionProblem, holdings: Holdings) -> float:
    """Return the largest |grad J - p| relative to the largest derivative of its kind."""
    wanted = problem.objective.gradients(holdings.totals.values)
    return float((np.abs(wanted - holdings.prices).max(axis=0) / _units(wanted)).max())


def _units(wanted: Floats) -> Floats:
    largest = np.abs(wanted).max(axis=0)
    return np.where(largest > 0.0, largest, 1.0)


def descent(problem: PartitionProblem, holdings: Holdings) -> tuple[Floats, float]:
    """Return a direction downhill, ``(B, q)``, and the derivative of J along it."""
    prices, objective = holdings.prices, problem.objective
    wanted = objective.gradients(holdings.totals.values)
    unit = np.broadcast_to(_units(wanted), wanted.shape).reshape(-1)
    rest = (wanted - prices).reshape(-1)
    moved = response(problem, holdings)
    bend = sparse.block_diag(list(objective.hessians(holdings.totals.values)), format="csr")
    # in units of the prices, which differ by many orders of magnitude
    curve = sparse.diags_array(1.0 / unit) @ bend @ moved @ sparse.diags_array(unit)
    for blend in BLENDS:
        matrix = sparse.eye_array(len(rest), format="csc") + blend * curve
        step = unit * spsolve(sparse.csc_array(matrix), rest / unit)
        slope = -float(rest @ (moved @ step))
        least = DOWNHILL * float(step @ (moved @ step))
        if slope <= -least and _reach(prices, step.reshape(prices.shape)) >= ENOUGH:
            break
    return step.reshape(prices.shape), slope


def _reach(prices: Floats, step: Floats) -> float:
    """Return the longest step that leaves each price a share of itself."""
    falling = step < 0.0
    return float(((KEPT - 1.0) * prices[falling] / step[falling]).min(initial=np.inf))


def _line_search(
    problem: PartitionProblem,
    appraiser: Appraiser,
    here: Holdings,
    direction: Floats,
    slope: float,
    accuracy: float,
    longest: float,
) -> tuple[Holdings, float] | None:
    """Return the holdings after the first step t, t/2, .. that makes progress, and its length."""
    objective = problem.objective
    value, rest = objective.value(here.totals.values), stationarity(problem, here)
    length = min(longest, _reach(here.prices, direction))
    while length >= SHORTEST:
        trial = appraiser.holdings(here.prices + length * direction, accuracy)
        after = objective.value(trial.totals.values)
        if np.isfinite(after):
            closer = stationarity(problem, trial) <= (1.0 - DECREASE * length) * rest
            noise = here.noise + trial.noise
            if after <= value + DECREASE * length * slope or (closer and after <= value + noise):
                return trial, length
        length *= 0.5
    return None
