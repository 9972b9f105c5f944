"""Pictures of a solution's regions, and their files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from geomot.errors import InvalidArgumentError
from geomot.export.identity import PNG_KEY
from geomot.plotting.maps import plot_map
from geomot.plotting.panels import DPI
from geomot.plotting.solids import plot_solids
from geomot.scenario import Solution

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_regions(solution: Solution) -> Figure:
    """Draw the regions with their servers: a map, or in space two views.

    Parameters
    ----------
    solution
        The solution.

    Returns
    -------
    A figure of its own, not known to pyplot.

    Raises
    ------
    InvalidArgumentError
        If it is no solution.

    Examples
    --------
    >>> import geomot
    >>> figure = plot_regions(geomot.solve(geomot.paper_scenario(), "snr"))
    >>> figure.axes[0].get_xlabel()
    'x [m]'
    """
    if not isinstance(solution, Solution):
        raise InvalidArgumentError(
            f"a picture was asked of a {type(solution).__name__}; expected a Solution: notebooks show "
            "diagrams by themselves, and to_geopandas() or to_pyvista() give them to who plots"
        )
    draw = plot_map if solution.diagram.zone.dimension == 2 else plot_solids
    return draw(solution)


def encode_svg(figure: Figure) -> bytes:
    """Return a figure as SVG, the same bytes for the same figure: no date, no random names.

    Parameters
    ----------
    figure
        The figure.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> encode_svg(Figure(figsize=(1, 1)))[:5]
    b'<?xml'
    """
    import matplotlib

    stream = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "geomot"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def encode_png(figure: Figure, solve: str | None = None) -> bytes:
    """Return a figure as PNG, the same bytes for the same figure.

    Parameters
    ----------
    figure
        The figure.
    solve
        The identifier of the solve that it shows, which becomes a text chunk of the file.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> encode_png(Figure(figsize=(1, 1)))[1:4]
    b'PNG'
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, metadata={} if solve is None else {PNG_KEY: solve})
    return stream.getvalue()
