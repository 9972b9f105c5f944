"""Every planar hard case gives the right answer or a clear error."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from geomot import MinimizationDiagram, minimization_diagram
from geomot.diagram import Region
from tests.corpus.cases import CASES, REFUSALS, Case, Refusal
from tests.diagram.checks import check_locate, check_measures_by_sampling, check_regions, check_tiles

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@cache
def diagram(case: Case) -> MinimizationDiagram:
    return minimization_diagram(case.costs, case.zone, case.tolerance)


def parts(region: Region) -> tuple[int, int]:
    """Return the numbers of pieces and of holes."""
    polygons = [p for p in getattr(region.polygon, "geoms", [region.polygon]) if not p.is_empty]
    return len(polygons), sum(len(p.interiors) for p in polygons)


def test_names_are_unique() -> None:
    names = [entry.name for entry in (*CASES, *REFUSALS)]
    assert len(set(names)) == len(names)


@every_case
def test_measures(case: Case) -> None:
    check_tiles(diagram(case))
    shares = diagram(case).measures / case.zone.measure
    bounds = diagram(case).measure_errors / case.zone.measure
    assert case.blurred or bounds.max() <= case.tolerance
    if case.shares is not None:
        errors = np.abs(shares - np.asarray(case.shares, dtype=float))
        assert errors.max() <= case.epsilon
        assert (errors <= bounds + 1e-13).all()
    check_measures_by_sampling(diagram(case))


@every_case
def test_locate(case: Case) -> None:
    check_locate(diagram(case))


@every_case
def test_regions(case: Case) -> None:
    regions = check_regions(diagram(case))
    if case.pieces is not None:
        assert [parts(region)[0] for region in regions] == list(case.pieces)
    if case.holes is not None:
        assert [parts(region)[1] for region in regions] == list(case.holes)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.density is not None], ids=lambda case: case.name
)
def test_masses(case: Case) -> None:
    assert case.density is not None and case.masses is not None
    masses, expected = diagram(case).integrate(case.density), np.asarray(case.masses, dtype=float)
    assert np.abs(masses.values - expected).max() <= case.epsilon * expected.sum()
    assert (masses.values >= 0.0).all()


@pytest.mark.parametrize("entry", REFUSALS, ids=lambda entry: entry.name)
def test_refusal(entry: Refusal) -> None:
    with pytest.raises(entry.error, match=entry.match):
        entry.call()
