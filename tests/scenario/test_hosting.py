"""Scenarios with twins one by one, solved: what holds of every solution, recomputed by the formulas."""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

import geomot
from geomot import InvalidArgumentError, ScenarioError
from geomot.export import encode_summary, read_summary, summary_problems
from geomot.network import free_hosting as hosted
from geomot.network.association.associate import associate_equilibrium
from geomot.network.twins.assignment import GAP, best_hosting
from geomot.network.twins.individual import twin_needs
from geomot.scenario import Scenario, Solution
from geomot.scenario.build import build_network
from tests.messages import said
from tests.network.crowds import compute, rate
from tests.network.networks import strip_masses
from tests.scenario.spatial import EXTRUSION, spatial

TOLERANCE = 1e-6
CONSTRAINTS = ["9b", "9b-upload", "9c", "9d", "9e", "9f", "9g"]


def papers(seed: int = 0, tolerance: float = TOLERANCE, **twins: Any) -> Scenario:
    """Return the paper's scenario with 60 twins drawn, as in its Fig. 2."""
    data = geomot.paper_scenario().model_dump()
    data["twins"] |= {"count": 60, "sample": True, "seed": seed, **twins}
    data["solver"]["tolerance"] = tolerance
    return Scenario(**data)


def given(positions: Any, kinds: list[int], **twins: Any) -> Scenario:
    """Return the paper's scenario with twins at these positions."""
    data = geomot.paper_scenario().model_dump()
    data["twins"] |= {"count": None, "density": None, "positions": positions, "kinds": kinds, **twins}
    data["solver"]["tolerance"] = TOLERANCE
    return Scenario(**data)


@cache
def solved(seed: int, hosting: str, method: str, data: float = 23.0) -> Solution:
    return geomot.solve(papers(seed, hosting=hosting, data=data), method)


def demands(solution: Solution) -> np.ndarray:
    """Return phi of each twin at each server by the formulas, over the paper's channel, ``(K, B)``."""
    twins = solution.scenario.twins
    assert twins is not None
    table = np.empty((len(solution.twins), len(solution.servers)))
    for twin in solution.twins:
        kind = twins.classes[twin.twin_class]
        for b, server in enumerate(solution.scenario.servers):
            r = rate(math.dist(twin.position, server.position), kind.power, twins.bandwidth)
            table[twin.number, b] = compute(r, kind.intensity, twins.data, twins.complexity)
    return table


def hosts_of(solution: Solution) -> np.ndarray:
    names = [server.name for server in solution.servers]
    return np.array([names.index(twin.host) for twin in solution.twins])


def rendering(compute: np.ndarray, phi: np.ndarray, hosts: np.ndarray) -> np.ndarray:
    """Return psi_b = Psi_b - sum of phi over the twins at b."""
    left = compute.copy()
    np.subtract.at(left, hosts, phi[np.arange(len(hosts)), hosts])
    return left


def check_whatever_the_status(solution: Solution) -> None:
    """Check what holds whether or not the twins can be served."""
    hosts, phi = hosts_of(solution), demands(solution)
    counts = np.bincount(hosts, minlength=len(solution.servers))
    assert [server.twins for server in solution.servers] == counts.tolist()
    assert [row.constraint for row in solution.constraints] == CONSTRAINTS
    assert [twin.number for twin in solution.twins] == list(range(len(hosts)))
    taken = rendering(np.zeros(len(counts)), -phi, hosts)
    for server, scenario, load in zip(solution.servers, solution.scenario.servers, taken, strict=True):
        assert server.twin_compute == pytest.approx(load, rel=1e-9)
        if np.isfinite(load):
            assert server.render_compute == pytest.approx(scenario.compute - load, rel=1e-9, abs=1.0)


