"""What figures say about a solution and its servers, whatever the zone."""

from __future__ import annotations

import math
import textwrap
from typing import Protocol

from geomot.export.text import printable
from geomot.plotting.numerals import aligned, duration, time_unit
from geomot.scenario import ServerResult, Solution

LABELLED = 16  # largest number of servers that get a label each
REACH = 0.25  # how far outside, as a share of the extent, servers are still shown
# what the regions are where nothing was solved
REMARKS = {"infeasible": "regions of the best channel"}
REMARK = "the last partition and not a solution"


class Timed(Protocol):
    """What has servers and an average time: a solution, or what a study keeps of one."""

    @property
    def servers(self) -> tuple[ServerResult, ...]:
        """One entry per server."""

    @property
    def average_sub_synchronization_time(self) -> float:
        """Eq. 9a, s."""


def outcome(solution: Solution) -> str:
    """Return how it ended, for headings, or nothing where it was solved.

    Parameters
    ----------
    solution
        The solution.

    Examples
    --------
    >>> import geomot
    >>> outcome(geomot.solve(geomot.paper_scenario(), "snr"))
    ''
    """
    if solution.status == "converged":
        return ""
    return f"{solution.status}, {REMARKS.get(solution.status, REMARK)}"


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
    snr: average sub-synchronization time 31.20 ms
    """
    average = duration(solution.average_sub_synchronization_time)
    result = outcome(solution) or f"average sub-synchronization time {average}"
    title = textwrap.wrap(printable(solution.scenario.title), 70)
    return "\n".join([*title, f"{solution.method}: {result}"])


def times(solution: Timed) -> tuple[list[str], str]:
    """Return the times of the servers, and their unit.

    Parameters
    ----------
    solution
        The solution.

    Examples
    --------
    >>> import geomot
    >>> times(geomot.solve(geomot.paper_scenario()))
    (['34.98', '16.61', '16.37', '8.28'], 'ms')
    """
    average = solution.average_sub_synchronization_time
    unit, count = time_unit(average)
    seconds = [count * server.sub_synchronization_time for server in solution.servers]
    return aligned(seconds, count * average), unit


def captions(solution: Timed) -> list[str]:
    """Return for each server its name, cut short, and its time, as tables give it.

    Parameters
    ----------
    solution
        The solution.

    Examples
    --------
    >>> import geomot
    >>> print(captions(geomot.solve(geomot.paper_scenario(), "snr"))[0])
    south-west
    110.25 ms
    """
    numbers, unit = times(solution)
    return [
        f"{textwrap.shorten(printable(server.name), 24, placeholder='…')}\n"
        + (_without_time(server) or f"{time} {unit}")
        for server, time in zip(solution.servers, numbers, strict=True)
    ]


def _without_time(server: ServerResult) -> str:
    if server.render_compute <= 0.0:
        return "overloaded"
    if not math.isfinite(server.sub_synchronization_time):
        return "no time"
    return "no sensors" if server.mass == 0.0 else ""
