"""The regions of a solution in space, twice: moved apart, and in place with a corner cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geomot.kernels.simplices import Floats, Ints
from geomot.plotting.colors import GREY, INK
from geomot.plotting.panels import (
    DPI,
    FINER,
    NEARER,
    Room,
    add_panel,
    box_of,
    label_metres,
    placed,
    projected,
    shape_of,
)
from geomot.plotting.raster import Raster
from geomot.plotting.scene import Scene
from geomot.plotting.text import LABELLED, REACH, captions, heading
from geomot.plotting.views import cut_away, exploded
from geomot.scenario import Solution

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from mpl_toolkits.mplot3d.axes3d import Axes3D

WIDTH, TALLEST = 15.0, 8.5  # of the figure, and of the views in it, inches
TITLE, CAPTION, LEGEND = 0.24, 0.45, 0.45  # heights, the title's of each line, inches
TICKS = 0.15  # height of the numbers below the view on the right, as a share of that of the views
LEFT, RIGHT = (0.12, 0.51), (0.635, 0.9)  # where the views are, as shares of the width
MARK = 9.5  # size of the marks, points
GAP, LINE = 0.015, 0.4  # beside the labels, as a share of the width; from one to the next, inches


def plot_solids(solution: Solution) -> Figure:
    """Draw the regions of a solution in space, moved apart and cut open.

    Parameters
    ----------
    solution
        A solution in a spatial zone.

    Returns
    -------
    A figure of its own, not known to pyplot.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scene = Scene(solution)
    scale, fills = scene.scale, scene.fills
    moved = exploded(scene.patches, scene.offsets)
    opened = cut_away(scene.partition, scene.patches, scene.cut, NEARER)
    bulk, box = moved.corners.reshape(-1, 3), box_of(opened)
    body = _height(scene, shape_of(bulk, scale), shape_of(box, scale))
    title = heading(solution)
    above = TITLE * len(title.splitlines()) + CAPTION
    height = above + body + LEGEND
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    low, high = LEGEND / height, 1.0 - above / height
    left = Room(LEFT[0], low, LEFT[1], high)
    right = Room(RIGHT[0], low + TICKS * body / height, RIGHT[1], high)
    apart, raster = add_panel(figure, moved, fills, scale, left, bulk)
    apart.set_axis_off()
    axes, _ = add_panel(figure, opened, fills, scale, right, box)
    label_metres(axes, scale)
    for room, text in ((left, "moved apart"), (right, "in place, without the nearest corner")):
        middle, line = 0.5 * (room.left + room.right), high + 0.2 / height
        figure.text(middle, line, text, horizontalalignment="center", fontsize=10)
    figure.suptitle(title, y=1.0 - 0.1 / height, fontsize=11, parse_math=False)
    entries = _mark(apart, scene, raster, left)
    figure.legend(handles=entries, loc="lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _height(scene: Scene, left: float, right: float) -> float:
    """Return the height of the views, inches: all of their width is used, and labels have room."""
    count = len(scene.positions)
    labels = LINE * ((count + 1) // 2) if count <= LABELLED else 0.0
    wanted = (
        WIDTH * (LEFT[1] - LEFT[0]) * left,
        WIDTH * (RIGHT[1] - RIGHT[0]) * right / (1.0 - TICKS),
        labels,
    )
    return min(max(wanted), TALLEST)


def _mark(axes: Axes3D, scene: Scene, raster: Raster, room: Room) -> list[Artist]:
    """Mark the servers, grey where the region is empty; few get their name and time.

    Servers are inside their regions, and so behind a surface.  Where that is another region's, a mark
    would seem to stand in it, and there is none.
    """
    from matplotlib.lines import Line2D

    zone, busy = scene.solution.diagram.zone, scene.busy
    lower, upper = zone.bounds
    reach = REACH * zone.extent
    near = ((scene.positions >= lower - reach) & (scene.positions <= upper + reach)).all(axis=1)
    places = scene.positions + scene.offsets
    around = 0.5 * MARK / 72.0 * DPI * FINER * raster.width
    shown = np.array([raster.shows(server, place, around) for server, place in enumerate(places)])
    shown = near & (shown | ~busy)
    fills = np.where(busy, scene.fills, GREY)
    axes.scatter(
        *places[shown].T,
        marker="^",
        s=MARK**2,
        c=fills[shown],
        edgecolors=INK,
        depthshade=False,
        zorder=7,
        clip_on=False,
    )
    if len(places) <= LABELLED:
        ends = _ends(axes, raster, places, shown)
        _label(axes, scene, np.flatnonzero(near), ends, shown, fills.tolist(), room)
    kinds = (
        (busy & shown, "none", "server, in the colour of its region; not where others hide it"),
        (~busy & shown, GREY, "server without sensors"),
    )
    return [
        Line2D(
            [],
            [],
            marker="^",
            markersize=MARK,
            markeredgecolor=INK,
            color=color,
            linestyle="none",
            label=text,
        )
        for rows, color, text in kinds
        if rows.any()
    ]


def _ends(axes: Axes3D, raster: Raster, places: Floats, shown: np.ndarray) -> Floats:
    """Return what labels point at: the mark, or where the region is in sight."""
    ends = projected(axes, places)
    for server in np.flatnonzero(~shown).tolist():
        anchor = raster.anchor(server)
        if anchor is not None:
            ends[server] = placed(axes, raster, anchor[None])[0]
    return ends


def _label(
    axes: Axes3D,
    scene: Scene,
    rows: Ints,
    where: Floats,
    marked: np.ndarray,
    fills: list[str],
    room: Room,
) -> None:
    """Write names and times to the left and to the right, with lines to the regions in sight."""
    if not len(rows):
        return
    from matplotlib.lines import Line2D

    line = LINE / float(axes.figure.get_figheight())
    dots = where[rows[~marked[rows]]].T
    axes.add_artist(
        Line2D(
            *dots,
            linestyle="none",
            marker="o",
            markersize=3.0,
            color=INK,
            transform=axes.figure.transFigure,
            clip_on=False,
            zorder=6,
        )
    )
    texts = captions(scene.solution)
    middle = np.median(where[rows, 0])
    for side, column in (("right", room.left - GAP), ("left", room.right + GAP)):
        chosen = rows[(where[rows, 0] <= middle) == (side == "right")]
        chosen = chosen[np.argsort(where[chosen, 1], kind="stable")]
        for server, height in zip(chosen, _apart(where[chosen, 1], line, room), strict=True):
            axes.annotate(
                texts[server],
                where[server],
                xycoords="figure fraction",
                xytext=(column, height),
                textcoords="figure fraction",
                horizontalalignment=side,
                verticalalignment="center",
                fontsize=9,
                color=INK,
                parse_math=False,
                annotation_clip=False,
                bbox={"boxstyle": "round,pad=0.25", "facecolor": fills[server], "edgecolor": "none"},
                arrowprops={
                    "arrowstyle": "-",
                    "color": INK,
                    "linewidth": 0.7,
                    "shrinkB": 5.0 * marked[server],
                },
                zorder=6,
            )


def _apart(heights: Floats, line: float, room: Room) -> Floats:
    """Return ascending heights moved so far that labels do not overlap."""
    steps = line * np.arange(len(heights))
    base = np.maximum.accumulate(heights - steps)
    free = max(room.size[1] - steps.max(initial=0.0), 0.0)
    return np.asarray(np.clip(base, room.low, room.low + free) + steps)
