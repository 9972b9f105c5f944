"""All results as one table: `python -m tests.torture.table [FOLDER]`."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.torture.store import FOLDER, Result, Store
from tests.torture.verdicts import Verdict

HEAD = ("kind", "cases", *map(str, Verdict), "time s", "mean s", "slowest s", "its number")


def table(results: Iterable[Result]) -> str:
    """Return one row for each kind and the sum, as Markdown."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.kind].append(result)
    rows = [_row(kind, groups[kind]) for kind in sorted(groups)]
    rows.append(_row("all", [result for group in groups.values() for result in group]))
    lines = [HEAD, ("---",) * len(HEAD), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(kind: str, results: list[Result]) -> tuple[str, ...]:
    counts = Counter(result.verdict for result in results)
    total = sum(result.seconds for result in results)
    slowest = max(results, key=lambda result: result.seconds, default=None)
    end = ("", "") if slowest is None else (f"{slowest.seconds:.1f}", str(slowest.number))
    times = (f"{total:.0f}", f"{total / max(len(results), 1):.2f}")
    return (kind, str(len(results)), *(str(counts[verdict]) for verdict in Verdict), *times, *end)


if __name__ == "__main__":
    store = Store(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    print(table(store.results()))
    for result in store.results():
        if result.failed:
            print(f"{result.kind} {result.seed} {result.number}: {result.verdict}: {result.detail}")
