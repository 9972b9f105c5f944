"""What zones, cells and diagrams have in common: they are given to other packages.

Whatever has parts, the cells of a diagram, numbers them: shapely, pyvista, meshio and trimesh get
these numbers as data of the cells, called ``cell``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from geomot.appearance.colors import FILLS, spread_fills
from geomot.appearance.picture import flat_picture, page, solid_picture
from geomot.errors import InvalidArgumentError, MissingPackageError
from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.simplices import Floats, Ints, measures, signed_measures

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

KINDS = {2: ("triangle", 5), 3: ("tetra", 10)}  # by dimension: what meshio and VTK call simplices


@dataclass(frozen=True, eq=False)
class Labelled:
    """Simplices, each with the number of the cell that it belongs to.

    Parameters
    ----------
    mesh
        The simplices.
    cells
        ``(m,)`` number of the cell.
    """

    mesh: Mesh
    cells: Ints


class Body(ABC):
    """A part of the plane or of space, in one or more numbered cells."""

    @abstractmethod
    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        """Return number and polygon of each cell, in the plane."""

    @abstractmethod
    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        """Return number and surface of each cell that is not empty, in space."""

    @abstractmethod
    def _labelled(self) -> Labelled:
        """Return the simplices of all cells."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of coordinates, d."""

    def _flat(self) -> list[tuple[int, BaseGeometry]]:
        """Return number and polygon of each cell as a small picture shows them, in the plane."""
        return self._polygons()

    def _seen(self) -> list[tuple[int, Floats]]:
        """Return number and triangles ``(f, 3, 3)`` of what can be seen of each cell, in space."""
        return [(number, s.vertices[s.faces]) for number, s in self._surfaces()]

    def _require(self, dimension: int, package: str, instead: str) -> None:
        """Refuse to give what has another dimension than a package is for."""
        if self.dimension != dimension:
            has, wanted = ("planar", "spatial") if dimension == 3 else ("spatial", "planar")
            raise InvalidArgumentError(
                f"a {package} object was asked of a {has} {type(self).__name__}; expected a {wanted} "
                f"one: take its {instead}()"
            )

    def to_shapely(self) -> BaseGeometry:
        """Return it as a shapely geometry, in the plane; metres.

        Returns
        -------
        A polygon, or several; of a diagram a ``GeometryCollection`` with one geometry per cell.

        Raises
        ------
        InvalidArgumentError
            If it is in space.

        Examples
        --------
        >>> from geomot import Zone
        >>> Zone.box([0, 0], [2, 1]).to_shapely().area
        2.0
        """
        self._require(2, "shapely", "to_trimesh")
        return self._geometry()

    def _geometry(self) -> BaseGeometry:
        return self._polygons()[0][1]

    def to_trimesh(self) -> Trimesh:
        """Return its surface as a trimesh, in space; metres, facing outwards.

        Returns
        -------
        A closed surface; of a diagram the surfaces of all cells, each on its own, with the number of
        the cell as ``face_attributes["cell"]``.

        Raises
        ------
        InvalidArgumentError
            If it is planar.

        Examples
        --------
        >>> from geomot import Zone
        >>> surface = Zone.box([0, 0, 0], [1, 1, 1]).to_trimesh()
        >>> surface.is_watertight, round(float(surface.volume), 12)
        (True, 1.0)
        """
        from trimesh import Trimesh

        self._require(3, "trimesh", "to_shapely")
        surfaces = self._surfaces()
        counts = [len(surface.vertices) for _, surface in surfaces]
        first = np.cumsum([0, *counts])
        return Trimesh(
            np.concatenate([np.empty((0, 3)), *(surface.vertices for _, surface in surfaces)]),
            np.concatenate(
                [
                    np.empty((0, 3), dtype=np.int64),
                    *(s.faces + k for (_, s), k in zip(surfaces, first[:-1], strict=True)),
                ]
            ),
            process=False,
            face_attributes={
                "cell": np.repeat([n for n, _ in surfaces], [len(s.faces) for _, s in surfaces])
            },
            metadata={"units": "m"},
        )

    def to_meshio(self) -> Any:
        """Return its triangles, or in space its tetrahedra, as a ``meshio.Mesh``; metres.

        Returns
        -------
        A mesh whose ``cell_data["cell"]`` are the numbers of the cells.

        Raises
        ------
        MissingPackageError
            If meshio is not installed.

        Examples
        --------
        >>> from geomot import Zone
        >>> [block.type for block in Zone.box([0, 0], [2, 1]).to_meshio().cells]
        ['triangle']
        """
        return self._mesh_for("meshio")

    def to_meshlane(self) -> Any:
        """Return the same as `to_meshio` as a ``meshlane.Mesh``.

        Returns
        -------
        A mesh whose ``cell_data["cell"]`` are the numbers of the cells.

        Raises
        ------
        MissingPackageError
            If meshlane is not installed.

        Examples
        --------
        >>> from geomot import Zone
        >>> Zone.box([0, 0, 0], [1, 1, 1]).to_meshlane().cells[0].type
        'tetra'
        """
        return self._mesh_for("meshlane")

    def _mesh_for(self, package: str) -> Any:
        labelled = self._labelled()
        kind, _ = KINDS[self.dimension]
        return optional(package).Mesh(
            labelled.mesh.vertices,
            [(kind, turned(labelled.mesh))],
            cell_data={"cell": [labelled.cells]},
        )

    def to_pyvista(self) -> Any:
        """Return its triangles, or in space its tetrahedra, as a ``pyvista.UnstructuredGrid``; metres.

        Returns
        -------
        A grid whose ``cell_data["cell"]`` are the numbers of the cells; planar ones have z = 0.

        Raises
        ------
        MissingPackageError
            If pyvista is not installed.

        Examples
        --------
        >>> from geomot import Zone
        >>> round(float(Zone.box([0, 0, 0], [1, 1, 1]).to_pyvista().volume), 12)
        1.0
        """
        labelled = self._labelled()
        mesh, (_, kind) = labelled.mesh, KINDS[self.dimension]
        points = np.zeros((len(mesh.vertices), 3))
        points[:, : self.dimension] = mesh.vertices
        grid = optional("pyvista").UnstructuredGrid({kind: turned(mesh)}, points)
        grid.cell_data["cell"] = labelled.cells
        return grid

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """What it is as GeoJSON, in the plane: a geometry, of a diagram features; metres.

        Raises
        ------
        AttributeError
            If it is in space, where there is no such thing.
        """
        if self.dimension != 2:
            raise AttributeError(f"a spatial {type(self).__name__} has no __geo_interface__")
        return self._described()

    def _described(self) -> dict[str, Any]:
        return dict(self._geometry().__geo_interface__)

    def _repr_svg_(self) -> str:
        """Return a picture for notebooks."""
        return self._pictured()

    def _pictured(self, names: Sequence[str] = (), fills: Sequence[str] = FILLS) -> str:
        """Return a picture, with names and colours of the cells by their numbers."""
        if self.dimension == 2:
            return flat_picture(self._flat(), names, fills)
        return solid_picture(self._seen(), names, fills)

    def _repr_html_(self) -> str:
        """Return the picture with a line of text for notebooks."""
        return page(self._repr_svg_(), self._caption())

    def _counted(self, count: int) -> str:
        return f", {count} with a measure" if count > 1 else ""

    def _caption(self) -> str:
        labelled, d = self._labelled(), self.dimension
        count, size = len(np.unique(labelled.cells)), measures(labelled.mesh.corners).sum()
        where = f"{'planar' if d == 2 else 'spatial'}, {size:.6g} m{'²' if d == 2 else '³'}"
        return f"{type(self).__name__}: {where}{self._counted(count)}"


