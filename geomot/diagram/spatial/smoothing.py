"""Vertices of a complex of cells are moved within their faces and curves, to open small angles.

A vertex moves towards the mean of its neighbours in the face, curve or cell that it is a point of, and
from there to the nearest point in which the costs of all cells around it tie: it stays exactly on its
bisectors, and on the zone's boundary.  A move is made where it improves the worst simplex around the
vertex, turns no face over and keeps all within the tolerance ("smart" Laplacian smoothing: Freitag,
Ollivier-Gooch 1997).  Quality counts the smallest angles of faces, and how upright tetrahedra are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.boundaries.cellcomplex import CellComplex, Facets, facets
from geomot.diagram.boundaries.refinement import SAFETY, chords
from geomot.diagram.spatial.coarsening import apart, face_qualities, incidences, uprightness
from geomot.diagram.spatial.projection import project
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.meshes.moving import boundary_normals, within
from geomot.kernels.indices import distinct, list_starts
from geomot.kernels.simplices import Floats, Ints, local_edges

POOR = 0.34  # quality below which the vertices around are moved: the sine of 20 degrees
STEPS = (1.0, 0.5, 0.25, 0.0)  # shares of the way to the neighbours' mean that are tried
GAIN = 0.02  # share of itself by which the worst quality has to improve
TALL = 30.0  # quality of a tetrahedron whose volume is its longest edge cubed
ROUNDS = 8


@dataclass(frozen=True, eq=False)
class _Stars:
    """Vertices that may move, and what is around them."""

    vertices: Ints
    simplex_owners: Ints  # place of the vertex in ``vertices``, of each simplex around one
    simplices: Ints
    face_owners: Ints
    faces: Ints

    def worst(self, costs: Costs, whole: CellComplex, once: Facets, targets: Floats) -> Floats:
        """Return the least quality around each vertex if it alone moves to its target."""
        result = np.full(len(self.vertices), np.inf)
        corners = self._moved(whole, whole.simplices[self.simplices], self.simplex_owners, targets)
        np.minimum.at(result, self.simplex_owners, _solid_quality(corners))
        corners = self.moved_faces(whole, once, targets)
        quality = face_qualities(costs, corners, once.cells[self.faces])
        np.minimum.at(result, self.face_owners, quality)
        return result

    def moved_faces(self, whole: CellComplex, once: Facets, targets: Floats) -> Floats:
        """Return the corners of the faces around, each with its vertex at the target."""
        return self._moved(whole, once.corners[self.faces], self.face_owners, targets)

    def _moved(self, whole: CellComplex, table: Ints, owners: Ints, targets: Floats) -> Floats:
        corners = whole.vertices[table]
        row, corner = np.nonzero(table == self.vertices[owners, None])
        corners[row, corner] = targets[owners[row]]
        return corners


def smoothed(costs: Costs, whole: CellComplex, tolerance: float) -> CellComplex:
    """Move vertices of a complex.

    Parameters
    ----------
    costs
        The costs.
    whole
        The complex, in space.
    tolerance
        Largest distance of a face from the bisector, metres.
    """
    for _ in range(ROUNDS):
        vertices, targets = _moves(costs, whole, tolerance)
        if len(vertices) == 0:
            break
        points, loose = whole.vertices.copy(), whole.ties.loose.copy()
        points[vertices], loose[vertices] = targets, False
        whole = replace(whole, ties=replace(whole.ties, points=points, loose=loose))
    return whole


def _moves(costs: Costs, whole: CellComplex, tolerance: float) -> tuple[Ints, Floats]:
    """Return vertices whose moves do not meet, and where to."""
    sides = facets(whole)
    once = sides.once()
    sites, numbers = _cells_around(whole)
    quality = np.full(len(whole.vertices), np.inf)
    faces = face_qualities(costs, whole.vertices[once.corners], once.cells)
    np.minimum.at(quality, once.corners, faces[:, None])
    solid = _solid_quality(whole.vertices[whole.simplices])
    np.minimum.at(quality, whole.simplices, solid[:, None])
    vertices = np.flatnonzero((quality < POOR) & (numbers <= sites.shape[1]))
    stars = _Stars(
        vertices,
        *incidences(whole.simplices, len(whole.vertices)).gather(vertices),
        *incidences(once.corners, len(whole.vertices)).gather(vertices),
    )
    normals = boundary_normals(Mesh(whole.vertices, whole.simplices), vertices)
    here = whole.vertices[vertices]
    arms = within(_means(whole, sites)[vertices] - here, normals)
    best = quality[vertices] + GAIN * np.abs(quality[vertices])
    targets = here.copy()
    better = np.zeros(len(vertices), dtype=bool)
    for step in STEPS:
        there, found = project(costs, here + step * arms, sites[vertices], normals)
        there = np.where(found[:, None], there, here)
        worst = stars.worst(costs, whole, once, there)
        found &= worst > best
        found[_strayed(costs, whole, once, stars, there, found, tolerance)] = False
        best, targets[found] = np.where(found, worst, best), there[found]
        better |= found
    rows = np.flatnonzero(better)
    rows = rows[np.argsort(quality[vertices[rows]], kind="stable")]
    chosen, _ = apart(whole, vertices[rows], vertices[rows])
    return chosen, targets[np.searchsorted(vertices, chosen)]


def _solid_quality(corners: Floats) -> Floats:
    """Return the quality of tetrahedra, below zero for those that are turned over."""
    upright = uprightness(corners)
    return np.where(upright > 0.0, TALL * np.sqrt(np.maximum(upright, 0.0)), -1.0)


def _cells_around(whole: CellComplex) -> tuple[Ints, Ints]:
    """Return four of the cells around each vertex, the first one repeated, and their number."""
    span, count = int(whole.cells.max()) + 1, len(whole.vertices)
    keys = distinct(whole.simplices * span + whole.cells[:, None])
    owners = keys // span
    first, numbers = list_starts(owners, count)[:-1], np.bincount(owners, minlength=count)
    place = first[:, None] + np.where(np.arange(4) < numbers[:, None], np.arange(4), 0)
    return keys[np.minimum(place, len(keys) - 1)] % span, numbers


def _means(whole: CellComplex, sites: Ints) -> Floats:
    """Return the mean of the neighbours that have all cells around them that a vertex has."""
    count = len(whole.vertices)
    ends = whole.simplices[:, local_edges(3)].reshape(-1, 2)
    ends = np.concatenate([ends, ends[:, ::-1]])
    keys = distinct(ends[:, 0] * count + ends[:, 1])
    own, other = keys // count, keys % count
    within = (sites[own][:, :, None] == sites[other][:, None, :]).any(axis=2).all(axis=1)
    own, other = own[within], other[within]
    numbers = np.bincount(own, minlength=count)
    sums = [np.bincount(own, column[other], minlength=count) for column in whole.vertices.T]
    means = np.stack(sums, axis=1) / np.maximum(numbers, 1)[:, None]
    return np.where(numbers[:, None] > 0, means, whole.vertices)


def _strayed(
    costs: Costs,
    whole: CellComplex,
    once: Facets,
    stars: _Stars,
    targets: Floats,
    asked: np.ndarray,
    tolerance: float,
) -> Ints:
    """Return which of the moves asked about take a face too far from its bisector."""
    rows = np.flatnonzero(asked[stars.face_owners])
    corners = stars.moved_faces(whole, once, targets)[rows].reshape(-1, 3)
    faces = len(whole.vertices) + np.arange(len(corners)).reshape(-1, 3)
    points = np.concatenate([whole.vertices, corners])
    after = replace(whole, ties=replace(whole.ties, points=points))
    chosen = stars.faces[rows]
    away = chords(costs, after, Facets(faces, once.cells[chosen], once.owners[chosen]))
    return stars.face_owners[rows[away > SAFETY * tolerance]]
