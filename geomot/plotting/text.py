"""What figures say about a solution and its servers, whatever the zone."""

from __future__ import annotations

import textwrap

import numpy as np

from geomot.export.text import printable
from geomot.scenario import ServerResult, Solution

LABELLED = 16  # largest number of servers that get a label each
REACH = 0.25  # how far outside, as a share of the extent, servers are still shown


def heading(solution: Solution) -> str:
    """Return the title of a figure: the scenario's, the method and what came of it.

    Parameters
    ----------
    solution
        The solution.

    Examples
    --------
    >>> import geomot
    >>> print(heading(geomot.solve(geomot.paper_scenario(), "snr")))
    Four servers on 2 km x 2 km
    snr: average sub-synchronization time 31.2 ms
    """
    average = 1e3 * solution.average_sub_synchronization_time
    result = f"{solution.method}: average sub-synchronization time {average:.4g} ms"
    if solution.status != "converged":
        result = f"{solution.method}: {solution.status}, not a solution"
    return "\n".join([*textwrap.wrap(printable(solution.scenario.title), 70), result])


def caption(server: ServerResult) -> str:
    """Return a server's name, cut short, and its time.

    Parameters
    ----------
    server
        What it does.

    Examples
    --------
    >>> print(caption(ServerResult("north", 0.2, 10.0, 8e9, 0.0, 0.0, 0.0123)))
    north
    12.3 ms
    """
    name = textwrap.shorten(printable(server.name), 24, placeholder="…")
    return f"{name}\n{_time(server)}"


def _time(server: ServerResult) -> str:
    time = 1e3 * server.sub_synchronization_time
    if not np.isfinite(time):
        return "overloaded"
    if server.mass == 0.0:
        return "no sensors"
    return f"{time:#.3g} ms" if 0.01 <= time < 100.0 else f"{time:.3g} ms"
