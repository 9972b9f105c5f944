"""Transport with congestion: a cell's cost grows with its own mass and with what it must serve.

Sites b with offsets w_b and resources q_b > 0 have the costs c_b(x; q_b) + w_b.  An equilibrium is

    alpha_b = m_b exp(w_b)             alpha_b = mass of the cell of b
    q_b     = Q_b - l_b / m_b          l_b = integral of the demand v_b over the cell of b

so that x pays c_b + log(alpha_b / m_b) at its cheapest site, and what is left of the capacity Q_b
after the demand decides c_b.  m_b counts identical sites that share one cell.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.integrands import Integrand
from geomot.densities.base import Density
from geomot.geometry.meshes.breaks import Breaks
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints
from geomot.transport.congestion.atoms import Atoms

MASS, LOAD = 0, 1  # components of what is integrated


class CostFamily(ABC):
    """Costs that depend on a resource of each site."""

    @abstractmethod
    def costs(self, resources: Floats, offsets: Floats) -> Costs:
        """Return the costs for resources q with the offsets w added, ``(B,)`` each."""

    @abstractmethod
    def resource_slopes(self, points: Floats, sites: Ints, resources: Floats) -> Floats:
        """Return the derivative of c_b in q_b at points ``(m, d)`` of sites ``(m,)``."""

    @abstractmethod
    def change(self, before: Floats, after: Floats) -> Floats:
        """Return bounds of |c_b(x; q) - c_b(x; q')| over all x, ``(B,)``."""


class Demand(ABC):
    """What each point asks of the resource of the site whose cell it is in, v_b(x), per metre^d."""

    @property
    @abstractmethod
    def breaks(self) -> tuple[Breaks, ...]:
        """Where it is not smooth."""

    @abstractmethod
    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return v_b at points ``(m, d)`` of sites ``(m,)``, finite; huge where b cannot serve x."""

    @abstractmethod
    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return upper bounds on balls over the sites that may win there, ``(m,)``."""

    @abstractmethod
    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the lengths on which it varies, ``(m,)``."""


@dataclass(frozen=True, eq=False)
class CongestionProblem:
    """Data of an equilibrium.

    Parameters
    ----------
    zone
        The zone.
    density
        The mass to share out, normalised to 1 in the zone.
    family
        The costs.
    capacities
        ``(B,)`` Q_b > 0.
    multiplicity
        ``(B,)`` m_b >= 1.
    demand
        The demand that is spread over the zone, or None.
    atoms
        The demand in single points, or None.  Without any demand q_b = Q_b.
    """

    zone: Zone
    density: Density
    family: CostFamily
    capacities: Floats
    multiplicity: Floats
    demand: Demand | None
    atoms: Atoms | None = None

    @property
    def count(self) -> int:
        """Number of sites, B."""
        return len(self.capacities)


@dataclass(frozen=True, eq=False)
class ShareIntegrand(Integrand):
    """The density and, if there is one, the demand: what the residual is made of."""

    problem: CongestionProblem

    @property
    def scales(self) -> Floats:
        """The total mass 1 and the least capacity."""
        least = float((self.problem.capacities * self.problem.multiplicity).min())
        return np.array([1.0] if self.problem.demand is None else [1.0, least])

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """Their breaks."""
        demand = self.problem.demand
        return self.problem.density.breaks + (() if demand is None else demand.breaks)

    @property
    def degree(self) -> int | None:
        """The density's degree, where there is no demand."""
        return self.problem.density.degree if self.problem.demand is None else None

    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return density and demand."""
        parts = [self.problem.density.values(points)]
        if self.problem.demand is not None:
            parts.append(self.problem.demand.values(points, sites))
        return np.stack(parts, axis=1)

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return their bounds."""
        parts = [self.problem.density.upper_bounds(centers, radii)]
        if self.problem.demand is not None:
            parts.append(self.problem.demand.upper_bounds(centers, radii))
        return np.stack(parts, axis=1)

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return their feature sizes."""
        parts = [self.problem.density.feature_sizes(centers, radii)]
        if self.problem.demand is not None:
            parts.append(self.problem.demand.feature_sizes(centers, radii))
        return np.stack(parts, axis=1)
