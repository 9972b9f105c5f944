"""Every hard case that is a power diagram, planar and spatial, as exact cells."""

from __future__ import annotations

import numpy as np
import pytest

from geomot import PowerDiagram, power_diagram
from geomot.costs.radial import RadialCosts
from geomot.kernels.simplices import Floats
from tests.corpus.cases import CASES, Case
from tests.corpus.spatial import FLAT
from tests.diagram.oracles import random_points, winners

EXACT = 1e-12  # error of the shares; what nearly coincides is known less well


def affine(case: Case) -> bool:
    """Return whether the bisectors are lines, or planes."""
    simple = case.costs.simplified()
    return isinstance(simple, RadialCosts) and simple.affine


POWER = [case for case in [*CASES, *FLAT] if affine(case)]
every_case = pytest.mark.parametrize("case", POWER, ids=lambda case: case.name)


def solve(case: Case) -> PowerDiagram:
    simple = case.costs.simplified()
    assert isinstance(simple, RadialCosts)
    return power_diagram(simple.positions, -simple.offset / simple.factor, case.zone)


def grouped(case: Case, shares: object) -> Floats:
    """Return what sites with one identical cost have together, under the first one's number."""
    group = case.costs.representatives()
    return np.bincount(group, np.asarray(shares, dtype=float), minlength=len(group))


@every_case
def test_shares(case: Case) -> None:
    cells = solve(case)
    shares = cells.measures / case.zone.measure
    assert (shares >= 0.0).all()
    assert abs(shares.sum() - 1.0) <= 1e-14 * max(16, len(cells))
    if case.shares is not None:
        errors = np.abs(grouped(case, shares) - grouped(case, case.shares))
        assert errors.max() <= (EXACT if not case.blurred else case.epsilon)


@every_case
def test_cells_and_their_facets(case: Case) -> None:
    cells = solve(case)
    extent, d = case.zone.extent, case.zone.dimension
    for cell in cells if len(cells) <= 130 else cells[:20]:
        if cell.measure == 0.0:  # nothing, or where a cell only touches the zone or another one
            arms = cell.vertices[1:] - cell.vertices[:1]
            assert np.linalg.matrix_rank(arms, tol=1e-12 * extent) < d
        if d == 2:
            shape = cell.polygon
            assert shape.is_valid
            # far from the origin a polygon's corners have rounded coordinates
            grain = np.spacing(np.abs(case.zone.bounds).max()) * shape.length
            assert abs(shape.area - cell.measure) <= EXACT * case.zone.measure + 8.0 * grain * extent
            assert shape.is_empty == (cell.measure == 0.0)
        elif cell.measure > EXACT * case.zone.measure:
            surface = cell.mesh()
            assert surface.is_watertight
            grain = np.spacing(np.abs(case.zone.bounds).max()) * surface.area
            volume = surface.apply_translation(-case.zone.bounds[0]).volume
            assert abs(volume - cell.measure) <= EXACT * case.zone.measure + 8.0 * grain
    facets = cells.facets
    inner = facets.neighbours >= 0
    forth = set(zip(facets.cells[inner].tolist(), facets.neighbours[inner].tolist(), strict=True))
    assert forth == {(b, a) for a, b in forth}


@every_case
def test_random_points(case: Case) -> None:
    cells, count = solve(case), 20_000
    points = random_points(case.zone, count, 11)
    best, away = winners(case.costs, points)
    clear = away > 1e-9 * case.zone.extent
    assert np.array_equal(cells.locate(points[clear]), best[clear])
    share = np.bincount(best, minlength=len(cells)) / count
    expected = np.clip(grouped(case, cells.measures) / case.zone.measure, 0.0, 1.0)
    spread = np.sqrt(expected * (1.0 - expected) / count)
    assert (np.abs(share - expected) <= 5.0 * spread + 5.0 / count).all()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.slow] if case.zone.dimension == 3 and "narrow" in case.name else [],
        )
        for case in POWER
        if case.density is not None
    ],
)
def test_masses(case: Case) -> None:
    assert case.density is not None and case.masses is not None
    tolerance = 1e-9 if case.zone.dimension == 2 else 1e-5  # in space that takes seconds
    masses, expected = solve(case).integrate(case.density, tolerance), np.asarray(case.masses)
    assert np.abs(masses.values - expected).max() <= tolerance * expected.sum()
