"""Tables in CSV files: known columns, rows of cells, and what is wrong with either."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from geomot.errors import Problem, ScenarioError
from geomot.files.csvcells import unescaped
from geomot.files.reading import read_bytes

AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Columns:
    """What a table may hold.

    Parameters
    ----------
    key
        Key path that problems are reported under.
    row
        What a row stands for, in the singular.
    required
        Columns that have to be there.
    optional
        Columns that may be there.
    hints
        Columns of which one is missed for a reason: what to do about it.
    planar
        Whether the zone is known to be planar, so that heights are out of place.
    """

    key: str
    row: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    planar: bool = False


@dataclass(frozen=True)
class Rows:
    """Rows as read.

    Parameters
    ----------
    cells
        One dictionary from column to text for each row.
    places
        Where each row stands, for messages: ``line 2 of sites.csv``.
    """

    cells: list[dict[str, str]]
    places: list[str]


def read_rows(path: Path, columns: Columns, *, pipes: bool = True) -> Rows:
    """Read a table.

    Parameters
    ----------
    path
        The file: UTF-8, the first line names the columns; blank lines do not count.
    columns
        What it may hold.
    pipes
        Whether a pipe will do: it can be read once only.

    Raises
    ------
    ScenarioError
        Where the file cannot be read as rows under the known columns.
    """
    lines = _read_lines(path, columns.key, pipes)
    if not lines:
        wanted = ", ".join(columns.required + columns.optional)
        raise _unusable(columns.key, f"{path} is empty; expected a line with the columns {wanted}")
    (_, first), *rows = lines
    header = [column.strip() for column in first]
    problems = [*_header_problems(header, columns, path), *_row_problems(rows, header, columns, path)]
    if problems:
        raise ScenarioError(problems)
    cells = [
        {column: unescaped(cell.strip()) for column, cell in zip(header, row, strict=True)}
        for _, row in rows
    ]
    return Rows(cells, [f"line {line} of {path.name}" for line, _ in rows])


def axes(dimension: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns of coordinates that are required and that are optional.

    Parameters
    ----------
    dimension
        Number of coordinates of the zone, or None where that is not known: then any will do.
    """
    return AXES[: dimension or 2], () if dimension else AXES[2:]


def number(cell: str) -> float | str:
    """Return a number, or text that is none: validating it reports it with all the rest."""
    try:
        return cell if "_" in cell else float(cell)  # float reads 1_500 as 1500
    except ValueError:
        return cell


def position(cells: Mapping[str, str]) -> list[float | str]:
    """Return the coordinates of a row."""
    return [number(cells[axis]) for axis in AXES if axis in cells]


def _read_lines(path: Path, key: str, pipes: bool) -> list[tuple[int, list[str]]]:
    """Return line number and fields of every line that is not blank."""
    try:
        # Spreadsheets put a byte order mark in front of UTF-8.
        text = read_bytes(path, pipes=pipes).decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
        return [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except OSError as error:
        reason = error.strerror or str(error)
        raise _unusable(key, f"{path} cannot be read: {reason}; give a CSV file that exists") from None
    except ValueError as error:  # wrong bytes, or a path that no file can have
        raise _unusable(
            key, f"{path} cannot be read as UTF-8 text: {error}; save it as UTF-8"
        ) from None
    except csv.Error as error:
        raise _unusable(
            key, f"{path} is not valid CSV: {error} (line {reader.line_num}); quote such a field"
        ) from None


def _header_problems(header: list[str], columns: Columns, path: Path) -> Iterator[Problem]:
    known = columns.required + columns.optional
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            yield Problem(columns.key, f"{path} has the column {column!r} twice; remove one")
        if column == "z" and columns.planar:
            yield Problem(
                columns.key,
                f"{path} has the column {column!r} and the zone is planar; remove the column, or "
                "give a zone in space",
            )
        elif column not in known:
            close = get_close_matches(column, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"expected {', '.join(known)}"
            yield Problem(columns.key, f"{path} has an unknown column {column!r}; {hint}")
    for column in (*columns.required, *columns.hints):
        if column not in header and column == "z":
            yield Problem(
                columns.key,
                f"{path} has no column 'z' and the zone is spatial; add the heights of the "
                f"{columns.row}s",
            )
        elif column not in header:
            hint = columns.hints.get(column, "")
            yield Problem(columns.key, f"{path} has no column {column!r}; add it{hint}")


def _row_problems(
    rows: list[tuple[int, list[str]]], header: list[str], columns: Columns, path: Path
) -> Iterator[Problem]:
    if not rows:
        yield Problem(columns.key, f"{path} has no rows; expected at least one {columns.row}")
    for line, row in rows:
        if len(row) != len(header):
            yield Problem(
                columns.key,
                f"line {line} of {path.name} has {len(row)} fields; expected {len(header)}, as "
                "many as its first line",
            )


def _unusable(key: str, message: str) -> ScenarioError:
    return ScenarioError([Problem(key, message)])
