"""Plots of studies: curves over what is varied, errors on logarithmic axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from geomot.studies.convergence.fits import PARTS, series_of
from geomot.studies.table import Table, printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Paul Tol's scheme "bright", made for lines, and two more.
COLORS = (
    *("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#777777"),
    *("#1a1a1a", "#ee7733"),
)
MARKERS = "osD^vPX*<"
DASHES = ("-", "--", ":")  # of the methods
METHOD_COLORS = {"snr": COLORS[6], "equilibrium": COLORS[7], "optimum": COLORS[5]}
# none of those: one figure has both; servers beyond them have numbers on their curves, too
SERVER_COLORS = tuple(COLORS[k] for k in (0, 3, 2, 1, 4))
KEEP_DASHES = (":", "-.", "--", "-")  # of the dampings
LEAST = 1e-16  # what stands for zero on a logarithmic axis
PANEL = (6.2, 4.6)  # width and height of one plot, inches
LINE = 0.18  # height of a line of a legend below it


def plot_twins(table: Table) -> Figure:
    """Draw times against the number of twins, with what the paper publishes.

    Parameters
    ----------
    table
        What `geomot.studies.twins` returned.
    """
    figure, (axes,) = _figure(1)
    for method, color in METHOD_COLORS.items():
        own = table.where(method=method)
        time = _ms(own.column("time"))
        axes.plot(own.column("twins"), time, marker="o", markersize=4, color=color, label=method)
    known = [
        (count, time)
        for count, time in zip(table.column("twins"), table.column("published"), strict=True)
        if time is not None
    ]
    if known:
        counts, times = zip(*known, strict=True)
        axes.plot(
            counts,
            _ms(times),
            linestyle="none",
            marker="X",
            markersize=10,
            color="#1a1a1a",
            markerfacecolor="none",  # the point computed is seen in it
            label="published in the paper's Fig. 3",
        )
    axes.set(xlabel="number of twins", ylabel="average sub-synchronization time [ms]")
    _finish(figure, table, [axes])
    return figure


def plot_spread(table: Table) -> Figure:
    """Draw times and the twins' densities in the regions against the spread of the sensors.

    Parameters
    ----------
    table
        What `geomot.studies.spread` returned.
    """
    servers = [one for one in table.columns if one.name.startswith("twins at ")]
    many = len(servers) > len(SERVER_COLORS)
    figure, (times, crowds) = _figure(2, below=len(servers) + len(DASHES) if many else 0)
    looks = [_server_look(number) for number in range(len(servers))]
    for (method, color), dash in zip(METHOD_COLORS.items(), DASHES, strict=True):
        own = table.where(method=method)
        spreads = own.column("spread")
        time = _ms(own.column("time"))
        times.plot(spreads, time, dash, marker="o", markersize=4, color=color, label=method)
        for server, look in zip(servers, looks, strict=True):
            crowds.plot(spreads, own.column(server.name), dash, **look)
        crowds.plot([], [], dash, color="#1a1a1a", label=method)
    for server, look in zip(servers, looks, strict=True):  # a label must not begin with a name
        crowds.plot([], [], label=server.name, **look)
    across = "standard deviation of the sensors' density [m]"
    times.set(xlabel=across, ylabel="average sub-synchronization time [ms]")
    crowds.set(xlabel=across, ylabel=f"twins in a region over its size [{printed(servers[0].unit)}]")
    _finish(figure, table, [times, crowds], below=many)
    return figure


def _server_look(number: int) -> dict[str, Any]:
    """Return colour and marker of a server's curves: the colours come again with 1, 2, .. on them."""
    again, color = divmod(number, len(SERVER_COLORS))
    return {"color": SERVER_COLORS[color], "marker": f"${again}$" if again else "", "markersize": 9}


