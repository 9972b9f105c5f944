"""Hostings against brute force, relaxations against water-filling and a general minimiser."""

import os
from itertools import product

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, linprog, minimize

from geomot.network.twins import assignment as hosting
from geomot.network.twins.assignment import GAP, Plan, best_hosting


def objective(hosts, demands, compute, weights):
    """Return sum_b omega_b / psi_b, infinite where a server has nothing left."""
    left = compute.copy()
    for twin, server in enumerate(hosts):
        left[server] -= demands[twin, server]
    return (weights / left).sum() if (left > 0.0).all() else np.inf


def brute_force(demands, compute, weights):
    twins, servers = demands.shape
    every = product(range(servers), repeat=twins)
    return min(objective(hosts, demands, compute, weights) for hosts in every)


def some_case(seed):
    """Return up to 6 twins and 3 servers; twins take from 3 % to 1.6 times of all compute."""
    rng = np.random.default_rng(seed)
    twins, servers = int(rng.integers(0, 7)), int(rng.integers(1, 4))
    compute = 10 ** rng.uniform(9, 11, servers)
    load = 10 ** rng.uniform(-1.5, 0.2) * compute.sum() / max(twins, 1)
    demands = rng.uniform(0.2, 1.8, (twins, servers)) * load
    if seed % 3 == 0:
        demands *= 10 ** rng.uniform(-1, 2, demands.shape)
    demands[rng.random(demands.shape) < 0.2] = np.inf
    weights = 10 ** rng.uniform(-3, 1, servers)
    if seed % 5 == 0 and servers > 1:
        weights[0] = 0.0
    return demands, compute, weights


def check(seed):
    demands, compute, weights = some_case(seed)
    expected = brute_force(demands, compute, weights)
    plan = best_hosting(demands, compute, weights)
    assert (plan is None) == np.isinf(expected)
    if plan is None:
        return
    assert plan.objective == pytest.approx(objective(plan.hosts, demands, compute, weights), rel=1e-12)
    taken = np.zeros(len(compute))
    np.add.at(taken, plan.hosts, demands[np.arange(len(demands)), plan.hosts])
    np.testing.assert_allclose(plan.rendering, compute - taken, atol=1e-12 * compute.max())
    assert (plan.rendering > 0.0).all()
    assert plan.objective <= expected * (1.0 + GAP)
    assert plan.relaxed <= plan.bound * (1.0 + 1e-9)
    assert plan.bound <= expected * (1.0 + 1e-9)
    assert plan.bound <= plan.objective
    assert 0.0 <= plan.gap <= GAP


@pytest.mark.parametrize("seed", range(80))
def test_it_is_the_best_of_all_hostings(seed):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(80, 1500))
def test_it_is_the_best_of_all_hostings_of_many_more(seed):
    check(seed)


def test_those_cases_are_of_every_kind():
    cases = [some_case(seed) for seed in range(80)]
    best = np.array([brute_force(*case) for case in cases])
    assert 20 <= np.isinf(best).sum() <= 40
    assert sum(len(case[0]) == 0 for case in cases) >= 5
    assert sum(np.isinf(case[0]).any() for case in cases) >= 40
    empty = np.array([(case[2] / case[1]).sum() for case in cases])
    assert (np.isfinite(best) & (best > 1.5 * empty)).sum() >= 8


def divided(demands, compute, weights):
    """Return the least objective of divided twins by a general minimiser, from inside."""
    twins, servers = np.nonzero(np.isfinite(demands))
    parts = demands[twins, servers] / compute[servers]
    count, sites = len(twins), len(compute)
    once = (np.arange(len(demands))[:, None] == twins).astype(float)
    loads = (np.arange(sites)[:, None] == servers) * parts
    # the divided hosting that leaves the fullest server most
    inside = linprog(
        np.append(np.zeros(count), 1.0),
        A_ub=np.column_stack([loads, -np.ones(sites)]),
        b_ub=np.zeros(sites),
        A_eq=np.column_stack([once, np.zeros(len(demands))]),
        b_eq=np.ones(len(demands)),
        bounds=[(0.0, 1.0)] * count + [(0.0, None)],
    )
    assert inside.success
    if inside.x[-1] >= 1.0:
        return np.inf
    unit = weights / compute
    scale = unit.sum()

    def value(x):
        left = np.maximum(1.0 - loads @ x, 1e-9)
        return (unit / left).sum() / scale, loads.T @ (unit / left**2) / scale

    found = minimize(
        value,
        inside.x[:-1],
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * count,
        constraints=[
            LinearConstraint(once, 1.0, 1.0),
            LinearConstraint(loads, -np.inf, 1.0 - 1e-6),
        ],
        options={"ftol": 1e-13, "maxiter": 500},
    )
    return found.fun * scale


