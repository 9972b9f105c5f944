"""The zone as intervals of scan lines along x, by the crossings of its boundary (even-odd)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomot.scenario.surface import read_surface
from geomot.verification.adaptive import Array


def enclosed(edges: Array) -> float:
    """Return the area that edges ``(n, 2, 2)`` enclose, positive where they go around it leftwards."""
    (x0, y0), (x1, y1) = (ends.T for ends in np.swapaxes(edges - edges[:1, :1], 0, 1))
    return 0.5 * float((x0 * y1 - x1 * y0).sum())


@dataclass(frozen=True, eq=False)
class Body:
    """A zone by the edges of its section, ``(n, 2, 2)``, or by triangles around it, ``(n, 3, 3)``."""

    edges: Array
    height: tuple[float, float] | None = None
    triangles: Array | None = None

    @property
    def levels(self) -> Array:
        """Heights between which the section changes smoothly; none in the plane."""
        if self.triangles is not None:
            return np.unique(self.triangles[:, :, 2])
        return np.array(self.height or ())

    @property
    def points(self) -> Array:
        """Vertices, ``(n, d)``."""
        if self.triangles is not None:
            return self.triangles.reshape(-1, 3)
        flat = self.edges.reshape(-1, 2)
        parts = [np.column_stack([flat, np.full(len(flat), z)]) for z in self.height or ()]
        return np.concatenate(parts) if parts else flat

    @property
    def surface(self) -> float:
        """Measure of the boundary."""
        if self.triangles is not None:
            first, second = (self.triangles[:, k] - self.triangles[:, 0] for k in (1, 2))
            return float(0.5 * np.linalg.norm(np.cross(first, second), axis=1).sum())
        (x0, y0), (x1, y1) = self.edges[:, 0].T, self.edges[:, 1].T
        length = float(np.hypot(x1 - x0, y1 - y0).sum())
        if self.height is None:
            return length
        return length * (self.height[1] - self.height[0]) + 2.0 * abs(enclosed(self.edges))

    def section(self, z: float | None) -> Array:
        """Return the edges of the section at a height."""
        if self.triangles is None or z is None:
            return self.edges
        above = self.triangles[:, :, 2] > z
        cut = self.triangles[above.any(axis=1) & ~above.all(axis=1)]
        lone = np.argmax((cut[:, :, 2] > z) == ((cut[:, :, 2] > z).sum(axis=1) == 1)[:, None], axis=1)
        rows = np.arange(len(cut))
        ends = [_at(cut[rows, lone], cut[rows, (lone + k) % 3], z) for k in (1, 2)]
        return np.stack(ends, axis=1)

    def inside(self, points: Array) -> Array:
        """Return whether points ``(n, d)`` are in the zone."""
        sections = ((p, self.section(p[2] if len(p) == 3 else None)) for p in points)
        ends = ((p[0], *clipped(edges, p[1:2])[1:]) for p, edges in sections)
        return np.array([((low <= x) & (x <= high)).any() for x, low, high in ends], dtype=bool)


def _at(one: Array, other: Array, z: float) -> Array:
    """Return where segments cross a height, the same for either order of their ends."""
    swap = (one[:, 2] > other[:, 2])[:, None]
    low, high = np.where(swap, other, one), np.where(swap, one, other)
    part = ((z - low[:, 2]) / (high[:, 2] - low[:, 2]))[:, None]
    return np.asarray((low + part * (high - low))[:, :2])


def clipped(edges: Array, heights: Array) -> tuple[Array, Array, Array]:
    """Return line, lower and upper end of the intervals of lines at some y that edges enclose."""
    line, x = crossings(edges, heights)
    return line[::2], x[::2], x[1::2]


def crossings(edges: Array, heights: Array) -> tuple[Array, Array]:
    """Return line and x of each crossing of lines at some y with edges, in order."""
    (x0, y0), (x1, y1) = edges[:, 0].T, edges[:, 1].T
    line, edge = np.nonzero((y0 <= heights[:, None]) != (y1 <= heights[:, None]))
    part = (heights[line] - y0[edge]) / (y1[edge] - y0[edge])
    x = x0[edge] + part * (x1[edge] - x0[edge])
    order = np.lexsort((x, line))
    return line[order], x[order]


def rings_edges(rings: Any) -> Array:
    """Return the edges of rings of points, closed or not."""
    loops = [np.array(ring, dtype=float)[:, :2] for ring in rings]
    return np.concatenate([np.stack([r, np.roll(r, -1, axis=0)], axis=1) for r in loops])


def body(section: Any) -> Body:
    """Return the zone of a scenario."""
    if section.kind == "mesh":
        surface = read_surface(Path(section.file))
        triangles = np.asarray(surface.vertices, dtype=float)[np.asarray(surface.faces)]
        return Body(np.empty((0, 2, 2)), None, triangles)
    if section.kind == "box":
        (x, y, *bottom), (right, top, *ceiling) = section.lower, section.upper
        edges = rings_edges([[(x, y), (right, y), (right, top), (x, top)]])
        return Body(edges, (bottom[0], ceiling[0]) if bottom else None)
    edges = rings_edges([section.vertices, *section.holes])
    return Body(edges, tuple(section.height) if section.kind == "extrusion" else None)
