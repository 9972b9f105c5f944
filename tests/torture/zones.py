"""Random zones, as the section [zone] of a scenario has them, and their shapes by shapely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from geomot import Zone
from tests.torture.types import Floats


def planar_zone(rng: np.random.Generator, size: float, place: Floats) -> dict[str, Any]:
    """Return a box or a polygon, with holes or without, of about that size around that place."""
    kind = rng.choice(["box", "star", "comb", "holes"], p=[0.4, 0.25, 0.15, 0.2])
    if kind == "box":
        half = size * 10.0 ** rng.uniform(-1.0 if rng.random() < 0.2 else -0.2, 0.0, 2)
        return {"kind": "box", "lower": (place - half).tolist(), "upper": (place + half).tolist()}
    outer = _comb(rng) if kind == "comb" else _star(rng, int(rng.integers(3, 13)), 0.4)
    zone = {"kind": "polygon", "vertices": (place + size * outer).tolist()}
    if kind == "holes":
        zone["holes"] = [(place + size * hole).tolist() for hole in _holes(rng, outer)]
    return zone


def outline(zone: dict[str, Any]) -> shapely.Polygon:
    """Return the shape of a planar zone, or what is extruded."""
    if zone["kind"] == "box":
        return shapely.box(*zone["lower"][:2], *zone["upper"][:2])
    return shapely.Polygon(zone["vertices"], zone.get("holes", ()))


def built(zone: dict[str, Any]) -> Zone:
    """Return the engine's zone."""
    if zone["kind"] == "box":
        return Zone.box(zone["lower"], zone["upper"])
    return Zone.polygon(outline(zone))


def inside(rng: np.random.Generator, shape: shapely.Geometry, count: int) -> Floats:
    """Return random points in a shape."""
    x0, y0, x1, y1 = shape.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        points = rng.uniform([x0, y0], [x1, y1], (4 * count, 2))
        found = np.concatenate([found, points[shapely.contains_xy(shape, points)]])
    return found[:count]


def bounds(zone: dict[str, Any]) -> tuple[Floats, Floats]:
    """Return the lower and the upper corner of a zone."""
    x0, y0, x1, y1 = outline(zone).bounds
    low, high = heights(zone)
    return np.array([x0, y0, *low]), np.array([x1, y1, *high])


def heights(zone: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Return the height of the bottom and of the top, none in the plane."""
    if zone["kind"] == "box":
        return list(zone["lower"][2:]), list(zone["upper"][2:])
    return ([], []) if zone["kind"] == "polygon" else ([zone["height"][0]], [zone["height"][1]])


def contains(zone: dict[str, Any]) -> Callable[[Floats], np.ndarray]:
    """Return what says which points ``(n, d)`` are in a zone."""
    shape = outline(zone)
    shapely.prepare(shape)
    low, high = heights(zone)

    def inside(points: Floats) -> np.ndarray:
        here = shapely.contains_xy(shape, points[:, :2])
        return here & ((points[:, 2:] >= low) & (points[:, 2:] <= high)).all(axis=1)

    return inside


def lifted(rng: np.random.Generator, zone: dict[str, Any], points: Floats) -> Floats:
    """Return points of the outline, in space at random heights."""
    low, high = heights(zone)
    return np.column_stack([points, *rng.uniform(low, high, (len(points), len(low))).T])


def _star(rng: np.random.Generator, corners: int, least: float) -> Floats:
    """Return a polygon that is seen whole from the origin."""
    angles = 2.0 * np.pi * (np.arange(corners) + rng.uniform(0.1, 0.9, corners)) / corners
    return rng.uniform(least, 1.0, corners)[:, None] * np.stack(
        [np.cos(angles), np.sin(angles)], axis=1
    )


def _comb(rng: np.random.Generator) -> Floats:
    """Return a polygon with teeth, which is not."""
    teeth = int(rng.integers(2, 5))
    x = np.linspace(-1.0, 1.0, 2 * teeth)
    tops = rng.uniform(0.0, 1.0, teeth)
    base = -0.6 if teeth > 2 else -0.2
    upper = []
    for k in range(teeth):
        upper += [[x[2 * k], tops[k]], [x[2 * k + 1], tops[k]]]
        if k + 1 < teeth:
            upper += [[x[2 * k + 1], base + 0.3], [x[2 * k + 2], base + 0.3]]
    return np.array([[-1.0, base], [1.0, base], *upper[::-1]])


def _holes(rng: np.random.Generator, outer: Floats) -> list[Floats]:
    free = shapely.Polygon(outer).buffer(-0.03)
    holes = []
    for _ in range(int(rng.integers(1, 4))):
        hole = 0.15 * _star(rng, int(rng.integers(3, 7)), 0.5) + rng.uniform(-0.6, 0.6, 2)
        if free.contains(shapely.Polygon(hole)):
            holes.append(hole)
            free = free.difference(shapely.Polygon(hole).buffer(0.03))
    return holes
