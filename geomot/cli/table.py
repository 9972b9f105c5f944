"""The result of `geomot solve` for people to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from geomot.export.text import printable

if TYPE_CHECKING:
    from rich.table import Table

    from geomot.scenario import Solution

MEASURES = {2: ("area", "m²"), 3: ("volume", "m³")}  # by dimension
WIDTH = 100  # of what is not a terminal


def print_solution(solution: Solution) -> None:
    """Print a table of the servers and, below, how the solution was found.

    Parameters
    ----------
    solution
        The solution.

    Examples
    --------
    >>> import geomot
    >>> print_solution(geomot.solve(geomot.paper_scenario()))
    Four servers on 2 km x 2 km, equilibrium
    ...
    average sub-synchronization time  19.06 ms ± ...
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    title = solution.scenario.title
    heading = f"{title}, {solution.method}" if title else solution.method
    if solution.status != "converged":
        heading = f"{heading}: {solution.status}, the last partition and not a solution"
    console.print(Text(printable(heading), "bold"))
    console.print(_table(solution))
    lines = summary_lines(solution)
    width = max(map(len, lines))
    for key, value in lines.items():
        console.print(Text(f"{key:<{width}}  {value}"), soft_wrap=True)


def _table(solution: Solution) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(header_style="bold")
    table.add_column("server", overflow="fold")
    servers = solution.servers
    columns = {
        "sensors\n%": [100.0 * server.mass for server in servers],
        "\n".join(MEASURES[solution.diagram.zone.dimension]): [server.measure for server in servers],
        "rendering\nGHz": [1e-9 * server.render_compute for server in servers],
        "twin compute\nGHz": [1e-9 * server.twin_compute for server in servers],
        "twins": [server.twins for server in servers],
        "sub-sync time\nms": [1e3 * server.sub_synchronization_time for server in servers],
    }
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for server, *cells in zip(servers, *map(aligned, columns.values()), strict=True):
        # Text, since rich would read [..] in a name as markup
        table.add_row(Text(printable(server.name)), *cells)
    return table


def summary_lines(solution: Solution) -> dict[str, str]:
    """Return what stands below the table, by its heading.

    Parameters
    ----------
    solution
        The solution.
    """
    average = 1e3 * solution.average_sub_synchronization_time
    error = f" ± {1e3 * solution.average_error:.0e} ms" if math.isfinite(average) else ""
    lines = {
        "average sub-synchronization time": f"{number(average)} ms{error}",
        "status": str(solution.status),
    }
    if solution.residual is not None and solution.relative_residual is not None:
        lines["residual"] = f"{solution.residual:.1e} ({solution.relative_residual:.1e} relative)"
        lines["iterations"] = str(solution.iterations)
    if solution.status == "converged" and solution.message:
        lines["note"] = printable(solution.message)
    lines["time"] = f"{solution.seconds['total']:.2f} s"
    return lines


def number(value: float) -> str:
    """Return a number with four significant digits, in full as long as that is readable.

    Parameters
    ----------
    value
        The number.

    Examples
    --------
    >>> [number(x) for x in (0.0, 19.0591, 1213881.9, 4.2e-9, float("nan"))]
    ['0', '19.06', '1,213,882', '4.2e-09', '-']
    """
    return _rounded(value, _decimals(abs(value)))


def aligned(values: Sequence[float]) -> list[str]:
    """Return numbers with as many decimals as give the largest four significant digits.

    Parameters
    ----------
    values
        The numbers of a column.

    Examples
    --------
    >>> aligned([34.983, 8.2779, 0.0, 3e-5])
    ['34.98', '8.28', '0', '3e-05']
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return [_rounded(value, _decimals(largest)) for value in values]


def _decimals(size: float) -> int:
    if not 0.0 < size < math.inf:
        return 0
    return max(0, 3 - math.floor(math.log10(size)))


def _rounded(value: float, decimals: int) -> str:
    if not math.isfinite(value):
        return "-"
    if value == 0.0:
        return "0"
    if abs(value) >= 1e9 or abs(value) < max(1e-3, 0.5 * 10.0**-decimals):
        return f"{value:.3g}"
    return f"{value:,.{decimals}f}"
