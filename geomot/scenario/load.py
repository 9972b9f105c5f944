"""From TOML to a validated scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file, files
from os import PathLike
from pathlib import Path
from typing import Any

from geomot.errors import Problem, ScenarioError
from geomot.files.reading import read_bytes
from geomot.files.tomlfile import parse_toml
from geomot.scenario.dimensions import zone_dimension
from geomot.scenario.reference import KEYS, geographic, projected
from geomot.scenario.scales import scale_remarks, swapped_remarks, warn
from geomot.scenario.schema import Scenario
from geomot.scenario.table import TableData, read_servers, read_twins

_TABLES = {"servers": read_servers, "twins": read_twins}
_STANDINS: dict[str, Any] = {"servers": (), "twins": None}  # for what could not be read
_PLACES = ("count", "density", "sample", "seed", "positions", "kinds")  # that a file of twins replaces


def load_scenario(
    path: str | PathLike[str],
    *,
    servers: str | PathLike[str] | None = None,
    twins: str | PathLike[str] | None = None,
) -> Scenario:
    """Load and check a scenario file.

    Parameters
    ----------
    path
        The TOML file; files that it names are relative to it.
    servers
        A CSV file whose servers take the place of the scenario's own.
    twins
        A CSV file whose twins take the place of the scenario's own.

    Returns
    -------
    Scenario
        With every position in metres: where ``[zone]`` has a ``crs`` they are projected, see
        `geomot.scenario.reference`.

    Raises
    ------
    ScenarioError
        With the key path and the reason of every problem.

    Warns
    -----
    ScaleWarning
        Where lengths are implausible: servers far outside the zone, metres that look like degrees, a
        zone within the reference distance of all servers.

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
    except ScenarioError as error:
        raise ScenarioError(error.problems, file=str(path)) from None
    return checked_scenario(data, path, servers=servers, twins=twins)


def checked_scenario(
    data: Mapping[str, Any],
    path: Path,
    *,
    servers: str | PathLike[str] | None = None,
    twins: str | PathLike[str] | None = None,
) -> Scenario:
    """Return the scenario of a file that is read already.

    Parameters
    ----------
    data
        What the file holds.
    path
        The file; files that it names are relative to it.
    servers, twins
        As for `load_scenario`.

    Raises
    ------
    ScenarioError
        With the key path and the reason of every problem.
    """
    try:
        if servers is not None:
            data = with_servers(data, servers)
        if twins is not None:
            data = with_twins(data, twins)
        return scenario_from_data(data, path.parent)
    except ScenarioError as error:
        raise ScenarioError(error.problems, file=str(path)) from None


def paper_scenario(
    *, servers: str | PathLike[str] | None = None, twins: str | PathLike[str] | None = None
) -> Scenario:
    """Return the paper's planar scenario, which ships inside the package.

    Parameters
    ----------
    servers, twins
        CSV files whose servers and twins take the place of the paper's.

    Returns
    -------
    Scenario
        Of four servers and 50 twins on 2 km x 2 km.

    Examples
    --------
    >>> [server.name for server in paper_scenario().servers]
    ['south-west', 'south-east', 'north-west', 'north-east']
    """
    with as_file(files("geomot.scenario") / "paper.toml") as path:
        return load_scenario(path, servers=servers, twins=twins)


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


def with_twins(data: Mapping[str, Any], path: str | PathLike[str]) -> dict[str, Any]:
    """Return a scenario's raw data with its twins at the positions of a CSV file.

    What they ask of a server stays the scenario's.

    Parameters
    ----------
    data
        The scenario as read from TOML.
    path
        The CSV file, relative to the working directory.

    Examples
    --------
    >>> with_twins({"twins": {"count": 50, "data": 23}}, "/users.csv")
    {'twins': {'data': 23, 'file': '/users.csv'}}
    """
    own = data.get("twins")
    rest = {k: v for k, v in own.items() if k not in _PLACES} if isinstance(own, Mapping) else {}
    return {**data, "twins": {**rest, "file": str(Path(path).absolute())}}


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

    Warns
    -----
    ScaleWarning
        Where lengths are implausible, see `geomot.scenario.scales`.
    """
    data = {**data, "zone": _with_file_in(folder, data.get("zone"))} if "zone" in data else data
    for key in ("sensors", "twins"):
        section = data.get(key)
        if isinstance(section, Mapping) and "density" in section:
            data = {**data, key: {**section, "density": _with_file_in(folder, section["density"])}}
    data, axes = _without_axes(data)
    dimension = zone_dimension(data.get("zone"))
    tables: list[TableData] = []
    problems: list[Problem] = []
    for key, read in _TABLES.items():
        section = data.get(key)
        if not isinstance(section, Mapping) or (key == "twins" and "file" not in section):
            continue
        try:
            tables.append(read(section, folder, dimension))
        except ScenarioError as error:
            problems.extend(error.problems)
            data = {**data, key: _STANDINS[key]}
        else:
            data = {**data, key: tables[-1].section}
    try:
        scenario = Scenario(**data)
    except ScenarioError as error:
        unread = {problem.path.partition(".")[0] for problem in problems}
        found = [problem for problem in error.problems if problem.path not in unread]
        raise ScenarioError([*(_placed(problem, tables) for problem in found), *problems]) from None
    if problems:
        raise ScenarioError(problems)
    remarks: list[str] = []
    if axes:
        raw, (crs, target) = scenario, (axes.get("crs"), axes.get("projected"))
        try:
            scenario = Scenario(**projected(raw.model_dump(), crs, target))
        except ScenarioError as error:
            raise ScenarioError(_placed(problem, tables) for problem in error.problems) from None
        remarks += swapped_remarks(raw) if geographic(crs) else []
    warn(remarks or scale_remarks(scenario))
    return scenario


def _without_axes(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return raw data without the keys of its zone that say what its coordinates are in, and these."""
    zone = data.get("zone")
    if not isinstance(zone, Mapping):
        return data, {}
    axes = {key: zone[key] for key in KEYS if key in zone}
    if axes and "crs" not in axes:
        missing = "missing; give what the coordinates are in, such as 'EPSG:4326', beside projected"
        raise ScenarioError([Problem("zone.crs", missing)])
    return {**data, "zone": {key: zone[key] for key in zone if key not in KEYS}}, axes


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        content = read_bytes(path)
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot be read: {reason}; give a TOML file that exists"
        raise ScenarioError([Problem("", message)]) from None
    try:
        return parse_toml(content)
    except ValueError as error:
        raise ScenarioError([Problem("", str(error))]) from None


def _with_file_in(folder: Path, section: Any) -> Any:
    """Return a section's raw data with its file, if it names one, relative to the working directory."""
    file = section.get("file") if isinstance(section, Mapping) else None
    return (
        {**section, "file": str(folder / file)} if isinstance(file, str) and file.strip() else section
    )


def _placed(problem: Problem, tables: list[TableData]) -> Problem:
    """Add the line of the CSV file to a problem with one of its rows."""
    for table in tables:
        row = re.match(table.entry, problem.path)
        if row is not None:
            return replace(problem, message=f"{problem.message} ({table.places[int(row[1])]})")
    return problem
