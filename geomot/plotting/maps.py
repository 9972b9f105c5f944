"""The regions of a planar solution, as Fig. 2 of the paper shows them.

From back to front: regions as fills, the sensors' density as shading, the twins' density as dashed
contours or twins one by one as dots, the regions' boundaries, the servers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from geomot.geometry import Zone
from geomot.kernels.simplices import Floats
from geomot.plotting.colors import GREY, INK, TWINS
from geomot.plotting.fields import Field, sample
from geomot.plotting.numerals import number
from geomot.plotting.text import LABELLED, REACH, Timed, captions, heading
from geomot.scenario import Solution
from geomot.scenario.build import build_density

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path
    from shapely.geometry.base import BaseGeometry

WIDTH, TALLEST, LOWEST = 8.0, 11.0, 4.5  # inches
MARGIN = 0.02  # around what is shown, as a share of it
FLATTEST, STEEPEST = 0.3, 2.5  # height of the map as a share of its width
CHORD = 1e-4  # chord tolerance, as a share of the zone's extent: below a pixel
GRID = 400  # points of a density along the longer side
LEVELS = 5  # contours
DOT, MANY = 18.0, 200  # area of a twin in points^2, and how many twins get smaller ones


def plot_map(solution: Solution) -> Figure:
    """Draw the regions with servers, sensors and twins.

    Parameters
    ----------
    solution
        A planar solution.

    Returns
    -------
    A figure of its own, not known to pyplot.

    Examples
    --------
    >>> import geomot
    >>> figure = plot_map(geomot.solve(geomot.paper_scenario(), "snr"))
    >>> figure.axes[0].get_xlabel()
    'x [m]'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    zone, scenario = solution.diagram.zone, solution.scenario
    polygons = [region.polygon for region in solution.diagram.polygons(CHORD * zone.extent)]
    lower, upper = zone.bounds
    aspect = float((upper - lower)[1] / (upper - lower)[0])
    figure = Figure(figsize=(WIDTH, float(np.clip(1.6 + 0.78 * WIDTH * aspect, LOWEST, TALLEST))))
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    whole = [path_of(polygon) for polygon in polygons if not polygon.is_empty]
    fills = solution.diagram.fills
    fill(axes, polygons, fills)
    sensors, twins = scenario.sensors, scenario.twins
    shading = sample(build_density(sensors.density), sensors.count, zone, GRID)
    notes: list[str] = []
    entries: list[Artist] = []
    if shading.is_flat:
        notes.append(f"sensors: uniform density, {number(float(shading.values.max()))} per km²")
    else:
        shade(axes, shading, whole, [axes])
    if solution.twins:
        entries += dots(axes, np.array([twin.position for twin in solution.twins]))
    elif twins is not None:
        assert twins.density is not None and twins.count is not None
        contours = sample(build_density(twins.density), twins.count, zone, GRID)
        if contours.is_flat:
            notes.append(f"twins: uniform density, {number(float(contours.values.max()))} per km²")
        else:
            entries += _contour(axes, contours, whole)
    entries += outline(axes, whole)
    positions = np.array([server.position for server in scenario.servers])
    entries += mark(axes, solution, positions, fills)
    frame(axes, zone, positions)
    figure.suptitle(heading(solution), fontsize=11, parse_math=False)
    figure.legend(
        handles=entries,
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize=9,
        handlelength=2.4,
        title="; ".join(notes) or None,
        title_fontsize=9,
    )
    return figure


def path_of(polygon: BaseGeometry) -> Path:
    """Return a polygon with its holes, whose rings run the other way, as one path."""
    import shapely
    from matplotlib.path import Path

    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(polygon)))
    return Path.make_compound_path(
        *(Path(shapely.get_coordinates(ring), closed=True) for ring in rings)
    )


def fill(axes: Axes, polygons: Sequence[BaseGeometry], fills: Sequence[str]) -> None:
    """Fill the regions with their colours."""
    from matplotlib.patches import PathPatch

    for polygon, color in zip(polygons, fills, strict=True):
        if not polygon.is_empty:
            axes.add_patch(PathPatch(path_of(polygon), facecolor=color, alpha=0.6, linewidth=0))


def _clip(axes: Axes, whole: Sequence[Path], *artists: Artist) -> None:
    from matplotlib.path import Path

    for artist in artists:
        artist.set_clip_path(Path.make_compound_path(*whole), axes.transData)


