"""What violates a constraint is not called converged."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

import geomot
from geomot.network.results.report import Report
from geomot.network.results.report import report as true_report
from geomot.scenario import Scenario


def loose_paper(**twins: Any) -> Scenario:
    paper = geomot.paper_scenario()
    assert paper.twins is not None
    return paper.model_copy(
        update={
            "solver": paper.solver.model_copy(update={"tolerance": 1e-4}),
            "twins": paper.twins.model_copy(update=twins),
        }
    )


def test_what_is_solved_holds_all_of_them() -> None:
    solution = geomot.solve(loose_paper())
    assert solution.status == "converged"
    assert all(row.held for row in solution.constraints)


@pytest.mark.parametrize(
    ("twins", "broken"),
    [({"count": 600.0}, ["9c"]), ({"data": 1e7}, ["9b", "9b-upload"])],
)
def test_infeasible_scenarios_name_what_they_violate(
    twins: dict[str, float], broken: list[str]
) -> None:
    solution = geomot.solve(loose_paper(**twins))
    assert solution.status == "infeasible"
    rows = [row for row in solution.constraints if row.held is False]
    assert [row.constraint for row in rows] == broken
    assert all(row.violation > 0.0 and row.where is not None for row in rows)


def test_numbers_that_contradict_each_other_are_not_converged(monkeypatch: pytest.MonkeyPatch) -> None:
    def larger(*arguments: Any) -> Report:
        numbers = true_report(*arguments)
        return replace(numbers, masses=1.5 * numbers.masses)

    module = import_module("geomot.scenario.solve")  # the package holds a function of that name
    monkeypatch.setattr(module, "report", larger)
    solution = geomot.solve(loose_paper(), "snr")
    assert solution.status == "not-converged"
    assert "constraint 9g (no sensor counts for two regions) is violated by 0.5 sha" in solution.message
