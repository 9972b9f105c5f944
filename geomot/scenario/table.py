"""Servers from a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from geomot.errors import Problem, ScenarioError
from geomot.scenario.schema import ServersTable

_AXES = ("x", "y", "z")
_COMMON = ("compute", "bandwidth")  # may be given once for all in the scenario


@dataclass(frozen=True)
class ServerRows:
    """Servers as read, not validated yet, and where each was found.

    Parameters
    ----------
    servers
        One dictionary with the keys of a server in a scenario file for each row.
    places
        Where each row stands, for messages: ``line 2 of sites.csv``.
    """

    servers: list[dict[str, Any]]
    places: list[str]


def read_servers(section: Mapping[str, Any], folder: Path, dimension: int | None) -> ServerRows:
    """Read the servers of a ``[servers]`` table.

    Numbers that cannot be read stay text: validating the rows reports them with all the rest.

    Parameters
    ----------
    section
        The table: ``file`` and, unless the file has them as columns, ``compute``, ``bandwidth``.
    folder
        What a relative file is relative to.
    dimension
        Number of coordinates of the zone, or None where the scenario does not say: then any will do.

    Raises
    ------
    ScenarioError
        Where the table is invalid, or the file cannot be read as rows under the known columns.
    """
    try:
        table = ServersTable(**section)
    except ScenarioError as error:
        raise ScenarioError(_inside("servers", error.problems)) from None
    path = folder / table.file
    lines = _read_lines(path)
    if not lines:
        wanted = _listed(_required(dimension) + _COMMON)
        raise _unusable(f"{path} is empty; expected a line with the columns {wanted}")
    (_, header), *rows = lines
    columns = [column.strip() for column in header]
    common = {key: getattr(table, key) for key in _COMMON if getattr(table, key) is not None}
    problems = [
        *_header_problems(columns, common, path, dimension),
        *_row_problems(rows, columns, path),
    ]
    if problems:
        raise ScenarioError(problems)
    servers = [_server(dict(zip(columns, row, strict=True)), common) for _, row in rows]
    return ServerRows(servers, [f"line {line} of {path.name}" for line, _ in rows])


def _read_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return line number and fields of every line that is not blank."""
    try:
        # Spreadsheets put a byte order mark in front of UTF-8.
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True, skipinitialspace=True)
            return [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except OSError as error:
        reason = error.strerror or str(error)
        raise _unusable(f"{path} cannot be read: {reason}; give a CSV file that exists") from None
    except ValueError as error:  # wrong bytes, or a path that no file can have
        raise _unusable(f"{path} cannot be read as UTF-8 text: {error}; save it as UTF-8") from None
    except csv.Error as error:
        raise _unusable(
            f"{path} is not valid CSV: {error} (line {reader.line_num}); quote such a field"
        ) from None


def _required(dimension: int | None) -> tuple[str, ...]:
    return ("name", *_AXES[: dimension or 2])


def _header_problems(
    columns: list[str], common: Mapping[str, float], path: Path, dimension: int | None
) -> Iterator[Problem]:
    required = _required(dimension)
    known = (*(required if dimension else ("name", *_AXES)), *_COMMON)
    for column in dict.fromkeys(columns):
        if columns.count(column) > 1:
            yield Problem("servers.file", f"{path} has the column {column!r} twice; remove one")
        if column in _AXES and column not in known:
            yield Problem(
                "servers.file",
                f"{path} has the column {column!r} and the zone is planar; remove the column, or "
                "give a zone in space",
            )
        elif column not in known:
            close = get_close_matches(column, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"expected {_listed(known)}"
            yield Problem("servers.file", f"{path} has an unknown column {column!r}; {hint}")
    for column in required:
        if column not in columns and column == "z":
            yield Problem(
                "servers.file",
                f"{path} has no column 'z' and the zone is spatial; add the heights of the servers",
            )
        elif column not in columns:
            yield Problem("servers.file", f"{path} has no column {column!r}; add it")
    for column in _COMMON:
        if column not in columns and column not in common:
            yield Problem(
                "servers.file",
                f"{path} has no column {column!r}; add it, or give {column} once for all servers "
                "in [servers]",
            )


def _row_problems(
    rows: list[tuple[int, list[str]]], columns: list[str], path: Path
) -> Iterator[Problem]:
    if not rows:
        yield Problem("servers.file", f"{path} has no rows; expected at least one server")
    for line, row in rows:
        if len(row) != len(columns):
            yield Problem(
                "servers.file",
                f"line {line} of {path.name} has {len(row)} fields; expected {len(columns)}, as "
                "many as its first line",
            )


def _server(cells: Mapping[str, str], common: Mapping[str, float]) -> dict[str, Any]:
    own = {key: _number(cells[key]) for key in _COMMON if key in cells}
    position = [_number(cells[axis]) for axis in _AXES if axis in cells]
    return {"name": cells["name"].strip(), "position": position, **common, **own}


def _number(cell: str) -> float | str:
    try:
        return cell if "_" in cell else float(cell)  # float reads 1_500 as 1500
    except ValueError:
        return cell


def _unusable(message: str) -> ScenarioError:
    return ScenarioError([Problem("servers.file", message)])


def _inside(outer: str, problems: tuple[Problem, ...]) -> Iterator[Problem]:
    return (Problem(f"{outer}.{problem.path}", problem.message) for problem in problems)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
