"""Simplices given by others: whether they are a conforming mesh of a zone.

Simplices that share a facet lie on its two sides; then the number of simplices over a point is the
number of times that the boundary winds around it, and that is 0 or 1 where the boundary crosses
itself nowhere and its parts are beside each other, or cavities of each other.
"""

from __future__ import annotations

import numpy as np

from geomot.errors import InvalidZoneError
from geomot.geometry.body import turned
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.zones.boundary import boundary_of
from geomot.geometry.zones.checks import check_crossings, check_nesting, check_size, checked
from geomot.kernels.indices import distinct
from geomot.kernels.simplices import Floats, Ints, signed_measures

SAME = 1e-9  # relative difference of areas that counts as rounding


def conforming(vertices: Floats, simplices: Ints) -> Mesh:
    """Return a mesh of positively oriented simplices whose equal vertices are one.

    Parameters
    ----------
    vertices
        ``(n, d)``, metres; those that no simplex has are left out.
    simplices
        ``(m, d + 1)`` vertex numbers, in any order.

    Raises
    ------
    InvalidZoneError
        If these are not simplices with a measure that meet at common facets and do not overlap.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> conforming(square, np.array([[0, 2, 1], [0, 2, 3]])).simplices.tolist()
    [[0, 2, 3], [0, 3, 1]]
    """
    vertices, simplices = np.asarray(vertices, dtype=float), np.asarray(simplices)
    d = vertices.shape[1] if vertices.ndim == 2 else 0
    if d not in (2, 3) or simplices.ndim != 2 or simplices.shape[1] != d + 1 or not len(simplices):
        raise InvalidZoneError(
            f"vertices have the shape {vertices.shape} and simplices {simplices.shape}; expected "
            "(n, 2) and (m, 3), or (n, 3) and (m, 4), with m >= 1"
        )
    if simplices.min() < 0 or simplices.max() >= len(vertices):
        raise InvalidZoneError(
            f"simplices have the vertices {simplices.min()} to {simplices.max()}; expected numbers "
            f"from 0 to {len(vertices) - 1}"
        )
    used = vertices[distinct(simplices.astype(np.int64))]
    if not np.isfinite(used).all():
        raise InvalidZoneError("vertices of simplices are not finite; expected numbers, in metres")
    check_size("mesh", used.min(axis=0), used.max(axis=0))
    points, number = np.unique(vertices[simplices.reshape(-1)], axis=0, return_inverse=True)
    cells = number.reshape(simplices.shape).astype(np.int64)
    sizes = signed_measures(points[cells])
    flat = np.abs(sizes) <= np.finfo(float).eps * np.ptp(points[cells], axis=1).max(axis=1) ** d
    if flat.any():
        raise InvalidZoneError(
            f"{int(flat.sum())} simplices have no measure, the first one simplex {int(flat.argmax())}; "
            "expected corners that are not on one line or plane: drop or remesh them"
        )
    mesh = Mesh(points, turned(Mesh(points, cells)))
    _check_sides(mesh.simplices)
    if d == 2:
        _check_overlap(mesh, float(np.abs(sizes).sum()))
    else:
        _check_boundary(mesh)
    return mesh


def _check_sides(simplices: Ints) -> None:
    """Refuse two simplices on one side of a facet: oriented ones see it in opposite directions."""
    d = simplices.shape[1] - 1
    sides = [[0, 1], [1, 2], [2, 0]] if d == 2 else [[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]]
    facets = np.concatenate([simplices[:, side] for side in sides])
    if d == 3:  # turned so that the same triangle seen the same way is the same row
        first = np.argmin(facets, axis=1)
        facets = np.take_along_axis(facets, (first[:, None] + np.arange(d)) % d, axis=1)
    rows, times = np.unique(facets, axis=0, return_counts=True)
    if (times > 1).any():
        worst = rows[times.argmax()].tolist()
        raise InvalidZoneError(
            f"{int((times > 1).sum())} facets have several simplices on one side, one that with the "
            f"vertices {worst}; expected simplices that do not overlap: remesh, or drop duplicates"
        )


def _check_overlap(mesh: Mesh, total: float) -> None:
    import shapely

    union = shapely.union_all(shapely.polygons(mesh.corners))
    if abs(union.area - total) > SAME * total:
        raise InvalidZoneError(
            f"triangles of {total:g} m^2 cover {union.area:g} m^2; expected triangles that do not "
            "overlap: remesh them"
        )


def _check_boundary(mesh: Mesh) -> None:
    from trimesh import Trimesh

    vertices, faces = checked(Trimesh(mesh.vertices, boundary_of(mesh).triangles, process=False))
    check_crossings(vertices, faces)
    check_nesting(vertices, faces)
