"""Planar diagrams whose boundaries are circular arcs, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import emptied, numbered_in, said
from geomot.arcs.cell import ArcCell
from geomot.arcs.cells import LiftedProblem, pieces_of
from geomot.arcs.crossings import Surfaces
from geomot.arcs.edges import boundary_edges
from geomot.arcs.lifting import LiftedSites, lifted_sites
from geomot.arcs.moments import Moments, moments
from geomot.arcs.rings import Rings, chained
from geomot.arcs.tidying import tidied
from geomot.arcs.zones import zone_walls
from geomot.checking.sealing import sealed
from geomot.costs.base import Costs
from geomot.costs.radial import PowerProfile, RadialCosts
from geomot.densities.base import Density
from geomot.diagram.arguments import check_costs
from geomot.diagram.locating import located
from geomot.diagram.minimization import SKETCH_FLAT, Masses, minimization_diagram
from geomot.diagram.planar.regions import Region
from geomot.diagram.sequence import CellSequence
from geomot.errors import InvalidCostError, UnresolvedError
from geomot.geometry.body import Cells, Labelled, flat_simplices
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints
from geomot.power.cutting import cut_cells

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

LOST = 1e-9  # share of the zone's area that cells may fail to tile before it is an error


@dataclass(frozen=True, eq=False)
class ArcDiagram(Cells, CellSequence[ArcCell]):
    """The cells of costs lambda_b |x - p_b|^2 + c_b, bounded by circular arcs and straight pieces.

    A sequence of one `ArcCell` per site; what all cells have is also there as arrays.  Other packages
    get polygons with chords for arcs, within 1e-6 of the zone's extent; `geomot.export.write_arcs`
    writes the arcs themselves.

    Parameters
    ----------
    costs
        The costs as they were given.
    zone
        The zone.
    rings
        The boundaries, in local units: x is ``origin + scale * points``.
    sites
        The sites, in local units.
    origin, scale
        ``(2,)`` and one number, metres.

    See Also
    --------
    arc_diagram : the checked constructor.

    Examples
    --------
    >>> from geomot import Zone, arc_diagram, distance_costs
    >>> costs = distance_costs([[0.3, 0.5], [0.7, 0.5]])
    >>> arc_diagram(costs, Zone.box([0, 0], [1, 1])).measures.round(12).tolist()
    [0.5, 0.5]
    """

    costs: RadialCosts
    zone: Zone
    rings: Rings
    sites: LiftedSites
    origin: Floats
    scale: float

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(len(self), "cell", self.dimension), *emptied(self.measures))

    def __len__(self) -> int:
        """Return the number of sites, B."""
        return self.costs.count

    def _cell(self, site: int) -> ArcCell:
        return ArcCell(self, site)

    @property
    def measures(self) -> Floats:
        """Areas of the cells, ``(B,)``, metres^2: exact up to rounding."""
        return sealed(self.scale**2 * self._moments.areas)

    @cached_property
    def centroids(self) -> Floats:
        """Centroids of the cells, ``(B, 2)``, metres; not a number for empty cells."""
        with np.errstate(invalid="ignore", divide="ignore"):
            middles = self._middles + self._moments.firsts / self._moments.areas[:, None]
        return sealed(self.origin + self.scale * middles)

    @cached_property
    def second_moments(self) -> Floats:
        """Integrals of (x - p_b) (x - p_b)^T over the cells, ``(B, 2, 2)``, metres^4."""
        found, arms = self._moments, self._middles - self._places
        mixed = found.firsts[:, :, None] * arms[:, None]
        whole = found.areas[:, None, None] * arms[:, :, None] * arms[:, None]
        return sealed(self.scale**4 * (found.seconds + mixed + np.swapaxes(mixed, 1, 2) + whole))

    def locate(self, points: ArrayLike) -> Ints:
        """Return the cell that holds each point, -1 outside the zone; see `MinimizationDiagram.locate`.

        Parameters
        ----------
        points
            ``(m, 2)``, metres.

        Examples
        --------
        >>> from geomot import Zone, arc_diagram, distance_costs
        >>> cells = arc_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
        ...                     Zone.box([0, 0], [10, 10]))
        >>> cells.locate([[4.0, 5.0], [9.0, 5.0], [-1.0, 0.0]]).tolist()
        [0, 1, -1]
        """
        return located(self.costs, self.zone, points)

    def integrate(self, density: Density, tolerance: float = 1e-9) -> Masses:
        """Return the mass of each cell, by cubature in a `minimization_diagram` of the same costs.

        Parameters
        ----------
        density
            What to integrate; it need not be normalised.
        tolerance
            Largest error of a mass, as a share of the total mass.

        Returns
        -------
        Masses and their errors.  As for areas, of sites that are the same the first one has all.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not between 0 and 1.
        InvalidDensityError
            If the density is none, not of the zone's dimension, or has no mass in the zone.

        Examples
        --------
        >>> from geomot import Zone, arc_diagram, distance_costs, gaussian
        >>> cells = arc_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
        ...                     Zone.box([0, 0], [10, 10]))
        >>> masses = cells.integrate(gaussian([4.0, 5.0], 0.5)).values  # the circle's own centre
        >>> bool(abs(masses[0] - (1.0 - np.exp(-8.0))) < 1e-9)
        True
        """
        masses = minimization_diagram(self.costs, self.zone, tolerance).integrate(density)
        first = self.costs.representatives()
        values, errors = (
            np.asarray(np.bincount(first, each, minlength=len(self)), dtype=float)
            for each in (masses.values, masses.errors)
        )
        return replace(masses, values=values, errors=errors)

    def regions(self, tolerance: float | None = None) -> tuple[Region, ...]:
        """Return the cells as polygons, as `MinimizationDiagram.regions` does.

        Parameters
        ----------
        tolerance
            Largest distance between a chord and the arc it stands for, metres; by default 1e-6 of the
            zone's extent.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not positive.

        Examples
        --------
        >>> from geomot import Zone, arc_diagram, distance_costs
        >>> cells = arc_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
        ...                     Zone.box([0, 0], [10, 10]))
        >>> bool(abs(cells.regions(1e-6)[0].polygon.area - 4.0 * np.pi) < 1e-4)
        True
        """
        return tuple(Region(cell.site, cell.polygon(tolerance)) for cell in self)

    @property
    def dimension(self) -> int:
        """Number of coordinates: 2."""
        return 2

    def _areas_of(self, polygons: Sequence[BaseGeometry]) -> list[float]:
        return [float(area) for area in self.measures]  # the polygons have chords

    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        return [(cell.site, cell.polygon()) for cell in self]

    def _cell_count(self) -> int:
        return len(self)

    def _beside(self) -> list[list[int]]:
        return [cell.neighbours.tolist() for cell in self]

    def _flat(self) -> list[tuple[int, BaseGeometry]]:
        return [(cell.site, cell.polygon(SKETCH_FLAT * self.zone.extent)) for cell in self]

    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        return []

    def _labelled(self) -> Labelled:
        return flat_simplices(self._polygons())

    @cached_property
    def _places(self) -> Floats:
        return (self.costs.positions - self.origin) / self.scale

    @cached_property
    def _middles(self) -> Floats:
        """Means of the ends of each cell's pieces: what is near a cell loses nothing."""
        cells, count = self.rings.cells, len(self)
        number = np.maximum(np.bincount(cells, minlength=count), 1)
        sums = [np.bincount(cells, column, minlength=count) for column in self.rings.points.T]
        return np.stack(sums, axis=1) / number[:, None]

    @cached_property
    def _moments(self) -> Moments:
        rings = self.rings
        return moments(rings.points, rings.ends, rings.turns, rings.cells, self._middles)

    @cached_property
    def _circles(self) -> tuple[Floats, Floats]:
        return _circles(self.sites, self.rings.cells, self.rings.others)


