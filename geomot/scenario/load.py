"""From TOML to a validated scenario."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file, files
from os import PathLike
from pathlib import Path
from typing import Any

from geomot.errors import Problem, ScenarioError
from geomot.scenario.dimensions import zone_dimension
from geomot.scenario.schema import Scenario
from geomot.scenario.table import ServerRows, read_servers


def load_scenario(path: str | PathLike[str], *, servers: str | PathLike[str] | None = None) -> Scenario:
    """Load and check a scenario file.

    Parameters
    ----------
    path
        The TOML file; files that it names are relative to it.
    servers
        A CSV file whose servers take the place of the scenario's own.

    Raises
    ------
    ScenarioError
        With the key path and the reason of every problem.

    Examples
    --------
    >>> load_scenario("nowhere.toml")
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario nowhere.toml, 1 problem:
      cannot be read: No such file or directory; give a TOML file that exists
    """
    path = Path(path)
    try:
        data = _read_toml(path)
        if servers is not None:
            data = with_servers(data, servers)
        return scenario_from_data(data, path.parent)
    except ScenarioError as error:
        raise ScenarioError(error.problems, file=str(path)) from None


def paper_scenario(*, servers: str | PathLike[str] | None = None) -> Scenario:
    """Return the paper's planar scenario, which ships inside the package.

    Parameters
    ----------
    servers
        A CSV file whose servers take the place of the paper's.

    Examples
    --------
    >>> [server.name for server in paper_scenario().servers]
    ['south-west', 'south-east', 'north-west', 'north-east']
    """
    with as_file(files("geomot.scenario") / "paper.toml") as path:
        return load_scenario(path, servers=servers)


def with_servers(data: Mapping[str, Any], path: str | PathLike[str]) -> dict[str, Any]:
    """Return a scenario's raw data with its servers replaced by those of a CSV file.

    A compute and a bandwidth that the scenario gives once for all servers stay.

    Parameters
    ----------
    data
        The scenario as read from TOML.
    path
        The CSV file, relative to the working directory.

    Examples
    --------
    >>> with_servers({"servers": {"compute": 8e9}}, "/sites.csv")
    {'servers': {'compute': 8000000000.0, 'file': '/sites.csv'}}
    """
    own = data.get("servers")
    common = own if isinstance(own, Mapping) else {}
    return {**data, "servers": {**common, "file": str(Path(path).absolute())}}


def scenario_from_data(data: Mapping[str, Any], folder: Path) -> Scenario:
    """Return the scenario that raw data describe, reading the files that they name.

    Parameters
    ----------
    data
        The scenario as read from TOML.
    folder
        What the files it names are relative to.

    Raises
    ------
    ScenarioError
        With the key path and the reason of every problem, in the data or in the files.
    """
    data = {**data, "zone": _with_file_in(folder, data.get("zone"))} if "zone" in data else data
    table = data.get("servers")
    if not isinstance(table, Mapping):
        return Scenario(**data)
    try:
        rows = read_servers(table, folder, zone_dimension(data.get("zone")))
    except ScenarioError as error:
        raise ScenarioError([*_problems_besides_servers(data), *error.problems]) from None
    try:
        return Scenario(**{**data, "servers": rows.servers})
    except ScenarioError as error:
        raise ScenarioError(_placed(problem, rows) for problem in error.problems) from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}; give a TOML file that exists"
    # Besides its own error tomllib lets through what wrong bytes, endless digits and bottomless
    # nesting raise.
    except (ValueError, RecursionError) as error:
        reason = f"is not valid TOML: {error}"
    raise ScenarioError([Problem("", reason)])


def _with_file_in(folder: Path, zone: Any) -> Any:
    """Return a zone's raw data with its file, if it names one, relative to the working directory."""
    file = zone.get("file") if isinstance(zone, Mapping) else None
    return {**zone, "file": str(folder / file)} if isinstance(file, str) and file.strip() else zone


def _problems_besides_servers(data: Mapping[str, Any]) -> list[Problem]:
    """Return what else is wrong where the servers could not be read."""
    try:
        Scenario(**{**data, "servers": ()})
    except ScenarioError as error:
        return [problem for problem in error.problems if problem.path != "servers"]
    return []


def _placed(problem: Problem, rows: ServerRows) -> Problem:
    """Add the line of the CSV file to a problem with one of its rows."""
    row = re.match(r"servers\[(\d+)\]", problem.path)
    if row is None:
        return problem
    return replace(problem, message=f"{problem.message} ({rows.places[int(row[1])]})")
