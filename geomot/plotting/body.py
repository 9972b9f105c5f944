"""What a picture of regions in space is made of: faces that know their region, and lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.geometry.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Body:
    """Faces and lines in space.

    Parameters
    ----------
    corners
        ``(n, 3, 3)`` triangles, metres.
    normals
        ``(n, 3, 3)`` outward normals at their corners, of any length.
    cells
        ``(n,)`` the region of each triangle.
    lines
        ``(m, 2, 3)`` ends of the lines, metres.
    """

    corners: Floats
    normals: Floats
    cells: Ints
    lines: Floats

    def refined(self, scale: Floats, longest: float) -> Body:
        """Return the body with triangles and lines halved until none is long: small ones sort by depth.

        Parameters
        ----------
        scale
            ``(3,)`` drawn length per metre along each axis.
        longest
            Largest drawn length.

        Examples
        --------
        >>> square = np.array([[[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]])
        >>> body = Body(square, np.zeros((1, 3, 3)), np.zeros(1, dtype=int), square[:, :2])
        >>> small = body.refined(np.ones(3), 0.8)
        >>> len(small.corners), len(small.lines)
        (4, 2)
        """
        both, cells, lines = (
            np.concatenate([self.corners, self.normals], axis=2),
            self.cells,
            self.lines,
        )
        done: list[tuple[Floats, Ints]] = []
        while len(both):
            sides = np.linalg.norm((np.roll(both, -1, axis=1) - both)[:, :, :3] * scale, axis=2)
            small = sides.max(axis=1) <= longest
            done.append((both[small], cells[small]))
            both, cells, side = both[~small], cells[~small], sides[~small].argmax(axis=1)
            turned = both[np.arange(len(both))[:, None], (side[:, None] + np.arange(3)) % 3]
            a, b, c = np.moveaxis(turned, 1, 0)
            middle = 0.5 * (a + b)
            both = np.concatenate([np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)])
            cells = np.tile(cells, 2)
        whole = np.concatenate([corners for corners, _ in done])
        return Body(
            whole[:, :, :3],
            whole[:, :, 3:],
            np.concatenate([owners for _, owners in done]),
            _halved(lines, scale, longest),
        )


def _halved(lines: Floats, scale: Floats, longest: float) -> Floats:
    done = []
    while len(lines):
        small = np.linalg.norm((lines[:, 1] - lines[:, 0]) * scale, axis=1) <= longest
        done.append(lines[small])
        first, last = np.moveaxis(lines[~small], 1, 0)
        middle = 0.5 * (first + last)
        lines = np.concatenate([np.stack([first, middle], 1), np.stack([middle, last], 1)])
    return np.concatenate([np.empty((0, 2, 3)), *done])
