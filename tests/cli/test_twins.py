"""Twins one by one, the optimum and slots on the command line, in files and in figures."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

import geomot
from geomot.export import encode_slots, encode_twins, summary_problems
from geomot.plotting import encode_png, plot_regions
from geomot.plotting.colors import TWINS
from geomot.scenario import Scenario
from tests.cli.running import run
from tests.cli.scenarios import IN_SPACE, write_town
from tests.cli.tables import table

FILES = {"solution.json", "regions.png", "regions.geojson"}
ONE_BY_ONE = "count = 5\n", "count = 6\nsample = true\nseed = 3\n"
FREE = "count = 5\n", 'count = 6\nsample = true\nhosting = "free"\n'
USERS = "x,y,class\n10,10,0\n90,70,0\n40.5,20.25,0\n"
SLOTS = "slot,what,name,x,y,compute\n0,sensors,,41,31,\n2,server,north,,,7e9\n"
COLUMNS = [
    "twin",
    "x",
    "y",
    "class",
    "host",
    "fraction",
    "rate",
    "upload_time",
    "computing_time",
    "deadline",
    "slack",
    "solve",
]


def write_users(folder: Path, text: str = USERS) -> Path:
    path = folder / "users.csv"
    path.write_text(text)
    return path


def test_twins_of_a_file_are_hosted_and_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    users = write_users(tmp_path)
    result = run("solve", write_town(tmp_path), "--twins", users, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in out.iterdir()} == FILES | {"twins.csv"}
    assert f"wrote {out / 'twins.csv'}" in result.stdout
    assert "each hosted where it stands" in result.stdout
    rows = table(out / "twins.csv")
    assert list(rows[0]) == COLUMNS
    assert [(row["twin"], row["x"], row["y"], row["class"]) for row in rows] == [
        ("0", "10.0", "10.0", "0"),
        ("1", "90.0", "70.0", "0"),
        ("2", "40.5", "20.25", "0"),
    ]
    document = json.loads((out / "solution.json").read_text())
    assert summary_problems(document) == []
    names = [server["name"] for server in document["servers"]]
    hosted = [sum(row["host"] == name for row in rows) for name in names]
    assert [server["twins"] for server in document["servers"]] == hosted
    assert document["hosting"]["kind"] == "regional"
    assert document["hosting"]["gap"] is document["hosting"]["relaxation_gap"] is None
    for row in rows:
        upload, computing = float(row["upload_time"]), float(row["computing_time"])
        assert float(row["rate"]) * upload == pytest.approx(23.0)
        assert float(row["deadline"]) == 0.01
        assert float(row["slack"]) == pytest.approx(0.01 - upload) == pytest.approx(computing)
        assert row["fraction"] == "1.0"


def test_tables_hold_the_numbers_of_the_solution_to_the_last_digit() -> None:
    data = geomot.paper_scenario().model_dump()
    data["twins"] |= {"count": 30, "sample": True, "seed": 1}
    solution = geomot.solve(Scenario(**{**data, "solver": {"tolerance": 1e-4}}))
    rows = list(csv.DictReader(io.StringIO(encode_twins(solution).decode())))
    assert len(rows) == 30
    for row, twin in zip(rows, solution.twins, strict=True):
        assert (float(row["x"]), float(row["y"])) == twin.position
        assert (row["host"], int(row["class"])) == (twin.host, twin.twin_class)
        for column in ("fraction", "rate", "upload_time", "computing_time", "deadline", "slack"):
            assert float(row[column]) == getattr(twin, column)
    (row,) = csv.DictReader(io.StringIO(encode_slots([4], [solution]).decode()))
    assert row["slot"] == "4"
    assert float(row["average_sub_synchronization_time"]) == (solution.average_sub_synchronization_time)
    for server in solution.servers:
        assert float(row[f"mass {server.name}"]) == server.mass
        assert float(row[f"time {server.name}"]) == server.sub_synchronization_time


def test_names_that_are_hard_on_tables_are_read_back(tmp_path: Path) -> None:
    name = 'a, "b"; =c'
    town = write_town(tmp_path, ('"north"', json.dumps(name)), ONE_BY_ONE)
    out = tmp_path / "out"
    assert run("solve", town, "--method", "snr", "--out", out).exit_code == 0
    assert {row["host"] for row in table(out / "twins.csv")} == {name, "south"}
    (tmp_path / "day.csv").write_text("slot,what,name,x,y\n0,sensors,,41,31\n")
    result = run("solve", town, "--slots", tmp_path / "day.csv", "--out", out, "--method", "snr")
    assert result.exit_code == 0, result.stderr
    assert f"mass {name}" in table(out / "slots.csv")[0]


def test_in_space_twins_have_heights(tmp_path: Path) -> None:
    users = write_users(tmp_path, "x,y,z\n10,10,5\n90,70,30\n")
    scenario = geomot.load_scenario(write_town(tmp_path, *IN_SPACE), twins=users)
    content = encode_twins(geomot.solve(scenario, "snr")).decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [row["z"] for row in rows] == ["5.0", "30.0"]
    assert list(rows[0]) == [*COLUMNS[:3], "z", *COLUMNS[3:]]


def test_a_file_of_twins_takes_the_place_of_drawn_ones(tmp_path: Path) -> None:
    users = write_users(tmp_path)
    result = run("solve", write_town(tmp_path, ONE_BY_ONE), "--twins", users, "--json")
    assert sum(server["twins"] for server in json.loads(result.stdout)["servers"]) == 3.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x,y\n10,1e3\n", "twins.positions[0]: is (10, 1000), outside the zone; move it there"),
        ("x,y\n10,10\n10,y\n", "twins.positions[1][1]: is 'y'; expected a number"),
        ("x,y,class\n10,10,4\n", "twins.kinds[0]: is 4; expected the number of a class, from 0 to 0"),
        ("x,y,z\n10,10,4\n", "has the column 'z' and the zone is planar"),
        ("", "users.csv is empty; expected a line with the columns x, y, class"),
    ],
)
def test_wrong_files_of_twins_are_status_2_with_the_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    out, users = tmp_path / "out", write_users(tmp_path, text)
    town = write_town(tmp_path)
    for command in (("solve", town, "--out", out, "--json"), ("solve", town)):
        result = run(*command, "--twins", users)
        assert result.exit_code == 2
        assert reason in result.stderr
        assert result.stdout == ""
    assert not out.exists()
    result = run("info", town, "--twins", users)
    assert result.exit_code == 1
    assert reason in result.stderr


def test_hosting_that_does_not_go_with_the_method_is_status_2(tmp_path: Path) -> None:
    out = tmp_path / "out"
    regional = write_town(tmp_path, ONE_BY_ONE)
    result = run("solve", regional, "--method", "optimum", "--out", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"invalid scenario {regional}, 1 problem:" in result.stderr
    assert "twins.hosting: is 'regional' with twins one by one; expected 'free'" in result.stderr
    free = write_town(tmp_path, FREE)
    result = run("solve", free, "--method", "fixed-point", "--out", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "expected 'regional' for the method 'fixed-point'" in result.stderr
    assert not out.exists()


def test_free_hosting_says_how_good_it_is(tmp_path: Path) -> None:
    town = write_town(tmp_path, FREE)
    result = run("solve", town)
    assert result.exit_code == 0, result.stderr
    told = (
        r"hosted anywhere; of what this decides .* at most (\S+) above the least, (\S+) above that of"
    )
    gaps = re.search(told, result.stdout)
    assert gaps is not None
    document = json.loads(run("solve", town, "--json").stdout)
    assert summary_problems(document) == []
    hosting = document["hosting"]
    assert (hosting["kind"], hosting["shared"]) == ("free", 0)
    assert 0.0 <= hosting["gap"] <= 1e-4
    assert hosting["relaxation_gap"] >= 0.0
    for shown, gap in zip(gaps.groups(), (hosting["gap"], hosting["relaxation_gap"]), strict=True):
        assert float(shown) == pytest.approx(gap, rel=0.5, abs=1e-9)


@pytest.mark.slow
def test_the_optimum_says_what_it_gains(tmp_path: Path) -> None:
    town = write_town(tmp_path, FREE)
    document = json.loads(run("solve", town, "--method", "optimum", "--json").stdout)
    assert summary_problems(document) == []
    average = document["average_sub_synchronization_time"]
    assert average <= document["equilibrium_average_sub_synchronization_time"]
    assert document["starts"] == [pytest.approx(average, rel=1e-3)]
    output = run("solve", town, "--method", "optimum").stdout
    assert "in equilibrium" in output and "the same within the tolerance" in output
    assert "from each start" not in output
    plain = json.loads(run("solve", town, "--json").stdout)
    assert plain["equilibrium_average_sub_synchronization_time"] is None
    assert plain["starts"] == []


@pytest.mark.slow
def test_several_starts_are_told(tmp_path: Path) -> None:
    town, out = write_town(tmp_path, FREE), tmp_path / "out"
    result = run("solve", town, "--method", "optimum", "--starts", 2, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert "from each start" in result.stdout
    document = json.loads((out / "solution.json").read_text())
    assert len(document["starts"]) == 2
    assert summary_problems(document) == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--starts", "2"], "--starts is for --method optimum, not equilibrium"),
        (["--starts", "2", "--method", "snr"], "--starts is for --method optimum, not snr"),
        (["--starts", "0", "--method", "optimum"], "0 is not in the range x>=1"),
        (["--starts", "two", "--method", "optimum"], "'two' is not a valid integer"),
        (["--slots", "day.csv", "--sensitivity"], "--slots goes with neither --sensitivity nor --st"),
        (
            ["--slots", "day.csv", "--method", "optimum", "--starts", "2"],
            "--slots goes with neither --sensitivity nor --starts",
        ),
        (["--sensitivity", "--method", "fixed-point"], "--sensitivity is for --method equilibrium or"),
    ],
)
def test_options_that_do_not_go_together_are_status_2(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    out = tmp_path / "out"
    result = run("solve", write_town(tmp_path), *arguments, "--out", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert reason in " ".join(result.stderr.split())
    assert not out.exists()


@pytest.mark.parametrize("hosting", ["regional", "free"])
def test_infeasible_twins_are_status_1_and_all_files_are_whole(tmp_path: Path, hosting: str) -> None:
    out = tmp_path / "out"
    users = write_users(tmp_path, "x,y\n10,10\n99,1\n")
    town = write_town(
        tmp_path,
        ("data = 23.0", f'hosting = "{hosting}"\ndata = 3e5'),
        ("count = 5\n", ""),
        ('density = { kind = "uniform" }\n', ""),
    )
    result = run("solve", town, "--twins", users, "--out", out)
    assert result.exit_code == 1
    assert "not solved (infeasible): twins 0, 1 miss their deadlines" in result.stderr
    assert {path.name for path in out.iterdir()} == FILES | {"twins.csv"}
    document = json.loads((out / "solution.json").read_text(), parse_constant=pytest.fail)
    assert summary_problems(document) == []
    assert document["status"] == "infeasible"
    assert document["average_sub_synchronization_time"] is None
    rows = table(out / "twins.csv")
    assert all(float(row["slack"]) < 0.0 and row["computing_time"] == "" for row in rows)
    shown = run("info", out / "solution.json")
    assert shown.exit_code == 0
    assert "9b-upload  violated" in shown.stdout
    assert "at (10, 10)" in shown.stdout
    result = run("solve", town, "--twins", users, "--json")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (1, "infeasible")


def test_json_is_what_solution_json_holds(tmp_path: Path) -> None:
    out = tmp_path / "out"
    town = write_town(tmp_path, ONE_BY_ONE)
    result = run("solve", town, "--json", "--out", out)
    assert json.loads(result.stdout) == json.loads((out / "solution.json").read_text())
    assert f"wrote {out / 'twins.csv'}" in result.stderr


def test_sensitivities_of_whole_twins_have_no_line_for_their_number(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path, FREE), "--sensitivity")
    assert result.exit_code == 0, result.stderr
    assert "1 GHz more at 'north' saves" in result.stdout
    assert "1 % more sensors costs" in result.stdout
    assert "more twin" not in result.stdout


def slots_of(folder: Path, text: str = SLOTS) -> Path:
    path = folder / "day.csv"
    path.write_text(text)
    return path


def test_slots_have_a_line_and_a_row_each(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    town, day = write_town(tmp_path), slots_of(tmp_path)
    result = run("solve", town, "--slots", day, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    heading, *lines, wrote = result.stdout.splitlines()
    assert heading.split() == ["slot", "status", "steps", "average", "sub-synchronization", "time"]
    assert [line.split()[:2] for line in lines] == [["0", "converged"], ["2", "converged"]]
    assert wrote == f"wrote {out / 'slots.csv'}"
    assert [path.name for path in out.iterdir()] == ["slots.csv"]
    rows = table(out / "slots.csv")
    assert list(rows[0]) == [
        "slot",
        "status",
        "iterations",
        "residual",
        "average_sub_synchronization_time",
        "average_error",
        "integration_error",
        "mass north",
        "mass south",
        "time north",
        "time south",
        "message",
        "solve",
    ]
    assert [row["slot"] for row in rows] == ["0", "2"]
    for row in rows:
        assert float(row["mass north"]) + float(row["mass south"]) == pytest.approx(1.0, abs=1e-3)
        mean = 0.5 * (float(row["time north"]) + float(row["time south"]))
        assert float(row["average_sub_synchronization_time"]) == pytest.approx(mean)
    changed = write_town(tmp_path, ("mean = [40.0, 30.0]", "mean = [41, 31]"), ("8e9", "7e9"))
    last = json.loads(run("solve", changed, "--json").stdout)
    assert float(rows[1]["average_sub_synchronization_time"]) == pytest.approx(
        last["average_sub_synchronization_time"], rel=1e-3
    )


def test_slots_as_json_are_one_object(tmp_path: Path) -> None:
    out = tmp_path / "out"
    town, day = write_town(tmp_path), slots_of(tmp_path)
    result = run("solve", town, "--slots", day, "--json", "--out", out)
    assert result.exit_code == 0
    document = json.loads(result.stdout, parse_constant=pytest.fail)
    assert list(document) == ["method", "slots"]
    assert document["method"] == "equilibrium"
    assert [slot["slot"] for slot in document["slots"]] == [0, 2]
    for slot in document["slots"]:
        assert summary_problems(slot) == []
    rows = table(out / "slots.csv")
    for row, slot in zip(rows, document["slots"], strict=True):
        average = slot["average_sub_synchronization_time"]
        assert float(row["average_sub_synchronization_time"]) == average
    assert f"wrote {out / 'slots.csv'}" in result.stderr


def test_slots_move_twins_of_a_file(tmp_path: Path) -> None:
    town, users = write_town(tmp_path), write_users(tmp_path, "x,y\n10,79\n")
    day = slots_of(tmp_path, "slot,what,name,x,y\n0,twin,0,10,78\n1,twin,0,99,1\n")
    result = run("solve", town, "--twins", users, "--slots", day, "--json")
    assert result.exit_code == 0, result.stderr
    slots = json.loads(result.stdout)["slots"]
    assert [[server["twins"] for server in slot["servers"]] for slot in slots] == [[1, 0], [0, 1]]


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_an_infeasible_slot_is_status_1_and_the_others_are_solved(
    tmp_path: Path, arguments: list[str]
) -> None:
    out = tmp_path / "out"
    day = slots_of(
        tmp_path,
        "slot,what,name,x,y,compute\n0,sensors,,41,31,\n1,server,north,,,1e6\n1,server,south,,,1e6\n"
        "4,server,north,,,8e9\n4,server,south,,,16e9\n",
    )
    result = run("solve", write_town(tmp_path), "--slots", day, "--out", out, *arguments)
    assert result.exit_code == 1
    assert result.stderr.count("not solved") == 1
    assert "geomot: slot 1 not solved (infeasible): the twins need at least" in result.stderr
    rows = table(out / "slots.csv")
    assert [row["status"] for row in rows] == ["converged", "infeasible", "converged"]
    assert rows[1]["average_sub_synchronization_time"] == rows[1]["time north"] == ""
    assert "all servers together" in rows[1]["message"]
    if arguments:
        slots = json.loads(result.stdout, parse_constant=pytest.fail)["slots"]
        assert [slot["status"] for slot in slots] == ["converged", "infeasible", "converged"]
    else:
        assert result.stdout.splitlines()[2].split() == ["1", "infeasible", "0", "-"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("slot,what,name,x,y\n0,car,,1,2\n", "slots: what is 'car'; expected one of"),
        ("slot,what,name,x,y\n0,server,mast,1,2\n", "(line 2 of day.csv)"),
        ("slot,what\n0,sensors\n", "has no column 'name'; add it"),
        ("slot,what,name,x,y\n0,sensors,,1e9,2\n", "slot 0: "),
    ],
)
def test_wrong_slots_are_status_2_and_leave_nothing(tmp_path: Path, text: str, reason: str) -> None:
    out, day = tmp_path / "out", slots_of(tmp_path, text)
    for arguments in ([], ["--json"]):
        result = run("solve", write_town(tmp_path), "--slots", day, "--out", out, *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert reason in result.stderr
        assert str(day) in result.stderr
    assert not out.exists()
    assert run("solve", write_town(tmp_path), "--slots", tmp_path / "none.csv").exit_code == 2


def test_a_twin_that_leaves_the_zone_is_named_with_its_slot(tmp_path: Path) -> None:
    out, users = tmp_path / "out", write_users(tmp_path, "x,y\n10,79\n")
    day = slots_of(tmp_path, "slot,what,name,x,y\n0,twin,0,10,78\n6,twin,0,10,81\n")
    result = run("solve", write_town(tmp_path), "--twins", users, "--slots", day, "--out", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "slot 6, twins.positions[0]: " in result.stderr
    assert "twins.positions[0]: is (10, 81), outside the zone" in result.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (ONE_BY_ONE, "6 in 1 class, uniform density, one by one, drawn with seed 3, regional hosting"),
        (FREE, "6 in 1 class, uniform density, one by one, drawn with seed 0, free hosting"),
    ],
)
def test_info_says_how_twins_are_drawn(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    result = run("info", write_town(tmp_path, change))
    assert result.exit_code == 0
    assert f"  twins    {words}\n" in result.stdout


def test_info_counts_twins_of_a_file(tmp_path: Path) -> None:
    town = write_town(tmp_path)
    result = run("info", town, "--twins", write_users(tmp_path))
    assert result.exit_code == 0
    assert "  twins    3 in 1 class, one by one, regional hosting\n" in result.stdout
    result = run("info", tmp_path / "users.csv", "--twins", tmp_path / "users.csv")
    assert result.exit_code == 2
    (tmp_path / "regions.geojson").write_text("{}")
    result = run("info", tmp_path / "regions.geojson", "--twins", tmp_path / "users.csv")
    assert result.exit_code == 2
    assert "--twins belongs to a scenario; expected a .toml file with it" in result.stderr


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("shared", -1, "hosting.shared: is -1; expected 0 or more"),
        ("shared", 0.5, "hosting.shared: "),
        ("kind", " ", "hosting.kind: is blank"),
        ("gap", -0.1, "hosting.gap: is -0.1; expected 0 or more"),
        ("shared_average", "long", "hosting.shared_average: is 'long'; expected a number"),
    ],
)
def test_info_finds_what_is_wrong_with_hosting(
    tmp_path: Path, key: str, value: object, reason: str
) -> None:
    town = write_town(tmp_path, FREE)
    document = json.loads(run("solve", town, "--json", "--method", "snr").stdout)
    assert summary_problems(document) == []
    document["hosting"][key] = value
    (tmp_path / "solution.json").write_text(json.dumps(document))
    result = run("info", tmp_path / "solution.json")
    assert result.exit_code == 1
    assert reason in result.stderr


def test_starts_and_the_equilibriums_average_are_checked_and_may_be_absent() -> None:
    solution = geomot.solve(geomot.paper_scenario(), "snr")
    document = solution.as_dict()
    key = "equilibrium_average_sub_synchronization_time"
    assert summary_problems({**document, key: 1.0, "starts": [1.0, 2.0]}) == []
    assert summary_problems({**document, "starts": [1.0, "two"]})[0].startswith("starts[1]: is 'two'")
    assert summary_problems({**document, key: "long"})[0].startswith(f"{key}: is 'long'")
    old = {k: v for k, v in document.items() if k not in (key, "starts", "hosting")}
    assert summary_problems(old) == []  # files from before there were any


def test_twins_one_by_one_are_dots_in_the_figure() -> None:
    data = geomot.paper_scenario().model_dump()
    data["twins"] |= {"count": 60, "sample": True, "seed": 1}
    solution = geomot.solve(Scenario(**{**data, "solver": {"tolerance": 1e-4}}), "snr")
    figure = plot_regions(solution)
    axes = figure.axes[0]
    positions = np.array([twin.position for twin in solution.twins])
    (dots,) = (c for c in axes.collections if len(c.get_offsets()) == 60)
    np.testing.assert_array_equal(dots.get_offsets(), positions)
    entries = [text.get_text() for text in figure.legends[0].get_texts()]
    assert entries[0] == "twins, 60 one by one"
    assert not any("contours" in entry for entry in entries)
    # and they are to be seen: pixels of their colour near each
    import matplotlib.colors
    import matplotlib.image

    image = matplotlib.image.imread(io.BytesIO(encode_png(figure)), format="png")
    places = axes.transData.transform(positions) * np.array(image.shape[1::-1]) / figure.bbox.size
    color = np.array(matplotlib.colors.to_rgb(TWINS))
    near = np.abs(image[..., :3] - color).max(axis=2) < 0.02
    visible = 0
    for x, y in places.astype(int):
        row = image.shape[0] - 1 - y
        visible += near[row - 3 : row + 4, x - 3 : x + 4].any()
    assert visible >= 55  # labels of servers may hide some
    few = geomot.solve(Scenario(**{**data, "twins": {**data["twins"], "count": 300}}), "snr")
    small = next(c for c in plot_regions(few).axes[0].collections if len(c.get_offsets()) == 300)
    assert small.get_sizes()[0] < dots.get_sizes()[0]


def test_figures_of_twins_of_a_file_and_of_none_that_can_be_served_are_drawn(tmp_path: Path) -> None:
    town = write_town(tmp_path, ("data = 23.0", "data = 3e5"))
    users = write_users(tmp_path)
    result = run("export", town, "--twins", users, "--out", tmp_path / "regions.svg")
    assert result.exit_code in (0, 1), result.stderr
    solution = geomot.solve(geomot.load_scenario(town, twins=users))
    figure = plot_regions(solution)
    assert figure.get_suptitle().endswith("infeasible, regions of the best channel")
    assert encode_png(figure).startswith(b"\x89PNG")
