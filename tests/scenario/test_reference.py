"""Scenarios in longitude and latitude: projected where they are read, written back in degrees."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyproj
import pytest
import shapely

from geomot import MissingPackageError, ScenarioError, load_scenario, solve
from geomot.export import FORMATS, MalformedFileError, encode_regions, region_problems
from geomot.scenario import Scenario, Solution, read_slots
from geomot.scenario.load import scenario_from_data
from geomot.scenario.reference import Reference
from tests.scenario.valid import ABSENT, spoiled

DATA = Path(__file__).parents[3] / "shared" / "data" / "melbourne-cbd"
CENTRE = (144.9631, -37.8142)
RING = [(144.951, -37.821), (144.975, -37.821), (144.975, -37.807), (144.951, -37.806)]
HIGH = [(0, 0), (9, 0), (0, 95)]
HOLE = [(144.955, -37.815), (144.957, -37.815), (144.957, -37.813)]
SERVERS = [
    {"name": n, "position": [x, y], "compute": 8e9, "bandwidth": 1e7}
    for n, x, y in [("a", 144.955, -37.818), ("b", 144.97, -37.81), ("c", 144.96, -37.809)]
]
MIXTURE = {"kind": "mixture", "components": [{"weight": 1.0, "mean": CENTRE, "std": 300.0}]}


def town(**changes: Any) -> dict[str, Any]:
    """Return a scenario in degrees; changes by key, with __ for dots."""
    return spoiled(
        (("zone",), {"kind": "polygon", "crs": "EPSG:4326", "vertices": RING, "holes": [HOLE]}),
        (("sensors", "density"), {"kind": "gaussian", "mean": CENTRE, "std": 300.0}),
        (("servers",), SERVERS),
        (("twins",), ABSENT),
        (("solver",), {"tolerance": 1e-4}),
        *((tuple(key.split("__")), value) for key, value in changes.items()),
    )


def loaded(**changes: Any) -> Scenario:
    return scenario_from_data(town(**changes), Path())


@pytest.fixture(scope="module")
def solved() -> Solution:
    return solve(loaded(), "snr")


def test_positions_are_projected_to_utm_and_back() -> None:
    scenario = loaded()
    assert scenario.reference is not None
    assert scenario.reference.projected == "EPSG:32755"
    known = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32755", always_xy=True)
    for server, given in zip(scenario.servers, SERVERS, strict=True):
        assert server.position == known.transform(*given["position"])
        back = scenario.reference.degrees(np.array([server.position]))[0]
        assert np.abs(back - given["position"]).max() < 1e-9
    assert scenario.sensors.density.mean == known.transform(*CENTRE)
    assert scenario.sensors.density.std == (300.0, 300.0)
    assert Scenario(**scenario.model_dump()) == scenario


def test_geojson_is_in_degrees_and_reads_back(solved: Solution) -> None:
    content = encode_regions(solved, FORMATS[".geojson"])
    collection = json.loads(content)
    assert collection["coordinate_unit"] == "degree"
    zone = np.array(collection["zone"]["coordinates"][0])
    for corner in RING:
        assert np.abs(zone - corner).max(axis=1).min() < 1e-9
    for feature, given in zip(collection["features"], SERVERS, strict=True):
        assert np.abs(np.subtract(feature["properties"]["position"], given["position"])).max() < 1e-9
    whole = shapely.from_geojson(content)
    assert shapely.box(*whole.bounds).within(shapely.box(144.9, -37.9, 145.0, -37.8))
    held = FORMATS[".geojson"].decode(content)
    assert region_problems(held) == []
    for read, region in zip(held.polygons, solved.regions, strict=True):
        assert read.area == pytest.approx(region.polygon.area, rel=1e-9)
    for feature in collection["features"]:
        assert shapely.geometry.shape(feature["geometry"]).exterior.is_ccw


def test_regions_tile_the_zone_of_the_file_in_degrees(solved: Solution) -> None:
    collection = json.loads(encode_regions(solved, FORMATS[".geojson"]))
    zone = shapely.geometry.shape(collection["zone"])
    regions = [shapely.geometry.shape(feature["geometry"]) for feature in collection["features"]]
    assert len(zone.interiors) == 1 and zone.exterior.is_ccw and not zone.interiors[0].is_ccw
    union = shapely.union_all(regions)
    metre = 1.0 / 111e3
    assert union.symmetric_difference(zone).area < 1e-5 * metre**2
    assert shapely.hausdorff_distance(union, zone) < 1e-6 * metre
    shared = {tuple(point) for point in shapely.get_coordinates(regions).tolist()}
    assert {tuple(point) for point in shapely.get_coordinates(zone).tolist()} <= shared
    # edges straight in metres are followed in degrees
    outline = shapely.Polygon(solved.scenario.zone.vertices, solved.scenario.zone.holes)
    middles = 0.5 * (np.array(zone.exterior.coords)[1:] + np.array(zone.exterior.coords)[:-1])
    assert solved.scenario.reference is not None
    places = shapely.points(solved.scenario.reference.metres(middles))
    assert shapely.distance(places, outline.exterior).max() < 1e-6 * solved.diagram.zone.extent


def test_a_zone_without_the_vertices_of_regions_is_found_in_degrees(solved: Solution) -> None:
    collection = json.loads(encode_regions(solved, FORMATS[".geojson"]))
    collection["zone"]["coordinates"] = [[*RING, RING[0]], [*HOLE, HOLE[0]]]
    problems = region_problems(FORMATS[".geojson"].decode(json.dumps(collection).encode()))
    assert problems and all(p.startswith("in longitude and latitude the regions") for p in problems)


def test_other_formats_stay_metres(solved: Solution) -> None:
    for suffix in (".wkt", ".svg", ".gpkg"):
        held = FORMATS[suffix].decode(encode_regions(solved, FORMATS[suffix]))
        assert sum(p.area for p in held.polygons) == pytest.approx(solved.zone_measure, rel=1e-9)


def test_geopackage_names_the_projection(solved: Solution, tmp_path: Path) -> None:
    content = encode_regions(solved, FORMATS[".gpkg"])
    assert content == encode_regions(solved, FORMATS[".gpkg"])
    (tmp_path / "town.gpkg").write_bytes(content)
    frame = geopandas.read_file(tmp_path / "town.gpkg", layer="regions")
    assert frame.crs == "EPSG:32755"
    assert frame["name"].tolist() == ["a", "b", "c"]
    assert frame["mass"].tolist() == [server.mass for server in solved.servers]


def test_a_box_in_degrees_is_a_polygon_in_metres() -> None:
    box = {"kind": "box", "crs": "EPSG:4326", "lower": (144.95, -37.82), "upper": (144.97, -37.80)}
    zone = loaded(zone=box).zone
    assert zone.kind == "polygon"
    reference = Reference(projected="EPSG:32755")
    corners = reference.degrees(np.array(zone.vertices))
    expected = [(144.95, -37.82), (144.97, -37.82), (144.97, -37.80), (144.95, -37.80)]
    assert np.abs(corners - expected).max() < 1e-9


def test_heights_stay_metres() -> None:
    servers = [{**s, "position": [*s["position"], 20.0]} for s in SERVERS]
    changes = {
        "servers": servers,
        "sensors__density": {"kind": "gaussian", "mean": [*CENTRE, 10.0], "std": 300.0},
    }
    box = {"kind": "box", "lower": (144.95, -37.82, 0.0), "upper": (144.97, -37.80, 90.0)}
    tower = {"kind": "extrusion", "vertices": RING, "height": (0.0, 90.0)}
    for zone in (box, tower):
        scenario = loaded(zone={**zone, "crs": "EPSG:4326"}, **changes)
        assert scenario.zone.height == (0.0, 90.0)
        assert scenario.servers[0].position[2] == 20.0


def test_mixtures_and_twins_are_projected(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("x,y\n144.955,-37.818\n144.97,-37.81\n")
    data = town(sensors__density=MIXTURE)
    twins = {k: v for k, v in spoiled()["twins"].items() if k not in ("count", "density")}
    data["twins"] = {**twins, "file": "users.csv"}
    scenario = scenario_from_data(data, tmp_path)
    assert scenario.twins is not None and scenario.twins.positions is not None
    assert scenario.twins.positions[0] == scenario.servers[0].position
    assert scenario.sensors.density.components[0].mean[0] > 1e5


def test_slots_are_in_degrees(tmp_path: Path) -> None:
    (tmp_path / "slots.csv").write_text("slot,what,name,x,y\n0,server,b,144.955,-37.818\n")
    scenario = read_slots(tmp_path / "slots.csv", loaded())[0].scenario
    assert scenario.servers[1].position == pytest.approx(scenario.servers[0].position, abs=1e-6)


def test_metres_of_a_projection_stay() -> None:
    metres = loaded()
    data = metres.model_dump(exclude={"reference"}, exclude_none=True)
    data["zone"]["crs"] = "EPSG:32755"
    again = scenario_from_data(data, Path())
    assert again == metres


@pytest.mark.parametrize(
    ("centre", "expected"),
    [
        ((10.0, 60.0), "EPSG:32632"),
        ((179.99, -10.0), "EPSG:32760"),
        ((5.0, 85.0), "EPSG:32661"),
        ((5.0, -85.0), "EPSG:32761"),
    ],
)
def test_projection_fits_the_zone(centre: tuple[float, float], expected: str) -> None:
    x, y = centre
    ring = [(x - 0.005, y), (x + 0.005, y), (x, y + 0.005)]
    servers = [{**SERVERS[0], "position": centre}]
    density = {"kind": "uniform"}
    zone = {"kind": "polygon", "crs": "EPSG:4326", "vertices": ring}
    scenario = loaded(zone=zone, servers=servers, sensors__density=density)
    assert scenario.reference is not None and scenario.reference.projected == expected


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"zone__crs": "EPSG:99"}, "zone.crs", "which pyproj does not know"),
        ({"zone__crs": 4326}, "zone.crs", "is 4326, which pyproj does not know"),
        ({"zone__crs": "EPSG:4978"}, "zone.crs", "whose axes are not metres"),
        ({"zone__projected": "EPSG:4326"}, "zone.projected", "whose axes are not metres"),
        ({"zone__projected": "EPSG:2263"}, "zone.projected", "whose axes are not metres"),
        ({"zone__projected": "town"}, "zone.projected", "which pyproj does not know"),
        ({"zone__crs": ABSENT, "zone__projected": "EPSG:32755"}, "zone.crs", "missing; give"),
        (
            {"zone__vertices": [(0, 0), (9, 0), (0, 95)], "zone__holes": []},
            r"zone.vertices\[2\]",
            "a longitude from",
        ),
        ({"zone__vertices": [(0, 0), (40, 0), (0, 5)], "zone__holes": []}, "zone.crs", "too wide"),
    ],
)
def test_what_cannot_be_projected_is_refused(changes: Any, path: str, reason: str) -> None:
    with pytest.raises(ScenarioError, match=rf"{path}: .*{reason}"):
        loaded(**changes)


def test_rows_of_tables_are_named(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("name,x,y\na,144.955,-37.818\nb,-37.81,144.97\n")
    data = town(servers={"file": "sites.csv", "compute": 8e9, "bandwidth": 1e7})
    with pytest.raises(ScenarioError, match=r"servers\[1\].position: .* \(line 3 of sites.csv\)"):
        scenario_from_data(data, tmp_path)


def test_a_mesh_has_no_degrees() -> None:
    meshes = Path(__file__).parents[2] / "meshes"
    file = next(iter(sorted(meshes.glob("*.stl"))))
    data = town(zone={"kind": "mesh", "file": str(file), "crs": "EPSG:4326"})
    data["servers"] = [{**s, "position": [*s["position"], 1.0]} for s in SERVERS]
    data["sensors"]["density"] = {"kind": "uniform"}
    with pytest.raises(ScenarioError, match="has no place beside kind = 'mesh'"):
        scenario_from_data(data, Path())


def test_unreachable_positions_are_named() -> None:
    ring = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]
    with pytest.raises(ScenarioError, match=r"servers\[0\].position: .* does not reach"):
        loaded(
            zone={"kind": "polygon", "crs": "EPSG:4326", "projected": "ESRI:102034", "vertices": ring},
            servers=[{**SERVERS[0], "position": [0.0, -90.0]}],
            sensors__density={"kind": "uniform"},
        )


def test_geojson_of_an_unknown_projection_is_refused() -> None:
    content = b'{"type": "FeatureCollection", "projected": "town", "features": []}'
    with pytest.raises(MalformedFileError, match="projected: is 'town', which pyproj does not know"):
        FORMATS[".geojson"].decode(content)


def test_missing_pyproj_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyproj", None)
    with pytest.raises(MissingPackageError, match=r"the package pyproj, .*geomot\[geo\]"):
        loaded()


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="needs the EUA data beside the checkout")
def test_melbourne_in_degrees_as_in_metres(tmp_path: Path) -> None:
    """The stations, as longitude and latitude around the mean that they were projected at."""
    text = (Path(__file__).parents[2] / "examples" / "melbourne.toml").read_text()
    rows = np.genfromtxt(DATA / "servers.csv", delimiter=",", skip_header=1)
    metres = np.radians(6.371e6)
    scale = metres * np.array([np.cos(np.radians(CENTRE[1])), 1.0])

    def degrees(points: Any) -> np.ndarray:
        return np.array(CENTRE) + np.asarray(points, dtype=float) / scale

    sites = np.column_stack([rows[:, 0], degrees(rows[:, 1:])])
    np.savetxt(tmp_path / "s.csv", sites, "%d,%.12f,%.12f", header="name,x,y", comments="")
    for old in ("-1100.0, -800.0", "1100.0, 800.0", "-300.0, 100.0", "450.0, -150.0", "0.0, 0.0"):
        new = ", ".join(map(repr, degrees([float(x) for x in old.split(",")]).tolist()))
        text = text.replace(f"[{old}]", f"[{new}]")
    (tmp_path / "town.toml").write_text(text.replace('kind = "box"', 'kind = "box"\ncrs = "EPSG:4326"'))
    solution = solve(load_scenario(tmp_path / "town.toml", servers=tmp_path / "s.csv"), "snr")
    # the sphere of the data and WGS 84 differ by some parts in a thousand
    assert 1e6 * solution.average_sub_synchronization_time == pytest.approx(41.48, rel=2e-2)
    collection = json.loads(encode_regions(solution, FORMATS[".geojson"], tolerance=1.0))
    given = degrees(rows[:, 1:])
    found = np.array([feature["properties"]["position"] for feature in collection["features"]])
    assert np.abs(found - given).max() < 1e-9
