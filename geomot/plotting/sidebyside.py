"""Partitions of one planar zone side by side, in the same colours and to the same scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from geomot.appearance.colors import spread_fills, touching
from geomot.geometry import Zone
from geomot.kernels.simplices import Floats
from geomot.plotting.fields import Field
from geomot.plotting.maps import dots, fill, frame, mark, outline, path_of, shade
from geomot.scenario import ServerResult

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from shapely.geometry.base import BaseGeometry

WIDTH, LOWEST, TALLEST = 5.0, 4.8, 8.0  # of a panel and of the figure, inches
BESIDE = ((-10.0, "top"), (10.0, "bottom"))  # captions below or above a server, points
PADDING = 5.0  # around a caption, pixels


@dataclass(frozen=True, eq=False)
class Panel:
    """One partition.

    Parameters
    ----------
    title
        What is said above it.
    polygons
        The regions, metres.
    servers
        One entry per server.
    average_sub_synchronization_time
        Eq. 9a, s.
    """

    title: str
    polygons: Sequence[BaseGeometry]
    servers: tuple[ServerResult, ...]
    average_sub_synchronization_time: float


def plot_side_by_side(
    panels: Sequence[Panel],
    title: str,
    zone: Zone,
    positions: Floats,
    sensors: Field,
    twins: Floats,
) -> Figure:
    """Draw partitions beside each other.

    Parameters
    ----------
    panels
        The partitions; a server has the same colour in all of them.
    title
        What is said above all of them.
    zone
        The zone, planar.
    positions
        ``(B, 2)`` where the servers are, metres.
    sensors
        The density of the sensors.
    twins
        ``(K, 2)`` where twins are, metres.

    Returns
    -------
    A figure of its own, not known to pyplot.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lower, upper = zone.bounds
    aspect = float((upper - lower)[1] / (upper - lower)[0])
    height = min(max(1.7 + 0.85 * WIDTH * aspect, LOWEST), TALLEST)
    figure = Figure(figsize=(WIDTH * len(panels) + 0.8, height))
    canvas = FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained")
    row = list(figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0])
    fills = spread_fills(len(positions), lambda: _beside(panels))
    for axes, panel in zip(row, panels, strict=True):
        whole = [path_of(polygon) for polygon in panel.polygons if not polygon.is_empty]
        fill(axes, panel.polygons, fills)
        if not sensors.is_flat:
            shade(axes, sensors, whole, row if axes is row[-1] else [])
        entries = dots(axes, twins) + outline(axes, whole) + mark(axes, panel, positions, fills)
        frame(axes, zone, positions)
        axes.set_title(panel.title, fontsize=10, parse_math=False)
        axes.label_outer()
    figure.suptitle(title, fontsize=12, parse_math=False)
    figure.legend(
        handles=entries, loc="outside lower center", ncols=len(entries), frameon=False, fontsize=9
    )
    renderer: RendererBase = canvas.get_renderer()  # type: ignore[no-untyped-call]
    figure.draw_without_rendering()  # the layout decides where captions are
    for captions in zip(*(axes.texts for axes in row), strict=True):
        hidden = [_hidden(captions, beside, twins, renderer) for beside in BESIDE]
        _move(captions, BESIDE[hidden.index(min(hidden))])
    return figure


def _beside(panels: Sequence[Panel]) -> list[list[int]]:
    """Return for each server those whose regions are beside its own in any partition."""
    every = zip(*(touching(panel.polygons) for panel in panels), strict=True)
    return [[*chain.from_iterable(others)] for others in every]


def _hidden(
    captions: Sequence[Text], beside: tuple[float, str], twins: Floats, renderer: RendererBase
) -> int:
    """Return how many twins a server's captions in all panels hide on one side of it."""
    _move(captions, beside)
    return sum(
        caption.get_window_extent(renderer).padded(PADDING).count_contains(places)
        for caption in captions
        if caption.axes is not None
        for places in [caption.axes.transData.transform(twins)]
    )


def _move(captions: Sequence[Text], beside: tuple[float, str]) -> None:
    away, anchor = beside
    for caption in captions:
        caption.set(position=(0.0, away), verticalalignment=anchor)
