"""What a resource is worth, as users ask for it."""

from __future__ import annotations

from typing import Any

import pytest

import geomot
from geomot.export import encode_summary, read_summary, summary_problems
from geomot.scenario import Scenario
from tests.export.solutions import solved_paper
from tests.scenario.spatial import spatial


def average(data: dict[str, Any]) -> float:
    solution = geomot.solve(Scenario(**data))
    assert solution.status == "converged"
    return solution.average_sub_synchronization_time


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
    below, low, high, above = (average(data(1e-3 * k)) for k in (-2, -1, 1, 2))
    expected = (8.0 * (high - low) - (above - below)) / 12e-3
    assert slope == pytest.approx(expected, rel=1e-6)


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
