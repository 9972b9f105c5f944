"""Triangle surfaces from files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geomot.errors import InvalidZoneError
from geomot.files.reading import DAMAGE, read_bytes, unpacked

if TYPE_CHECKING:
    from trimesh import Trimesh

ARCHIVES = (b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")  # zip, gzip, bzip2, xz
ZIPPED = (".3mf", ".3dxml")  # formats that are zip archives


def read_surface(path: Path) -> Trimesh:
    """Return the triangles in a file, as they are: whether they enclose anything is not checked.

    Parameters
    ----------
    path
        A file of any format that trimesh reads; several parts become one surface.

    Raises
    ------
    InvalidZoneError
        If it cannot be read, holds no triangles, or has triangles without vertices.

    Examples
    --------
    >>> read_surface(Path("hall.blend"))
    Traceback (most recent call last):
    geomot.errors.InvalidZoneError: 'hall.blend' cannot be read: No such file or directory; give a
    surface file that exists
    """
    try:
        content = read_bytes(path, pipes=False)
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidZoneError(
            f"{str(path)!r} cannot be read: {reason}; give a surface file that exists"
        ) from None
    return surface_of(content, path)


def surface_of(content: bytes, path: Path) -> Trimesh:
    """Return the triangles of a file that is read already.

    Parameters
    ----------
    content
        What the file holds.
    path
        The file: its suffix says the format, and what it refers to is beside it.

    Raises
    ------
    InvalidZoneError
        If it is not of the format, holds no triangles, or has triangles without vertices.

    Examples
    --------
    >>> surface_of(b"BZh9", Path("hall.stl.bz2"))
    Traceback (most recent call last):
    geomot.errors.InvalidZoneError: 'hall.stl.bz2' is a packed archive; expected a surface: unpack it
    """
    import trimesh  # heavy, and needed for surfaces from files alone

    name = repr(str(path))
    suffix = path.suffix.lower()
    if content.startswith(ARCHIVES) and suffix not in ZIPPED:
        raise InvalidZoneError(f"{name} is a packed archive; expected a surface: unpack it")
    try:
        if suffix in ZIPPED:
            content = _stored(unpacked(content))
    except DAMAGE as error:
        raise InvalidZoneError(f"{name} is not a zip archive that can be read: {error}") from None
    try:
        with np.errstate(all="ignore"):
            surface = trimesh.load_mesh(
                io.BytesIO(content),
                file_type=suffix[1:],
                resolver=trimesh.resolvers.FilePathResolver(str(path)),
                process=False,
            )
    except ImportError as error:
        raise InvalidZoneError(
            f"{name} needs a package to be read: {error}; install it, or save the surface as STL or PLY"
        ) from None
    except Exception as error:  # trimesh lets through whatever its readers stumble over
        known = ", ".join(sorted(trimesh.available_formats()))
        raise InvalidZoneError(
            f"{name} is not a surface that trimesh can read: {error or type(error).__name__}; expected "
            f"triangles in one of the formats {known}"
        ) from None
    if len(surface.faces) == 0:
        raise InvalidZoneError(
            f"{name} holds no triangles; expected a closed surface: export the solid as triangles"
        )
    axes = surface.vertices.shape[1]
    if axes != 3:
        raise InvalidZoneError(
            f"{name} has vertices of {axes} coordinates; expected three: export it again"
        )
    first, last = surface.faces.min(), surface.faces.max()
    if first < 0 or last >= len(surface.vertices):
        raise InvalidZoneError(
            f"{name} has triangles with the vertices {first} to {last}; expected numbers from 0 to "
            f"{len(surface.vertices) - 1}, of vertices that it holds: export it again"
        )
    return surface


def _stored(parts: dict[str, bytes]) -> bytes:
    """Return an archive of parts as they are: trimesh unpacks whatever is packed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()
