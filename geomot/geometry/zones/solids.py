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
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.zones.checks import (
    check_crossings,
    check_nesting,
    checked,
    cone_volumes,
    solid_angles,
)
from geomot.geometry.zones.silence import silence
from geomot.kernels.simplices import Floats, Ints, measures

if TYPE_CHECKING:
    from trimesh import Trimesh

# Where a box is first cut, as shares of its sides.  Users' sites stand at round positions, and
# bisectors between them run through the middles and along the diagonals of a box: a cut at odd,
# unequal places keeps mesh edges off those lines, where labels would be decided by rounding.
CUTS = (0.5142135623730951, 0.5235987755982988, 0.4854096941246)
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
        If the surface is not one that `checked` accepts, crosses itself, has a part in another that is
        not a cavity, or Netgen gives up.
    MissingPackageError
        If it needs Netgen and that is not installed.
    """
    vertices, faces = checked(surface)
    center = vertices.mean(axis=0)
    for apex in (center + (np.array(CUTS) - 0.5) * np.ptp(vertices, axis=0), center):
        volumes = cone_volumes(apex, vertices[faces])
        angles = float(solid_angles(vertices[faces] - apex).sum())
        if (volumes > 0.0).all() and abs(angles - 4.0 * np.pi) < FULL * 4.0 * np.pi:
            number = np.full((len(faces), 1), len(vertices))
            return Mesh(np.concatenate([vertices, apex[None]]), np.concatenate([number, faces], axis=1))
    check_crossings(vertices, faces)
    check_nesting(vertices, faces)
    return _by_netgen(vertices, faces)


def _by_netgen(vertices: Floats, faces: Ints) -> Mesh:
    """Return tetrahedra that Netgen fills a checked surface with."""
    try:
        from netgen import meshing
        from netgen.csg import Pnt
    except ImportError:
        raise MissingPackageError(
            "the zone surface is not seen whole from its centre, so that filling it needs the "
            "package netgen-mesher, which is not installed: `pip install netgen-mesher`, or install "
            "geomot[tet] from its source; or cut the zone into convex parts"
        ) from None
    origin = vertices.mean(axis=0)
    size = float(np.abs(vertices - origin).max())
    scaled = (vertices - origin) / size  # Netgen's tolerances are absolute
    reason = ""
    with silence(1, 2):
        mesh = meshing.Mesh(dim=3)
        numbers = [mesh.Add(meshing.MeshPoint(Pnt(*map(float, point)))) for point in scaled]
        side = mesh.Add(meshing.FaceDescriptor(surfnr=1, domin=1, domout=0, bc=1))
        for face in faces:
            mesh.Add(meshing.Element2D(side, [numbers[v] for v in face]))
        try:
            mesh.GenerateVolumeMesh(mp=meshing.MeshingParameters(maxh=10.0))
        except Exception as error:  # Netgen has one exception for everything
            reason = str(error).strip() or "no reason given"
        points = np.array([point.p for point in mesh.Points()])
        tetrahedra = np.array([[v.nr - 1 for v in cell.vertices] for cell in mesh.Elements3D()])
    points[: len(vertices)] = scaled
    found = float(measures(points[tetrahedra]).sum()) if len(tetrahedra) else 0.0
    wanted = float(cone_volumes(np.zeros(3), scaled[faces]).sum())
    if reason or abs(found - wanted) > SAME * wanted:
        raise InvalidZoneError(
            f"Netgen cannot fill the zone surface: {reason or 'it stops'} at {found * size**3:g} of "
            f"{wanted * size**3:g} m^3; expected triangles that meet at common edges and corners only, "
            "none nearly flat: move parts apart where they touch, and remesh where triangles are thin"
        )
    every = np.concatenate([vertices, origin + size * points[len(vertices) :]])
    return Mesh(every, tetrahedra.astype(np.int64))
