"""What is seen of a body from one direction, dot by dot: the nearest face hides the others.

Nothing is sorted, so faces and lines are right however close they come to each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geomot.kernels.simplices import Floats, Ints
from geomot.plotting.body import Body

LIFT = 0.006  # how far lines stand out toward the viewer from the faces beside them, drawn lengths
RADIUS = 2.5  # half the width of lines, in dots
MOST = 0.75  # share of the dots around a point in which a region is what is seen there
STRIDE = 4  # dots looked at for the widest place
ROUNDING = 1e-9  # dots on the side of two faces belong to both


@dataclass(frozen=True, eq=False)
class Raster:
    """A grid of square dots over a picture and the face that is seen in each.

    Parameters
    ----------
    body
        What is seen.
    frame
        ``(3, 3)`` directions across and up the picture and toward the viewer, per metre, as columns.
    lower
        ``(2,)`` lower left corner of the grid, in the picture's lengths.
    width
        Width of the dots.
    faces
        ``(nx, ny)`` the face seen in each dot, -1 for none.
    depths
        ``(nx, ny)`` how near to the viewer it is there, minus infinity for none.
    """

    body: Body
    frame: Floats
    lower: Floats
    width: float
    faces: Ints
    depths: Floats

    @cached_property
    def cells(self) -> Ints:
        """The region seen in each dot, ``(nx, ny)``, -1 for none."""
        return np.append(self.body.cells, -1)[self.faces]

    @property
    def upper(self) -> Floats:
        """Upper right corner of the grid, ``(2,)``."""
        return self.lower + self.width * np.array(self.faces.shape)

    def dots(self, points: Floats) -> Ints:
        """Return the dots ``(n, 2)`` in which points ``(n, 3)`` appear; they may be outside."""
        flat = points @ self.frame[:, :2]
        return np.floor((flat - self.lower) / self.width).astype(np.int64)

    def shows(self, cell: int, point: Floats, reach: float) -> bool:
        """Return whether a region is most of what is seen around a point ``(3,)``.

        Parameters
        ----------
        cell
            The region.
        point
            The point, metres.
        reach
            How far around, in the picture's lengths.
        """
        low, high = self.dots(point[None])[0] + int(reach / self.width) * np.array([[-1], [1]])
        if (low < 0).any() or (high >= self.faces.shape).any():
            return False
        around = self.cells[low[0] : high[0] + 1, low[1] : high[1] + 1]
        return bool((around == cell).mean() > MOST)

    def anchor(self, cell: int) -> Floats | None:
        """Return where in the picture ``(2,)`` a region is widest, or None where it is out of sight."""
        from scipy.ndimage import distance_transform_edt

        seen = np.pad(self.cells[::STRIDE, ::STRIDE] == cell, 1)
        if not seen.any():
            return None
        room = distance_transform_edt(seen)[1:-1, 1:-1]
        dot = STRIDE * np.array(np.unravel_index(room.argmax(), room.shape))
        return np.asarray(self.lower + self.width * (dot + 0.5))

    def spread(self, values: Floats) -> Floats:
        """Return in the dots what has values ``(n, 3)`` at the corners of the faces."""
        corners = self.body.corners @ self.frame[:, :2]
        flat = np.abs(_areas(corners)) > 0.0
        matrix = np.concatenate([np.ones((len(corners), 3, 1)), corners], axis=2)
        parts = np.zeros((len(corners), 3))
        parts[flat] = np.linalg.solve(matrix[flat], values[flat, :, None])[:, :, 0]
        x, y = (
            low + self.width * (np.arange(count) + 0.5)
            for low, count in zip(self.lower, self.faces.shape, strict=True)
        )
        level, across, up = parts.T
        return np.asarray(level[self.faces] + across[self.faces] * x[:, None] + up[self.faces] * y)

    def ink(self) -> np.ndarray:
        """Return the dots that lines in sight cover, and those where one region ends, ``(nx, ny)``."""
        from scipy.ndimage import binary_dilation

        cells = np.pad(self.cells, 1, constant_values=-1)
        marked = np.zeros(cells.shape, dtype=bool)
        marked[:-1] |= cells[:-1] != cells[1:]
        marked[:, :-1] |= cells[:, :-1] != cells[:, 1:]
        marked = marked[1:-1, 1:-1]
        points = _along(self.body.lines, self.frame, self.width)
        dots = np.clip(self.dots(points), 0, np.array(self.faces.shape) - 1)
        near = points @ self.frame[:, 2] + LIFT >= self.depths[tuple(dots.T)]
        marked[tuple(dots[near].T)] = True
        reach = np.arange(-int(RADIUS), int(RADIUS) + 1)
        return np.asarray(
            binary_dilation(marked, np.hypot(reach[:, None], reach) <= RADIUS), dtype=bool
        )


def rasterized(body: Body, frame: Floats, width: float) -> Raster:
    """Return what is seen of a body.

    Parameters
    ----------
    body
        The body.
    frame
        ``(3, 3)`` directions across and up the picture and toward the viewer, per metre, as columns.
    width
        Width of the dots, in the picture's lengths.

    Examples
    --------
    >>> near = np.array([[[0.0, 0, 1], [1, 0, 1], [0, 1, 1]]])
    >>> both = np.concatenate([near, 2.0 * near * [1, 1, 0]])
    >>> body = Body(both, np.zeros_like(both), np.array([7, 8]), np.empty((0, 2, 3)))
    >>> raster = rasterized(body, np.eye(3), 0.25)
    >>> raster.cells[raster.cells[:, 4] >= 0, 4].tolist()
    [7, 7, 7, 7, 8, 8, 8, 8]
    """
    corners = body.corners @ frame
    edge = width * (1.0 + RADIUS)  # lines need it
    lower = corners[:, :, :2].min(axis=(0, 1)) - edge
    size = np.ceil((corners[:, :, :2].max(axis=(0, 1)) + edge - lower) / width).astype(int)
    corners = np.concatenate([(corners[:, :, :2] - lower) / width - 0.5, corners[:, :, 2:]], axis=2)
    faces = np.full(size, -1)
    depths = np.full(size, -np.inf)
    first = np.ceil(corners[:, :, :2].min(axis=1)).astype(int)
    last = np.floor(corners[:, :, :2].max(axis=1)).astype(int) + 1
    area = _areas(corners[:, :, :2])
    for face in np.flatnonzero((first < last).all(axis=1) & (area != 0.0)):
        (i, j), (k, m) = first[face], last[face]
        a, b, c = corners[face]
        x, y = np.arange(i, k)[:, None], np.arange(j, m)
        one = ((b[0] - x) * (c[1] - y) - (b[1] - y) * (c[0] - x)) / area[face]
        other = ((c[0] - x) * (a[1] - y) - (c[1] - y) * (a[0] - x)) / area[face]
        rest = 1.0 - one - other
        depth = one * a[2] + other * b[2] + rest * c[2]
        inside = np.minimum(np.minimum(one, other), rest) >= -ROUNDING
        front = inside & (depth > depths[i:k, j:m])
        depths[i:k, j:m][front] = depth[front]
        faces[i:k, j:m][front] = face
    return Raster(body, frame, lower, width, faces, depths)


def _areas(corners: Floats) -> Floats:
    """Return twice the areas of triangles ``(n, 3, 2)``."""
    (x, y), (u, v) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    return np.asarray(x * v - y * u)


def _along(lines: Floats, frame: Floats, width: float) -> Floats:
    """Return points on lines, ``(n, 3)``, no dot apart."""
    first, last = np.moveaxis(lines, 1, 0)
    lengths = np.linalg.norm((last - first) @ frame[:, :2], axis=1)
    counts = np.ceil(lengths / width).astype(int) + 1
    rows = np.repeat(np.arange(len(lines)), counts)
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    shares = steps / np.maximum(counts[rows] - 1, 1)
    return np.asarray(first[rows] + shares[:, None] * (last - first)[rows])
