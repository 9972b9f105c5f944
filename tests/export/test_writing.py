"""From a solution to files: what belongs together, what is refused before any work."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geomot import InvalidArgumentError, Zone, distance_costs, minimization_diagram
from geomot.export import (
    FORMATS,
    SOLID_FORMATS,
    MalformedFileError,
    format_of,
    region_files,
    require_support,
    solid_problems,
    table_problems,
    write_regions,
)
from geomot.export.sizes import true_sizes
from geomot.export.solids.build import solid_mesh
from tests.export.partitions import NAMES, hall, hall_diagram, hall_mesh, hall_table
from tests.export.solutions import solved_u_shape
from tests.export.spatial import around, courtyard
from tests.export.spatial import hall as solved_hall


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_a_table_goes_with_what_does_not_hold_everything(suffix: str, tmp_path: Path) -> None:
    solution = solved_hall()
    write_regions(solution, tmp_path / f"hall{suffix}", tolerance=0.05 * solution.diagram.zone.extent)
    held = SOLID_FORMATS[suffix].decode((tmp_path / f"hall{suffix}").read_bytes())
    assert [region.name for region in held.regions] == [server.name for server in solution.servers]
    assert solid_problems(held) == []
    others = {path.name for path in tmp_path.iterdir()} - {f"hall{suffix}"}
    assert others == (set() if SOLID_FORMATS[suffix].complete else {f"hall{suffix}.regions.json"})


def test_one_region_of_order_two_and_of_tetrahedra() -> None:
    solution = solved_hall()
    name, tolerance = solution.servers[1].name, 0.05 * solution.diagram.zone.extent
    for options in ({"order": 2}, {"volume": True}):
        files = region_files(solution, "x.vtu", tolerance=tolerance, region=name, **options)  # type: ignore[arg-type]
        held = SOLID_FORMATS[".vtu"].decode(files[Path("x.vtu")])
        assert [region.name for region in held.regions] == [name]
        assert (held.order, held.volume) == (options.get("order", 1), options.get("volume", False))
    with pytest.raises(InvalidArgumentError, match="no server is called 'nobody'"):
        region_files(solution, "x.vtu", region="nobody")
    with pytest.raises(InvalidArgumentError, match="regions were asked of a MinimizationDiagram"):
        region_files(solution.diagram, "x.vtu")  # type: ignore[arg-type]


def test_the_default_tolerance_is_a_thousandth_of_the_zone() -> None:
    solution = solved_hall()
    table = json.loads(region_files(solution, "x.ply")[Path("x.ply.regions.json")])
    assert table["tolerance"] == pytest.approx(1e-3 * solution.diagram.zone.extent)


def test_the_table_says_what_formats_do_not() -> None:
    mesh = hall_mesh()
    table = hall_table(mesh)
    assert table_problems(table) == []
    head = {key: value for key, value in table.items() if key != "regions"}
    assert head == {
        "file": "hall.stl",
        "unit": "m",
        "title": "A hall\n<&>",
        "method": "snr",
        "status": "converged",
        "solve": "0123456789abcdef",
        "tolerance": 0.05,
        "order": 1,
        "elements": "faces",
        "zone_volume": 6.0,
        "loose": hall().loose,
        "turned": 0,
    }
    rows = {row["name"]: row for row in table["regions"]}
    assert list(rows) == list(NAMES)
    assert list(rows["north east"]) == [
        "name", "site", "color", "measure", "measure_error", "volume", "note", "neighbours",
        "boundary", "vertices", "faces", "smallest_angle", "shortest_edge", "touching",
    ]  # fmt: skip
    for name, row in rows.items():
        for other in row["neighbours"]:
            back = {each["name"]: each["area"] for each in rows[other["name"]]["neighbours"]}
            assert back[name] == pytest.approx(other["area"], rel=1e-12)
    covered = {"bottom": 0.0, "top": 0.0}
    for row in rows.values():
        for part in row["boundary"]:
            if part["name"] in covered:
                covered[part["name"]] += part["area"]
    assert covered == {"bottom": pytest.approx(6.0), "top": pytest.approx(6.0)}
    assert rows["hidden"]["volume"] == rows["hidden"]["measure"] == 0.0
    assert [row["note"] for row in rows.values()] == [None, None, None, None, "empty", None]
    assert rows["hidden"]["smallest_angle"] is None
    north = rows["north east"]
    assert north["volume"] == pytest.approx(hall().measures[0], rel=1e-12)
    assert north["measure"] == hall_diagram().measures[0] != north["volume"]
    assert north["measure_error"] == hall_diagram().measure_errors[0]


def test_the_table_of_tetrahedra() -> None:
    table = hall_table(solid_mesh(hall(), NAMES, volume=True))
    assert table["elements"] == "tetrahedra"
    assert table["regions"][0]["tetrahedra"] == int((hall().cells.cells == 0).sum())


def test_changed_tables_are_invalid_and_others_malformed() -> None:
    table = hall_table(hall_mesh())
    for key in ("volume", "measure"):
        table["regions"][0][key] += 1.0
        assert f"the {key}s sum to" in table_problems(table)[0]
        table["regions"][0][key] -= 1.0
    assert table_problems({**table, "unit": "mm", "zone_volume": None}) == [
        "the unit is 'mm'; expected 'm'"
    ]
    wrong = {"name": "a", "volume": 1.0, "measure": "much"}
    large = {"name": "a", "volume": 10**400}
    some = [{"name": "b", "volume": 1.0}, wrong]
    for regions in (
        None,
        [1],
        [{"name": "a"}],
        [{"name": "a", "volume": "much"}],
        [wrong],
        [large],
        some,
    ):
        with pytest.raises(MalformedFileError, match=r"not a regions\.json"):
            table_problems({"regions": regions})


@pytest.mark.parametrize(
    ("name", "dimension", "options", "reason"),
    [
        ("x.stl", 2, {}, r"STL does not hold regions of a planar zone; expected one of \.geojson, "),
        ("x.wkt", 3, {}, r"well-known text does not hold .* spatial zone; expected one of \.stl, "),
        (
            "x.glb",
            3,
            {"order": 2},
            r"GLB has no faces of order 2; expected one of \.vtu, \.msh, or order 1",
        ),
        ("x.vtu", 3, {"order": 3}, "the order is 3; expected 1 or 2"),
        ("x.wkt", 2, {"order": 2}, "has chords alone; expected order 1 for a planar zone"),
        ("x.ply", 3, {"volume": True}, r"PLY has no tetrahedra; expected one of \.vtu, \.msh"),
        ("x.wkt", 2, {"volume": True}, "well-known text has no tetrahedra"),
        ("x.msh", 3, {"volume": True, "order": 2}, "volumes of order 2 are not there"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(
    name: str, dimension: int, options: dict[str, int], reason: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=reason):
        require_support(format_of(name), dimension, **options)  # type: ignore[arg-type]


def test_regions_of_the_other_dimension_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="STL does not hold regions of a planar zone"):
        region_files(solved_u_shape(), "x.stl")
    with pytest.raises(InvalidArgumentError, match="GeoJSON does not hold regions of a spatial zone"):
        region_files(solved_hall(), "x.geojson")


def test_every_suffix_is_of_one_dimension() -> None:
    assert not set(FORMATS) & set(SOLID_FORMATS)
    assert {kind.dimension for kind in FORMATS.values()} == {2}
    assert {kind.dimension for kind in SOLID_FORMATS.values()} == {3}


def test_an_own_table_for_each_partition_that_is_written() -> None:
    first, second = (hall_mesh(), solid_mesh(hall(), NAMES, sites=[0, 1]))
    assert first.zone is not None
    assert second.zone is None
    assert len(hall_table(second)["regions"]) == 2
    np.testing.assert_array_equal(first.regions[0].neighbours, second.regions[0].neighbours)


def test_tables_of_an_older_version_are_read() -> None:
    table = hall_table(hall_mesh())
    for row in table["regions"]:
        del row["measure"], row["measure_error"], row["note"]
    assert table_problems(table) == []
    table["regions"][0]["volume"] *= 2.0
    assert "the volumes sum to" in table_problems(table)[0]


def test_the_zones_volume_is_its_own_and_not_the_sum_of_the_cells() -> None:
    whole = hall()
    cells = replace(whole.cells, simplices=whole.cells.simplices[1:], cells=whole.cells.cells[1:])
    spoiled = replace(whole, cells=cells)
    mesh = solid_mesh(spoiled, NAMES, zone=hall_diagram().zone.measure, volume=True)
    assert mesh.zone == pytest.approx(6.0, rel=1e-12)
    assert "expected the zone's" in solid_problems(mesh)[-1]


def test_each_file_keeps_its_own_table(tmp_path: Path) -> None:
    solution = solved_hall()
    files = {}
    for name in ("hall.stl", "hall.ply", "regions.vtu"):
        write_regions(solution, tmp_path / name, tolerance=9.0)
    for path in tmp_path.glob("*.json"):
        files[path.name] = json.loads(path.read_text())["file"]
    assert files == {
        "hall.stl.regions.json": "hall.stl",
        "hall.ply.regions.json": "hall.ply",
        "regions.json": "regions.vtu",
    }
    write_regions(solution, tmp_path / "regions.vtu", tolerance=9.0)  # its own is written anew
    before = (tmp_path / "regions.json").read_bytes()
    with pytest.raises(InvalidArgumentError, match=r"is there and belongs to 'regions\.vtu'; expected"):
        write_regions(solution, tmp_path / "regions.stl", tolerance=9.0)
    assert (tmp_path / "regions.json").read_bytes() == before
    assert not (tmp_path / "regions.stl").exists()


@pytest.mark.parametrize("content", ['{"a": 1}', "[]", "{", ""])
def test_what_geomot_did_not_write_is_not_replaced(tmp_path: Path, content: str) -> None:
    other = tmp_path / "x.obj.regions.json"
    other.write_text(content)
    with pytest.raises(InvalidArgumentError, match="is there and is not one that geomot wrote"):
        write_regions(solved_hall(), tmp_path / "x.obj", tolerance=9.0)
    assert other.read_text() == content


def test_a_region_without_points_is_refused_with_the_reason() -> None:
    with pytest.raises(InvalidArgumentError, match="'far' is empty: no point of the zone is cheapest"):
        region_files(courtyard(), "x.stl", region="far", tolerance=2.0)
    with pytest.raises(InvalidArgumentError, match="'ß' is empty: no point of the zone is cheapest"):
        region_files(solved_u_shape(), "x.wkt", region="ß")


@pytest.mark.parametrize(
    ("zone", "name"), [(Zone.box([0] * 3, [1] * 3), "x.stl"), (Zone.box([0, 0], [1, 1]), "x.wkt")]
)
def test_servers_that_are_alike_have_one_region(zone: Zone, name: str) -> None:
    sites = np.full((3, zone.dimension), 0.3)
    sites[2] = 0.6
    costs = distance_costs(sites, exponent=2)
    solution = around(minimization_diagram(costs, zone), sites, ["a", "b", "c"])
    one, other, _ = true_sizes(solution.diagram, ["a", "b", "c"])
    assert (one.measure, other.measure) == (pytest.approx(2.0 * solution.servers[1].measure), 0.0)
    reason = "the region of 'b' is empty: it shares that of 'a'; expected a region of its own"
    with pytest.raises(InvalidArgumentError, match=reason):
        region_files(solution, name, region="b")


def test_a_region_smaller_than_the_tolerance_is_called_so() -> None:
    sites = np.array([[0.31, 0.47, 0.53], [0.7, 0.5, 0.5]])
    costs = distance_costs(sites, factor=[1.0, 1e-6], offset=[0.0, 3e-2])
    diagram = minimization_diagram(costs, Zone.box([0] * 3, [1] * 3), 1e-6)
    solution = around(diagram, sites, ["tiny", "large"])
    table = json.loads(region_files(solution, "x.stl", tolerance=0.2)[Path("x.stl.regions.json")])
    row = table["regions"][0]
    assert (row["volume"], row["note"]) == (0.0, "smaller than the tolerance")
    assert row["measure"] == pytest.approx(4.0 / 3.0 * np.pi * 3e-2**3, rel=1e-2)
    assert table_problems({**table, "zone_volume": None}) == []
    with pytest.raises(InvalidArgumentError, match=r"'tiny' is smaller than the tolerance, 0\.2 m"):
        region_files(solution, "x.stl", tolerance=0.2, region="tiny")


def test_a_hopeless_tolerance_is_refused_at_once() -> None:
    solution = solved_hall()
    with pytest.raises(InvalidArgumentError, match=r"1e-09 m, which takes about .* at least") as told:
        region_files(solution, "x.stl", tolerance=1e-9)
    least = float(str(told.value).split("at least ")[1].split(" ")[0])
    assert 1e-7 < least / solution.diagram.zone.extent < 1e-4
    with pytest.raises(InvalidArgumentError, match="below which coordinates are rounding"):
        region_files(solution, "x.stl", tolerance=1e-300)


def test_flat_faces_allow_any_tolerance() -> None:
    sites = np.array([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]])
    diagram = minimization_diagram(distance_costs(sites), Zone.box([0] * 3, [1] * 3))
    assert region_files(around(diagram, sites, ["a", "b"]), "x.stl", tolerance=1e-11)
