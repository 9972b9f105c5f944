"""Every planar hard case that has arcs, exactly."""

from __future__ import annotations

import numpy as np
import pytest

from geomot import InvalidCostError, arc_diagram, minimization_diagram
from geomot.costs.radial import PowerProfile, RadialCosts
from tests.arcs.checking import check_everything, check_vertices
from tests.corpus.cases import CASES, Case
from tests.corpus.test_corpus import parts


def circular(case: Case) -> bool:
    """Return whether the bisectors are circles and lines."""
    simple = case.costs.simplified()
    return (
        isinstance(simple, RadialCosts)
        and isinstance(simple.profile, PowerProfile)
        and simple.profile.exponent == 2.0
    )


ROUND = [case for case in CASES if circular(case)]
EXACT = 1e-13  # error of the shares; what nearly coincides is known less well
GENERAL = 1e-9  # that of the engine for all costs
every_case = pytest.mark.parametrize("case", ROUND, ids=lambda case: case.name)


def test_most_cases_have_arcs() -> None:
    assert len(ROUND) > 0.9 * len(CASES)
    other = next(case for case in CASES if not circular(case))
    with pytest.raises(InvalidCostError, match="bisectors that are not circles"):
        arc_diagram(other.costs, other.zone)


@every_case
def test_shares(case: Case) -> None:
    diagram = arc_diagram(case.costs, case.zone)
    shares = diagram.measures / case.zone.measure
    if case.shares is None:
        general = minimization_diagram(case.costs, case.zone, GENERAL)
        errors = np.abs(diagram.measures - general.measures)
        assert errors.max() <= GENERAL * case.zone.measure
    else:
        group = case.costs.representatives()
        expected = np.bincount(group, np.asarray(case.shares, dtype=float), minlength=len(diagram))
        assert np.abs(shares - expected).max() <= EXACT


@every_case
def test_cells(case: Case) -> None:
    diagram = arc_diagram(case.costs, case.zone)
    regions = check_everything(diagram)
    check_vertices(diagram)
    if case.pieces is not None:
        assert [parts(region)[0] for region in regions] == list(case.pieces)
        assert [len(cell.parts) for cell in diagram] == list(case.pieces)
    if case.holes is not None:
        assert [parts(region)[1] for region in regions] == list(case.holes)
