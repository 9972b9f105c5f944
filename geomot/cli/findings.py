"""What `geomot info` finds in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Findings:
    """What a file holds.

    Parameters
    ----------
    lines
        What it holds, line by line.
    problems
        Why it is invalid; none where it is valid.
    checked
        What was checked, for the last line of a valid file.
    """

    lines: list[str]
    problems: list[str]
    checked: str
