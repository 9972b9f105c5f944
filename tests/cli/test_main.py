"""The command as a program of its own."""

from __future__ import annotations

import json
import re
import resource
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

import geomot
from geomot.cli.failures import explain, report_failure
from geomot.cli.group import COMMANDS
from tests.cli.running import run
from tests.cli.scenarios import write_town

GEOMOT = Path(sys.executable).parent / "geomot"


def program(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [str(GEOMOT), *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )


def test_version() -> None:
    assert geomot.__version__ == version("geomot")
    assert program("--version").stdout == f"geomot, version {geomot.__version__}\n"


def test_statuses_of_the_program(tmp_path: Path) -> None:
    town = write_town(tmp_path)
    solved = program("solve", town, "--json")
    assert (solved.returncode, solved.stderr) == (0, "")
    assert json.loads(solved.stdout)["status"] == "converged"
    cycled = program("solve", town, "--json", "--method", "fixed-point")
    assert cycled.returncode == 1
    assert json.loads(cycled.stdout)["status"] == "cycled"
    bad = program("solve", tmp_path / "none.toml", "--json")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "Traceback" not in cycled.stderr + bad.stderr


def test_a_terminal_without_unicode_is_no_error(tmp_path: Path) -> None:
    town = write_town(tmp_path, ('"north"', '"nørd"'))
    environment = {"PYTHONIOENCODING": "ascii", "PATH": ""}
    assert program("solve", town, "--method", "snr", env=environment).returncode == 0


def test_help_is_light() -> None:
    code = (
        "import sys\n"
        "from geomot.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'matplotlib', 'numpy', 'pydantic', 'rich', 'scipy', 'shapely'}\n"
        "sys.exit(str(heavy & {name.split('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_its_statuses(name: str) -> None:
    assert COMMANDS[name] in run("--help").stdout
    output = run(name, "--help").stdout
    assert f"\n  geomot {name} " in output
    assert "Exit status: 0" in re.sub(r"\s+", " ", output)


def test_unknown_commands_are_status_2() -> None:
    assert run("slove").exit_code == 2


def test_whatever_is_raised_there_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GEOMOT_TRACEBACK", raising=False)
    error = ZeroDivisionError("division by zero")
    assert report_failure(error) == 1
    assert "internal error (ZeroDivisionError: division by zero)" in capsys.readouterr().err
    monkeypatch.setenv("GEOMOT_TRACEBACK", "1")
    report_failure(error)
    assert capsys.readouterr().err.count("ZeroDivisionError: division by zero") == 2


def test_errors_of_the_system_name_the_file() -> None:
    assert explain(FileNotFoundError(2, "No such file or directory", "a.txt")).startswith("a.txt: No")
    assert explain(OSError("odd")) == "odd"


def test_termination_amid_writing_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from geomot.cli import main\n"
        "os.fsync = lambda number: signal.raise_signal(signal.SIGTERM)\n"
        "main(sys.argv[1:])\n"
    )
    town, out = write_town(tmp_path), tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-c", code, "solve", str(town), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_termination_amid_computing_ends_at_once(tmp_path: Path) -> None:
    # the signal comes when the mesh is cut along a grid near the largest that is taken
    code = (
        "import os, signal, sys, time\n"
        "from geomot.cli import main\n"
        "from geomot.geometry.meshes.lattice import Lattice\n"
        "cut = Lattice.cut\n"
        "def ended(self, mesh, base):\n"
        "    print(time.process_time(), flush=True)\n"
        "    signal.setitimer(signal.ITIMER_VIRTUAL, 0.3)\n"
        "    return cut(self, mesh, base)\n"
        "Lattice.cut = ended\n"
        "signal.signal(signal.SIGVTALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))\n"
        "main(sys.argv[1:])\n"
    )
    np.save(tmp_path / "people.npy", np.ones((500, 500)))
    grid = 'density = { kind = "grid", file = "people.npy", lower = [0, 0], upper = [100, 80] }'
    old = 'density = { kind = "gaussian", mean = [40.0, 30.0], std = 30.0 }'
    town, out = write_town(tmp_path, (old, grid)), tmp_path / "out"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code, "solve", str(town), "--method", "snr", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr == ""
    assert not out.exists()
    assert used - float(done.stdout.split()[0]) < 2.0


def test_grids_too_fine_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    np.save(tmp_path / "people.npy", np.ones((700, 700)))
    grid = '{ kind = "grid", file = "people.npy", lower = [0, 0], upper = [100, 80] }'
    sensors = '{ kind = "gaussian", mean = [40.0, 30.0], std = 30.0 }'
    for old in (sensors, '{ kind = "uniform" }'):  # of sensors, of twins
        found = run("solve", write_town(tmp_path, (old, grid)), "--method", "snr")
        assert found.exit_code == 2
        assert "expected at most 7e+05, such as of a grid of 591 x 591 cells" in found.stderr
