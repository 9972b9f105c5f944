from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.running import run
from tests.cli.scenarios import TOWN, write_town


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    assert run("solve", write_town(folder), "--out", folder).exit_code == 0
    assert run("export", folder / "town.toml", "--out", folder / "regions.wkt").exit_code == 0
    return folder


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "town.toml",
            ["scenario 'Town'", "box, 100 x 80 m", "1000, gaussian", "24.00 GHz", "5 in 1 class"],
        ),
        (
            "regions.geojson",
            [
                "GeoJSON, 2 regions",
                "north",
                "zone   8,000 m^2",
                "and tile the zone, all vertices shared",
            ],
        ),
        ("regions.wkt", ["well-known text, 2 regions", "does not hold the zone"]),
        ("solution.json", ["equilibrium, converged", "8,000 m^2", "shares and measures add up"]),
    ],
)
def test_what_solve_and_export_write_is_valid(results: Path, name: str, words: list[str]) -> None:
    result = run("info", results / name)
    assert result.exit_code == 0
    assert result.stderr == ""
    for word in [*words, "valid: "]:
        assert word in result.stdout


def test_the_solution_of_an_infeasible_scenario_is_a_valid_file(tmp_path: Path) -> None:
    town = write_town(tmp_path, ("data = 23.0", "data = 1e7"))
    assert run("solve", town, "--out", tmp_path / "out").exit_code == 1
    result = run("info", tmp_path / "out" / "solution.json")
    assert result.exit_code == 0
    assert "infeasible" in result.stdout
    row = "9b         violated  upload and computing end by the deadline: largest violation "
    assert row in result.stdout
    assert "9c         unknown   every server keeps compute for rendering\n" in result.stdout
    document = json.loads((tmp_path / "out" / "solution.json").read_text())
    assert document["average_sub_synchronization_time"] is document["average_error"] is None


def test_the_constraints_of_a_solution_are_printed_with_places(results: Path, tmp_path: Path) -> None:
    lines = run("info", results / "solution.json").stdout.splitlines()
    shown = {line.split()[0]: line for line in lines if line.startswith("  9")}
    assert list(shown) == ["9b", "9b-upload", "9c", "9d", "9e", "9f", "9g"]
    assert all(line.split()[1] == "kept" for line in shown.values())
    assert shown["9c"].endswith(" cycle/s, server 'north'")
    assert "class 0, at (" in shown["9b-upload"]
    document = json.loads((results / "solution.json").read_text())
    document["constraints"][2]["where"]["server"] = "\x1b[31m"
    (tmp_path / "x.json").write_text(json.dumps(document))
    assert "\x1b" not in run("info", tmp_path / "x.json").stdout
    del document["constraints"]
    (tmp_path / "old.json").write_text(json.dumps(document))
    result = run("info", tmp_path / "old.json")
    assert result.exit_code == 0
    assert "\n  9" not in result.stdout


def test_twins_may_be_absent(tmp_path: Path) -> None:
    town = tmp_path / "town.toml"
    town.write_text(TOWN[: TOWN.index("[twins]")])
    assert "twins    none" in run("info", town).stdout


def test_servers_of_another_file_count(tmp_path: Path) -> None:
    (tmp_path / "masts.csv").write_text("name,x,y,compute,bandwidth\na,10,10,8e9,1e7\n")
    town = write_town(tmp_path)
    assert "servers  1," in run("info", town, "--servers", tmp_path / "masts.csv").stdout
    assert run("info", tmp_path / "masts.csv", "--servers", town).exit_code == 2


def test_an_invalid_scenario_is_status_1_with_every_problem(tmp_path: Path) -> None:
    town = write_town(tmp_path, ("count = 1000", "count = 0"), ("std = 30.0", "sd = 30.0"))
    result = run("info", town)
    assert (result.exit_code, result.stdout) == (1, "scenario\ninvalid\n")
    for path in ("sensors.count: ", "sensors.density.std: ", "sensors.density.sd: "):
        assert path in result.stderr


def test_a_scenario_without_mass_is_status_1(tmp_path: Path) -> None:
    town = write_town(tmp_path, ("mean = [40.0, 30.0]", "mean = [1e6, 0.0]"))
    result = run("info", town)
    assert result.exit_code == 1
    assert "sensors.density: the density" in result.stderr


def test_a_moved_vertex_and_a_missing_region_are_status_1(results: Path, tmp_path: Path) -> None:
    collection = json.loads((results / "regions.geojson").read_text())
    target = tmp_path / "x.geojson"

    def reason() -> str:
        target.write_text(json.dumps(collection))
        result = run("info", target)
        assert result.exit_code == 1
        assert result.stdout.endswith("invalid\n")
        return str(result.stderr)

    ring = collection["features"][0]["geometry"]["coordinates"][0]
    ring[0] = ring[-1] = [ring[0][0] + 0.01, ring[0][1] - 0.02]
    assert "overlap" in reason() or "uncovered" in reason()
    del collection["features"][0]
    assert "of the zone uncovered" in reason()


