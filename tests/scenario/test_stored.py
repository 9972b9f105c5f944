"""A scenario by value in `solution.json`: read back, it is the same to the last bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import geomot
from geomot.export import encode_summary, read_summary, summary_problems
from geomot.scenario import Scenario
from geomot.scenario.load import scenario_from_data
from geomot.scenario.stored import scenario_document, scenario_from_document
from tests.scenario.spatial import EXTRUSION, spatial
from tests.scenario.valid import ABSENT, spoiled, valid


def read_back(scenario: Scenario) -> Scenario:
    return scenario_from_document(json.loads(json.dumps(scenario_document(scenario))))


def with_grid(folder: Path) -> Scenario:
    np.save(folder / "r.npy", [[0.1, 1.0], [4.0, 2.0]])
    data = spoiled((("twins",), ABSENT), (("solver",), {"tolerance": 1e-4}))
    data["sensors"]["density"] = {"kind": "grid", "file": "r.npy", "lower": [0, 0], "upper": [99, 100]}
    return scenario_from_data(data, folder)


def with_tables(folder: Path) -> Scenario:
    (folder / "s.csv").write_text("name,x,y,compute,bandwidth\na,20.1,30,8e9,1e7\nb,70,80,7e9,1e7\n")
    (folder / "t.csv").write_text("x,y,class\n20,33.3,0\n80,80,1\n")
    twins = {k: v for k, v in valid()["twins"].items() if k not in ("count", "density")}
    changes = (("servers",), {"file": "s.csv"}), (("twins",), {**twins, "file": "t.csv"})
    return scenario_from_data(spoiled(*changes, (("solver",), {"tolerance": 1e-4})), folder)


@pytest.mark.parametrize("make", [with_grid, with_tables])
def test_scenario_read_back_has_the_same_solution_to_the_last_bit(make: Any, tmp_path: Path) -> None:
    scenario = make(tmp_path)
    again = read_back(scenario)
    assert again == scenario
    found, expected = (geomot.solve(each).as_dict() for each in (again, scenario))
    del found["seconds"], expected["seconds"]
    assert json.dumps(found) == json.dumps(expected)


def test_scenarios_in_space_and_in_degrees_are_read_back() -> None:
    ring = [(144.951, -37.821), (144.975, -37.821), (144.975, -37.807)]
    data = spoiled(
        (("zone",), {"kind": "polygon", "crs": "EPSG:4326", "vertices": ring}),
        (("sensors", "density"), {"kind": "uniform"}),
        (("servers",), [{**valid()["servers"][0], "position": [144.97, -37.812]}]),
        (("twins",), ABSENT),
    )
    for scenario in (Scenario(**spatial(zone=EXTRUSION)), scenario_from_data(data, Path())):
        assert read_back(scenario) == scenario


def test_changed_and_missing_files_are_refused_by_name(tmp_path: Path) -> None:
    scenario = with_grid(tmp_path)
    document = scenario_document(scenario)
    assert document is not None
    np.save(tmp_path / "r.npy", [[0.1, 1.0], [4.0, 2.1]])
    with pytest.raises(geomot.ScenarioError, match=r"sensors.density.file: .*r.npy' has the SHA"):
        scenario_from_document(document)
    (tmp_path / "r.npy").unlink()
    with pytest.raises(geomot.ScenarioError, match=r"r.npy' cannot be read: No such file"):
        scenario_from_document(document)
    assert scenario_document(scenario) is None
    assert document["sensors"]["density"]["sha256"]  # left as it was


def test_solution_has_what_defines_its_regions(tmp_path: Path) -> None:
    """The cost of a point from the file's own numbers is that of the engine, to rounding."""
    solution = geomot.solve(with_tables(tmp_path))
    held = read_summary(encode_summary(solution))
    assert summary_problems(held) == []
    assert [(row["region"], row["prices"]) for row in held["servers"]] == [("a", None), ("b", None)]
    assert [twin["host"] for twin in held["twins"]] == ["a", "b"]
    assert [twin["shares"] for twin in held["twins"]] == [{"a": 1.0}, {"b": 1.0}]
    peak = 1e-3 * 10.0 ** (17.0 + 3.0 - 2.58)  # power, noise of -170 dBm/Hz and loss of 25.8 dB
    for b, row in enumerate(held["servers"]):
        square = ((np.array([50.0, 60.0]) - solution.scenario.servers[b].position) ** 2).sum()
        bits = 1e7 * np.log2(1.0 + peak / 1e7 * (square + 1.0) ** -1.5)
        cost = np.log(1.0 / bits + row["rendering_time"]) + row["weight"]
        assert cost == pytest.approx(
            float(solution.diagram.costs.values(np.array([50.0, 60.0]), np.array(b))), abs=1e-13
        )
