"""Arrays of results cannot be written to: threads share them, and what is cached rests on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import geomot
from geomot import Uniform, Zone, distance_costs
from geomot.checking.sealing import sealed

BOX = Zone.box([0, 0], [2, 1])
SITES = np.array([[0.4, 0.5], [1.4, 0.4], [1.0, 0.8]])
POWER = geomot.power_diagram(SITES, np.zeros(3), BOX)
COSTS = distance_costs(SITES, factor=[1.0, 2.0, 3.0])
DIAGRAM = geomot.minimization_diagram(COSTS, BOX, 1e-4)
ARCS = geomot.arc_diagram(COSTS, BOX)

ARRAYS: dict[str, Callable[[], Any]] = {
    "power measures": lambda: POWER.measures,
    "power centroids": lambda: POWER.centroids,
    "power second moments": lambda: POWER.second_moments,
    "a centroid": lambda: POWER[0].centroid,
    "facets": lambda: POWER.facets.measures,
    "facets of a cell": lambda: POWER[0].facets.neighbours,
    "masses": lambda: POWER.integrate(Uniform()).values,
    "diagram measures": lambda: DIAGRAM.measures,
    "diagram errors": lambda: DIAGRAM.measure_errors,
    "diagram masses": lambda: DIAGRAM.integrate(Uniform()).values,
    "arc measures": lambda: ARCS.measures,
    "arc centroids": lambda: ARCS.centroids,
    "arc second moments": lambda: ARCS.second_moments,
    "arcs": lambda: ARCS[1].rings[0].centers,
    "bounds": lambda: BOX.bounds[0],
    "centroidal": lambda: geomot.lloyd(SITES, Uniform(), BOX, max_iterations=1).masses,
    "transport": lambda: geomot.fixed_capacity_transport(SITES, [1, 1, 1], Uniform(), BOX).offsets,
    "congestion": lambda: geomot.congestion_equilibrium(COSTS, Uniform(), BOX, tolerance=1e-4).masses,
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_results_are_read_only(name: str) -> None:
    array = ARRAYS[name]()
    with pytest.raises(ValueError, match="read-only"):
        array[...] = 0


def test_nothing_is_copied_and_the_givers_array_stays_writable() -> None:
    own = np.arange(3.0)
    view = sealed(own)
    assert np.shares_memory(own, view)
    own[0] = 5.0
    assert view[0] == 5.0
