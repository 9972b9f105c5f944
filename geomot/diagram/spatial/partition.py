"""The cells of a spatial diagram as solids that share their faces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geomot.appearance.colors import meeting
from geomot.appearance.reprs import said
from geomot.costs.base import Costs
from geomot.diagram.boundaries.cellcomplex import CellComplex, Facets, facets
from geomot.diagram.boundaries.refinement import resolve_boundaries
from geomot.diagram.spatial.coarsening import coarsened, face_qualities
from geomot.diagram.spatial.curving import CurvedFaces, curved_faces
from geomot.diagram.spatial.polyhedra import polyhedral_complex
from geomot.diagram.spatial.retriangulation import untied
from geomot.diagram.spatial.smoothing import smoothed
from geomot.diagram.spatial.snapping import snapped
from geomot.diagram.spatial.surfaces import Surface, cell_surface
from geomot.diagram.subdivision.state import start
from geomot.geometry.body import Body, Labelled, united
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.zones.boundary import Boundary, boundary_of
from geomot.geometry.zones.zone import Zone
from geomot.kernels.indices import distinct
from geomot.kernels.simplices import Floats, Ints, dot

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

SHAPINGS = 3  # rounds of moving vertices and collapsing what is still short
FAR = 4.0  # extents between a zone and the origin beyond which coordinates are taken relative to it


@dataclass(frozen=True, eq=False)
class Partition:
    """The cells of a spatial diagram as one complex of tetrahedra.

    Parameters
    ----------
    costs
        The costs, relative to the origin.
    tolerance
        Largest distance of a face from the true boundary, metres.
    origin
        ``(3,)`` what the coordinates of the cells are relative to, metres: where the zone is far from
        the origin of its coordinates they would be too coarse.
    cells
        Tetrahedra, each with the site of its cell; neighbours share vertices and faces.
    sides
        The faces of all cells.  Beyond the zone there are no sites but the parts of its boundary, which
        count down from -1: part p is ``-1 - p``.
    parts
        Names of the parts of the zone's boundary.
    """

    costs: Costs
    tolerance: float
    origin: Floats
    cells: CellComplex
    sides: Facets
    parts: tuple[str, ...]

    @cached_property
    def vertices(self) -> Floats:
        """Coordinates of the vertices that all cells share, ``(n, 3)``, metres."""
        return self.cells.vertices + self.origin

    @cached_property
    def beside(self) -> list[list[int]]:
        """For each site the sites whose cells have a vertex in common with its own."""
        corners = self.cells.simplices
        owners = np.repeat(self.cells.cells, corners.shape[1])
        return meeting(corners.reshape(-1), owners, self.costs.count)

    @cached_property
    def measures(self) -> Floats:
        """Volumes of the cells, ``(B,)``, metres^3; they sum to the zone's."""
        return self.cells.measures(self.costs.count)

    @cached_property
    def loose(self) -> int:
        """Number of vertices on faces that are not where the costs of all cells around them tie.

        They are within the tolerance of it; see `geomot.diagram.boundaries.tie_vertices`.
        """
        return int(self.cells.ties.loose[distinct(self.sides.corners)].sum())

    @cached_property
    def turned(self) -> int:
        """Number of faces between cells that are turned away from the cell that they bound.

        They are slivers beside a vertex in which faces meet at a flat angle, where no triangle looks
        the right way: the cells are closed and cross nothing all the same.
        """
        once = self.sides.once()
        return int(
            (face_qualities(self.costs, self.cells.vertices[once.corners], once.cells) < 0).sum()
        )

    @cached_property
    def curved(self) -> CurvedFaces:
        """The faces with middles of sides on the true boundary."""
        curved = curved_faces(self.costs, self.cells.vertices, self.sides)
        return replace(curved, points=curved.points + self.origin)

    def labelled(self, rows: np.ndarray) -> Labelled:
        """Return some of the tetrahedra, with the vertices that they have."""
        return united(self.vertices[self.cells.simplices[rows]], self.cells.cells[rows])

    def surface(self, site: int) -> Surface:
        """Return the boundary of the cell of a site as a closed 2-manifold."""
        return cell_surface(self.cells.vertices, self.sides, site)


@dataclass(frozen=True, eq=False)
class Solid(Body):
    """The cell of one site in space.

    Parameters
    ----------
    site
        Number of the site.
    partition
        All cells.
    """

    site: int
    partition: Partition

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, f"site={self.site}", f"measure={self.measure:.6g}")

    @property
    def measure(self) -> float:
        """Volume of the mesh, metres^3."""
        return float(self.partition.measures[self.site])

    @cached_property
    def surface(self) -> Surface:
        """Its boundary as a closed 2-manifold, in numbers of the partition's vertices."""
        return self.partition.surface(self.site)

    @property
    def dimension(self) -> int:
        """Number of coordinates: 3."""
        return 3

    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        return []

    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        return [(self.site, self.mesh())] if (self.partition.cells.cells == self.site).any() else []

    def _labelled(self) -> Labelled:
        return self.partition.labelled(self.partition.cells.cells == self.site)

    def mesh(self) -> Trimesh:
        """Return its boundary as a trimesh: closed, outward, without vertices merged or dropped.

        ``face_attributes["neighbour"]`` has the site beyond each face, -1 - p for part p of the zone's
        boundary; ``vertex_attributes["shared"]`` the number of each vertex in the partition.

        Examples
        --------
        >>> from geomot import Zone, distance_costs, minimization_diagram
        >>> costs = distance_costs([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]], exponent=2)
        >>> left, right = minimization_diagram(costs, Zone.box([0, 0, 0], [1, 1, 1])).regions()
        >>> mesh = left.mesh()
        >>> mesh.is_watertight, round(float(mesh.volume), 9)
        (True, 0.4)
        """
        import trimesh

        surface = self.surface
        return trimesh.Trimesh(
            self.partition.vertices[surface.vertices],
            surface.faces,
            process=False,
            vertex_attributes={"shared": surface.vertices},
            face_attributes={"neighbour": surface.neighbours},
            metadata={"units": "m"},
        )


