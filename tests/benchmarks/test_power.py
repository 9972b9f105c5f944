"""Power diagrams and transport: ``pytest -n 0 -m benchmark -s tests/benchmarks/test_power.py``."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from geomot import Uniform, Zone, fixed_capacity_transport, power_diagram
from geomot.geometry.simplices import Floats
from tests.diagram.oracles import voro_measures

UNITS = {d: Zone.box([0.0] * d, [1.0] * d) for d in (2, 3)}


def seconds(sites: Floats, weights: Floats) -> float:
    """Return the time of the diagram with measures and facets."""
    began = time.perf_counter()
    cells = power_diagram(sites, weights, UNITS[sites.shape[1]])
    assert cells.measures.sum() == pytest.approx(1.0, abs=1e-12)
    assert len(cells.facets.cells) > len(sites)
    return time.perf_counter() - began


def test_power_diagrams_smoke() -> None:
    assert seconds(np.random.default_rng(0).random((50, 3)), np.zeros(50)) > 0.0


@pytest.mark.benchmark
@pytest.mark.parametrize(
    ("d", "count", "allowed"), [(2, 10**4, 2.0), (3, 10**4, 6.0), (2, 10**5, 60.0)]
)
def test_random_sites(d: int, count: int, allowed: float) -> None:
    rng = np.random.default_rng(1)
    sites, weights = rng.random((count, d)), rng.random(count) * count ** (-2.0 / d)
    spent = float(np.median([seconds(sites, weights) for _ in range(3 if count < 10**5 else 1)]))
    began = time.perf_counter()
    ConvexHull(np.column_stack([sites, (sites**2).sum(axis=1) - weights]))
    hull = time.perf_counter() - began
    line = (
        f"{d}D {count}: {spent:.2f} s, lifted hull (dual alone) {hull:.2f} s, ratio {spent / hull:.2f}"
    )
    if d == 3:
        began = time.perf_counter()
        voro_measures(sites)
        line += f", Voro++ {time.perf_counter() - began:.2f} s (no weights)"
    print(line)
    assert spent < allowed


@pytest.mark.benchmark
@pytest.mark.parametrize(("count", "scale"), [(1000, 1.0), (1000, 0.1), (10_000, 1.0), (10_000, 0.1)])
def test_transport(count: int, scale: float) -> None:
    sites = scale * np.random.default_rng(0).random((count, 2))
    began = time.perf_counter()
    found = fixed_capacity_transport(sites, np.ones(count), Uniform(), UNITS[2], tolerance=1e-8)
    spent = time.perf_counter() - began
    print(f"{count} sites in {scale:g} of the side: {spent:.2f} s, {found.diagrams} diagrams")
    assert found.status == "converged"
    assert found.diagrams <= 20
    assert spent < (3.0 if count == 1000 else 60.0)
