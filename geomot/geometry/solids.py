r"""Tetrahedra for solids: prisms over triangles, and the inside of closed surfaces.

A prism over the triangle a < b < c (numbers of its vertices, primes on top) is three tetrahedra, whose
diagonals leave the lower number at the bottom, so that neighbouring prisms agree on them::

        c'                    a  b  c  c'
       /|\                    a  b  b' c'
      a'-+-b'                 a  a' b' c'
      | c |
      |/ \|
      a---b

A surface that is seen whole from near its centre is filled by the cones from there over its triangles;
others go to Netgen, a mesh generator with a surface-preserving advancing front.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geomot.errors import InvalidZoneError, MissingPackageError
from geomot.geometry.mesh import Mesh
from geomot.geometry.simplices import Floats, Ints, measures, signed_measures, squared_norms

if TYPE_CHECKING:
    from trimesh import Trimesh

# Where a box is first cut, as shares of its sides.  Users' sites stand at round positions, and
# bisectors between them run through the middles and along the diagonals of a box: a cut at odd,
# unequal places keeps mesh edges off those lines, where labels would be decided by rounding.
CUTS = (0.5142135623730951, 0.5235987755982988, 0.4854096941246)
METRES = ("m", "meter", "meters", "metre", "metres")
FULL = 1e-6  # how close to 4 pi the solid angles of a closed surface sum, relatively
SAME = 1e-9  # relative difference of volumes that counts as rounding


def prisms(base: Mesh, bottom: float, top: float) -> Mesh:
    """Return tetrahedra between two heights over a planar mesh.

    Parameters
    ----------
    base
        A conforming triangle mesh.
    bottom, top
        Heights, metres.

    Examples
    --------
    >>> triangle = Mesh(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([[0, 1, 2]]))
    >>> prisms(triangle, 0.0, 2.0).simplices.tolist()
    [[0, 1, 2, 5], [0, 1, 4, 5], [0, 3, 4, 5]]
    """
    count = len(base.vertices)
    low = np.column_stack([base.vertices, np.full(count, bottom)])
    high = np.column_stack([base.vertices, np.full(count, top)])
    a, b, c = np.sort(base.simplices, axis=1).T
    parts = [(a, b, c, c + count), (a, b, b + count, c + count), (a, a + count, b + count, c + count)]
    return Mesh(np.concatenate([low, high]), np.concatenate([np.column_stack(part) for part in parts]))


def filled(surface: Trimesh) -> Mesh:
    """Return tetrahedra that fill a closed surface.

    Parameters
    ----------
    surface
        Triangles, outward; vertices with the same coordinates are one.

    Raises
    ------
    InvalidZoneError
        If the surface is not finite, closed, outward, in metres, or intersects itself.
    MissingPackageError
        If it needs Netgen and that is not installed.
    """
    vertices, faces = _checked(surface)
    center = vertices.mean(axis=0)
    for apex in (center + (np.array(CUTS) - 0.5) * np.ptp(vertices, axis=0), center):
        volumes = _cone_volumes(apex, vertices[faces])
        angles = float(_solid_angles(vertices[faces] - apex).sum())
        if (volumes > 0.0).all() and abs(angles - 4.0 * np.pi) < FULL * 4.0 * np.pi:
            number = np.full((len(faces), 1), len(vertices))
            return Mesh(np.concatenate([vertices, apex[None]]), np.concatenate([number, faces], axis=1))
    return _by_netgen(vertices, faces)


def _checked(surface: Trimesh) -> tuple[Floats, Ints]:
    """Return vertices and faces of a closed, outward surface."""
    units = surface.units
    if units is not None and units not in METRES:
        raise InvalidZoneError(
            f"zone surface is in {units}; expected metres: scale it, and set its units to 'm'"
        )
    vertices = np.asarray(surface.vertices, dtype=float)
    faces = np.asarray(surface.faces, dtype=np.int64)
    if len(faces) == 0 or not np.isfinite(vertices).all():
        raise InvalidZoneError(
            f"zone surface has {len(faces)} triangles and finite coordinates: "
            f"{bool(np.isfinite(vertices).all())}; expected a closed surface of finite triangles"
        )
    vertices, number = np.unique(vertices[faces.reshape(-1)], axis=0, return_inverse=True)
    faces = number.reshape(-1, 3)
    flat = (faces == np.roll(faces, 1, axis=1)).any(axis=1)
    if flat.any():
        raise InvalidZoneError(
            f"triangle {int(np.argmax(flat))} of the zone surface has two equal corners; expected "
            "three different ones: drop it"
        )
    start, end = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
    there, back = start * len(vertices) + end, end * len(vertices) + start
    keys, times = np.unique(there, return_counts=True)
    open_edges = ~np.isin(back, there)
    if open_edges.any() or times.max() > 1:
        vertex = (
            start[open_edges.argmax()] if open_edges.any() else keys[times.argmax()] // len(vertices)
        )
        raise InvalidZoneError(
            f"zone surface is not closed: {int(open_edges.sum())} edges have no opposite and "
            f"{int((times > 1).sum())} occur twice, one near {vertices[vertex].tolist()}; expected "
            "each edge once in each direction: fill holes and turn triangles to face outwards"
        )
    volume = float(_cone_volumes(vertices.mean(axis=0), vertices[faces]).sum())
    if not volume > 0.0:
        raise InvalidZoneError(
            f"zone surface encloses {volume:g} m^3; expected a positive volume: if its triangles face "
            "inwards, invert them"
        )
    return vertices, faces


def _cone_volumes(apex: Floats, corners: Floats) -> Floats:
    """Return the signed volumes of the cones over triangles; they sum to what a surface encloses."""
    apices = np.broadcast_to(apex, (len(corners), 1, 3))
    return signed_measures(np.concatenate([apices, corners], axis=1))


def _solid_angles(corners: Floats) -> Floats:
    """Return the solid angles of triangles seen from the origin (van Oosterom, Strackee 1983)."""
    a, b, c = np.moveaxis(corners, 1, 0)
    la, lb, lc = (np.sqrt(squared_norms(x)) for x in (a, b, c))
    triple = (a * np.cross(b, c)).sum(axis=1)
    below = la * lb * lc + (a * b).sum(axis=1) * lc + (b * c).sum(axis=1) * la
    return np.asarray(2.0 * np.arctan2(triple, below + (c * a).sum(axis=1) * lb))


def _by_netgen(vertices: Floats, faces: Ints) -> Mesh:
    try:
        from netgen import meshing
        from netgen.csg import Pnt
    except ImportError:
        raise MissingPackageError(
            "the zone surface is not seen whole from its centre; expected the package netgen-mesher to "
            "fill it: install geomot[tet], or cut the zone into convex parts"
        ) from None
    origin = vertices.mean(axis=0)
    size = float(np.abs(vertices - origin).max())
    scaled = (vertices - origin) / size  # Netgen's tolerances are absolute
    mesh = meshing.Mesh(dim=3)
    numbers = [mesh.Add(meshing.MeshPoint(Pnt(*map(float, point)))) for point in scaled]
    side = mesh.Add(meshing.FaceDescriptor(surfnr=1, domin=1, domout=0, bc=1))
    for face in faces:
        mesh.Add(meshing.Element2D(side, [numbers[v] for v in face]))
    try:
        mesh.GenerateVolumeMesh(mp=meshing.MeshingParameters(maxh=10.0))
    except Exception as error:  # Netgen has one exception for everything
        raise InvalidZoneError(
            f"Netgen cannot fill the zone surface: {str(error).strip() or 'no reason given'}; expected "
            "triangles that do not intersect each other: repair the surface first"
        ) from None
    points = np.array([point.p for point in mesh.Points()])
    points[: len(vertices)] = scaled
    tetrahedra = np.array([[v.nr - 1 for v in cell.vertices] for cell in mesh.Elements3D()])
    found = float(measures(points[tetrahedra]).sum()) if len(tetrahedra) else 0.0
    wanted = float(_cone_volumes(np.zeros(3), scaled[faces]).sum())
    if abs(found - wanted) > SAME * wanted:
        raise InvalidZoneError(
            f"Netgen fills {found * size**3:g} m^3 of the {wanted * size**3:g} m^3 that the zone "
            "surface encloses; expected all: its triangles intersect, or face inwards in a part"
        )
    every = np.concatenate([vertices, origin + size * points[len(vertices) :]])
    return Mesh(every, tetrahedra.astype(np.int64))