def partition(costs: Costs, zone: Zone, tolerance: float) -> Partition:
    """Return the cells of a spatial diagram, their faces within ``tolerance`` metres of the true ones.

    Parameters
    ----------
    costs
        The costs.
    zone
        The zone, in space.
    tolerance
        Largest distance of a face from the true boundary, metres.

    Raises
    ------
    UnresolvedError
        If that takes too many simplices.
    """
    middle = zone.triangulation.vertices.mean(axis=0)
    far = float(np.abs(middle).max()) > FAR * zone.extent
    origin = middle if far else np.zeros(3)
    costs = costs.seen_from(origin)
    base = Mesh(zone.triangulation.vertices - origin, zone.triangulation.simplices)
    if costs.affine:
        fine = polyhedral_complex(costs, base)
        origins = np.arange(len(base.simplices))
    else:
        state = resolve_boundaries(costs, start(costs, base, 1, conforming=True), tolerance)
        fine, origins = snapped(costs, state.mesh, state.labels, tolerance), state.origins
    boundary = boundary_of(base)
    finer = _with_parts(fine, facets(fine), origins, boundary)
    cells = coarsened(costs, fine, tolerance)
    for _ in range(SHAPINGS):
        cells = untied(costs, smoothed(costs, cells, tolerance), tolerance)
        cells = coarsened(costs, cells, tolerance)
    sides = _with_parts_of(cells, facets(cells), finer)
    return Partition(costs, tolerance, origin, cells, sides, boundary.names)


def _with_parts(cells: CellComplex, sides: Facets, origins: Ints, boundary: Boundary) -> Facets:
    """Return the faces with the parts of the zone's boundary in place of no cell."""
    outer = np.flatnonzero(sides.cells[:, 1] < 0)
    own = origins[sides.owners[outer]]
    corners = cells.vertices[sides.corners[outer]]
    order = np.argsort(boundary.owners, kind="stable")
    first = np.searchsorted(boundary.owners[order], own)
    last = np.searchsorted(boundary.owners[order], own, side="right") - 1
    # of the faces that the zone's tetrahedron has on the boundary, the one whose plane is closest
    nearest, chosen = np.full(len(outer), np.inf), order[first]
    for step in range(4):
        face = order[np.minimum(first + step, last)]
        base = cells.vertices[boundary.triangles[face, 0]]
        away = np.abs(dot(corners - base[:, None], boundary.normals[face][:, None])).max(axis=1)
        chosen = np.where(away < nearest, face, chosen)
        nearest = np.minimum(nearest, away)
    return _beyond(sides, outer, boundary.parts[chosen])


def _with_parts_of(cells: CellComplex, sides: Facets, finer: Facets) -> Facets:
    """Return the faces of a coarsened complex with the parts that its vertices had before.

    A face lies on the part that its corners have in common; where they have several, all on edges of
    the zone, on the one whose faces there are turned as it is.
    """
    outer = np.flatnonzero(sides.cells[:, 1] < 0)
    known = finer.take(finer.cells[:, 1] < 0)
    span = int(-known.cells[:, 1].min())
    keys, entry = np.unique(known.corners * span - 1 - known.cells[:, 1:], return_inverse=True)
    normals = np.zeros((len(keys), 3))
    np.add.at(normals, entry.reshape(-1), np.repeat(_normals(cells, known), 3, axis=0))
    corners, own = sides.corners[outer], _normals(cells, sides.take(outer))
    facing = np.full((len(outer), span), -np.inf)
    for part in range(span):
        place = np.minimum(np.searchsorted(keys, corners * span + part), len(keys) - 1)
        common = (keys[place] == corners * span + part).all(axis=1)
        turned = dot(normals[place].sum(axis=1), own)
        facing[:, part] = np.where(common, turned, -np.inf)
    return _beyond(sides, outer, facing.argmax(axis=1))


def _beyond(sides: Facets, outer: Ints, parts: Ints) -> Facets:
    """Return the faces, of which some have parts of the zone's boundary outside."""
    beyond = sides.cells[:, 1].copy()
    beyond[outer] = -1 - parts
    return replace(sides, cells=np.stack([sides.cells[:, 0], beyond], axis=1))


def _normals(cells: CellComplex, sides: Facets) -> Floats:
    """Return the normals of faces, their lengths twice the areas."""
    corners = cells.vertices[sides.corners]
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
