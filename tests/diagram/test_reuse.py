"""A subdivision that is used again for other costs integrates what has to be integrated again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geomot import Uniform, Zone, distance_costs
from geomot.cubature.integrands import DensityIntegrand
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.candidates import Candidates
from geomot.diagram.subdivision.state import start

MARGIN, TOLERANCES = 0.02, {2: 1e-4, 3: 1e-2}


@pytest.mark.parametrize("d", [2, 3])
def test_what_was_linearised_and_is_not_any_more_is_integrated_again(d: int) -> None:
    rng = np.random.default_rng(1)
    zone, count = Zone.box([0.0] * d, [1.0] * d), {2: 20, 3: 3}[d]
    costs = distance_costs(rng.random((count, d)), offset=0.1 * rng.random(count))
    integrand = DensityIntegrand(Uniform(), 1.0)
    state = start(costs, zone.triangulation, 1)
    state = subdivide(costs, state, integrand, TOLERANCES[d], MARGIN)
    labels = state.labels[state.mesh.simplices]
    several = np.bincount(state.candidates.owners, minlength=len(labels)) > 1
    several[state.linear.owners] = False
    rows = np.flatnonzero(several & (labels == labels[:, :1]).all(1))
    assert len(rows) > 10
    # as if these had been in doubt, for the costs before, and had been cut into pieces: one for each
    owners = np.concatenate([state.linear.owners, rows])
    order = np.argsort(owners, kind="stable")
    sites = np.concatenate([state.linear.sites, labels[rows, 0]])[order]
    parts = np.concatenate([state.parts, state.integrals[rows].sum(axis=1)])[order]
    integrals = state.integrals.copy()
    integrals[rows] = 0.0
    pieces = replace(state, linear=Candidates(owners[order], sites), parts=parts, integrals=integrals)
    assert pieces.totals.sum() == pytest.approx(1.0, abs=1e-12)
    again = subdivide(costs, pieces.for_other_costs(), integrand, TOLERANCES[d])
    assert again.totals.sum() == pytest.approx(1.0, abs=1e-12)
