"""A scenario by value: what `solution.json` holds of it, and the scenario read back from that.

Everything is a plain value, to the last bit.  Files of densities and surfaces stay files: they are
named by their path and their SHA-256 checksum, so that one that has changed since is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from geomot.errors import Problem, ScenarioError
from geomot.scenario.schema import Scenario

CHECKSUM = "sha256"  # the key beside that of a file
HOLDERS = (("zone",), ("sensors", "density"), ("twins", "density"))  # of what may name a file


def scenario_document(scenario: Scenario) -> dict[str, Any] | None:
    """Return a scenario as plain values; None where a file that it names cannot be read any more.

    Parameters
    ----------
    scenario
        The scenario, in metres.

    Examples
    --------
    >>> from geomot.scenario import paper_scenario
    >>> document = scenario_document(paper_scenario())
    >>> document["servers"][0]["position"], scenario_from_document(document) == paper_scenario()
    ([500.0, 500.0], True)
    """
    document: dict[str, Any] = scenario.model_dump(mode="json")
    for _, section in _files(document):
        try:
            section[CHECKSUM] = _checksum(Path(section["file"]))
        except OSError:
            return None
    return document


def scenario_from_document(document: Mapping[str, Any]) -> Scenario:
    """Return the scenario that plain values describe.

    Parameters
    ----------
    document
        As `scenario_document` returns it.

    Raises
    ------
    ScenarioError
        If a file is not there or has changed since, or a value is none of a scenario.
    """
    data: dict[str, Any] = _copied(document)
    problems = []
    for path, section in _files(data):
        given = section.pop(CHECKSUM, None)
        try:
            found = _checksum(Path(section["file"]))
        except (OSError, ValueError) as error:  # ValueError: a path that no file can have
            reason = getattr(error, "strerror", None) or str(error)
            problems.append(Problem(f"{path}.file", f"{section['file']!r} cannot be read: {reason}"))
            continue
        if found != given:
            problems.append(
                Problem(
                    f"{path}.file",
                    f"{section['file']!r} has the SHA-256 checksum {found}; expected {given}: it has "
                    "changed since the scenario was solved, put it back or solve again",
                )
            )
    if problems:
        raise ScenarioError(problems)
    return Scenario(**data)


def _files(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield key path and section of all that names a file."""
    for keys in HOLDERS:
        section: Any = document
        for key in keys:
            section = section.get(key) if isinstance(section, dict) else None
        if isinstance(section, dict) and isinstance(section.get("file"), str):
            yield ".".join(keys), section


def _copied(value: Any) -> Any:
    """Return nested tables that can be changed without a trace in the given ones."""
    return {k: _copied(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, CHECKSUM).hexdigest()
