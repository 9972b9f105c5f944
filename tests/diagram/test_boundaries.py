"""Vertices on the bisectors and chords within the tolerance."""

from __future__ import annotations

import pytest

from geomot import Costs, minimization_diagram
from tests.diagram.checks import check_chords
from tests.diagram.test_regions import UNIT, every_diagram


@every_diagram
@pytest.mark.parametrize("chord", [1e-2, 1e-4, 1e-6])
def test_chords_are_within_the_tolerance(costs: Costs, chord: float) -> None:
    diagram = minimization_diagram(costs, UNIT)
    check_chords(diagram, diagram.regions(chord), chord)