class Cells(Body):
    """The cells of a diagram."""

    @abstractmethod
    def _cell_count(self) -> int:
        """Return the number of cells, empty ones included."""

    @abstractmethod
    def _beside(self) -> list[list[int]]:
        """Return for each cell the numbers of the cells beside it."""

    @cached_property
    def fills(self) -> list[str]:
        """The colour of each cell in pictures and files, ``#rrggbb``; neighbours never share one."""
        return spread_fills(self._cell_count(), self._beside)

    def _repr_svg_(self) -> str:
        """Return a picture for notebooks."""
        return self._pictured(fills=self.fills)

    def _geometry(self) -> BaseGeometry:
        import shapely

        return shapely.GeometryCollection([polygon for _, polygon in self._polygons()])

    def _areas_of(self, polygons: Sequence[BaseGeometry]) -> list[float]:
        """Return the areas of the planar cells that are given to others as these polygons."""
        return [polygon.area for polygon in polygons]

    def _described(self) -> dict[str, Any]:
        numbers, polygons = zip(*self._polygons(), strict=True)
        areas = self._areas_of(polygons)
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": number,
                    "properties": {"cell": number, "measure": area},
                    "geometry": dict(polygon.__geo_interface__),
                }
                for number, polygon, area in zip(numbers, polygons, areas, strict=True)
            ],
        }

    def to_geopandas(self, crs: Any = None) -> Any:
        """Return the cells of a planar diagram as a ``geopandas.GeoDataFrame``.

        Parameters
        ----------
        crs
            The coordinate reference system that the diagram's metres are of, if they are of one.

        Returns
        -------
        A frame with the columns cell, measure and geometry, one row per cell.

        Raises
        ------
        InvalidArgumentError
            If the diagram is in space.
        MissingPackageError
            If geopandas is not installed.

        Examples
        --------
        >>> from geomot import Zone, power_diagram
        >>> cells = power_diagram([[0.2, 0.5], [0.8, 0.5]], [0.0, 0.0], Zone.box([0, 0], [1, 1]))
        >>> cells.to_geopandas().area.round(9).tolist()
        [0.5, 0.5]
        """
        self._require(2, "geopandas", "to_pyvista")
        numbers, polygons = zip(*self._polygons(), strict=True)
        columns = {"cell": numbers, "measure": self._areas_of(polygons)}
        return optional("geopandas").GeoDataFrame(columns, geometry=list(polygons), crs=crs)


