"""The faces of regions in space as one looks at them: smooth patches with normals, and their seams.

A patch is what one cell shares with one other cell, or with one part of the zone's boundary.  Its
vertices are its own, so that it is shaded smoothly inside and has sharp edges, its seams.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats, Ints, signed_measures


@dataclass(frozen=True, eq=False)
class Patches:
    """The faces of all cells; those of a patch, and those of a cell, one after the other.

    Parameters
    ----------
    points
        ``(v, 3)`` coordinates of the vertices, metres.
    normals
        ``(v, 3)`` outward unit normals.
    cells
        ``(v,)`` the cell of each vertex, ascending.
    beyond
        ``(v,)`` the cell on the other side, or -1 - p for part p of the zone's boundary.
    faces
        ``(f, 3)`` vertices, counter-clockwise seen from outside.
    seams
        ``(s, 2)`` vertices at the ends of the edges between patches; each once for each patch.
    """

    points: Floats
    normals: Floats
    cells: Ints
    beyond: Ints
    faces: Ints
    seams: Ints


def patches_of(points: Floats, corners: Ints, cells: Ints) -> Patches:
    """Return the patches of all cells.

    Parameters
    ----------
    points
        ``(n, 3)``, metres.
    corners
        ``(f, 3)`` faces, places in the points, counter-clockwise seen from outside their cell.
    cells
        ``(f, 2)`` the cell of each face, and the one on the other side, or -1 - p.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> costs = distance_costs([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]], exponent=2)
    >>> whole = minimization_diagram(costs, Zone.box([0, 0, 0], [1, 1, 1])).solids()[0].partition
    >>> patches = patches_of(whole.vertices, whole.sides.corners, whole.sides.cells)
    >>> len(np.unique(patches.normals.round(9) + 0.0, axis=0))  # those of a box
    6
    >>> ends = patches.points[patches.seams]
    >>> round(float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).sum()), 9)
    40.0
    """
    order = np.lexsort(cells.T[::-1])
    cells, corners = cells[order], corners[order]
    _, patch = np.unique(cells, axis=0, return_inverse=True)
    keys = patch[:, None] * len(points) + corners
    _, first, faces = np.unique(keys, return_index=True, return_inverse=True)
    faces = faces.reshape(-1, 3)
    own = points[corners.reshape(-1)[first]]
    cell, beyond = np.repeat(cells, 3, axis=0)[first].T
    return Patches(own, _normals(own, faces), cell, beyond, faces, _seams(faces))


def _normals(points: Floats, faces: Ints) -> Floats:
    """Return at each vertex the mean normal of its faces, by area: slivers hardly count."""
    corners = points[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.stack(
        [
            np.bincount(faces.reshape(-1), np.repeat(across[:, axis], 3), minlength=len(points))
            for axis in range(3)
        ],
        axis=1,
    )
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.where(lengths > 0.0, lengths, 1.0))


def _seams(faces: Ints) -> Ints:
    """Return the edges that one face of a patch has alone."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges, times = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    return np.asarray(edges[times == 1])


def centroids(patches: Patches, count: int) -> Floats:
    """Return the centroids of cells 0 to ``count``, ``(count, 3)``; not-a-number where there is none.

    Parameters
    ----------
    patches
        Their closed surfaces.
    count
        Number of cells.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> costs = distance_costs([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]], exponent=2)
    >>> whole = minimization_diagram(costs, Zone.box([0, 0, 0], [1, 1, 1])).solids()[0].partition
    >>> patches = patches_of(whole.vertices, whole.sides.corners, whole.sides.cells)
    >>> centroids(patches, 2).round(9).tolist()
    [[0.2, 0.5, 0.5], [0.7, 0.5, 0.5]]
    """
    cells, corners = patches.cells[patches.faces[:, 0]], patches.points[patches.faces]
    apex = patches.points.mean(axis=0)
    cones = np.concatenate([np.broadcast_to(apex, (len(cells), 1, 3)), corners], axis=1)
    volumes, middles = signed_measures(cones), cones.mean(axis=1)
    sizes = np.bincount(cells, volumes, minlength=count)
    moments = [np.bincount(cells, volumes * middles[:, axis], minlength=count) for axis in range(3)]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.stack(moments, axis=1) / sizes[:, None])
