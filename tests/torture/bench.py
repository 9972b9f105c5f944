"""Run cases for some minutes: `python -m tests.torture.bench --minutes 10 --seed 0 --workers 2`."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.torture.cases import Case
from tests.torture.kinds import KINDS, USUAL
from tests.torture.store import FOLDER, Result, Store
from tests.torture.table import table
from tests.torture.workers import run


def bench(
    store: Store, minutes: float, seed: int, workers: int, kinds: Sequence[str] = USUAL
) -> list[Result]:
    """Run cases until the time is over, each kind for its share of it; return the results.

    The cases of a kind go on where the store ends: the same seed gives the same ones.
    """
    spent: dict[str, float] = defaultdict(float)
    following = store.following(seed)
    end = time.monotonic() + 60.0 * minutes

    def cases() -> Iterator[Case]:
        while time.monotonic() < end:
            kind = min(kinds, key=lambda name: spent[name] / KINDS[name].share)
            spent[kind] += 1e-3  # so that the next worker takes another one
            yield Case(kind, seed, following[kind])
            following[kind] += 1

    results = []
    for case, outcome in run(cases(), workers):
        spent[case.kind] += outcome.seconds
        results.append(store.add(case, outcome))
        if results[-1].failed:
            print(f"{case.kind} {seed} {case.number}: {outcome.verdict}: {outcome.detail}", flush=True)
    return results


def main() -> None:
    """Run the bench and print the table of all runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kinds", default=",".join(USUAL))
    parser.add_argument("--store", type=Path, default=FOLDER)
    given = parser.parse_args()
    store = Store(given.store)
    bench(store, given.minutes, given.seed, given.workers, given.kinds.split(","))
    print(table(store.results()))


if __name__ == "__main__":
    main()
