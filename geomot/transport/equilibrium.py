"""Equilibria with congestion: what each point pays grows with the mass of the cell that it is in.

A point x pays c_b(x) + log(alpha_b) at site b, alpha_b the mass of the cell of b, and goes where that
is least.  With w_b = log(alpha_b) this is the maximum of a strictly concave function of the offsets w
(see `geomot.transport.congestion.newton`): there is one equilibrium, and every site has a part in it.
A delay in proportion to the mass, alpha_b t_b(x), has the cost c_b = log t_b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.sealing import Sealed
from geomot.costs.base import Costs, without_offsets
from geomot.costs.chosen import ChosenCosts
from geomot.costs.radial import RadialCosts
from geomot.densities.base import Density
from geomot.diagram.arguments import check_costs_in, check_limit, check_tolerance
from geomot.diagram.minimization import MinimizationDiagram, minimization_diagram
from geomot.diagram.subdivision.totals import normalized
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints
from geomot.power.diagram import PowerDiagram, power_diagram
from geomot.transport.congestion.evaluation import residuals
from geomot.transport.congestion.newton import solve_equilibrium
from geomot.transport.congestion.problem import CongestionProblem, CostFamily
from geomot.transport.congestion.result import Iteration, Progress, Status, duality_gap
from geomot.transport.starts.offsets import SOFTENED, Congested, softened_offsets

FINAL = 0.1  # tolerance of the density's mass and of the diagram, as a share of the residual's
FINEST = 1e-12  # tolerance below which rounding decides


@dataclass(frozen=True, eq=False)
class CongestionEquilibrium(Sealed):
    """Cells at whose masses nobody would rather be in another one.

    Parameters
    ----------
    offsets
        ``(B,)`` w_b, the logarithms of the masses, added to the costs with the offsets that these have.
    diagram
        The cells of c_b + w_b; exact ones for squared distances.
    masses
        ``(B,)`` alpha_b, shares of the density's mass.
    error
        Estimated bound on the error of any mass.
    residual
        Largest |alpha_b - exp(w_b)|.
    relative_residual
        Largest |log(alpha_b) - w_b|; infinite if a cell is empty.
    certificate
        Primal minus dual of the concave problem, not negative, and zero in equilibrium alone.
    status, message
        How it ended, and what to try if it did not converge.
    history
        One row per iteration, the start first.
    bounded
        Whether costs and density bound themselves; else what samples miss is not in the error.

    Examples
    --------
    >>> from geomot import Uniform, Zone, distance_costs
    >>> one = distance_costs([[0.3, 0.5]])
    >>> found = congestion_equilibrium(one, Uniform(), Zone.box([0, 0], [1, 1]))
    >>> found.status.value, found.masses.round(9).tolist(), found.iterations
    ('converged', [1.0], 0)
    """

    offsets: Floats
    diagram: PowerDiagram | MinimizationDiagram
    masses: Floats
    error: float
    residual: float
    relative_residual: float
    certificate: float
    status: Status
    message: str
    history: tuple[Iteration, ...]
    bounded: bool

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(
            self,
            numbered_in(len(self.masses), "cell", self.diagram.dimension),
            str(self.status),
            f"residual={self.residual:.2g}",
            f"iterations={self.iterations}",
        )

    @property
    def iterations(self) -> int:
        """Number of Newton steps."""
        return len(self.history) - 1


def congestion_equilibrium(
    costs: Costs,
    density: Density,
    zone: Zone | Any,
    *,
    tolerance: float = 1e-9,
    max_iterations: int = 100,
    progress: Progress | None = None,
) -> CongestionEquilibrium:
    """Return the cells in which every point pays least, if it pays for the mass of its cell, too.

    Parameters
    ----------
    costs
        One cost c_b per site, its offset included; a point pays c_b(x) + log(alpha_b).
    density
        What is shared out; it need not be normalised.
    zone
        A zone, or what `Zone.of` takes.
    tolerance
        Largest |alpha_b - exp(w_b)|, and largest error of a mass, as shares of the whole mass.
    max_iterations
        Largest number of Newton steps.
    progress
        Called with each row of the history.

    Returns
    -------
    The masses and the diagram; also where it did not converge, which its status says.

    Raises
    ------
    InvalidCostError, InvalidDensityError, InvalidZoneError
        If costs, density or zone are not valid, or not of one dimension.
    InvalidArgumentError
        If the tolerance is not in (0, 1), or the limit of steps no whole number.

    Notes
    -----
    The first-order condition of: maximise the integral of min_b (c_b + w_b) g minus the sum of
    exp(w_b), which is strictly concave in w; so there is one equilibrium.  For other prices of
    congestion scale the costs: alpha_b^k t_b(x) is least where log(t_b) / k + log(alpha_b) is.  Sites
    whose costs differ by their offsets alone share one cell, in proportion to exp(-offset).

    Examples
    --------
    Two sites in one place, whose costs differ by a constant d; the masses differ by a factor exp(d):

    >>> from geomot import Uniform, Zone, distance_costs
    >>> near = distance_costs([[0.2, 0.5], [0.2, 0.5]], offset=[0.0, np.log(3.0)])
    >>> congestion_equilibrium(near, Uniform(), Zone.box([0, 0], [1, 1])).masses.round(9).tolist()
    [0.75, 0.25]

    A time in proportion to the mass, alpha_b (1 + r), has the cost log(1 + r):

    >>> from geomot import function_costs, monotone_bounds
    >>> costs = function_costs([[0.2, 0.5], [0.9, 0.5]], lambda r: np.log(1.0 + r),
    ...     lambda r: 1.0 / (1.0 + r), monotone_bounds(lambda r: -1.0 / (1.0 + r) ** 2))
    >>> found = congestion_equilibrium(costs, Uniform(), Zone.box([0, 0], [1, 1]), tolerance=1e-7)
    >>> found.status.value, found.masses.round(4).tolist()
    ('converged', [0.5106, 0.4894])
    """
    zone = Zone.of(zone)
    check_costs_in(costs, zone)
    check_tolerance(tolerance)
    check_limit(max_iterations)
    accuracy = max(FINEST, FINAL * tolerance)
    scaled = normalized(density, zone, accuracy)
    groups = _grouped(costs, zone)
    ones = np.ones(len(groups.own))
    problem = CongestionProblem(zone, scaled, groups, ones, groups.multiplicity, None)
    found, _ = solve_equilibrium(problem, _start(problem), ones, tolerance, max_iterations, progress)
    shares = found.shares
    masses = shares.masses[groups.group] * groups.parts
    added = (groups.lowest + shares.offsets)[groups.group]
    offsets = added - groups.offsets
    residual, relative = residuals(masses, offsets)
    return CongestionEquilibrium(
        offsets,
        _diagram(costs.with_offset(added), zone, accuracy),
        masses,
        float((shares.errors[groups.group] * groups.parts).max()),
        residual,
        relative,
        duality_gap(problem, shares),
        found.status,
        found.message,
        found.history,
        costs.bounded and density.bounded,
    )


@dataclass(frozen=True, eq=False)
class _Groups(CostFamily):
    """Sites whose costs differ by their offsets alone are one, with a multiplicity.

    With the least offset e of a group its members have the masses exp(w + e - e_b), w that of the
    group: together exp(w) times the sum of exp(e - e_b), the multiplicity.

    Parameters
    ----------
    costs_of_all
        The costs of all sites.
    offsets
        ``(B,)`` their offsets e_b.
    own
        ``(G,)`` one site of each group.
    group
        ``(B,)`` the group of each site.
    lowest
        ``(G,)`` the least offset in each group.
    """

    costs_of_all: Costs
    offsets: Floats
    own: Ints
    group: Ints
    lowest: Floats

    @property
    def multiplicity(self) -> Floats:
        """As if so many members had the least offset, ``(G,)``."""
        return np.asarray(np.bincount(self.group, self._weights), dtype=float)

    @property
    def parts(self) -> Floats:
        """The part of its group's mass that each site has, ``(B,)``."""
        return np.asarray(self._weights / self.multiplicity[self.group])

    @property
    def _weights(self) -> Floats:
        return np.asarray(np.exp(self.lowest[self.group] - self.offsets))

    def costs(self, resources: Floats, offsets: Floats) -> Costs:
        """Return one cost per group; they depend on no resource."""
        every = self.costs_of_all.with_offset((self.lowest + offsets)[self.group])
        return every if len(self.own) == every.count else ChosenCosts(every, self.own)

    def resource_slopes(self, points: Floats, sites: Ints, resources: Floats) -> Floats:
        """Return zeros."""
        return np.zeros(len(points))

    def change(self, before: Floats, after: Floats) -> Floats:
        """Return zeros."""
        return np.zeros(len(self.own))


def _grouped(costs: Costs, zone: Zone) -> _Groups:
    plain, own, group = without_offsets(costs)
    place, sites = zone.triangulation.corners[0].mean(axis=0), np.arange(costs.count)
    offsets = costs.values(place, sites) - plain.values(place, sites)
    lowest = np.full(len(own), np.inf)
    np.minimum.at(lowest, group, offsets)
    return _Groups(costs, offsets, own, group, lowest)


def _start(problem: CongestionProblem) -> Floats:
    """Return offsets near those of the equilibrium; where that takes long, those of equal shares."""
    equal = np.full(problem.count, -np.log(problem.multiplicity.sum()))
    if problem.count > SOFTENED:
        return equal
    costs = problem.family.costs(problem.capacities, np.zeros(problem.count))
    holding = Congested(problem.multiplicity)
    return softened_offsets(costs, holding, problem.density, problem.zone, equal)


def _diagram(costs: Costs, zone: Zone, tolerance: float) -> PowerDiagram | MinimizationDiagram:
    if isinstance(costs, RadialCosts) and costs.affine:
        return power_diagram(costs.positions, -costs.offset / float(costs.factor[0]), zone)
    return minimization_diagram(costs, zone, tolerance)
