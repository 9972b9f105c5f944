from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import geomot
from geomot import ScenarioError
from geomot.scenario import GaussianDensity, MixtureDensity, Scenario, load_scenario, paper_scenario
from geomot.scenario.load import scenario_from_data, with_servers
from tests.scenario.valid import spoiled, valid

ROOT = Path(__file__).parents[2]
MELBOURNE = ROOT / "examples" / "melbourne.toml"


def load_table(folder: Path, text: str | bytes, **common: Any) -> Scenario:
    """Load the valid scenario with servers from a CSV file of this content."""
    content = text.encode() if isinstance(text, str) else text
    (folder / "sites.csv").write_bytes(content)
    return scenario_from_data(spoiled((("servers",), {"file": "sites.csv", **common})), folder=folder)


def test_paper_scenario() -> None:
    paper = paper_scenario()
    assert [server.compute for server in paper.servers] == [8e9, 8e9, 16e9, 16e9]
    assert [server.bandwidth for server in paper.servers] == [10e6, 10e6, 20e6, 20e6]
    assert paper.sensors.count == 25000
    assert paper.sensors.density == GaussianDensity(mean=(750, 750), std=311)
    assert paper.channel.reference_loss == 25.8
    assert paper.twins is not None
    assert paper.twins.data == 23
    assert isinstance(paper.twins.density, MixtureDensity)
    components = paper.twins.density.components
    assert [c.mean for c in components] == [server.position for server in paper.servers]
    assert [c.intensity for c in paper.twins.classes] == [10, 100, 1000]


def test_example_is_the_packaged_file() -> None:
    packaged = ROOT / "geomot" / "scenario" / "paper.toml"
    assert (ROOT / "examples" / "paper.toml").read_bytes() == packaged.read_bytes()
    assert geomot.load_scenario(packaged) == paper_scenario()


def test_paper_scenario_with_other_servers(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text("name,x,y,compute,bandwidth\nonly,1,2,3,4\n")
    assert [server.name for server in paper_scenario(servers=path).servers] == ["only"]


def test_melbourne_needs_servers() -> None:
    with pytest.raises(
        ScenarioError, match=r"servers\.file: missing; give the CSV .* command line with --servers"
    ):
        load_scenario(MELBOURNE)


def test_melbourne_with_servers(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text("name,x,y\n10003026,1011.433,-63.182\n10003027,-938.704,-70.966\n")
    scenario = load_scenario(MELBOURNE, servers=path)
    assert scenario.servers[0].name == "10003026"
    assert scenario.servers[1].position == (-938.704, -70.966)
    assert {server.compute for server in scenario.servers} == {8e9}
    assert scenario.twins is not None
    assert scenario.twins.count == 60


def test_table_file_is_relative_to_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = tmp_path / "town"
    town.mkdir()
    text = MELBOURNE.read_text().replace("[servers]", '[servers]\nfile = "sites.csv"')
    (town / "town.toml").write_text(text)
    (town / "sites.csv").write_text("name,x,y\nthere,1,2\n")
    (tmp_path / "sites.csv").write_text("name,x,y\nhere,1,2\n")
    monkeypatch.chdir(tmp_path)
    assert load_scenario("town/town.toml").servers[0].name == "there"
    assert load_scenario("town/town.toml", servers="sites.csv").servers[0].name == "here"


def test_with_servers_keeps_the_rest() -> None:
    data = valid()
    replaced = with_servers(data, "/sites.csv")
    assert replaced["servers"] == {"file": "/sites.csv"}
    assert replaced["zone"] is data["zone"]
    assert isinstance(data["servers"], list)


def test_columns_go_before_common_values(tmp_path: Path) -> None:
    text = "name, x, y, compute\na, 1, 2, 5e9\n"
    (server,) = load_table(tmp_path, text, compute=8e9, bandwidth=1e7).servers
    assert (server.compute, server.bandwidth) == (5e9, 1e7)


def test_table_as_spreadsheets_write_it(tmp_path: Path) -> None:
    text = '\ufeffname,x,y\r\n"mast, north",1,2\r\n\r\n,,\r\nb,3,4\r\n'
    servers = load_table(tmp_path, text, compute=1, bandwidth=1).servers
    assert [server.name for server in servers] == ["mast, north", "b"]


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("", r"servers\.file", "sites.csv is empty; expected a line with the columns name, x, y"),
        ("name,x,y\n", r"servers\.file", "has no rows; expected at least one server"),
        ("name,x\na,1\n", r"servers\.file", "has no column 'y'; add it"),
        ("name,x,y,x\na,1,2,3\n", r"servers\.file", "has the column 'x' twice"),
        (
            "name,x,y,z\na,1,2,3\n",
            r"servers\.file",
            "has the column 'z' and the zone is planar; remove the column, or give a zone in space",
        ),
        (
            "name,x,y,bandwith\na,1,2,3\n",
            r"servers\.file",
            "unknown column 'bandwith'; did you mean 'bandwidth'?",
        ),
        ("name,x,y,colour\na,1,2,3\n", r"servers\.file", "'colour'; expected name, x, y, compute"),
        ("name,x,y\na,1\n", r"servers\.file", "line 2 of sites.csv has 2 fields; expected 3"),
        ("name,x,y\na,1,2,3\n", r"servers\.file", "line 2 of sites.csv has 4 fields; expected 3"),
        (
            "name,x,y\na,1,2\nb,1;5,2\n",
            r"servers\[1\]\.position\[0\]",
            r"is '1;5'; expected a number: .* \(line 3 of sites.csv\)",
        ),
        (
            "name,x,y\na,1,nan\n",
            r"servers\[0\]\.position\[1\]",
            r"is nan; expected a finite number: .* \(line 2 of sites.csv\)",
        ),
        (
            "name,x,y,compute\n\na,1,2,-8\n",
            r"servers\[0\]\.compute",
            r"is -8.0; expected a number greater than 0: .* \(line 3 of sites.csv\)",
        ),
        (
            "name,x,y,compute\na,1,2,\n",
            r"servers\[0\]\.compute",
            r"is ''; expected a number: .* \(line 2 of sites.csv\)",
        ),
        ("name,x,y\n ,1,2\n", r"servers\[0\]\.name", r"is blank; .* \(line 2 of sites.csv\)"),
        (
            "name,x,y\na,1,2\na,3,4\n",
            r"servers\[1\]\.name",
            r"is 'a', the name of servers\[0\] already; .* \(line 3 of sites.csv\)",
        ),
        ('name,x,y\n"a"b,1,2\n', r"servers\.file", "is not valid CSV: .*line 2"),
        (b"name,x,y\n\xff,1,2\n", r"servers\.file", "cannot be read as UTF-8 text: .*; save it as"),
    ],
)
def test_problems_of_the_table(tmp_path: Path, text: str | bytes, path: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"1 problem:\n  {path}: .*{message}"):
        load_table(tmp_path, text, compute=8e9, bandwidth=1e7)


