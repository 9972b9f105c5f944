"""The regions of a solution in space, twice: moved apart, and in place with a corner cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geomot.geometry.simplices import Floats, Ints
from geomot.plotting.colors import INK
from geomot.plotting.panels import (
    LONGEST,
    NEARER,
    VIEW,
    Room,
    add_panel,
    frame_of,
    label_metres,
    projected,
    shape_of,
)
from geomot.plotting.scene import Scene
from geomot.plotting.sight import Sight, sight_of
from geomot.plotting.text import LABELLED, REACH, caption, heading
from geomot.plotting.views import cut_away, exploded
from geomot.scenario import Solution

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from mpl_toolkits.mplot3d.axes3d import Axes3D

WIDTH, TALLEST, LOWEST = 15.0, 10.0, 5.5  # inches
LEFT, RIGHT = Room(0.12, 0.14, 0.48, 0.9), Room(0.61, 0.2, 0.9, 0.88)
BELOW = 0.085  # height of the views' captions
GAP, LINE = 0.015, 0.4  # beside the labels, as a share of the width; from one to the next, inches
GREY = "#999999"


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
    shape = max(shape_of(moved, scale, LEFT), shape_of(opened, scale, RIGHT))
    figure = Figure(figsize=(WIDTH, float(np.clip(WIDTH * shape, LOWEST, TALLEST))))
    FigureCanvasAgg(figure)
    apart = add_panel(figure, moved, fills, scale, LEFT)
    apart.set_axis_off()
    label_metres(add_panel(figure, opened, fills, scale, RIGHT), scale)
    for room, text in ((LEFT, "moved apart"), (RIGHT, "in place, without the nearest corner")):
        middle = 0.5 * (room.left + room.right)
        figure.text(middle, BELOW, text, horizontalalignment="center", fontsize=10)
    figure.suptitle(heading(solution), fontsize=11, parse_math=False)
    small = moved.refined(scale, LONGEST)
    sight = sight_of(small, frame_of(scale), scale * VIEW, LONGEST)
    entries = _mark(apart, scene, sight)
    figure.legend(handles=entries, loc="lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _mark(axes: Axes3D, scene: Scene, sight: Sight) -> list[Artist]:
    """Mark the servers, grey where the region is empty; few get their name and time."""
    from matplotlib.lines import Line2D

    zone, busy = scene.solution.diagram.zone, scene.busy
    lower, upper = zone.bounds
    reach = REACH * zone.extent
    near = ((scene.positions >= lower - reach) & (scene.positions <= upper + reach)).all(axis=1)
    places = scene.positions + scene.offsets
    fills = np.where(busy, scene.fills, GREY)
    axes.scatter(
        *places[near].T,
        marker="^",
        s=90.0,
        c=fills[near],
        edgecolors=INK,
        depthshade=False,
        zorder=7,
        clip_on=False,
    )
    if len(places) <= LABELLED:
        spots = np.array([sight.anchor(server, place) for server, place in enumerate(places)])
        _label(axes, scene, np.flatnonzero(near), projected(axes, spots), fills.tolist())
    shown = (
        (busy & near, "none", "server, in the colour of its region"),
        (~busy & near, GREY, "server without sensors"),
    )
    return [
        Line2D(
            [],
            [],
            marker="^",
            markersize=9.0,
            markeredgecolor=INK,
            color=color,
            linestyle="none",
            label=text,
        )
        for rows, color, text in shown
        if rows.any()
    ]


def _label(axes: Axes3D, scene: Scene, rows: Ints, where: Floats, fills: list[str]) -> None:
    """Write names and times to the left and to the right, with lines to the regions in sight."""
    if not len(rows):
        return
    line = LINE / float(axes.figure.get_figheight())
    middle = np.median(where[rows, 0])
    for side, column in (("right", LEFT.left - GAP), ("left", LEFT.right + GAP)):
        chosen = rows[(where[rows, 0] <= middle) == (side == "right")]
        chosen = chosen[np.argsort(where[chosen, 1], kind="stable")]
        for server, height in zip(chosen, _apart(where[chosen, 1], line), strict=True):
            axes.annotate(
                caption(scene.solution.servers[server]),
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
                arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.7, "shrinkB": 5.0},
                zorder=6,
            )


def _apart(heights: Floats, line: float) -> Floats:
    """Return ascending heights moved so far that labels do not overlap."""
    steps = line * np.arange(len(heights))
    base = np.maximum.accumulate(heights - steps)
    room = max(LEFT.size[1] - steps.max(initial=0.0), 0.0)
    return np.asarray(np.clip(base, LEFT.low, LEFT.low + room) + steps)
