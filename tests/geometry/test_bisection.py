"""Conforming bisection, in the plane and in space."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.geometry import Mesh, Refinement, bisect
from geomot.kernels.simplices import measures
from tests.geometry.meshes import (
    KUHN_SQUARE,
    REGULAR_TETRAHEDRON,
    STARTS,
    boundary_measure,
    facets,
    shape,
    smallest_angle,
)

ROUNDS = {2: 30, 3: 12}


def some(mesh: Mesh, rng: np.random.Generator) -> np.ndarray:
    """Mark the simplices near a random point, at most a few."""
    at = mesh.corners[rng.integers(len(mesh.simplices))].mean(axis=0)
    distance = np.linalg.norm(mesh.corners.mean(axis=1) - at, axis=1)
    marked = np.zeros(len(distance), dtype=bool)
    marked[np.argsort(distance)[: rng.integers(1, 9)]] = True
    return marked


def check_step(coarse: Mesh, marked: np.ndarray, step: Refinement) -> None:
    fine = step.mesh
    old = len(coarse.vertices)
    assert np.array_equal(fine.vertices[:old], coarse.vertices)
    assert len(np.unique(fine.vertices, axis=0)) == len(fine.vertices)
    assert (np.diff(np.sort(fine.simplices, axis=1), axis=1) > 0).all()
    # measure: each child lies in its parent and together they fill it
    inside = np.bincount(step.parents, measures(fine.corners), minlength=len(coarse.simplices))
    np.testing.assert_allclose(inside, measures(coarse.corners), rtol=1e-13)
    # every vertex of a child is a vertex of the parent or the midpoint of vertices in its hull
    parents = coarse.corners[step.parents]
    shares = np.linalg.solve(
        np.swapaxes(parents[:, 1:] - parents[:, :1], 1, 2)[:, None],
        (fine.corners - parents[:, :1])[..., None],
    )[..., 0]
    assert (shares >= -1e-12).all() and (shares.sum(axis=2) <= 1.0 + 1e-12).all()
    children = np.bincount(step.parents, minlength=len(coarse.simplices))
    assert (children[marked] >= 2).all()
    assert np.array_equal(children[step.parents] > 1, step.fresh)
    kept = ~step.fresh
    assert np.array_equal(fine.simplices[kept], coarse.simplices[step.parents[kept]])


def check_conforming(mesh: Mesh, boundary: float) -> None:
    count = facets(mesh)
    assert set(count.values()) <= {1, 2}
    # a hanging vertex would leave facets in the interior that one simplex alone has
    assert boundary_measure(mesh) == pytest.approx(boundary, rel=1e-12)


@pytest.mark.parametrize("name", STARTS)
def test_random_local_marking(name: str) -> None:
    rng = np.random.default_rng(3)
    mesh = STARTS[name]
    boundary, total = boundary_measure(mesh), measures(mesh.corners).sum()
    angle, quality = smallest_angle(mesh), shape(mesh)
    for _ in range(ROUNDS[mesh.dimension]):
        marked = some(mesh, rng)
        step = bisect(mesh, marked)
        check_step(mesh, marked, step)
        mesh = step.mesh
        check_conforming(mesh, boundary)
    assert measures(mesh.corners).sum() == pytest.approx(total, rel=1e-13)
    if mesh.dimension == 2:
        # Rosenberg and Stenger (1975): longest-edge bisection never halves the smallest angle twice
        assert smallest_angle(mesh) >= 0.5 * angle * (1.0 - 1e-12)
    else:
        assert shape(mesh) >= 0.05 * quality


@pytest.mark.parametrize("name", ["square", "polygon"])
def test_thirty_rounds_at_one_point_stay_local(name: str) -> None:
    mesh = STARTS[name]
    angle, boundary = smallest_angle(mesh), boundary_measure(mesh)
    at = np.array([0.3141592653589793, 0.2718281828459045])
    for _ in range(30):
        distance = np.linalg.norm(mesh.corners.mean(axis=1) - at, axis=1)
        mesh = bisect(mesh, distance == distance.min()).mesh
    check_conforming(mesh, boundary)
    assert len(mesh.simplices) < 500
    assert smallest_angle(mesh) >= 0.5 * angle * (1.0 - 1e-12)
    assert measures(mesh.corners).min() < 1e-6


@pytest.mark.parametrize(("mesh", "rounds"), [(KUHN_SQUARE, 8), (REGULAR_TETRAHEDRON, 9)])
def test_marking_all_doubles_at_least(mesh: Mesh, rounds: int) -> None:
    boundary = boundary_measure(mesh)
    for _ in range(rounds):
        before = len(mesh.simplices)
        mesh = bisect(mesh, np.ones(before, dtype=bool)).mesh
        assert len(mesh.simplices) >= 2 * before
    check_conforming(mesh, boundary)


def test_marking_none_changes_nothing() -> None:
    step = bisect(KUHN_SQUARE, np.zeros(2, dtype=bool))
    assert np.array_equal(step.mesh.vertices, KUHN_SQUARE.vertices)
    assert np.array_equal(step.mesh.simplices, KUHN_SQUARE.simplices)
    assert not step.fresh.any()


def test_needles_are_cut_across() -> None:
    mesh = Mesh(np.array([[0.0, 0.0], [1000.0, 0.0], [500.0, 1.0]]), np.array([[0, 1, 2]]))
    mesh = bisect(mesh, np.array([True])).mesh
    np.testing.assert_array_equal(mesh.vertices[3], [500.0, 0.0])


def test_runs_are_identical() -> None:
    meshes = []
    for _ in range(2):
        rng, mesh = np.random.default_rng(11), STARTS["box 3d"]
        for _ in range(5):
            mesh = bisect(mesh, some(mesh, rng)).mesh
        meshes.append(mesh)
    assert np.array_equal(meshes[0].vertices, meshes[1].vertices)
    assert np.array_equal(meshes[0].simplices, meshes[1].simplices)
