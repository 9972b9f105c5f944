"""Bodies on axes in space: drawn without perspective, what is behind first, as large as there is room.

The viewer and the light stand still: the light shines over the viewer's left shoulder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geomot.export.colors import rgb
from geomot.geometry.simplices import Floats
from geomot.plotting.body import Body
from geomot.plotting.colors import INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mpl_toolkits.mplot3d.axes3d import Axes3D

ELEVATION, AZIMUTH = 24.0, -56.0  # degrees, of the viewer
_UP, _AROUND = np.radians([ELEVATION, AZIMUTH])
VIEW = np.array([np.cos(_UP) * np.cos(_AROUND), np.cos(_UP) * np.sin(_AROUND), np.sin(_UP)])
ACROSS = np.array([-np.sin(_AROUND), np.cos(_AROUND), 0.0])
NEARER = np.sign(VIEW)  # the octant that faces the viewer
LIGHT = np.array([0.25, -0.55, 0.8]) / np.linalg.norm([0.25, -0.55, 0.8])
SHADOW = 0.6  # brightness of what is turned away from the light
LONGEST = 0.02  # longest side of a drawn triangle, as a share of the longest side of the box
LIFT = 0.01  # how far lines stand out toward the viewer, as such a share


@dataclass(frozen=True)
class Room:
    """A part of a figure, as shares of its width and height."""

    left: float
    low: float
    right: float
    high: float

    @property
    def corner(self) -> Floats:
        """The lower left corner, ``(2,)``."""
        return np.array([self.left, self.low])

    @property
    def size(self) -> Floats:
        """Width and height, ``(2,)``."""
        return np.array([self.right - self.left, self.high - self.low])


def frame_of(scale: Floats) -> Floats:
    """Return the directions across and up the picture, ``(3, 2)``, per metre.

    Parameters
    ----------
    scale
        ``(3,)`` drawn length per metre along each axis.
    """
    return np.asarray(scale[:, None] * np.column_stack([ACROSS, np.cross(VIEW, ACROSS)]))


def shape_of(body: Body, scale: Floats, room: Room) -> float:
    """Return the height of a figure, as a share of its width, in which a body fills its room.

    Parameters
    ----------
    body
        The body.
    scale
        ``(3,)`` drawn length per metre along each axis.
    room
        The room.
    """
    wide, tall = np.ptp(body.corners.reshape(-1, 3) @ frame_of(scale), axis=0)
    return float(tall / wide * room.size[0] / room.size[1])


def add_panel(figure: Figure, body: Body, fills: Sequence[str], scale: Floats, room: Room) -> Axes3D:
    """Draw a body in its room and return the axes.

    Parameters
    ----------
    figure
        The figure.
    body
        The body.
    fills
        A colour for each of its cells.
    scale
        ``(3,)`` drawn length per metre along each axis.
    room
        The room.
    """
    from mpl_toolkits.mplot3d.axes3d import Axes3D

    axes = Axes3D(figure, rect=(*room.corner, *room.size), computed_zorder=False)
    figure.add_axes(axes)
    axes.view_init(ELEVATION, AZIMUTH)
    axes.set_proj_type("ortho")
    points = body.corners.reshape(-1, 3)
    lower, upper = points.min(axis=0), points.max(axis=0)
    axes.set(xlim=(lower[0], upper[0]), ylim=(lower[1], upper[1]), zlim=(lower[2], upper[2]))
    box = tuple((upper - lower) * scale)
    axes.set_box_aspect(box)
    zoom = float((room.size / np.ptp(projected(axes, points), axis=0)).min())
    axes.set_box_aspect(box, zoom=zoom)
    where = projected(axes, points)
    away = room.corner + 0.5 * (room.size - where.min(axis=0) - where.max(axis=0))
    axes.set_position((*(room.corner + away), *room.size))
    _draw(axes, body, fills, scale)
    return axes


def projected(axes: Axes3D, points: Floats) -> Floats:
    """Return where points appear, ``(n, 2)``, as shares of the figure.

    Parameters
    ----------
    axes
        The axes.
    points
        ``(n, 3)``, metres.
    """
    from mpl_toolkits.mplot3d.proj3d import proj_transform

    axes.apply_aspect()
    across, up, _ = proj_transform(*points.T, axes.get_proj())
    pixels = axes.transData.transform(np.column_stack([across, up]))
    return np.asarray(axes.figure.transFigure.inverted().transform(pixels))


def label_metres(axes: Axes3D, scale: Floats) -> None:
    """Label the axes in metres; those that are not drawn to scale say so.

    Parameters
    ----------
    axes
        The axes.
    scale
        ``(3,)`` drawn length per metre along each axis.
    """
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    stretched = scale > (1.0 + 1e-9) * scale.min()
    for k, axis in enumerate((axes.xaxis, axes.yaxis, axes.zaxis)):
        axis.set_label_text(f"{'xyz'[k]} [m]" + " (stretched)" * bool(stretched[k]), fontsize=9)
        axis.labelpad = 4.0 if k < 2 else -4.0
        axis.set_pane_color((1.0, 1.0, 1.0, 0.0))
        axis.set_tick_params(labelsize=8, pad=0)
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(StrMethodFormatter("{x:.6g}"))
    axes.grid(False)


def _draw(axes: Axes3D, body: Body, fills: Sequence[str], scale: Floats) -> None:
    from matplotlib.colors import to_rgb
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    body = body.refined(scale, LONGEST)
    normals = body.normals.mean(axis=1) / scale
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals /= np.where(lengths > 0.0, lengths, 1.0)
    seen = normals @ VIEW > 0.0
    bright = SHADOW + (1.0 - SHADOW) * np.clip(normals[seen] @ LIGHT, 0.0, None)
    colors = np.array([rgb(fill) for fill in fills])[body.cells[seen]] / 255.0 * bright[:, None]
    lines = body.lines + LIFT * VIEW / scale
    paint = np.concatenate([colors, np.broadcast_to(to_rgb(INK), (len(lines), 3))])
    axes.add_collection3d(
        Poly3DCollection(  # lines as flat triangles: one collection, or they would not hide
            np.concatenate([body.corners[seen], lines[:, [0, 1, 1]]]),
            facecolors=paint,
            edgecolors=paint,
            linewidths=0.6,
            clip_on=False,
        )
    )
