"""Densities linear on the simplices of a mesh: at points, and along lines parallel to x."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from geomot.verification.adaptive import Array

CHUNK = 1 << 22  # pairs of lines and simplices at a time, about
ROUNDING = 1e-12  # of a barycentric coordinate

Crossed = tuple[Array, Array, Array, Array]


@dataclass(frozen=True, eq=False)
class Mesh:
    """A function by its simplices' corners ``(n, d + 1, d)`` and heights there ``(n, d + 1)``."""

    corners: Array
    heights: Array

    @cached_property
    def inverse(self) -> Array:
        """Matrices that take arms from the first corner to coordinates of the others."""
        return np.linalg.inv(np.swapaxes(self.corners[:, 1:] - self.corners[:, :1], 1, 2))

    @cached_property
    def _slopes(self) -> Array:
        rises = self.heights[:, 1:] - self.heights[:, :1]
        return np.asarray(np.einsum("ni,nij->nj", rises, self.inverse))

    def values(self, points: Array) -> Array:
        """Return the function, 0 outside of the mesh."""
        near = cKDTree(points).sparse_distance_matrix(self._tree, self._reach, output_type="ndarray")
        i, j = near["i"], near["j"]
        place = self._place(j, points[i])
        held = (place >= -ROUNDING).all(axis=1)
        found = np.zeros(len(points))
        found[i[held]] = np.maximum((place * self.heights[j]).sum(axis=1)[held], 0.0)
        return found

    def linear(self, simplices: Array, points: Array) -> Array:
        """Return the function at points in simplices that are known, -1 outside of the mesh."""
        arms = points - self.corners[simplices, 0]
        inner = self.heights[simplices, 0] + (arms * self._slopes[simplices]).sum(axis=1)
        return np.where(simplices >= 0, np.maximum(inner, 0.0), 0.0)

    def crossed(self, rest: Array) -> Crossed:
        """Return line, ends in x and simplex where lines at ``(l, d - 1)`` y (and z) are in one."""
        done = [(np.empty(0, int), np.empty(0), np.empty(0), np.empty(0, int))]
        low, high = self.corners[:, :, 1:].min(axis=1), self.corners[:, :, 1:].max(axis=1)
        step = max(1, CHUNK // len(self.corners))
        order = np.lexsort(rest.T)  # neighbours meet few simplices
        for first in range(0, len(rest), step):
            lines = order[first : first + step]
            here = rest[lines]
            some = np.flatnonzero(((low <= here.max(axis=0)) & (high >= here.min(axis=0))).all(axis=1))
            met = np.ones((len(here), len(some)), dtype=bool)
            for k in range(rest.shape[1]):
                met &= (low[some, k] <= here[:, k, None]) & (here[:, k, None] <= high[some, k])
            line, j = np.nonzero(met)
            done.append(self._clipped(rest, lines[line], some[j]))
        return tuple(np.concatenate(column) for column in zip(*done, strict=True))  # type: ignore[return-value]

    def _clipped(self, rest: Array, line: Array, simplex: Array) -> Crossed:
        """Return the pairs of a line and a simplex that meet, with the ends of what they share."""
        start = self.corners[simplex, 0, 0]
        place = self._place(simplex, np.column_stack([start, rest[line]]))
        slopes = self.inverse[simplex, :, 0]
        slopes = np.column_stack([-slopes.sum(axis=1), slopes])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            zero = -place / slopes
        left = np.where(slopes > 0.0, zero, -np.inf).max(axis=1)
        right = np.where(slopes < 0.0, zero, np.inf).min(axis=1)
        met = (left < right) & ((slopes != 0.0) | (place >= 0.0)).all(axis=1)
        return line[met], (start + left)[met], (start + right)[met], simplex[met]

    def _place(self, simplices: Array, points: Array) -> Array:
        """Return barycentric coordinates."""
        arms = points - self.corners[simplices, 0]
        inner = np.einsum("nij,nj->ni", self.inverse[simplices], arms)
        return np.column_stack([1.0 - inner.sum(axis=1), inner])

    @cached_property
    def _middles(self) -> Array:
        return np.asarray(self.corners.mean(axis=1))

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._middles)

    @cached_property
    def _reach(self) -> float:
        arms = self.corners - self._middles[:, None]
        return 1.000001 * float(np.linalg.norm(arms, axis=2).max())


def held(line: Array, x: Array, crossed: Crossed) -> Array:
    """Return which simplex of those crossed holds points ``x`` of lines, -1 if none."""
    owner, left, right, simplex = crossed
    order = np.lexsort(
        (np.repeat([0, 1], [len(left), len(x)]), np.append(left, x), np.append(owner, line))
    )
    before = np.maximum.accumulate(np.where(order < len(left), np.arange(len(order)), -1))
    last = np.full(len(order), -1)
    last[order] = np.where(before >= 0, order[before], -1)
    last = last[len(left) :]  # the last one that begins before each point
    if not len(left):
        return last
    inside = (last >= 0) & (owner[last] == line) & (x <= right[last])
    return np.where(inside, simplex[last], -1)
