"""The files of a study: numbers, settings, pictures and the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from geomot.errors import InvalidArgumentError
from geomot.plotting import encode_png, encode_svg
from geomot.studies.partition import plot_partition
from geomot.studies.plots import plot_baseline, plot_convergence, plot_spread, plot_twins
from geomot.studies.report import encode_report
from geomot.studies.table import Table
from geomot.studies.twins import encode_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLOTS: dict[str, Callable[[Table], Figure]] = {
    "baseline": plot_baseline,
    "convergence": plot_convergence,
    "partition": plot_partition,
    "spread": plot_spread,
    "twins": plot_twins,
}


def study_files(table: Table, folder: Path) -> dict[Path, bytes]:
    """Return the files of a study: what each is to hold, the same bytes for the same table.

    Parameters
    ----------
    table
        What the study returned.
    folder
        Where they go.

    Returns
    -------
    NAME.csv, one more for each part, NAME.json, NAME.png, NAME.svg and report.html; of twins their
    times in Markdown, twins.md.

    Raises
    ------
    InvalidArgumentError
        If the table is not that of a study.

    Examples
    --------
    >>> from geomot.studies.twins import COLUMNS
    >>> row = ("snr", 50.0, "converged", 0.0312, 6e-10, 0.03123, -0.001)
    >>> table = Table("twins", "Times", COLUMNS, (row,))
    >>> [path.name for path in study_files(table, Path("out"))]
    ['twins.csv', 'twins.md', 'twins.json', 'twins.png', 'twins.svg', 'report.html']
    """
    if table.name not in PLOTS:
        raise InvalidArgumentError(
            f"the table {table.name!r} is of no study; expected one of {', '.join(map(repr, PLOTS))}"
        )
    draw = PLOTS[table.name]
    picture = encode_svg(draw(table))  # a figure each: the layout of one that is drawn again moves
    numbers = {folder / f"{one.name}.csv": one.csv() for one in (table, *table.parts)}
    if table.name == "twins":
        numbers[folder / "twins.md"] = encode_times(table)
    return {
        **numbers,
        folder / f"{table.name}.json": table.json(),
        folder / f"{table.name}.png": encode_png(draw(table)),
        folder / f"{table.name}.svg": picture,
        folder / "report.html": encode_report(table, picture),
    }
