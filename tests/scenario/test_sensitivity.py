"""What a resource is worth, as users ask for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import geomot
from geomot.export import encode_summary, read_summary, summary_problems
from geomot.scenario import Scenario, Solution
from tests.differences import central
from tests.export.solutions import solved_paper
from tests.scenario.spatial import spatial
from tests.scenario.valid import spoiled, valid


def again(data: dict[str, Any], method: str = "equilibrium") -> Solution:
    solution = geomot.solve(Scenario(**data), method)
    assert solution.status == "converged"
    return solution


def average(data: dict[str, Any], method: str = "equilibrium") -> float:
    return again(data, method).average_sub_synchronization_time


@pytest.mark.slow
def test_it_is_the_derivative_of_the_average_of_scenarios_solved_again() -> None:
    def data(step: float) -> dict[str, Any]:
        changed = spatial(solver={"tolerance": 1e-10})
        changed["servers"][0]["compute"] *= 1.0 + step
        changed["servers"][1]["position"][2] -= 4.0 * (1.0 + step)
        changed["twins"]["count"] *= 1.0 + 2.0 * step
        return changed

    solution = geomot.solve(Scenario(**data(0.0)))
    found = solution.sensitivity()
    assert found.twins is not None
    slope = found.compute[0] * 8e9 - 4.0 * found.position[1, 2] + found.twins * 10.0
    assert slope == pytest.approx(central(lambda t: average(data(t)), 1e-3), rel=1e-6)


@pytest.mark.parametrize("method", ["snr", "fixed-point"])
def test_other_methods_have_none(method: str) -> None:
    with pytest.raises(geomot.InvalidArgumentError, match=f"method '{method}'; expected one of 'equi"):
        solved_paper(method).sensitivity()


def test_what_is_not_solved_has_none() -> None:
    data = spatial()
    data["twins"]["count"] = 1e6
    solution = geomot.solve(Scenario(**data))
    with pytest.raises(geomot.InvalidArgumentError, match="is infeasible; expected one that is conv"):
        solution.sensitivity()


def test_documents_hold_it_by_the_servers_names() -> None:
    solution = solved_paper()
    found = solution.sensitivity()
    document = read_summary(encode_summary(solution, found))
    assert summary_problems(document) == []
    held = document["sensitivity"]
    assert [row["name"] for row in held["servers"]] == [s.name for s in solution.scenario.servers]
    assert [row["bandwidth"] for row in held["servers"]] == found.bandwidth.tolist()
    assert [row["position"] for row in held["servers"]] == found.position.tolist()
    assert (held["sensors"], held["twins"], held["shared"]) == (found.sensors, found.twins, [])
    assert read_summary(encode_summary(solution))["sensitivity"] is None
    held["servers"][0]["compute"] = "much"
    assert "sensitivity.servers[0].compute: is 'much'" in summary_problems(document)[0]


def papers(step: float, **twins: Any) -> dict[str, Any]:
    """Return the paper's scenario, all of its servers and sensors changed in one random direction."""
    data = geomot.paper_scenario().model_dump()
    rng = np.random.default_rng(5)
    for server in data["servers"]:
        compute, bandwidth, *position = rng.uniform(-1.0, 1.0, 4)
        server["compute"] *= 1.0 + step * compute
        server["bandwidth"] *= 1.0 + step * bandwidth
        server["position"] = [
            x + 300.0 * step * along for x, along in zip(server["position"], position, strict=True)
        ]
    data["sensors"]["count"] *= 1.0 + step
    data["twins"] |= twins
    if not data["twins"]["sample"]:
        data["twins"]["count"] *= 1.0 - step
    data["solver"]["tolerance"] = 1e-11
    return data


