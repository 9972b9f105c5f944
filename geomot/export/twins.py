"""Twins one by one as a CSV file: where each is hosted, and whether it is in time."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

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
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(["twin", *AXES[: solution.diagram.zone.dimension], *COLUMNS])
    solve = solution.identifier
    for twin in solution.twins:
        known = [twin.rate, twin.upload_time, twin.computing_time, twin.deadline, twin.slack]
        numbers = ["" if value is None else repr(value) for value in known]
        where = [repr(x) for x in twin.position]
        rows.writerow(
            [twin.number, *where, twin.twin_class, twin.host, repr(twin.fraction), *numbers, solve]
        )
    return stream.getvalue().encode()
