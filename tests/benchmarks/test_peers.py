"""Side by side with other packages: ``pytest -n 0 -m benchmark -s tests/benchmarks/test_peers.py``.

Medians of several runs, wall and process time; runs of all packages take turns, so that what else the
machine does meets all of them.  Peers come with the extra `bench`; those not installed are left out.
"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from geomot.kernels.simplices import Floats
from tests.benchmarks.peers import PEERS, installed

ALLOWED = {(2, 10**4): 2.0, (3, 10**4): 6.0}  # seconds
SLOW = {"pyvoro, no weights": 3000, "pyvoro2": 30_000}  # planar sites beyond which it is left out
MEASURED_ONLY = {"pyvoro, no weights", "scipy's hull, dual alone"}  # not the same diagram


def compare(d: int, count: int, runs: int) -> dict[str, tuple[float, float]]:
    """Return the medians of wall and process time of each package, and check that all agree."""
    rng = np.random.default_rng(1)
    sites, weights = rng.random((count, d)), rng.random(count) * count ** (-2.0 / d)
    present = [
        name
        for name, (module, _) in PEERS.items()
        if installed(module) and not (d == 2 and count > SLOW.get(name, count))
    ]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in present}
    expected: Floats | None = None
    for turn in range(runs + 1):
        for name in present:
            began = time.perf_counter(), time.process_time()
            measures = PEERS[name][1](sites, weights)
            if turn:  # the first run compiles and loads
                times[name].append((time.perf_counter() - began[0], time.process_time() - began[1]))
            elif name == "geomot":
                expected = measures
            elif name not in MEASURED_ONLY:
                np.testing.assert_allclose(measures, expected, rtol=0.0, atol=1e-6)
    medians = {name: np.median(rows, axis=0) for name, rows in times.items()}
    return {name: (float(wall), float(used)) for name, (wall, used) in medians.items()}


def show(d: int, count: int, medians: dict[str, tuple[float, float]]) -> None:
    """Print a table, and the ratio to the fastest peer that has the same diagram."""
    same = {name: wall for name, (wall, _) in medians.items() if name not in MEASURED_ONLY}
    print(f"\n{d}D, {count} sites{'':18} wall [s]  process [s]")
    for name, (wall, used) in medians.items():
        print(f"  {name:28} {wall:9.3f} {used:12.3f}")
    peers = {name: wall for name, wall in same.items() if name != "geomot"}
    if peers:
        fastest = min(peers, key=lambda name: peers[name])
        print(f"  ratio to the fastest peer, {fastest}: {same['geomot'] / peers[fastest]:.1f}")


def test_smoke() -> None:
    medians = compare(3, 40, 1)
    assert set(medians) >= {"geomot", "scipy's hull, dual alone"}
    show(3, 40, medians)


@pytest.mark.benchmark
@pytest.mark.parametrize(("d", "count"), [(2, 10**3), (2, 10**4), (2, 10**5), (3, 10**3), (3, 10**4)])
def test_power_diagrams(d: int, count: int) -> None:
    medians = compare(d, count, 5 if count < 10**4 else 3 if count < 10**5 else 1)
    show(d, count, medians)
    # process time: the bound is that of a machine that does nothing else
    assert medians["geomot"][1] < ALLOWED.get((d, count), np.inf)


MEMORY = """
import numpy as np
from geomot import Zone, power_diagram
rng = np.random.default_rng(1)
sites, weights = rng.random(({count}, {d})), rng.random({count}) * {count} ** (-2.0 / {d})
cells = power_diagram(sites, weights, Zone.box([0.0] * {d}, [1.0] * {d}))
assert abs(cells.measures.sum() - 1.0) < 1e-12
assert len(cells.facets.cells) > {count}
with open("/proc/self/status") as status:  # getrusage would count the process that started this one
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.benchmark
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak from /proc")
@pytest.mark.parametrize(("d", "count"), [(2, 10**5), (3, 10**4)])
def test_memory(d: int, count: int) -> None:
    code = MEMORY.format(d=d, count=count)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak = int(done.stdout) / 1024.0
    print(f"\n{d}D, {count} sites: {peak:.0f} MB at most")
    assert peak < 1024.0
