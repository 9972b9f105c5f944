"""Where cases are computed: in this process, in worker processes, or on a Dask cluster.

Each executor yields the number and the result of every case as it is finished, in any order, once.
"""

from __future__ import annotations

import multiprocessing
import signal
import socket
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from geomot.distributed.cases import Case, code, compute
from geomot.errors import InvalidArgumentError, MissingPackageError, StudyError

Finished = Generator[tuple[int, Any], None, None]
Executor = Callable[[Sequence[Case]], Finished]
PATIENCE = 10.0  # s, until a scheduler answers
WORKERS = 60.0  # s, until it has a worker
KEPT = "what is finished is kept where --out says: run the study again, and it goes on from there"


def here(cases: Sequence[Case]) -> Finished:
    """Compute cases one after the other in this process.

    Examples
    --------
    >>> list(here([Case("one", "math:hypot", {}), Case("two", "builtins:list", {})]))
    [(0, 0.0), (1, [])]
    """
    for number, case in enumerate(cases):
        yield number, compute(case, code())


def processes(workers: int) -> Executor:
    """Return an executor that computes in worker processes of this machine.

    Parameters
    ----------
    workers
        How many.

    Raises
    ------
    InvalidArgumentError
        If that is less than one.

    Notes
    -----
    The processes start afresh ("spawn"): a script that calls this needs ``if __name__ == "__main__"``.
    """
    if workers < 1:
        raise InvalidArgumentError(f"workers is {workers}; expected at least 1")

    def execute(cases: Sequence[Case]) -> Finished:
        others = set(multiprocessing.active_children())
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, context, initializer=_deaf)
        try:
            futures = {pool.submit(compute, case, code()): k for k, case in enumerate(cases)}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException as error:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()  # or what they are at would have to be waited for
            if isinstance(error, BrokenProcessPool):
                raise StudyError(
                    f"a worker process died, perhaps for want of memory; {KEPT}"
                ) from error
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    return execute


def _deaf() -> None:
    """Leave Ctrl-C to the process that asked: it ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def cluster(address: str) -> Executor:
    """Return an executor that computes on the workers of a Dask scheduler that is running.

    Parameters
    ----------
    address
        Its address, such as ``tcp://127.0.0.1:8786``; geomot must be installed on every worker.

    Raises
    ------
    MissingPackageError
        If the extra ``cluster`` is not installed.

    Notes
    -----
    The scheduler gives the cases of a worker that dies to another, and waits where none is left.  At
    the start it must have one within a minute.
    """
    try:
        import distributed
        from distributed.comm import addressing
    except ImportError:
        raise MissingPackageError(
            "a cluster was asked for, and the package distributed is not installed; install it with "
            "pip install 'geomot[cluster]'"
        ) from None

    def execute(cases: Sequence[Case]) -> Finished:
        try:  # a client that finds nobody there would go on trying behind the scenes
            host, port = addressing.get_address_host_port(address)
            socket.create_connection((host, port), PATIENCE).close()
            client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise StudyError(
                f"no Dask scheduler answers at {address} ({error}); expected the address that "
                "`dask scheduler` prints: start it, and workers for it"
            ) from error
        with client:
            try:
                client.wait_for_workers(1, timeout=WORKERS)
            except TimeoutError as error:
                raise StudyError(
                    f"the Dask scheduler at {address} has no workers after {WORKERS:g} s; expected one "
                    "at least: start `dask worker` for it"
                ) from error
            # not pure: each is a task of its own, whatever was computed there before
            futures = {
                client.submit(compute, case, code(), pure=False): k for k, case in enumerate(cases)
            }
            try:
                for future in distributed.as_completed(list(futures), loop=client.loop):
                    yield futures[future], future.result()
            except (distributed.KilledWorker, distributed.CancelledError, OSError) as error:
                raise StudyError(f"the cluster gave up a case ({error}); {KEPT}") from error

    return execute
