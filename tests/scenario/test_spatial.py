from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely

import geomot
from geomot import InvalidZoneError, ScenarioError
from geomot.scenario import (
    BoxZone,
    ExtrusionZone,
    GaussianDensity,
    MeshZone,
    Scenario,
    Server,
    load_scenario,
)
from geomot.scenario.build import build_zone
from geomot.scenario.load import scenario_from_data
from tests.scenario.spatial import BOX, EXTRUSION, HALL, MESHES, WORKSHOP, spatial
from tests.scenario.valid import spoiled

OUTLINE = {key: EXTRUSION[key] for key in ("vertices", "holes")}
ZONES = {"box": BOX, "extrusion": EXTRUSION, "mesh": HALL}


def problems(data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ScenarioError) as caught:
        Scenario(**data)
    found = {problem.path: problem.message for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems), "a key path appears twice"
    return found


@pytest.mark.parametrize(
    ("zone", "measure"),
    [
        (BoxZone(**BOX), 48_000.0),
        (ExtrusionZone(**EXTRUSION), 20.0 * (2400.0 - 100.0)),
        (MeshZone(**HALL), 60.0 * 30.0 * 11.0),
        (MeshZone(**WORKSHOP), 8.0 * (50.0 * 40.0 - 20.0 * 25.0)),
    ],
    ids=["box", "extrusion", "star-shaped mesh", "mesh for Netgen"],
)
def test_zones_have_the_volume_of_their_closed_form(zone: Any, measure: float) -> None:
    built = build_zone(zone)
    assert built.dimension == 3
    assert built.measure == pytest.approx(measure, rel=1e-12)


def test_an_extrusion_keeps_outline_and_heights() -> None:
    zone = ExtrusionZone(**EXTRUSION)
    assert zone.height == (5.0, 25.0)
    lower, upper = build_zone(zone).bounds
    assert (lower.tolist(), upper.tolist()) == ([0.0, 0.0, 5.0], [60.0, 40.0, 25.0])
    assert shapely.Polygon(zone.vertices, zone.holes).area == 2300.0


@pytest.mark.parametrize(
    ("zone", "middle"),
    [(BOX, 30.0), (EXTRUSION, 30.0), (WORKSHOP, 25.0)],
    ids=["box", "extrusion", "mesh"],
)
@pytest.mark.parametrize("method", ["equilibrium", "snr"])
def test_mirrored_servers_share_what_is_mirrored(
    zone: dict[str, Any], middle: float, method: str
) -> None:
    solution = geomot.solve(Scenario(**spatial(zone, middle)), method)
    assert solution.status == "converged", solution.message
    assert solution.zone_measure == pytest.approx(build_zone(solution.scenario.zone).measure)
    west, east = solution.servers
    assert west.mass == pytest.approx(0.5, abs=1e-4)
    assert west.measure + east.measure == pytest.approx(solution.zone_measure, rel=1e-12)
    assert west.measure == pytest.approx(east.measure, rel=1e-2)
    assert west.twins + east.twins == pytest.approx(5.0, rel=1e-3)
    assert west.sub_synchronization_time == pytest.approx(east.sub_synchronization_time, rel=1e-2)


def test_fixed_point_says_how_it_ended_in_space() -> None:
    solution = geomot.solve(Scenario(**spatial()), "fixed-point")
    assert solution.status in ("converged", "cycled")
    assert sum(server.mass for server in solution.servers) == pytest.approx(1.0, abs=1e-4)


def test_a_flat_slab_is_solved_as_its_ground_plan() -> None:
    """Where heights are small against distances, space must give what the plane gives."""
    servers = [
        {"name": "a", "position": [200, 300], "compute": 8e9, "bandwidth": 1e7},
        {"name": "b", "position": [700, 600], "compute": 16e9, "bandwidth": 2e7},
    ]
    plane = spatial({"kind": "box", "lower": [0, 0], "upper": [1000, 800]}, servers=servers, twins=None)
    plane["sensors"]["density"] = {"kind": "uniform"}
    raised = [server | {"position": [*server["position"], 0.5]} for server in servers]
    slab = plane | {
        "zone": {"kind": "box", "lower": [0, 0, 0], "upper": [1000, 800, 1]},
        "servers": raised,
    }
    flat, thick = (geomot.solve(Scenario(**data)) for data in (plane, slab))
    assert flat.status == thick.status == "converged"
    for one, other in zip(flat.servers, thick.servers, strict=True):
        assert one.mass == pytest.approx(other.mass, abs=3e-4)
        assert one.measure == pytest.approx(other.measure, rel=1e-3)


