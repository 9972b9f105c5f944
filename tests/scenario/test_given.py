"""Densities from files in scenarios: read, solved, and refused with their key path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import geomot
from geomot.errors import ScenarioError
from geomot.scenario.load import scenario_from_data
from tests.scenario.valid import valid

ASC = "ncols 2\nnrows 2\nxllcenter 25\nyllcorner 0\ncellsize 50\nNODATA_value -9\n1 2\n-9 4\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.save(tmp_path / "r.npy", [[0.0, 1.0], [4.0, 2.0]])
    (tmp_path / "r.csv").write_text("1,2\n0,4\n")
    (tmp_path / "ragged.csv").write_text("1,2\n0\n")
    (tmp_path / "r.asc").write_text(ASC)
    (tmp_path / "short.asc").write_text("ncols 2\n1 2\n")
    (tmp_path / "few.asc").write_text(ASC[:-2])
    (tmp_path / "p.csv").write_text("x,y,weight\n20,30,1\n70,80,2\n")
    (tmp_path / "words.csv").write_text("x,y\n20,far\n")
    square = {"vertices": [[0, 0], [100, 0], [100, 100], [0, 100]], "simplices": [[0, 1, 2], [0, 2, 3]]}
    np.savez(tmp_path / "m.npz", **square, values=[1.0, 2.0, 3.0, 2.0])
    np.savez(tmp_path / "bare.npz", **square)
    return tmp_path


def scenario(folder: Path, density: dict[str, Any]) -> geomot.Scenario:
    data = valid()
    data["sensors"]["density"] = density
    return scenario_from_data(data, folder)


BOX = {"lower": [0, 0], "upper": [100, 100], "interpolation": "constant"}


def test_three_formats_hold_the_same_raster(folder: Path) -> None:
    points = np.array([[25.0, 25.0], [75.0, 25.0], [25.0, 75.0], [75.0, 75.0]])
    constant = {"kind": "grid", "file": "r.asc", "interpolation": "constant"}
    for density in (
        constant,
        {"kind": "grid", "file": "r.npy", **BOX},
        {"kind": "grid", "file": "r.csv", **BOX},
    ):
        built = scenario(folder, density).sensors.density.build()  # type: ignore[union-attr]
        assert built.values(points).tolist() == [0.0, 4.0, 1.0, 2.0]


@pytest.mark.parametrize(
    "density",
    [
        {"kind": "grid", "file": "r.npy", **BOX},
        {"kind": "points", "file": "p.csv", "std": 12, "truncation": 4},
        {"kind": "mesh", "file": "m.npz"},
    ],
)
def test_solved(folder: Path, density: dict[str, Any]) -> None:
    solution = geomot.solve(scenario(folder, density))
    assert solution.status == "converged"
    assert sum(server.mass for server in solution.servers) == pytest.approx(1.0, abs=1e-9)
    with pytest.raises(ScenarioError, match=r"sensors.density: has no smooth logarithm"):
        geomot.solve(scenario(folder, density), "optimum")


@pytest.mark.parametrize(
    ("density", "match"),
    [
        ({"kind": "grid", "file": "r.npy"}, "density.file: '.*' has no place of its own; give lower"),
        ({"kind": "grid", "file": "r.asc", "lower": [0, 0]}, "has its own place, and lower or upper"),
        ({"kind": "grid", "file": "no.npy", **BOX}, "density.file: '.*' cannot be read: No such file"),
        ({"kind": "grid", "file": "r.tif", **BOX}, "not a raster that can be read; expected"),
        ({"kind": "grid", "file": "ragged.csv", **BOX}, "2 rows of .* not all equally many"),
        (
            {"kind": "grid", "file": "short.asc"},
            "its header lacks nrows, cellsize, xllcorner, yllcorner",
        ),
        ({"kind": "grid", "file": "few.asc"}, "it has 3 numbers; its header says 2 x 2"),
        ({"kind": "points", "file": "words.csv", "std": 1}, "y is 'far' on line 2 of words.csv"),
        (
            {"kind": "points", "file": "p.csv", "std": 1, "truncation": 1},
            "truncation: is 1; expected a number",
        ),
        ({"kind": "mesh", "file": "bare.npz"}, "is not a mesh: .* expected the arrays vertices"),
        ({"kind": "mesh", "file": "p.csv"}, "is not a mesh that meshlane can read"),
        ({"kind": "mesh", "file": "no.vtu"}, "cannot be read: No such file"),
        ({"kind": "mesh", "file": "m.npz", "field": "heat"}, "field is 'heat', but .* leave field out"),
    ],
)
def test_refused(folder: Path, density: dict[str, Any], match: str) -> None:
    with pytest.raises(ScenarioError, match=match):
        scenario(folder, density)
