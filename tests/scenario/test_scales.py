"""Warnings about lengths: each likely mistake, and none for what is right."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from geomot.errors import ScaleWarning, ScenarioError
from geomot.scenario import load_scenario, paper_scenario
from geomot.scenario.load import scenario_from_data
from tests.cli.scenarios import IN_SPACE, write_town
from tests.scenario.valid import spoiled

ROOT = Path(__file__).parents[2]
DEGREES = {"kind": "box", "lower": [16.31, 48.17], "upper": [16.42, 48.24]}
REFERRED = {**DEGREES, "crs": "EPSG:4326"}
RIGHT = (16.36, 48.2)


def city(zone: dict[str, Any], *spots: tuple[float, ...], **channel: float) -> dict[str, Any]:
    """Return the valid scenario in another zone, with servers at these positions and no twins."""
    servers = [
        {"name": f"mast {k}", "position": list(spot), "compute": 8e9, "bandwidth": 1e7}
        for k, spot in enumerate(spots)
    ]
    data = spoiled(
        (("zone",), zone),
        (("servers",), servers),
        (("sensors", "density"), {"kind": "uniform"}),
        *((("channel", key), value) for key, value in channel.items()),
    )
    del data["twins"]
    return data


METRES = {"kind": "box", "lower": [600_000, 5_340_000], "upper": [601_000, 5_341_000]}
HALL = {"kind": "box", "lower": [0, 0], "upper": [1.5, 1.0]}
ROOM = {"kind": "box", "lower": [0, 0, 0], "upper": [30, 20, 4]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            city(REFERRED, RIGHT, (48.2, 16.36)),
            r"server 'mast 1' is at \(48.2, 16.36\), far outside the zone, and near it with latitude "
            "and longitude swapped",
        ),
        (
            city(REFERRED, (48.2, 16.36), (48.21, 16.37)),
            r"2 servers, the first of them 'mast 0', are at \(48.2, 16.36\), far outside .* swap them",
        ),
        (city(REFERRED, RIGHT, (25.0, 48.2)), "^$"),
        (
            city(DEGREES, RIGHT),
            r"is 0.11 x 0.07 m around \(16.365, 48.205\), which looks like longitude",
        ),
        (
            city(METRES, (600_500, 5_340_500), (5_340_500, 600_500)),
            "server 'mast 1' is 6.7e.06 m from the zone, .* x and y look swapped",
        ),
        (city(METRES, RIGHT), "they look like degrees, and the zone like metres"),
        (city(METRES, (0.0, 0.0)), "they look like degrees, and the zone like metres"),
        (city(METRES, (1e3, 1e3)), "check that their coordinates have its units, origin and axes"),
        (city(ROOM, (3e3, 2e3, 4e3)), "server 'mast 0' is 5.36e.03 m from the zone, .* check that"),
        (
            city(HALL, (0.5, 0.5), (1.0, 0.2), reference_distance=2.0),
            "the whole zone is within the reference distance, 2 m, of all servers",
        ),
    ],
)
def test_mistakes_are_named(data: dict[str, Any], message: str) -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        scenario_from_data(data, ROOT)
    if message == "^$":
        assert not found
        return
    (only,) = found
    assert issubclass(only.category, ScaleWarning)
    with pytest.raises(ScaleWarning, match=message):
        raise only.message  # type: ignore[misc]


@pytest.mark.parametrize(
    "data",
    [
        city(REFERRED, RIGHT, (16.5, 48.3)),
        city(METRES, (600_500, 5_340_500), (620_000, 5_360_000)),
        city(HALL, (0.5, 0.5), (3.0, 0.2), reference_distance=2.0),
        city({"kind": "box", "lower": [100, 40], "upper": [104, 44]}, (101, 41)),
        city({"kind": "box", "lower": [-1, -1], "upper": [1, 1]}, (0.5, 0.5)),
        city(ROOM, (3, 2, 4), (3, 2, 400)),
        city({"kind": "mesh", "file": str(ROOT / "meshes" / "hall.ply")}, (3, 2, 4)),
        spoiled(),
    ],
)
def test_no_false_alarms(data: dict[str, Any]) -> None:
    scenario_from_data(data, ROOT)  # warnings are errors here


def test_no_false_alarms_for_what_is_shipped(tmp_path: Path) -> None:
    paper_scenario()
    for name in ("paper", "district", "city"):
        load_scenario(ROOT / "examples" / f"{name}.toml")
    load_scenario(write_town(tmp_path))
    load_scenario(write_town(tmp_path, *IN_SPACE))


@pytest.mark.parametrize("far", ["1e300", "0"])
def test_surfaces_that_the_engine_refuses_are_left_to_it(far: str, tmp_path: Path) -> None:
    (tmp_path / "far.obj").write_text(f"v 0 0 0\nv {far} 0 0\nv 0 {far} 0\nf 1 2 3\n")
    zone = {"kind": "mesh", "file": str(tmp_path / "far.obj")}
    scenario_from_data(city(zone, (3, 2, 4)), tmp_path)  # warnings of overflow are errors here


def test_surfaces_in_the_plane_are_refused(tmp_path: Path) -> None:
    (tmp_path / "flat.obj").write_text("v 0 0\nv 1 0\nv 0 1\nf 1 2 3\n")
    with pytest.raises(ScenarioError, match=r"zone\.file: .* has vertices of 2 coordinates; expected"):
        scenario_from_data(city({"kind": "mesh", "file": "flat.obj"}, (3, 2, 4)), tmp_path)
