"""Processes that run cases, and a watchdog that ends those that take too long."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import mkdtemp

from tests.torture.cases import Case, read_case
from tests.torture.judging import judge, record
from tests.torture.kinds import KINDS
from tests.torture.verdicts import Outcome, Verdict

MEMORY = 6 << 30  # bytes that a worker may have
CONTEXT = get_context("forkserver")  # a worker starts from a process that has imported everything
CONTEXT.set_forkserver_preload(["tests.torture.judging"])


def run(cases: Iterator[Case], workers: int) -> Iterator[tuple[Case, Outcome]]:
    """Run cases in so many processes; yield each, with its data, and what became of it.

    A process that is over the limit of its case is killed with all it has started, and replaced.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # the workers fill the cores already
    pool = [_Worker() for _ in range(workers)]
    try:
        idle = list(pool)
        while True:
            while idle and (case := next(cases, None)) is not None:
                idle.pop().take(case)
            busy = [worker for worker in pool if worker not in idle]
            if not busy:
                return
            soonest = min(worker.deadline for worker in busy)
            wait([worker.link for worker in busy], max(soonest - time.monotonic(), 0.0))
            for worker in busy:
                found = worker.result()
                if found is not None:
                    yield found
                    idle.append(worker)
    finally:
        for worker in pool:
            worker.close()


@dataclass(eq=False)
class _Worker:
    """One process, its folder, and the case that it has."""

    home: Path = field(default_factory=lambda: Path(mkdtemp(prefix="torture-")))
    case: Case | None = None
    deadline: float = 0.0

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self.link, other = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_serve, args=(other, self.home / "work"), daemon=False)
        self.process.start()
        other.close()

    def take(self, case: Case) -> None:
        """Start a case."""
        self.case, self.started = case, time.monotonic()
        self.deadline = self.started + KINDS[case.kind].limit
        self.link.send(case)

    def result(self) -> tuple[Case, Outcome] | None:
        """Return the case with its outcome once it has one."""
        assert self.case is not None
        if self.link.poll():
            try:
                return read_case(record(self.home / "work")), self.link.recv()
            except EOFError:
                self.process.join()
                return self._ended(Verdict.INTERNAL, f"the process ended by {self.process.exitcode}")
        if time.monotonic() < self.deadline:
            return None
        return self._ended(Verdict.HANG, f"no end after {KINDS[self.case.kind].limit:g} s")

    def _ended(self, verdict: Verdict, why: str) -> tuple[Case, Outcome]:
        self._kill()
        assert self.case is not None
        path = record(self.home / "work")
        case = read_case(path) if path.exists() else self.case
        if (case.kind, case.number) != (self.case.kind, self.case.number):
            case = self.case  # it did not come so far as to draw its data
        self._start()
        return case, Outcome(verdict, why, time.monotonic() - self.started)

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.kill()  # it may be too young to have a group
        self.process.join()
        self.link.close()

    def close(self) -> None:
        """End the process, and remove its folder."""
        self._kill()
        shutil.rmtree(self.home, ignore_errors=True)


def _serve(link: Connection, folder: Path) -> None:
    """Run cases until the link is closed."""
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(EOFError):
        while True:
            link.send(judge(link.recv(), folder))