def shade(axes: Axes, field: Field, whole: Sequence[Path], beside: Sequence[Axes]) -> None:
    """Darken where sensors are many, with a colour bar beside some axes, if there are any."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import StrMethodFormatter

    veil = LinearSegmentedColormap.from_list("veil", [(0.0, 0.0, 0.05, 0.0), (0.0, 0.0, 0.05, 0.58)])
    half = 0.5 * (field.x[1] - field.x[0]), 0.5 * (field.y[1] - field.y[0])
    image = axes.imshow(
        field.values,
        extent=(
            field.x[0] - half[0],
            field.x[-1] + half[0],
            field.y[0] - half[1],
            field.y[-1] + half[1],
        ),
        origin="lower",
        cmap=veil,
        vmin=0.0,
        interpolation="bilinear",
        zorder=2,
    )
    _clip(axes, whole, image)
    if not beside:
        return
    bar = axes.figure.colorbar(image, ax=beside, shrink=0.8, aspect=30, pad=0.02)
    bar.set_label("sensors per km²")
    bar.formatter = StrMethodFormatter("{x:,.4g}" if field.values.max() < 10.0 else "{x:,.0f}")
    bar.outline.set_linewidth(0.6)


def dots(axes: Axes, positions: Floats) -> list[Artist]:
    """Mark twins one by one."""
    points = axes.scatter(
        positions[:, 0],
        positions[:, 1],
        marker="o",
        s=DOT if len(positions) <= MANY else 0.3 * DOT,
        c=TWINS,
        edgecolors="white",
        linewidths=0.5,
        zorder=6,
        label=f"twins, {len(positions)} one by one",
    )
    return [points]


def _contour(axes: Axes, field: Field, whole: Sequence[Path]) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patheffects import withStroke

    levels = _round_levels(float(field.values.max()))
    lines = axes.contour(
        field.x,
        field.y,
        field.values,
        levels=levels,
        colors=TWINS,
        linewidths=1.1,
        linestyles=[(0, (4, 1.5))],
        zorder=3,
    )
    lines.set_path_effects([withStroke(linewidth=2.2, foreground="white", alpha=0.45)])
    _clip(axes, whole, lines)
    return [
        Line2D(
            [],
            [],
            color=TWINS,
            linewidth=1.1,
            linestyle=(0, (4, 1.5)),
            label=f"twin density, contours every {levels[0]:,.4g} per km²",
        )
    ]


def _round_levels(top: float) -> Floats:
    """Return a handful of multiples of a round number below the top."""
    from matplotlib.ticker import MaxNLocator

    ticks = np.asarray(MaxNLocator(LEVELS + 1).tick_values(0.0, top))
    return ticks[(ticks > 0.0) & (ticks < top)]


def outline(axes: Axes, whole: Sequence[Path]) -> list[Artist]:
    """Draw the boundaries dark on a light casing, so that they stand out on every shade."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import PathPatch

    crowd = 1.0 if len(whole) <= LABELLED else 0.6
    for color, width, order in (("white", 3.4, 4), (INK, 1.6, 5)):
        for path in whole:
            axes.add_patch(
                PathPatch(
                    path,
                    facecolor="none",
                    edgecolor=color,
                    linewidth=crowd * width,
                    joinstyle="round",
                    zorder=order,
                )
            )
    return [Line2D([], [], color=INK, linewidth=crowd * 1.6, label="boundary of a region")]


def mark(axes: Axes, solution: Timed, positions: Floats, fills: Sequence[str]) -> list[Artist]:
    """Mark the servers; grey where the region is empty; few get their name and time."""
    from matplotlib.lines import Line2D

    few = len(solution.servers) <= LABELLED
    busy = np.array([server.mass > 0.0 for server in solution.servers])
    size = 10.0 if few else 5.5
    axes.scatter(
        positions[:, 0],
        positions[:, 1],
        marker="^",
        s=size**2,
        c=np.where(busy, fills, GREY),
        edgecolors=INK,
        linewidths=1.0 if few else 0.7,
        zorder=7,
    )
    kinds = (
        (busy, "none", "server, in the colour of its region"),
        (~busy, GREY, "server without sensors"),
    )
    entries: list[Artist] = [
        Line2D(
            [],
            [],
            marker="^",
            linestyle="none",
            markeredgecolor=INK,
            color=color,
            markersize=size,
            label=label,
        )
        for rows, color, label in kinds
        if rows.any()
    ]
    if few:
        for text, position in zip(captions(solution), positions, strict=True):
            axes.annotate(
                text,
                position,
                xytext=(0, -10),
                textcoords="offset points",
                horizontalalignment="center",
                verticalalignment="top",
                fontsize=9,
                color=INK,
                parse_math=False,
                bbox={
                    "boxstyle": "round,pad=0.2",
                    "facecolor": "white",
                    "edgecolor": "none",
                    "alpha": 0.75,
                },
                annotation_clip=True,
                zorder=8,
            )
    return entries


def frame(axes: Axes, zone: Zone, positions: Floats) -> None:
    """Set limits and axes, to scale unless the zone is very long."""
    lower, upper = zone.bounds
    reach = REACH * zone.extent
    near = ((positions >= lower - reach) & (positions <= upper + reach)).all(axis=1)
    shown = np.concatenate([[lower, upper], positions[near]])
    low, high = shown.min(axis=0), shown.max(axis=0)
    low, high = low - MARGIN * (high - low), high + MARGIN * (high - low)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="x [m]", ylabel="y [m]")
    shape = float((high - low)[1] / (high - low)[0])
    axes.set_aspect("auto")  # the box decides: to scale where its shape is that of the limits
    axes.set_box_aspect(float(np.clip(shape, FLATTEST, STEEPEST)))
    if not FLATTEST <= shape <= STEEPEST:
        axes.set(xlabel="x [m] (not to the scale of y)")
    axes.ticklabel_format(style="plain", useOffset=False)
    axes.spines[:].set_visible(False)  # the zone's boundary is the frame
