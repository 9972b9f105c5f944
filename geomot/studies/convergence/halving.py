"""Faces of regions in space halved again and again: meshes whose size alone changes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.costs import Costs
from geomot.diagram.boundaries.cellcomplex import Facets
from geomot.diagram.spatial.curving import CurvedFaces, curved_faces, curved_totals
from geomot.diagram.spatial.partition import partition
from geomot.geometry import Zone
from geomot.kernels.simplices import Floats, dot

BASES = (2e-3, 1e-3, 5e-4, 2e-4)  # tolerances of the first mesh, as shares of the extent


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of all regions, flat and curved.

    Parameters
    ----------
    costs
        The costs.
    sides
        The flat faces.
    curved
        The same with middles of their sides on the true boundary.
    """

    costs: Costs
    sides: Facets
    curved: CurvedFaces

    @property
    def inner(self) -> int:
        """Number of faces between regions, each once."""
        return int((self.sides.cells[:, 1] >= 0).sum()) // 2

    def volumes(self) -> tuple[Floats, Floats]:
        """Return the volumes in the flat and in the curved faces, ``(B,)`` each, metres^3."""
        points, first = self.curved.points, self.sides.cells[:, 0]
        a, b, c = np.moveaxis(points[self.sides.corners] - points.mean(axis=0), 1, 0)
        parts: Floats = dot(a, np.cross(b, c)) / 6.0
        flat = np.zeros(self.costs.count)
        np.add.at(flat, first, parts)
        own = [self.curved.nodes[first == cell] for cell in range(self.costs.count)]
        return flat, np.array([curved_totals(points, nodes)[0] for nodes in own])

    def halved(self) -> Faces:
        """Return faces with sides half as long: the middles become vertices on the true boundary."""
        a, b, c, ab, bc, ca = self.curved.nodes.T
        corners = np.concatenate(
            [np.stack(part, axis=1) for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        )
        cells, owners = np.tile(self.sides.cells, (4, 1)), np.tile(self.sides.owners, 4)
        sides = replace(self.sides, corners=corners, cells=cells, owners=owners)
        return Faces(self.costs, sides, curved_faces(self.costs, self.curved.points, sides))


def first_faces(costs: Costs, zone: Zone) -> Faces:
    """Return the coarsest faces of a partition none of whose sides has to stay straight.

    Parameters
    ----------
    costs, zone
        The partition, in space.

    Notes
    -----
    A middle that is not on the true boundary would stay beside it however often faces are halved.
    """
    for tolerance in BASES:
        whole = partition(costs, zone, tolerance * zone.extent)
        if not whole.curved.straight:
            break
    return Faces(costs, whole.sides, whole.curved)