def slope_of_papers(solution: Solution) -> float:
    """Return the derivative along that direction by the solution's own sensitivity."""
    found, rng, slope = solution.sensitivity(), np.random.default_rng(5), 0.0
    for b, server in enumerate(solution.scenario.servers):
        compute, bandwidth, *position = rng.uniform(-1.0, 1.0, 4)
        slope += found.compute[b] * server.compute * compute
        slope += found.bandwidth[b] * server.bandwidth * bandwidth
        slope += 300.0 * float(found.position[b] @ position)
    slope += found.sensors * solution.scenario.sensors.count
    twins = solution.scenario.twins
    assert twins is not None
    if twins.placed:
        assert found.twins is None  # whole twins have no derivative
    else:
        assert found.twins is not None and twins.count is not None
        slope -= found.twins * twins.count
    return slope


def agrees_with_papers_solved_again(method: str, step: float, **twins: Any) -> None:
    solution = again(papers(0.0, **twins), method)

    def time(along: float) -> float:
        other = again(papers(along, **twins), method)
        if twins:  # the same twins at the same servers all along
            assert [twin.host for twin in other.twins] == [twin.host for twin in solution.twins]
        return other.average_sub_synchronization_time

    assert slope_of_papers(solution) == pytest.approx(central(time, step), rel=1e-6)


def test_of_twins_hosted_where_they_stand_it_is_the_derivative_of_what_is_solved_again() -> None:
    agrees_with_papers_solved_again("equilibrium", 1e-3, count=60, sample=True, seed=2)


@pytest.mark.slow
def test_of_twins_hosted_freely_it_is_the_derivative_of_what_is_solved_again() -> None:
    twins = {"count": 60, "sample": True, "seed": 2, "hosting": "free"}
    agrees_with_papers_solved_again("equilibrium", 1e-3, **twins)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 2, 3])
def test_of_the_optimum_with_free_hosting_it_is_the_derivative_of_what_is_solved_again(
    seed: int,
) -> None:
    twins = {"count": 60, "sample": True, "seed": seed, "hosting": "free"}
    agrees_with_papers_solved_again("optimum", 1e-3, **twins)


@pytest.mark.slow
def test_of_the_optimum_with_spread_twins_it_is_the_derivative_of_what_is_solved_again() -> None:
    agrees_with_papers_solved_again("optimum", 1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("twins", [False, True])
def test_of_the_optimum_of_a_town_it_is_the_derivative_of_what_is_solved_again(twins: bool) -> None:
    def data(step: float) -> dict[str, Any]:
        changed = spoiled((("servers",), valid()["servers"][:2]), (("solver",), {"tolerance": 1e-11}))
        changed["servers"][0]["compute"] *= 1.0 + step
        changed["servers"][1]["bandwidth"] *= 1.0 - 2.0 * step
        changed["servers"][1]["position"] = [70.0 + 10.0 * step, 80.0 - 20.0 * step]
        changed["sensors"]["count"] *= 1.0 + 0.5 * step
        changed["twins"]["count"] *= 1.0 + 3.0 * step
        return changed if twins else {**changed, "twins": None}

    found = again(data(0.0), "optimum").sensitivity()
    slope = found.compute[0] * 8e9 - 2e7 * found.bandwidth[1] + found.position[1] @ [10.0, -20.0]
    slope += 500.0 * found.sensors
    assert (found.twins is not None) == twins
    if found.twins is not None:
        slope += 22.5 * found.twins
    assert slope == pytest.approx(central(lambda t: average(data(t), "optimum"), 1e-3), rel=1e-6)


def test_shared_twins_have_none() -> None:
    data = papers(0.0, count=60, sample=True, seed=1)
    solution = geomot.solve(Scenario(**{**data, "solver": {"tolerance": 1e-6}}))
    assert solution.hosting is not None and solution.hosting.shared == 1
    with pytest.raises(
        geomot.InvalidArgumentError, match=r"servers share 1 twins, .* host them freely, or spread"
    ):
        solution.sensitivity()


def test_documents_of_whole_twins_hold_none_by_their_number() -> None:
    data = papers(0.0, count=60, sample=True, seed=2, hosting="free")
    solution = geomot.solve(Scenario(**{**data, "solver": {"tolerance": 1e-4}}))
    document = read_summary(encode_summary(solution, solution.sensitivity()))
    assert summary_problems(document) == []
    assert document["sensitivity"]["twins"] is None
    assert document["sensitivity"]["sensors"] > 0.0
