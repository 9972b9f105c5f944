"""`solution.json`: the numbers of a solution, SI units."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geomot.errors import ScenarioError
from geomot.files.content import MalformedFileError, read_json

if TYPE_CHECKING:
    from geomot.network.results.sensitivity import Sensitivity
    from geomot.scenario import Solution

ROUNDING = 1e-9  # sums that differ by less than this share agree


def encode_summary(solution: Solution, sensitivity: Sensitivity | None = None) -> bytes:
    """Return the content of `solution.json`.

    Parameters
    ----------
    solution
        The solution; numbers that are not finite become null.
    sensitivity
        The solution's own, where they are to be in the file.

    Examples
    --------
    >>> import geomot
    >>> read_summary(encode_summary(geomot.solve(geomot.paper_scenario(), "snr")))["method"]
    'snr'
    """
    text = json.dumps(solution.as_dict(sensitivity), indent=2, allow_nan=False, ensure_ascii=False)
    return f"{text}\n".encode()


def read_summary(content: bytes) -> dict[str, Any]:
    """Return what `solution.json` or a `regions.json` holds, not checked.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        If it is not a JSON object, or has no key that a solution or a table of regions has.

    Examples
    --------
    >>> read_summary(b"[1, 2]")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is JSON, but not an object; expected a solution.json
    """
    from geomot.export.schema import Summary

    document = read_json(content)
    if not isinstance(document, dict):
        raise MalformedFileError("is JSON, but not an object; expected a solution.json")
    if not document.keys() & {"regions", *Summary.model_fields}:
        raise MalformedFileError(
            "is JSON, but has no key of a solution.json or a regions.json; expected one of these"
        )
    return document


def summary_problems(document: dict[str, Any]) -> list[str]:
    """Return what is wrong with the content of a `solution.json`, with key paths.

    Parameters
    ----------
    document
        The content.

    Examples
    --------
    >>> for problem in summary_problems({"method": 1})[:2]: print(problem)
    method: is 1; expected text: the method
    status: missing; give how it ended
    """
    from geomot.export.schema import Summary

    known = {key: value for key, value in document.items() if key in Summary.model_fields}
    try:
        summary = Summary(**known)
    except ScenarioError as error:
        return [str(problem) for problem in error.problems]
    problems = []
    masses = sum(server.mass for server in summary.servers)
    allowed = max(ROUNDING, len(summary.servers) * summary.integration_error)
    if abs(masses - 1.0) > allowed:
        problems.append(f"servers: the masses sum to {masses!r}; expected 1 within {allowed:.1e}")
    measures = sum(server.measure for server in summary.servers)
    if abs(measures - summary.zone_measure) > ROUNDING * summary.zone_measure:
        problems.append(
            f"servers: the measures sum to {measures!r}; expected zone_measure, "
            f"{summary.zone_measure!r}"
        )
    problems += [
        f"servers[{b}].render_compute: is {server.render_compute!r}; expected more than 0 of a solution"
        for b, server in enumerate(summary.servers)
        if summary.status == "converged" and (server.render_compute or 0.0) <= 0.0
    ]
    for k, row in enumerate(summary.constraints):
        if row.held and (row.violation or 0.0) > row.allowed:
            problems.append(
                f"constraints[{k}].violation: is {row.violation!r}; expected at most {row.allowed!r}, "
                "what is allowed, where the constraint holds"
            )
        if summary.status == "converged" and not row.held:
            problems.append(
                f"constraints[{k}].held: is {row.held!r}; expected true of a solution that converged"
            )
    times = [server.sub_synchronization_time for server in summary.servers]
    given, average = [t for t in times if t is not None], summary.average_sub_synchronization_time
    if len(given) == len(times) and average is not None:
        mean = sum(given) / len(given)
        if abs(mean - average) > ROUNDING * abs(mean):
            problems.append(
                f"average_sub_synchronization_time: is {average!r}; expected {mean!r}, the mean of "
                "the servers' times"
            )
    return problems
