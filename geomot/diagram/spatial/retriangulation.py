"""Vertices off their bisectors are put on them, and what is tangled around them is emptied.

Where two curves in which three cells meet come within a few hundredths of the tolerance of each other,
pieces of simplices overlap: a few vertices stay where costs do not tie, and faces next to them may be
turned over.  Moved to its place alone such a vertex turns tetrahedra over.  So a cavity is emptied: the
simplices around the vertices in a ball around that place, and all that have to go with them for the
place to see the cavity's whole boundary.  It is filled with the cone over that boundary, each simplex
labelled as the one it replaces there.  That is right if all simplices of the cone are upright, which
makes it an exact filling of the cavity; if its faces are turned as the bisectors are, and within the
tolerance of them; and if no cell comes to touch itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.boundaries.cellcomplex import CellComplex, facets
from geomot.diagram.boundaries.refinement import SAFETY, chords
from geomot.diagram.spatial.coarsening import face_qualities, uprightness
from geomot.diagram.spatial.projection import project
from geomot.diagram.spatial.surfaces import pinches
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.meshes.moving import ALONG, boundary_normals
from geomot.kernels.indices import ascending, contains, distinct, row_keys
from geomot.kernels.simplices import Floats, Ints, dot, squared_norms, triangle_normals

RADII = 2.0 ** np.arange(-12.0, 2.0)  # of the balls, in tolerances
UPRIGHT = 1e-9  # volume over longest edge cubed that simplices of the cone have at least
OPEN = 1e-3  # sine of the smallest angle of its faces
GROWTH = 20  # rounds in which a cavity may grow
MOST = 4  # cells that tie in a point of space
# vertices of the face of a tetrahedron without each of its vertices: with a point inside it in front
# they are positively oriented
FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])


@dataclass(frozen=True, eq=False)
class _Cone:
    """Simplices from a point over the boundary of a cavity.

    Parameters
    ----------
    cavity
        ``(m,)`` which simplices of the complex are emptied.
    point
        ``(3,)`` the apex.
    faces
        ``(f, 3)`` what it sees.
    rows
        ``(f,)`` the simplices of the cavity at the faces.
    """

    cavity: np.ndarray
    point: Floats
    faces: Ints
    rows: Ints


def untied(costs: Costs, whole: CellComplex, tolerance: float) -> CellComplex:
    """Put the vertices of faces where the costs of the cells around them tie, if that can be.

    Parameters
    ----------
    costs
        The costs.
    whole
        The complex, in space.
    tolerance
        Largest distance of a face from the bisector, metres.
    """
    tried = np.zeros(len(whole.vertices), dtype=bool)
    while True:  # ends: each vertex is tried once
        left = _tangled(costs, whole)
        left = left[~tried[left]]
        if len(left) == 0:
            return whole
        tried[left[0]] = True
        whole = _untied(costs, whole, int(left[0]), tolerance)


def _tangled(costs: Costs, whole: CellComplex) -> Ints:
    """Return the loose vertices of faces, then those of faces that are turned over."""
    sides = facets(whole)
    once = sides.once()
    turned = face_qualities(costs, whole.vertices[once.corners], once.cells) < 0.0
    held = distinct(once.corners)
    return np.append(held[whole.ties.loose[held]], distinct(once.corners[turned]))


def _untied(costs: Costs, whole: CellComplex, vertex: int, tolerance: float) -> CellComplex:
    """Put one vertex where costs tie, with the smallest cavity that serves."""
    own = (whole.simplices == vertex).any(axis=1)
    target = _tie(costs, whole, vertex, whole.cells[own])
    if target is None:
        return whole
    beyond = _across(whole)
    away = np.sqrt(squared_norms(whole.vertices - target))
    for radius in RADII * tolerance:
        start = own | (away <= radius)[whole.simplices].any(axis=1)
        cone = _cone(costs, whole, beyond, vertex, start, tolerance)
        if cone is not None:
            after = _filled(whole, vertex, cone)
            if _sound(costs, whole, after, vertex, whole.simplices[cone.cavity], tolerance):
                return after
    return whole


def _tie(costs: Costs, whole: CellComplex, vertex: int, cells: Ints) -> Floats | None:
    """Return where the costs of some cells tie next to a vertex, None if there is no such place."""
    cells = distinct(cells)
    if not 0 < len(cells) <= MOST:
        return None
    planes = boundary_normals(Mesh(whole.vertices, whole.simplices), np.array([vertex]))
    sites = cells[np.minimum(np.arange(MOST), len(cells) - 1)]
    points, found = project(costs, whole.vertices[[vertex]], sites[None], planes)
    return np.asarray(points[0]) if found[0] else None


def _across(whole: CellComplex) -> Ints:
    """Return for each face of each simplex, by the vertex that it lacks, the simplex beyond, or -1."""
    table = whole.simplices
    sides = np.sort(table[:, FACES], axis=2).reshape(-1, FACES.shape[1])
    keys = row_keys(sides, len(whole.vertices))
    order = ascending(keys)
    twice = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    one, other = order[twice], order[twice + 1]
    beyond = np.full(len(keys), -1)
    beyond[one], beyond[other] = other // len(FACES), one // len(FACES)
    return beyond.reshape(table.shape)


def _cone(
    costs: Costs,
    whole: CellComplex,
    beyond: Ints,
    vertex: int,
    cavity: np.ndarray,
    tolerance: float,
) -> _Cone | None:
    """Return the cone that fills a cavity, grown until its boundary is seen; None if it never is."""
    cells = whole.cells[cavity]
    along = ALONG * float(np.ptp(whole.vertices, axis=0).max())
    for _ in range(GROWTH):
        point = _tie(costs, whole, vertex, cells)
        if point is None or np.linalg.norm(point - whole.vertices[vertex]) > tolerance:
            return None
        rows, missing = np.nonzero(cavity[:, None] & ~((beyond >= 0) & cavity[beyond]))
        faces, outside = whole.simplices[rows[:, None], FACES[missing]], beyond[rows, missing]
        corners = whole.vertices[faces]
        heights = dot(triangle_normals(corners), point - corners[:, 0])
        # what the apex lies in of the zone's boundary stays its boundary
        seen = (outside >= 0) | (np.abs(heights) > along)
        rows, faces, outside, corners = (each[seen] for each in (rows, faces, outside, corners))
        apex = np.broadcast_to(point, (len(faces), 1, len(point)))
        hidden = uprightness(np.concatenate([apex, corners], axis=1)) < UPRIGHT
        if hidden.any():
            if (outside[hidden] < 0).any():
                return None
            cavity = cavity.copy()
            cavity[outside[hidden]] = True
            cells = np.union1d(cells, whole.cells[outside[hidden]])
        elif contains(distinct(cells), whole.cells[rows]).all():
            return _Cone(cavity, point, faces, rows)
        else:  # the start has other cells than what is seen now: the apex has to tie all
            cells = whole.cells[rows]
    return None


def _filled(whole: CellComplex, vertex: int, cone: _Cone) -> CellComplex:
    """Return the complex with a vertex moved to the apex of a cone, in place of the cavity."""
    points, loose = whole.ties.points.copy(), whole.ties.loose.copy()
    points[vertex], loose[vertex] = cone.point, False
    kept = whole.take(~cone.cavity)
    return CellComplex(
        replace(whole.ties, points=points, loose=loose),
        np.concatenate([kept.simplices, np.insert(cone.faces, 0, vertex, axis=1)]),
        np.concatenate([kept.cells, whole.cells[cone.rows]]),
        np.concatenate([kept.owners, whole.owners[cone.rows]]),
    )


def _sound(
    costs: Costs,
    before: CellComplex,
    after: CellComplex,
    vertex: int,
    emptied: Ints,
    tolerance: float,
) -> bool:
    """Return whether faces around the apex are good and no cell touches itself that did not before."""
    link = distinct(emptied)
    old, new = (_around(each, link) for each in (before, after))
    sides = facets(new)
    once = sides.take((sides.corners == vertex).any(axis=1))
    quality = face_qualities(costs, after.vertices[once.corners], once.cells)
    away = chords(costs, after, once)
    if quality.min(initial=1.0) < OPEN or away.max(initial=0.0) > SAFETY * tolerance:
        return False
    touching = np.setdiff1d(pinches(after.vertices, sides), pinches(before.vertices, facets(old)))
    return not bool(contains(link, touching).any())


def _around(whole: CellComplex, vertices: Ints) -> CellComplex:
    """Return the simplices of a complex that have some of the vertices, ascending."""
    return whole.take(np.flatnonzero(contains(vertices, whole.simplices).any(axis=1)))
