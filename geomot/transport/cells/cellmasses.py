"""What cells hold at given offsets, and how that changes with them: exact cells, or any costs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from scipy import sparse

from geomot.costs.base import Costs
from geomot.costs.radial import RadialCosts
from geomot.cubature.integrands import DensityIntegrand
from geomot.densities.base import Density
from geomot.diagram.minimization import MinimizationDiagram
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import Subdivision, start
from geomot.diagram.subdivision.totals import cell_integrals
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints, squared_norms
from geomot.power.diagram import PowerDiagram, power_diagram

EPSILON = float(np.finfo(float).eps)
# largest change of offsets, in spreads of the costs, for which a subdivision is prepared for the next
REUSE = 1e-3


class Cells(ABC):
    """Cells at some offsets."""

    masses: Floats
    errors: Floats

    @abstractmethod
    def diagram(self, offsets: Floats, tolerance: float) -> PowerDiagram | MinimizationDiagram:
        """Return the diagram for the user; the offsets differ from the cells' own by a constant."""

    @abstractmethod
    def exchanges(self) -> tuple[Ints, Ints, Floats]:
        """Return what pairs of cells exchange: cells b and j, and the rate h_bj >= 0, once a pair.

        A rise of the offset of b by dw moves the mass h_bj dw from b to j: h_bj is the integral of the
        density / |grad(c_b - c_j)| over their facet.
        """


C = TypeVar("C", bound=Cells)


class CellMasses(ABC, Generic[C]):
    """The cells of some costs under a density of mass 1, at any offsets."""

    @abstractmethod
    def at(self, offsets: Floats, tolerance: float, near: C | None = None) -> C:
        """Return the cells, their masses within a tolerance; those at offsets nearby may be of use."""


@dataclass(frozen=True, eq=False)
class PowerCells(Cells):
    """Cells of a power diagram."""

    masses: Floats
    errors: Floats
    cells: PowerDiagram
    factor: float
    density: Density

    def diagram(self, offsets: Floats, tolerance: float) -> PowerDiagram:
        """Return the power diagram."""
        return replace(self.cells, weights=-offsets / self.factor)

    def exchanges(self) -> tuple[Ints, Ints, Floats]:
        """Return the integrals over the facets over 2 factor |p_b - p_j|."""
        facets = self.cells.facets
        rates = self.cells.facet_integrals(self.density, total=1.0)
        once = facets.neighbours > facets.cells
        first, second = facets.cells[once], facets.neighbours[once]
        apart = np.sqrt(squared_norms(self.cells.points[first] - self.cells.points[second]))
        return first, second, rates[once] / (2.0 * self.factor * apart)


@dataclass(frozen=True, eq=False)
class PowerMasses(CellMasses[PowerCells]):
    """Costs factor |x - p_b|^2 + w_b, whose cells are those of the weights -w_b / factor.

    Parameters
    ----------
    points
        ``(B, d)`` sites, all at different places.
    factor
        The common factor.
    density
        Of mass 1 in the zone.
    zone
        The zone.
    """

    points: Floats
    factor: float
    density: Density
    zone: Zone

    def at(self, offsets: Floats, tolerance: float, near: PowerCells | None = None) -> PowerCells:
        """Return the power cells."""
        cells = power_diagram(self.points, -offsets / self.factor, self.zone)
        masses = cells.integrate(self.density, tolerance, 1.0)
        return PowerCells(masses.values, masses.errors, cells, self.factor, self.density)


@dataclass(frozen=True, eq=False)
class EngineCells(Cells):
    """Cells of a subdivision."""

    masses: Floats
    errors: Floats
    density: Density
    state: Subdivision
    costs: Costs
    zone: Zone
    offsets: Floats

    def diagram(self, offsets: Floats, tolerance: float) -> MinimizationDiagram:
        """Return the minimization diagram on the same subdivision."""
        costs = self.costs.with_offset(offsets)
        return MinimizationDiagram(costs, self.zone, tolerance, self.state)

    def exchanges(self) -> tuple[Ints, Ints, Floats]:
        """Return the sums over the interface nodes, whose weights have the gradient in them."""
        nodes = self.state.interfaces
        count = len(self.masses)
        rates = self.density.values(nodes.points) * nodes.weights
        pairs = np.sort(nodes.pairs, axis=1)
        keys, entry = np.unique(pairs[:, 0] * count + pairs[:, 1], return_inverse=True)
        total = np.asarray(np.bincount(entry.reshape(-1), rates, minlength=len(keys)), dtype=float)
        return keys // count, keys % count, total


@dataclass(frozen=True, eq=False)
class EngineMasses(CellMasses[EngineCells]):
    """Any costs, on a subdivision of the zone.

    Parameters
    ----------
    costs
        The costs; no two are identical.
    density
        Of mass 1 in the zone.
    zone
        The zone.
    """

    costs: Costs
    density: Density
    zone: Zone

    def at(self, offsets: Floats, tolerance: float, near: EngineCells | None = None) -> EngineCells:
        """Return the cells of a new subdivision, or of one nearby where that was prepared for it."""
        costs, integrand = self.costs.with_offset(offsets), DensityIntegrand(self.density, 1.0)
        change = np.inf if near is None else float(np.ptp(offsets - near.offsets))
        if near is not None and change == 0.0:  # the same cells, to be known better
            state = near.state
        elif near is not None and change <= near.state.margin:
            state = near.state.for_other_costs()
        else:
            state = start(costs, self.zone.triangulation, 1)
        # the next step is expected to be no longer than the one that led here
        margin = change if change < REUSE * self._spread else 0.0
        state = subdivide(costs, state, integrand, tolerance, margin)
        totals = cell_integrals(state, integrand, costs.count)
        errors = totals.errors[:, 0] + EPSILON  # masses are sums over simplices of a mass about 1
        return EngineCells(totals.values[:, 0], errors, self.density, state, costs, self.zone, offsets)

    @cached_property
    def _spread(self) -> float:
        """How much the costs differ in the zone."""
        corners = self.zone.triangulation.vertices[:, None]
        return float(np.ptp(self.costs.values(corners, np.arange(self.costs.count))))


def cell_masses(costs: Costs, density: Density, zone: Zone) -> CellMasses[Any]:
    """Return exact power cells for squared distances with one factor, else those of the engine."""
    if isinstance(costs, RadialCosts) and costs.affine:
        return PowerMasses(costs.positions, float(costs.factor[0]), density, zone)
    return EngineMasses(costs, density, zone)


def laplacian(cells: Cells) -> sparse.csc_array:
    """Return minus the derivative of the masses in the offsets, ``(B, B)``: a graph's Laplacian."""
    first, second, rates = cells.exchanges()
    count = len(cells.masses)
    rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
    entries = np.concatenate([rates, rates])
    off = sparse.coo_array((entries, (rows, columns)), shape=(count, count))
    return (sparse.diags_array(np.asarray(off.sum(axis=1)).reshape(-1)) - off).tocsc()
