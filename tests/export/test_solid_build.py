"""Regions that touch themselves are manifolds in files too, and the table says where they do."""

from __future__ import annotations

import json
from itertools import permutations, product

import numpy as np
import pytest

from geomot import distance_costs
from geomot.diagram import Partition
from geomot.diagram.boundaries.cellcomplex import CellComplex, facets
from geomot.diagram.boundaries.tie_vertices import Rainbow
from geomot.export import SOLID_FORMATS, solid_problems
from geomot.export.sizes import TrueSize
from geomot.export.solids.build import solid_mesh
from geomot.export.solids.measure import volume_of
from geomot.export.solids.table import encode_table
from tests.export.solid_round_trip import check_solid_round_trip


def cubes(*first: tuple[int, int, int]) -> Partition:
    """Return eight cubes, of which some are the first cell and the others the second."""
    corners = np.array(list(product(range(3), repeat=3)))
    simplices, cells = [], []
    for cube in product(range(2), repeat=3):
        for axes in permutations(range(3)):
            steps = np.cumsum([np.zeros(3, dtype=int), *np.eye(3, dtype=int)[list(axes)]], axis=0)
            path = (steps + cube) @ [9, 3, 1]
            odd = np.linalg.det(np.eye(3)[list(axes)]) < 0.0
            simplices.append(path[[1, 0, 2, 3]] if odd else path)
            cells.append(0 if cube in first else 1)
    none = np.zeros(27, dtype=bool)
    ties = Rainbow(corners.astype(float), np.arange(27), none, (), 27)
    whole = CellComplex(ties, np.array(simplices), np.array(cells), np.arange(len(cells)))
    costs = distance_costs([[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]])  # tie far away: middles stay
    return Partition(costs, 0.1, np.zeros(3), whole, facets(whole), ("all around",))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    ("first", "copies"),
    [
        ([(0, 0, 0), (1, 1, 1)], [1, 1]),  # both cells at the vertex in the middle
        ([(0, 0, 0), (1, 1, 0)], [2, 1]),  # along an edge: the second cell is one above it
        ([(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)], None),
    ],
)
def test_copies_make_manifolds(
    first: list[tuple[int, int, int]], copies: list[int] | None, order: int
) -> None:
    whole = cubes(*first)
    mesh = solid_mesh(whole, ["one", "other"], order=order)
    assert solid_problems(mesh) == []
    for region, size in zip(mesh.regions, (len(first), 8 - len(first)), strict=True):
        assert volume_of(mesh.points, region.cells) == pytest.approx(size)
    if copies is not None and order == 1:
        assert len(mesh.points) == 27 + sum(copies)
    for suffix, kind in SOLID_FORMATS.items():
        if order in kind.orders:
            assert solid_problems(check_solid_round_trip(mesh, suffix)) == []


def test_the_table_says_where_a_region_touches_itself_and_why() -> None:
    whole = cubes((0, 0, 0), (1, 1, 1))
    sizes = [TrueSize("one", 2.0, 0.0), TrueSize("other", 6.0, 0.0)]
    table = json.loads(encode_table(solid_mesh(whole, ["one", "other"]), whole, sizes, "x.stl"))
    for row in table["regions"]:
        assert [entry["position"] for entry in row["touching"]] == [[1.0, 1.0, 1.0]]
        assert row["touching"][0]["reason"].startswith("parts of the region meet in this vertex")
    assert table["regions"][0]["smallest_angle"] == pytest.approx(45.0)
    assert table["regions"][0]["shortest_edge"] == 1.0
