"""Bodies on axes in space: drawn without perspective, as large as there is room.

The viewer and the light stand still: the light shines over the viewer's left shoulder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from geomot.appearance.colors import rgb
from geomot.kernels.simplices import Floats
from geomot.plotting.body import Body
from geomot.plotting.colors import INK
from geomot.plotting.raster import Raster, rasterized

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
DPI = 160
FAR = 1000.0  # lengths of an axis from the origin at which its numbers are too long
FINER = 3  # dots per pixel along each axis


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
    """Return the directions across and up the picture and toward the viewer, ``(3, 3)``, per metre.

    Parameters
    ----------
    scale
        ``(3,)`` drawn length per metre along each axis.
    """
    return np.asarray(scale[:, None] * np.column_stack([ACROSS, np.cross(VIEW, ACROSS), VIEW]))


def box_of(body: Body) -> Floats:
    """Return the corners of the box around a body, ``(8, 3)``: the axes run along its edges.

    Parameters
    ----------
    body
        The body.
    """
    points = body.corners.reshape(-1, 3)
    return np.array([*product(*zip(points.min(axis=0), points.max(axis=0), strict=True))])


def shape_of(points: Floats, scale: Floats) -> float:
    """Return the height in the picture of what is around points, as a share of its width.

    Parameters
    ----------
    points
        ``(n, 3)``, metres.
    scale
        ``(3,)`` drawn length per metre along each axis.
    """
    wide, tall, _ = np.ptp(points @ frame_of(scale), axis=0)
    return float(tall / wide)


def add_panel(
    figure: Figure, body: Body, fills: Sequence[str], scale: Floats, room: Room, inside: Floats
) -> tuple[Axes3D, Raster]:
    """Draw a body in its room and return the axes, and what is seen where.

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
    inside
        ``(n, 3)`` points that are to fill the room, metres: the body's, or those of its box where axes
        are drawn.
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
    zoom = float((room.size / np.ptp(projected(axes, inside), axis=0)).min())
    axes.set_box_aspect(box, zoom=zoom)
    where = projected(axes, inside)
    away = room.corner + 0.5 * (room.size - where.min(axis=0) - where.max(axis=0))
    axes.set_position((*(room.corner + away), *room.size))
    flat = inside @ frame_of(scale)[:, :2]
    pixels = np.ptp(where + away, axis=0) * figure.get_size_inches() * DPI
    raster = rasterized(body, frame_of(scale), float((np.ptp(flat, axis=0) / pixels).max()) / FINER)
    _draw(axes, raster, fills, scale)
    return axes, raster


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

    Far from the origin numbers are too long for an axis: it counts from a round one, which its label
    says.

    Parameters
    ----------
    axes
        The axes.
    scale
        ``(3,)`` drawn length per metre along each axis.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    stretched = scale > (1.0 + 1e-9) * scale.min()
    for k, axis in enumerate((axes.xaxis, axes.yaxis, axes.zaxis)):
        base = _base(*axis.get_view_interval())
        name = "xyz"[k] if base == 0.0 else f"{'xyz'[k]} {'-+'[base < 0.0]} {abs(base):,.0f}"
        axis.set_label_text(f"{name} [m]" + " (stretched)" * bool(stretched[k]), fontsize=9)
        axis.labelpad = 4.0 if k < 2 else -4.0
        axis.set_pane_color((1.0, 1.0, 1.0, 0.0))
        axis.set_tick_params(labelsize=8, pad=0)
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(partial(_counted, base)))
    axes.grid(False)


def _base(low: float, high: float) -> float:
    """Return the round number that an axis counts from: 0, unless that is far from what it shows."""
    if min(abs(low), abs(high)) < FAR * (high - low) or low < 0.0 < high:
        return 0.0
    step = 10.0 ** np.ceil(np.log10(high - low))
    return float(step * np.floor(low / step))


def _counted(base: float, value: float, _: int | None) -> str:
    return f"{value - base:.6g}"


def placed(axes: Axes3D, raster: Raster, flat: Floats) -> Floats:
    """Return where points of a picture appear, ``(n, 2)``, as shares of the figure.

    Parameters
    ----------
    axes
        The axes.
    raster
        What is seen in them.
    flat
        ``(n, 2)`` in the picture's lengths.
    """
    return projected(axes, flat @ np.linalg.pinv(raster.frame[:, :2]))


def _draw(axes: Axes3D, raster: Raster, fills: Sequence[str], scale: Floats) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.image import AxesImage

    normals = raster.body.normals / scale
    lengths = np.linalg.norm(normals, axis=2)
    bright = np.clip(normals @ LIGHT / np.where(lengths > 0.0, lengths, 1.0), 0.0, None)
    bright = raster.spread(SHADOW + (1.0 - SHADOW) * bright)
    paint = np.array([*map(rgb, fills), (255, 255, 255)]) / 255.0  # the last where there is nothing
    seen = raster.cells >= 0
    image = np.empty((*seen.shape, 4), dtype=np.float32)
    image[..., :3] = paint[raster.cells] * np.where(seen, bright, 1.0)[..., None]
    image[..., 3] = seen
    image[raster.ink()] = (*to_rgb(INK), 1.0)
    (left, low), (right, high) = placed(axes, raster, np.stack([raster.lower, raster.upper]))
    picture = AxesImage(axes, extent=(left, right, low, high), origin="lower", clip_on=False)
    picture.set_data(np.clip(image, 0.0, 1.0).transpose(1, 0, 2))
    picture.set_transform(axes.figure.transFigure)
    axes.add_artist(picture)