def arc_diagram(costs: Costs, zone: Zone | Any) -> ArcDiagram:
    """Return the exact diagram of costs whose bisectors are circles and lines.

    Parameters
    ----------
    costs
        Costs factor |x - p|^2 + offset, or such that have the same cells: factor |x - p|^k without
        offsets (the multiplicatively weighted diagram), any function of the distance that all sites
        share.
    zone
        A planar zone, or what `Zone.of` takes.

    Returns
    -------
    A sequence of cells, one per site; empty where a site has none.

    Raises
    ------
    InvalidCostError
        If the costs are of another kind, or the zone is not planar.
    UnresolvedError
        If the factors differ by so much that rounding leaves cells that do not tile the zone.

    Notes
    -----
    Costs lambda |x - p|^2 + c are affine in (x, |x|^2): cells are those of a power diagram in space
    (see `geomot.power.cutting`), cut by the paraboloid z = |x|^2 (F. Aurenhammer and H. Edelsbrunner,
    *An optimal algorithm for constructing the weighted Voronoi diagram in the plane*, Pattern
    Recognition 17, 1984).  Vertices are ties of three sites; centres and radii have closed forms;
    nothing is approximated, and all areas are exact up to rounding.  Of sites that are the same the
    first one has the cell.  Where boundaries of four or more cells touch each other in a point, without
    crossing, the point itself is known to the root of rounding, some 1e-8 of the zone: there neighbours
    may have different points, and a polygon may cross itself by as much.

    Examples
    --------
    Apollonius' circle: of two sites with factors 2 and 1, the first keeps a disk of radius 2 d / 3.

    >>> from geomot import Zone, arc_diagram, distance_costs
    >>> diagram = arc_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
    ...                       Zone.box([0, 0], [10, 10]))
    >>> diagram[0].rings[0].centers.tolist(), diagram[0].rings[0].radii.tolist()
    ([[4.0, 5.0], [4.0, 5.0]], [2.0, 2.0])
    >>> bool(abs(diagram.measures[0] - 4.0 * np.pi) < 1e-14 * np.pi)
    True
    """
    zone = Zone.of(zone)
    given = _checked(costs, zone)
    simple = given.simplified()
    if not (
        isinstance(simple, RadialCosts)
        and isinstance(simple.profile, PowerProfile)
        and simple.profile.exponent == 2.0
    ):
        raise InvalidCostError(
            "the costs have bisectors that are not circles; expected squared distances with factors "
            "and offsets, or a power of the distance with factors alone: take a minimization_diagram"
        )
    lower, upper = zone.bounds
    origin, scale = 0.5 * (lower + upper), float(2.0 ** np.ceil(np.log2(zone.extent)))
    places = (simple.positions - origin) / scale
    kept = _first_cheapest(places, simple.factor, simple.offset)
    walls = zone_walls(
        Mesh((zone.triangulation.vertices - origin) / scale, zone.triangulation.simplices)
    )
    offsets = simple.offset / scale**2
    every = lifted_sites(places, simple.factor, offsets, walls.box)
    sites = lifted_sites(places[kept], simple.factor[kept], offsets[kept], walls.box)
    problem = LiftedProblem(sites, walls)
    surfaces = Surfaces(problem, *pieces_of(problem, cut_cells(problem)))
    edges = tidied(boundary_edges(surfaces), walls)
    local = chained(edges, sites)
    others = np.where(local.others >= 0, kept[np.maximum(local.others, 0)], -1)
    rings = Rings(kept[local.cells], others, local.starts, local.points, local.turns)
    diagram = ArcDiagram(given, zone, rings, every, origin, scale)
    lost = float(abs(diagram.measures.sum() - zone.measure)) / zone.measure
    if not lost < LOST:
        raise UnresolvedError(
            f"rounding leaves {lost:.2g} of the zone in no cell, or in two; expected costs that "
            "floating point can tell apart: sites that nearly coincide are better made one"
        )
    return diagram


