"""Results are the same, bit by bit, in every process, on any number of threads, and beside others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier

import numpy as np
import pytest

import geomot
from geomot import Uniform, Zone, distance_costs, gaussian

FLAT, SOLID = Zone.box([0, 0], [1, 1]), Zone.box([0, 0, 0], [1, 1, 1])
BELL = gaussian([0.4, 0.6], 0.2)
THREADS = 3


def points(count: int, d: int) -> np.ndarray:
    return np.random.default_rng(count).random((count, d))


def power(count: int, d: int) -> bytes:
    weights = points(count, 1)[:, 0] * count ** (-2.0 / d)
    cells = geomot.power_diagram(points(count, d), weights, FLAT if d == 2 else SOLID)
    return cells.measures.tobytes() + cells.facets.measures.tobytes() + cells.second_moments.tobytes()


def arcs(count: int) -> bytes:
    costs = distance_costs(points(count, 2), factor=1.0 + points(count, 1)[:, 0])
    cells = geomot.arc_diagram(costs, FLAT)
    return cells.measures.tobytes() + cells.rings.points.tobytes() + cells.rings.turns.tobytes()


def transport(count: int, d: int) -> bytes:
    zone = FLAT if d == 2 else SOLID
    found = geomot.fixed_capacity_transport(points(count, d), np.ones(count), Uniform(), zone)
    return found.offsets.tobytes() + found.masses.tobytes()


def curved(count: int) -> bytes:
    found = geomot.fixed_capacity_transport(
        points(count, 2), np.ones(count), BELL, FLAT, distance_costs, tolerance=1e-6
    )
    return found.offsets.tobytes() + found.masses.tobytes()


def lloyd(count: int) -> bytes:
    found = geomot.lloyd(points(count, 2), BELL, FLAT, max_iterations=3)
    return found.diagram.points.tobytes() + found.masses.tobytes()


def quantize(count: int) -> bytes:
    found = geomot.quantize(BELL, FLAT, count, rng=5, max_iterations=2)
    return found.diagram.points.tobytes() + found.masses.tobytes()


# sizes from which linear algebra would go to several threads, and small ones
SMALL: dict[str, Callable[[], bytes]] = {
    "power": lambda: power(60, 2),
    "solid power": lambda: power(60, 3),
    "arcs": lambda: arcs(60),
    "transport": lambda: transport(40, 2),
    "solid transport": lambda: transport(30, 3),
    "curved transport": lambda: curved(6),
    "lloyd": lambda: lloyd(30),
    "quantize": lambda: quantize(30),
}
LARGE: dict[str, Callable[[], bytes]] = {
    "power": lambda: power(20_000, 2),
    "solid power": lambda: power(2000, 3),
    "arcs": lambda: arcs(1000),
    "transport": lambda: transport(2000, 2),
    "lloyd": lambda: lloyd(1000),
    "quantize": lambda: quantize(1000),
}


def digests(jobs: dict[str, Callable[[], bytes]]) -> list[str]:
    return [f"{name} {sha256(job()).hexdigest()}" for name, job in jobs.items()]


def in_a_process(jobs: str, hash_seed: int, threads: int) -> list[str]:
    """Return the digests that a new process finds."""
    count = str(threads)
    settings = {
        "PYTHONHASHSEED": str(hash_seed),
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
    }
    code = f"from tests import test_bits as t; print(*t.digests(t.{jobs}), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | settings | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("jobs", ["SMALL", pytest.param("LARGE", marks=pytest.mark.slow)])
def test_processes_and_thread_counts_give_the_same_bits(jobs: str) -> None:
    one, other = in_a_process(jobs, 0, 1), in_a_process(jobs, 1, 2)
    assert len(one) == len(globals()[jobs])
    assert one == other


def test_threads_at_once_give_the_bits_of_one() -> None:
    expected = digests(SMALL)
    together = Barrier(THREADS)

    def ask() -> list[str]:
        together.wait()
        return digests(SMALL)

    with ThreadPoolExecutor(THREADS) as pool:
        found = [pool.submit(ask) for _ in range(THREADS)]
        assert [future.result() for future in found] == [expected] * THREADS
