from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

import geomot
from geomot.export import (
    FORMATS,
    SOLID_FORMATS,
    region_problems,
    solid_problems,
    summary_problems,
)
from geomot.export.solids.measure import volume_of
from tests.cli.running import run
from tests.cli.scenarios import IN_SPACE, write_town

FILES = {"solution.json", "regions.png", "regions.geojson"}
HUGE_DATA = ("data = 23.0", "data = 1e5")


def test_table_names_every_server_and_how_it_went(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path))
    assert result.exit_code == 0
    assert result.stderr == ""
    for word in ("Town, equilibrium", "north", "south", "rendering", "twin compute", "sub-sync time"):
        assert word in result.stdout
    lines = dict(line.split("  ", 1) for line in result.stdout.splitlines()[-5:])
    assert list(lines) == [
        "average sub-synchronization time",
        "status",
        "residual",
        "iterations",
        "time",
    ]
    assert lines["status"].strip() == "converged"
    assert list(tmp_path.iterdir()) == [tmp_path / "town.toml"]


def test_servers_that_share_a_region_are_noted(tmp_path: Path) -> None:
    same = "position = [60.0, 20.0]\ncompute = 16e9\nbandwidth = 20e6\n"
    twice = f'{same}\n[[servers]]\nname = "second"\n{same}'
    result = run("solve", write_town(tmp_path, (same, twice)))
    assert result.exit_code == 0
    assert "note" in result.stdout
    assert "the servers 'south', 'second' are alike and share one region" in result.stdout


def test_an_unsolved_partition_is_called_that(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path, ("data = 23.0", "data = 1e7")))
    assert result.exit_code == 1
    assert "infeasible, regions of the best channel" in result.stdout
    assert re.search(r"average sub-synchronization time +-\n", result.stdout)
    for name in ("north", "south"):  # nothing is known of compute, twins and time
        row = next(line for line in result.stdout.splitlines() if name in line)
        assert [cell.strip() for cell in row.split("│")[4:-1]] == ["-"] * 4


def test_numbers_that_are_none_are_not_shown(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path, HUGE_DATA))
    assert result.stdout.count("none left") == 2
    result = run("solve", write_town(tmp_path), "--method", "fixed-point")
    assert "cycled, the last partition and not a solution" in result.stdout
    assert "inf" not in result.stdout


def test_times_have_a_unit_that_fits(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path))
    assert re.search(r"average sub-synchronization time +[\d.]+ µs ± \S+ µs\n", result.stdout)


def test_names_are_not_markup(tmp_path: Path) -> None:
    town = write_town(tmp_path, ('"north"', '"[bold]n[/]"'))
    assert "[bold]n[/]" in run("solve", town, "--method", "snr").stdout


def test_control_characters_of_names_reach_no_terminal(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path, ('"south"', '"s\\u001b[2J"')), "--method", "snr")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "servers[1].name" in result.stderr
    assert "\x1b" not in result.stderr


def test_out_holds_all_files_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "results"
    result = run("solve", write_town(tmp_path), "--out", folder)
    assert result.exit_code == 0
    assert {path.name for path in folder.iterdir()} == FILES
    assert all(str(folder / name) in result.stdout for name in FILES)
    document = json.loads((folder / "solution.json").read_text())
    assert summary_problems(document) == []
    held = FORMATS[".geojson"].decode((folder / "regions.geojson").read_bytes())
    assert held.names == ("north", "south")
    assert region_problems(held) == []
    assert (folder / "regions.png").read_bytes().startswith(b"\x89PNG")


