"""`geomot solve --slots`: a moving world, slot by slot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from geomot.cli.progress import progress
from geomot.errors import (
    InvalidCostError,
    InvalidDensityError,
    InvalidSitesError,
    Problem,
    ScenarioError,
    UnresolvedError,
)
from geomot.plotting.numerals import number, time_unit
from geomot.scenario import Scenario, Slot, Solution, read_slots, track
from geomot.scenario.solve import check_method


def solve_slots(scenario: Scenario, method: str, path: Path) -> tuple[list[Slot], list[Solution]]:
    """Return the slots of a file and their solutions, with progress on standard error.

    Parameters
    ----------
    scenario
        What the slots change.
    method
        One of the methods.
    path
        The CSV file.

    Raises
    ------
    ScenarioError
        If the file is invalid, or a slot is.
    UnresolvedError
        If the engine refuses numbers of its own making.
    """
    slots = read_slots(path, scenario)
    problems = [problem for slot in slots for problem in _problems(slot, method)]
    if problems:  # before long work is done for slots that come first
        raise ScenarioError(problems, file=str(path))
    with progress(method) as report:
        try:
            solutions = list(track((slot.scenario for slot in slots), method, report))
        except (InvalidCostError, InvalidSitesError) as error:
            raise UnresolvedError(f"the method {method!r} broke down: {error}") from error
    return slots, solutions


def _problems(slot: Slot, method: str) -> list[Problem]:
    """Return what is wrong with the scenario of a slot, for a method."""
    try:
        check_method(slot.scenario, method)
    except ScenarioError as error:
        return [Problem(f"slot {slot.number}, {each.path}", each.message) for each in error.problems]
    except InvalidDensityError as error:
        return [Problem(f"slot {slot.number}", str(error))]
    return []


def slots_document(method: str, slots: list[Slot], solutions: list[Solution]) -> str:
    """Return what `--json` prints: the solution of each slot.

    Parameters
    ----------
    method
        The method.
    slots, solutions
        What `solve_slots` returned.
    """
    rows: list[dict[str, Any]] = [
        {"slot": slot.number, **solution.as_dict()}
        for slot, solution in zip(slots, solutions, strict=True)
    ]
    return json.dumps({"method": method, "slots": rows}, indent=2, allow_nan=False)


def slot_lines(slots: list[Slot], solutions: list[Solution]) -> Iterator[str]:
    """Yield a line for each slot.

    Parameters
    ----------
    slots, solutions
        What `solve_slots` returned.

    Examples
    --------
    >>> import geomot
    >>> paper = geomot.paper_scenario()
    >>> for line in slot_lines([Slot(7, paper)], [geomot.solve(paper, "snr")]): print(line)
    slot  status         steps  average sub-synchronization time
       7  converged          0  31.20 ms
    """
    yield "slot  status         steps  average sub-synchronization time"
    for slot, solution in zip(slots, solutions, strict=True):
        average = solution.average_sub_synchronization_time
        unit, count = time_unit(average)
        time = f"{number(count * average)} {unit}" if average == average else "-"
        yield f"{slot.number:>4}  {solution.status:<13}  {solution.iterations:>5}  {time}"


def report_unsolved(slots: list[Slot], solutions: list[Solution]) -> bool:
    """Say on standard error which slots are not solved, and return whether there are any.

    Parameters
    ----------
    slots, solutions
        What `solve_slots` returned.
    """
    unsolved = [
        f"geomot: slot {slot.number} not solved ({solution.status}): {solution.message}"
        for slot, solution in zip(slots, solutions, strict=True)
        if solution.status != "converged"
    ]
    for line in unsolved:
        click.echo(line, err=True)
    return bool(unsolved)
