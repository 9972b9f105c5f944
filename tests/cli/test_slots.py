"""Twins from files, slots and starts on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.cli.scenarios import write_town
from tests.cli.tables import table

USERS = "x,y,class\n10,20,0\n80,60,0\n50,40,0\n"
SLOTS = "slot,what,name,x,y,compute\n0,sensors,,40,30,\n1,sensors,,41,31,\n4,server,south,,,15e9\n"


def test_twins_of_a_file_are_hosted_and_listed(tmp_path: Path) -> None:
    town, users, out = write_town(tmp_path), tmp_path / "users.csv", tmp_path / "out"
    users.write_text(USERS)
    result = run("solve", town, "--twins", users, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert "twins" in result.stdout and "hosted where it stands" in result.stdout
    twins = table(out / "twins.csv")
    assert [(row["x"], row["y"]) for row in twins] == [
        ("10.0", "20.0"),
        ("80.0", "60.0"),
        ("50.0", "40.0"),
    ]
    servers = {row["name"]: row for row in json.loads((out / "solution.json").read_text())["servers"]}
    for name, server in servers.items():
        assert server["twins"] == [row["host"] for row in twins].count(name)
    for row in twins:
        spent = float(row["upload_time"]) + float(row["computing_time"])
        assert spent == pytest.approx(float(row["deadline"]), rel=1e-12)
    assert "3 in 1 class, one by one, regional" in run("info", town, "--twins", users).stdout.replace(
        "uniform density, ", ""
    )


def test_the_optimum_asks_for_free_hosting(tmp_path: Path) -> None:
    town, users = write_town(tmp_path), tmp_path / "users.csv"
    users.write_text(USERS)
    result = run("solve", town, "--twins", users, "--method", "optimum")
    assert result.exit_code == 2
    assert "twins.hosting: is 'regional' with twins one by one; expected 'free'" in result.stderr


@pytest.mark.slow
def test_optimum_and_equilibrium_stand_side_by_side(tmp_path: Path) -> None:
    town = write_town(tmp_path)
    document = json.loads(run("solve", town, "--method", "optimum", "--starts", "2", "--json").stdout)
    average = document["average_sub_synchronization_time"]
    assert average <= document["equilibrium_average_sub_synchronization_time"]
    assert len(document["starts"]) == 2 and min(document["starts"]) == pytest.approx(average, rel=1e-4)
    shown = run("solve", town, "--method", "optimum", "--starts", "2").stdout
    assert "in equilibrium " in shown and "from each start " in shown


def test_slots_have_a_row_each(tmp_path: Path) -> None:
    town, slots, out = write_town(tmp_path), tmp_path / "day.csv", tmp_path / "out"
    slots.write_text(SLOTS)
    result = run("solve", town, "--slots", slots, "--out", out)
    assert result.exit_code == 0, result.stderr
    found = table(out / "slots.csv")
    assert [row["slot"] for row in found] == ["0", "1", "4"]
    assert {row["status"] for row in found} == {"converged"}
    assert all(int(row["iterations"]) <= 3 for row in found[1:])
    for row in found:
        assert float(row["mass north"]) + float(row["mass south"]) == pytest.approx(1.0, abs=1e-4)
    document = json.loads(run("solve", town, "--slots", slots, "--json").stdout)
    times = [slot["average_sub_synchronization_time"] for slot in document["slots"]]
    assert times == [float(row["average_sub_synchronization_time"]) for row in found]


def test_a_slot_that_is_not_solved_is_named(tmp_path: Path) -> None:
    town, slots = write_town(tmp_path), tmp_path / "day.csv"
    slots.write_text(
        "slot,what,name,x,y,compute\n0,sensors,,40,30,\n7,server,south,,,1\n8,server,north,,,1\n"
    )
    result = run("solve", town, "--slots", slots)
    assert result.exit_code == 1
    assert "geomot: slot 8 not solved (infeasible): " in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--slots", "absent.csv"], "absent.csv cannot be read"),
        (["--slots", "absent.csv", "--sensitivity"], "--slots goes with neither"),
        (["--starts", "2"], "--starts is for --method optimum, not equilibrium"),
        (["--twins", "absent.csv"], "twins.file: "),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, words: list[str], message: str) -> None:
    result = run("solve", write_town(tmp_path), *words)
    assert result.exit_code == 2
    assert message in result.stderr