def check(solution: Solution) -> None:
    """Check all that holds of a solution, 9b to 9g by what each twin and server has."""
    assert solution.status == "converged", solution.message
    check_whatever_the_status(solution)
    scenario = solution.scenario
    twins, servers = scenario.twins, {server.name: server for server in scenario.servers}
    assert twins is not None and solution.hosting is not None
    for twin in solution.twins:
        kind = twins.classes[twin.twin_class]
        r = rate(math.dist(twin.position, servers[twin.host].position), kind.power, twins.bandwidth)
        assert twin.rate == pytest.approx(r, rel=1e-9)
        assert twin.upload_time == pytest.approx(twins.data / r, rel=1e-9)
        assert twin.deadline == 1.0 / kind.intensity
        assert twin.slack == pytest.approx(twin.deadline - twins.data / r, rel=1e-9)
        assert twin.slack > 0.0  # 9b
        assert twin.computing_time is not None
        assert twin.upload_time + twin.computing_time <= twin.deadline * (1.0 + 1e-12)
        assert 0.0 < twin.fraction <= 1.0
    assert all(server.render_compute > 0.0 for server in solution.servers)  # 9c
    assert sum(server.twins for server in solution.servers) == len(solution.twins)  # 9d, 9e
    assert sum(server.measure for server in solution.servers) == pytest.approx(
        solution.zone_measure, rel=1e-9
    )  # 9f
    assert sum(server.mass for server in solution.servers) == pytest.approx(1.0, abs=1e-5)  # 9g
    assert all(row.held is True for row in solution.constraints)
    times = [server.sub_synchronization_time for server in solution.servers]
    assert solution.average_sub_synchronization_time == pytest.approx(np.mean(times), rel=1e-12)
    assert summary_problems(read_summary(encode_summary(solution))) == []


def check_regional(solution: Solution) -> None:
    """Check that each twin stands in the region of its host, those that are shared next to it."""
    hosting = solution.hosting
    assert hosting is not None and hosting.kind == "regional"
    assert hosting.gap is hosting.relaxation_gap is None
    positions = np.array([twin.position for twin in solution.twins])
    costs = solution.diagram.costs
    values = costs.values(positions[:, None], np.arange(len(solution.servers)))
    index, hosts = np.arange(len(positions)), hosts_of(solution)
    shared = np.array([twin.fraction < 1.0 for twin in solution.twins])
    assert (values[index, hosts] == values.min(axis=1))[~shared].all()
    # costs are logarithms of times: those of servers that share a twin tie
    assert (np.abs(values[index, hosts] - values.min(axis=1)) < 1e-6).all()
    assert shared.sum() <= hosting.shared  # those of small fractions may have become whole elsewhere
    if not hosting.shared:
        average = solution.average_sub_synchronization_time
        assert hosting.shared_average == pytest.approx(average, rel=TOLERANCE)  # psi as solved


@pytest.mark.parametrize("method", ["equilibrium", "snr"])
@pytest.mark.parametrize("seed", [0, 1])
def test_regional_hosting_keeps_all_that_it_promises(seed: int, method: str) -> None:
    solution = solved(seed, "regional", method)
    check(solution)
    check_regional(solution)


