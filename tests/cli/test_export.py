from __future__ import annotations

import os
from pathlib import Path

import pytest
import shapely

from geomot.export import FORMATS
from tests.cli.running import run
from tests.cli.scenarios import write_town


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_is_written_and_valid(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"town{suffix}"
    result = run("export", write_town(tmp_path), "--out", target)
    assert (result.exit_code, result.stdout) == (0, f"wrote {target}\n")
    assert run("info", target).exit_code == 0


def test_help_names_every_format() -> None:
    output = run("export", "--help").stdout
    assert all(suffix in output for suffix in FORMATS)


def test_region_and_tolerance(tmp_path: Path) -> None:
    town, counts = write_town(tmp_path), []
    for tolerance in (1.0, 1e-3):
        target = tmp_path / "south.wkt"
        options = ["--region", "south", "--tolerance", tolerance, "--method", "equilibrium"]
        assert run("export", town, "--out", target, *options).exit_code == 0
        south = shapely.from_wkt(target.read_text())
        assert south.geom_type == "Polygon"
        counts.append(shapely.get_num_coordinates(south))
    assert counts[0] < counts[1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--out", "x.shp"], "expected one of .geojson, .wkt"),
        (["--out", "x"], "has no suffix"),
        (["--out", "none/x.wkt"], "none: No such file or directory"),
        (["--out", "town.toml/x.wkt"], "town.toml: Not a directory"),
        (["--out", "x.wkt", "--tolerance", "0"], "--tolerance is 0.0"),
        (["--out", "x.wkt", "--tolerance", "nan"], "--tolerance is nan"),
        (["--out", "x.wkt", "--tolerance", "1e-300"], "the tolerance is 1e-300 m; expected at least"),
        (["--out", "x.wkt", "--tolerance", "fine"], "'fine' is not a valid float"),
        (
            ["--out", "x.wkt", "--region", "east"],
            "--region is 'east'; expected the name of a server: 'n",
        ),
        (["--out", "x.wkt", "--servers", "none.csv"], "servers.file: "),
        ([], "Missing option '--out'"),
    ],
)
def test_bad_input_is_status_2_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("export", write_town(tmp_path), *arguments)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["town.toml"]


@pytest.mark.parametrize("method", ["fixed-point", "equilibrium"])
def test_what_is_not_solved_is_status_1_and_not_written(tmp_path: Path, method: str) -> None:
    data = "1e5" if method == "equilibrium" else "23.0"
    town = write_town(tmp_path, ("data = 23.0", f"data = {data}"))
    result = run("export", town, "--method", method, "--out", tmp_path / "x.wkt")
    assert result.exit_code == 1
    assert "nothing is written: " in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["town.toml"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    town, target = write_town(tmp_path), tmp_path / "x.wkt"
    target.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    assert run("export", town, "--out", target).exit_code == 2
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("suffix", [".svg", ".dxf"])
def test_drawings_keep_names_and_zone(tmp_path: Path, suffix: str) -> None:
    town = write_town(tmp_path, ('name = "north"', r'name = "a <b> & \"c\" \u00df"'))
    target = tmp_path / f"town{suffix}"
    assert run("export", town, "--out", target).exit_code == 0
    output = run("info", target).stdout
    assert '  a <b> & "c" ß  ' in output
    assert "valid: valid polygons that do not overlap and tile the zone, " in output
    target.write_bytes(target.read_bytes()[:-400])
    result = run("info", target)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not valid " in result.stderr
