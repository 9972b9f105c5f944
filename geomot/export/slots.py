"""Slots of a moving world as a CSV file: one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geomot.files.csvcells import Cell, csv_bytes

if TYPE_CHECKING:
    from geomot.scenario import Solution

COLUMNS = (
    "slot",
    "status",
    "iterations",
    "residual",
    "average_sub_synchronization_time",
    "average_error",
    "integration_error",
    "message",
    "solve",
)


def encode_slots(numbers: Sequence[int], solutions: Sequence[Solution]) -> bytes:
    """Return a table with a row for each slot, and each server's share and time in columns of its own.

    Parameters
    ----------
    numbers
        The numbers of the slots.
    solutions
        Their solutions, of the same servers; SI units, what is not known is left empty.

    Examples
    --------
    >>> import geomot
    >>> paper = geomot.solve(geomot.paper_scenario(), "snr")
    >>> encode_slots([0], [paper]).decode().splitlines()[1][:20]
    '0,converged,0,,0.031'
    """
    names = [server.name for server in solutions[0].servers] if solutions else []
    shares = [f"mass {name}" for name in names]
    rows: list[list[Cell]] = [
        [*COLUMNS[:-2], *shares, *(f"time {name}" for name in names), *COLUMNS[-2:]]
    ]
    for slot, solution in zip(numbers, solutions, strict=True):
        known = (
            solution.residual,
            solution.average_sub_synchronization_time,
            solution.average_error,
            solution.integration_error,
            *(server.mass for server in solution.servers),
            *(server.sub_synchronization_time for server in solution.servers),
        )
        end = [solution.message, solution.identifier]
        rows.append([slot, solution.status, solution.iterations, *known, *end])
    return csv_bytes(rows)
