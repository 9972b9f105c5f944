"""Errors of Newton's iterates, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomot.kernels.simplices import Floats
from geomot.network.association.problem import equilibrium_problem
from geomot.scenario.build import build_network
from geomot.studies.convergence.cubature import CLOSED
from geomot.studies.convergence.series import Series
from geomot.studies.scenarios import equal_servers, tetrahedron
from geomot.studies.solving import scenario_of
from geomot.transport.congestion.evaluation import ShareEvaluator, Shares
from geomot.transport.congestion.problem import CongestionProblem
from geomot.transport.congestion.steps import line_search, newton_direction, normalized_offsets

LIMIT = "its own last iterate"
STEPS = 40  # at most
DONE = 1e-3  # change of the unknowns that is rounding, as a share of the accuracy
ACCURACY = {2: 1e-11, 3: 1e-6}  # of the integrals, by the dimension
EXACT = 1e-9  # the same in space where there is a closed form
EQUAL = {2: equal_servers, 3: tetrahedron}


def closed_newton(dimension: int) -> list[dict[str, Any]]:
    """Return errors of Newton's iterates for four equal servers, which have a quarter each.

    Parameters
    ----------
    dimension
        2 for the corners of a square, 3 for those of a tetrahedron.
    """
    scenario = EQUAL[dimension]()
    found = equilibrium_problem(build_network(scenario))
    exact = np.concatenate([np.full(4, np.log(0.25)), np.ones(4)])
    start = np.log([0.4, 0.3, 0.2, 0.1])
    accuracy = min(EXACT, ACCURACY[dimension])
    return [_series(scenario.title, found, start, exact, accuracy).plain()]


def scenario_newton(name: str, scenario: dict[str, Any], surface: str | None) -> list[dict[str, Any]]:
    """Return errors of Newton's iterates for a scenario, from the shares of the servers' compute.

    Parameters
    ----------
    name
        What to call it.
    scenario, surface
        The scenario as `scenario_data` gives it; twins are given by their density.
    """
    problem = equilibrium_problem(build_network(scenario_of(scenario, surface)))
    start = np.log(problem.capacities / problem.capacities.sum())
    accuracy = ACCURACY[problem.zone.dimension]
    return [_series(name, problem, start, None, accuracy).plain()]


def _series(
    name: str, problem: CongestionProblem, offsets: Floats, exact: Floats | None, accuracy: float
) -> Series:
    """Follow damped Newton steps, the integrals as exact in the first one as in the last."""
    series = Series("newton", name, "log alpha and psi / Psi", LIMIT if exact is None else CLOSED)
    evaluator = ShareEvaluator(problem)
    shares = evaluator.shares(normalized_offsets(problem, offsets), problem.capacities, accuracy)
    evaluator.last = shares
    iterates = [_unknowns(problem, shares)]
    for _ in range(STEPS):
        found = line_search(
            problem, evaluator, shares, newton_direction(problem, shares), accuracy, 1.0
        )
        if found is None:  # rounding: nothing makes progress any more
            break
        shares, _ = found
        evaluator.last = shares
        iterates.append(_unknowns(problem, shares))
        if np.abs(iterates[-1] - iterates[-2]).max() < DONE * accuracy:
            break
    limit = iterates[-1] if exact is None else exact
    for step, unknowns in enumerate(iterates[:-1] if exact is None else iterates):
        series.add(step, float(np.abs(unknowns - limit).max()), None, None)
    return series


def _unknowns(problem: CongestionProblem, shares: Shares) -> Floats:
    """Return w and psi / Psi, ``(2 B,)``."""
    return np.concatenate([shares.offsets, shares.resources / problem.capacities])
