"""Many ties, and weights of every size: areas stay exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from geomot import Zone, arc_diagram, distance_costs
from tests.arcs.checking import Checked, check_everything, check_sampling
from tests.diagram.checks import check_tiles
from tests.diagram.test_power_diagrams import ZONES

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("zone", [UNIT, *map(Zone.polygon, ZONES.values())], ids=["box", *ZONES])
def test_lattice_sites_with_small_weights(seed: int, zone: Zone) -> None:
    rng = np.random.default_rng(seed)
    sites, factors = rng.integers(0, 6, (30, 2)) / 5.0, rng.integers(1, 4, 30).astype(float)
    diagram = arc_diagram(distance_costs(sites, factor=factors), zone)
    checked: Any = Checked(diagram)
    check_tiles(checked)
    check_sampling(diagram)


@pytest.mark.parametrize("seed", range(4))
def test_weights_over_12_decades(seed: int) -> None:
    rng = np.random.default_rng(seed)
    check_everything(
        arc_diagram(distance_costs(rng.random((60, 2)), factor=10.0 ** rng.uniform(-6, 6, 60)), UNIT),
        1e-4,
    )


@pytest.mark.parametrize("seed", range(4))
def test_weights_that_are_nearly_equal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factors = 1.0 + rng.random(60) * 10.0 ** rng.uniform(-15.0, -1.0, 60)
    check_everything(arc_diagram(distance_costs(rng.random((60, 2)), factor=factors), UNIT), 1e-4)
