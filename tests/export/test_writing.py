"""From a solution to files: what belongs together, what is refused before any work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from geomot import InvalidArgumentError
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
from geomot.export.solids.build import solid_mesh
from geomot.export.solids.table import encode_table
from tests.export.partitions import NAMES, hall, hall_mesh
from tests.export.solutions import solved_u_shape
from tests.export.spatial import hall as solved_hall


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_a_table_goes_with_what_does_not_hold_everything(suffix: str, tmp_path: Path) -> None:
    solution = solved_hall()
    write_regions(solution, tmp_path / f"hall{suffix}", tolerance=0.05 * solution.diagram.zone.extent)
    held = SOLID_FORMATS[suffix].decode((tmp_path / f"hall{suffix}").read_bytes())
    assert [region.name for region in held.regions] == [server.name for server in solution.servers]
    assert solid_problems(held) == []
    others = {path.name for path in tmp_path.iterdir()} - {f"hall{suffix}"}
    assert others == (set() if SOLID_FORMATS[suffix].complete else {"regions.json"})


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


def test_the_default_tolerance_is_a_thousandth_of_the_zone() -> None:
    solution = solved_hall()
    table = json.loads(region_files(solution, "x.ply")[Path("regions.json")])
    assert table["tolerance"] == pytest.approx(1e-3 * solution.diagram.zone.extent)


def test_the_table_says_what_formats_do_not() -> None:
    mesh = hall_mesh()
    table = json.loads(encode_table(mesh, hall(), "hall.stl"))
    assert table_problems(table) == []
    head = {key: value for key, value in table.items() if key != "regions"}
    assert head == {
        "file": "hall.stl",
        "unit": "m",
        "title": "A hall\n<&>",
        "method": "snr",
        "status": "converged",
        "tolerance": 0.05,
        "order": 1,
        "elements": "faces",
        "zone_volume": mesh.zone,
        "loose": hall().loose,
    }
    rows = {row["name"]: row for row in table["regions"]}
    assert list(rows) == list(NAMES)
    assert list(rows["north east"]) == [
        "name", "site", "color", "volume", "neighbours", "boundary", "vertices", "faces",
        "smallest_angle", "shortest_edge", "touching",
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
    assert rows["hidden"]["volume"] == 0.0
    assert rows["hidden"]["smallest_angle"] is None
    assert rows["north east"]["volume"] == pytest.approx(hall().measures[0], rel=1e-12)


def test_the_table_of_tetrahedra() -> None:
    table = json.loads(encode_table(solid_mesh(hall(), NAMES, volume=True), hall(), "x.msh"))
    assert table["elements"] == "tetrahedra"
    assert table["regions"][0]["tetrahedra"] == int((hall().cells.cells == 0).sum())


def test_changed_tables_are_invalid_and_others_malformed() -> None:
    table = json.loads(encode_table(hall_mesh(), hall(), "hall.stl"))
    table["regions"][0]["volume"] += 1.0
    assert "the volumes sum to" in table_problems(table)[0]
    assert table_problems({**table, "unit": "mm", "zone_volume": None}) == [
        "the unit is 'mm'; expected 'm'"
    ]
    for regions in (None, [1], [{"name": "a"}], [{"name": "a", "volume": "much"}]):
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
    assert len(json.loads(encode_table(second, hall(), "x.stl"))["regions"]) == 2
    np.testing.assert_array_equal(first.regions[0].neighbours, second.regions[0].neighbours)