def test_a_spatial_scenario_writes_meshes(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    result = run("solve", write_town(tmp_path, *IN_SPACE), "--out", folder)
    assert result.exit_code == 0, result.stderr
    names = {"solution.json", "regions.png", "regions.glb", "regions.vtu", "regions.json"}
    assert {path.name for path in folder.iterdir()} == names
    assert all(str(folder / name) in result.stdout for name in names)
    servers = json.loads((folder / "solution.json").read_text())["servers"]
    for suffix in (".glb", ".vtu"):
        held = SOLID_FORMATS[suffix].decode((folder / f"regions{suffix}").read_bytes())
        assert solid_problems(held) == []
        for region, server in zip(held.regions, servers, strict=True):
            assert region.name == server["name"]
            volume = volume_of(held.points, region.cells)
            assert volume == pytest.approx(server["measure"], rel=0.01)
    assert run("info", folder / "regions.glb").exit_code == 0
    page = tmp_path / "regions.html"
    assert run("export", tmp_path / "town.toml", "--out", page).exit_code == 0
    assert [region.name for region in SOLID_FORMATS[".html"].decode(page.read_bytes()).regions] == [
        "north",
        "south",
    ]


def test_without_scenario_the_paper_is_solved_to_geomot_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("solve", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert 1e3 * document["average_sub_synchronization_time"] == pytest.approx(19.11, rel=0.01)
    assert document["residual"] < 1e-9
    assert {path.name for path in Path("geomot-out").iterdir()} == FILES


@pytest.mark.parametrize(
    ("method", "status", "exit_code"),
    [("equilibrium", "converged", 0), ("snr", "converged", 0), ("fixed-point", "cycled", 1)],
)
def test_json_is_one_object_whatever_the_status(
    tmp_path: Path, method: str, status: str, exit_code: int
) -> None:
    town = write_town(tmp_path)
    result = run("solve", town, "--method", method, "--json", "--out", tmp_path / "out")
    assert result.exit_code == exit_code
    document = json.loads(result.stdout, parse_constant=pytest.fail)
    assert (document["method"], document["status"]) == (method, status)
    assert summary_problems(document) == []
    assert json.loads((tmp_path / "out" / "solution.json").read_text()) == document
    assert ("not solved (cycled): " in result.stderr) == (exit_code == 1)


def test_a_missed_deadline_is_status_1_with_the_reason(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path, ("data = 23.0", "data = 1e7")))
    assert result.exit_code == 1
    assert "not solved (infeasible): twins of class 0" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_infeasible_is_status_1_with_the_reason(tmp_path: Path, arguments: list[str]) -> None:
    result = run("solve", write_town(tmp_path, HUGE_DATA), *arguments)
    assert result.exit_code == 1
    assert "not solved (infeasible): the twins need at least" in result.stderr
    if arguments:
        assert json.loads(result.stdout)["status"] == "infeasible"
    else:
        assert "infeasible" in result.stdout


def test_not_converged_is_status_1(tmp_path: Path) -> None:
    town = write_town(tmp_path, ("tolerance = 1e-4", "tolerance = 1e-4\nmax_iterations = 1"))
    result = run("solve", town, "--method", "fixed-point")
    assert result.exit_code == 1
    assert "not solved (not-converged)" in result.stderr


@pytest.mark.parametrize(
    "error",
    [geomot.UnresolvedError("the subdivision is not good"), geomot.InvalidCostError("offset is nan")],
)
def test_a_solver_that_breaks_down_is_status_1_and_still_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("geomot.scenario.solve", fail)
    result = run("solve", write_town(tmp_path), "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["status"] == "not-converged"
    assert str(error) in document["message"]
    assert str(error) in result.stderr


def test_several_problems_come_at_once_with_their_key_paths(tmp_path: Path) -> None:
    town = write_town(
        tmp_path,
        ("count = 1000", "count = -1"),
        ("exponent = 3.0", "exponnt = 3.0"),
        ("position = [60.0, 20.0]", "position = [60.0]"),
        ("share = 1.0", "share = 0.9"),
    )
    result = run("solve", town, "--json", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stdout == ""
    for path in ("sensors.count", "channel.exponent", "servers[1].position", "twins.classes"):
        assert f"\n  {path}: " in result.stderr
    assert "did you mean 'exponent'?" in result.stderr
    assert str(town) in result.stderr
    assert not (tmp_path / "out").exists()


def test_densities_without_mass_are_named_by_their_key_paths(tmp_path: Path) -> None:
    town = write_town(
        tmp_path,
        ("mean = [40.0, 30.0], std = 30.0", "mean = [1e6, 0.0], std = 1.0"),
        ('kind = "uniform"', 'kind = "gaussian", mean = [-1e6, 0.0], std = 1.0'),
    )
    result = run("solve", town)
    assert result.exit_code == 2
    for path in ("sensors.density", "twins.density"):
        assert f"\n  {path}: the density" in result.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a = [", "is not valid TOML"),
        (b"\xff\xfe\x00", "is not valid TOML"),
        (b"", "zone: missing"),
        (b"zone = 3\nsensors = []\nservers = 'x'", "zone: is 3"),
        (b"a = " + b"[" * 50_000, "is not valid TOML"),
    ],
)
def test_garbage_is_status_2(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "x.toml").write_bytes(content)
    result = run("solve", tmp_path / "x.toml")
    assert result.exit_code == 2
    assert reason in result.stderr


@pytest.mark.parametrize("arguments", [["--method", "best"], ["--nothing"], ["a.toml", "b.toml"]])
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    assert run("solve", *arguments).exit_code == 2


def test_files_that_cannot_be_read_are_status_2(tmp_path: Path) -> None:
    assert "No such file" in run("solve", tmp_path / "none.toml").stderr
    assert "directory" in run("solve", tmp_path).stderr
    result = run("solve", write_town(tmp_path), "--servers", tmp_path / "none.csv")
    assert result.exit_code == 2
    assert "servers.file: " in result.stderr


def test_servers_take_the_place_of_the_scenarios_own(tmp_path: Path) -> None:
    (tmp_path / "masts.csv").write_text(
        "name,x,y,compute,bandwidth\na,10,10,8e9,1e7\nb,90,10,8e9,1e7\nc,50,70,8e9,1e7\n"
    )
    result = run("solve", write_town(tmp_path), "--servers", tmp_path / "masts.csv", "--json")
    assert [server["name"] for server in json.loads(result.stdout)["servers"]] == ["a", "b", "c"]


@pytest.mark.parametrize("out", ["town.toml", "town.toml/results"])
def test_a_folder_that_cannot_be_is_status_2_before_anything_is_solved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    town = write_town(tmp_path)
    monkeypatch.setattr("geomot.scenario.solve", None)
    result = run("solve", town, "--out", tmp_path / out)
    assert result.exit_code == 2
    assert "Not a directory" in result.stderr


def test_a_failed_write_is_status_2_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = run("solve", write_town(tmp_path), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), geomot.UnresolvedError("too fine")])
def test_what_is_not_finished_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("geomot.scenario.solve", fail)
    (tmp_path / "kept").mkdir()
    for out in ("new/results", "kept"):
        assert run("solve", write_town(tmp_path), "--out", tmp_path / out).exit_code == 1
    assert {path.name for path in tmp_path.iterdir()} == {"town.toml", "kept"}


def test_problems_with_the_built_in_scenario_name_no_file(tmp_path: Path) -> None:
    result = run("solve", "--servers", tmp_path / "none.csv")
    assert result.exit_code == 2
    assert "invalid scenario (the built-in scenario), 1 problem:" in result.stderr
    assert "paper.toml" not in result.stderr
