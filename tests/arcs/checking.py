"""The checks of every planar diagram, for diagrams of arcs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geomot import ArcDiagram, Costs, Zone
from geomot.diagram import Region
from geomot.kernels.simplices import Floats, Ints
from tests.diagram.checks import check_locate, check_on_bisectors, check_regions, check_tiles
from tests.diagram.oracles import random_points, winners


@dataclass(frozen=True, eq=False)
class Checked:
    """An arc diagram as the checks see it: no tolerance, no error."""

    diagram: ArcDiagram
    tolerance: float = 1e-24

    @property
    def costs(self) -> Costs:
        return self.diagram.costs

    @property
    def zone(self) -> Zone:
        return self.diagram.zone

    @property
    def measures(self) -> Floats:
        return self.diagram.measures

    @property
    def measure_errors(self) -> Floats:
        return np.zeros(len(self.diagram))

    @property
    def representatives(self) -> Ints:
        return self.diagram.costs.representatives()

    def locate(self, points: Any) -> Ints:
        return self.diagram.locate(points)

    def regions(self, tolerance: float | None = None) -> tuple[Region, ...]:
        return self.diagram.regions(tolerance)


def check_everything(diagram: ArcDiagram, chord: float | None = None) -> tuple[Region, ...]:
    """Check measures, places, and the polygons of all cells against each other and the costs."""
    checked: Any = Checked(diagram)
    check_tiles(checked)
    check_locate(checked, 500)
    regions = check_regions(checked, chord)
    check_sampling(diagram)
    return regions


def check_vertices(diagram: ArcDiagram) -> None:
    """Check that what is between two cells lies on their bisector."""
    check_on_bisectors(Checked(diagram), diagram.regions())  # type: ignore[arg-type]


def check_sampling(diagram: ArcDiagram, count: int = 20_000) -> None:
    """Compare areas with counts of random points, within five standard deviations."""
    best, _ = winners(diagram.costs, random_points(diagram.zone, count, 7))
    share = np.bincount(best, minlength=len(diagram)) / count
    expected = np.clip(diagram.measures / diagram.zone.measure, 0.0, 1.0)
    spread = np.sqrt(expected * (1.0 - expected) / count)
    assert (np.abs(share - expected) <= 5.0 * spread + 5.0 / count).all()
