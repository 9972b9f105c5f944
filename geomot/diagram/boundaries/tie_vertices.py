"""Where costs tie on the faces of a labelled mesh whose vertices have pairwise different labels.

Such a *rainbow* face is a vertex, an edge with two labels, a triangle with three or a tetrahedron with
four.  Its point is found once and known by the numbers of the face's vertices, never by its place; only
a point that rounding cannot tell from that of a smaller face is that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.roots import segment_roots, tie_points
from geomot.kernels.indices import numbered, row_keys
from geomot.kernels.simplices import Floats, Ints, squared_norms

SNAP = 1e-13  # points closer than this, in units of the mesh's size, are the same


@dataclass(frozen=True, eq=False)
class Rainbow:
    """The tie points of a mesh.

    Parameters
    ----------
    points
        ``(n, d)``: the mesh's vertices, then the points of edges, triangles, tetrahedra.
    same
        ``(n,)`` the point that each is: itself, or that of a smaller face.
    loose
        ``(n,)`` true for points of faces on which the costs do not tie: one of the cells is wedged
        between the others on the face's boundary, or more cells meet than a simplex has vertices.
        They stand in the middle of the ties around them.
    faces
        For each number of vertices, from 2, the faces ``(u, k)`` in the order of the points.
    count
        Number of the mesh's vertices.
    """

    points: Floats
    same: Ints
    loose: np.ndarray
    faces: tuple[Ints, ...]
    count: int

    def numbers(self, rows: Ints) -> Ints:
        """Return the numbers of the points of faces ``(g, k)``, their vertices in any order."""
        size = rows.shape[1]
        if size == 1:
            return rows[:, 0]
        keys = row_keys(self.faces[size - 2], self.count)
        first = self.count + sum(map(len, self.faces[: size - 2]))
        return first + np.searchsorted(keys, row_keys(np.sort(rows, axis=1), self.count))


def rainbow(costs: Costs, vertices: Floats, labels: Ints, faces: Sequence[Ints]) -> Rainbow:
    """Return the tie points of rainbow faces.

    Parameters
    ----------
    costs
        The costs.
    vertices, labels
        Of the mesh, ``(n, d)`` and ``(n,)``.
    faces
        Edges, triangles, .. as rows of vertex numbers; their own rainbow faces are among them.
    """
    count = len(vertices)
    reach = SNAP * float(np.ptp(vertices, axis=0).max())
    known = Rainbow(vertices, np.arange(count), np.zeros(count, dtype=bool), (), count)
    for size, rows in enumerate(faces, start=2):
        rows = np.sort(rows, axis=1)
        _, first, _ = numbered(row_keys(rows, count))
        held = rows[first]
        smaller = np.stack(
            [known.same[known.numbers(np.delete(held, v, axis=1))] for v in range(size)], axis=1
        )
        where, found = _ties(costs, vertices[held], labels[held])
        where[~found] = known.points[smaller[~found]].mean(axis=1)
        number = len(known.points) + np.arange(len(held))
        for face in smaller.T:
            close = found & (squared_norms(where - known.points[face]) <= reach**2)
            number = np.where(close, face, number)
        known = Rainbow(
            np.concatenate([known.points, where]),
            np.concatenate([known.same, number]),
            np.concatenate([known.loose, ~found]),
            (*known.faces, held),
            count,
        )
    return known


def _ties(costs: Costs, corners: Floats, sites: Ints) -> tuple[Floats, np.ndarray]:
    """Return where the costs of faces' labels tie, and whether they do."""
    if sites.shape[1] == 2:
        places = segment_roots(costs, corners, sites).places[:, None]
        along = corners[:, 0] + places * (corners[:, 1] - corners[:, 0])
        return along, np.ones(len(sites), dtype=bool)
    ties = tie_points(costs, corners, sites)
    return (ties.coordinates[:, :, None] * corners).sum(axis=1), ties.found
