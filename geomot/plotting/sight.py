"""Which region is in sight where, on a grid over the picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from geomot.geometry.simplices import Floats, Ints
from geomot.plotting.body import Body

STEPS = 3  # a triangle is looked at in a lattice with so many steps along its sides


@dataclass(frozen=True, eq=False)
class Sight:
    """What is seen of a body from one direction.

    Parameters
    ----------
    frame
        ``(3, 2)`` directions across and up the picture, per metre.
    lower
        ``(2,)`` lower left corner of the grid, in the picture's lengths.
    width
        Width of its fields.
    cells
        ``(nx, ny)`` the region seen in each field, -1 for none.
    """

    frame: Floats
    lower: Floats
    width: float
    cells: Ints

    def fields(self, points: Floats) -> Ints:
        """Return the fields ``(n, 2)`` in which points ``(n, 3)`` appear; they may be outside."""
        return np.floor((points @ self.frame - self.lower) / self.width).astype(np.int64)

    def anchor(self, cell: int, point: Floats) -> Floats:
        """Return a point, moved across the picture to where its region is in sight.

        It stays where it is if the region is what is seen there, or is not seen at all.

        Parameters
        ----------
        cell
            The region.
        point
            ``(3,)``, metres.
        """
        own = self.fields(point[None])[0]
        inside = (own >= 0).all() and (own < self.cells.shape).all()
        seen = np.argwhere(self.cells == cell)
        if not len(seen) or (inside and self.cells[tuple(own)] == cell):
            return point
        middle = seen[np.square(seen - seen.mean(axis=0)).sum(axis=1).argmin()]
        across = self.lower + self.width * (middle + 0.5) - point @ self.frame
        return np.asarray(point + np.linalg.pinv(self.frame.T) @ across)


def sight_of(body: Body, frame: Floats, depths: Floats, width: float) -> Sight:
    """Return what is seen of a body.

    Parameters
    ----------
    body
        The body, its triangles not much larger than a field.
    frame
        ``(3, 2)`` directions across and up the picture, per metre.
    depths
        ``(3,)`` direction toward the viewer.
    width
        Width of the fields.

    Examples
    --------
    >>> near = np.array([[[0.0, 0, 1], [1, 0, 1], [0, 1, 1]]])
    >>> both = np.concatenate([near, 2.0 * near * [1, 1, 0]])
    >>> body = Body(both, np.zeros_like(both), np.array([7, 8]), np.empty((0, 2, 3)))
    >>> sight = sight_of(body, np.eye(3)[:, :2], np.eye(3)[2], 0.5)
    >>> int(sight.cells[0, 0]), int(sight.cells[-1, 0])
    (7, 8)
    >>> sight.anchor(8, np.zeros(3)).round(9).tolist()
    [0.75, 1.25, 0.0]
    """
    shares = np.array(
        [(i, j, STEPS - i - j) for i, j in product(range(STEPS + 1), repeat=2) if i + j <= STEPS]
    )
    points = np.einsum("sk,nkd->nsd", shares / STEPS, body.corners).reshape(-1, 3)
    flat = points @ frame
    lower = flat.min(axis=0)
    place = np.floor((flat - lower) / width).astype(np.int64)
    cells = np.full(place.max(axis=0) + 1, -1)
    order = np.argsort(points @ depths, kind="stable")
    cells[tuple(place[order].T)] = np.repeat(body.cells, len(shares))[order]
    return Sight(frame, lower, width, cells)
