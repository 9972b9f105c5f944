"""The hard cases in space through the engine for all costs."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from geomot import MinimizationDiagram, minimization_diagram
from tests.corpus.cases import Case, Refusal
from tests.corpus.spatial import CURVED, FLAT, SOLID_REFUSALS
from tests.diagram.checks import check_locate, check_measures_by_sampling

MANY, TOO_MANY = 30, 130  # sites from which a diagram takes more than a second, and minutes

every_case = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.costs.count > MANY else [])
        for case in [*FLAT, *CURVED]
        if case.costs.count < TOO_MANY
    ],
)


@cache
def diagram(case: Case) -> MinimizationDiagram:
    return minimization_diagram(case.costs, case.zone, case.tolerance)


@every_case
def test_measures(case: Case) -> None:
    found, measure = diagram(case), case.zone.measure
    assert (found.measures >= 0.0).all()
    assert abs(found.measures.sum() - measure) <= 1e-12 * measure
    bounds = found.measure_errors / measure
    assert case.blurred or bounds.max() <= case.tolerance
    if case.shares is not None:
        errors = np.abs(found.measures / measure - np.asarray(case.shares, dtype=float))
        assert errors.max() <= case.epsilon
        assert (errors <= bounds + 1e-13).all()
    check_measures_by_sampling(found)


@every_case
def test_locate(case: Case) -> None:
    check_locate(diagram(case))


@pytest.mark.parametrize("entry", SOLID_REFUSALS, ids=lambda entry: entry.name)
def test_refusal(entry: Refusal) -> None:
    with pytest.raises(entry.error, match=entry.match):
        entry.call()
