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
    NAME.csv, one more for each part, NAME.json, NAME.png, NAME.svg and report.html.

    Raises
    ------
    InvalidArgumentError
        If the table is not that of a study.

    Examples
    --------
    >>> from geomot.studies import twins
    >>> [path.name for path in study_files(twins(counts=(50.0, 60.0)), Path("out"))]
    ['twins.csv', 'twins.json', 'twins.png', 'twins.svg', 'report.html']
    """
    if table.name not in PLOTS:
        raise InvalidArgumentError(
            f"the table {table.name!r} is of no study; expected one of {', '.join(map(repr, PLOTS))}"
        )
    figure = PLOTS[table.name](table)
    picture = encode_svg(figure)
    numbers = {folder / f"{one.name}.csv": one.csv() for one in (table, *table.parts)}
    return {
        **numbers,
        folder / f"{table.name}.json": table.json(),
        folder / f"{table.name}.png": encode_png(figure),
        folder / f"{table.name}.svg": picture,
        folder / "report.html": encode_report(table, picture),
    }