def plot_convergence(table: Table) -> Figure:
    """Draw errors against what controls them, one plot for each part of the study.

    Parameters
    ----------
    table
        What `geomot.studies.convergence` returned.
    """
    every = series_of(table)
    looks = {problem: number for number, problem in enumerate(dict.fromkeys(table.column("problem")))}
    lines = max(Counter(series.part for series in every).values())
    figure, plots = _figure(len(PARTS), columns=2, below=lines)
    for axes, part in zip(plots, PARTS, strict=True):
        own = [series for series in every if series.part == part.name]
        for series in own:
            number = looks[series.problem]
            observed, verdict = series.fitted(part), series.verdict(part)
            curved = series.quantity.endswith("order 2")
            least = series.least_factor(part)
            said = "rounding" if observed is None else f"{part.observed} {observed:.3g}"
            if least is not None:
                said = f"least factor {least:.3g}"
            said += f", {verdict}" if verdict else ""
            axes.plot(
                [control for control, *_ in series.rows],
                [max(error, LEAST) for _, error, *_ in series.rows],
                linestyle="--" if curved else "-",
                marker=MARKERS[number % len(MARKERS)],
                color=COLORS[number % len(COLORS)],
                label=f"{series.problem}{', order 2' if curved else ''} ({series.against}): {said}",
            )
        axes.set(yscale="log", xlabel=part.control, ylabel="error", title=part.name)
        if part.observed in ("order", "share"):
            axes.set(xscale="log")
    _finish(figure, table, plots, below=True)
    return figure


def plot_baseline(table: Table) -> Figure:
    """Draw errors against the time they take, round by round for the raster.

    Parameters
    ----------
    table
        What `geomot.studies.baseline` returned.
    """
    rounds = table.part("baseline-rounds")
    zones = list(dict.fromkeys(table.column("zone")))
    figure, plots = _figure(len(zones))
    for axes, zone in zip(plots, zones, strict=True):
        own = rounds.where(zone=zone)
        _draw_rasters(axes, own.where(method="raster"), "²" if zone == "planar" else "³")
        ours = own.where(method="geomot")
        axes.plot(
            ours.column("time"),
            np.maximum(ours.column("error"), LEAST),
            linestyle="none",
            marker="X",
            markersize=9,
            color="#1a1a1a",
            label="geomot, one mark for each tolerance",
        )
        axes.set(xscale="log", yscale="log", title=str(zone))
        axes.set(xlabel="processor time [s]", ylabel="largest error of a share of the sensors")
    _finish(figure, table, plots)
    return figure


def _draw_rasters(axes: Axes, rounds: Table, power: str) -> None:
    """Draw the rounds of rasters, a colour for each size and a dash for each damping."""
    keeps = sorted(set(rounds.column("keep")))
    for number, size in enumerate(dict.fromkeys(rounds.column("size"))):
        for keep, dash in zip(keeps, KEEP_DASHES, strict=True):
            curve = rounds.where(size=size, keep=keep)
            axes.plot(
                curve.column("time"),
                curve.column("error"),
                linestyle=dash,
                color=COLORS[number % len(COLORS)],
                label=f"raster {size}{power}" if keep == keeps[-1] else None,
            )
    for keep, dash in zip(keeps, KEEP_DASHES, strict=True):
        how = "as printed" if keep == 0.0 else f"{keep:g} of the old kept"
        axes.plot([], [], linestyle=dash, color=COLORS[6], label=how)


def _figure(count: int, columns: int | None = None, below: int = 0) -> tuple[Figure, list[Axes]]:
    """Return a figure of its own, not known to pyplot, and its plots, with lines below each."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = min(count, columns or count)
    down = -(-count // across)
    figure = Figure(figsize=(PANEL[0] * across, (PANEL[1] + LINE * below) * down + 0.4))
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained")
    plots = list(figure.subplots(down, across, squeeze=False).ravel())
    for axes in plots[count:]:
        axes.set_axis_off()
    return figure, plots[:count]


def _finish(figure: Figure, table: Table, plots: Sequence[Axes], *, below: bool = False) -> None:
    """Add grids, legends and the title."""
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (-0.16, -0.13)} if below else {}
    for axes in plots:
        axes.grid(visible=True, linewidth=0.4, alpha=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        for text in axes.legend(fontsize=8, frameon=False, **place).get_texts():
            text.set_parse_math(False)  # names and titles are the user's
    figure.suptitle(table.title, fontsize=12, parse_math=False)


def _ms(seconds: Sequence[float]) -> np.ndarray:
    return 1e3 * np.asarray(seconds)
