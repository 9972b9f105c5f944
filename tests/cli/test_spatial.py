"""Spatial scenarios on the command line: solved, described, and refused with a reason."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.cli.scenarios import write_town
from tests.scenario.spatial import MESHES

PLANAR = 'kind = "box"\nlower = [0.0, 0.0]\nupper = [100.0, 80.0]'
RAISED = [
    ("mean = [40.0, 30.0]", "mean = [30.0, 15.0, 2.0]"),
    ("position = [30.0, 60.0]", "position = [15.0, 25.0, 6.0]"),
    ("position = [60.0, 20.0]", "position = [41.0, 8.0, 7.5]"),
]
BOX = 'kind = "box"\nlower = [0.0, 0.0, 0.0]\nupper = [60.0, 40.0, 20.0]'
EXTRUSION = 'kind = "extrusion"\nvertices = [[0, 0], [60, 0], [60, 40]]\nheight = [0, 10]'


def mesh(path: Path) -> str:
    return f'kind = "mesh"\nfile = {json.dumps(str(path))}'


HALL, WORKSHOP = mesh(MESHES / "hall.ply"), mesh(MESHES / "workshop.stl")


def write_hall(folder: Path, zone: str) -> Path:
    return write_town(folder, (PLANAR, zone), *RAISED)


@pytest.mark.parametrize(
    ("zone", "volume"),
    [(BOX, 48_000), (EXTRUSION, 12_000), (HALL, 19_800), (WORKSHOP, 12_000)],
    ids=["box", "extrusion", "star-shaped", "netgen"],
)
def test_spatial_scenarios_are_solved(tmp_path: Path, zone: str, volume: float) -> None:
    result = run("solve", write_hall(tmp_path, zone))
    assert result.exit_code == 0, result.stderr
    for word in ("volume", "m³", "status                            converged"):
        assert word in result.stdout
    assert "area" not in result.stdout
    document = json.loads(run("solve", tmp_path / "town.toml", "--method", "snr", "--json").stdout)
    assert document["dimension"] == 3
    assert document["zone_measure"] == pytest.approx(volume)
    (tmp_path / "solution.json").write_text(json.dumps(document))
    result = run("info", tmp_path / "solution.json")
    assert result.exit_code == 0
    assert f"zone     {volume:,} m^3\n" in result.stdout


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        (BOX, "zone     box, 60 x 40 x 20 m, volume 48,000 m^3\n"),
        (EXTRUSION, "zone     extrusion, 60 x 40 x 10 m, volume 12,000 m^3\n"),
        (HALL, "zone     mesh, 60 x 30 x 14 m, volume 19,800 m^3\n"),
    ],
    ids=["box", "extrusion", "mesh"],
)
def test_info_says_volumes(tmp_path: Path, zone: str, words: str) -> None:
    result = run("info", write_hall(tmp_path, zone))
    assert result.exit_code == 0, result.stderr
    assert words in result.stdout


@pytest.mark.parametrize("dimension", [4, None, [3], "3"])
def test_a_solution_of_an_unknown_dimension_is_status_1(tmp_path: Path, dimension: object) -> None:
    result = run("solve", write_hall(tmp_path, BOX), "--method", "snr", "--json")
    document = json.loads(result.stdout) | {"dimension": dimension}
    (tmp_path / "solution.json").write_text(json.dumps(document))
    result = run("info", tmp_path / "solution.json")
    assert result.exit_code == 1
    assert "dimension: is" in result.stderr


def broken_surface(folder: Path) -> Path:
    """Write the hall without its last triangle."""
    lines = (MESHES / "hall.ply").read_text().replace("face 16", "face 15").splitlines()
    path = folder / "open.ply"
    path.write_text("\n".join(lines[:-1]) + "\n")
    return path


@pytest.mark.parametrize(("command", "status"), [("solve", 2), ("info", 1)])
def test_a_surface_that_is_not_closed_is_a_problem_of_the_zone(
    tmp_path: Path, command: str, status: int
) -> None:
    result = run(command, write_hall(tmp_path, mesh(broken_surface(tmp_path))))
    assert result.exit_code == status
    assert "zone: zone surface is not closed: 3 edges have no opposite" in result.stderr


@pytest.mark.parametrize(("command", "status"), [("solve", 2), ("info", 1)])
def test_a_surface_that_needs_netgen_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, status: int
) -> None:
    monkeypatch.setitem(sys.modules, "netgen", None)
    result = run(command, write_hall(tmp_path, WORKSHOP))
    assert result.exit_code == status
    assert "zone: the zone surface is not seen whole" in result.stderr
    assert "install geomot[tet]" in result.stderr


def test_a_missing_surface_is_status_2_together_with_the_rest(tmp_path: Path) -> None:
    town = write_town(tmp_path, (PLANAR, mesh(tmp_path / "none.stl")), *RAISED[1:])
    result = run("solve", town)
    assert result.exit_code == 2
    assert "zone.file: " in result.stderr
    assert "cannot be read: No such file or directory" in result.stderr
    assert "sensors.density.mean: has 2 coordinates; expected 3, as the zone has" in result.stderr


def test_servers_from_a_table_have_heights(tmp_path: Path) -> None:
    table = tmp_path / "masts.csv"
    table.write_text("name,x,y,z,compute,bandwidth\na,10,10,5,8e9,1e7\nb,50,30,5,8e9,1e7\n")
    hall = write_hall(tmp_path, BOX)
    result = run("solve", hall, "--method", "snr", "--servers", table, "--json")
    assert [server["name"] for server in json.loads(result.stdout)["servers"]] == ["a", "b"]
    table.write_text("name,x,y,compute,bandwidth\na,10,10,8e9,1e7\n")
    result = run("solve", hall, "--servers", table)
    assert result.exit_code == 2
    assert "servers.file: " in result.stderr
    assert "has no column 'z' and the zone is spatial" in result.stderr
