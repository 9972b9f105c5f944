"""Folders that runs wrote to, one of which was killed between any two steps of its writing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from geomot.cli.solve import result_files
from geomot.export.identity import solve_of
from geomot.files.atomic import leftovers, write_files
from geomot.scenario import load_scenario, solve
from tests.cli.running import run
from tests.cli.scenarios import write_town

SAMPLED = (
    'density = { kind = "uniform" }\n\n[[twins',
    'density = { kind = "uniform" }\nsample = true\n\n[[twins',
)
Contents = Mapping[str, bytes]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Contents]:
    """Return what two runs write: an equilibrium with twins one by one, and the best channel."""
    town = write_town(tmp_path_factory.mktemp("town"), SAMPLED)
    solutions = [solve(load_scenario(town), method) for method in ("equilibrium", "snr")]
    assert solutions[0].identifier != solutions[1].identifier
    return [
        {path.name: content for path, content in result_files(solution, Path()).items()}
        for solution in solutions
    ]


def write(contents: Contents, folder: Path) -> None:
    write_files({folder / name: content for name, content in contents.items()})


def killed(contents: Contents, folder: Path, call: str, step: int) -> None:
    """Write in a process of its own, which is killed at a call: no exception, nothing is cleaned up."""
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        return
    kept: Callable[..., None] = getattr(os, call)
    calls = iter(range(step + 1))

    def once(*arguments: object) -> None:
        if next(calls) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        kept(*arguments)

    setattr(os, call, once)
    write(contents, folder)
    os._exit(0)


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_run_that_is_killed_is_told(
    runs: list[Contents], tmp_path: Path, call: str, step: int
) -> None:
    first, second = runs
    assert len(first) == len(second) == 4
    write(first, tmp_path)
    killed(second, tmp_path, call, step)
    mixed = call == "replace" and step > 0
    assert len(leftovers(tmp_path)) == (step + 1 if call == "fsync" else 4 - step)
    told = run("info", tmp_path)
    assert told.exit_code == mixed
    for name in first:
        assert name in (told.stderr if mixed else told.stdout)
    assert ("files are of 2 solves" in told.stderr) == mixed
    write(second, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(second)
    assert run("info", tmp_path).stdout.endswith("valid: its files are of one solve\n")


def test_a_first_run_that_is_killed_is_told(runs: list[Contents], tmp_path: Path) -> None:
    killed(runs[0], tmp_path, "replace", 1)
    told = run("info", tmp_path)
    assert told.exit_code == 1
    for name in runs[0].keys() - {"solution.json"}:
        assert f"{name} is missing" in told.stderr


def test_files_of_an_earlier_run_are_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("--method", "snr", "--out", out)
    assert run("solve", write_town(tmp_path, SAMPLED), *arguments).exit_code == 0
    spread = write_town(tmp_path)
    again = run("solve", spread, *arguments)
    assert again.exit_code == 0
    assert f"warning: {out / 'twins.csv'} is of an earlier solve: remove it" in again.stderr
    told = run("info", out)
    assert told.exit_code == 1 and "files are of 2 solves" in told.stderr
    (out / "twins.csv").unlink()
    assert run("info", out).exit_code == 0
    assert "warning" not in run("solve", spread, *arguments).stderr


def test_equal_solves_are_equal_wherever_they_are(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        town = write_town(tmp_path / name, SAMPLED)
        run("solve", town, "--method", "snr", "--out", tmp_path / name / "out")
    pair = [
        {path.name: solve_of(path) for path in (tmp_path / name / "out").iterdir()} for name in "ab"
    ]
    assert pair[0] == pair[1] and len(set(pair[0].values())) == 1 and len(pair[0]) == 4


def test_folders_without_solves_are_refused(tmp_path: Path) -> None:
    (tmp_path / "twins.csv").write_text("x,y\n1,2\n")
    told = run("info", tmp_path)
    assert told.exit_code == 2
    assert "holds no file that says which solve it is of" in told.stderr
    assert run("info", tmp_path, "--servers", tmp_path / "twins.csv").exit_code == 2


def test_damaged_and_older_files_are_told(runs: list[Contents], tmp_path: Path) -> None:
    write(runs[0], tmp_path)
    (tmp_path / "regions.png").write_bytes(runs[0]["regions.png"][:20])
    (tmp_path / "regions.geojson").write_bytes(b'{"type": "FeatureCollection", "features": []}')
    (tmp_path / "notes.json").write_text("{}")
    told = run("info", tmp_path)
    assert told.exit_code == 1
    assert "regions.geojson does not say its solve" in told.stderr
    assert "regions.png is not a whole PNG file" in told.stderr
    assert "notes.json does not say its solve" in told.stdout and "notes" not in told.stderr
