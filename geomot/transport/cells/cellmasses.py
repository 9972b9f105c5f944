"""What cells hold at given offsets, and how that changes with them: exact cells, or any costs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
from scipy import sparse

from geomot.costs.base import Costs
from geomot.costs.radial import RadialCosts
from geomot.cubature.integrands import DensityIntegrand
from geomot.densities.base import Density
from geomot.diagram.minimization import MinimizationDiagram
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, squared_norms
from geomot.power.diagram import PowerDiagram, power_diagram
from geomot.transport.cells.evaluator import CellTotals, Evaluator
from geomot.transport.interfaces.assembly import Exchanges, exchanges

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
    def laplacian(self) -> sparse.csr_array:
        """Return minus the derivative of the masses in the offsets, ``(B, B)``: a graph's Laplacian.

        A rise of the offset of b by dw moves the mass h_bj dw from b to j: h_bj, minus the entry of b
        and j, is the integral of the density / |grad(c_b - c_j)| over their facet.
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

    def laplacian(self) -> sparse.csr_array:
        """Return the integrals over the facets over 2 factor |p_b - p_j|."""
        facets = self.cells.facets
        rates = self.cells.facet_integrals(self.density, total=1.0)
        once = facets.neighbours > facets.cells
        first, second = facets.cells[once], facets.neighbours[once]
        apart = np.sqrt(squared_norms(self.cells.points[first] - self.cells.points[second]))
        rates = rates[once] / (2.0 * self.factor * apart)
        signs = np.array([[1.0, -1.0], [-1.0, 1.0]]).reshape(1, 2, 1, 2, 1)
        pairs = np.stack([first, second], axis=1)
        return Exchanges(pairs, rates.reshape(-1, 1, 1, 1, 1) * signs).matrix(len(self.masses))


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
    totals: CellTotals
    zone: Zone
    offsets: Floats

    def diagram(self, offsets: Floats, tolerance: float) -> MinimizationDiagram:
        """Return the minimization diagram on the same subdivision."""
        costs = self.totals.costs.with_offset(offsets)
        return MinimizationDiagram(costs, self.zone, tolerance, self.totals.state)

    def laplacian(self) -> sparse.csr_array:
        """Return the sums over the interface nodes, whose weights have the gradient in them."""
        nodes = self.totals.state.interfaces
        density = np.repeat(self.density.values(nodes.points), 2).reshape(-1, 2, 1)
        return exchanges(nodes, density, np.ones_like(density)).matrix(len(self.masses))


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

    def __init__(self, costs: Costs, density: Density, zone: Zone) -> None:
        self.costs, self.density, self.zone = costs, density, zone
        corners = zone.triangulation.vertices[:, None]
        spread = float(np.ptp(costs.values(corners, np.arange(costs.count))))
        self._cells = Evaluator(zone, DensityIntegrand(density, 1.0), REUSE * spread)

    def at(self, offsets: Floats, tolerance: float, near: EngineCells | None = None) -> EngineCells:
        """Return the cells of a new subdivision, or of one nearby where that was prepared for it."""
        costs, state, change = self.costs.with_offset(offsets), None, np.inf
        if near is not None:
            state, change = near.totals.state, float(np.ptp(offsets - near.offsets))
        totals = self._cells.totals(costs, tolerance, state, change)
        errors = totals.errors[:, 0] + EPSILON  # masses are sums over simplices of a mass about 1
        return EngineCells(totals.values[:, 0], errors, self.density, totals, self.zone, offsets)


def cell_masses(costs: Costs, density: Density, zone: Zone) -> CellMasses[Any]:
    """Return exact power cells for squared distances with one factor, else those of the engine."""
    if isinstance(costs, RadialCosts) and costs.affine:
        return PowerMasses(costs.positions, float(costs.factor[0]), density, zone)
    return EngineMasses(costs, density, zone)
