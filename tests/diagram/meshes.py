"""Checks of the cells of spatial diagrams as meshes, by other means than those that made them."""

from __future__ import annotations

import numpy as np

from geomot import Zone, distance_costs
from geomot.costs import RadialCosts
from geomot.diagram import Partition, Solid

CUBE = Zone.box([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])


def random_costs(seed: int) -> RadialCosts:
    """Return the costs of 2 to 16 sites in a cube, their weights within a decade."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 17))
    factor = 10.0 ** rng.uniform(-0.5, 0.5, count)
    return distance_costs(rng.uniform(0.0, 1.0, (count, 3)), factor=factor)


def check_solid(solid: Solid) -> None:
    """Check that a solid's surface is closed, outward and a manifold, and encloses its volume."""
    mesh = solid.mesh()
    assert len(mesh.faces) > 0
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.is_volume
    assert abs(mesh.volume - solid.measure) <= 1e-12
    assert _is_manifold(mesh.faces)


def _is_manifold(faces: np.ndarray) -> bool:
    """Walk around every vertex: its faces are one fan."""
    following: dict[int, dict[int, int]] = {}
    for face in faces.tolist():
        for k in range(3):
            around = following.setdefault(face[k], {})
            if face[(k + 1) % 3] in around:
                return False
            around[face[(k + 1) % 3]] = face[(k + 2) % 3]
    for around in following.values():
        first = here = next(iter(around))
        for _ in range(len(around)):
            here = around.pop(here, -1)
        if here != first or around:
            return False
    return True


def check_shared_faces(partition: Partition) -> None:
    """Check that each face between cells is there once from either side, turned round."""
    sides = partition.sides
    seen: dict[tuple[int, ...], tuple[int, int]] = {}
    for corners, (cell, beyond) in zip(sides.corners.tolist(), sides.cells.tolist(), strict=True):
        first = corners.index(min(corners))
        key = (*corners[first:], *corners[:first])
        assert key not in seen
        seen[key] = (cell, beyond)
    for (a, b, c), (cell, beyond) in seen.items():
        back = seen.get((a, c, b))
        assert (back is None) if beyond < 0 else back == (beyond, cell)


def crossings(points: np.ndarray, faces: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs of triangles without a common vertex that meet, by brute force."""
    corners = points[faces]
    low, high = corners.min(axis=1), corners.max(axis=1)
    found: list[tuple[int, int]] = []
    for i in range(len(faces)):
        near = np.flatnonzero(
            (low[i + 1 :] <= high[i]).all(axis=1) & (high[i + 1 :] >= low[i]).all(axis=1)
        ) + (i + 1)
        near = near[~np.isin(faces[near], faces[i]).any(axis=1)]
        found += [
            (i, int(j))
            for j in near
            if _pierces(corners[i], corners[j]) or _pierces(corners[j], corners[i])
        ]
    return found


def _pierces(triangle: np.ndarray, other: np.ndarray) -> bool:
    """Return whether a side of the other triangle goes through a triangle (Moeller, Trumbore)."""
    base, first, second = triangle[0], triangle[1] - triangle[0], triangle[2] - triangle[0]
    for k in range(3):
        start, arm = other[k], other[(k + 1) % 3] - other[k]
        normal = np.cross(arm, second)
        scale = first @ normal
        if scale == 0.0:
            continue
        offset = start - base
        u = (offset @ normal) / scale
        turned = np.cross(offset, first)
        v, t = (arm @ turned) / scale, (second @ turned) / scale
        if min(u, v, 1.0 - u - v, t, 1.0 - t) > 1e-9:
            return True
    return False
