"""Diagrams whose boundaries are circles, lines or neither, and their drawings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from geomot import Zone, distance_costs, minimization_diagram
from geomot.diagram import MinimizationDiagram
from geomot.export.drawing import Drawing, Shape
from geomot.export.outlines import Outline, Part, straight
from geomot.export.tracing import trace

BOX = shapely.box(0, 0, 10, 8)


def sites(seed: int, count: int = 10) -> tuple[np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return rng.uniform([0, 0], [10, 8], (count, 2)), rng


def diagram(points: Any, **costs: Any) -> MinimizationDiagram:
    return minimization_diagram(
        distance_costs(points, **costs), Zone.box([0, 0], [10, 8]), tolerance=1e-12
    )


def apollonius() -> MinimizationDiagram:
    """Return one disk of radius 2 around (4, 5), and the rest of the box."""
    return diagram([[5.0, 5.0], [8.0, 5.0]], factor=[2.0, 1.0])


def circular(seed: int) -> MinimizationDiagram:
    points, rng = sites(seed)
    return diagram(points, factor=rng.uniform(1.0, 3.0, len(points)))


def traced(cells: MinimizationDiagram, tolerance: float | None = None) -> list[tuple[Part, ...]]:
    return trace([region.polygon for region in cells.polygons(tolerance)], BOX)


def curves(parts: Sequence[Part]) -> list[Outline]:
    return [curve for part in parts for curve in part]


def area(parts: Sequence[Part]) -> float:
    """Return the area inside outlines: that of the chords' polygon, and the segments beyond them."""
    whole = 0.0
    for curve in curves(parts):
        start, end = curve.points - curve.points[0], np.roll(curve.points, -1, axis=0) - curve.points[0]
        whole += 0.5 * float((start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]).sum())
        bent = curve.bulges != 0.0
        angles, radii = 4.0 * np.arctan(curve.bulges[bent]), curve.circles()[1][bent]
        whole += float((0.5 * radii**2 * (angles - np.sin(angles))).sum())
    return whole


def drawing(cells: MinimizationDiagram, names: Sequence[str] | None = None) -> Drawing:
    """Return a drawing of a diagram, no scenario behind it."""
    parts = traced(cells)
    return Drawing(
        "drawing",
        tuple(
            Shape(names[k] if names else f"cell {k}", (5.0, 5.0), part, "#77aadd", 0.5, area(part))
            for k, part in enumerate(parts)
        ),
        straight(BOX),
        BOX.bounds,
    )
