"""Moving vertices of a mesh: what the boundary allows, and no simplex turned over."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.geometry import Zone
from geomot.geometry.meshes.moving import boundary_normals, moved, star
from geomot.geometry.zones.boundary import boundary_of
from geomot.kernels.simplices import signed_measures

MESH = Zone.box([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]).triangulation


def test_vertices_may_move_as_their_boundary_allows() -> None:
    every = np.arange(len(MESH.vertices))
    independent = (np.abs(boundary_normals(MESH, every)).max(axis=2) > 0.5).sum(axis=1)
    sides = (np.abs(MESH.vertices) == 0.0) | (MESH.vertices == [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(independent, sides.sum(axis=1))


def test_a_move_that_turns_a_simplex_over_is_refused() -> None:
    inner = np.flatnonzero(boundary_normals(MESH, np.arange(27)).any(axis=(1, 2)) == 0)
    assert len(inner) == 1
    here = MESH.vertices[inner]
    near, accepted = moved(MESH, inner, here + 0.1, 0.1)
    assert accepted.all() and np.allclose(near.vertices[inner], here + 0.1)
    far, accepted = moved(MESH, inner, here + 1.0, 0.1)
    assert not accepted.any() and np.array_equal(far.vertices, MESH.vertices)
    volumes = signed_measures(near.corners) / signed_measures(MESH.corners)
    assert volumes.min() >= 0.1
    assert np.abs(signed_measures(near.corners)).sum() == pytest.approx(6.0)
    np.testing.assert_array_equal(star(MESH, inner), np.arange(48))


def test_parts_of_a_boundary() -> None:
    boundary = boundary_of(MESH)
    corners = MESH.vertices[boundary.triangles]
    area = 0.5 * np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    areas = np.bincount(boundary.parts, area)
    assert dict(zip(boundary.names, np.round(areas, 12).tolist(), strict=True)) == {
        "bottom": 2.0,
        "side 1": 3.0,
        "side 2": 6.0,
        "side 3": 6.0,
        "side 4": 3.0,
        "top": 2.0,
    }
    outward = ((corners.mean(axis=1) - [0.5, 1.0, 1.5]) * boundary.normals).sum(axis=1)
    assert (outward > 0.0).all()
