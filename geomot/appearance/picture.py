"""Small pictures for notebooks: polygons as they are, surfaces seen from above at an angle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from geomot.appearance.colors import FILLS, rgb
from geomot.kernels.simplices import Floats, triangle_normals

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

PIXELS = 320.0  # the larger side
MARGIN = 4.0  # pixels around
INK = "#1a1a1a"
MOST = 20_000  # triangles in a picture: a browser draws no more in a moment
TURN, TILT = np.radians(30.0), np.radians(30.0)  # of the view around z, and from the horizon
LIGHT = np.array([0.3, -0.5, 0.8]) / np.linalg.norm([0.3, -0.5, 0.8])


def flat_picture(
    cells: Sequence[tuple[int, BaseGeometry]], names: Sequence[str] = (), fills: Sequence[str] = FILLS
) -> str:
    """Return polygons as SVG.

    Parameters
    ----------
    cells
        Number and polygon of each.
    names
        What each is called, by number; its number if not given.
    fills
        The colour of each, by number.

    Examples
    --------
    >>> import shapely
    >>> flat_picture([(0, shapely.box(0, 0, 2, 1))]).count("<path")
    1
    """
    import shapely

    polygons = [polygon for _, polygon in cells]
    low, scale, size = _frame(shapely.get_coordinates(polygons))
    thin = shapely.simplify(polygons, 0.05 / scale)
    paths = []
    for (number, _), polygon in zip(cells, thin, strict=True):
        rings = [
            "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in _placed(points, low, scale, size)) + "Z"
            for part in shapely.get_parts(polygon)
            if not part.is_empty
            for ring in (part.exterior, *part.interiors)
            for points in [shapely.get_coordinates(ring)[:-1]]
        ]
        name = names[number] if names else str(number)
        fill = fills[number % len(fills)]
        paths.append(f'<path fill="{fill}" d="{"".join(rings)}"><title>{escape(name)}</title></path>')
    return _svg(size, paths, 0.75)


def solid_picture(
    faces: Sequence[tuple[int, Floats]], names: Sequence[str] = (), fills: Sequence[str] = FILLS
) -> str:
    """Return surfaces as SVG: the faces turned to the viewer, far ones first.

    Parameters
    ----------
    faces
        For each cell its number and those of its triangles that may be seen, ``(f, 3, 3)``, metres.
    names
        What each is called, by number; its number if not given.
    fills
        The colour of each, by number.

    Examples
    --------
    >>> from geomot import Zone
    >>> surface = Zone.box([0, 0, 0], [1, 1, 1]).to_trimesh()
    >>> solid_picture([(0, surface.vertices[surface.faces])]).count("<path")
    24
    """
    turn, tilt = (np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in (TURN, TILT))
    forward = np.array([-turn[1, 0] * tilt[0, 0], -turn[0, 0] * tilt[0, 0], tilt[1, 0]])
    right = np.array([turn[0, 0], -turn[1, 0], 0.0])
    view = np.stack([right, np.cross(forward, right)])
    corners = np.concatenate([np.empty((0, 3, 3)), *(each for _, each in faces)])
    owners = np.repeat([n for n, _ in faces], [len(each) for _, each in faces])
    normals = triangle_normals(corners)
    facing = np.flatnonzero(normals @ forward > 1e-9)
    order = facing[np.argsort((corners[facing] @ forward).mean(axis=1), kind="stable")][-MOST:]
    flat = corners[order] @ view.T
    low, scale, size = _frame(corners.reshape(-1, 3) @ view.T)
    shades = 0.75 + 0.25 * np.clip(normals[order] @ LIGHT, 0.0, 1.0)
    paths = []
    for triangle, number, shade in zip(flat, owners[order], shades, strict=True):
        color = "#" + "".join(f"{int(shade * c):02x}" for c in rgb(fills[number % len(fills)]))
        points = "L".join(f"{x:.2f} {y:.2f}" for x, y in _placed(triangle, low, scale, size))
        name = names[number] if names else str(number)
        paths.append(
            f'<path fill="{color}" stroke="{color}" d="M{points}Z"><title>{escape(name)}</title></path>'
        )
    return _svg(size, paths, 0.5)


def page(picture: str, caption: str, rows: str = "") -> str:
    """Return a picture with text below it as HTML.

    Parameters
    ----------
    picture
        SVG.
    caption
        Text.
    rows
        HTML that goes below.
    """
    return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption>{rows}</figure>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as HTML, the first column text, the others numbers.

    Examples
    --------
    >>> table(["a"], [["<b>"]])
    '<table><tr><th>a</th></tr><tr><td>&lt;b&gt;</td></tr></table>'
    """
    lines = ["".join(f"<th>{escape(cell)}</th>" for cell in head)]
    lines += ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    return "<table>{}</table>".format("".join(f"<tr>{line}</tr>" for line in lines))


def _frame(points: Floats) -> tuple[Floats, float, Floats]:
    """Return the lower corner, pixels for a metre, and the width and height of a picture."""
    if len(points) == 0:
        return np.zeros(2), 1.0, np.full(2, 2.0 * MARGIN)
    low, reach = points.min(axis=0), np.ptp(points, axis=0)
    scale = (PIXELS - 2.0 * MARGIN) / float(reach.max())
    return low, scale, scale * reach + 2.0 * MARGIN


def _placed(points: Floats, low: Floats, scale: float, size: Floats) -> Floats:
    """Return points in pixels, y downwards."""
    places = MARGIN + scale * (points - low)
    return np.stack([places[:, 0], size[1] - places[:, 1]], axis=1)


def _svg(size: Floats, paths: Sequence[str], line: float) -> str:
    width, height = size
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
            f' viewBox="0 0 {width:.2f} {height:.2f}">',
            f'<g stroke="{INK}" stroke-width="{line}" stroke-linejoin="round" fill-rule="evenodd">',
            *paths,
            "</g></svg>",
        ]
    )
