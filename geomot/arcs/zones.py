"""Zones as convex pieces between walls, which are segments of lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.indices import numbered, row_keys
from geomot.kernels.simplices import Floats, Ints, signed_measures
from geomot.power.zones import convex_walls

ROOM = 0.125  # how far the box of the cells reaches beyond a zone that is not a box
CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])  # of a box, as numbers of its sides


@dataclass(frozen=True, eq=False)
class Walls:
    """The boundary of a planar zone, and the lines that divide it into convex pieces.

    Parameters
    ----------
    vertices
        ``(n, 2)``.
    ends
        ``(w, 2)`` vertices of each wall; its first owner is on the left.
    owners
        ``(w, 2)`` pieces on the left and on the right, -1 outside the zone.
    pieces
        ``(p, k)`` walls of each piece.
    box
        ``(2, 2)`` corners of the box that cells begin as.
    whole
        Whether the zone is that box, with its sides as walls.
    """

    vertices: Floats
    ends: Ints
    owners: Ints
    pieces: Ints
    box: Floats
    whole: bool

    def lines(self, walls: Ints, origins: Floats) -> tuple[Floats, Floats]:
        """Return walls as lines n . x = d around origins ``(m, 2)``; n points away from the left."""
        start, end = self.vertices[self.ends[walls, 0]], self.vertices[self.ends[walls, 1]]
        arms = end - start
        normals = np.stack([arms[:, 1], -arms[:, 0]], axis=1) / np.hypot(*arms.T)[:, None]
        return normals, (normals * (start - origins)).sum(axis=1)

    def signs(self, walls: Ints, pieces: Ints) -> Ints:
        """Return 1 where a piece is on the left of a wall, else -1."""
        return np.where(self.owners[walls, 0] == pieces, 1, -1)

    def corners(self, first: Ints, second: Ints) -> Ints:
        """Return the vertex that two walls share, the first wall's start if they share none."""
        one, other = self.ends[first], self.ends[second]
        at_end = (one[:, 1:] == other).any(axis=1)
        return np.asarray(np.where(at_end, one[:, 1], one[:, 0]))


def zone_walls(mesh: Mesh) -> Walls:
    """Return the walls of a planar zone: the sides of a box, or the edges of the triangles.

    Parameters
    ----------
    mesh
        The zone, in units in which it is about 1.

    Examples
    --------
    >>> triangle = Mesh(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([[0, 1, 2]]))
    >>> zone_walls(triangle).ends.tolist()
    [[0, 1], [2, 0], [1, 2]]
    """
    box = np.stack([mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)])
    slanted = convex_walls(mesh)
    if slanted is not None and len(slanted.names) == 0:
        # left, right, lower, upper: as the planes of a box are counted
        ends = np.array([[3, 0], [1, 2], [0, 1], [2, 3]])
        owners = np.tile([0, -1], (4, 1))
        return Walls(box[CORNERS, [0, 1]], ends, owners, np.arange(4)[None], box, True)
    clockwise = signed_measures(mesh.corners) < 0.0
    turned = np.where(clockwise[:, None], mesh.simplices[:, ::-1], mesh.simplices)
    sides = np.stack([turned, np.roll(turned, -1, axis=1)], axis=2).reshape(-1, 2)
    _, first, entry = numbered(row_keys(np.sort(sides, axis=1), len(mesh.vertices)))
    owners = np.full((len(first), 2), -1)
    owners[:, 0] = first // 3
    later = np.ones(len(sides), dtype=bool)
    later[first] = False
    owners[entry[later], 1] = np.flatnonzero(later) // 3
    room = ROOM * (box[1] - box[0]).max()
    return Walls(
        mesh.vertices,
        sides[first],
        owners,
        entry.reshape(-1, 3),
        box + room * np.array([[-1.0], [1.0]]),
        False,
    )
