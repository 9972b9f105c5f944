"""The result of `geomot solve` for people to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from geomot.export.text import printable
from geomot.plotting.numerals import aligned, number, time_unit
from geomot.plotting.text import outcome, times

if TYPE_CHECKING:
    from rich.table import Table

    from geomot.scenario import Solution
    from geomot.scenario.solution import HostingResult

__all__ = ["MEASURES", "number", "print_solution", "summary_lines"]

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
    if outcome(solution):
        heading = f"{heading}: {outcome(solution)}"
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
    seconds, unit = times(solution)
    columns = {
        "sensors\n%": aligned([100.0 * server.mass for server in servers]),
        "\n".join(MEASURES[solution.diagram.zone.dimension]): aligned(
            [server.measure for server in servers]
        ),
        "rendering\nGHz": _left([server.render_compute for server in servers]),
        "twin compute\nGHz": aligned([1e-9 * server.twin_compute for server in servers]),
        "twins": aligned([server.twins for server in servers]),
        f"sub-sync time\n{unit}": seconds,
    }
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for server, *cells in zip(servers, *columns.values(), strict=True):
        # Text, since rich would read [..] in a name as markup
        table.add_row(Text(printable(server.name)), *cells)
    return table


def _left(compute: Sequence[float]) -> list[str]:
    """Return the compute for rendering, GHz, where twins leave any."""
    cells = aligned([1e-9 * value if value > 0.0 else math.nan for value in compute])
    return ["none left" if value <= 0.0 else cell for value, cell in zip(compute, cells, strict=True)]


def _hosted(hosting: HostingResult, count: float, unit: str) -> str:
    """Return how twins given one by one are hosted."""
    if hosting.kind == "free":
        if hosting.gap is None or hosting.relaxation_gap is None:
            return "may be hosted anywhere; no way was found"
        least, divided = (_part(gap) for gap in (hosting.gap, hosting.relaxation_gap))
        return (
            f"hosted anywhere; of what this decides at these regions at most {least} above the least, "
            f"{divided} above that of divided twins"
        )
    if not hosting.shared:
        return "each hosted where it stands"
    average = f"{number(count * hosting.shared_average)} {unit}"
    return f"each hosted where it stands; {hosting.shared} on interfaces, {average} were they shared"


def _part(gap: float) -> str:
    return f"{gap:.1g}" if gap > 1e-9 else "0"


def summary_lines(solution: Solution) -> dict[str, str]:
    """Return what stands below the table, by its heading.

    Parameters
    ----------
    solution
        The solution.
    """
    average, error = solution.average_sub_synchronization_time, solution.average_error
    unit, count = time_unit(average)
    known = f"{number(count * average)} {unit} ± {count * error:.0e} {unit}"
    lines = {
        "average sub-synchronization time": known if math.isfinite(average) else "-",
        "status": str(solution.status),
    }
    equilibrium = solution.equilibrium_average
    if equilibrium is not None and math.isfinite(average):
        more = equilibrium / average - 1.0
        clear = abs(more) > solution.scenario.solver.tolerance
        beside = f"{100.0 * more:.2g} % more" if clear else "the same within the tolerance"
        lines["in equilibrium"] = f"{number(count * equilibrium)} {unit}, {beside}"
    if len(solution.starts) > 1:
        each = ", ".join(number(count * start) for start in solution.starts)
        lines["from each start"] = f"{each} {unit}"
    if solution.hosting is not None:
        lines["twins"] = _hosted(solution.hosting, count, unit)
    if solution.residual is not None and solution.relative_residual is not None:
        relative = f" ({solution.relative_residual:.1e} relative)"
        lines["residual"] = f"{solution.residual:.1e}" + relative * math.isfinite(
            solution.relative_residual
        )
        lines["iterations"] = str(solution.iterations)
    if solution.status == "converged" and solution.message:
        lines["note"] = printable(solution.message)
    lines["time"] = f"{solution.seconds['total']:.2f} s"
    return lines
