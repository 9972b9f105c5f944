"""Tables of studies: columns with names, units and meanings, rows, settings, and what follows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from geomot.distributed.versions import versions
from geomot.errors import InvalidArgumentError
from geomot.files.csvcells import Cell, csv_bytes


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name
        Its name.
    unit
        The unit of its numbers; empty where they are counts, shares or words.
    meaning
        What it holds.
    """

    name: str
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True, eq=False)
class Table:
    """What a study found.

    Parameters
    ----------
    name
        Name of the study, and of its files.
    title
        What the table shows.
    columns, rows
        The numbers: one entry for each column in each row; None for what does not apply.
    settings
        What the study was asked for, plain data.
    findings
        What follows from the numbers, in sentences.
    parts
        Further tables of the same study; the names of their files begin with its name.
    details
        What a picture needs besides numbers, plain data.

    Examples
    --------
    >>> table = Table("demo", "", (Column("side", "m"), Column("area", "m^2")), ((2.0, 4.0),))
    >>> table.column("area")
    [4.0]
    >>> print(table.csv().decode())
    side [m],area [m^2]
    2.0,4.0
    <BLANKLINE>
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    settings: dict[str, Any] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    parts: tuple[Table, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that every row has an entry for each column."""
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise InvalidArgumentError(
                    f"row {number} of the table {self.name!r} has {len(row)} entries; expected "
                    f"{len(self.columns)}, one for each column"
                )

    def column(self, name: str) -> list[Any]:
        """Return the entries of a column, in the order of the rows.

        Raises
        ------
        InvalidArgumentError
            If there is no such column.
        """
        place = self._place(name)
        return [row[place] for row in self.rows]

    def where(self, **values: Cell) -> Table:
        """Return the table with only those rows that have given entries.

        Examples
        --------
        >>> table = Table("demo", "", (Column("kind"), Column("count")), (("a", 1), ("b", 2)))
        >>> table.where(kind="b").column("count")
        [2]
        """
        wanted = [(self._place(name), value) for name, value in values.items()]
        rows = tuple(row for row in self.rows if all(row[place] == value for place, value in wanted))
        return replace(self, rows=rows)

    def part(self, name: str) -> Table:
        """Return one of the further tables.

        Raises
        ------
        InvalidArgumentError
            If there is no such table.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise InvalidArgumentError(
            f"the table {self.name!r} has no part {name!r}; expected one of "
            f"{', '.join(repr(part.name) for part in self.parts)}"
        )

    def csv(self) -> bytes:
        """Return the numbers as CSV, each float with all of its digits."""
        head = [f"{one.name} [{one.unit}]" if one.unit else one.name for one in self.columns]
        return csv_bytes([head, *self.rows])

    def json(self) -> bytes:
        """Return what the numbers in the CSV are: settings, versions, columns, findings."""
        document = {
            "study": self.name,
            "title": self.title,
            "settings": self.settings,
            "versions": versions(),
            "tables": {
                one.name: {"title": one.title, "columns": [asdict(entry) for entry in one.columns]}
                for one in (self, *self.parts)
            },
            "findings": list(self.findings),
        }
        return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()

    def _place(self, name: str) -> int:
        names = [one.name for one in self.columns]
        if name not in names:
            raise InvalidArgumentError(
                f"the table {self.name!r} has no column {name!r}; expected one of "
                f"{', '.join(map(repr, names))}"
            )
        return names.index(name)


def table_of(name: str, title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Table:
    """Return a table of any sequences, without settings."""
    return Table(name, title, tuple(columns), tuple(map(tuple, rows)))


def printed(unit: str) -> str:
    """Return a unit as it is printed where CSV has only ASCII.

    Parameters
    ----------
    unit
        The unit of a column.

    Examples
    --------
    >>> printed("1/km^2")
    '1/km²'
    """
    return unit.replace("^2", "²").replace("^3", "³")
