"""Polygons of cells against the argument of the minimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from tests.torture import costs, zones
from tests.torture.scanlines import Estimate, Scene
from tests.torture.types import Floats
from tests.torture.verdicts import require

POINTS = 4000
CIRCLE = np.exp(2j * np.pi * np.arange(24) / 24)
DISK = np.concatenate([radius * CIRCLE for radius in (0.3, 0.7, 1.0, 1.5)])
DISK = np.stack([DISK.real, DISK.imag], axis=1)


def require_polygons(
    polygons: list[shapely.Geometry], scene: Scene, chord: float, rng: np.random.Generator
) -> None:
    """Check that points lie in the polygon of their least cost, but for those close to another cell."""
    valid = shapely.is_valid(polygons)
    require(valid.all(), f"polygon {int(valid.argmin())} is not valid")
    x0, y0, x1, y1 = scene.outline.bounds
    far = max(map(abs, (x0, y0, x1, y1)))
    slack = chord + 1e-9 * max(x1 - x0, y1 - y0) + 64.0 * np.spacing(far)
    points = _probes(polygons, scene, rng, slack)
    best = scene.costs(points).argmin(axis=1)
    for b, polygon in enumerate(polygons):
        shapely.prepare(polygon)
        here = shapely.contains_xy(polygon, points) if not polygon.is_empty else np.zeros(len(points))
        for k in np.flatnonzero((here > 0) & (best != b)):
            disk = points[k] + slack * DISK
            table = scene.costs(np.concatenate([points[k : k + 1], disk]))
            gap = table[:, b] - table.min(axis=1)
            tie = 1e-12 * np.abs(table[0]).max()
            require(
                gap.min() <= tie,
                f"the polygon of cell {b} holds {points[k].tolist()}, which is of cell {best[k]}, and "
                f"nothing within {slack:.3g} of it is of cell {b}",
            )


def _probes(
    polygons: list[shapely.Geometry], scene: Scene, rng: np.random.Generator, slack: float
) -> Floats:
    """Return points all over the zone, and some near the polygons' boundaries."""
    points = [zones.inside(rng, scene.outline, POINTS)]
    for polygon in polygons:
        vertices = shapely.get_coordinates(polygon)
        if len(vertices):
            near = vertices[rng.integers(len(vertices), size=100)]
            points.append(
                near + rng.normal(size=near.shape) * slack * 10.0 ** rng.uniform(0, 3, (100, 1))
            )
    every = np.concatenate(points)
    return every[shapely.contains_xy(scene.outline, every)]


def area_problem(
    numbers: dict[str, Any], polygons: list[shapely.Geometry], found: Estimate, chord: float
) -> str:
    """Return what is wrong with areas of polygons whose chords are that close to their boundaries."""
    areas = costs.summed(numbers, np.array([polygon.area for polygon in polygons]))
    total = found.values[:, 0].sum()
    if abs(areas.sum() - total) > 1e-9 * total:
        return "the polygons do not tile the zone"
    own = costs.summed(numbers, found.values[:, 0])
    lengths = costs.summed(numbers, np.array([polygon.length for polygon in polygons]))
    allowed = chord * lengths + 2.0 * found.errors[:, 0].sum() + 1e-9 * total
    wrong = np.abs(areas - own) - allowed
    b = int(wrong.argmax())
    if wrong[b] <= 0.0:
        return ""
    return (
        f"the polygon of cell {b} has area {areas[b]!r}, by scanlines {own[b]!r}; its chords allow for "
        f"{allowed[b]:.3g}"
    )
