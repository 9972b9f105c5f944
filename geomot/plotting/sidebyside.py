"""Partitions of one planar zone side by side, in the same colours and to the same scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geomot.geometry import Zone
from geomot.geometry.simplices import Floats
from geomot.plotting.colors import distinct_fills
from geomot.plotting.fields import Field
from geomot.plotting.maps import dots, fill, frame, mark, outline, path_of, shade
from geomot.scenario import ServerResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from shapely.geometry.base import BaseGeometry

WIDTH, LOWEST, TALLEST = 5.0, 4.8, 8.0  # of a panel and of the figure, inches


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
        The partitions; the first one decides the colours of all.
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
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained")
    row = list(figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0])
    fills = distinct_fills(panels[0].polygons)
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
    return figure
