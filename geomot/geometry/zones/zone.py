"""Physical zones: constructors that produce nothing but simplices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import said
from geomot.checking.numbers import floats, indices
from geomot.checking.sealing import sealed
from geomot.errors import InvalidArgumentError, InvalidZoneError
from geomot.geometry.body import Body, Labelled
from geomot.geometry.meshes.bins import Bins
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.zones.boundary import boundary_surface
from geomot.geometry.zones.checks import check_size
from geomot.geometry.zones.conforming import conforming
from geomot.geometry.zones.foreign import held_by
from geomot.geometry.zones.solids import CUTS, filled, prisms
from geomot.kernels.simplices import Floats, barycentric_coordinates, measures

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

SLACK = 1e-12  # distance, in sizes of the zone or of a simplex, at which a point is still inside
CHUNK = 1 << 18  # points that are located at a time


@dataclass(frozen=True, eq=False)
class Zone(Body):
    """A bounded part of the plane or of space, as a conforming simplicial mesh.

    Parameters
    ----------
    triangulation
        Simplices that cover the zone without overlap, metres.

    Examples
    --------
    >>> zone = Zone.box([0.0, 0.0], [2.0, 1.0])
    >>> round(zone.measure, 12)
    2.0
    """

    triangulation: Mesh

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(
            self,
            f"dimension={self.dimension}",
            f"measure={self.measure:.6g}",
            f"simplices={len(self.triangulation.simplices)}",
        )

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.triangulation.dimension

    @cached_property
    def measure(self) -> float:
        """Area or volume, metres^d."""
        return float(measures(self.triangulation.corners).sum())

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper corner of the axis-parallel box around the zone, ``(d,)`` each, metres."""
        places = self.triangulation.vertices
        return sealed(places.min(axis=0)), sealed(places.max(axis=0))

    @cached_property
    def extent(self) -> float:
        """Length of the diagonal of `bounds`, metres: what "small" is measured against."""
        lower, upper = self.bounds
        return float(np.linalg.norm(upper - lower))

    def contains(self, points: ArrayLike) -> np.ndarray:
        """Return which points lie in the closed zone, up to rounding of the coordinates.

        Parameters
        ----------
        points
            ``(m, d)``, metres.

        Returns
        -------
        ``(m,)`` boolean.

        Examples
        --------
        >>> Zone.box([0, 0], [1, 1]).contains([[0.5, 0.5], [1.5, 0.5]]).tolist()
        [True, False]
        """
        where = np.asarray(points, dtype=float)
        corners, (lower, upper) = self.triangulation.corners, self.bounds
        margin = SLACK * (upper - lower)
        inside = np.zeros(len(where), dtype=bool)
        finite = np.flatnonzero(np.isfinite(where).all(axis=1))
        for first in range(0, len(finite), CHUNK):
            rows = finite[first : first + CHUNK]
            owners, near = self._bins.near(where[rows] - margin, where[rows] + margin)
            place = barycentric_coordinates(corners[near], where[rows[owners]])
            inside[rows[owners[(place >= -SLACK).all(axis=1)]]] = True
        return inside

    @cached_property
    def _bins(self) -> Bins:
        return Bins(self.triangulation.corners)

    @cached_property
    def outline(self) -> BaseGeometry:
        """What a planar zone covers, a shapely polygon, or several; metres.

        Outer rings are counter-clockwise, holes clockwise, without vertices inside straight sides.

        Raises
        ------
        InvalidArgumentError
            If the zone is in space.
        """
        import shapely

        if self.dimension != 2:
            raise InvalidArgumentError(
                "an outline was asked of a spatial zone; expected a planar one: take its to_trimesh()"
            )
        whole = shapely.normalize(shapely.union_all(shapely.polygons(self.triangulation.corners)))
        # normalized rings start at a corner, which simplification would keep in any case
        return shapely.orient_polygons(shapely.simplify(whole, 0.0))

    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        return [(0, self.outline)]

    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        return [(0, boundary_surface(self.triangulation))]

    def _labelled(self) -> Labelled:
        mesh = self.triangulation
        return Labelled(mesh, np.zeros(len(mesh.simplices), dtype=np.int64))

    @staticmethod
    def of(thing: Any) -> Zone:
        """Return the zone that an object of another package holds.

        Parameters
        ----------
        thing
            A shapely ``Polygon`` or ``MultiPolygon``, or any object with a ``__geo_interface__``; a
            closed trimesh; a pyvista ``PolyData`` (a closed surface, or flat triangles) or
            ``UnstructuredGrid`` (tetrahedra, or flat triangles); a mesh of meshio or meshlane
            (tetrahedra, a closed surface, or triangles in the plane); a cell of a diagram.  Metres.

        Returns
        -------
        Zone
            Triangles and tetrahedra become its own, see `simplicial`; a zone is returned as it is.

        Raises
        ------
        InvalidZoneError
            If it is none of these, or what it holds is not a zone.
        MissingPackageError
            If filling a surface needs Netgen and that is not installed.

        Examples
        --------
        >>> import shapely, trimesh
        >>> Zone.of(shapely.box(0, 0, 2, 1)).measure
        2.0
        >>> round(Zone.of(trimesh.creation.box((1.0, 2.0, 3.0))).measure, 12)
        6.0
        """
        if isinstance(thing, Zone):
            return thing
        if isinstance(thing, Body) and thing.dimension == 3:
            return Zone.mesh(thing.to_trimesh())
        held = held_by(thing)
        if isinstance(held, tuple):
            return Zone.simplicial(*held)
        return Zone.mesh(held) if hasattr(held, "faces") else Zone.polygon(held)

    @staticmethod
    def simplicial(vertices: ArrayLike, simplices: ArrayLike) -> Zone:
        """Return the zone that triangles or tetrahedra cover.

        Parameters
        ----------
        vertices
            ``(n, d)``, metres; d = 2 or 3.
        simplices
            ``(m, d + 1)`` vertex numbers, in any order.

        Returns
        -------
        Zone
            With these simplices, turned to have positive measures; equal vertices become one.

        Raises
        ------
        InvalidZoneError
            If they are no numbers, have no measure, overlap, or do not meet at common facets, or if in
            space the surface around them is not a manifold.

        Examples
        --------
        >>> Zone.simplicial([[0, 0], [2, 0], [0, 1]], [[0, 1, 2]]).measure
        1.0
        """
        return Zone(
            conforming(
                floats(vertices, "vertices", InvalidZoneError),
                indices(simplices, "simplices", InvalidZoneError),
            )
        )

    @staticmethod
    def box(lower: ArrayLike, upper: ArrayLike) -> Zone:
        """Return an axis-parallel box.

        Parameters
        ----------
        lower, upper
            Opposite corners, ``(d,)``, metres; d = 2 or 3.

        Raises
        ------
        InvalidZoneError
            If the corners are not finite, differ in length, or span no measure that floating point
            can hold.

        Notes
        -----
        Each axis is cut once near its middle; each of the 2^d parts is triangulated by Kuhn's d!
        simplices along its diagonal from the box's corner to the common point of all parts.

        Examples
        --------
        >>> room = Zone.box([0.0, 0.0, 0.0], [4.0, 3.0, 2.5])
        >>> round(room.measure, 12), len(room.triangulation.simplices)
        (30.0, 48)
        """
        low, high = (floats(each, "box corners", InvalidZoneError) for each in (lower, upper))
        if low.ndim != 1 or low.shape != high.shape or low.shape[0] not in (2, 3):
            raise InvalidZoneError(
                f"box corners have shapes {low.shape} and {high.shape}; expected (2,) or (3,) for "
                "both: give as many lower as upper coordinates"
            )
        if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
            raise InvalidZoneError(
                f"box from {low.tolist()} to {high.tolist()} has no measure; expected finite "
                "corners with lower < upper in each coordinate: swap or correct them"
            )
        check_size("box", low, high)
        d = len(low)
        ticks = np.stack([low, low + np.array(CUTS[:d]) * (high - low), high])  # (3, d)
        if not (np.diff(ticks, axis=0) > 0.0).all():
            raise InvalidZoneError(
                f"box from {low.tolist()} to {high.tolist()} is so thin that no number lies between "
                "two of its coordinates; expected sides that are long against their rounding: move the "
                "origin closer to the box"
            )
        # vertex (s_0, .., s_{d-1}) with s = 0 lower, 1 cut, 2 upper
        places = np.array(list(product(range(3), repeat=d)))
        vertices = ticks[places, np.arange(d)]
        number = 3 ** np.arange(d)[::-1]
        simplices = []
        for corner in product((0, 2), repeat=d):
            for order in permutations(range(d)):
                path = np.tile(corner, (d + 1, 1))
                for step, axis in enumerate(order):
                    path[step + 1 :, axis] = 1
                simplices.append(path @ number)
        return Zone(Mesh(vertices, np.array(simplices, dtype=np.int64)))

    @staticmethod
    def polygon(outline: BaseGeometry | Sequence[Sequence[float]]) -> Zone:
        """Return a planar zone from a polygon, which may have holes, or several parts.

        Parameters
        ----------
        outline
            A shapely ``Polygon`` or ``MultiPolygon``, or the vertices of one ring ``(n, 2)``; metres.

        Raises
        ------
        InvalidZoneError
            If the polygon is empty, not valid (self-intersecting), or has no area that floating point
            can hold.

        Examples
        --------
        >>> Zone.polygon([(0, 0), (2, 0), (0, 1)]).measure
        1.0
        """
        import shapely
        from shapely.geometry.base import BaseGeometry

        shape = outline if isinstance(outline, BaseGeometry) else _ring(outline)
        if shape.geom_type not in ("Polygon", "MultiPolygon"):
            raise InvalidZoneError(
                f"zone outline is a {shape.geom_type}; expected a Polygon or MultiPolygon: "
                "polygonize lines and drop points first"
            )
        bounds = np.array(shape.bounds)
        if np.isfinite(bounds).all() and (bounds[:2] < bounds[2:]).all():
            check_size("zone outline", bounds[:2], bounds[2:])
        if not shape.is_valid:
            raise InvalidZoneError(
                f"zone outline is not a valid polygon: {shapely.is_valid_reason(shape)}; expected "
                "rings that do not cross: mend it, for example with shapely.make_valid"
            )
        if not shape.area > 0.0 or not np.isfinite(shape.area):
            raise InvalidZoneError(
                f"zone outline has area {shape.area}; expected a positive, finite area: "
                "give at least three vertices that are not on one line"
            )
        triangles = shapely.constrained_delaunay_triangles(shapely.force_2d(shape)).geoms
        corners = np.array([np.asarray(t.exterior.coords)[:3] for t in triangles])
        vertices, numbers = np.unique(corners.reshape(-1, 2), axis=0, return_inverse=True)
        return Zone(Mesh(vertices, numbers.reshape(-1, 3).astype(np.int64)))

    @staticmethod
    def extrusion(outline: BaseGeometry | Sequence[Sequence[float]], height: ArrayLike) -> Zone:
        """Return the solid over a polygon, which may have holes, between two heights.

        Parameters
        ----------
        outline
            As for `polygon`.
        height
            Lower and upper height, ``(2,)``, metres.

        Raises
        ------
        InvalidZoneError
            If the polygon is not one, the heights are not finite and ascending, or floating point
            cannot hold the volume.

        Examples
        --------
        >>> round(Zone.extrusion([(0, 0), (2, 0), (0, 1)], [10.0, 15.0]).measure, 12)
        5.0
        """
        heights = floats(height, "heights of an extrusion", InvalidZoneError)
        if heights.shape != (2,) or not np.isfinite(heights).all() or not heights[0] < heights[1]:
            raise InvalidZoneError(
                f"heights of an extrusion are {heights.tolist()}; expected two finite numbers, the "
                "lower one first"
            )
        check_size("extrusion", heights[:1], heights[1:])
        base = Zone.polygon(outline).triangulation
        return Zone(prisms(base, float(heights[0]), float(heights[1])))

    @staticmethod
    def mesh(surface: Trimesh) -> Zone:
        """Return the inside of a closed triangle surface.

        Parameters
        ----------
        surface
            A trimesh: closed, its triangles facing outwards, metres.  It may have several parts, and
            cavities, whose triangles face into them.

        Raises
        ------
        InvalidZoneError
            If the surface is no trimesh, not a closed manifold of triangles with an area, not outward,
            not in metres, crosses itself, or has a part within another that is not a cavity.
        MissingPackageError
            If it is not seen whole from its centre and Netgen is not installed.

        Examples
        --------
        >>> import trimesh
        >>> round(Zone.mesh(trimesh.creation.box((1.0, 2.0, 3.0))).measure, 12)
        6.0
        """
        from trimesh import Trimesh

        if not isinstance(surface, Trimesh):
            raise InvalidZoneError(
                f"a zone's surface was asked of a {type(surface).__name__}; expected a Trimesh: take "
                "Zone.of for what other packages have"
            )
        return Zone(filled(surface))


def _ring(vertices: Sequence[Sequence[float]]) -> BaseGeometry:
    import shapely

    array = floats(vertices, "vertices of a zone outline", InvalidZoneError)
    if array.ndim != 2 or array.shape[1] != 2 or len(array) < 3 or not np.isfinite(array).all():
        raise InvalidZoneError(
            f"zone outline has shape {array.shape}; expected finite vertices (n, 2), n >= 3: "
            "give one ring of planar points, or a shapely polygon for holes"
        )
    return shapely.Polygon(array)
