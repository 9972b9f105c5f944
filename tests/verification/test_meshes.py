"""Densities of meshes along lines, against their values at points."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import geomot
from geomot.export import encode_summary
from geomot.scenario import Scenario
from geomot.verification import verify
from geomot.verification.meshes import Mesh, held
from tests.scenario.spatial import spatial
from tests.verification.cases import failures

RNG = np.random.default_rng(3)
TETRAHEDRA = [(0, 1, 3, 7), (0, 1, 5, 7), (0, 2, 3, 7), (0, 2, 6, 7), (0, 4, 5, 7), (0, 4, 6, 7)]


def cubes(per_axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices and tetrahedra of the unit cube, six to each small cube; none is upright."""
    steps = np.linspace(0.0, 1.0, per_axis + 1)
    vertices = np.array(list(product(steps, repeat=3)))
    number = np.arange(len(vertices)).reshape((per_axis + 1,) * 3)
    parts = [
        number[i : i + 2, j : j + 2, k : k + 2].reshape(-1)[np.array(TETRAHEDRA)]
        for i, j, k in product(range(per_axis), repeat=3)
    ]
    lean = np.array([[1.0, 0.2, 0.1], [0.1, 1.0, 0.3], [0.2, 0.1, 1.0]])
    return vertices @ lean, np.concatenate(parts)


@pytest.mark.parametrize("dimension", [2, 3])
def test_values_along_lines_are_those_at_points(dimension: int) -> None:
    vertices, simplices = cubes(3)
    if dimension == 2:
        vertices = np.array([[0.0, 0.0], [1.0, 0.1], [0.8, 1.0], [0.1, 0.9], [0.5, 0.4]])
        simplices = np.array([[k, (k + 1) % 4, 4] for k in range(4)])
    mesh = Mesh(vertices[simplices], RNG.random(len(vertices))[simplices])
    low, high = vertices.min(axis=0) - 0.1, vertices.max(axis=0) + 0.1
    points = low + (high - low) * RNG.random((4000, dimension))
    crossed = mesh.crossed(points[:, 1:])
    simplex = held(np.arange(len(points)), points[:, 0], crossed)
    known = mesh.values(points)
    assert 0.1 < (known > 0.0).mean() < 0.9
    np.testing.assert_allclose(mesh.linear(simplex, points), known, rtol=0.0, atol=1e-12)


def test_lines_beside_a_mesh_meet_none_of_it() -> None:
    vertices, simplices = cubes(1)
    mesh = Mesh(vertices[simplices], np.ones(simplices.shape))
    crossed = mesh.crossed(np.array([[9.0, 9.0]]))
    assert held(np.array([0]), np.array([0.5]), crossed).tolist() == [-1]


@pytest.mark.slow
def test_solution_with_a_mesh_in_space_is_verified_along_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vertices, simplices = cubes(2)
    file = tmp_path / "density.npz"
    np.savez(
        file,
        vertices=vertices * [60.0, 40.0, 20.0],
        simplices=simplices,
        values=1.0 + RNG.random(len(vertices)),
    )
    data = spatial(solver={"tolerance": 1e-3})
    data["sensors"]["density"] = {"kind": "mesh", "file": str(file)}
    del data["twins"]
    solution = geomot.solve(Scenario(**data))
    (tmp_path / "solution.json").write_bytes(encode_summary(solution))

    def searched(mesh: Mesh, points: np.ndarray) -> np.ndarray:
        raise AssertionError("simplices along a line are known")

    monkeypatch.setattr(Mesh, "values", searched)
    assert failures(verify(tmp_path / "solution.json")) == set()
    changed = json.loads((tmp_path / "solution.json").read_text())
    for row, sign in zip(changed["servers"], (1.0, -1.0), strict=True):
        row["mass"] += sign * 5e-3
    (tmp_path / "solution.json").write_text(json.dumps(changed))
    found = failures(verify(tmp_path / "solution.json"))
    assert "mass: sensors in the region of eq. 14" in found
