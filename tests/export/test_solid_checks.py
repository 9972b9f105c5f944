"""Broken meshes are found, with the reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geomot.diagram.spatial.partition import partition
from geomot.export import SOLID_FORMATS, SolidMesh, SolidRegion, solid_problems
from geomot.export.solids.build import solid_mesh
from tests.diagram.meshes import CUBE, crossings, random_costs
from tests.export.partitions import NAMES, cavity, hall_mesh, touching

CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def region(name: str, site: int, cells: np.ndarray) -> SolidRegion:
    """Return a region whose faces all look at part 0 of the zone's boundary."""
    return SolidRegion(name, site, cells, np.full(len(cells), -1))


def region_with(mesh: SolidMesh, number: int, rows: np.ndarray, cells: np.ndarray) -> SolidMesh:
    """Return a mesh with some faces of a region in place of all."""
    old = mesh.regions[number]
    beyond = None if old.neighbours is None else old.neighbours[rows]
    regions = list(mesh.regions)
    regions[number] = replace(old, cells=cells, neighbours=beyond)
    return replace(mesh, regions=tuple(regions))


def problem(mesh: SolidMesh) -> str:
    """Return what is wrong, which is to be so in each format as well."""
    found = solid_problems(mesh)
    assert len(found) >= 1
    for suffix, kind in SOLID_FORMATS.items():
        if mesh.width == 3 or (suffix in (".vtu", ".msh")):
            assert solid_problems(kind.decode(kind.encode(mesh))), suffix
    return found[0]


def test_whole_meshes_have_no_problems() -> None:
    for mesh in (hall_mesh(), hall_mesh(order=2), hall_mesh(volume=True)):
        assert solid_problems(mesh) == []


@pytest.mark.parametrize("order", [1, 2])
def test_a_removed_face(order: int) -> None:
    mesh = hall_mesh(order=order)
    cells = mesh.regions[0].cells
    rows = np.arange(1, len(cells))
    assert "region 'north east' is not closed: 3 edges" in problem(
        region_with(mesh, 0, rows, cells[rows])
    )


def test_a_flipped_face() -> None:
    mesh = hall_mesh()
    cells = mesh.regions[0].cells.copy()
    cells[7] = cells[7, ::-1]
    found = problem(region_with(mesh, 0, np.arange(len(cells)), cells))
    assert "is not oriented: 3 edges have faces that look to opposite sides" in found


def test_a_region_turned_inside_out() -> None:
    mesh = hall_mesh()
    cells = mesh.regions[0].cells[:, ::-1]
    found = "\n".join(solid_problems(region_with(mesh, 0, np.arange(len(cells)), cells)))
    assert "look inward" in found
    assert "expected more than 0" in found


def test_a_part_turned_inside_out_that_is_no_cavity() -> None:
    points = np.concatenate([CORNERS, 0.1 * CORNERS + 0.1, 0.1 * CORNERS + 5.0])
    inward = FACES[:, ::-1]
    assert (
        solid_problems(SolidMesh(points, (region("a", 0, np.concatenate([FACES, 4 + inward])),))) == []
    )
    outside = region("a", 0, np.concatenate([FACES, 8 + inward]))
    assert "1 parts that look inward and are no cavities" in problem(SolidMesh(points, (outside,)))


def test_a_vertex_in_which_a_region_touches_itself() -> None:
    points = np.concatenate([CORNERS, -CORNERS[1:]])
    other = np.array([0, 4, 5, 6])[FACES[:, ::-1]]
    pair = SolidMesh(points, (region("a", 0, np.concatenate([FACES, other])),))
    assert solid_problems(pair) == ["region 'a' is not a manifold: it touches itself at 1 vertices"]


def test_an_edge_with_four_faces() -> None:
    points = np.concatenate([CORNERS, [[0.0, -1, 0], [0, 0, -1]]])
    other = np.array([0, 1, 4, 5])[FACES]
    pair = SolidMesh(points, (region("a", 0, np.concatenate([FACES, other])),))
    assert "1 edges have more than two faces" in solid_problems(pair)[0]


def test_a_face_with_the_same_corner_twice() -> None:
    broken = np.concatenate([FACES, [[0, 0, 1]]])
    assert (
        "1 faces with the same corner twice"
        in solid_problems(SolidMesh(CORNERS, (region("a", 0, broken),)))[0]
    )


def test_a_moved_vertex_of_one_region() -> None:
    mesh = hall_mesh()
    cells = mesh.regions[0].cells
    inner = cells[mesh.regions[0].neighbours == 1][0, 0]
    points = np.concatenate([mesh.points, mesh.points[[inner]] + 1e-9])
    moved = np.where(cells == inner, len(mesh.points), cells)
    found = solid_problems(region_with(replace(mesh, points=points), 0, np.arange(len(cells)), moved))
    assert any('faces towards \'the "ß" mast' in each for each in found)


def test_different_middles_of_an_edge() -> None:
    mesh = hall_mesh(order=2)
    cells = mesh.regions[0].cells.copy()
    cells[0, 3] = cells[0, 4]
    found = solid_problems(region_with(mesh, 0, np.arange(len(cells)), cells))
    assert "1 edges have faces with different middles" in found[0]


def test_regions_that_overlap_and_leave_a_gap() -> None:
    one, other = region("a", 0, FACES), region("b", 1, FACES)
    overlap = solid_problems(SolidMesh(CORNERS, (one, other)))
    assert overlap == ["regions 'a' and 'b' have 4 faces on the same side: they overlap"]
    gap = solid_problems(SolidMesh(CORNERS, (one,), zone=1.0))
    assert gap == ["the volumes sum to 0.16666666666666666 m^3; expected the zone's, 1.0 m^3"]