def test_points_in_space_are_kept() -> None:
    scenario = Scenario(**spatial())
    assert scenario.servers[0].position == (10.0, 20.0, 12.0)
    assert scenario.sensors.density == GaussianDensity(mean=(30, 20, 10), std=(30, 20, 10))
    assert GaussianDensity(mean=[1, 2, 3], std=5).std == (5.0, 5.0, 5.0)


def test_every_point_must_have_as_many_coordinates_as_the_zone() -> None:
    data = spatial(twins=spoiled()["twins"])
    data["sensors"] |= {"count": -1, "density": {"kind": "gaussian", "mean": [1, 2], "std": [3, 4]}}
    data["servers"][1]["position"] = [10, 20]
    found = problems(data)
    assert found["servers[1].position"] == "has 2 coordinates; expected 3, as the zone has"
    assert found["sensors.density.std"] == (
        "has 2 entries; expected one number, or one for each of the 3 coordinates of the zone"
    )
    assert set(found) == {
        "sensors.count",
        "servers[1].position",
        "sensors.density.mean",
        "sensors.density.std",
        "twins.density.components[0].mean",
        "twins.density.components[1].mean",
        "twins.density.components[1].std",
    }


def test_points_in_space_do_not_fit_a_planar_zone() -> None:
    data = spoiled((("servers", 2, "position"), [1, 2, 3]), (("sensors", "density", "mean"), [1, 2, 3]))
    assert problems(data) == {
        "servers[2].position": "has 3 coordinates; expected 2, as the zone has",
        "sensors.density.mean": "has 3 coordinates; expected 2, as the zone has",
    }


def test_models_are_held_against_the_zone_too() -> None:
    server = Server(name="a", position=[1, 2], compute=1, bandwidth=1)
    data = spatial(BoxZone(**BOX), servers=[server])
    data["sensors"]["density"] = GaussianDensity(mean=[1, 2], std=3)
    assert set(problems(data)) == {"servers[0].position", "sensors.density.mean"}


@pytest.mark.parametrize(
    "zone", [{"kind": "cone"}, {"kind": "box", "lower": [0, 0, 0], "upper": [1, 1]}, 3, {"kind": []}]
)
def test_a_zone_of_unknown_dimension_is_the_only_problem(zone: Any) -> None:
    assert all(path.startswith("zone") for path in problems(spatial(zone)))


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"height": [5]}, "zone.height", r"is [5.0]; expected two heights, [z0, z1]"),
        ({"height": [5, 5]}, "zone.height", "is [5.0, 5.0]; expected two heights"),
        ({"height": [1, 2, 3]}, "zone.height", "is [1.0, 2.0, 3.0]; expected two heights"),
        ({"height": 5}, "zone.height", "is 5; expected a list: the heights [m]"),
        ({"height": [0, "x"]}, "zone.height[1]", "is 'x'; expected a number"),
        ({"vertices": [[0, 0], [1, 1]]}, "zone.vertices", "has 2 entries; expected at least 3"),
        ({"holes": [[[90, 90], [91, 90], [91, 91]]]}, "zone.holes", "Hole lies outside shell"),
        ({"hight": [0, 1]}, "zone.hight", "unknown key; did you mean 'height'?"),
    ],
    ids=lambda value: str(value),
)
def test_problems_of_an_extrusion(changes: dict[str, Any], path: str, message: str) -> None:
    found = problems(spatial(EXTRUSION | changes))
    assert list(found) == [path]
    assert message in found[path]


def test_an_extrusion_needs_heights() -> None:
    found = problems(spatial({"kind": "extrusion", **OUTLINE}))
    assert found == {"zone.height": "missing; give the heights [m] of bottom and top, [z0, z1]"}


