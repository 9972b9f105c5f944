"""Integrals over cells whose costs change from one call to the next, on one mesh while that serves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.integrands import Integrand
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import Subdivision, start
from geomot.diagram.subdivision.totals import cell_integrals
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class CellTotals:
    """Integrals over the cells of some costs.

    Parameters
    ----------
    costs
        The costs.
    values
        ``(B, q)`` integral of each component over each cell.
    errors
        ``(B, q)`` bounds on their errors.
    state
        The subdivision, with the nodes on the interfaces.
    """

    costs: Costs
    values: Floats
    errors: Floats
    state: Subdivision


@dataclass
class Evaluator:
    """Integrates over cells, keeping the subdivision from one call to the next where that is possible.

    Parameters
    ----------
    zone
        The zone.
    integrand
        What is integrated, q components.
    reuse
        Largest change of a difference of two costs for which a subdivision is prepared to be kept.
    seconds
        Wall time spent so far.
    """

    zone: Zone
    integrand: Integrand
    reuse: float
    seconds: float = field(default=0.0, init=False)

    def totals(
        self,
        costs: Costs,
        tolerance: float,
        near: Subdivision | None = None,
        change: float = np.inf,
    ) -> CellTotals:
        """Return the integrals over the cells of some costs.

        Parameters
        ----------
        costs
            The costs.
        tolerance
            On all integrals, in units of the integrand's scales.
        near
            The subdivision of costs that may be near, by this evaluator.
        change
            Bound of how much any difference of two costs differs from that of those costs; 0 for the
            same cells, which are to be known better.
        """
        began = time.perf_counter()
        integrand = self.integrand
        if near is None or change > near.margin:
            state = start(costs, self.zone.triangulation, len(integrand.scales))
        else:
            state = near if change == 0.0 else near.for_other_costs()
        # the next step is expected to be no longer than the one that led here
        margin = change if change < self.reuse else 0.0
        state = subdivide(costs, state, integrand, tolerance, margin)
        totals = cell_integrals(state, integrand, costs.count)
        self.seconds += time.perf_counter() - began
        return CellTotals(costs=costs, values=totals.values, errors=totals.errors, state=state)
