"""Run the case of a file again: `python -m tests.torture.replay FILE ...`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.torture.cases import read_case
from tests.torture.verdicts import FAILURES
from tests.torture.workers import run


def replay(paths: list[Path]) -> bool:
    """Run the cases of files, say what becomes of them, and return whether one fails."""
    failed = False
    for case, outcome in run(map(read_case, paths), 1):
        failed |= outcome.verdict in FAILURES
        print(f"{case.kind} {case.seed} {case.number}: {outcome.verdict}, {outcome.seconds:.1f} s")
        if outcome.detail:
            print(outcome.detail)
    return failed


if __name__ == "__main__":
    sys.exit(replay([Path(name) for name in sys.argv[1:]]))
