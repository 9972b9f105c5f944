"""Benchmarks: run with ``pytest -m benchmark -s tests/benchmarks``."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import geomot
from geomot.densities import gaussian
from geomot.diagram import normalized
from geomot.geometry import Zone
from geomot.network.association.problem import equilibrium_problem
from geomot.network.model.network import Network, Servers
from geomot.network.model.radio import Channel
from geomot.scenario.build import build_network
from geomot.studies import ErrorRecord
from geomot.transport.congestion.newton import solve_equilibrium
from geomot.transport.starts.continuation import smoothed_start
from tests.benchmarks.raster import raster_masses
from tests.network.networks import paper, sensors

ROOT = Path(__file__).parents[2]
MELBOURNE = ROOT.parent / "shared" / "data" / "melbourne-cbd" / "servers.csv"


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """Return the least process time of several runs."""
    least = np.inf
    for _ in range(times):
        began = time.process_time()
        run()
        least = min(least, time.process_time() - began)
    return least


def city(count: int) -> Network:
    """Return servers spread over a zone that grows with their number."""
    rng = np.random.default_rng(count)
    side = 700.0 * np.sqrt(count)
    zone = Zone.box([0, 0], [side, side])
    servers = Servers(
        tuple(map(str, range(count))),
        rng.uniform(0, side, (count, 2)),
        rng.uniform(6e9, 16e9, count),
        np.full(count, 10e6),
    )
    density = normalized(gaussian([0.5 * side, 0.5 * side], 0.3 * side), zone, 1e-10)
    return Network(zone, servers, sensors(density), Channel(3.0, 25.8, 1.0, -170.0), None)


def seconds_per_step(count: int) -> float:
    """Return the process time of one Newton step, without the start."""
    problem = equilibrium_problem(city(count))
    start = smoothed_start(problem)
    began = time.process_time()
    found, _ = solve_equilibrium(problem, *start, 1e-7, 60)
    assert found.status == "converged"
    return (time.process_time() - began) / len(found.history)


def compare_with_raster(sizes: list[int]) -> list[tuple[int, float, float, float]]:
    """Return size, errors as printed and averaged, and the raster's time over geomot's."""
    network = paper()
    problem = equilibrium_problem(network)

    def solve() -> np.ndarray:
        start = smoothed_start(problem)
        return solve_equilibrium(problem, *start, 1e-9, 30)[0].shares.masses

    exact, ours = solve(), seconds(solve)
    rows = []
    for size in sizes:
        began = time.process_time()
        averaged = raster_masses(network, size, 60, 0.9)
        spent = time.process_time() - began
        printed = raster_masses(network, size, 8, 0.0)
        errors = [float(np.abs(masses - exact).max()) for masses in (printed, averaged)]
        rows.append((size, *errors, spent / ours))
    return rows


def test_smoke() -> None:
    rows = compare_with_raster([100])
    assert rows[0][1] > 0.1  # as printed, one server ends with everything
    assert rows[0][2] < 0.2
    assert seconds_per_step(8) > 0.0


@pytest.mark.benchmark
def test_paper_takes_less_than_a_second() -> None:
    spent = seconds(lambda: geomot.solve(geomot.paper_scenario()), 5)
    print(f"\npaper scenario to 1e-9: {spent:.2f} s of process time")
    assert spent < 1.0


@pytest.mark.benchmark
@pytest.mark.skipif(not MELBOURNE.exists(), reason="the Melbourne data are not here")
def test_melbourne_takes_less_than_15_seconds() -> None:
    scenario = geomot.load_scenario(ROOT / "examples" / "melbourne.toml", servers=MELBOURNE)
    build_network(scenario)
    spent = seconds(lambda: geomot.solve(scenario), 1)
    print(f"\nMelbourne, 125 servers, to 1e-9: {spent:.1f} s of process time")
    assert spent < 15.0


@pytest.mark.benchmark
def test_a_newton_step_scales() -> None:
    counts = [8, 16, 32, 64, 128]
    spent = [seconds_per_step(count) for count in counts]
    record = ErrorRecord()
    for count, value in zip(counts, spent, strict=True):
        record.add(count, value)
    order = record.order()
    for count, value in zip(counts, spent, strict=True):
        print(f"\n{count:4d} servers: {value:.3f} s per Newton step", end="")
    print(f"\nobserved order {order:.2f}")
    assert order <= 1.2


@pytest.mark.benchmark
def test_raster_comparison() -> None:
    print("\ngrid   error as printed   error averaged   raster / geomot time")
    for size, printed, averaged, ratio in compare_with_raster([100, 200, 400, 800, 1600]):
        print(f"{size:4d}^2 {printed:14.2e} {averaged:16.2e} {ratio:18.1f}")
        assert averaged > 1e-9  # what geomot reaches
