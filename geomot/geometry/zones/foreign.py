"""Zones of other packages: what each object holds as a polygon, as a surface, or as simplices.

An object is known by the package that its class, or a base of it, comes from, so that no package is
imported to look: whoever has an object has imported its package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from geomot.errors import InvalidZoneError
from geomot.kernels.simplices import Floats, Ints

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

TRIANGLE, TETRAHEDRON = "triangle", "tetra"  # as meshio calls them
VTK_NAMES = {5: TRIANGLE, 10: TETRAHEDRON}
IGNORED = {"vertex", "line"}  # cells that lie on others, as mesh generators write them


def held_by(thing: Any) -> BaseGeometry | Trimesh | tuple[Floats, Ints]:
    """Return what an object of another package holds.

    Parameters
    ----------
    thing
        A shapely geometry, or what has a ``__geo_interface__``; a trimesh; a pyvista ``PolyData`` or
        ``UnstructuredGrid``; a mesh of meshio or meshlane.

    Returns
    -------
    A shapely geometry, a closed surface, or vertices ``(n, d)`` and simplices ``(m, d + 1)``.

    Raises
    ------
    InvalidZoneError
        If it is none of these, is in degrees, or holds other cells than triangles or tetrahedra.

    Examples
    --------
    >>> held_by({"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [0, 1], [0, 0]]]}).area
    1.0
    >>> held_by("town")
    Traceback (most recent call last):
    geomot.errors.InvalidZoneError: a zone was asked of a str; expected a shapely geometry, ...
    """
    if getattr(getattr(thing, "crs", None), "is_geographic", False):  # geopandas has pyproj's CRS
        raise InvalidZoneError(
            f"a zone was asked of a {type(thing).__name__} in longitude and latitude ({thing.crs}); "
            "expected lengths: project it first, as in thing.to_crs(thing.estimate_utm_crs())"
        )
    for base in type(thing).__mro__:
        reader = READERS.get(base.__module__.partition(".")[0])
        if reader is not None:
            return reader(thing)
    described = thing if isinstance(thing, Mapping) else getattr(thing, "__geo_interface__", None)
    if described is not None:
        return _described(described)
    raise InvalidZoneError(
        f"a zone was asked of a {type(thing).__name__}; expected a shapely geometry, an object with "
        "__geo_interface__, a trimesh, a pyvista PolyData or UnstructuredGrid, or a mesh of meshio or "
        "meshlane: convert it to one of these"
    )


def _described(described: Mapping[str, Any]) -> BaseGeometry:
    """Return the geometry of a mapping as GeoJSON has it; features of a collection become one."""
    import shapely
    from shapely.geometry import shape

    try:
        kind = described["type"]
        if kind == "FeatureCollection":
            return shapely.union_all([shape(f["geometry"]) for f in described["features"]])
        return shape(described["geometry"] if kind == "Feature" else described)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise InvalidZoneError(
            f"a zone was asked of a mapping that is no geometry ({type(error).__name__}: {error}); "
            "expected GeoJSON, a Polygon or MultiPolygon, or features of these"
        ) from None


def _shapely(thing: Any) -> BaseGeometry:
    return thing


def _trimesh(thing: Any) -> Any:
    if not hasattr(thing, "faces"):
        raise InvalidZoneError(
            f"a zone was asked of a trimesh {type(thing).__name__}; expected a Trimesh: take a scene's "
            "to_mesh(), or extrude a path"
        )
    return thing


def _meshio(thing: Any) -> Trimesh | tuple[Floats, Ints]:
    blocks: dict[str, list[Any]] = {}
    for block in thing.cells:
        blocks.setdefault(block.type, []).append(np.asarray(block.data, dtype=np.int64))
    return _simplices(
        np.asarray(thing.points, dtype=float),
        {kind: np.concatenate(data) for kind, data in blocks.items()},
    )


def _pyvista(thing: Any) -> Trimesh | tuple[Floats, Ints]:
    points = np.array(getattr(thing, "points", ()), dtype=float)
    if hasattr(thing, "cells_dict"):
        blocks = {VTK_NAMES.get(int(k), f"VTK type {int(k)}"): v for k, v in thing.cells_dict.items()}
    elif hasattr(thing, "is_all_triangles"):
        blocks = {TRIANGLE: thing.triangulate().faces.reshape(-1, 4)[:, 1:]}
    else:
        raise InvalidZoneError(
            f"a zone was asked of a pyvista {type(thing).__name__}; expected PolyData or an "
            "UnstructuredGrid: take its extract_surface(), or cast_to_unstructured_grid()"
        )
    return _simplices(points, {kind: np.array(data, dtype=np.int64) for kind, data in blocks.items()})


READERS: dict[str, Callable[[Any], BaseGeometry | Trimesh | tuple[Floats, Ints]]] = {
    "meshio": _meshio,
    "meshlane": _meshio,
    "pyvista": _pyvista,
    "shapely": _shapely,
    "trimesh": _trimesh,
}


def _simplices(points: Floats, blocks: Mapping[str, Ints]) -> Trimesh | tuple[Floats, Ints]:
    """Return the inside of what a mesh covers: tetrahedra, triangles in a plane, or a surface."""
    others = sorted(set(blocks) - {TRIANGLE, TETRAHEDRON} - IGNORED)
    if others:
        raise InvalidZoneError(
            f"a mesh for a zone has cells of the kinds {', '.join(others)}; expected triangles and "
            "tetrahedra of order 1: split the others (in pyvista with triangulate())"
        )
    if TETRAHEDRON in blocks:  # triangles beside them lie on their boundary
        return points, blocks[TETRAHEDRON]
    if TRIANGLE not in blocks:
        raise InvalidZoneError(
            "a mesh for a zone has neither triangles nor tetrahedra; expected cells that cover an "
            "area, or fill or enclose a volume"
        )
    if points.shape[1] == 2 or np.ptp(points[:, 2]) == 0.0:
        return points[:, :2], blocks[TRIANGLE]
    from trimesh import Trimesh

    return Trimesh(points, blocks[TRIANGLE], process=False)
