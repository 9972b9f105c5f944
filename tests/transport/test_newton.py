import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from geomot.network.association.problem import equilibrium_problem
from geomot.network.model.network import Servers
from geomot.transport.congestion.newton import solve_equilibrium
from geomot.transport.congestion.result import duality_gap
from geomot.transport.starts.continuation import smoothed_start
from tests.network.networks import paper, random_network


def solve(problem, tolerance, steps, offsets=None):
    start = smoothed_start(problem, offsets)
    return solve_equilibrium(problem, *start, tolerance, steps)[0]


@pytest.mark.parametrize("twins", [0.0, 50.0, 200.0])
def test_the_papers_scenario_converges_to_1e_12_in_ten_steps(twins):
    problem = equilibrium_problem(paper(twins))
    found = solve(problem, 1e-12, 10)
    assert found.status == "converged" and found.residual <= 1e-12
    assert len(found.history) - 1 <= 10
    assert abs(duality_gap(problem, found.shares)) < 1e-14


@pytest.mark.parametrize("twins", [0.0, 50.0])
def test_plain_newton_from_the_shares_of_compute_needs_no_smoothing(twins):
    problem = equilibrium_problem(paper(twins))
    compute = problem.capacities
    found, _ = solve_equilibrium(problem, np.log(compute), compute.copy(), 1e-12, 10)
    assert found.status == "converged" and len(found.history) - 1 <= 10


@pytest.mark.parametrize("twins", [0.0, 50.0, 200.0])
def test_where_computing_dominates_it_converges_too(twins):
    found = solve(equilibrium_problem(paper(twins, noise=-230.0)), 1e-9, 15)
    assert found.status == "converged" and len(found.history) - 1 <= 15


def test_last_steps_are_at_least_quadratic():
    found = solve(equilibrium_problem(paper()), 1e-12, 10)
    # the first is of a diagram as coarse as the start allows: it is not known that well
    residuals = [row.residual for row in found.history][1:]
    assert len(residuals) >= 3
    assert all(after <= 30 * before**2 + 1e-12 for before, after in pairwise(residuals))


def unique_answer(seed):
    network, rng = random_network(seed)
    problem = equilibrium_problem(network)
    starts = [None, rng.uniform(-10, 10, problem.count)]
    found = [solve(problem, 1e-9, 100, start) for start in starts]
    assert [each.status for each in found] == ["converged"] * 2
    np.testing.assert_allclose(found[0].shares.masses, found[1].shares.masses, atol=3e-9)
    assert (found[0].shares.masses > 0.0).all()  # the equilibrium gives every server something


@pytest.mark.parametrize("seed", [3, 5, 11, 14])
def test_random_networks_have_one_answer_from_any_start(seed):
    unique_answer(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_many_random_networks_have_one_answer_from_any_start(seed):
    unique_answer(seed)


def test_running_out_of_steps_is_a_status():
    problem = equilibrium_problem(paper())
    found, _ = solve_equilibrium(problem, np.zeros(4), problem.capacities.copy(), 1e-9, 1)
    assert found.status == "not-converged" and "steps taken: 1," in found.message
    assert found.history[-1].iteration == 1
    assert found.shares.errors.max() <= 1e-9  # what is returned is known as well as what converged


def test_where_costs_nearly_tie_it_ends_at_what_rounding_leaves():
    # two sites in one place whose costs differ by a constant and 6e-9 at most: it took all 100 steps
    network = paper(0.0)
    places, each = np.array([[500.0, 500.0], [500.0, 500.0], [1500.0, 1500.0]]), np.full(3, 10e6)
    compute = np.array([8e9, 8e9 * (1.0 + 6e-9), 16e9])
    near = Servers(("one", "almost the same", "other"), places, compute, each)
    problem = equilibrium_problem(dataclasses.replace(network, servers=near))
    found = solve(problem, 1e-9, 100)
    assert found.status == "not-converged" and "rounding leaves masses known to" in found.message
    assert len(found.history) <= 15
    shares = found.shares
    assert found.residual < shares.errors.max()
    alike = equilibrium_problem(dataclasses.replace(network, servers=near.take(np.array([0, 2]))))
    both = solve(dataclasses.replace(alike, multiplicity=np.array([2.0, 1.0])), 1e-9, 100).shares
    assert shares.masses[:2].sum() == pytest.approx(both.masses[0], abs=1e-7)
    assert shares.masses[0] == pytest.approx(0.5 * both.masses[0], abs=shares.errors.max())
