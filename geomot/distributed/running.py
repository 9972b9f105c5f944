"""One driver for the cases of every study: it skips what is stored, stores what is finished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from geomot.distributed.cases import Case
from geomot.distributed.executors import Executor, cluster, here, processes
from geomot.distributed.store import Store
from geomot.errors import InvalidArgumentError

Report = Callable[[int, int], None]


def run_cases(
    cases: Sequence[Case],
    *,
    folder: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Report | None = None,
) -> list[Any]:
    """Compute cases, and return their results in the order of the cases, whatever finishes first.

    Parameters
    ----------
    cases
        The cases.
    folder
        Where each finished case is stored at once, and what is stored there is not computed again; by
        default nothing is stored.
    workers
        Number of worker processes; 1 computes in this one.
    scheduler
        Address of a Dask scheduler to compute on instead.
    progress
        Called with the number of finished cases and of all, first with those found in the store.

    Raises
    ------
    InvalidArgumentError
        If two cases have the same key, or both workers and a scheduler are asked for.
    MissingPackageError
        If a scheduler is given and the extra ``cluster`` is not installed.
    StudyError
        If a case cannot be computed; what is finished stays stored.

    Examples
    --------
    >>> run_cases([Case("one", "math:hypot", {}), Case("two", "builtins:list", {})])
    [0.0, []]
    """
    twice = [key for key, count in Counter(case.key for case in cases).items() if count > 1]
    if twice:
        raise InvalidArgumentError(f"two cases are called {twice[0]!r}; expected a key for each")
    execute = _executor(workers, scheduler)
    store = None if folder is None else Store(folder)
    results: dict[int, Any] = {}
    if store is not None:
        for number, case in enumerate(cases):
            stored = store.load(case)
            if stored is not None:
                results[number] = stored["result"]
    todo = [number for number in range(len(cases)) if number not in results]
    report = progress or (lambda done, total: None)
    report(len(results), len(cases))
    # closed also where a case fails: workers must not go on
    with closing(execute([cases[number] for number in todo])) as finished:
        for place, result in finished:
            number = todo[place]
            if store is not None:
                store.save(cases[number], result)
            results[number] = result
            report(len(results), len(cases))
    return [results[number] for number in range(len(cases))]


def _executor(workers: int, scheduler: str | None) -> Executor:
    if scheduler is not None:
        if workers != 1:
            raise InvalidArgumentError(
                f"{workers} workers and a scheduler were asked for; expected one or the other: the "
                "cluster has workers of its own"
            )
        return cluster(scheduler)
    return here if workers == 1 else processes(workers)
