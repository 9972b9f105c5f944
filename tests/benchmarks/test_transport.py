"""Fixed-capacity transport: ``pytest -n 0 -m benchmark -s tests/benchmarks/test_transport.py``."""

from __future__ import annotations

import time

import numpy as np
import pytest

from geomot import Transport, Uniform, Zone, fixed_capacity_transport

SQUARE = Zone.box([0.0, 0.0], [1.0, 1.0])


def solve(count: int, scale: float) -> Transport:
    """Return the transport to sites in a corner of the square, as large a part as ``scale``."""
    sites = scale * np.random.default_rng(0).random((count, 2))
    return fixed_capacity_transport(sites, np.ones(count), Uniform(), SQUARE, tolerance=1e-8)


def test_smoke() -> None:
    assert solve(20, 0.1).status == "converged"


@pytest.mark.benchmark
@pytest.mark.parametrize(("count", "scale"), [(1000, 1.0), (1000, 0.1), (10_000, 1.0), (10_000, 0.1)])
def test_transport(count: int, scale: float) -> None:
    walls, used = [], []
    for _ in range(3 if count < 10_000 else 1):
        began = time.perf_counter(), time.process_time()
        found = solve(count, scale)
        walls.append(time.perf_counter() - began[0])
        used.append(time.process_time() - began[1])
    times = f"{np.median(walls):.2f} s, {np.median(used):.2f} s of process time"
    print(f"\n{count} sites in {scale:g} of the side: {times}, {found.diagrams} diagrams")
    assert found.status == "converged"
    assert found.diagrams <= 20
    # process time: the bound is that of a machine that does nothing else
    assert np.median(used) < (3.0 if count == 1000 else 60.0)
