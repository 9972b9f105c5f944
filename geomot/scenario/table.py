"""Servers and twins from CSV files: as read, not validated yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geomot.errors import Problem, ScenarioError
from geomot.scenario.csvfile import Columns, axes, number, position, read_rows
from geomot.scenario.schema import ServersTable, TwinsTable

_COMMON = ("compute", "bandwidth")  # may be given once for all in the scenario


@dataclass(frozen=True)
class TableData:
    """A section with the rows of its file, and where each was found.

    Parameters
    ----------
    section
        What takes the place of the section that names the file.
    entry
        Key path of a row: a regular expression whose group is its number.
    places
        Where each row stands, for messages: ``line 2 of sites.csv``.
    """

    section: Any
    entry: str
    places: list[str]


def read_servers(section: Mapping[str, Any], folder: Path, dimension: int | None) -> TableData:
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
    common = {key: getattr(table, key) for key in _COMMON if getattr(table, key) is not None}
    required, optional = axes(dimension)
    rows = read_rows(
        folder / table.file,
        Columns(
            "servers.file",
            "server",
            ("name", *required),
            (*optional, *_COMMON),
            {
                key: f", or give {key} once for all servers in [servers]"
                for key in _COMMON
                if key not in common
            },
            dimension == 2,
        ),
    )
    servers = [
        {"name": cells["name"], "position": position(cells), **common}
        | {key: number(cells[key]) for key in _COMMON if key in cells}
        for cells in rows.cells
    ]
    return TableData(servers, r"servers\[(\d+)\]", rows.places)


def read_twins(section: Mapping[str, Any], folder: Path, dimension: int | None) -> TableData:
    """Read the twins of a ``[twins]`` table that names a file.

    Parameters
    ----------
    section
        The table; ``file`` has the columns x, y, in space z, and optionally class, a number from 0.
    folder, dimension
        As for `read_servers`.

    Raises
    ------
    ScenarioError
        Where the file cannot be read as rows under the known columns.
    """
    try:
        table = TwinsTable(file=section["file"])
    except ScenarioError as error:
        raise ScenarioError(_inside("twins", error.problems)) from None
    required, optional = axes(dimension)
    columns = Columns("twins.file", "twin", required, (*optional, "class"), {}, dimension == 2)
    rows = read_rows(folder / table.file, columns)
    own: dict[str, Any] = {"positions": [position(cells) for cells in rows.cells]}
    if "class" in rows.cells[0]:
        own["kinds"] = [_whole(cells["class"]) for cells in rows.cells]
    rest = {key: value for key, value in section.items() if key != "file"}
    return TableData(rest | own, r"twins\.(?:positions|kinds)\[(\d+)\]", rows.places)


def _whole(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdigit() else cell


def _inside(outer: str, problems: tuple[Problem, ...]) -> Iterator[Problem]:
    return (Problem(f"{outer}.{problem.path}", problem.message) for problem in problems)
