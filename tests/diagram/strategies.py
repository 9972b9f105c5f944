"""Random diagrams for property tests."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from geomot import Costs, MinimizationDiagram, Zone, distance_costs, minimization_diagram
from geomot.kernels.simplices import Floats

TOLERANCE = 1e-8
PROPERTY = settings(max_examples=12, deadline=None, derandomize=True, database=None)


@dataclass(frozen=True, eq=False)
class Setup:
    """Sites in the unit square and the weights of their costs."""

    sites: Floats
    factor: Floats
    offset: Floats
    exponent: float

    @property
    def costs(self) -> Costs:
        return distance_costs(
            self.sites, exponent=self.exponent, factor=self.factor, offset=self.offset
        )

    def rows(self, order: object) -> Setup:
        """Return some of the sites, in that order."""
        return replace(
            self,
            sites=self.sites[order],
            factor=self.factor[order],
            offset=self.offset[order],
        )

    def moved(self, scale: float, shift: Floats) -> Setup:
        """Return the setup enlarged, then moved."""
        return replace(
            self, sites=scale * self.sites + shift, offset=scale**self.exponent * self.offset
        )

    def solve(self, zone: Zone, tolerance: float = TOLERANCE) -> MinimizationDiagram:
        return minimization_diagram(self.costs, zone, tolerance)


def _numbers(low: int, high: int) -> st.SearchStrategy[float]:
    # multiples of 1 / 1024: moving them by 1e6 does not round them
    return st.integers(low, high).map(lambda n: n / 1024)


@st.composite
def setups(draw: st.DrawFn, most: int = 6) -> Setup:
    """Draw 1 to ``most`` different sites, with weights of any kind or none."""
    pairs = st.tuples(_numbers(0, 1024), _numbers(0, 1024))
    sites = draw(st.lists(pairs, min_size=1, max_size=most, unique=True))
    count = len(sites)
    weights = st.lists(_numbers(0, 1024), min_size=count, max_size=count)
    factor = 10.0 ** np.array(draw(weights)) if draw(st.booleans()) else np.ones(count)
    offset = 0.25 * np.array(draw(weights)) if draw(st.booleans()) else np.zeros(count)
    return Setup(np.array(sites), factor, offset, draw(st.sampled_from([1.0, 2.0])))
