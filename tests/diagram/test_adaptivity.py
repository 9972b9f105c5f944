"""Where the adaptive loop ends without a result."""

from __future__ import annotations

import numpy as np
import pytest

from geomot import UnresolvedError, Zone, distance_costs, function_density
from geomot.cubature.integrands import DensityIntegrand
from geomot.diagram.subdivision import adaptivity
from geomot.diagram.subdivision.state import start


def test_bisection_for_cubature_ends_at_the_most_simplices_too(monkeypatch: pytest.MonkeyPatch) -> None:
    costs, square = distance_costs([[0.2, 0.5]]), Zone.box([0, 0], [1, 1])
    integrand = DensityIntegrand(function_density(lambda x: np.sqrt(np.abs(x[..., 0]))), 1.0)
    state = adaptivity.subdivide(costs, start(costs, square.triangulation, 1), integrand, 1e-6)
    assert (state.losses == 0.0).all()  # one cell: nothing is bisected but for the cubature
    assert state.integrals.sum() == pytest.approx(2.0 / 3.0, abs=1e-6)
    monkeypatch.setattr(adaptivity, "MOST", len(state.lost) // 2)
    with pytest.raises(UnresolvedError, match="is not good to 1e-06 with"):
        adaptivity.subdivide(costs, start(costs, square.triangulation, 1), integrand, 1e-6)
