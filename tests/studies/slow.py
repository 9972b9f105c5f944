"""Cases for tests of the executors: they wait, leave traces, or fail."""

from __future__ import annotations

import os
import time
from pathlib import Path

from geomot.distributed.cases import Case
from geomot.errors import UnresolvedError


def square(number: int, traces: str, seconds: float = 0.0) -> dict[str, float]:
    """Return a square, and leave a file that says that it was computed."""
    trace = Path(traces) / f"{number}-{os.getpid()}-{time.monotonic_ns()}"
    time.sleep(seconds)
    trace.touch()
    return {"square": float(number) ** 2}


def fail(number: int) -> None:
    raise UnresolvedError(f"case {number} is too fine")


def die() -> None:
    os._exit(3)


def squares(count: int, traces: Path, seconds: float = 0.0) -> list[Case]:
    return [
        Case(
            f"square {k}",
            "tests.studies.slow:square",
            {"number": k, "traces": str(traces), "seconds": seconds},
        )
        for k in range(count)
    ]


def computed(traces: Path) -> list[int]:
    """Return the numbers of the cases that were computed, each as often as it was."""
    return sorted(int(path.name.partition("-")[0]) for path in traces.iterdir())
