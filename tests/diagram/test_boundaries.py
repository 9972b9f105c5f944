"""Vertices on the bisectors and chords within the tolerance."""

from __future__ import annotations

import pytest

from geomot import Costs, UnresolvedError, Zone, distance_costs, minimization_diagram
from tests.diagram.checks import check_chords
from tests.diagram.test_regions import UNIT, every_diagram


@every_diagram
@pytest.mark.parametrize("chord", [1e-2, 1e-4, 1e-6])
def test_chords_are_within_the_tolerance(costs: Costs, chord: float) -> None:
    diagram = minimization_diagram(costs, UNIT)
    check_chords(diagram, diagram.regions(chord), chord)


@pytest.mark.parametrize("apart", [1e-8, 1e-9, 1e-10, 1e-11, 1e-12])
def test_sites_that_rounding_can_hardly_tell_apart(apart: float) -> None:
    costs = distance_costs([[0.5, 0.5], [0.5, 0.5 + apart], [0.8, 0.1]])
    diagram = minimization_diagram(costs, Zone.box([0, 0], [1, 1]), tolerance=1e-10)
    assert abs(diagram.measures.sum() - 1.0) < 1e-13
    # the bisector is y = 0.5 up to 1e-8 where the third site is far, and the third cell is known
    third = diagram.measures[2]
    assert third == pytest.approx(0.2109375, abs=1e-7)
    try:
        regions = diagram.regions(1e-4)
    except UnresolvedError as error:
        assert "nearly coincide" in str(error)
        assert diagram.measure_errors.max() > 1e-7  # and the numbers said so before
    else:
        assert all(region.polygon.is_valid for region in regions)
