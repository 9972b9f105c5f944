"""Polygons of cells: vertices on the bisectors, close chords, shared boundaries, any topology."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
import shapely

from geomot import Costs, InvalidArgumentError, Zone, distance_costs, minimization_diagram
from tests.diagram.checks import (
    check_on_bisectors,
    check_regions,
    directed_edges,
    interfaces,
    rings,
)

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
RNG = np.random.default_rng(17)
SITES = RNG.random((9, 2))
DIAGRAMS = {
    "distances": distance_costs(SITES),
    "squares": distance_costs(SITES, exponent=2.0),
    "factors": distance_costs(SITES, factor=10.0 ** RNG.random(9)),
    "offsets": distance_costs(SITES, offset=0.1 * RNG.random(9)),
    "power": distance_costs(SITES, exponent=2.0, offset=0.1 * RNG.random(9)),
    "circle": distance_costs([[0.45, 0.5], [0.6, 0.52]], factor=[2.0, 1.0]),
    "quarters": distance_costs([[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]),
    "pentagon": distance_costs(
        [[0.5 + 0.3 * np.cos(a), 0.5 + 0.3 * np.sin(a)] for a in 0.2 + 2.0 * pi * np.arange(5) / 5]
    ),
}
every_diagram = pytest.mark.parametrize("costs", DIAGRAMS.values(), ids=DIAGRAMS.keys())


@every_diagram
@pytest.mark.parametrize("chord", [1e-2, 1e-5])
def test_regions(costs: Costs, chord: float) -> None:
    check_regions(minimization_diagram(costs, UNIT), chord)


@every_diagram
def test_vertices_lie_on_the_bisectors(costs: Costs) -> None:
    diagram = minimization_diagram(costs, UNIT)
    check_on_bisectors(diagram, diagram.regions())


def check_random(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 12))
    sites = rng.random((count, 2))
    factor = 10.0 ** rng.random(count) if kind == "factor" else None
    offset = 0.2 * rng.random(count) if kind == "offset" else None
    check_regions(minimization_diagram(distance_costs(sites, factor=factor, offset=offset), UNIT))


# The first seeds once gave crossing rings, or holes without a shell.
@pytest.mark.parametrize("seed", [2, 22, 63, 10, 15, 73, 0, 1])
@pytest.mark.parametrize("kind", ["plain", "factor", "offset"])
def test_random_regions(kind: str, seed: int) -> None:
    check_random(kind, seed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plain", "factor", "offset"])
def test_many_random_regions(kind: str) -> None:
    for seed in range(150):
        check_random(kind, seed)


def test_finer_chords_have_more_vertices() -> None:
    diagram = minimization_diagram(DIAGRAMS["circle"], UNIT)
    counts = [len(interfaces(diagram.regions(chord))[0]) for chord in (1e-4, 1e-6, 1e-8)]
    # a chord of an arc is off by its squared length: ten times the vertices for a hundredth
    assert 5.0 < counts[1] / counts[0] < 20.0
    assert 5.0 < counts[2] / counts[1] < 20.0


def test_circle_is_round() -> None:
    diagram = minimization_diagram(distance_costs([[0.5, 0.5], [0.6, 0.5]], factor=[2.0, 1.0]), UNIT)
    disk, rest = diagram.regions(1e-5)
    (ring,) = rings(disk)
    distances = np.hypot(*(ring - [0.5 - 0.1 / 3.0, 0.5]).T)
    np.testing.assert_allclose(distances, 0.2 / 3.0, rtol=0.0, atol=1e-12)
    assert len(rest.polygon.interiors) == 1
    assert np.array_equal(
        np.unique(np.asarray(rest.polygon.interiors[0].coords), axis=0), np.unique(ring, axis=0)
    )


def test_straight_boundaries_have_few_vertices() -> None:
    # the pieces of the zone's sides are joined: four corners and two roots
    diagram = minimization_diagram(distance_costs([[0.2, 0.3], [0.7, 0.6]], exponent=2.0), UNIT)
    owner = directed_edges(diagram.regions())
    alone = [edge for edge in owner if edge[::-1] not in owner]
    assert len(alone) == 6


def test_cell_in_several_pieces_touching_and_holed() -> None:
    # site 1 is hidden behind the wall of site 0 and comes out on both sides
    costs = distance_costs(
        [[0.5, 0.5], [0.5, 0.4]], exponent=2.0, factor=[1.0, 4.0], offset=[0.0, -0.3]
    )
    diagram = minimization_diagram(costs, UNIT)
    check_regions(diagram)


def test_island_zone_keeps_its_islands() -> None:
    outline = shapely.MultiPolygon([shapely.box(i, 0, i + 0.5, 1) for i in range(4)])
    diagram = minimization_diagram(distance_costs([[0.9, 0.5], [2.2, 0.5]]), Zone.polygon(outline))
    regions = check_regions(diagram)
    assert [len(r.polygon.geoms) for r in regions] == [2, 2]


def test_holes_of_the_zone_stay_holes() -> None:
    outline = (
        shapely.box(0, 0, 1, 1) - shapely.box(0.2, 0.2, 0.3, 0.3) - shapely.box(0.6, 0.6, 0.9, 0.8)
    )
    diagram = minimization_diagram(distance_costs([[0.2, 0.25], [0.9, 0.71]]), Zone.polygon(outline))
    regions = check_regions(diagram)
    assert [len(r.polygon.interiors) for r in regions] == [1, 1]


@pytest.mark.parametrize("chord", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_chord_tolerance(chord: float) -> None:
    diagram = minimization_diagram(distance_costs([[0.5, 0.5]]), UNIT)
    with pytest.raises(
        InvalidArgumentError, match=r"chord tolerance is .*; expected a positive length"
    ):
        diagram.regions(chord)