@pytest.mark.parametrize("seed", [s for s in range(60) if len(some_case(s)[0])][:30])
def test_relaxation_is_the_minimum_of_divided_twins(seed):
    demands, compute, weights = some_case(seed)
    if np.isinf(demands).all(axis=1).any():
        assert best_hosting(demands, compute, weights) is None
        return
    expected = divided(demands, compute, weights)
    relaxed = hosting._Model(demands, compute, weights).relaxation()
    if np.isinf(expected):
        assert relaxed is None
    else:
        assert expected * (1.0 - 2.0 * GAP) <= relaxed <= expected * (1.0 + 1e-8)


def filled(load, compute, weights):
    """Return min sum omega / (Psi - l), sum l = load, l >= 0: psi = sqrt(omega) t where l > 0."""
    order = np.argsort(compute / np.sqrt(weights))[::-1]
    for count in range(1, len(compute) + 1):
        used, rest = order[:count], order[count:]
        level = (compute[used].sum() - load) / np.sqrt(weights[used]).sum()
        psi = compute.copy()
        psi[used] = level * np.sqrt(weights[used])
        if (psi <= compute * (1.0 + 1e-12)).all() and (
            rest.size == 0 or (compute[rest] / np.sqrt(weights[rest])).max() <= level
        ):
            return (weights / psi).sum()
    raise AssertionError("no level fits")


