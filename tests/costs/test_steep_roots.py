"""Costs with an exponent below 1 overflow at their site."""

import numpy as np
import pytest

from geomot import Zone, distance_costs, minimization_diagram


@pytest.mark.parametrize("exponent", [0.25, 0.5, 0.9])
def test_roots_of_the_distance(exponent: float) -> None:
    sites = np.random.default_rng(4).random((20, 2))
    costs = distance_costs(sites, exponent=exponent, factor=1.0 + np.arange(20) % 3)
    zone = Zone.box([0, 0], [1, 1])
    diagram = minimization_diagram(costs, zone, 1e-3)
    assert diagram.measures.sum() == pytest.approx(1.0, rel=1e-13)
