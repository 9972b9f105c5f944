from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from geomot.export import summary_problems
from tests.cli.running import run
from tests.cli.scenarios import IN_SPACE, write_town

SAVED = re.compile(r"  1 GHz more at 'north' saves ([\d.]+) µs\n")


def test_a_line_for_each_resource(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path), "--sensitivity")
    assert result.exit_code == 0, result.stderr
    assert SAVED.search(result.stdout)
    assert re.search(r"  1 MHz more at 'south' saves [\d.]+ µs\n", result.stdout)
    assert re.search(
        r"  'south' moved by 1 m along \([+-]\d\.\d\d, [+-]\d\.\d\d\) saves", result.stdout
    )
    assert re.search(r"  1 % more sensors costs [\d.]+ µs\n  1 more twin costs", result.stdout)


@pytest.mark.slow
def test_json_and_files_hold_what_is_printed(tmp_path: Path) -> None:
    town, out = write_town(tmp_path, *IN_SPACE), tmp_path / "out"
    document = json.loads(run("solve", town, "--sensitivity", "--json", "--out", out).stdout)
    assert json.loads((out / "solution.json").read_text()) == document
    assert summary_problems(document) == []
    north = document["sensitivity"]["servers"][0]
    assert len(north["position"]) == 3
    printed = SAVED.search(run("solve", town, "--sensitivity").stdout)
    assert printed and float(printed[1]) == pytest.approx(-1e15 * north["compute"], rel=1e-3)
    assert json.loads(run("solve", town, "--json").stdout)["sensitivity"] is None


def test_servers_that_share_a_region_have_one_line(tmp_path: Path) -> None:
    same = "position = [60.0, 20.0]\ncompute = 16e9\nbandwidth = 20e6\n"
    town = write_town(tmp_path, (same, f'{same}\n[[servers]]\nname = "second"\n{same}'))
    output = run("solve", town, "--sensitivity").stdout
    assert "1 GHz more at each of 'south', 'second' saves" in output
    assert "'south', 'second' moved by 1 m along" in output
    assert "at 'second'" not in output


def test_what_is_not_solved_has_none(tmp_path: Path) -> None:
    town = write_town(tmp_path, ("data = 23.0", "data = 1e5"))
    result = run("solve", town, "--sensitivity", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["sensitivity"] is None
    assert "not solved (infeasible)" in result.stderr


def test_other_methods_are_wrong_usage(tmp_path: Path) -> None:
    result = run("solve", write_town(tmp_path), "--sensitivity", "--method", "snr")
    assert result.exit_code == 2
    assert "--sensitivity is for --method equilibrium or optimum, not snr" in result.stderr
