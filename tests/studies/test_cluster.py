"""Cases on a real Dask scheduler with two workers on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from geomot import MissingPackageError, StudyError
from geomot.distributed.cases import Case
from geomot.distributed.running import run_cases
from tests.cli.running import run
from tests.cli.scenarios import write_town
from tests.studies.slow import computed, squares

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline, "the cluster does not start"
        time.sleep(0.05)


@contextmanager
def loopback(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers, each a program of its own; yield address and workers."""
    import distributed

    file = folder / "scheduler.json"
    with ExitStack() as stack:
        common = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        command = ["distributed.cli.dask_scheduler", *common, "--scheduler-file", str(file)]
        stack.enter_context(program(*command))
        wait_for(file.exists)
        command = ["distributed.cli.dask_worker", "--scheduler-file", str(file), "--host", "127.0.0.1"]
        command += ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)]
        workers = [stack.enter_context(program(*command)) for _ in range(2)]
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
            address = client.scheduler.address
        yield address, workers


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    traces, store, count = tmp_path / "traces", tmp_path / "store", 12
    traces.mkdir()
    cases = squares(count, traces, 0.2)
    with loopback(tmp_path) as (address, workers):
        reported: list[int] = []

        def kill(done: int, total: int) -> None:
            reported.append(done)
            if done == count // 2:
                workers[0].kill()

        results = run_cases(cases, folder=store, scheduler=address, progress=kill)
        assert workers[0].wait() != 0  # it was killed, and the other one lives
        assert workers[1].poll() is None
        assert results == [{"square": float(k * k)} for k in range(count)]
        assert reported == list(range(count + 1))  # each case counted once
        assert len(list(store.iterdir())) == count
        assert len({int(name) for name in computed(traces)}) == count
        again = len(computed(traces))
        assert run_cases(cases, folder=store, scheduler=address) == results
        assert len(computed(traces)) == again


def test_a_study_on_a_cluster_writes_the_same_files(tmp_path: Path) -> None:
    town = write_town(tmp_path)
    arguments = ("study", "twins", town, "--counts", "1,2", "--out")
    with loopback(tmp_path) as (address, _):
        assert run(*arguments, tmp_path / "there", "--scheduler", address).exit_code == 0
    assert run(*arguments, tmp_path / "here").exit_code == 0
    there, here = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir() if path.is_file()}
        for name in ("there", "here")
    )
    assert there == here
    assert len(here) == 6


def test_a_case_that_kills_its_workers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with loopback(tmp_path) as (address, _):
        case = Case("deadly", "tests.studies.slow:die", {})
        with pytest.raises(StudyError, match=r"the cluster gave up a case .* run the study again"):
            run_cases([case], scheduler=address)


def test_no_scheduler_is_said() -> None:
    with pytest.raises(StudyError, match="no Dask scheduler answers at nonsense://there"):
        run_cases(squares(1, Path()), scheduler="nonsense://there")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'geomot\[cluster\]'"):
        run_cases(squares(1, Path()), scheduler="tcp://127.0.0.1:1")
