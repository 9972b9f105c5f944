"""Cells in space as closed triangle surfaces."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from geomot.errors import MissingPackageError
from geomot.kernels.simplices import Floats, Ints
from geomot.power.corners import first_of_equal
from geomot.power.polytopes import Polytopes
from geomot.power.shapes import ring

if TYPE_CHECKING:
    from trimesh import Trimesh


def polytope_surface(polytope: Polytopes, near: float) -> Trimesh:
    """Return the surface of one polytope in space, each facet a fan of triangles.

    A simple polytope has a vertex for any three planes; where more of them meet these are one.

    Parameters
    ----------
    polytope
        A single polytope.
    near
        Distance of vertices that are one.
    """
    own, entry = np.unique(first_of_equal(polytope.points, near), return_inverse=True)
    entry = entry.reshape(-1)
    faces: list[tuple[int, int, int]] = []
    _, starts = np.unique(polytope.planes.reshape(-1), return_index=True)
    for start in starts.tolist():
        around = entry[ring(polytope, start // 3, start % 3)]
        around = around[around != np.roll(around, 1)]
        faces += [(around[0], a, b) for a, b in pairwise(around[1:])]
    return _trimesh(polytope.points[own], np.array(faces))


def intersection(first: Trimesh, second: Trimesh) -> Trimesh:
    """Return what two solids have in common.

    Raises
    ------
    MissingPackageError
        If manifold3d is not installed.
    """
    try:
        from manifold3d import Manifold, Mesh64
    except ImportError as error:
        raise MissingPackageError(
            "cells in a zone that is not convex need manifold3d for their surfaces; expected it "
            "installed: pip install 'geomot[solid]'"
        ) from error
    both = [
        Manifold(Mesh64(np.ascontiguousarray(s.vertices), s.faces.astype(np.uint64)))
        for s in (first, second)
    ]
    common = (both[0] ^ both[1]).to_mesh64()
    return _trimesh(common.vert_properties[:, :3], common.tri_verts.astype(np.int64))


def _trimesh(vertices: Floats, faces: Ints) -> Trimesh:
    from trimesh import Trimesh

    return Trimesh(vertices, faces, process=False)
