"""Random zones in space: boxes, extrusions, and the same extrusions as surfaces in files."""

from __future__ import annotations

from base64 import b64encode
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
import trimesh

from geomot import Zone
from tests.torture import zones


def drawn(rng: np.random.Generator, size: float) -> dict[str, Any]:
    """Return a zone: "surface" is an extrusion that is given as a mesh, which may need Netgen."""
    flat = zones.planar_zone(rng, size, rng.normal(size=2) * size)
    low = float(rng.normal() * size)
    height = [low, low + size * 10.0 ** float(rng.uniform(-0.7, 0.0))]
    if flat["kind"] == "box":
        lower, upper = ([*flat[key], z] for key, z in zip(("lower", "upper"), height, strict=True))
        return {"kind": "box", "lower": lower, "upper": upper}
    kind = "surface" if rng.random() < 0.6 else "extrusion"
    return {**flat, "kind": kind, "height": height}


def surface(zone: dict[str, Any]) -> trimesh.Trimesh:
    """Return the surface of an extrusion, triangles outward."""
    shape = shapely.geometry.polygon.orient(zones.outline(zone))
    low, high = zone["height"]
    triangles = []
    for each in shapely.constrained_delaunay_triangles(shape).geoms:
        corners = np.array(shapely.geometry.polygon.orient(each).exterior.coords)[:3]
        triangles += [np.insert(corners, 2, high, axis=1), np.insert(corners[::-1], 2, low, axis=1)]
    for ring in (shape.exterior, *shape.interiors):
        points = np.array(ring.coords)
        for one, other in pairwise(points):
            a, b, c, d = [*one, low], [*other, low], [*other, high], [*one, high]
            triangles += [np.array([a, b, c]), np.array([a, c, d])]
    corners = np.concatenate(triangles)
    return trimesh.Trimesh(corners, np.arange(len(corners)).reshape(-1, 3), process=True)


def section(zone: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the section of a scenario, and the file of a surface in base64."""
    if zone["kind"] != "surface":
        return zone, {}
    content = surface(zone).export(file_type="ply", encoding="ascii")
    text = content.encode() if isinstance(content, str) else content
    return {"kind": "mesh", "file": "zone.ply"}, {"zone.ply": b64encode(text).decode()}


def built(zone: dict[str, Any]) -> Zone:
    """Return the engine's zone."""
    if zone["kind"] == "box":
        return Zone.box(zone["lower"], zone["upper"])
    if zone["kind"] == "extrusion":
        return Zone.extrusion(zones.outline(zone), zone["height"])
    return Zone.mesh(surface(zone))
