"""The minimization diagram of a family of costs: each point goes to the site with the least cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.colors import touching
from geomot.appearance.reprs import numbered_in, said
from geomot.checking.sealing import Sealed
from geomot.costs.base import Costs
from geomot.cubature.integrands import DensityIntegrand
from geomot.densities.base import Density
from geomot.densities.gaussian import Uniform
from geomot.diagram.arguments import check_chord, check_costs_in, check_tolerance
from geomot.diagram.boundaries.refinement import resolve_topology
from geomot.diagram.locating import located
from geomot.diagram.planar.regions import Region, planar_regions
from geomot.diagram.spatial.partition import Partition, Solid, partition
from geomot.diagram.subdivision.adaptivity import sharpen, subdivide
from geomot.diagram.subdivision.state import Subdivision, start
from geomot.diagram.subdivision.totals import CellIntegrals, cell_integrals, normalized
from geomot.errors import InvalidArgumentError
from geomot.geometry.body import Cells, Labelled, flat_simplices
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

FLAT_CHORD, SOLID_CHORD = 1e-6, 1e-3  # default chord tolerances in the plane and in space, in extents
SKETCH_FLAT, SKETCH_SOLID = 1e-3, 2e-2  # the same for small pictures
CORNER = 1e-10  # size of what is left unresolved where many regions meet, in extents


@dataclass(frozen=True, eq=False)
class Masses(Sealed):
    """Masses of the cells of a diagram.

    Parameters
    ----------
    values
        ``(B,)`` integral of the density over each cell; sites with identical costs share theirs.
    errors
        ``(B,)`` estimated bounds on the errors of the values.
    bounded
        Whether density and costs bound themselves; else what samples miss is not in the errors.
    """

    values: Floats
    errors: Floats
    bounded: bool = True

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(
            self, f"{numbered_in(len(self.values), 'cell', None)}, total={self.values.sum():.6g}"
        )


@dataclass(frozen=True, eq=False)
class MinimizationDiagram(Cells):
    """The cells a_b = {x in the zone : c_b(x) <= c_j(x) for all j}.

    Parameters
    ----------
    costs
        The costs c_b.
    zone
        The zone.
    tolerance
        Largest error of a mass, as a share of the total mass.
    subdivision
        The labelled mesh that integrals start from.

    See Also
    --------
    minimization_diagram : the checked constructor.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> costs = distance_costs([[0.2, 0.5], [0.8, 0.5]], exponent=2)
    >>> diagram = minimization_diagram(costs, Zone.box([0, 0], [1, 1]))
    >>> diagram.measures.round(9).tolist()
    [0.5, 0.5]
    >>> [round(shape.area, 9) for shape in diagram.to_shapely().geoms]
    [0.5, 0.5]
    """

    costs: Costs
    zone: Zone
    tolerance: float
    subdivision: Subdivision

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(
            self,
            numbered_in(self.costs.count, "cell", self.dimension),
            f"tolerance={self.tolerance:g}",
        )

    @property
    def bounded(self) -> bool:
        """Whether the costs bound themselves; else cells rest on samples, and some may be missed."""
        return self.costs.bounded

    @property
    def measures(self) -> Floats:
        """Areas (volumes) of the cells, ``(B,)``, metres^d; they sum to the zone's."""
        return self._areas.values

    @property
    def measure_errors(self) -> Floats:
        """Estimated bounds on the errors of `measures`, ``(B,)``, metres^d."""
        return self._areas.errors

    @cached_property
    def _areas(self) -> Masses:
        return self._integral(Uniform(), self.zone.measure)

    @cached_property
    def _simplified(self) -> Costs:
        return self.costs.simplified()

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.zone.dimension

    @cached_property
    def _cells(self) -> tuple[Region, ...] | tuple[Solid, ...]:
        """The cells with the default chord tolerance."""
        return self.regions()

    def _flat(self) -> list[tuple[int, BaseGeometry]]:
        sketch = self.polygons(SKETCH_FLAT * self.zone.extent)
        return [(region.site, region.polygon) for region in sketch]

    def _cell_count(self) -> int:
        return self.costs.count

    def _beside(self) -> list[list[int]]:
        if self.dimension == 2:
            return touching([polygon for _, polygon in self._polygons()])
        return self._sketch.beside

    @cached_property
    def _sketch(self) -> Partition:
        """The cells in space as small pictures show them: which of them meet is known here already."""
        return self.solids(SKETCH_SOLID * self.zone.extent)[0].partition

    def _seen(self) -> list[tuple[int, Floats]]:
        whole = self._sketch
        outer = whole.sides.cells[:, 1] < 0
        owners, corners = whole.sides.cells[outer, 0], whole.vertices[whole.sides.corners[outer]]
        return [(site, corners[owners == site]) for site in range(self.costs.count)]

    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        return [pair for cell in self._cells for pair in cell._polygons()]

    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        return [pair for cell in self._cells for pair in cell._surfaces()]

    def _labelled(self) -> Labelled:
        if self.dimension == 2:
            return flat_simplices(self._polygons())
        whole = cast("tuple[Solid, ...]", self._cells)[0].partition
        return whole.labelled(np.ones(len(whole.cells.cells), dtype=bool))

    def _caption(self) -> str:
        size = f"{self.zone.measure:.6g} m{'²' if self.dimension == 2 else '³'}"
        return f"{type(self).__name__}: {size}, {self.costs.count} cells"

    @cached_property
    def representatives(self) -> Ints:
        """First site with the identical cost, ``(B,)``: such sites have one cell, under its number."""
        return self.costs.representatives()

    def integrate(self, density: Density) -> Masses:
        """Return the mass of each cell.

        Parameters
        ----------
        density
            What to integrate; it need not be normalised.

        Raises
        ------
        InvalidDensityError
            If the density has no mass in the zone.

        Examples
        --------
        >>> from geomot import Zone, distance_costs, gaussian, minimization_diagram
        >>> halves = minimization_diagram(distance_costs([[0.2, 0.5], [0.8, 0.5]], exponent=2),
        ...                               Zone.box([0, 0], [1, 1]))
        >>> masses = halves.integrate(gaussian([0.5, 0.5], 0.05))
        >>> bool(abs(masses.values - 0.5).max() < 1e-9)
        True
        """
        total = 1.0 / normalized(density, self.zone, 0.1 * self.tolerance).factor
        masses = self._integral(density, total)
        return replace(masses, bounded=density.bounded and self.bounded)

    def locate(self, points: ArrayLike) -> Ints:
        """Return the cell that holds each point, -1 outside the zone.

        Parameters
        ----------
        points
            ``(m, d)``, metres.

        Raises
        ------
        InvalidArgumentError
            If the points are not finite or not ``(m, d)``.

        Notes
        -----
        The least cost at the point, ties within rounding by site number: no mesh is involved.

        Examples
        --------
        >>> from geomot import Zone, distance_costs, minimization_diagram
        >>> diagram = minimization_diagram(distance_costs([[0., 0.], [1., 1.]]),
        ...                                Zone.box([0, 0], [1, 1]))
        >>> diagram.locate([[0.2, 0.3], [0.9, 0.5], [2.0, 2.0]]).tolist()
        [0, 1, -1]
        """
        return located(self.costs, self.zone, points)

    def regions(self, tolerance: float | None = None) -> tuple[Region, ...] | tuple[Solid, ...]:
        """Return the cells: polygons, or solids in space, whose vertices lie on the bisectors.

        Parameters
        ----------
        tolerance
            Largest distance between a chord, or a flat face, and the boundary it stands for, metres; by
            default 1e-6 of the zone's extent in the plane and 1e-3 in space.  Pieces of cells that are
            thinner than both this and the default may be missing.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not positive.
        UnresolvedError
            If costs tie so nearly that rounding makes a boundary cross itself, or the tolerance takes
            too many simplices.

        Examples
        --------
        >>> from geomot import Zone, distance_costs, minimization_diagram
        >>> diagram = minimization_diagram(distance_costs([[1., 1.], [3., 1.]]),
        ...                                Zone.box([0, 0], [4, 2]))
        >>> [round(region.polygon.area, 9) for region in diagram.regions()]
        [4.0, 4.0]
        """
        return self.polygons(tolerance) if self.zone.dimension == 2 else self.solids(tolerance)

    def solids(self, tolerance: float | None = None) -> tuple[Solid, ...]:
        """Return the cells of a spatial diagram as solids that share their faces; see `regions`.

        Parameters
        ----------
        tolerance
            As for `regions`.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not positive, or the zone is planar.
        UnresolvedError
            If the tolerance takes too many simplices.

        Examples
        --------
        >>> from geomot import Zone, distance_costs, minimization_diagram
        >>> halves = minimization_diagram(distance_costs([[0.5, 0.5, 0.5], [1.5, 0.5, 0.5]]),
        ...                               Zone.box([0, 0, 0], [2, 1, 1]), 1e-3)
        >>> [round(float(solid.mesh().volume), 9) for solid in halves.solids()]
        [1.0, 1.0]
        """
        chord = self._chord(tolerance, 3, SOLID_CHORD)
        whole = partition(self._simplified, self.zone, chord)
        return tuple(Solid(site, whole) for site in range(self.costs.count))

    def _chord(self, tolerance: float | None, dimension: int, default: float) -> float:
        if self.zone.dimension != dimension:
            what = (
                "solids were asked of a planar"
                if dimension == 3
                else "polygons were asked of a spatial"
            )
            raise InvalidArgumentError(
                f"{what} diagram; expected a zone in {dimension} dimensions: ask for its regions"
            )
        chord = default * self.zone.extent if tolerance is None else tolerance
        check_chord(chord)
        return chord

    def polygons(self, tolerance: float | None = None) -> tuple[Region, ...]:
        """Return the cells of a planar diagram as polygons; see `regions`.

        Parameters
        ----------
        tolerance
            As for `regions`.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not positive, or the zone is in space.
        UnresolvedError
            If costs tie so nearly that rounding makes a boundary cross itself.

        Examples
        --------
        >>> from geomot import Zone, distance_costs, minimization_diagram
        >>> disk = minimization_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
        ...                             Zone.box([0, 0], [10, 10])).polygons(0.1)[0].polygon
        >>> bool(abs(disk.area - 4.0 * np.pi) < 0.1 * disk.length)
        True
        """
        chord = self._chord(tolerance, 2, FLAT_CHORD)
        # no smaller than the coordinates' spacing allows, far from the origin
        spacing = float(np.spacing(np.abs(self.zone.triangulation.vertices).max()))
        size = max(CORNER * self.zone.extent, 1e3 * spacing)
        costs = self._simplified
        state = start(costs, self.zone.triangulation, 1, conforming=True)
        state = resolve_topology(costs, state, min(chord, FLAT_CHORD * self.zone.extent))
        state = sharpen(costs, state, min(size, chord))
        return planar_regions(costs, self.zone, state, chord)

    def _integral(self, density: Density, total: float) -> Masses:
        # structure and candidates are the diagram's; only the integrals are new
        integrand = DensityIntegrand(density, total)
        blank = self.subdivision.with_components(1)
        state = subdivide(self._simplified, blank, integrand, self.tolerance)
        return self._shared(cell_integrals(state, integrand, self.costs.count))

    def _shared(self, totals: CellIntegrals) -> Masses:
        """Share the masses of identical sites equally."""
        size = np.bincount(self.representatives, minlength=self.costs.count)
        group = self.representatives
        return Masses(totals.values[group, 0] / size[group], totals.errors[group, 0] / size[group])