def _checked(costs: Costs, zone: Zone) -> RadialCosts:
    check_costs(costs)
    if zone.dimension != 2 or costs.dimension != 2:
        raise InvalidCostError(
            f"costs are in {costs.dimension} dimensions and the zone in {zone.dimension}; expected a "
            "planar zone and sites with two coordinates: arcs are planar"
        )
    if not isinstance(costs, RadialCosts):
        raise InvalidCostError(
            f"costs are {type(costs).__name__}; expected functions of the distance to a site, as "
            "distance_costs makes them: take a minimization_diagram"
        )
    return costs


def _circles(sites: LiftedSites, cells: Ints, others: Ints) -> tuple[Floats, Floats]:
    """Return centres and radii of pieces, not finite where they are straight."""
    centers, squares = sites.circles(cells, np.where(others >= 0, others, cells))
    straight = (others < 0) | (sites.factors[cells] == sites.factors[np.maximum(others, 0)])
    centers[straight] = np.nan
    return centers, np.where(straight, np.inf, np.sqrt(np.maximum(squares, 0.0)))


def _first_cheapest(places: Floats, factors: Floats, offsets: Floats) -> Ints:
    """Return the sites without those where one of the same place and factor is cheaper, or first."""
    order = np.lexsort((np.arange(len(places)), offsets, factors, *places.T))
    rows = np.column_stack([places, factors])[order]
    fresh = np.append(True, (rows[1:] != rows[:-1]).any(axis=1))
    return np.sort(order[fresh])
