"""STL, as text: one named ``solid`` per region, with digits that bring back the same float64.

An empty region is a solid without facets.  The format has corners and no vertices: those at the same
place are one when it is read, but where a region touches itself they are told apart as far as the
faces around them do.  Faces of which rounding puts two corners at one place have no area and are left
out.  The format has no unit, colours and neighbours either.
"""

from __future__ import annotations

import re

import numpy as np

from geomot.diagram.boundaries.cellcomplex import Facets
from geomot.diagram.spatial.surfaces import cell_surface
from geomot.export.solids.build import merged
from geomot.export.solids.content import SolidMesh, SolidRegion
from geomot.export.solids.names import escaped, unescaped
from geomot.files.content import MalformedFileError
from geomot.kernels.simplices import Floats, Ints, squared_norms

WORDS = {
    0: "facet", 1: "normal", 5: "outer", 6: "loop", 7: "vertex", 11: "vertex", 15: "vertex",
    19: "endloop", 20: "endfacet",
}  # fmt: skip
LENGTH = 21  # words of a facet, numbers included
SOLID = re.compile(r"[ \t]*solid ?([^\n]*)\n(.*?)^[ \t]*endsolid[^\n]*\s*", re.MULTILINE | re.DOTALL)


def encode(mesh: SolidMesh) -> bytes:
    """Return regions as STL.

    Examples
    --------
    >>> face = SolidRegion("a", 0, np.array([[0, 1, 2]]))
    >>> print(encode(SolidMesh(np.array([[0., 0, 0], [1, 0, 0], [0, 1, 0]]), (face,))).decode())
    solid a
    facet normal 0.0 0.0 1.0
    outer loop
    vertex 0.0 0.0 0.0
    ...
    """
    lines = []
    for region in mesh.regions:
        corners = mesh.points[region.cells]
        corners = corners[(corners != np.roll(corners, 1, axis=1)).any(axis=2).all(axis=1)]
        lines.append(f"solid {escaped(region.name)}")
        lines += [
            f"facet normal {normal[0]!r} {normal[1]!r} {normal[2]!r}\nouter loop\n"
            + "".join(f"vertex {x!r} {y!r} {z!r}\n" for x, y, z in face)
            + "endloop\nendfacet"
            for normal, face in zip(_normals(corners).tolist(), corners.tolist(), strict=True)
        ]
        lines.append(f"endsolid {escaped(region.name)}")
    return ("\n".join(lines) + "\n").encode()


def decode(content: bytes) -> SolidMesh:
    r"""Return the regions that an STL file holds.

    Raises
    ------
    MalformedFileError
        If it is not STL as text.

    Examples
    --------
    >>> decode(b"solid a b\nendsolid a b\n").regions[0].name
    'a b'
    """
    try:
        text = content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise MalformedFileError("is not text; expected STL as text, not its binary form") from None
    names, corners, end = [], [], 0
    while end < len(text):
        solid = SOLID.match(text, end)
        if solid is None:
            line = 1 + text.count("\n", 0, end)
            cut = ": the file seems cut off" if text[end:].lstrip().startswith("solid") else ""
            raise MalformedFileError(
                f"line {line} does not begin a whole 'solid' .. 'endsolid'; expected one there{cut}"
            )
        names.append(unescaped(solid.group(1)))
        corners.append(_facets(solid.group(2), names[-1]))
        end = solid.end()
    if not names:
        raise MalformedFileError("is empty; expected at least one 'solid'")
    points, faces = merged(np.concatenate(corners))
    first = np.cumsum([0, *map(len, corners)])
    regions = []
    for site, name in enumerate(names):
        own = faces[first[site] : first[site + 1]]
        more, own = _told_apart(points, own)
        points = np.concatenate([points, more])
        regions.append(SolidRegion(name, site, own))
    return SolidMesh(points, tuple(regions))


def _normals(corners: Floats) -> Floats:
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.sqrt(squared_norms(normals))[:, None]
    return np.divide(normals, length, out=np.zeros_like(normals), where=length > 0.0)


def _facets(text: str, name: str) -> Floats:
    """Return the corners of the facets of a solid, ``(f, 3, 3)``."""
    words = text.split()
    count = len(words) // LENGTH
    if len(words) % LENGTH or any(words[k::LENGTH] != [word] * count for k, word in WORDS.items()):
        raise MalformedFileError(f"solid {name!r} holds something else than facets of three vertices")
    try:
        columns = [np.array(words[k::LENGTH], dtype=float) for k in (8, 9, 10, 12, 13, 14, 16, 17, 18)]
    except ValueError as error:
        raise MalformedFileError(f"solid {name!r} has a vertex that is no number: {error}") from None
    return np.stack(columns, axis=1).reshape(-1, 3, 3)


def _told_apart(points: Floats, faces: Ints) -> tuple[Floats, Ints]:
    """Return copies of vertices at which closed faces touch themselves, and the faces with them."""
    ahead = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    there, times = np.unique(ahead, axis=0, return_counts=True)
    back, again = np.unique(ahead[:, ::-1], axis=0, return_counts=True)
    if (
        not len(faces)
        or not np.isfinite(points).all()
        or not np.array_equal(there, back)
        or not np.array_equal(times, again)
    ):
        return np.empty((0, 3)), faces
    none = np.zeros(len(faces), dtype=np.int64)
    surface = cell_surface(points, Facets(faces, np.stack([none, none - 1], axis=1), none), 0)
    _, first = np.unique(surface.vertices, return_index=True)
    copies = np.setdiff1d(np.arange(len(surface.vertices)), first)
    numbers = surface.vertices.copy()
    numbers[copies] = len(points) + np.arange(len(copies))
    return points[surface.vertices[copies]], numbers[surface.faces]
