"""What the bench would not notice it could not rule out: it is shown one failure of each sort."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import shapely

from tests.torture import costs, toml
from tests.torture.cases import Case, read_case
from tests.torture.command import run as run_command
from tests.torture.kinds import KINDS, USUAL, broken
from tests.torture.partition import partition_problem, require_conserved
from tests.torture.scanlines import Scene, scanned, scanned_twice
from tests.torture.store import Store
from tests.torture.table import table
from tests.torture.verdicts import FAILURES, Outcome, Verdict, WrongError, require
from tests.torture.workers import run

SMALL = {  # a quick case of each kind
    "damaged file": 9,
    "planar diagram": 1,
    "planar scenario": 6,
    "kill": 2,
    "hostile title": 1,
    "planar power diagram": 0,
    "spatial power diagram": 0,
    "spatial diagram": 1,
    "transport": 0,
    "congestion": 0,
    "lloyd": 0,
    "sensitivity": 0,
    "slots": 1,
}
SLOW = {"Dask cluster": 0, "spatial scenario": 9}
EXPECTED = {
    "hang": Verdict.HANG,
    "wrong": Verdict.WRONG,
    "traceback": Verdict.INTERNAL,
    "death": Verdict.INTERNAL,
    "leftover": Verdict.LEFTOVER,
    "refused": Verdict.REFUSED,
    "unsolved": Verdict.UNSOLVED,
}


def test_each_failure_is_noticed_and_what_is_right_is_not_one(tmp_path: Path) -> None:
    wrong = [Case(broken.BROKEN.name, 0, k, {"way": way}) for k, way in enumerate(EXPECTED)]
    small = [Case(kind, 0, number) for kind, number in SMALL.items()]
    store = Store(tmp_path)
    results = [store.add(*found) for found in run(iter(wrong + small), 1)]
    verdicts = dict(zip(EXPECTED, results, strict=False))
    assert {way: result.verdict for way, result in verdicts.items()} == EXPECTED
    assert [result.detail for result in results[len(wrong) :] if result.failed] == []
    assert "scanlines" in verdicts["wrong"].detail
    kept = sorted(path.name for path in store.found.iterdir())
    assert len(kept) == sum(verdict in FAILURES for verdict in EXPECTED.values())
    assert read_case(store.found / kept[0]).data == {"way": "hang"}
    assert store.following(0)["kill"] == SMALL["kill"] + 1
    last = table(store.results()).splitlines()[-1]
    assert last.startswith(f"| all | {len(results)} |")


def test_every_kind_has_a_small_case() -> None:
    assert {*SMALL, *SLOW} == set(USUAL)


@pytest.mark.slow
def test_slow_kinds_are_right() -> None:
    cases = (Case(kind, 0, number) for kind, number in SLOW.items())
    assert [outcome.verdict for _, outcome in run(cases, 1)] == [Verdict.RIGHT] * len(SLOW)


def test_the_same_seed_draws_the_same_case() -> None:
    kind = KINDS["planar scenario"]
    one, other = (Case(kind.name, 5, 7).drawn(kind).data for _ in range(2))
    assert one == other != Case(kind.name, 6, 7).drawn(kind).data
    assert json.loads(json.dumps(one)) == one


def test_a_store_adds_up(tmp_path: Path) -> None:
    for number in range(2):
        Store(tmp_path).add(Case("kill", 3, number), Outcome(Verdict.RIGHT, "", 0.5))
    assert Store(tmp_path).following(3)["kill"] == 2
    assert Store(tmp_path).following(4)["kill"] == 0
    assert [result.number for result in Store(tmp_path).results()] == [0, 1]


TOP = 0.5 + 2.0 / 3.0  # of Apollonius' disk of radius 2/3


@pytest.mark.parametrize(
    ("places", "size"),
    [
        (broken.DIAGRAM["costs"]["sites"], 0.5),
        ([[0.5, TOP - 1e-4]], 1.0),  # where a panel begins whose first line is above the disk
    ],
)
def test_scanlines_measure_a_disk(places: list[list[float]], size: float) -> None:
    numbers = {**broken.DIAGRAM["costs"], "exponent": 1.0, "factor": [2.0, 1.0]}
    scene = Scene(
        shapely.box(-1.0, -2.0, 2.0, 3.0),
        costs.values(numbers),
        lambda points, labels: np.ones((len(points), 1)),
        2,
        1,
        np.array(places),
        np.full(len(places), size),
        np.empty((0, 2, 2)),
    )
    area = np.pi * (2.0 / 3.0) ** 2  # Apollonius' disk
    for found in (scanned(scene, 1e-12), scanned_twice(scene, 1500, 100)):
        assert abs(found.values[0, 0] - area) < found.errors[0, 0] < 1e-8


@cache
def town() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a small scenario and its solution."""
    bell = {"kind": "gaussian", "mean": [40.0, 30.0], "std": 30.0}
    scenario = {
        "zone": {"kind": "box", "lower": [0.0, 0.0], "upper": [100.0, 80.0]},
        "sensors": {"count": 1000, "power": 1e-3, "data_density": 50.0, "unit_volume": 0.01}
        | {"slot": 1e-3, "complexity": 5000.0, "density": bell},
        "channel": {"exponent": 3.0, "reference_loss": 25.8, "reference_distance": 1.0}
        | {"noise_density": -170.0},
        "servers": [
            {"name": "north", "position": [30.0, 60.0], "compute": 8e9, "bandwidth": 1e7},
            {"name": "south", "position": [60.0, 20.0], "compute": 1.6e10, "bandwidth": 2e7},
        ],
        "twins": {"count": 5, "data": 23.0, "bandwidth": 1e6, "complexity": 1e4}
        | {"density": {"kind": "uniform"}}
        | {"classes": [{"share": 1.0, "intensity": 100.0, "power": 0.2}]},
        "solver": {"tolerance": 1e-7},
    }
    with TemporaryDirectory() as folder:
        done = run_command("solve", toml.written(Path(folder), scenario, {}), "--json")
    return scenario, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("key", "share", "said"),
    [
        ("mass", 1e-4, "masses sum"),
        ("measure", 1e-4, "measures sum"),
        ("render_compute", -1e-4, "mass of server"),
    ],
)
def test_a_wrong_number_of_a_solution_is_noticed(key: str, share: float, said: str) -> None:
    scenario, solution = town()
    require_conserved(solution, scenario)
    spoiled = deepcopy(solution)
    spoiled["servers"][0][key] *= 1.0 + share
    with pytest.raises(WrongError, match=said):
        require_conserved(spoiled, scenario)
        require(False, partition_problem(spoiled, scenario))


def test_masses_that_are_handed_over_and_a_wrong_average_are_noticed() -> None:
    scenario, solution = town()
    moved = deepcopy(solution)
    for server, sign in zip(moved["servers"], (1.0, -1.0), strict=True):
        server["mass"] += sign * 1e-5
    assert "mass of server" in partition_problem(moved, scenario)
    assert partition_problem(solution, scenario) == ""
    slow = solution | {
        "average_sub_synchronization_time": 1.00001 * solution["average_sub_synchronization_time"]
    }
    assert "average time" in partition_problem(slow, scenario)
