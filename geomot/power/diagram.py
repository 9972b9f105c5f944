"""Power diagrams: convex cells, exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import emptied, numbered_in, said
from geomot.checking.sealing import sealed
from geomot.costs.base import checked_weights
from geomot.costs.radial import RadialCosts, distance_costs
from geomot.densities.base import Density
from geomot.diagram.arguments import check_density, check_tolerance
from geomot.diagram.locating import located
from geomot.diagram.minimization import Masses
from geomot.diagram.sequence import CellSequence
from geomot.diagram.subdivision.totals import check_mass, normalized
from geomot.geometry.body import Cells, Labelled, united
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.meshes.tiling import Tiling
from geomot.geometry.zones.boundary import boundary_surface
from geomot.geometry.zones.zone import Zone
from geomot.kernels.indices import numbered
from geomot.kernels.simplices import Floats, Ints, signed_measures
from geomot.power.cell import THIN, PowerCell, PowerFacets
from geomot.power.cells import SLACK, PowerProblem, PowerSites
from geomot.power.clipping import clipped
from geomot.power.cutting import cut_cells
from geomot.power.integration import density_integrals
from geomot.power.joining import NEAR, joined
from geomot.power.polytopes import Polytopes
from geomot.power.shapes import Flags, facet_sizes, flags
from geomot.power.tiled import FacetPlanes, Tiled, facet_planes, tiled_facet_integrals, tiled_integrals
from geomot.power.zones import check_sites, convex_walls, no_walls

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

SAFER = 8.0  # times what bisectors are known to: no tile is called apart from a cell, or in it, by less


@dataclass(frozen=True, eq=False)
class PowerDiagram(Cells, CellSequence[PowerCell]):
    """The cells {x in the zone : |x - p_b|^2 - w_b <= |x - p_j|^2 - w_j for all j}.

    A sequence of one `PowerCell` per site; what all cells have is also there as arrays.

    Parameters
    ----------
    points
        ``(B, d)`` sites p_b, metres.
    weights
        ``(B,)`` w_b, metres^2.
    zone
        The zone.
    polytopes
        The cells, or their convex parts if the zone is not convex; x is ``origin + points``.
    sites
        ``(n,)`` the site whose cell each polytope is, or is a part of.
    whole
        The cells in the box around the zone, numbered by their sites; None if the zone is convex.
    origin
        ``(d,)`` the middle of the zone, metres: vertices are kept relative to it, so that a zone far
        from the origin of the coordinates loses nothing.

    See Also
    --------
    power_diagram : the checked constructor.

    Examples
    --------
    >>> from geomot import Zone, power_diagram
    >>> cells = power_diagram([[0.2, 0.5], [0.8, 0.5]], [0.0, 0.0], Zone.box([0, 0], [1, 1]))
    >>> len(cells), cells[0].neighbours.tolist(), cells.measures.round(12).tolist()
    (2, [1], [0.5, 0.5])
    """

    points: Floats
    weights: Floats
    zone: Zone
    polytopes: Polytopes
    sites: Ints
    whole: Polytopes | None
    origin: Floats

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(len(self), "cell", self.dimension), *emptied(self.measures))

    def __len__(self) -> int:
        """Return the number of sites, B."""
        return len(self.points)

    def _cell(self, site: int) -> PowerCell:
        return PowerCell(self, site)

    @cached_property
    def measures(self) -> Floats:
        """Areas (volumes) of the cells, ``(B,)``, metres^d."""
        return sealed(self._sums(self._sizes))

    @cached_property
    def centroids(self) -> Floats:
        """Centroids of the cells, ``(B, d)``, metres; not a number for cells without measure."""
        middles = self._parts.corners.mean(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return sealed(self.origin + self._sums(self._sizes, middles) / self.measures[:, None])

    @cached_property
    def second_moments(self) -> Floats:
        """Integrals of (x - p_b) (x - p_b)^T over the cells, ``(B, d, d)``, metres^(d+2).

        Their trace is the cell's share of the transport cost |x - p_b|^2.  Exact: of a simplex with
        corners a_i it is measure / ((d+1) (d+2)) (sum_i a_i a_i^T + s s^T), s = sum_i a_i.
        """
        d = self.zone.dimension
        arms = self._parts.corners - (self.points - self.origin)[self._owners][:, None]
        total = arms.sum(axis=1)
        products = np.einsum("nki,nkj->nij", arms, arms) + total[:, :, None] * total[:, None]
        flat = self._sums(self._sizes / ((d + 1) * (d + 2)), products.reshape(-1, d * d))
        return sealed(flat.reshape(-1, d, d))

    @cached_property
    def facets(self) -> PowerFacets:
        """The facets of all cells, each seen from both of its cells; those of no width are left out."""
        keys, entry = self._facet_rows
        own = entry >= 0
        sizes, centroids = self._facet_sizes
        total = _sum(entry[own], sizes[own], len(keys))
        held = [_sum(entry[own], sizes[own] * c, len(keys)) for c in centroids[own].T]
        centres = self.origin + np.stack(held, axis=1) / total[:, None]
        return PowerFacets(keys[:, 0], keys[:, 1], total, centres)

    def facet_integrals(
        self, density: Density, tolerance: float = 1e-8, total: float | None = None
    ) -> Floats:
        """Return the integral of a density over each of `facets`, ``(f,)``, 1/metres for a mass of 1.

        Parameters
        ----------
        density
            The density, on the facets themselves; need not be normalised.
        tolerance
            Largest error of all integrals together, as a share of the mass over the zone's extent.
        total
            The density's mass in the zone, where it is known; by default it is computed.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not between 0 and 1.
        InvalidDensityError
            If the density is none, not of the zone's dimension, or has no mass in the zone.
        UnresolvedError
            If it is too rough for the tolerance.

        Notes
        -----
        Exact for densities from grids and meshes, which are polynomials in tiles; where such a one
        jumps along a facet it is taken as within the facet's cell.  For others facets are halved until
        two rules of cubature agree, and nothing that the density knows of itself can hide from them.

        Examples
        --------
        >>> from geomot import Uniform, Zone, power_diagram
        >>> halves = power_diagram([[0.2, 0.5], [0.8, 0.5]], [0.0, 0.0], Zone.box([0, 0], [1, 1]))
        >>> halves.facet_integrals(Uniform()).round(12).tolist()
        [2.0, 1.0, 2.0, 1.0]
        """
        check_density(density, self.zone)
        check_tolerance(tolerance)
        keys, entry = self._facet_rows
        tiling, degree = density.tiling, density.degree
        if tiling is not None and degree is not None:
            held = tiled_facet_integrals(density, degree, self._tiled(tiling))
            return _sum(entry[entry >= 0], held[entry >= 0], len(keys))
        if total is None:
            total = self._total(density, tolerance)
        rows = entry[self._parts.facets]
        held, _ = density_integrals(
            density,
            self._parts.corners[rows >= 0, 1:],
            rows[rows >= 0],
            len(keys),
            tolerance * total / self.zone.extent,
            self.origin,
        )
        return np.asarray(held[:, 0])

    @cached_property
    def _facet_sizes(self) -> tuple[Floats, Floats]:
        return facet_sizes(self._parts)

    @cached_property
    def _facet_rows(self) -> tuple[Ints, Ints]:
        """Pairs of cell and neighbour, and the pair of each polytope's facet, -1 where it is none."""
        parts, d = self._parts, self.zone.dimension
        sizes, centroids = self._facet_sizes
        reach = np.zeros(len(sizes))
        arms = parts.corners[:, -1] - centroids[parts.facets]
        np.maximum.at(reach, parts.facets, np.sqrt((arms**2).sum(axis=1)))
        names = parts.facet_planes
        thin = sizes <= THIN * self.zone.extent * (2.0 * reach) ** (d - 2)
        wide = np.flatnonzero(~self._between(names) & ~thin)
        cells, other = self.sites[parts.facet_owners[wide]], np.maximum(names[wide], -1)
        keys, rows = np.unique(np.stack([cells, other], axis=1), axis=0, return_inverse=True)
        # where many bisectors nearly meet, rounding may leave a facet to one of its cells alone
        count = len(self)
        here, there = keys @ [count + 1, 1], keys @ [1, count + 1]
        both = (keys[:, 1] < 0) | np.isin(there, here)
        number = np.where(both, np.cumsum(both) - 1, -1)
        entry = np.full(len(sizes), -1)
        entry[wide] = number[rows.reshape(-1)]
        return keys[both], entry

    def integrate(
        self, density: Density, tolerance: float = 1e-10, total: float | None = None
    ) -> Masses:
        """Return the mass of each cell.

        Parameters
        ----------
        density
            What to integrate; it need not be normalised.
        tolerance
            Largest error of all masses together, as a share of the total mass.
        total
            The density's mass in the zone, where it is known; by default it is computed.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not between 0 and 1.
        InvalidDensityError
            If the density is none, not of the zone's dimension, or has no mass in the zone.
        UnresolvedError
            If it is too rough for the tolerance.

        Examples
        --------
        >>> from geomot import Zone, gaussian, power_diagram
        >>> halves = power_diagram([[0.2, 0.5], [0.8, 0.5]], [0.0, 0.0], Zone.box([0, 0], [1, 1]))
        >>> bool(abs(halves.integrate(gaussian([0.5, 0.5], 0.05)).values - 0.5).max() < 1e-10)
        True
        """
        return self._integrals(density, tolerance, total, moments=False)[1]

    def centres_of_mass(
        self, density: Density, tolerance: float = 1e-10, total: float | None = None
    ) -> tuple[Masses, Floats]:
        """Return the mass of each cell and its centre of mass, ``(B, d)``, metres.

        Centres of cells without mass are not numbers.

        Parameters
        ----------
        density, tolerance, total
            As for `integrate`.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not between 0 and 1.
        InvalidDensityError
            If the density is none, not of the zone's dimension, or has no mass in the zone.
        UnresolvedError
            If it is too rough for the tolerance.

        Examples
        --------
        >>> from geomot import Uniform, Zone, power_diagram
        >>> halves = power_diagram([[0.2, 0.5], [0.8, 0.5]], [0.0, 0.0], Zone.box([0, 0], [1, 1]))
        >>> halves.centres_of_mass(Uniform())[1].round(9).tolist()
        [[0.25, 0.5], [0.75, 0.5]]
        """
        integrals, masses = self._integrals(density, tolerance, total, moments=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return masses, self.origin + integrals[:, 1:] / integrals[:, :1]

    def _integrals(
        self, density: Density, tolerance: float, total: float | None, *, moments: bool
    ) -> tuple[Floats, Masses]:
        check_density(density, self.zone)
        check_tolerance(tolerance)
        tiling, degree = density.tiling, density.degree
        if tiling is not None and degree is not None:
            held = tiled_integrals(density, degree, self._tiled(tiling), moments=moments)
            uncertain = np.zeros(len(held))
            if total is None:
                check_mass(float(held[:, 0].sum()), self.zone)
        else:
            if total is None:
                total = self._total(density, tolerance)
            held, uncertain = density_integrals(
                density,
                self._parts.corners,
                self._parts.owners,
                len(self.sites),
                tolerance * total,
                self.origin,
                moments=moments,
            )
        count = len(self)
        integrals = np.stack([_sum(self.sites, column, count) for column in held.T], axis=1)
        errors = _sum(self.sites, uncertain, count)
        return integrals, Masses(integrals[:, 0], errors, density.bounded)

    def _total(self, density: Density, tolerance: float) -> float:
        """Return the density's mass in the zone."""
        return 1.0 / normalized(density, self.zone, max(0.1 * tolerance, 1e-12)).factor

    def _tiled(self, tiling: Tiling) -> Tiled:
        return Tiled(self.polytopes, self._parts, self._planes, tiling, self.origin, self._size)

    @cached_property
    def _size(self) -> float:
        """Largest coordinate of a vertex, which says how far off vertices are."""
        return float(np.abs(self.polytopes.points).max() + np.abs(self.origin).max())

    @cached_property
    def _planes(self) -> FacetPlanes:
        """The planes of the polytopes' facets: bisectors as sites tell, others as vertices do."""
        parts = self._parts
        planes = facet_planes(parts, self._size)
        own = np.flatnonzero(parts.facet_planes >= 0)
        sites = PowerSites(self.points - self.origin, self.weights)
        exact = sites.bisectors(self.sites[parts.facet_owners[own]], parts.facet_planes[own])
        planes.normals[own], planes.offsets[own] = exact.normals, exact.offsets
        planes.doubts[own] = SAFER * (exact.tolerances + SLACK * self._size)
        return planes

    def locate(self, points: ArrayLike) -> Ints:
        """Return the cell that holds each point, -1 outside the zone; see `MinimizationDiagram.locate`.

        Parameters
        ----------
        points
            ``(m, d)``, metres.

        Examples
        --------
        >>> from geomot import Zone, power_diagram
        >>> cells = power_diagram([[0.0, 0.0], [1.0, 1.0]], [0.0, 0.0], Zone.box([0, 0], [1, 1]))
        >>> cells.locate([[0.2, 0.3], [0.9, 0.5], [2.0, 2.0]]).tolist()
        [0, 1, -1]
        """
        return located(self.costs, self.zone, points)

    @cached_property
    def costs(self) -> RadialCosts:
        """The costs |x - p_b|^2 - w_b, as other diagrams take them."""
        return distance_costs(self.points, exponent=2.0, offset=-self.weights)

    @cached_property
    def _parts(self) -> Flags:
        return flags(self.polytopes)

    @cached_property
    def _owners(self) -> Ints:
        return np.asarray(self.sites[self._parts.owners])

    @cached_property
    def _sizes(self) -> Floats:
        return signed_measures(self._parts.corners)

    def _sums(self, weights: Floats, values: Floats | None = None) -> Floats:
        """Sum weights, or weighted rows of values, over the simplices of each cell."""
        owners, count = self._owners, len(self)
        if values is None:
            return _sum(owners, weights, count)
        return np.stack([_sum(owners, weights * column, count) for column in values.T], axis=1)

    @cached_property
    def _surface(self) -> Trimesh:
        return boundary_surface(self.zone.triangulation)

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.zone.dimension

    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        return [(cell.site, cell.polygon) for cell in self]

    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        sites = np.flatnonzero(self.measures > 0.0).tolist()
        return [(site, self[site].mesh()) for site in sites]

    def _cell_count(self) -> int:
        return len(self)

    def _beside(self) -> list[list[int]]:
        return [cell.neighbours.tolist() for cell in self]

    def _seen(self) -> list[tuple[int, Floats]]:
        parts = self._parts
        outer = ~self._between(parts.facet_planes[parts.facets])
        outer &= parts.facet_planes[parts.facets] < 0
        owners, corners = self._owners[outer], self.origin + parts.corners[outer, 1:]
        return [(site, corners[owners == site]) for site in range(len(self))]

    def _between(self, planes: Ints) -> np.ndarray:
        """Return which facets lie between the convex parts of one cell."""
        return np.asarray((planes < 0) & (planes % 2 == 0) & (self.whole is not None))

    def _labelled(self) -> Labelled:
        corners, rows = self._joined
        return united(self.origin + corners, self._owners[rows])

    @cached_property
    def _joined(self) -> tuple[Floats, Ints]:
        return joined(self._parts, NEAR * self.zone.extent)


def power_diagram(points: ArrayLike, weights: ArrayLike, zone: Zone | Any) -> PowerDiagram:
    """Return the power diagram of weighted sites in a zone.

    Parameters
    ----------
    points
        ``(B, d)`` sites p_b, metres; in the zone or not.
    weights
        ``(B,)`` w_b, metres^2, of any sign: a larger one makes the cell larger.
    zone
        A zone, or what `Zone.of` takes.

    Returns
    -------
    A sequence of cells, one per site in the order of the sites.  Cells may be empty: those of sites
    that nowhere have the least power, and of all but the first among sites that are one (up to the
    rounding of coordinates in the zone).

    Raises
    ------
    InvalidSitesError
        If the points are not finite, or not ``(B, d)`` with B >= 1 and the zone's d.
    InvalidCostError
        If the weights are not finite, or not ``(B,)``.
    InvalidZoneError
        If the zone is none.

    Notes
    -----
    F. Aurenhammer, *Power diagrams: properties, algorithms and applications*, SIAM J. Comput. 16
    (1987).  Cells are cut from the zone, if it is convex, by bisectors until at each of their vertices
    no site has less power (see `geomot.power.cutting`); from a zone that is not convex simplex by
    simplex.  Vertices are exact up to rounding: there is no tolerance.

    Examples
    --------
    >>> from geomot import Zone
    >>> cells = power_diagram([[0.25, 0.5], [0.75, 0.5]], [0.1, 0.0], Zone.box([0, 0], [1, 1]))
    >>> [round(cell.measure, 12) for cell in cells]
    [0.6, 0.4]

    The first of two sites at one place has the cell, the other an empty one:

    >>> cells = power_diagram([[0.5, 0.5], [0.5, 0.5]], [0.0, 0.0], Zone.box([0, 0], [1, 1]))
    >>> [cell.measure for cell in cells], len(cells[1].vertices)
    ([1.0, 0.0], 0)
    """
    zone = Zone.of(zone)
    costs = distance_costs(points, exponent=2.0)
    check_sites(costs, zone)
    costs = costs.with_offset(checked_weights("weight", weights, costs.count, plural=True))
    lower, upper = zone.bounds
    origin, scale = 0.5 * (lower + upper), 2.0 ** np.ceil(np.log2(zone.extent))
    places, weighted = (costs.positions - origin) / scale, costs.offset / scale**2
    kept = _first_heaviest(places, weighted)
    sites = PowerSites(places[kept], weighted[kept])
    mesh = Mesh((zone.triangulation.vertices - origin) / scale, zone.triangulation.simplices)
    walls = convex_walls(mesh)
    box = (np.array([lower, upper]) - origin) / scale
    problem = PowerProblem(sites, box, no_walls(zone.dimension) if walls is None else walls)
    cells = cut_cells(problem)
    if walls is None:
        parts, own = clipped(problem, cells, mesh)
    else:
        own, _, entry = numbered(cells.owners)
        parts = replace(cells, owners=entry)

    def back(local: Polytopes) -> Polytopes:
        planes = np.where(local.planes >= 0, kept[np.maximum(local.planes, 0)], local.planes)
        return replace(local, points=scale * local.points, planes=planes)

    whole = None if walls is not None else back(replace(cells, owners=kept[cells.owners]))
    return PowerDiagram(costs.positions, costs.offset, zone, back(parts), kept[own], whole, origin)


def _sum(groups: Ints, values: Floats, count: int) -> Floats:
    return np.asarray(np.bincount(groups, values, minlength=count), dtype=float)


def _first_heaviest(places: Floats, weights: Floats) -> Ints:
    """Return the sites without those that coincide with a heavier one, or an earlier one as heavy."""
    order = np.lexsort((np.arange(len(places)), -weights, *places.T))
    ordered = places[order]
    fresh = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
    return np.sort(order[fresh])
