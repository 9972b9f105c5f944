"""Run the same cases in two checkouts and compare: `python -m tests.checkouts.compare OLD NEW`.

Differences are relative to the largest number of a column.  `exact` holds up to the order of sums;
`within` up to the sum of both error estimates.  Nothing is stored.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.checkouts.worker import NAMES

WORKER = Path(__file__).with_name("worker.py")
SUMS = 1e-13  # what sums in another order may differ by


def answers(checkout: Path, names: list[str]) -> list[dict[str, Any]]:
    """Return what the code of a checkout answers."""
    environment = {**os.environ, "PYTHONPATH": str(checkout.resolve())}
    command = [sys.executable, str(WORKER), *names]
    done = subprocess.run(command, env=environment, cwd=checkout, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def difference(old: list[float | None], new: list[float | None]) -> float:
    """Return the largest difference of two columns over their largest entry."""
    if [each is None for each in old] != [each is None for each in new]:
        return float("inf")
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a is not None and b is not None]
    size = max((abs(a) for a, _ in pairs), default=0.0)
    return max((abs(a - b) for a, b in pairs), default=0.0) / (size or 1.0)


def compared(old: dict[str, Any], new: dict[str, Any]) -> tuple[float, float]:
    """Return how far numbers are apart, and how far in units of what both say they may be off."""
    if old["status"] != new["status"] or old["numbers"].keys() != new["numbers"].keys():
        return float("inf"), float("inf")
    away = {name: difference(column, new["numbers"][name]) for name, column in old["numbers"].items()}
    parts = [each / (old["errors"][name] + new["errors"][name] + SUMS) for name, each in away.items()]
    return max(away.values()), max(parts)


def main() -> None:
    """Print a table; exit status 1 where numbers differ by more than asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--ask", choices=("exact", "within"), default="exact")
    parser.add_argument("--cases", default="", help="part of the names of the cases to run")
    given = parser.parse_args()
    names = [name for name in NAMES if given.cases in name]
    bad = 0
    print(f"{'case':44} {'differs':>9} {'of errors':>9} {'steps':>9} {'seconds':>13}")
    for old, new in zip(answers(given.old, names), answers(given.new, names), strict=True):
        away, part = compared(old, new)
        failed = away > SUMS if given.ask == "exact" else part > 1.0
        bad += failed
        steps = f"{old['steps']} {new['steps']}"
        seconds = f"{old['seconds']:.2f} {new['seconds']:.2f}"
        note = f"  {old['status']} {new['status']}" if old["status"] != new["status"] else ""
        mark = "  DIFFERS" if failed else ""
        print(f"{old['name']:44} {away:9.1e} {part:9.1e} {steps:>9} {seconds:>13}{mark}{note}")
    print(f"{len(names)} cases, {bad} differ")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
