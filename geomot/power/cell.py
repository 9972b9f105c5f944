"""One cell of a power diagram, and its facets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.sealing import Sealed
from geomot.diagram.sequence import DiagramCell
from geomot.errors import InvalidArgumentError
from geomot.geometry.body import Body, Labelled, united
from geomot.kernels.simplices import Floats, Ints, squared_norms
from geomot.power.corners import corners, first_of_equal
from geomot.power.joining import NEAR
from geomot.power.polytopes import Polytopes
from geomot.power.shapes import ring
from geomot.power.surfaces import intersection, polytope_surface

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

    from geomot.power.diagram import PowerDiagram


THIN = 64.0 * float(np.finfo(float).eps)  # width of a facet that is none, in units of the zone


@dataclass(frozen=True, eq=False)
class PowerFacets(Sealed):
    """The facets of all cells, each seen from both of its cells.

    Parameters
    ----------
    cells
        ``(f,)`` site of the cell, ascending.
    neighbours
        ``(f,)`` site on the other side, ascending for each cell; -1 for the zone's boundary, which is
        first.
    measures
        ``(f,)`` length, or area in space, metres^(d-1).
    centroids
        ``(f, d)``, metres.
    """

    cells: Ints
    neighbours: Ints
    measures: Floats
    centroids: Floats

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(len(self.cells), "facet", None))


@dataclass(frozen=True, eq=False, repr=False)
class PowerCell(DiagramCell["PowerDiagram"], Body):
    """One cell of a power diagram; empty, with measure 0, where the site has none.

    Parameters
    ----------
    diagram
        The diagram.
    site
        Number of the site.
    """

    diagram: PowerDiagram

    @property
    def facets(self) -> PowerFacets:
        """The cell's facets."""
        every = self.diagram.facets
        first, last = np.searchsorted(every.cells, [self.site, self.site + 1])
        own = slice(first, last)
        return PowerFacets(
            every.cells[own], every.neighbours[own], every.measures[own], every.centroids[own]
        )

    @property
    def neighbours(self) -> Ints:
        """Sites with which the cell shares a facet, ascending."""
        sites = self.facets.neighbours
        return sites[sites >= 0]

    @property
    def vertices(self) -> Floats:
        """The cell's vertices, ``(v, d)``, metres; in the plane counter-clockwise."""
        if self.diagram.whole is None:
            parts = self._polytope(self.diagram.polytopes)
            order = ring(parts, 0, 0) if parts.dimension == 2 and len(parts.points) else slice(None)
            return self._distinct(parts.points[order])
        if self.diagram.zone.dimension == 2:
            import shapely

            return self._distinct(shapely.get_coordinates(self.polygon))
        return self.diagram.origin + corners(*self._outer_corners(), THIN * self.diagram.zone.extent)

    @property
    def polygon(self) -> BaseGeometry:
        """The cell of a planar diagram, a shapely polygon, counter-clockwise, or several.

        Raises
        ------
        InvalidArgumentError
            If the diagram is in space.
        """
        import shapely

        if self.diagram.zone.dimension != 2:
            raise InvalidArgumentError(
                f"the cell of site {self.site} is a solid and has no polygon; expected a planar "
                "diagram: take its mesh()"
            )
        whole = self.diagram.whole
        parts = self._polytope(self.diagram.polytopes if whole is None else whole)
        if self.measure == 0.0:  # it may still touch the zone
            return shapely.Polygon()
        convex = shapely.Polygon(self._distinct(parts.points[ring(parts, 0, 0)]))
        if whole is None:
            return convex
        return shapely.orient_polygons(shapely.intersection(convex, self.diagram.zone.outline))

    def mesh(self) -> Trimesh:
        """Return the cell of a spatial diagram as a closed triangle surface, facing outwards.

        Raises
        ------
        InvalidArgumentError
            If the diagram is planar, or the cell empty.
        MissingPackageError
            If the zone is not convex and manifold3d is not installed.
        """
        if self.diagram.zone.dimension != 3:
            raise InvalidArgumentError(
                f"the cell of site {self.site} is planar and has no surface; expected a spatial "
                "diagram: take its polygon"
            )
        whole = self.diagram.whole
        parts = self._polytope(self.diagram.polytopes if whole is None else whole)
        if self.measure == 0.0:
            raise InvalidArgumentError(
                f"the cell of site {self.site} is empty and has no surface; expected a cell with a "
                "measure: see `measures`"
            )
        surface = polytope_surface(parts, NEAR * self.diagram.zone.extent)
        return surface if whole is None else intersection(surface, self.diagram._surface)

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.diagram.dimension

    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        return [(self.site, self.polygon)]

    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        return [(self.site, self.mesh())] if self.measure > 0.0 else []

    def _labelled(self) -> Labelled:
        corners, rows = self.diagram._joined
        owners = self.diagram._owners[rows]
        own = owners == self.site
        return united(self.diagram.origin + corners[own], owners[own])

    def _polytope(self, polytopes: Polytopes) -> Polytopes:
        """Return the cell alone, in the coordinates of the zone."""
        owners = polytopes.owners
        site = self.site
        if polytopes is self.diagram.polytopes:  # numbered by part, here one for each cell
            site = int(np.searchsorted(self.diagram.sites, self.site))
            if site == len(self.diagram.sites) or self.diagram.sites[site] != self.site:
                return polytopes.take(np.empty(0, dtype=np.int64), owners[:0])
        first, last = np.searchsorted(owners, [site, site + 1])
        own = polytopes.take(np.arange(first, last), np.zeros(last - first, dtype=np.int64))
        return replace(own, points=self.diagram.origin + own.points)

    def _distinct(self, points: Floats) -> Floats:
        """Return the points without those that lie on an earlier one."""
        first = first_of_equal(points, THIN * self.diagram.zone.extent)
        return np.asarray(points[first == np.arange(len(points))])

    def _outer_corners(self) -> tuple[Floats, Floats]:
        """Return the vertices of a solid cell's own facets and the facets' unit normals, ``(n, 3)``."""
        parts, (_, entry) = self.diagram._parts, self.diagram._facet_rows
        own = np.flatnonzero((self.diagram._owners == self.site) & (entry[parts.facets] >= 0))
        middle, here, following = np.moveaxis(parts.corners[own, 1:], 1, 0)
        facets, row = np.unique(parts.facets[own], return_inverse=True)
        areas = np.zeros((len(facets), 3))
        np.add.at(areas, row.reshape(-1), np.cross(here - middle, following - middle))
        other = parts.facet_planes[facets]
        bisectors = self.diagram.points[np.maximum(other, 0)] - self.diagram.points[self.site]
        normals = np.where((other >= 0)[:, None], bisectors, areas)  # of slivers areas say little
        normals /= np.sqrt(squared_norms(normals))[:, None]
        return here, normals[row.reshape(-1)]
