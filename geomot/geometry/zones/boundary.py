"""The boundary of a spatial zone: its triangles, and the parts that sharp edges divide it into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.indices import distinct
from geomot.kernels.simplices import Floats, Ints, dot, signed_measures, triangle_normals

if TYPE_CHECKING:
    from trimesh import Trimesh

SHARP = np.cos(np.radians(30.0))  # cosine of the angle at which an edge divides parts
LEVEL = 1.0 - 1e-9  # cosine beyond which a normal is vertical


@dataclass(frozen=True, eq=False)
class Boundary:
    """The boundary of a tetrahedral mesh.

    Parameters
    ----------
    triangles
        ``(b, 3)`` vertex numbers, counter-clockwise seen from outside.
    normals
        ``(b, 3)`` outward unit normals.
    owners
        ``(b,)`` the tetrahedron of each triangle.
    parts
        ``(b,)`` the part that each triangle belongs to.
    names
        One name per part: "bottom" and "top" where it is level, else "side"; numbered where there are
        several.
    """

    triangles: Ints
    normals: Floats
    owners: Ints
    parts: Ints
    names: tuple[str, ...]


def boundary_of(mesh: Mesh) -> Boundary:
    """Return the boundary of a tetrahedral mesh.

    Parameters
    ----------
    mesh
        A conforming mesh in space.

    Examples
    --------
    >>> from geomot.geometry import Zone
    >>> boundary_of(Zone.box([0, 0, 0], [1, 1, 1]).triangulation).names
    ('bottom', 'side 1', 'side 2', 'side 3', 'side 4', 'top')
    """
    turned = mesh.simplices.copy()
    inverted = signed_measures(mesh.corners) < 0.0
    turned[inverted] = turned[inverted][:, [0, 1, 3, 2]]
    sides = np.concatenate([turned[:, face] for face in ([1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1])])
    _, first, times = np.unique(np.sort(sides, axis=1), axis=0, return_index=True, return_counts=True)
    alone = np.sort(first[times == 1])
    triangles, owners = sides[alone], alone % len(turned)
    corners = mesh.vertices[triangles]
    normals = triangle_normals(corners)
    parts = _parts(triangles, normals)
    lowest = np.array([corners[parts == part].mean(axis=(0, 1)) for part in range(parts.max() + 1)])
    order = np.lexsort(np.round(lowest, 9).T)  # by height, then y, then x
    parts = np.argsort(order)[parts]
    kinds = []
    for part in range(len(order)):
        up = normals[parts == part, 2]
        kinds.append("bottom" if (up < -LEVEL).all() else "top" if (up > LEVEL).all() else "side")
    names = [
        kind if kinds.count(kind) == 1 else f"{kind} {1 + kinds[:part].count(kind)}"
        for part, kind in enumerate(kinds)
    ]
    return Boundary(triangles, normals, owners, parts, tuple(names))


def boundary_surface(mesh: Mesh) -> Trimesh:
    """Return the surface of a tetrahedral mesh, facing outwards."""
    from trimesh import Trimesh

    triangles = boundary_of(mesh).triangles
    used = distinct(triangles)
    return Trimesh(mesh.vertices[used], np.searchsorted(used, triangles), process=False)


def _parts(triangles: Ints, normals: Floats) -> Ints:
    """Return numbers of the parts of a closed surface that its sharp edges divide it into."""
    count = len(triangles)
    start, end = triangles.T.reshape(-1), np.roll(triangles.T, -1, axis=0).reshape(-1)
    span = int(triangles.max()) + 1
    there, back = start * span + end, end * span + start
    order = np.argsort(there)
    place = np.searchsorted(there[order], back)
    place[place == len(order)] = 0
    opposite = order[place]
    met = there[opposite] == back
    one, other = np.flatnonzero(met) % count, opposite[met] % count
    smooth = dot(normals[one], normals[other]) > SHARP
    graph = coo_array((np.ones(smooth.sum()), (one[smooth], other[smooth])), shape=(count, count))
    _, parts = connected_components(graph, directed=False)
    return np.asarray(parts, dtype=np.int64)
