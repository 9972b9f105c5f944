"""`geomot study`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.cli.scenarios import write_town

NAMES = ("partition", "twins", "spread", "convergence", "baseline")


@pytest.mark.parametrize("name", NAMES)
def test_every_study_has_help_with_an_example(name: str) -> None:
    assert name in run("study", "--help").stdout
    output = run("study", name, "--help").stdout
    assert f"\n  geomot study {name} " in output
    assert "Exit status: 0 done" in output
    assert "--workers" in output and "--scheduler" in output and "--out" in output


def test_a_study_writes_its_files_and_says_what_it_found(tmp_path: Path) -> None:
    town, out, again = write_town(tmp_path), tmp_path / "deep" / "out", tmp_path / "again"
    arguments = ("study", "twins", town, "--counts", "1,2")
    done = run(*arguments, "--out", out)
    assert done.exit_code == 0
    names = {f"twins.{suffix}" for suffix in ("csv", "md", "json", "png", "svg")}
    names |= {"report.html", "cases"}
    assert {path.name for path in out.iterdir()} == names
    assert "equilibrium: the time rises with every step" in done.stdout
    assert "the paper" not in done.stdout
    assert done.stdout.count("wrote ") == 6
    assert done.stderr == ""
    assert json.loads((out / "twins.json").read_text())["settings"]["counts"] == [1.0, 2.0]
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    cases = {path.name: path.stat().st_mtime_ns for path in (out / "cases").iterdir()}
    assert len(cases) == 6
    run(*arguments, "--out", again, "--workers", "2")
    assert {path.name: path.read_bytes() for path in again.iterdir() if path.is_file()} == before
    run(*arguments, "--out", out)  # all cases are there
    assert {path.name: path.stat().st_mtime_ns for path in (out / "cases").iterdir()} == cases


def test_without_out_it_goes_to_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("study", "twins", write_town(tmp_path), "--counts", "1")
    assert done.exit_code == 0
    assert (tmp_path / "geomot-studies" / "twins" / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("twins", "--counts", "50,x"), "expected positive numbers with commas between them"),
        (("twins", "--counts", "-5"), "expected positive numbers"),
        (("twins", "--counts", ""), "there are none; expected at least one number"),
        (("spread", "--spreads", "300,300"), "has a number twice"),
        (("baseline", "--pixels", "", "--voxels", ""), "there are none"),
        (("baseline", "--pixels", "1.5"), "expected positive whole numbers"),
        (("baseline", "--pixels", "1"), "a grid of size 1 was asked for"),
        (("twins", "--workers", "0"), "0 is not in the range"),
        (("twins", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "one or the other"),
        (("partition", "nowhere.toml"), "cannot be read: No such file or directory"),
        (("fractals",), "No such command 'fractals'"),
    ],
)
def test_bad_input_is_status_2_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("study", *arguments)
    assert done.exit_code == 2
    assert reason in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_solved_is_status_1_and_said(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("study", "twins", write_town(tmp_path), "--counts", "50000", "--out", out)
    assert done.exit_code == 1
    assert "3 of 3 rows are not solved: see status" in done.stderr
    assert "infeasible" in (out / "twins.csv").read_text()


@pytest.mark.slow
def test_partitions_of_which_the_optimum_is_not_solved_are_drawn(tmp_path: Path) -> None:
    out = tmp_path / "out"
    town = write_town(tmp_path, ('name = "north"', r'name = "$\\foo$ north"'))
    done = run("study", "partition", town, "--count", "50000", "--out", out)
    assert done.exit_code == 1
    assert "6 of 6 rows are not solved: see status" in done.stderr
    assert (out / "partition.png").stat().st_size > 0


def test_names_that_look_like_formulas_are_drawn_as_they_are(tmp_path: Path) -> None:
    out = tmp_path / "out"
    town = write_town(tmp_path, ('name = "north"', r'name = "$\\foo$ north"'))
    done = run("study", "spread", town, "--spreads", "20,30", "--out", out)
    assert done.exit_code == 0, done.stderr
    assert r"$\foo$ north" in (out / "spread.svg").read_text()


@pytest.mark.parametrize("name", ["baseline", "convergence"])
def test_nothing_is_held_against_what_is_not_solved(tmp_path: Path, name: str) -> None:
    town = write_town(tmp_path, ("count = 5\n", "count = 50000\n"))
    small = ["--pixels", "2", "--voxels", ""] if name == "baseline" else []
    done = run("study", name, town, *small, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "the equilibrium that a study needs is not solved (infeasible)" in done.stderr
    assert not list((tmp_path / "out").glob("*.csv"))


def test_a_folder_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = run("study", "twins", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "Not a directory" in done.stderr


@pytest.mark.slow
def test_a_second_study_does_not_replace_the_report_of_the_first(tmp_path: Path) -> None:
    town, out = write_town(tmp_path), tmp_path / "out"
    assert run("study", "twins", town, "--counts", "1", "--out", out).exit_code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    done = run("study", "spread", town, "--spreads", "20", "--out", out)
    assert done.exit_code == 2
    assert "holds the study 'twins', whose report.html this one would replace" in done.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    assert run("study", "twins", town, "--counts", "2", "--out", out).exit_code == 0  # its own it may


def test_a_terminal_sees_a_bar_on_standard_error_and_a_file_none(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    arguments = [
        "study",
        "twins",
        str(write_town(tmp_path)),
        "--counts",
        "1",
        "--out",
        str(tmp_path / "out"),
    ]
    command = [sys.executable, "-c", "from geomot.cli import main; main()", *arguments]
    reader, writer = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=writer, env=environment)
    os.close(writer)
    said = b""
    while chunk := _read(reader):
        said += chunk
    os.close(reader)
    output, _ = process.communicate(timeout=60.0)
    assert process.returncode == 0
    assert b"twins" in said and b"3/3" in said
    assert b"wrote " in output and b"3/3" not in output


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so when the other end is closed
        return b""


def test_a_study_that_is_ended_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["study", "twins", str(write_town(tmp_path)), "--counts", "1,2,3", "--out", str(out)]
    command = [sys.executable, "-c", "from geomot.cli import main; main()", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60.0
    while not (out / "cases").exists() or len(list((out / "cases").glob("*.json"))) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60.0)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in said
    assert not (out / "twins.csv").exists()
    assert not list(out.rglob("*.part"))
    stored = {path.name: path.read_bytes() for path in (out / "cases").iterdir()}
    assert 2 <= len(stored) < 9
    assert run(*arguments).exit_code == 0
    after = {path.name: path.read_bytes() for path in (out / "cases").iterdir()}
    assert len(after) == 9
    assert stored.items() <= after.items()


def test_ctrl_c_ends_the_workers_too(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["study", "baseline", "--pixels", "20,30,1500", "--workers", "2", "--out", str(out)]
    # where tests run in the background the shell has interrupts ignored, and children inherit that
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from geomot.cli import main; main()"
    )
    command = [sys.executable, "-c", program, *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60.0
    while not (out / "cases").exists() or len(list((out / "cases").glob("*.json"))) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=60.0)  # ends when the last worker has closed its streams
    assert process.returncode == 1
    assert said.strip() == "Aborted!"
    assert not (out / "baseline.csv").exists()
