"""Twins one by one as a CSV file: where each is hosted, and whether it is in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geomot.files.csvcells import Cell, csv_bytes

if TYPE_CHECKING:
    from geomot.scenario import Solution

AXES = ("x", "y", "z")
COLUMNS = (
    "class", "host", "fraction", "rate", "upload_time", "computing_time", "deadline", "slack", "solve",
)  # fmt: skip


def encode_twins(solution: Solution) -> bytes:
    """Return a table of the twins, SI units, numbers to the last digit.

    Parameters
    ----------
    solution
        A solution with twins one by one; what is not known is left empty.

    Examples
    --------
    >>> import geomot
    >>> encode_twins(geomot.solve(geomot.paper_scenario(), "snr")).decode().strip()
    'twin,x,y,class,host,fraction,rate,upload_time,computing_time,deadline,slack,solve'
    """
    rows: list[list[Cell]] = [["twin", *AXES[: solution.diagram.zone.dimension], *COLUMNS]]
    solve = solution.identifier
    for twin in solution.twins:
        place: list[Cell] = [twin.number, *twin.position, twin.twin_class, twin.host, twin.fraction]
        times: list[Cell] = [twin.upload_time, twin.computing_time, twin.deadline, twin.slack]
        rows.append([*place, twin.rate, *times, solve])
    return csv_bytes(rows)
