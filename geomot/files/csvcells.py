"""Cells of CSV files: written so that a spreadsheet does not compute them, and read as they were."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence

Cell = str | int | float | None

# What spreadsheets take for the beginning of a formula, after apostrophes that mark text as text.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_MARKED = re.compile(r"'+[=+\-@\t\r\n]")


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    r"""Return rows as CSV.

    Parameters
    ----------
    rows
        Cells: numbers are written with all digits; what is None or not finite is left empty.

    Examples
    --------
    >>> csv_bytes([["name", "x"], ["=1+1", -0.5], ["mast", None]])
    b"name,x\n'=1+1,-0.5\nmast,\n"
    """
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([_written(cell) for cell in row] for row in rows)
    return stream.getvalue().encode()


def escaped(text: str) -> str:
    """Return text as it is written to a cell: with an apostrophe before what begins like a formula.

    Parameters
    ----------
    text
        Any text.  So that it comes back, what begins with apostrophes and goes on like a formula gets
        another one.

    Examples
    --------
    >>> [escaped(text) for text in ("=1+1", "'=1+1", "'s-Gravenhage", "mast")]
    ["'=1+1", "''=1+1", "'s-Gravenhage", 'mast']
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(cell: str) -> str:
    """Return the text that `escaped` was given.

    Parameters
    ----------
    cell
        A cell as read.

    Examples
    --------
    >>> [unescaped(cell) for cell in ("'=1+1", "''=1+1", "'s-Gravenhage", "=1+1")]
    ['=1+1', "'=1+1", "'s-Gravenhage", '=1+1']
    """
    return cell[1:] if _MARKED.match(cell) else cell


def _written(cell: Cell) -> str:
    if isinstance(cell, str):
        return escaped(cell)
    if cell is None or not math.isfinite(cell):
        return ""
    return repr(cell)
