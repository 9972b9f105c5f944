"""Spatial regions on the command line: written, read back, found broken."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import trimesh

from geomot.export import SOLID_FORMATS
from tests.cli.running import run
from tests.cli.scenarios import TOWN

HALL = (
    TOWN[: TOWN.index("[twins]")]
    .replace("lower = [0.0, 0.0]", "lower = [0.0, 0.0, 0.0]")
    .replace("upper = [100.0, 80.0]", "upper = [100.0, 80.0, 10.0]")
    .replace("mean = [40.0, 30.0]", "mean = [40.0, 30.0, 5.0]")
    .replace("[30.0, 60.0]", "[30.0, 60.0, 3.0]")
    .replace("[60.0, 20.0]", "[60.0, 20.0, 8.0]")
    .replace("tolerance = 1e-4", "tolerance = 1e-3")
)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hall") / "hall.toml"
    path.write_text(HALL)
    return path


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_each_format_is_written_and_valid(hall: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"hall{suffix}"
    result = run("export", hall, "--method", "snr", "--out", target)
    table = tmp_path / f"hall{suffix}.regions.json"
    files = [target] if SOLID_FORMATS[suffix].complete else [target, table]
    assert (result.exit_code, result.stdout) == (0, "".join(f"wrote {path}\n" for path in files))
    found = run("info", target)
    assert (found.exit_code, found.stderr) == (0, "")
    for word in ("2 regions", "faces of order 1", "north", "m^3", "valid: closed outward manifolds"):
        assert word in found.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--order", "2"], ["faces of order 2", "80,000 m^3"]),
        (["--volume"], ["tetrahedra", "80,000 m^3"]),
        (["--region", "south", "--tolerance", "2"], ["1 region,", "does not say the zone's volume"]),
    ],
)
@pytest.mark.parametrize("suffix", [".vtu", ".msh"])
def test_options(hall: Path, tmp_path: Path, suffix: str, options: list[str], words: list[str]) -> None:
    target = tmp_path / f"hall{suffix}"
    assert run("export", hall, "--method", "snr", "--out", target, *options).exit_code == 0
    found = run("info", target)
    assert found.exit_code == 0
    for word in words:
        assert word in found.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["x.geojson"], "GeoJSON does not hold regions of a spatial zone; expected one of .stl"),
        (["x.stl", "--order", "2"], "STL has no faces of order 2"),
        (["x.glb", "--volume"], "GLB has no tetrahedra"),
        (["x.vtu", "--order", "3"], "3 is not in the range 1<=x<=2"),
        (["x.vtu", "--order", "2", "--volume"], "volumes of order 2 are not there"),
    ],
)
def test_what_a_format_cannot_hold_is_status_2_before_solving(
    hall: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("geomot.cli.export.solve_scenario", pytest.fail)
    result = run("export", hall, "--out", *arguments)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_spatial_format_for_a_planar_scenario_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_text(TOWN)
    result = run("export", tmp_path / "town.toml", "--out", tmp_path / "town.stl")
    assert result.exit_code == 2
    assert "STL does not hold regions of a planar zone; expected one of .geojson" in result.stderr


def test_a_removed_facet_is_status_1(hall: Path, tmp_path: Path) -> None:
    target = tmp_path / "hall.stl"
    assert run("export", hall, "--method", "snr", "--out", target).exit_code == 0
    lines = target.read_text().splitlines(keepends=True)
    target.write_text("".join([lines[0], *lines[8:]]))
    result = run("info", target)
    assert result.exit_code == 1
    assert "region 'north' is not closed: 3 edges have a face on one side alone" in result.stderr
    assert result.stdout.endswith("invalid\n")


def test_the_table_is_read_and_checked(hall: Path, tmp_path: Path) -> None:
    assert run("export", hall, "--method", "snr", "--out", tmp_path / "hall.stl").exit_code == 0
    table = tmp_path / "hall.stl.regions.json"
    found = run("info", table)
    assert found.exit_code == 0
    assert "2 regions of 'hall.stl'" in found.stdout
    assert re.search(r"north  [\d,]+ m\^3, mesh volume [\d,]+ m\^3\n", found.stdout)
    assert "zone   80,000 m^3" in found.stdout
    document = json.loads(table.read_text())
    document["regions"][0]["volume"] *= 2.0
    table.write_text(json.dumps(document))
    assert "the volumes sum to" in run("info", table).stderr


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_what_is_not_of_its_kind_is_status_2(tmp_path: Path, suffix: str) -> None:
    for content in (b"", b"\xff\x00\xfe", b"{[(", b"solid"):
        (tmp_path / f"x{suffix}").write_bytes(content)
        assert run("info", tmp_path / f"x{suffix}").exit_code == 2


@pytest.mark.parametrize("number", ["nan", "inf", "1e308"])
def test_coordinates_beyond_all_bounds_are_status_1(tmp_path: Path, number: str) -> None:
    points = f"v 0 0 0\nv {number} 0 0\nv 0 1 0\nv 0 0 1\n"
    (tmp_path / "x.obj").write_text(f"{points}o a\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
    result = run("info", tmp_path / "x.obj")
    assert result.exit_code == 1
    assert "some coordinates are not finite, or beyond 1e+100 m" in result.stderr


def test_help_names_every_format() -> None:
    output = run("export", "--help").stdout
    assert all(suffix in output for suffix in SOLID_FORMATS)


def test_a_table_in_the_way_is_status_2_before_solving(
    hall: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "regions.json").write_text('{"a": 1}')
    monkeypatch.setattr("geomot.cli.export.solve_scenario", pytest.fail)
    result = run("export", hall, "--out", tmp_path / "regions.stl")
    assert result.exit_code == 2
    assert "regions.json' is there and is not one that geomot wrote" in result.stderr
    assert (tmp_path / "regions.json").read_text() == '{"a": 1}'


def test_a_hopeless_tolerance_is_status_2(hall: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.stl"
    result = run("export", hall, "--out", target, "--tolerance", "1e-9")
    assert result.exit_code == 2
    assert "the tolerance is 1e-09 m, which takes about" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_regions_without_faces_are_called_what_they_are(tmp_path: Path) -> None:
    rows = [
        {"name": "a", "measure": 1e-9, "volume": 0.0, "note": "smaller than the tolerance"},
        {"name": "b", "measure": 0.0, "volume": 0.0, "note": "empty"},
    ]
    (tmp_path / "x.json").write_text(json.dumps({"file": "x", "unit": "m", "regions": rows}))
    output = run("info", tmp_path / "x.json").stdout
    assert "a  1e-09 m^3, smaller than the tolerance\n  b  0 m^3, empty\n" in output
    (tmp_path / "x.stl").write_text("solid a\nendsolid a\n")
    assert "a  no faces: empty, or smaller than the tolerance" in run("info", tmp_path / "x.stl").stdout


BOX = trimesh.creation.box((3.0, 4.0, 8.0))


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("x.stl", "stl", {}),
        ("x.ply", "ply", {"encoding": "ascii"}),
        ("x.PLY", "ply", {}),
        ("x.obj", "obj", {"header": ""}),
        ("x.glb", "glb", {}),
    ],
)
def test_a_surface_for_a_zone(tmp_path: Path, name: str, kind: str, options: dict[str, str]) -> None:
    content = BOX.export(file_type=kind, **options)
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    found = run("info", tmp_path / name)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.splitlines() == [
        f"{kind.upper()}, a surface that geomot did not write, 12 triangles",
        "  extent  3.000 x 4.000 x 8.000 m, from (-1.500, -2.000, -4.000) to (1.500, 2.000, 4.000)",
        "  volume  96.00 m^3",
        "valid: a closed outward surface, which can be a zone",
    ]


def test_an_open_surface_is_status_1(tmp_path: Path) -> None:
    trimesh.Trimesh(BOX.vertices, BOX.faces[1:]).export(tmp_path / "x.stl")
    found = run("info", tmp_path / "x.stl")
    assert found.exit_code == 1
    assert "zone surface" in found.stderr


def test_what_is_no_surface_either_is_said_not_to_be_of_geomot(hall: Path, tmp_path: Path) -> None:
    (tmp_path / "x.ply").write_bytes(b"ply\nformat ascii 1.0\nend_header\n")
    found = run("info", tmp_path / "x.ply")
    assert found.exit_code == 2
    assert "is not a file that geomot wrote (is 'format ascii 1.0'; expected" in found.stderr
    target = tmp_path / "hall.ply"
    assert run("export", hall, "--method", "snr", "--out", target).exit_code == 0
    target.write_bytes(target.read_bytes()[:-9])  # geomot did write this
    assert "bytes of data; expected" in run("info", target).stderr