@pytest.mark.parametrize(
    "method", ["equilibrium", "snr", pytest.param("optimum", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("seed", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_free_hosting_keeps_all_that_it_promises(seed: int, method: str) -> None:
    solution = solved(seed, "free", method)
    check(solution)
    hosting = solution.hosting
    assert hosting is not None and (hosting.kind, hosting.shared) == ("free", 0)
    assert hosting.shared_average == pytest.approx(solution.average_sub_synchronization_time, rel=1e-12)
    assert hosting.gap is not None and hosting.relaxation_gap is not None
    assert 0.0 <= hosting.gap <= hosting.relaxation_gap + 1e-12
    assert all(twin.fraction == 1.0 for twin in solution.twins)


def test_the_regions_of_an_equilibrium_are_those_for_the_compute_that_twins_leave() -> None:
    """Twins that stand inside regions are a part of the servers' compute, no more."""
    solution = solved(0, "regional", "equilibrium")
    assert solution.hosting is not None and solution.hosting.shared == 0
    data = solution.scenario.model_dump()
    data["twins"] = None
    for row, server in zip(data["servers"], solution.servers, strict=True):
        row["compute"] = server.render_compute
    again = geomot.solve(Scenario(**data))
    assert again.average_sub_synchronization_time == pytest.approx(
        solution.average_sub_synchronization_time, rel=1e-5
    )
    for server, other in zip(solution.servers, again.servers, strict=True):
        assert server.mass == pytest.approx(other.mass, abs=1e-5)


def test_masses_and_times_of_servers_are_those_of_strips_and_a_raster() -> None:
    """Eq. 4 and 5 on 2000 x 2000 midpoints, by the formulas and the cheapest server of each."""
    solution = solved(1, "regional", "equilibrium")
    costs = solution.diagram.costs
    masses = np.array([server.mass for server in solution.servers])
    np.testing.assert_allclose(masses, strip_masses(costs, 2000), atol=3e-5)  # half a strip
    ticks = 0.5 + np.arange(2000)
    points = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(-0.5 * ((points - 750.0) ** 2).sum(axis=1) / 311.0**2)
    parts = [costs.values(part[:, None], np.arange(4)) for part in np.array_split(points, 80)]
    cells = np.concatenate([part.argmin(axis=1) for part in parts])
    for b, (server, site) in enumerate(zip(solution.servers, solution.scenario.servers, strict=True)):
        own = cells == b
        squares = ((points[own] - site.position) ** 2).sum(axis=1)
        gain = 10.0**-2.58 * (squares + 1.0) ** -1.5
        efficiency = np.log2(1.0 + 1e-3 * gain / (1e-20 * site.bandwidth))
        cost = 50.0 * (1.0 / (site.bandwidth * efficiency) + 5000.0 / server.render_compute)
        time = 25_000**2 * 1e-3 * 0.01 * masses[b] ** 2 * np.average(cost, weights=density[own])
        assert server.sub_synchronization_time == pytest.approx(time, rel=5e-4)


@pytest.mark.parametrize(("seed", "data"), [(1, 23.0), (0, 60.0), (0, 150.0), (2, 150.0), (3, 150.0)])
def test_shared_twins_tie_and_go_to_the_best_of_the_servers_that_share_them(
    seed: int, data: float
) -> None:
    network = build_network(papers(seed, data=data))
    found = associate_equilibrium(network, TOLERANCE, 100)
    hosting, needs, servers = found.hosting, twin_needs(network), network.servers
    assert found.status == "converged" and hosting is not None and network.placed is not None
    fractions, hosts = hosting.fractions, hosting.hosts
    np.testing.assert_allclose(fractions.sum(axis=1), 1.0, rtol=1e-9)
    assert (fractions >= 0.0).all() and (fractions[np.arange(60), hosts] > 0.0).all()
    shared = np.flatnonzero((fractions > 0.0).sum(axis=1) > 1)
    assert len(shared) > 0
    values = found.costs.values(network.placed.positions[:, None], np.arange(4))
    for k in range(60):
        ties = values[k][fractions[k] > 0.0]
        assert ties.max() - values[k].min() < 1e-5
    phi = needs.compute
    np.testing.assert_allclose(hosting.divided, servers.compute - (fractions * phi).sum(axis=0))
    np.testing.assert_allclose(hosting.rendering, rendering(servers.compute, phi, hosts))
    np.testing.assert_allclose(found.masses, np.exp(found.costs.offset), atol=10 * TOLERANCE)

    def objective(choice: np.ndarray) -> float:
        left = rendering(servers.compute, phi, choice)
        return float((found.masses**2 / left).sum()) if (left > 0.0).all() else np.inf

    best = np.inf
    for sites in product(*(np.flatnonzero(fractions[k] > 0.0) for k in shared)):
        choice = hosts.copy()
        choice[shared] = sites
        best = min(best, objective(choice))
    assert objective(hosts) <= best * (1.0 + GAP)


def test_the_average_before_rounding_is_that_of_the_divided_twins() -> None:
    solution = solved(0, "regional", "equilibrium", 150.0)
    check(solution)
    check_regional(solution)
    found = associate_equilibrium(build_network(solution.scenario), TOLERANCE, 100)
    assert solution.hosting is not None and found.hosting is not None
    assert solution.hosting.shared == 2
    masses = np.array([server.mass for server in solution.servers])
    left = np.array([server.render_compute for server in solution.servers])
    change = 1.0 / found.hosting.divided - 1.0 / left
    weight = 25_000**2 * 1e-3 * 0.01 * 50.0 * 5000.0
    average = solution.average_sub_synchronization_time + (weight * masses**2 * change).mean()
    assert solution.hosting.shared_average == pytest.approx(average, rel=1e-4)


@pytest.mark.parametrize(
    ("seed", "data"), [(0, 23.0), (1, 23.0), pytest.param(2, 60.0, marks=pytest.mark.slow)]
)
def test_free_hosting_is_no_worse_than_the_regions_own(seed: int, data: float) -> None:
    free, regional = (solved(seed, kind, "equilibrium", data) for kind in ("free", "regional"))
    phi = demands(free)
    masses = np.array([server.mass for server in free.servers])
    servers = np.array([server.compute for server in free.scenario.servers])

    def objective(hosts: np.ndarray) -> float:
        return float((masses**2 / rendering(servers, phi, hosts)).sum())

    assert objective(hosts_of(free)) <= objective(hosts_of(regional))
    assert free.average_sub_synchronization_time <= regional.average_sub_synchronization_time * (
        1.0 + TOLERANCE
    )
    plan = best_hosting(phi, servers, masses**2)
    assert plan is not None  # hosting and regions fit each other
    assert objective(hosts_of(free)) <= plan.objective * (1.0 + 1e-4)


@pytest.mark.parametrize("seed", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_the_optimum_is_never_above_the_equilibrium(seed: int) -> None:
    best, equal, nearest = (solved(seed, "free", m) for m in ("optimum", "equilibrium", "snr"))
    average = best.average_sub_synchronization_time
    assert average <= equal.average_sub_synchronization_time
    assert equal.average_sub_synchronization_time <= nearest.average_sub_synchronization_time
    assert best.equilibrium_average is not None
    assert average <= best.equilibrium_average
    assert best.starts[0] == pytest.approx(average, rel=1e-6)


def test_optimum_and_regional_hosting_do_not_go_together() -> None:
    with pytest.raises(
        ScenarioError,
        match=r"twins\.hosting: is 'regional' with twins one by one; expected 'free' for the method",
    ):
        geomot.solve(papers(), "optimum")


def test_the_fixed_point_and_free_hosting_do_not_go_together() -> None:
    with pytest.raises(
        ScenarioError,
        match=r"twins\.hosting: is 'free', and Algorithm 1 .*; expected 'regional' .* 'fixed-point'",
    ):
        geomot.solve(papers(hosting="free"), "fixed-point")


def test_free_hosting_that_is_far_from_proved_has_not_converged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosted, "UNPROVED", -1.0)
    found = geomot.solve(papers(hosting="free"))
    assert found.status == "not-converged"
    assert re.search(
        r"the hosting is not: what it decides is up to \S+ % above the least", found.message
    )
    assert found.hosting is not None and found.hosting.gap is not None


@pytest.mark.parametrize("method", ["equilibrium", "snr"])
def test_several_starts_are_for_the_optimum(method: str) -> None:
    with pytest.raises(
        InvalidArgumentError, match=f"starts is 2 for the method '{method}'; expected 1"
    ):
        geomot.solve(papers(), method, starts=2)
    with pytest.raises(InvalidArgumentError, match="starts is 0 for the method 'optimum'; expected 1"):
        geomot.solve(papers(hosting="free"), "optimum", starts=0)


def test_the_fixed_point_cycles_on_the_papers_own_setting() -> None:
    solution = solved(0, "regional", "fixed-point")
    assert solution.status == "cycled"
    assert "repeats the partition of round" in solution.message
    check_whatever_the_status(solution)


def test_the_fixed_point_of_one_server_hosts_all_twins_there() -> None:
    data = papers().model_dump()
    data["servers"] = [{"name": "only", "position": (900.0, 900.0), "compute": 48e9, "bandwidth": 60e6}]
    solutions = []
    for method in ("fixed-point", "equilibrium", "snr"):
        solution = geomot.solve(Scenario(**data), method)
        check(solution)
        check_regional(solution)
        assert solution.servers[0].twins == 60.0
        solutions.append(solution)
    for method in ("equilibrium", "optimum"):
        free = {**data, "twins": {**data["twins"], "hosting": "free"}}
        solutions.append(geomot.solve(Scenario(**free), method))
    first = solutions[0]
    for each in solutions:  # all are the whole zone, each integrated on its own
        assert abs(each.servers[0].mass - 1.0) <= each.integration_error <= 1e-6
        apart = each.average_sub_synchronization_time - first.average_sub_synchronization_time
        assert abs(apart) <= each.average_error + first.average_error


def test_twins_that_stand_together_are_shared_alike() -> None:
    """Forty twins in one point of an interface: the servers share them, then each is whole."""
    solution = geomot.solve(given([[1000.0, 900.0]] * 40, [2] * 40))
    check(solution)
    check_regional(solution)
    fractions = {twin.fraction for twin in solution.twins if twin.host == solution.twins[0].host}
    assert len(fractions) == 1


def test_twins_at_a_mast_and_on_the_boundary_of_the_zone() -> None:
    places = [[500.0, 500.0], [0.0, 0.0], [2000.0, 1000.0], [2000.0, 2000.0]]
    for hosting, methods in (("regional", ("equilibrium", "snr")), ("free", ("equilibrium",))):
        for method in methods:
            solution = geomot.solve(given(places, [0, 1, 2, 0], hosting=hosting), method)
            check(solution)
    assert [twin.position for twin in solution.twins] == [tuple(place) for place in places]


def test_servers_that_are_alike_share_twins_equally_and_then_host_them_whole() -> None:
    data = papers(0, tolerance=1e-6).model_dump()
    twice = {**data["servers"][3], "name": "again"}
    data["servers"] = [*data["servers"], twice]
    solution = geomot.solve(Scenario(**data))
    check(solution)
    first, second = solution.servers[3], solution.servers[4]
    assert first.mass == pytest.approx(second.mass, rel=1e-12)
    assert solution.hosting is not None
    halves = [twin for twin in solution.twins if twin.host in ("north-east", "again")]
    assert solution.hosting.shared == len(halves) > 0
    assert all(twin.fraction == pytest.approx(0.5) for twin in halves)
    loads = first.twin_compute, second.twin_compute
    assert abs(loads[0] - loads[1]) < 0.2 * sum(loads)


def check_infeasible(solution: Solution, *words: str) -> None:
    assert solution.status == "infeasible"
    for word in words:
        assert word in solution.message
    assert any(row.held is False for row in solution.constraints)
    assert math.isnan(solution.average_sub_synchronization_time)
    check_whatever_the_status(solution)
    assert summary_problems(read_summary(encode_summary(solution))) == []


@pytest.mark.parametrize(
    ("hosting", "method"),
    [
        ("regional", "equilibrium"),
        ("regional", "snr"),
        ("free", "equilibrium"),
        pytest.param("free", "optimum", marks=pytest.mark.slow),
    ],
)
def test_late_twins_are_named_and_in_time_with_as_little_data_as_is_said(
    hosting: str, method: str
) -> None:
    places, kinds = [[1990.0, 10.0], [510.0, 490.0], [1000.0, 1000.0]], [2, 0, 0]

    def answer(**twins: Any) -> Solution:
        return geomot.solve(given(places, kinds, hosting=hosting, **twins), method)

    solution = answer(data=1e4)
    check_infeasible(solution, "twin 0 misses its deadline: twin 0 at (1990, 10), of class 2", "help")
    assert solution.twins[0].slack < 0.0 and solution.twins[0].computing_time is None
    assert solution.constraints[1].where is not None
    assert solution.constraints[1].where.point == (1990.0, 10.0)
    assert solution.constraints[1].where.twin_class == 2
    less = said("at most # bit per synchronization", solution.message)
    closer = answer(data=less)
    assert "deadline" not in closer.message
    assert closer.twins[0].slack > 0.0
    # no server has the compute for what is left of the time, even if uploading took none
    assert "(no bandwidth alone would do), (no server, however near)" in solution.message


@pytest.mark.parametrize("hosting", ["regional", "free"])
def test_too_many_twins_are_refused_and_fit_with_the_data_that_is_said(hosting: str) -> None:
    solution = geomot.solve(papers(0, count=1000, hosting=hosting))
    check_infeasible(solution, "the 1000 twins need at least", "all servers together have 4.8e+10")
    data = said("with # bit per synchronization they would fit", solution.message)
    less = geomot.solve(papers(0, count=1000, hosting="regional", data=0.9 * data))
    check(less)


def test_a_server_without_room_is_named_and_has_it_with_the_data_that_is_said() -> None:
    solution = geomot.solve(papers(0, data=100.0), "snr")
    check_infeasible(solution, "the twins at server 'south-east' need", "most demanding are the twins ")
    data = said("with # bit per synchronization they would fit", solution.message)
    check(geomot.solve(papers(0, data=data), "snr"))
    assert geomot.solve(papers(0, data=1.002 * data), "snr").status == "infeasible"


def test_a_single_twin_that_needs_more_than_all_servers_fits_with_the_bandwidth_that_is_said() -> None:
    twin = [[1000.0, 1000.0]]
    solution = geomot.solve(given(twin, [2], data=3e3))
    check_infeasible(solution, "the twin needs at least 4.872e+10 cycle/s")
    assert "with 1.031e+06 Hz too" in solution.message
    # and still no server has as much by itself: the next message says how much less would do
    whole = geomot.solve(given(twin, [2], data=2.9e3))
    check_infeasible(whole, "too little")
    data = said("with # bit per synchronization they would fit", whole.message)
    check(geomot.solve(given(twin, [2], data=0.95 * data)))


@pytest.mark.parametrize("zone", ["box", "extrusion"])
@pytest.mark.parametrize(
    ("hosting", "method"),
    [("regional", "equilibrium"), ("regional", "snr"), ("free", "equilibrium")],
)
def test_in_space_twins_are_hosted_likewise(zone: str, hosting: str, method: str) -> None:
    data = spatial(EXTRUSION) if zone == "extrusion" else spatial()
    data["twins"] |= {"count": 12, "sample": True, "seed": 2, "hosting": hosting}
    solution = geomot.solve(Scenario(**data), method)
    check(solution)
    assert all(len(twin.position) == 3 for twin in solution.twins)
    if hosting == "regional":
        check_regional(solution)
        sides = np.array([twin.position[0] for twin in solution.twins])
        hosts = hosts_of(solution)
        whole = np.array([twin.fraction == 1.0 for twin in solution.twins])
        if method == "snr":  # the servers mirror each other
            np.testing.assert_array_equal(hosts[whole], (sides[whole] > 30.0).astype(int))


def test_many_small_twins_are_as_a_density_within_the_error_of_sampling() -> None:
    """10^4 twins drawn, as much work in all as 200 of the density.

    The average time changes with the servers' loads by the sensitivity of the density's equilibrium;
    the loads are sums over independent twins, whose covariances are those of 10^5 other twins in that
    equilibrium's regions.
    """
    data = geomot.paper_scenario().model_dump()
    data["twins"]["count"] = 200.0
    data["solver"]["tolerance"] = TOLERANCE
    spread = geomot.solve(Scenario(**data))

    def drawn(count: int, seed: int) -> Scenario:
        twins = {"count": count, "sample": True, "seed": seed, "complexity": 1e4 * 200.0 / count}
        return Scenario(**{**data, "twins": {**data["twins"], **twins}})

    network = build_network(drawn(100_000, 99))
    assert network.placed is not None
    index, hosts = np.arange(100_000), spread.diagram.locate(network.placed.positions)
    loads = np.zeros((100_000, 4))
    loads[index, hosts] = 10.0 * twin_needs(network).compute[index, hosts]
    slopes = spread.sensitivity().compute
    average = spread.average_sub_synchronization_time
    error = math.sqrt(1e4 * slopes @ np.cov(loads.T) @ slopes)
    assert 0.0 < error < 0.01 * average
    off = []
    for seed in range(4):
        solution = geomot.solve(drawn(10_000, seed))
        assert solution.status == "converged"
        off.append((solution.average_sub_synchronization_time - average) / error)
    assert np.abs(off).max() < 3.0
    assert abs(np.mean(off)) < 1.5  # three errors of the mean of four


def random_scenario(seed: int, hosting: str = "regional") -> Scenario:
    """Return a town with servers at random and twins drawn, with data from little to too much."""
    rng = np.random.default_rng(seed)
    data = geomot.paper_scenario().model_dump()
    servers = int(rng.integers(1, 7))
    data["servers"] = [
        {
            "name": f"server {b}",
            "position": rng.uniform(0, 2000, 2).tolist(),
            "compute": float(10 ** rng.uniform(9.3, 10.7)),
            "bandwidth": float(10 ** rng.uniform(6.5, 7.5)),
        }
        for b in range(servers)
    ]
    there = sum(server["compute"] for server in data["servers"])
    count = int(rng.integers(1, 80))
    bell = {"kind": "gaussian", "mean": rng.uniform(0, 2000, 2).tolist(), "std": 200.0}
    # a twin takes 0.85e7 cycle/s for each bit, about: from 1 % to 1.2 times of all compute
    bits = 10 ** rng.uniform(-2.0, 0.08) * there / count / 3.7e6
    data["twins"] |= {
        "count": count,
        "density": bell if rng.random() < 0.5 else {"kind": "uniform"},
        "sample": True,
        "seed": seed,
        "hosting": hosting,
        "data": float(bits),
    }
    data["solver"]["tolerance"] = 1e-6
    return Scenario(**data)


def check_random(seed: int, hosting: str, method: str) -> Solution:
    solution = geomot.solve(random_scenario(seed, hosting), method)
    if solution.status == "not-converged":  # next to nothing is left of a server, which is named
        assert "of its compute: more compute there, or fewer twins, would help" in solution.message
        return solution
    assert solution.status in ("converged", "infeasible"), (solution.status, solution.message)
    if solution.status == "converged":
        check(solution)
        if hosting == "regional":
            check_regional(solution)
    else:
        assert solution.message
        assert any(row.held is False for row in solution.constraints)
        assert re.search("twin", solution.message) and "would" in solution.message
        check_whatever_the_status(solution)
    return solution


@pytest.mark.parametrize("seed", range(4))
def test_every_random_scenario_is_solved_or_infeasible(seed: int) -> None:
    check_random(seed, "regional", "equilibrium")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 200))
def test_every_one_of_many_random_scenarios_is_solved_or_infeasible(seed: int) -> None:
    check_random(seed, "regional", "equilibrium")
    check_random(seed, "regional", "snr")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_free_hosting_of_random_scenarios_is_found_and_the_optimum_is_the_better(seed: int) -> None:
    equal, best = (check_random(seed, "free", method) for method in ("equilibrium", "optimum"))
    assert equal.status == best.status
    if equal.status == "converged":
        assert best.average_sub_synchronization_time <= equal.average_sub_synchronization_time * (
            1.0 + 1e-6
        )
        regional = geomot.solve(random_scenario(seed))
        if regional.status == "converged":
            assert (
                equal.average_sub_synchronization_time
                <= regional.average_sub_synchronization_time * (1.0 + 1e-5)
            )
