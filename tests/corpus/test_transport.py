"""Every hard case through fixed-capacity transport: what a cell holds gives back its offset."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from geomot import Costs, Transport, Uniform, fixed_capacity_transport, minimization_diagram
from geomot.costs.radial import RadialCosts
from geomot.diagram.subdivision.totals import normalized
from geomot.kernels.simplices import Floats, Ints
from geomot.transport.cells.cellmasses import cell_masses
from tests.corpus.cases import CASES, Case
from tests.corpus.spatial import CURVED, FLAT
from tests.corpus.test_power import affine
from tests.diagram.oracles import random_points, winners

TOLERANCE = 1e-7
FEW = 25  # sites of curved cells that take a second
# the bisector is known to 1e-7 of the zone
BLURRED = {"1e-9 apart, distances"}
# in a needle distances to two sites differ by a constant beyond both of them: cells leap
SATURATED = {"long zone"}
# the density is zero between the parts of the zone: offsets are not unique
PARTED = {
    "aligned, zone in two pieces",
    "zone in two pieces",
    "in space, touching balls, a cell each",
}


def marks(case: Case) -> list[pytest.MarkDecorator]:
    spatial = case.zone.dimension == 3
    quick = isinstance(case.costs, RadialCosts) and case.costs.affine
    slow = not quick and (spatial or case.costs.count > FEW or case.name in SATURATED)
    return [pytest.mark.slow] if slow else []


every_case = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.name, marks=marks(case))
        for case in [*CASES, *FLAT, *CURVED]
        if case.zone.dimension == 2 or affine(case)
    ],
)


def held(case: Case) -> tuple[RadialCosts, Floats]:
    """Return the costs of the sites that have a cell, and the cells' shares."""
    costs = case.costs
    assert isinstance(costs, RadialCosts)
    if case.shares is None:
        found = minimization_diagram(costs, case.zone, 1e-9)
        shares = found.measures / case.zone.measure
    else:
        shares = np.asarray(case.shares, dtype=float)
    rows = np.flatnonzero(shares > 0.0)
    kept = RadialCosts(costs.positions[rows], costs.profile, costs.factor[rows], costs.offset[rows])
    return kept, shares[rows]


def solve(case: Case, costs: RadialCosts, capacities: Floats) -> Transport:
    def cost(points: ArrayLike) -> Costs:
        return costs

    return fixed_capacity_transport(
        costs.positions,
        capacities,
        Uniform(),
        case.zone,
        cost,
        tolerance=1e-10 if case.name in BLURRED else TOLERANCE,
        max_iterations=2 if case.name in SATURATED else 100,
    )


def check(case: Case, costs: RadialCosts, found: Transport, count: int = 20_000) -> None:
    """Check the status, the masses, and that random points go where costs with offsets are least."""
    if case.name in BLURRED:
        assert found.status == "not-converged"
        assert "rounding leaves masses known to" in found.message
        assert (np.abs(found.masses - found.capacities) <= found.errors).all()
        return
    assert found.status == "converged", found.message
    np.testing.assert_allclose(found.masses, found.capacities, rtol=TOLERANCE)
    final = costs.with_offset(found.offsets)
    group: Ints = final.representatives()
    best, _ = winners(final, random_points(case.zone, count, 5))
    share = np.bincount(group[best], minlength=len(group)) / count
    expected = np.bincount(group, found.capacities, minlength=len(group))
    spread = np.sqrt(expected * np.maximum(1.0 - expected, 0.0) / count)
    assert (np.abs(share - expected) <= 5.0 * spread + 5.0 / count).all()


@every_case
def test_cells_give_back_their_offsets(case: Case) -> None:
    costs, shares = held(case)
    found = solve(case, costs, shares)
    check(case, costs, found)
    if case.name in BLURRED | PARTED:
        return
    # to first order offsets are off by the inverse of the masses' derivative times the masses' errors
    density = normalized(Uniform(), case.zone, 1e-12)
    plain = costs.with_offset(np.zeros(costs.count))
    own = np.unique(plain.representatives())
    cells = cell_masses(plain, density, case.zone).at(found.offsets, 1e-3 * float(shares.min()))
    inverse = np.abs(np.linalg.pinv(cells.laplacian()[own][:, own].toarray()))
    inexact = (TOLERANCE * shares + case.epsilon)[own]
    size = float(np.abs(costs.values(random_points(case.zone, 1, 0), np.arange(costs.count))).max())
    bound = 4.0 * float((inverse @ inexact).max()) + 1e-12 * size
    errors = found.offsets - costs.offset
    if len(own) == costs.count:
        errors -= errors.mean()
        assert np.abs(errors).max() <= bound


@every_case
def test_equal_capacities(case: Case) -> None:
    costs, _ = held(case)
    found = solve(case, costs, np.ones(costs.count))
    if case.name in SATURATED:
        assert found.status == "not-converged"
        assert "cells leap at small changes of the offsets" in found.message
        return
    check(case, costs, found)
    np.testing.assert_allclose(found.capacities, 1.0 / costs.count, rtol=1e-15)
