"""Vertices of a mesh moved without turning a simplex over or changing what the mesh covers."""

from __future__ import annotations

import numpy as np

from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.indices import numbered, row_keys
from geomot.kernels.simplices import (
    Floats,
    Ints,
    dot,
    signed_measures,
    squared_norms,
    triangle_normals,
)

ALONG = 1e-12  # how far, in units of its size, vertices may leave the boundary of a mesh
FLAT = 1e-9  # relative size below which a direction across a set of planes is rounding


def star(mesh: Mesh, vertices: Ints) -> Ints:
    """Return the simplices that have one of the vertices, ascending."""
    chosen = np.zeros(len(mesh.vertices), dtype=bool)
    chosen[vertices] = True
    return np.flatnonzero(chosen[mesh.simplices].any(axis=1))


def boundary_normals(mesh: Mesh, vertices: Ints) -> Floats:
    """Return directions in which vertices must not move, or the mesh's boundary would change.

    Parameters
    ----------
    mesh
        A conforming mesh in space.
    vertices
        ``(v,)`` each once.

    Returns
    -------
    ``(v, 3, 3)``: orthonormal rows, as many as the planes of the boundary through the vertex are
    independent: none inside, one on a side, two on an edge, three in a corner; the others are zero.
    """
    place = np.full(len(mesh.vertices), -1)
    place[vertices] = np.arange(len(vertices))
    simplices = mesh.simplices[star(mesh, vertices)]
    faces = np.concatenate([np.delete(simplices, k, axis=1) for k in range(simplices.shape[1])])
    faces = np.sort(faces[(place[faces] >= 0).any(axis=1)], axis=1)
    _, first, entry = numbered(row_keys(faces, len(mesh.vertices)))
    faces = faces[first[np.bincount(entry, minlength=len(first)) == 1]]
    normals = triangle_normals(mesh.vertices[faces])
    spread = np.zeros((len(vertices), 3, 3))
    for column in faces.T:
        own = place[column]
        np.add.at(spread, own[own >= 0], (normals[:, :, None] * normals[:, None])[own >= 0])
    return independent(spread)


def within(vectors: Floats, normals: Floats) -> Floats:
    """Return vectors ``(v, 3)`` without their parts along directions of `boundary_normals`."""
    for normal in np.moveaxis(normals, 1, 0):
        vectors = vectors - dot(vectors, normal)[:, None] * normal
    return vectors


def independent(spread: Floats) -> Floats:
    """Return orthonormal rows that span the ranges of sums of n n^T, ``(m, 3, 3)``; others are zero."""
    sizes, directions = np.linalg.eigh(spread)
    return np.where((sizes > FLAT)[:, :, None], np.swapaxes(directions, 1, 2), 0.0)


def moved(mesh: Mesh, vertices: Ints, targets: Floats, least: float) -> tuple[Mesh, np.ndarray]:
    """Move vertices, except where a simplex around them would get too flat.

    Parameters
    ----------
    mesh
        A mesh.
    vertices
        ``(v,)`` each once.
    targets
        ``(v, d)`` where to.
    least
        Share of its measure that each simplex keeps at least.

    Returns
    -------
    The mesh with its vertices moved, and which of them were, ``(v,)``.
    """
    rows = star(mesh, vertices)
    before = signed_measures(mesh.corners[rows])
    signs = np.where(before < 0.0, -1.0, 1.0)
    place = np.full(len(mesh.vertices), -1)
    place[vertices] = np.arange(len(vertices))
    own = place[mesh.simplices[rows]]  # (r, d + 1) which move it is, or none
    accepted = np.ones(len(vertices), dtype=bool)
    lengths = squared_norms(targets - mesh.vertices[vertices])
    while True:  # ends: what has not moved is not flat, so each round takes a move back
        points = mesh.vertices.copy()
        points[vertices[accepted]] = targets[accepted]
        after = signed_measures(points[mesh.simplices[rows]])
        flat = np.flatnonzero(after * signs < least * np.abs(before))
        if len(flat) == 0:
            return Mesh(points, mesh.simplices), accepted
        # the longest move around each flat simplex goes
        moving = (own[flat] >= 0) & accepted[own[flat]]
        length = np.where(moving, lengths[own[flat]], -1.0)
        accepted[own[flat, length.argmax(axis=1)]] = False
