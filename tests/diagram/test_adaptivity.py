"""Where the adaptive loop ends without a result."""

from __future__ import annotations

import pytest

from geomot import UnresolvedError, Zone, distance_costs, gaussian
from geomot.cubature.integrands import DensityIntegrand
from geomot.diagram import adaptivity
from geomot.diagram.subdivision import start


def test_bisection_for_cubature_ends_at_the_most_simplices_too(monkeypatch: pytest.MonkeyPatch) -> None:
    costs, square = distance_costs([[0.2, 0.5]]), Zone.box([0, 0], [1, 1])
    integrand = DensityIntegrand(gaussian([0.5, 0.5], [0.12, 0.12]), 10.0)
    state = adaptivity.subdivide(costs, start(costs, square.triangulation, 1), integrand, 1e-14)
    assert (state.lost == 0.0).all()  # one cell: what is bisected is bisected for the cubature
    monkeypatch.setattr(adaptivity, "MOST", len(state.lost) // 4)
    with pytest.raises(UnresolvedError, match="is not good to 1e-14 with"):
        adaptivity.subdivide(costs, start(costs, square.triangulation, 1), integrand, 1e-14)
