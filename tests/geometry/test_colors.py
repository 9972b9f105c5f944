"""Which region has which colour: never the same for neighbours."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
import shapely

from geomot import Zone, arc_diagram, distance_costs, minimization_diagram, power_diagram
from geomot.appearance.colors import FILLS, PALETTE, rgb, spread_fills, touching
from geomot.geometry.body import Cells

SQUARE = Zone.box([0, 0], [1, 1])


def unasked() -> list[list[int]]:
    raise AssertionError("neighbours were asked for")


def test_few_regions_all_differ_whatever_is_beside_them() -> None:
    assert len(set(PALETTE)) == len(PALETTE) == 20
    for count in range(21):
        assert spread_fills(count, unasked) == [*PALETTE[:count]]


@pytest.mark.parametrize("density", [0.02, 0.1, 0.5, 1.0])
def test_neighbours_differ_on_any_graph(density: float) -> None:
    beside = np.triu(np.random.default_rng(0).random((150, 150)) < density, 1)
    pairs = np.argwhere(beside)
    one_way = [np.flatnonzero(row).tolist() for row in beside]
    fills = spread_fills(len(beside), lambda: one_way)
    assert all(fills[i] != fills[j] for i, j in pairs)
    assert all(re.fullmatch("#[0-9a-f]{6}", fill) for fill in fills)
    other = [np.flatnonzero(row).tolist() for row in beside.T]
    assert spread_fills(len(beside), lambda: other) == fills


def test_further_colours_are_far_from_all_others() -> None:
    fills = spread_fills(40, lambda: [range(40)] * 40)
    assert set(fills) > set(PALETTE)
    colors = np.array([rgb(fill) for fill in fills], dtype=float)
    assert min(np.abs(a - b).max() for a, b in combinations(colors, 2)) > 30.0
    assert colors[20:].max(axis=1).min() > 120.0  # dark text is read on them


def test_discs_in_a_cell_around_them_differ_from_it() -> None:
    hub = [[*range(1, 200)], *([0] for _ in range(199))]
    fills = spread_fills(200, lambda: hub)
    assert fills.count(fills[0]) == 1
    last = spread_fills(200, lambda: [*([199] for _ in range(199)), [*range(199)]])
    assert last.count(last[199]) == 1 and set(last[:199]) == set(FILLS)


def test_vertices_make_neighbours() -> None:
    grid = [shapely.box(x, y, x + 1, y + 1) for x in range(6) for y in range(6)]
    pairs = {(i, j) for i, others in enumerate(touching([*grid, shapely.Polygon()])) for j in others}
    expected = shapely.STRtree(grid).query(grid, predicate="touches").T
    assert pairs == {(i, j) for i, j in expected.tolist()}


@pytest.mark.parametrize("kind", ["power", "arcs", "minimization"])
def test_notebooks_tell_neighbours_apart(kind: str) -> None:
    rng = np.random.default_rng(0)
    points, factor = rng.random((30, 2)), rng.uniform(1, 2, 30)
    diagram: Cells = {
        "power": lambda: power_diagram(points, np.zeros(30), SQUARE),
        "arcs": lambda: arc_diagram(distance_costs(points, factor=factor), SQUARE),
        "minimization": lambda: minimization_diagram(distance_costs(points, factor=factor), SQUARE),
    }[kind]()
    fills = re.findall(r'<path fill="(#[0-9a-f]{6})"', diagram._repr_svg_())
    assert fills == diagram.fills and len(fills) == 30
    shapes = list(diagram.to_shapely().geoms)
    near = [shapely.buffer(shape, 1e-6) for shape in shapes]
    sharing = [
        (i, j) for i, j in combinations(range(30), 2) if near[i].intersection(near[j]).area > 1e-8
    ]
    assert len(sharing) > 50
    assert all(fills[i] != fills[j] for i, j in sharing)


def test_cells_in_space_have_the_colours_of_the_diagram() -> None:
    points = np.random.default_rng(0).random((30, 3))
    diagram = power_diagram(points, np.zeros(30), Zone.box([0, 0, 0], [1, 1, 1]))
    for cell in diagram:
        assert all(diagram.fills[cell.site] != diagram.fills[other] for other in cell.neighbours)
    drawn = re.findall(r'<path fill="(#\w{6})".*?<title>(\d+)</title>', diagram._repr_svg_())
    assert len({number for _, number in drawn}) > 10
    for color, number in drawn:  # shaded: darker, in the same proportions
        shades = np.array(rgb(color)) / np.array(rgb(diagram.fills[int(number)]))
        assert np.ptp(shades) < 0.02 and 0.7 < shades.min() <= 1.0


def test_regions_in_space_that_have_a_face_in_common_differ() -> None:
    points = np.random.default_rng(24).random((24, 3))
    zone = Zone.box([0, 0, 0], [1, 1, 1])
    diagram = minimization_diagram(distance_costs(points, exponent=2), zone, 0.9)
    pairs = [
        (cell.site, j) for cell in power_diagram(points, np.zeros(24), zone) for j in cell.neighbours
    ]
    assert len(pairs) > 150
    assert all(diagram.fills[i] != diagram.fills[j] for i, j in pairs)
    whole = diagram.solids()[0].partition  # finer than what decides the colours
    sides = whole.sides.cells[whole.sides.cells[:, 1] >= 0]
    assert all(diagram.fills[i] != diagram.fills[j] for i, j in sides.tolist())
