"""Right solutions pass the checker, and each of many small changes is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import geomot
from geomot.errors import ScenarioError
from geomot.export import encode_summary, region_files
from geomot.scenario import Scenario
from geomot.verification import verify
from tests.scenario.spatial import spatial
from tests.verification.cases import DATA, checked, document, failures, solved

RESIDUALS = {"residual", "relative residual"}
METHODS = ["equilibrium", "snr", "fixed-point", "optimum"]


@pytest.mark.parametrize("method", METHODS)
def test_right_solutions_of_all_methods_pass(method: str, tmp_path: Path) -> None:
    claims = checked(tmp_path, *solved("paper", method))
    assert failures(claims) == set()
    assert all(claim.holds for claim in claims)
    sharp = [claim.sharp for claim in claims if claim.name.startswith("mass: sensors")]
    assert max(s for s in sharp if s is not None) < 1e-8


@pytest.mark.parametrize("name", ["hole", "regional", "free", "rough"])
def test_right_solutions_with_holes_and_with_whole_twins_pass(name: str, tmp_path: Path) -> None:
    claims = checked(tmp_path, *solved(name))
    assert failures(claims) == set()
    assert all(claim.holds for claim in claims)


def test_right_solution_in_space_passes_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    data = {**spatial(middle=35.0), "solver": {"tolerance": 1e-5}}
    solution = geomot.solve(Scenario(**data))
    (tmp_path / "solution.json").write_bytes(encode_summary(solution))
    for path, content in region_files(solution, tmp_path / "regions.vtu").items():
        path.write_bytes(content)
    claims = verify(tmp_path)
    assert failures(claims) == set()
    assert {"corners of a region's faces are ties", "volume of a region's faces"} <= {
        claim.name for claim in claims
    }
    held = json.loads((tmp_path / "solution.json").read_text())
    held["scenario"]["servers"][0]["position"][0] += 0.1
    found = failures(checked(tmp_path, held))
    assert {"mass: sensors in the region of eq. 14", "measure of the region"} <= found
    held["scenario"]["servers"][0]["position"][0] += 1.0
    (tmp_path / "solution.json").write_text(json.dumps(held))
    assert "corners of a region's faces are ties" in failures(verify(tmp_path))


def change(held: dict[str, Any], name: str) -> None:
    """Change one number of a document."""
    row = held["servers"][2]
    if name == "mass":
        row["mass"] += 1e-6
    elif name == "two masses":
        row["mass"] += 1e-6
        held["servers"][0]["mass"] -= 1e-6
    elif name == "weight":
        row["weight"] += 1e-6
    elif name == "all weights":  # the regions stay, their shares are no longer exp(weight)
        for each in held["servers"]:
            each["weight"] += 1e-6
    elif name == "position":
        held["scenario"]["servers"][2]["position"][1] += 1.0
    elif name == "average":
        held["average_sub_synchronization_time"] *= 1.0 + 1e-9
    elif name == "average and all times":
        held["average_sub_synchronization_time"] *= 1.0 + 1e-6
        for each in held["servers"]:
            each["sub_synchronization_time"] *= 1.0 + 1e-6
    elif name == "prices":
        row["prices"][1] *= 1.0 + 1e-6
    elif name == "balance":
        held["balance"] *= 1.0 + 1e-6
    elif name == "zone":
        held["scenario"]["zone"]["upper"][0] += 0.01
    elif name == "residual":
        held["residual"] += 1e-12
    else:
        row[name] *= 1.0 + 1e-6


GEOMETRY = "mass: sensors in the region of eq. 14"
CAUGHT = {
    "mass": {GEOMETRY, "mass: all sum to 1 (9g)", "eq. 14"},
    "two masses": {GEOMETRY},
    "weight": {GEOMETRY, "eq. 14: shares are exp(weight)"},
    "all weights": {"eq. 14: shares are exp(weight)"},
    "measure": {"measure of the region", "measures sum to the zone (9f)"},
    "render_compute": {"compute left is what twins leave", "compute left in the costs"},
    "rendering_time": {"compute left in the costs", GEOMETRY},
    "twin_compute": {"compute that twins take (eq. 8)", "compute left is what twins leave"},
    "twins": {"twins of each server", "twins: all are hosted (9d, 9e)"},
    "sub_synchronization_time": {
        "time of each server (eq. 5)",
        "average is the mean of the times (9a)",
    },
    "average": {"average is the mean of the times (9a)"},
    "average and all times": {"time of each server (eq. 5)"},
    "position": {GEOMETRY, "measure of the region"},
    "zone": {"measure of the zone"},
    "residual": {"residual"},
}


@pytest.mark.parametrize("name", CAUGHT)
def test_small_changes_of_an_equilibrium_are_found(name: str, tmp_path: Path) -> None:
    held = document("paper")
    change(held, name)
    assert CAUGHT[name] - {"eq. 14"} <= failures(checked(tmp_path, held))


@pytest.mark.parametrize("name", ["mass", "prices", "balance", "render_compute", "position"])
@pytest.mark.slow
def test_small_changes_of_an_optimum_are_found(name: str, tmp_path: Path) -> None:
    held = document("paper", "optimum")
    change(held, name)
    assert failures(checked(tmp_path, held)) - RESIDUALS


@pytest.mark.parametrize("name", ["regional", "free"])
def test_twin_at_another_host_is_found(name: str, tmp_path: Path) -> None:
    held = document(name)
    twin = held["twins"][4]
    twin["host"] = next(row["name"] for row in held["servers"] if row["name"] != twin["host"])
    twin["shares"] = {twin["host"]: 1.0}
    found = failures(checked(tmp_path, held))
    assert {"twins of each server", "compute that twins take (eq. 8)"} <= found
    assert ("twins are hosted where they stand" in found) == (name == "regional")


@pytest.mark.parametrize("name", ["paper", "hole"])
def test_moved_vertices_and_swapped_regions_are_found(name: str, tmp_path: Path) -> None:
    held, regions = solved(name)
    moved = json.loads(regions)
    rings = moved["features"][0]["geometry"]["coordinates"]
    ring = rings[0] if moved["features"][0]["geometry"]["type"] == "Polygon" else rings[0][0]
    ends = np.array(ring)
    inner = np.flatnonzero((np.abs(ends - 1000.0) < 990.0).all(axis=1))
    inner = inner[(inner > 0) & (inner < len(ring) - 1)]
    ring[inner[len(inner) // 2]][0] += 2.0
    found = failures(checked(tmp_path, held, json.dumps(moved)))
    assert "vertices of a region are ties or on the zone" in found
    swapped = json.loads(regions)
    one, other = swapped["features"][:2]
    one["geometry"], other["geometry"] = other["geometry"], one["geometry"]
    found = failures(checked(tmp_path, held, json.dumps(swapped)))
    assert {"points of a region are its own (eq. 14)", "area of a region"} <= found


def test_region_left_out_does_not_cover_the_zone(tmp_path: Path) -> None:
    held, regions = solved("paper")
    less = json.loads(regions)
    less["features"][1]["geometry"]["coordinates"] = []
    found = failures(checked(tmp_path, held, json.dumps(less)))
    assert "points of the zone are in one region each (9f, 9g)" in found


def test_file_without_a_scenario_is_not_checked(tmp_path: Path) -> None:
    (claim,) = checked(tmp_path, {**document("paper"), "scenario": None})
    assert claim.holds is None
    assert claim.note == "the file holds no scenario"


def test_density_of_a_file_that_has_changed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "people.npy"
    np.save(file, [[1.0, 2.0], [3.0, 4.0]])
    data = DATA["paper"]()
    box = {"lower": [0, 0], "upper": [2000, 2000]}
    data["sensors"]["density"] = {"kind": "grid", "file": str(file), **box}
    data["twins"] = None
    (tmp_path / "solution.json").write_bytes(encode_summary(geomot.solve(Scenario(**data), "snr")))
    assert failures(verify(tmp_path)) == set()
    np.save(file, [[1.0, 2.0], [3.0, 4.5]])
    with pytest.raises(ScenarioError, match=r"people.npy' has the SHA-256 checksum"):
        verify(tmp_path)