EXTRAS = {
    "geopandas": "geo",
    "pyogrio": "geo",
    "pyproj": "geo",
    "meshio": "mesh",
    "meshlane": "mesh",
    "pyvista": "mesh",
}


def optional(package: str) -> Any:
    """Import a package of an extra.

    Parameters
    ----------
    package
        One of `EXTRAS`.

    Raises
    ------
    MissingPackageError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError as error:
        raise MissingPackageError(
            f"this needs the package {package}, which is not installed; expected it there: "
            f"pip install 'geomot[{EXTRAS[package]}]'"
        ) from error


def turned(mesh: Mesh) -> Ints:
    """Return the simplices of a mesh with positive measures, as other packages expect them.

    Examples
    --------
    >>> turned(Mesh(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), np.array([[0, 1, 2]]))).tolist()
    [[0, 2, 1]]
    """
    mirrored = [0, 2, 1] if mesh.dimension == 2 else [0, 1, 3, 2]
    negative = signed_measures(mesh.corners) < 0.0
    return np.where(negative[:, None], mesh.simplices[:, mirrored], mesh.simplices)


def flat_simplices(cells: list[tuple[int, BaseGeometry]]) -> Labelled:
    """Return the triangles of polygons; their vertices are those of the polygons.

    Parameters
    ----------
    cells
        Number and polygon of each cell.

    Examples
    --------
    >>> import shapely
    >>> flat_simplices([(7, shapely.box(0, 0, 1, 1))]).cells.tolist()
    [7, 7]
    """
    import shapely

    corners, numbers = [np.empty((0, 3, 2))], [np.empty(0, dtype=np.int64)]
    for number, polygon in cells:
        triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(polygon))
        corners.append(shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, 2::-1])
        numbers.append(np.full(len(triangles), number, dtype=np.int64))
    return united(np.concatenate(corners), np.concatenate(numbers))


def united(corners: np.ndarray, cells: Ints) -> Labelled:
    """Return simplices ``(m, d + 1, d)`` whose equal corners are one vertex."""
    d = corners.shape[2]
    vertices, number = np.unique(corners.reshape(-1, d), axis=0, return_inverse=True)
    return Labelled(Mesh(vertices, number.reshape(-1, d + 1).astype(np.int64)), cells)