def test_names_and_coordinates() -> None:
    twice = SolidMesh(CORNERS, (region("a", 0, FACES), region("a", 1, FACES[:0])))
    assert solid_problems(twice) == ["2 regions are called 'a'"]
    nowhere = CORNERS.copy()
    nowhere[3, 2] = np.nan
    assert solid_problems(SolidMesh(nowhere, (region("a", 0, FACES),)))[-1] == (
        "some coordinates are not finite, or beyond 1e+100 m"
    )
    assert solid_problems(SolidMesh(CORNERS, ())) == ["there are no regions"]
    assert solid_problems(SolidMesh(CORNERS, (region("a", 0, FACES[:0]),))) == ["all regions are empty"]


def test_tetrahedra_turned_over_and_crowded() -> None:
    turned = region("a", 0, np.array([[0, 2, 1, 3]]))
    assert "1 tetrahedra that are turned over" in problem(SolidMesh(CORNERS, (turned,)))
    points = np.concatenate([CORNERS, [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]])
    crowd = region("a", 0, np.array([[0, 1, 2, 3], [2, 1, 3, 4][::-1], [1, 2, 3, 5]]))
    found = solid_problems(SolidMesh(points, (crowd,)))
    assert any("belong to more than two tetrahedra" in each for each in found) or "turned" in found[0]


def test_cells_that_tie_are_valid() -> None:
    assert solid_problems(solid_mesh(touching(), "abcdefgh")) == []
    assert solid_problems(solid_mesh(cavity(), "ab")) == []


def test_faces_that_name_another_region_than_lies_beyond() -> None:
    mesh = hall_mesh()
    one = mesh.regions[0]
    assert one.neighbours is not None
    first, second = [site for site in np.unique(one.neighbours) if site >= 0][:2]
    wrong = replace(one, neighbours=np.where(one.neighbours == first, second, one.neighbours))
    found = solid_problems(replace(mesh, regions=(wrong, *mesh.regions[1:])))
    count = int((one.neighbours == first).sum())
    assert found == [
        f"region {NAMES[0]!r} has {count} faces towards {NAMES[second]!r} that are not there from the "
        f"other side as faces towards {NAMES[0]!r}",
        f"region {NAMES[first]!r} has {count} faces towards {NAMES[0]!r} that are not there from the "
        f"other side as faces towards {NAMES[first]!r}",
    ]


def test_faces_that_name_the_boundary_where_a_region_lies_beyond() -> None:
    mesh = hall_mesh()
    one, *others = mesh.regions
    outside = replace(one, neighbours=np.full(len(one.cells), -1))
    found = solid_problems(replace(mesh, regions=(outside, *others)))
    assert found
    assert all(f"towards {NAMES[0]!r} that are not there" in each for each in found)
    blind = tuple(replace(each, neighbours=np.full(len(each.cells), -1)) for each in mesh.regions)
    found = solid_problems(replace(mesh, regions=blind))
    assert all("faces in common, and neither says that the other lies beyond" in f for f in found)


def test_faces_towards_an_empty_region() -> None:
    faces = SolidRegion("a", 0, FACES, np.array([-1, -1, -1, 1]))
    found = solid_problems(SolidMesh(CORNERS, (faces, region("b", 1, FACES[:0]))))
    assert found == [
        "region 'a' has 1 faces towards 'b' that are not there from the other side as faces towards 'a'"
    ]
    assert solid_problems(SolidMesh(CORNERS, (faces,))) == []  # the file does not hold 'b'


@pytest.mark.parametrize("suffix", [".vtu", ".ply", ".obj", ".msh", ".glb", ".html"])
def test_another_unit_than_the_metre(suffix: str) -> None:
    kind = SOLID_FORMATS[suffix]
    held = kind.decode(kind.encode(replace(hall_mesh(), unit="mm")))
    assert solid_problems(held) == ["the unit is 'mm'; expected 'm'"]


def test_faces_that_cross() -> None:
    points = np.concatenate([CORNERS, CORNERS + 0.2])
    one, other = region("a", 0, FACES), region("b", 1, FACES + 4)
    found = problem(SolidMesh(points, (one, other)))
    assert "pairs of faces cross or lie on each other, the first one of regions 'a' and 'b'" in found
    alone = SolidMesh(points, (region("a", 0, np.concatenate([FACES, FACES + 4])),))
    assert "of regions 'a' and 'a' near" in problem(alone)
    away = SolidMesh(np.concatenate([CORNERS, CORNERS + 1.01]), (one, other))
    assert solid_problems(away) == []


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))]
)
def test_a_vertex_pushed_through_a_face(seed: int) -> None:
    whole = partition(random_costs(seed), CUBE, 0.2)
    mesh = solid_mesh(whole, [str(site) for site in range(whole.costs.count)])
    assert solid_problems(mesh) == []
    faces = np.concatenate([region.cells for region in mesh.regions])
    faces = faces[np.unique(np.sort(faces, axis=1), axis=0, return_index=True)[1]]
    rng = np.random.default_rng(seed)
    crossed = 0
    for vertex in rng.permutation(len(mesh.points))[:6]:
        points = mesh.points.copy()
        points[vertex] += rng.normal(scale=0.1, size=3)
        met = crossings(points, faces)
        found = [each for each in solid_problems(replace(mesh, points=points)) if " cross " in each]
        # triangles with a common vertex may cross as well, which the other check does not ask
        assert found or not met
        crossed += bool(met)
    assert crossed > 0
