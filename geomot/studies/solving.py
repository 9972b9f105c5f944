"""Scenarios as cases: what is solved, and what is kept of a solution."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from geomot.distributed.cases import Case, plain
from geomot.errors import Problem, ScenarioError, StudyError
from geomot.files.reading import read_bytes
from geomot.scenario import MeshZone, Scenario, Solution, solve
from geomot.transport.congestion.result import Status

METHODS = ("snr", "equilibrium", "optimum")
SOLVE = "geomot.studies.solving:solved"


def solving_case(key: str, scenario: Scenario, method: str) -> Case:
    """Return the case that a scenario is solved by a method.

    Parameters
    ----------
    key
        Name of the case.
    scenario
        The scenario.
    method
        One of the methods of `geomot.solve`.
    """
    return Case(key, SOLVE, {**scenario_data(scenario), "method": method})


def solved(scenario: dict[str, Any], surface: str | None, method: str) -> dict[str, Any]:
    """Return what studies keep of a solution, plain data.

    Parameters
    ----------
    scenario, surface
        The scenario as `scenario_data` gives it.
    method
        One of the methods of `geomot.solve`.
    """
    return outcome(solve(scenario_of(scenario, surface), method))


def outcome(solution: Solution) -> dict[str, Any]:
    """Return status, average time and the numbers of the servers, plain data.

    Parameters
    ----------
    solution
        The solution.

    Examples
    --------
    >>> import geomot
    >>> kept = outcome(geomot.solve(geomot.paper_scenario(), "snr"))
    >>> kept["status"], round(1e3 * kept["average"], 2), len(kept["servers"])
    ('converged', 31.2, 4)
    """
    return {
        "status": str(solution.status),
        "message": solution.message,
        "average": solution.average_sub_synchronization_time,
        "average_error": solution.average_error,
        "servers": [asdict(server) for server in solution.servers],
    }


def equilibrium(scenario: Scenario) -> Solution:
    """Return the equilibrium of a scenario.

    Parameters
    ----------
    scenario
        The scenario.

    Raises
    ------
    StudyError
        If it is not solved: errors held against such a partition would mean nothing.
    """
    solution = solve(scenario)
    if solution.status is not Status.CONVERGED:
        raise StudyError(
            f"the equilibrium that a study needs is not solved ({solution.status}): "
            f"{solution.message}; expected a scenario that `geomot solve` solves: change it"
        )
    return solution


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain data, with a digest of the surface of its zone, if that is a file.

    Parameters
    ----------
    scenario
        The scenario.

    Examples
    --------
    >>> import geomot
    >>> data = scenario_data(geomot.paper_scenario())
    >>> data["scenario"]["twins"]["count"], data["surface"]
    (50.0, None)
    """
    return {"scenario": plain(scenario.model_dump(mode="json")), "surface": _surface(scenario)}


def scenario_of(data: dict[str, Any], surface: str | None) -> Scenario:
    """Return the scenario of plain data.

    Raises
    ------
    ScenarioError
        If the surface of the zone is not the one that it was.
    """
    scenario = Scenario(**data)
    if _surface(scenario) != surface:
        raise ScenarioError(
            [Problem("zone.file", "changed since the study began; expected the same: run it again")]
        )
    return scenario


def _surface(scenario: Scenario) -> str | None:
    if not isinstance(scenario.zone, MeshZone):
        return None
    return hashlib.sha256(read_bytes(scenario.zone.file)).hexdigest()


def changed(scenario: Scenario, section: str, **values: Any) -> Scenario:
    """Return a scenario with other values in one section.

    Parameters
    ----------
    scenario
        The scenario.
    section
        "sensors", "twins" or "solver".
    values
        What is other.

    Raises
    ------
    ScenarioError
        If the scenario has no such section, or the result is invalid.

    Examples
    --------
    >>> import geomot
    >>> changed(geomot.paper_scenario(), "twins", count=200).twins.count
    200.0
    """
    data = scenario.model_dump()
    if data[section] is None:
        reason = "missing, and the study varies it; expected a scenario that has this section: add it"
        raise ScenarioError([Problem(section, reason)])
    return Scenario(**{**data, section: {**data[section], **values}})
