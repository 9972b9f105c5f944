"""What a solver returns: not converging is a value, not an exception."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geomot.transport.congestion.evaluation import Shares
from geomot.transport.congestion.problem import CongestionProblem


class Status(StrEnum):
    """How a solver ended."""

    CONVERGED = "converged"
    NOT_CONVERGED = "not-converged"
    CYCLED = "cycled"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True)
class Iteration:
    """One row of a solver's history.

    Parameters
    ----------
    iteration
        Number, from 0 for the start.
    residual
        Largest |alpha_b / m_b - exp w_b|.
    step
        Length of the step taken, as a share of the full step; 0 for the start.
    """

    iteration: int
    residual: float
    step: float


Progress = Callable[[Iteration], None]


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Offsets and resources, and how good they are.

    Parameters
    ----------
    shares
        Masses and loads at the last offsets and resources.
    status, message
        How the solver ended, and what to try if it did not converge.
    history
        One row per iteration.
    residual
        Largest |alpha_b / m_b - exp w_b|: that of each single one of m_b identical sites.
    relative_residual
        Largest |log(alpha_b / m_b) - w_b|; infinite if a cell is empty.
    resource_residual
        Largest |q_b - Q_b + l_b / m_b| / Q_b.
    """

    shares: Shares
    status: Status
    message: str
    history: tuple[Iteration, ...]
    residual: float
    relative_residual: float
    resource_residual: float


def summarize(
    problem: CongestionProblem,
    shares: Shares,
    status: Status,
    message: str,
    history: list[Iteration],
) -> Equilibrium:
    """Return the result with all residuals filled in."""
    _, resource = shares.residual(problem)
    residual, relative = shares.residuals(problem)
    return Equilibrium(
        shares,
        status,
        message,
        tuple(history),
        residual,
        relative,
        float(np.abs(resource).max()),
    )


def duality_gap(problem: CongestionProblem, shares: Shares) -> float:
    """Return primal minus dual of the concave problem at the final resources.

    Notes
    -----
    Primal: sum_b [integral over a_b of c_b g + alpha_b log(alpha_b / m_b) - alpha_b]; dual: integral of
    min_b (c_b + w_b) g - sum_b m_b exp w_b.  The integrals cancel up to sum_b w_b alpha_b: what is left
    is the generalised Kullback-Leibler divergence of alpha from m exp w.
    """
    wanted = problem.multiplicity * np.exp(shares.offsets)
    held = shares.masses > 0.0
    masses = shares.masses[held]
    return float((masses * np.log(masses / wanted[held])).sum() - masses.sum() + wanted.sum())
