"""Mesh vertices close to an interface are moved onto it, so that faces of the cells are well shaped.

An interface that cuts an edge near its end leaves slivers (Labelle, Shewchuk, Isosurface stuffing,
2007).  The vertex at that end is moved to the tie point, with all its simplices: the cut is at the
vertex then, the slivers vanish, and every point is still exactly where costs tie.  A vertex may move to
a point in which all the labels around it tie, and to no other: then each edge to another label is cut
at the vertex itself.
"""

from __future__ import annotations

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.boundaries.cellcomplex import CellComplex, cell_complex, facets
from geomot.diagram.boundaries.refinement import SAFETY, chords
from geomot.diagram.spatial.surfaces import pinches
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.meshes.moving import ALONG, boundary_normals, moved
from geomot.kernels.indices import distinct
from geomot.kernels.simplices import Floats, Ints, dot, squared_norms

CLOSE = 0.35  # share of the shortest edge of a face within which its tie point attracts a vertex
KEPT = 0.2  # share of its measure that each simplex around a moved vertex keeps at least
ROUNDS = 8  # of taking back moves that do harm


def snapped(costs: Costs, mesh: Mesh, labels: Ints, tolerance: float) -> CellComplex:
    """Return the complex of the cells of a labelled mesh whose vertices avoid the interfaces.

    Parameters
    ----------
    costs
        The costs.
    mesh
        A conforming mesh in space.
    labels
        ``(n,)`` the cheapest site at each vertex.
    tolerance
        Largest distance of a face from the bisector, metres.
    """
    whole = cell_complex(costs, mesh, labels)
    doubtful = _loose_owners(whole)
    vertices, targets = _attracted(mesh, labels, whole)
    for _ in range(ROUNDS):
        finer, accepted = moved(mesh, vertices, targets, KEPT)
        vertices, targets = vertices[accepted], targets[accepted]
        after = cell_complex(costs, finer, labels)
        harmed = np.zeros(len(mesh.simplices), dtype=bool)
        sides = facets(after)
        harmed[sides.owners[chords(costs, after, sides) > SAFETY * tolerance]] = True
        harmed[_loose_owners(after)] = True
        harmed[doubtful] = False
        bad = np.isin(vertices, finer.simplices[harmed])
        bad |= np.isin(vertices, pinches(after.vertices, sides))
        if not bad.any():
            return after
        vertices, targets = vertices[~bad], targets[~bad]
    return whole


def _loose_owners(whole: CellComplex) -> Ints:
    return np.unique(whole.owners[whole.ties.loose[whole.simplices].any(axis=1)])


def _attracted(mesh: Mesh, labels: Ints, whole: CellComplex) -> tuple[Ints, Floats]:
    """Return vertices that are close to a point in which all labels around them tie, and that point."""
    ties, count = whole.ties, len(mesh.vertices)
    around = mesh.simplices[:, :, None] * (int(labels.max()) + 1) + labels[mesh.simplices][:, None]
    kinds = np.bincount(distinct(around) // (int(labels.max()) + 1), minlength=count)
    vertices, points, ratios = [], [], []
    first = count
    for size, faces in enumerate(ties.faces, start=2):
        number = first + np.arange(len(faces))
        first += len(faces)
        free = (ties.same[number] == number) & ~ties.loose[number]
        for k in range(size):
            own = faces[:, k]
            arms = mesh.vertices[np.delete(faces, k, axis=1)] - mesh.vertices[own, None]
            shortest = np.sqrt(squared_norms(arms).min(axis=1))
            away = np.sqrt(squared_norms(ties.points[number] - mesh.vertices[own]))
            near = free & (kinds[own] == size) & (away < CLOSE * shortest)
            vertices.append(own[near])
            points.append(number[near])
            ratios.append((away / shortest)[near])
    vertex, point = np.concatenate(vertices), np.concatenate(points)
    order = np.lexsort((np.concatenate(ratios), vertex))
    vertex, point = vertex[order], point[order]
    nearest = np.append(True, vertex[1:] != vertex[:-1])[: len(vertex)]
    vertex, point = vertex[nearest], point[nearest]
    arms = ties.points[point] - mesh.vertices[vertex]
    leaving = np.abs(dot(boundary_normals(mesh, vertex), arms[:, None])).max(axis=1)
    inside = leaving <= ALONG * float(np.ptp(mesh.vertices, axis=0).max())
    return vertex[inside], ties.points[point[inside]]
