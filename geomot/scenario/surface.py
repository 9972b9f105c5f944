"""Triangle surfaces from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geomot.errors import InvalidZoneError

if TYPE_CHECKING:
    from trimesh import Trimesh


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
    import trimesh  # heavy, and needed for surfaces from files alone

    name = repr(str(path))
    try:
        path.open("rb").close()
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidZoneError(
            f"{name} cannot be read: {reason}; give a surface file that exists"
        ) from None
    try:
        with np.errstate(all="ignore"):
            surface = trimesh.load_mesh(path, process=False)
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
    first, last = surface.faces.min(), surface.faces.max()
    if first < 0 or last >= len(surface.vertices):
        raise InvalidZoneError(
            f"{name} has triangles with the vertices {first} to {last}; expected numbers from 0 to "
            f"{len(surface.vertices) - 1}, of vertices that it holds: export it again"
        )
    return surface
