"""Residuals are those of the masses that are reported, and the true ones are within their bounds."""

from typing import Any

import numpy as np
import pytest

import geomot
from geomot.scenario import Scenario
from tests.network.networks import strip_masses

TOLERANCE = 1e-3  # so large that the integrals' errors show


def paper(max_iterations: int = 100, **changed: Any) -> Scenario:
    scenario = geomot.paper_scenario()
    solver = {"tolerance": TOLERANCE, "max_iterations": max_iterations}
    changed["solver"] = scenario.solver.model_copy(update=solver)
    return scenario.model_copy(update=changed)


def check(solution: geomot.Solution, weights: np.ndarray) -> np.ndarray:
    """Check both residuals by their definitions; return the masses."""
    masses = np.array([server.mass for server in solution.servers])
    assert solution.residual == pytest.approx(np.abs(masses - np.exp(weights)).max(), rel=1e-9)
    relative = np.abs(np.log(masses) - weights).max()
    assert solution.relative_residual == pytest.approx(relative, rel=1e-9)
    return masses


def test_of_an_equilibrium_and_of_its_true_masses() -> None:
    solution = geomot.solve(paper())
    weights = solution.diagram.costs.offset
    masses = check(solution, weights)
    assert solution.status == "converged" and solution.residual <= TOLERANCE
    assert solution.residual == solution.history[-1].residual
    true, known = strip_masses(solution.diagram.costs, 4000), 1e-5
    assert np.abs(true - masses).max() <= solution.integration_error + known
    assert np.abs(np.log(true / masses)).max() <= solution.relative_integration_error + known / 0.01
    assert (
        np.abs(true - np.exp(weights)).max() <= solution.residual + solution.integration_error + known
    )


def test_of_an_optimum_by_its_prices_of_uploads() -> None:
    solution = geomot.solve(paper(twins=None), "optimum")
    check(solution, np.log(solution.diagram.costs.factor))


def test_of_each_single_one_of_servers_that_share_a_region() -> None:
    servers = geomot.paper_scenario().servers
    twin = servers[3].model_copy(update={"name": "another"})
    solution = geomot.solve(paper(twins=None, servers=(*servers, twin)))
    masses = check(solution, solution.diagram.costs.offset)
    assert masses[3] == masses[4] and masses.sum() == pytest.approx(1.0, abs=TOLERANCE)
    assert solution.residual == solution.history[-1].residual


def test_of_what_did_not_converge_with_integrals_as_good_as_asked_for() -> None:
    solution = geomot.solve(paper(1), "fixed-point")
    assert solution.status != "converged"
    check(solution, solution.diagram.costs.offset)
    assert solution.integration_error <= TOLERANCE
