"""How long diagrams of arcs take: ``pytest -m benchmark -s tests/benchmarks/test_arcs.py``."""

from __future__ import annotations

import time

import numpy as np
import pytest

from geomot import Zone, arc_diagram, distance_costs


@pytest.mark.benchmark
@pytest.mark.parametrize(("count", "limit"), [(1000, 5.0), (10_000, 60.0)])
@pytest.mark.parametrize("most", [3.0, 10.0])
def test_multiplicative_diagram(count: int, limit: float, most: float) -> None:
    rng = np.random.default_rng(count)
    costs = distance_costs(rng.random((count, 2)), factor=rng.uniform(1.0, most, count))
    wall, began = time.perf_counter(), time.process_time()
    diagram = arc_diagram(costs, Zone.box([0.0, 0.0], [1.0, 1.0]))
    measures = diagram.measures
    wall, used = time.perf_counter() - wall, time.process_time() - began
    pieces = len(diagram.rings.cells)
    times = f"{wall:.2f} s, {used:.2f} s of process time"
    print(f"\n{count} sites, factors 1 to {most:g}: {times}, {pieces} pieces of boundary")
    assert abs(measures.sum() - 1.0) <= 1e-12
    assert used < limit