def test_common_values_are_checked_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"1 problem:\n  servers\.compute: is -1; expected"):
        load_table(tmp_path, "name,x,y\na,1,2\nb,3,4\n", compute=-1, bandwidth=1e7)


def test_compute_must_be_given_somewhere(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=r"no column 'compute'; add it, or give compute once .* in \[servers\]"
    ):
        load_table(tmp_path, "name,x,y,bandwidth\na,1,2,3\n")


@pytest.mark.parametrize("name", ["absent.csv", ".", "nul\0.csv"])
def test_unreadable_table(tmp_path: Path, name: str) -> None:
    data = spoiled((("servers",), {"file": name}))
    with pytest.raises(ScenarioError, match=r"servers\.file: .* cannot be read"):
        scenario_from_data(data, tmp_path)


def test_problems_of_table_and_scenario_come_together(tmp_path: Path) -> None:
    data = spoiled((("servers",), {"file": "absent.csv"}), (("sensors", "count"), -1))
    with pytest.raises(ScenarioError) as caught:
        scenario_from_data(data, tmp_path)
    assert [p.path for p in caught.value.problems] == ["sensors.count", "servers.file"]
    (tmp_path / "absent.csv").write_text("name,x,y,compute,bandwidth\na,x,2,0,1\n")
    with pytest.raises(ScenarioError) as caught:
        scenario_from_data(data, tmp_path)
    assert [p.path for p in caught.value.problems] == [
        "sensors.count",
        "servers[0].position[0]",
        "servers[0].compute",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[zone\n", r"is not valid TOML: .*line 1"),
        (b"title = '\xff'\n", "is not valid TOML: .*utf-8"),
        (b"a = " + b"9" * 5000, "is not valid TOML: .*digits"),
        (b"a = " + b"[" * 100_000, "is not valid TOML"),
        (b"", "4 problems:\n  zone: missing.*\n  sensors: missing.*\n  channel: .*\n  servers: "),
    ],
    ids=["syntax", "bytes", "digits", "nesting", "empty"],
)
def test_unusable_file(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "town.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=message) as caught:
        load_scenario(path)
    assert caught.value.file == str(path)


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_unreadable_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match=r"cannot be read: .*; give a TOML file that exists"):
        load_scenario(tmp_path / name)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
FINITE = st.floats(-1e12, 1e12)


@pytest.mark.filterwarnings("ignore::geomot.ScaleWarning")  # servers are anywhere
@given(servers=st.dictionaries(NAMES, st.tuples(FINITE, FINITE), min_size=1, max_size=8))
def test_table_round_trip(
    tmp_path_factory: pytest.TempPathFactory, servers: dict[str, tuple[float, float]]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    with (folder / "sites.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["name", "x", "y"])
        rows.writerows([name, x, y] for name, (x, y) in servers.items())
    data = spoiled((("servers",), {"file": "sites.csv", "compute": 1, "bandwidth": 1}))
    read = scenario_from_data(data, folder).servers
    assert {server.name: server.position for server in read} == servers
