"""Objects that travel: pickled between processes, shared between threads."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from threading import Barrier
from typing import Any

import numpy as np
import pytest

import geomot
from geomot import Zone, distance_costs, gaussian, minimization_diagram, mixture, power_diagram
from geomot.export import FORMATS, SOLID_FORMATS, region_files
from tests.export.solutions import solved_u_shape, u_shape
from tests.export.spatial import hall as solved_hall

RNG = np.random.default_rng(5)
FLAT, SOLID = Zone.box([0, 0], [2, 1]), Zone.box([0, 0, 0], [1, 1, 1])
SITES, HEIGHTS = RNG.uniform(0, 1, (12, 2)), RNG.uniform(0, 1, (12, 3))
BELL = gaussian([1.0, 0.5], 0.3)
THREADS = 4


def flat_power() -> geomot.PowerDiagram:
    return power_diagram(SITES, 0.01 * SITES[:, 0], FLAT)


def solid_power() -> geomot.PowerDiagram:
    return power_diagram(HEIGHTS, np.zeros(12), SOLID)


def weighted() -> geomot.MinimizationDiagram:
    return minimization_diagram(distance_costs(SITES, factor=1.0 + SITES[:, 0]), FLAT, 1e-7)


def bits(value: Any) -> bytes:
    """Return all bits of arrays and numbers."""
    parts = value if isinstance(value, tuple) else (value,)
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def of_power(cells: geomot.PowerDiagram) -> bytes:
    facets = cells.facets
    masses = cells.integrate(geomot.Uniform())
    return bits((cells.measures, cells.second_moments, facets.measures, masses.values))


def of_diagram(diagram: geomot.MinimizationDiagram) -> bytes:
    polygons = [region.polygon.wkb for region in diagram.polygons(1e-3)]
    masses = diagram.integrate(BELL)
    return bits((diagram.measures, masses.values, masses.errors)) + b"".join(polygons)


def of_zone(zone: Zone) -> bytes:
    return bits((zone.measure, *zone.bounds, zone.triangulation.simplices, zone.contains(SITES)))


def of_solution(solution: geomot.Solution) -> bytes:
    regions = b"".join(region.polygon.wkb for region in solution.regions)
    return repr(solution.as_dict()).encode() + regions


def of_values(thing: Any) -> bytes:
    return bits(thing.values(SITES) if isinstance(thing, geomot.Density) else ()) or (
        bits(thing.values(SITES[:, None], np.arange(12)))
    )


CASES: dict[str, tuple[Callable[[], Any], Callable[[Any], bytes]]] = {
    "zone": (lambda: Zone.polygon([(0, 0), (2, 0), (0, 1)]), of_zone),
    "power": (flat_power, of_power),
    "solid power": (solid_power, of_power),
    "diagram": (weighted, of_diagram),
    "gaussian": (lambda: BELL, of_values),
    "mixture": (lambda: mixture([1, 2], [[0, 0], [1, 1]], [0.2, [0.1, 0.3]]), of_values),
    "costs": (lambda: distance_costs(SITES, factor=1.0 + SITES[:, 0], exponent=3.0), of_values),
    "scenario": (u_shape, lambda scenario: repr(scenario).encode()),
    "solution": (solved_u_shape, of_solution),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("used", [False, True], ids=["fresh", "used"])
def test_pickles_have_equal_results(case: str, used: bool) -> None:
    make, results = CASES[case]
    thing = make()
    expected = results(make())
    if used:  # what is cached travels too
        assert results(thing) == expected
    assert results(pickle.loads(pickle.dumps(thing))) == expected


@pytest.mark.parametrize("case", CASES)
def test_threads_that_share_an_object_get_the_bits_of_one(case: str) -> None:
    make, results = CASES[case]
    expected = results(make())
    thing, together = pickle.loads(pickle.dumps(make())), Barrier(THREADS)

    def ask() -> bytes:
        together.wait()
        return results(thing)

    with ThreadPoolExecutor(THREADS) as pool:
        found = [pool.submit(ask) for _ in range(THREADS)]
        assert {future.result() for future in found} == {expected}


def test_threads_with_objects_of_their_own_get_the_bits_of_one() -> None:
    jobs = [CASES[name] for name in ("power", "diagram", "solid power", "zone")] * 2
    expected = [results(make()) for make, results in jobs]
    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(lambda job: job[1](job[0]()), jobs)) == expected


@pytest.mark.parametrize(
    "suffix",
    [
        *FORMATS,
        ".glb",
        *(pytest.param(s, marks=pytest.mark.slow) for s in SOLID_FORMATS if s != ".glb"),
    ],
)
def test_exporters_in_threads_write_the_bytes_of_one(suffix: str) -> None:
    make = solved_hall if suffix in SOLID_FORMATS else solved_u_shape
    tolerance = 2.0 if suffix in SOLID_FORMATS else 0.1
    solution, together = make(), Barrier(THREADS)

    def write() -> list[bytes]:
        return list(region_files(solution, f"regions{suffix}", tolerance=tolerance).values())

    def ask() -> list[bytes]:
        together.wait()
        return write()

    expected = write()
    with ThreadPoolExecutor(THREADS) as pool:
        found = [pool.submit(ask) for _ in range(THREADS)]
        assert [future.result() for future in found] == [expected] * THREADS


def test_types_are_published() -> None:
    assert (files("geomot") / "py.typed").is_file()