@pytest.mark.parametrize("seed", range(20))
def test_relaxation_of_twins_that_ask_all_servers_alike_fills_them_to_a_level(seed):
    rng = np.random.default_rng(seed)
    servers = int(rng.integers(2, 6))
    compute, weights = 10 ** rng.uniform(9, 10, servers), 10 ** rng.uniform(-2, 1, servers)
    demands = rng.uniform(0.5, 1.5, 12)
    demands *= rng.uniform(0.05, 0.9) * compute.sum() / demands.sum()
    expected = filled(demands.sum(), compute, weights)
    relaxed = hosting._Model(
        np.repeat(demands[:, None], servers, axis=1), compute, weights
    ).relaxation()
    assert expected * (1.0 - 2.0 * GAP) <= relaxed <= expected * (1.0 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_no_move_and_no_swap_improves_the_hosting_of_many_twins(seed):
    rng = np.random.default_rng(seed)
    twins, servers = 40, 4
    compute = 10 ** rng.uniform(9.5, 10.5, servers)
    demands = rng.uniform(0.5, 1.5, (twins, 1)) * (1.0 + rng.random((twins, servers)))
    demands *= rng.uniform(0.3, 0.6) * compute.sum() / demands.min(axis=1).sum()
    demands[rng.random(demands.shape) < 0.3] = np.inf
    weights = 10 ** rng.uniform(-1, 1, servers)
    plan = best_hosting(demands, compute, weights)
    assert plan is not None
    assert plan.relaxed <= plan.bound <= plan.objective
    floor = plan.objective * (1.0 - plan.gap - 1e-9)
    assert plan.gap <= 1e-3
    hosts = plan.hosts
    for twin, server in product(range(twins), range(servers)):
        moved = hosts.copy()
        moved[twin] = server
        assert objective(moved, demands, compute, weights) >= floor
    for one, other in product(range(twins), repeat=2):
        moved = hosts.copy()
        moved[[one, other]] = moved[[other, one]]
        assert objective(moved, demands, compute, weights) >= floor


@pytest.mark.parametrize("servers", [1, 3])
def test_without_twins_nothing_is_taken(servers):
    compute, weights = np.arange(1.0, 1.0 + servers), np.full(servers, 2.0)
    plan = best_hosting(np.empty((0, servers)), compute, weights)
    assert plan is not None and plan.hosts.shape == (0,) and plan.hosts.dtype == np.int64
    assert plan.rendering.tolist() == compute.tolist()
    expected = (weights / compute).sum()
    assert plan.objective == plan.bound == plan.relaxed == pytest.approx(expected, rel=1e-15)
    assert plan.gap == plan.relaxation_gap == 0.0
    plan.rendering[0] = 7.0
    assert compute[0] == 1.0


@pytest.mark.parametrize(
    "demands",
    [
        [[4.0, 4.0]],  # exactly all that either has
        [[5.0, np.inf]],
        [[2.0, np.inf], [2.0, np.inf]],
        [[3.0, 3.0], [3.0, 3.0], [3.0, 3.0]],
        [[np.inf, np.inf], [1.0, 1.0]],
    ],
)
def test_what_leaves_some_server_nothing_is_no_plan(demands):
    assert best_hosting(np.array(demands), np.array([4.0, 4.0]), np.ones(2)) is None


def test_twins_that_fit_only_divided_have_a_relaxation_and_no_plan():
    demands, compute = np.full((3, 2), 2.5), np.array([4.0, 4.0])
    assert brute_force(demands, compute, np.ones(2)) == np.inf
    relaxed = hosting._Model(demands, compute, np.ones(2)).relaxation()
    assert relaxed == pytest.approx(2.0 / 0.25, rel=2 * GAP)
    assert best_hosting(demands, compute, np.ones(2)) is None


def test_servers_without_weight_take_what_others_should_not():
    demands = np.array([[1.0, 3.0], [1.0, 1.0]])
    plan = best_hosting(demands, np.array([4.0, 5.0]), np.array([1.0, 0.0]))
    assert plan is not None and plan.hosts.tolist() == [1, 1]
    assert plan.objective == pytest.approx(0.25, rel=1e-12)
    assert plan.rendering.tolist() == pytest.approx([4.0, 1.0])


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_units_do_not_matter(unit):
    demands, compute, weights = some_case(7)
    plan, same = (
        best_hosting(demands * scale, compute * scale, weights * scale) for scale in (1.0, unit)
    )
    assert plan is not None and same is not None
    assert same.hosts.tolist() == plan.hosts.tolist()
    assert same.objective == pytest.approx(plan.objective, rel=1e-12)


def test_gaps_are_parts_of_the_bounds():
    plan = Plan(np.zeros(1, dtype=int), np.ones(1), 3.0, 2.5, 2.0)
    assert plan.gap == pytest.approx(0.2) and plan.relaxation_gap == pytest.approx(0.5)
    assert Plan(np.zeros(1, dtype=int), np.ones(1), 3.0, 3.1, 3.0).gap == 0.0


@pytest.mark.parametrize("left", [1e-2, 1e-3, 1e-5])
def test_a_server_may_be_nearly_full(left):
    demands, compute = np.array([[1.0 - left, 2.0], [3.0, 0.5]]), np.ones(2)
    plan = best_hosting(demands, compute, np.ones(2))
    assert plan is not None and plan.hosts.tolist() == [0, 1]
    assert plan.objective == pytest.approx(1.0 / left + 2.0, rel=1e-9)


FOUR = [[0.250150941, 374.2], [0.414564018, 47465.6], [0.359444797, 0.9677], [0.331605346, 45.1]]


@pytest.mark.parametrize(
    ("demands", "weights"),
    [
        ([[0.9998, 2034.0]], [1.0, 1.0]),
        ([[0.9679, 2.0], [2310.0, 0.9999]], [1.0, 1.0]),
        (FOUR, [2.379, 0.986]),  # leaves 0.4 % and 3 %
    ],
)
def test_a_twin_may_ask_another_server_for_thousands_of_times_what_it_has(demands, weights):
    case = np.array(demands), np.ones(2), np.array(weights)
    expected = brute_force(*case)
    plan = best_hosting(*case)
    assert plan is not None
    assert plan.objective == pytest.approx(expected, rel=GAP)


def tight_case(seed):
    """Return up to 6 twins that some hosting leaves each of 2 or 3 servers 0.3 % to a third of it."""
    rng = np.random.default_rng(seed)
    twins, servers = int(rng.integers(2, 7)), int(rng.integers(2, 4))
    compute = 10 ** rng.uniform(9, 11, servers)
    hosts = rng.integers(0, servers, twins)
    parts, demands = rng.uniform(0.1, 1.0, twins), 10 ** rng.uniform(7, 11, (twins, servers))
    for server in set(hosts.tolist()):
        own = hosts == server
        full = compute[server] * (1.0 - 10 ** rng.uniform(-2.5, -0.5))
        demands[own, server] = parts[own] / parts[own].sum() * full
    return demands, compute, 10 ** rng.uniform(-2, 1, servers)


def check_tight(case):
    expected = brute_force(*case)
    plan = best_hosting(*case)
    assert plan is not None
    assert plan.bound <= expected * (1.0 + 1e-9)
    assert plan.objective <= expected * (1.0 + GAP)


@pytest.mark.parametrize("seed", range(25))
def test_it_is_the_best_of_hostings_that_nearly_fill_servers(seed):
    check_tight(tight_case(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25, 600))
def test_it_is_the_best_of_many_more_that_nearly_fill_servers(seed):
    check_tight(tight_case(seed))


@pytest.mark.parametrize("seed", [2818, 90831])
def test_no_bound_is_above_the_best_hosting(seed):
    check_tight(tight_case(seed))


FIVE = [[0.1418, 0.00459], [0.2909, 0.9644], [0.09058, 0.004918], [0.2963, 2.079], [0.4713, 97.1]]


def test_a_hosting_that_leaves_three_percent_is_found():
    check_tight((np.array(FIVE), np.ones(2), np.array([0.0256, 0.9744])))


def test_what_the_solver_prints_does_not_reach_standard_output(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = hosting.milp

    def talkative(*args: object, **options: object) -> object:
        os.write(1, b"a note for its authors\n")
        return solve(*args, **options)

    monkeypatch.setattr(hosting, "milp", talkative)
    assert best_hosting(np.array([[2.0, 2.0]]), np.array([4.0, 4.0]), np.ones(2)) is not None
    print("after", flush=True)
    assert capfd.readouterr().out == "after\n"
