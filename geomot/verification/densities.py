"""Densities by their formulas, not normalised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial import cKDTree
from scipy.special import logsumexp

from geomot.scenario.given import read_points
from geomot.scenario.meshfile import read_mesh_values
from geomot.scenario.rasters import read_raster
from geomot.verification.adaptive import Array
from geomot.verification.meshes import Mesh


@dataclass(frozen=True, eq=False)
class Spread:
    """A density by its logarithm at points ``(n, d)``.

    It is not smooth at ``ticks`` along each axis, nor at the sides of the simplices of ``mesh``.
    """

    logs: Callable[[Array], Array]
    ticks: tuple[Array, ...] = ()
    mesh: Mesh | None = None

    def values(self, points: Array, simplices: Array | None = None) -> Array:
        """Return the density; of a mesh faster where the simplex of each point is known."""
        if self.mesh is not None and simplices is not None:
            return self.mesh.linear(simplices, points)
        return np.asarray(np.exp(self.logs(points)))


def spread(section: Any, dimension: int) -> Spread:
    """Return the density of a section of a scenario."""
    if section.kind == "grid":
        return _grid(section)
    if section.kind == "points":
        return Spread(_log(_kernels(section)))
    if section.kind == "mesh":
        return _mesh(section)
    if section.kind == "uniform":
        return Spread(lambda points: np.zeros(len(points)))
    parts = section.components if section.kind == "mixture" else [section]
    means, stds = (np.array([getattr(part, key) for part in parts]) for key in ("mean", "std"))
    heights = np.array([getattr(part, "weight", 1.0) for part in parts]) / stds.prod(axis=1)

    def logs(points: Array) -> Array:
        squares = (((points[:, None] - means) / stds) ** 2).sum(axis=2)
        return np.asarray(logsumexp(np.log(heights) - 0.5 * squares, axis=1))

    return Spread(logs, tuple(means.T))


def _log(values: Callable[[Array], Array]) -> Callable[[Array], Array]:
    def logs(points: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(values(points)))

    return logs


def _grid(section: Any) -> Spread:
    raster = read_raster(Path(section.file))
    lower, upper = (np.array(c) for c in (raster.bounds or (section.lower, section.upper)))
    entries, counts = raster.entries, np.array(raster.entries.shape)
    corners = section.at == "corners"
    steps = (upper - lower) / (counts - corners)
    first, constant = lower + (0.0 if corners else 0.5) * steps, section.interpolation == "constant"
    centers = [low + step * np.arange(n) for low, step, n in zip(first, steps, counts, strict=True)]
    held = counts > 1  # an axis with one number is constant along it

    def values(points: Array) -> Array:
        if constant:
            index = np.clip(((points - lower) / steps).astype(int), 0, counts - 1)
            found = entries[tuple(index.T)]
        else:
            inner = np.clip(points, first, [c[-1] for c in centers])[:, held]
            grid = [c for c, h in zip(centers, held, strict=True) if h]
            table = entries.reshape(counts[held])
            found = RegularGridInterpolator(grid, table)(inner) if grid else float(entries.item())
        return np.where(((points >= lower) & (points <= upper)).all(axis=1), found, 0.0)

    axes = zip(lower, upper, counts, centers, strict=True)
    ticks = (np.linspace(a, b, n + 1) if constant else np.array([a, *c, b]) for a, b, n, c in axes)
    return Spread(_log(values), tuple(ticks))


def _kernels(section: Any) -> Callable[[Array], Array]:
    given, weights = read_points(Path(section.file))
    spread, end = np.array(section.std), section.truncation
    tree, heights = cKDTree(np.array(given) / spread), np.array(weights or [1.0] * len(given))

    def values(points: Array) -> Array:
        near = cKDTree(points / spread).sparse_distance_matrix(tree, end, output_type="ndarray")
        squares = near["v"] ** 2
        fading = (1.0 - np.minimum(squares / end**2, 1.0) ** np.ceil(0.25 * end**2)) ** 8
        parts = heights[near["j"]] * np.exp(-0.5 * squares) * fading
        return np.bincount(near["i"], parts, minlength=len(points))

    return values


def _mesh(section: Any) -> Spread:
    read = read_mesh_values(Path(section.file), section.field)
    mesh = Mesh(read.vertices[read.simplices].astype(float), read.values[read.simplices])
    ticks = (np.empty(0), *(np.unique(c) for c in read.vertices.T[1:]))
    return Spread(_log(mesh.values), ticks, mesh)
