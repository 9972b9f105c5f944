"""Slots of a moving world from a CSV file: what changes from one to the next, on top of a scenario.

Each row changes one thing from its slot on::

    slot,what,name,x,y,compute
    0,server,north,300,600,
    1,sensors,,760,755,
    2,twin,17,410,330,
    2,server,north,,,7e9
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from geomot.errors import Problem, ScenarioError
from geomot.scenario.csvfile import Columns, axes, number, read_rows
from geomot.scenario.dimensions import zone_dimension
from geomot.scenario.reference import Reference
from geomot.scenario.schema import Scenario, Server

KEY = "slots"
WHATS = ("sensors", "twins", "twin", "server")


@dataclass(frozen=True)
class Slot:
    """One slot.

    Parameters
    ----------
    number
        Its number.
    scenario
        The scenario in it.
    """

    number: int
    scenario: Scenario


def read_slots(path: str | PathLike[str], scenario: Scenario) -> list[Slot]:
    """Read slots and return the scenario of each.

    Parameters
    ----------
    path
        A CSV file with the columns slot (whole numbers that do not fall), what ("sensors" or "twins":
        the centre of that density; "twin", "server"), name (of the server, number of the twin or of a
        mixture's component), x, y, in space z, and optionally compute (of a server).  What is left
        empty stays, and changes last until they are changed again.
    scenario
        What the rows change.

    Raises
    ------
    ScenarioError
        With every problem of the file.

    Examples
    --------
    >>> import tempfile, geomot
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     print("slot,what,name,x,y,compute", file=file)
    ...     print("0,sensors,,760,755,", "3,server,north-east,,,8e9", sep=chr(10), file=file)
    ...     file.flush()
    ...     slots = read_slots(file.name, geomot.paper_scenario())
    >>> [(slot.number, slot.scenario.servers[3].compute) for slot in slots]
    [(0, 16000000000.0), (3, 8000000000.0)]
    """
    file = Path(path)
    dimension = zone_dimension(scenario.zone)
    required, optional = axes(dimension)
    columns = ("slot", "what", "name", *required)
    rows = read_rows(file, Columns(KEY, "change", columns, (*optional, "compute"), {}, dimension == 2))
    world = _World(scenario.model_dump(), required, scenario.reference)
    problems: list[Problem] = []
    changes: dict[int, list[tuple[dict[str, str], str]]] = {}
    last = 0
    for cells, place in zip(rows.cells, rows.places, strict=True):
        try:
            last = _slot(cells["slot"], last)
        except ScenarioError as error:
            problems += _at(error, place)
        else:
            changes.setdefault(last, []).append((cells, place))
    slots = []
    for at, rows_there in changes.items():
        for cells, place in rows_there:
            try:
                world.change(cells)
            except ScenarioError as error:
                problems += _at(error, place)
        if not problems:
            slots.append(Slot(at, Scenario(**world.data)))
    if problems:
        raise ScenarioError(problems, file=str(file))
    return slots


def _at(error: ScenarioError, place: str) -> list[Problem]:
    """Return the problems of a row with where it stands."""
    return [Problem(KEY, f"{problem} ({place})") for problem in error.problems]


def _slot(cell: str, last: int) -> int:
    if not (cell.isascii() and cell.isdigit()):
        raise _wrong(f"slot is {cell!r}; expected a whole number, not negative")
    if int(cell) < last:
        raise _wrong(
            f"slot is {cell} after slot {last}; expected numbers that do not fall: sort the rows"
        )
    return int(cell)


@dataclass
class _World:
    """A scenario's raw data, which rows change once they are found valid."""

    data: dict[str, Any]
    axes: tuple[str, ...]
    reference: Reference | None  # then rows are in degrees

    def change(self, cells: dict[str, str]) -> None:
        """Change what a row says."""
        what, name, compute = cells["what"], cells["name"], cells.get("compute", "")
        if what not in WHATS:
            raise _wrong(f"what is {what!r}; expected one of {', '.join(WHATS)}")
        if compute and what != "server":
            raise _wrong(f"compute is given for {what!r}; expected it for a 'server': leave it empty")
        place = self._place(cells)
        if place is None and not compute:
            wanted = ", ".join(self.axes)
            raise _wrong(f"nothing is given; expected {wanted}, or the compute of a server")
        if what == "server":
            given = {"compute": number(compute)} if compute else {}
            self._server(name, given if place is None else {**given, "position": place})
        elif what == "twin":
            self._twin(name, place)
        else:
            self._density(what, name, place)

    def _place(self, cells: dict[str, str]) -> list[float] | None:
        """Return the coordinates of a row, None where it has none."""
        if not any(cells[axis] for axis in self.axes):
            return None
        place = []
        for axis in self.axes:
            value = number(cells[axis])
            if isinstance(value, str) or not isfinite(value):
                raise _wrong(f"{axis} is {cells[axis]!r}; expected a finite number")
            place.append(value)
        if self.reference is not None:
            place[:2] = self.reference.metres(np.array(place[:2]))[0].tolist()
        return place

    def _server(self, name: str, given: dict[str, Any]) -> None:
        servers = list(self.data["servers"])
        names = [server["name"] for server in servers]
        if name not in names:
            raise _wrong(f"there is no server {name!r}; expected one of {', '.join(names)}")
        changed = {**servers[names.index(name)], **given}
        Server(**changed)
        servers[names.index(name)] = changed
        self.data["servers"] = servers

    def _twin(self, name: str, place: list[float] | None) -> None:
        twins = self.data["twins"] or {}
        if twins.get("positions") is None:
            raise _wrong("no twins are given one by one; expected a file of twins, or their positions")
        positions = list(twins["positions"])
        positions[_index(len(positions), name, "twin")] = place
        twins["positions"] = positions

    def _density(self, what: str, name: str, place: list[float] | None) -> None:
        density = (self.data[what] or {}).get("density")
        if density is None or density["kind"] not in ("gaussian", "mixture"):
            raise _wrong(f"the {what} have no density with a centre; expected a gaussian or a mixture")
        if density["kind"] == "mixture":
            parts = density["components"]
            density = parts[_index(len(parts), name, f"component of the density of {what}")]
        density["mean"] = place


def _index(count: int, name: str, what: str) -> int:
    if not (name.isascii() and name.isdigit() and int(name) < count):
        raise _wrong(f"there is no {what} {name!r}; expected a number from 0 to {count - 1} in name")
    return int(name)


def _wrong(message: str) -> ScenarioError:
    return ScenarioError([Problem("", message)])