HALL_PLY = (MESHES / "hall.ply").read_bytes()
FILES = {
    "empty.stl": (b"", "holds no triangles; expected a closed surface"),
    "points.obj": (b"v 0 0 0\n", "holds no triangles"),
    "range.off": (b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n", "is not a surface that trimesh can"),
    "beyond.ply": (
        HALL_PLY.replace(b"3 9 8 3", b"3 9 8 77"),
        "vertices 0 to 77; expected numbers from 0 to 9",
    ),
    "below.ply": (
        HALL_PLY.replace(b"3 9 8 3", b"3 9 8 -1"),
        "vertices -1 to 9; expected numbers from 0 to 9",
    ),
    "cut.ply": (b"ply\nformat ascii 1.0\n", "is not a surface that trimesh can read"),
    "sites.csv": (b"name,x,y", "expected triangles in one of the formats"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_holds_no_surface_is_a_problem(tmp_path: Path, name: str) -> None:
    content, message = FILES[name]
    (tmp_path / name).write_bytes(content)
    data = spatial({"kind": "mesh", "file": name}, solver={"tolerance": 0})
    with pytest.raises(ScenarioError) as caught:
        scenario_from_data(data, tmp_path)
    assert [problem.path for problem in caught.value.problems] == ["zone.file", "solver.tolerance"]
    assert message in caught.value.problems[0].message


@pytest.mark.parametrize("name", ["absent.stl", ".", "nul\0.stl"])
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match=r"1 problem:\n  zone\.file: .* cannot be read: .*; give a"):
        scenario_from_data(spatial({"kind": "mesh", "file": name}), tmp_path)


@pytest.mark.parametrize("file", [" ", 3, None])
def test_a_file_must_be_named(tmp_path: Path, file: object) -> None:
    with pytest.raises(ScenarioError, match=r"1 problem:\n  zone\.file: is "):
        scenario_from_data(spatial({"kind": "mesh", "file": file}), tmp_path)


def test_a_reader_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object, **options: object) -> None:
        raise ModuleNotFoundError("No module named 'cascadio'")

    monkeypatch.setattr("trimesh.load_mesh", missing)
    with pytest.raises(ScenarioError, match=r"needs a package to be read: .*'cascadio'; install it"):
        MeshZone(**HALL)


def test_a_surface_is_relative_to_the_scenario_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = (Path(__file__).parents[2] / "examples" / "melbourne.toml").read_text()
    zone = town[town.index("[zone]") : town.index("[sensors]")]
    (tmp_path / "town").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "town" / "town.toml").write_text(
        town.replace(zone, '[zone]\nkind = "mesh"\nfile = "hall.ply"\n').replace(".0, 100.0]", ".0]")
    )
    (tmp_path / "town" / "hall.ply").write_bytes((MESHES / "hall.ply").read_bytes())
    (tmp_path / "sites.csv").write_text("name,x,y,z\na,1,2,3\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError) as caught:
        load_scenario("town/town.toml", servers="sites.csv")
    assert {problem.path for problem in caught.value.problems} == {
        f"sensors.density.components[{i}].mean" for i in range(3)
    }
    scenario = scenario_from_data(spatial({"kind": "mesh", "file": "hall.ply"}), Path("town"))
    monkeypatch.chdir(tmp_path / "other")
    assert build_zone(scenario.zone).measure == pytest.approx(19_800.0)


def test_a_surface_that_is_gone_is_an_invalid_zone(tmp_path: Path) -> None:
    path = tmp_path / "hall.ply"
    path.write_bytes((MESHES / "hall.ply").read_bytes())
    zone = MeshZone(file=path)
    path.unlink()
    with pytest.raises(InvalidZoneError, match=r"hall\.ply' cannot be read: No such file"):
        build_zone(zone)


SITES = "name,x,y,z\nlow,10,20,3\nhigh,50,20,12\n"


def load_table(folder: Path, text: str, zone: Any = BOX) -> Scenario:
    """Load the spatial scenario with servers from a CSV file of this content."""
    (folder / "sites.csv").write_text(text)
    table = {"file": "sites.csv", "compute": 8e9, "bandwidth": 1e7}
    return scenario_from_data(spatial(zone, servers=table), folder)


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
def test_table_with_heights(tmp_path: Path, zone: dict[str, Any]) -> None:
    servers = load_table(tmp_path, SITES, zone).servers
    assert [server.position for server in servers] == [(10.0, 20.0, 3.0), (50.0, 20.0, 12.0)]


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        (
            "name,x,y\na,1,2\n",
            r"servers\.file",
            "no column 'z' and the zone is spatial; add the heights",
        ),
        ("", r"servers\.file", "expected a line with the columns name, x, y, z, compute, bandwidth"),
        ("name,x,y,z,t\na,1,2,3,4\n", r"servers\.file", "'t'; expected name, x, y, z, compute"),
        (
            "name,x,y,z\na,1,2,high\n",
            r"servers\[0\]\.position\[2\]",
            r"is 'high'; expected a number: .* \(line 2 of sites.csv\)",
        ),
    ],
)
def test_problems_of_a_table_in_space(tmp_path: Path, text: str, path: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"1 problem:\n  {path}: .*{message}"):
        load_table(tmp_path, text)


@pytest.mark.parametrize("text", [SITES, "name,x,y\na,1,2\n"])
def test_a_table_is_not_blamed_for_a_zone_of_unknown_dimension(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScenarioError, match=r"1 problem:\n  zone\.kind: is 'cone'"):
        load_table(tmp_path, text, {"kind": "cone"})
