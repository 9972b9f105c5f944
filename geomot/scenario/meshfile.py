"""Meshes with values at their vertices from files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomot.errors import InvalidDensityError, MissingPackageError
from geomot.files.arrays import npz_arrays
from geomot.files.reading import read_bytes, require_file
from geomot.kernels.simplices import Floats, Ints

_KINDS = {"tetra": 3, "triangle": 2}  # of cells, and the dimension that they are simplices in
_ARRAYS = ("vertices", "simplices", "values")


@dataclass(frozen=True, eq=False)
class MeshValues:
    """A mesh with a value at each vertex.

    Parameters
    ----------
    vertices
        ``(n, d)``, metres.
    simplices
        ``(m, d + 1)`` vertex numbers.
    values
        ``(n,)``.
    """

    vertices: Floats
    simplices: Ints
    values: Floats


def read_mesh_values(path: Path, field: str | None = None) -> MeshValues:
    """Read a mesh with values at its vertices.

    Parameters
    ----------
    path
        ``.npz`` with the arrays vertices, simplices and values, or a format that meshlane reads, such
        as ``.vtu``, ``.vtk``, ``.msh`` or ``.xdmf``: its tetrahedra, or else its triangles, which lie
        in the plane z = 0.
    field
        Name of the values, where the file has several; ``.npz`` has one only.

    Raises
    ------
    InvalidDensityError
        If the file cannot be read, or does not hold such a mesh.
    MissingPackageError
        If meshlane is needed and not installed.

    Examples
    --------
    >>> read_mesh_values(Path("nowhere.npz"))
    Traceback (most recent call last):
    geomot.errors.InvalidDensityError: 'nowhere.npz' cannot be read: No such file or directory; give a
    mesh that exists
    """
    name = repr(str(path))
    packed = path.suffix.lower() == ".npz"
    try:
        require_file(path, pipes=False)
        content = read_bytes(path) if packed else b""
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidDensityError(f"{name} cannot be read: {reason}; give a mesh that exists") from None
    if not packed:
        return _cells(path, name, field)
    if field is not None:
        raise InvalidDensityError(
            f"field is {field!r}, but {name} has one array of values; leave field out for .npz files"
        )
    return _arrays(content, name)


def _arrays(content: bytes, name: str) -> MeshValues:
    try:
        vertices, simplices, values = npz_arrays(content, _ARRAYS)
    except ValueError as error:
        raise InvalidDensityError(
            f"{name} is not a mesh: {error}; expected the arrays {', '.join(_ARRAYS)}"
        ) from None
    return MeshValues(vertices, simplices, values)


def _cells(path: Path, name: str, field: str | None) -> MeshValues:
    try:
        import meshlane
    except ImportError:
        raise MissingPackageError(
            f"{name} needs the package meshlane to be read, which is not installed: `pip install "
            "meshlane`, or install geomot[mesh] from its source; or save the mesh as .npz with the "
            "arrays "
            f"{', '.join(_ARRAYS)}"
        ) from None
    try:
        mesh: Any = meshlane.read(path)
    except (Exception, SystemExit) as error:  # it lets through whatever its readers stumble over
        raise InvalidDensityError(
            f"{name} is not a mesh that meshlane can read: {error or type(error).__name__}; expected "
            "triangles or tetrahedra, for example as .vtu"
        ) from None
    kind = next((kind for kind in _KINDS if kind in mesh.cells_dict), None)
    fields = {key: data for key, data in mesh.point_data.items() if np.ndim(data) == 1}
    if kind is None:
        raise InvalidDensityError(
            f"{name} holds cells of the kinds {', '.join(mesh.cells_dict) or 'none'}; expected "
            "triangles "
            "or tetrahedra with straight sides: cut or refine the cells"
        )
    if field is None and len(fields) == 1:
        field = next(iter(fields))
    if field not in fields:
        raise InvalidDensityError(
            f"{name} has the values {', '.join(map(repr, fields)) or 'none'} at its vertices; expected "
            f"{'a single one' if field is None else repr(field)}: name one of them in field, or write "
            "numbers at the vertices"
        )
    vertices = np.asarray(mesh.points, dtype=float)
    if _KINDS[kind] == 2 and vertices.shape[1] == 3:
        if vertices[:, 2].any():
            raise InvalidDensityError(
                f"{name} holds triangles in space, z from {vertices[:, 2].min():g} to "
                f"{vertices[:, 2].max():g}; expected a mesh in the plane z = 0, or tetrahedra"
            )
        vertices = vertices[:, :2]
    return MeshValues(vertices, np.asarray(mesh.cells_dict[kind]), np.asarray(fields[field]))
