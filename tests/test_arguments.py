"""What is no argument at all is refused by an error of the library, never by one of Python or numpy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import geomot
from geomot import (
    GeomotError,
    InvalidArgumentError,
    InvalidDensityError,
    Uniform,
    Zone,
    arc_diagram,
    congestion_equilibrium,
    distance_costs,
    fixed_capacity_transport,
    function_costs,
    gaussian,
    general_costs,
    grid_density,
    kernel_density,
    lloyd,
    mesh_density,
    minimization_diagram,
    power_diagram,
    quantize,
)

BOX = Zone.box([0, 0], [1, 1])
SITES = [[0.2, 0.3], [0.7, 0.8]]
TRIANGLE = [[0, 0], [1, 0], [0, 1]]
COSTS = distance_costs(SITES, factor=[1.0, 2.0])
CALLS: dict[str, Callable[[object], object]] = {
    "sites": lambda x: power_diagram(x, [0.0, 0.0], BOX),
    "weights": lambda x: power_diagram(SITES, x, BOX),
    "corners of a box": lambda x: Zone.box(x, [1, 1]),
    "heights": lambda x: Zone.extrusion(TRIANGLE, x),
    "surface": Zone.mesh,
    "vertices of a zone": lambda x: Zone.simplicial(x, [[0, 1, 2]]),
    "simplices of a zone": lambda x: Zone.simplicial(TRIANGLE, x),
    "zone": Zone.of,
    "exponent": lambda x: distance_costs(SITES, exponent=x),
    "function": lambda x: function_costs(SITES, x, np.ones_like),
    "slope": lambda x: function_costs(SITES, np.copy, x),
    "dimension": lambda x: general_costs(2, x, np.copy, np.copy),
    "costs": lambda x: minimization_diagram(x, BOX),
    "tolerance": lambda x: minimization_diagram(COSTS, BOX, x),
    "mean": lambda x: gaussian(x, 1.0),
    "deviation": lambda x: gaussian([0, 0], x),
    "grid": lambda x: grid_density(x, [0, 0], [1, 1]),
    "corner of a grid": lambda x: grid_density(np.ones((2, 2)), x, [1, 1]),
    "points of kernels": lambda x: kernel_density(x, 1.0),
    "width of kernels": lambda x: kernel_density(SITES, x),
    "vertices of a mesh": lambda x: mesh_density(x, [[0, 1, 2]], [1, 1, 1]),
    "triangles of a mesh": lambda x: mesh_density(TRIANGLE, x, [1, 1, 1]),
    "values of a mesh": lambda x: mesh_density(TRIANGLE, [[0, 1, 2]], x),
    "density": lambda x: power_diagram(SITES, [0.0, 0.0], BOX).integrate(x),
    "tolerance of a mass": lambda x: arc_diagram(COSTS, BOX).integrate(Uniform(), x),
    "points": lambda x: arc_diagram(COSTS, BOX).locate(x),
    "chord": lambda x: arc_diagram(COSTS, BOX).regions(x),
    "chord of a region": lambda x: minimization_diagram(COSTS, BOX, 1e-3).regions(x),
    "picture": geomot.plotting.plot_regions,
    "capacities": lambda x: fixed_capacity_transport(SITES, x, Uniform(), BOX),
    "steps": lambda x: fixed_capacity_transport(SITES, [1, 3], Uniform(), BOX, max_iterations=x),
    "seeds": lambda x: lloyd(x, Uniform(), BOX),
    "crowd's steps": lambda x: congestion_equilibrium(
        distance_costs(SITES, exponent=2), Uniform(), BOX, max_iterations=x
    ),
    "draw": lambda x: quantize(Uniform(), BOX, 3, rng=x),  # type: ignore[arg-type]
    "moves": lambda x: lloyd(SITES, Uniform(), BOX, max_iterations=x),
    "count": lambda x: quantize(Uniform(), BOX, x, rng=0),
    "scenario": geomot.solve,
    "arcs": lambda x: geomot.export.write_arcs(x, "arcs.svg"),
}
NOTHING = [object(), {}, 1j, "town", [[1, 2], [3]], [["a", "b"]], 10**400, np.zeros((2, 2, 2, 2))]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("thing", NOTHING, ids=lambda thing: repr(thing)[:12])
def test_what_is_no_argument(call: str, thing: object) -> None:
    if call in ("count", "steps", "crowd's steps", "draw", "moves") and isinstance(thing, int):
        return  # it is a whole number
    with pytest.raises(GeomotError, match="expected"):
        CALLS[call](thing)


def test_masked_numbers_are_none() -> None:
    # what is under a mask would count: rasters have 1e20 there, or an elevation of -9999
    raster = np.ma.masked_greater([[1.0, 2.0], [1e20, 3.0]], 1e10)
    with pytest.raises(InvalidDensityError, match="some are masked"):
        grid_density(raster, [0, 0], [1, 1])
    filled = grid_density(raster.filled(0.0), [0, 0], [1, 1], "constant")
    unmasked = np.ma.masked_array([[1.0, 2.0], [0.0, 3.0]])
    for density in (filled, grid_density(unmasked, [0, 0], [1, 1], "constant")):
        whole = power_diagram([[0.5, 0.5]], [0.0], BOX)
        assert whole.integrate(density).values[0] == pytest.approx(1.5, rel=1e-12)


@pytest.mark.parametrize("limit", [float("nan"), float("inf"), -1, 2.5])
def test_limits_of_iterations(limit: float) -> None:
    with pytest.raises(InvalidArgumentError, match="expected a whole number, at least 0"):
        lloyd(SITES, Uniform(), BOX, max_iterations=limit)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="expected a whole number, at least 0"):
        fixed_capacity_transport(SITES, [1, 3], Uniform(), BOX, max_iterations=limit)  # type: ignore[arg-type]