def minimization_diagram(
    costs: Costs, zone: Zone | Any, tolerance: float = 1e-9
) -> MinimizationDiagram:
    """Return the minimization diagram of costs in a zone.

    Parameters
    ----------
    costs
        One cost per site.
    zone
        A zone, or what `Zone.of` takes.
    tolerance
        Largest error of a mass, as a share of the total mass.

    Returns
    -------
    MinimizationDiagram
        The cells, as integrals over them or as regions.

    Raises
    ------
    InvalidCostError
        If the costs are none, or differ from the zone in dimension.
    InvalidZoneError
        If the zone is none.
    InvalidArgumentError
        If the tolerance is not between 0 and 1.

    Notes
    -----
    Eq. 14 of Hashash et al., "Towards a Decentralized Metaverse", is such a diagram; so are Voronoi,
    power, and multiplicatively or additively weighted diagrams.

    Examples
    --------
    Apollonius' circle: of two sites with factors 2 and 1, the first keeps a disk of radius 2 d / 3.

    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> diagram = minimization_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
    ...                                Zone.box([0, 0], [10, 10]))
    >>> bool(abs(diagram.measures[0] - np.pi * 2.0**2) < 1e-7)
    True
    """
    zone = Zone.of(zone)
    check_costs_in(costs, zone)
    check_tolerance(tolerance)
    integrand = DensityIntegrand(Uniform(), zone.measure)
    simple = costs.simplified()
    state = subdivide(simple, start(simple, zone.triangulation, 1), integrand, tolerance)
    return MinimizationDiagram(costs, zone, tolerance, state)