def test_a_changed_solution_is_status_1(results: Path, tmp_path: Path) -> None:
    document = json.loads((results / "solution.json").read_text())
    document["servers"][0]["mass"] *= 2.0
    (tmp_path / "x.json").write_text(json.dumps(document))
    result = run("info", tmp_path / "x.json")
    assert result.exit_code == 1
    assert "the masses sum to" in result.stderr


@pytest.mark.parametrize("name", ["x.toml", "x.geojson", "x.wkt", "x.json", "x.csv", "x"])
def test_what_is_not_of_its_kind_is_status_2(tmp_path: Path, name: str) -> None:
    for content in (b"\xff\x00\xfe", b"{[(", b"POLYGON ((0 0, 1"):
        (tmp_path / name).write_bytes(content)
        assert run("info", tmp_path / name).exit_code == 2


def test_json_of_something_else_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1}')
    result = run("info", tmp_path / "x.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has no key of a solution.json or a regions.json" in result.stderr


@pytest.mark.parametrize("key", ["volume", "measure_error", "measure"])
def test_whole_numbers_beyond_floating_point_are_status_2(tmp_path: Path, key: str) -> None:
    rows = [{"name": "a", "volume": 1.0}, {"name": "b", "volume": 1.0} | {key: 10**400}]
    (tmp_path / "x.json").write_text(json.dumps({"unit": "m", "regions": rows}))
    result = run("info", tmp_path / "x.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has a whole number of 401 digits" in result.stderr


def test_what_is_not_there_is_status_2(tmp_path: Path) -> None:
    assert "none.wkt: No such file" in run("info", tmp_path / "none.wkt").stderr
    assert run("info", tmp_path).exit_code == 2


@given(data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_mutated_scenarios_get_a_status_and_no_traceback(tmp_path: Path, data: st.DataObject) -> None:
    text = TOWN
    for _ in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(text)))
        last = data.draw(st.integers(first, min(len(text), first + 12)))
        piece = data.draw(st.text(alphabet='[]{}="#.,-\n\\ \x00e_aé0', max_size=4))
        text = text[:first] + piece + text[last:]
    (tmp_path / "x.toml").write_text(text)
    run("info", tmp_path / "x.toml")


def test_warnings_of_scales_are_printed_and_leave_the_output_alone(tmp_path: Path) -> None:
    far = write_town(tmp_path, ("position = [60.0, 20.0]", "position = [6e6, 20.0]"))
    result = run("info", far)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("valid: ")
    warning = "geomot: warning: server 'south' is 6e+06 m from the zone, 4.69e+04 times its extent; "
    assert result.stderr.startswith(warning) and result.stderr.count("warning") == 1
    result = run("solve", far, "--method", "snr", "--json")
    assert json.loads(result.stdout)["method"] == "snr"
    assert warning in result.stderr


def test_a_scenario_from_a_pipe_is_read_once(tmp_path: Path) -> None:
    text = write_town(tmp_path).read_text()
    os.mkfifo(tmp_path / "fed.toml")
    thread = Thread(target=(tmp_path / "fed.toml").write_text, args=(text,), daemon=True)
    thread.start()
    assert "scenario 'Town'" in run("info", tmp_path / "fed.toml").stdout


@pytest.mark.parametrize("command", [("info",), ("solve",)])
def test_devices_are_refused(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    result = run(*command, tmp_path / "zero.toml")
    assert result.exit_code == 2
    assert "it is a device; expected a file or a pipe" in result.stderr
    result = run(*command, write_town(tmp_path), "--servers", "/dev/zero")
    assert result.exit_code == (1 if command == ("info",) else 2)
    assert "/dev/zero cannot be read: it is a device; expected a file or a pipe" in result.stderr


@pytest.mark.parametrize(
    ("sign", "code"), [("\\u0000", "0000"), ("\\u001b", "001B"), ("\\n", "000A"), ("\\u0085", "0085")]
)
def test_control_characters_in_names_and_titles_are_refused(
    sign: str, code: str, tmp_path: Path
) -> None:
    town = write_town(tmp_path, ('"north"', f'"nor{sign}th"'), ('"Town"', f'"T{sign}"'))
    result = run("info", town)
    assert result.exit_code == 1
    for key in ("servers[0].name", "title"):
        assert f": {key}: is '" in result.stderr
    assert result.stderr.count(f"with the control character U+{code}; expected none in names") == 2


def test_control_characters_in_tables_have_their_line(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_bytes(
        b"name,x,y,compute,bandwidth\na,1,2,8e9,1e7\nb\0c,3,4,8e9,1e7\n"
    )
    result = run("info", write_town(tmp_path), "--servers", tmp_path / "sites.csv")
    assert result.exit_code == 1
    assert "servers[1].name: is 'b\\x00c', with the control character U+0000" in result.stderr
    assert "(line 3 of sites.csv)" in result.stderr
