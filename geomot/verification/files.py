"""The regions in the files of a folder: vertices are ties, what they hold is theirs, they tile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from geomot.export.registry import FORMATS, SOLID_FORMATS
from geomot.verification.adaptive import Array
from geomot.verification.claims import TIED, Check
from geomot.verification.zone import clipped, enclosed, rings_edges

CHORD = 1e-3  # of a spatial zone's extent: as `geomot solve` writes faces
LINES = 150  # along each axis of the lattice on which points are looked up
EDGE = 1e-9  # of the zone's extent: what a vertex may be off, coordinates in degrees included


def check_files(check: Check, folder: Path) -> None:
    """Add claims on `regions.geojson`, or in space on `regions.vtu`, if the folder has them."""
    planar, solid = folder / "regions.geojson", folder / "regions.vtu"
    if planar.exists():
        held = FORMATS[".geojson"].decode(planar.read_bytes())
        rings = {name: _rings(p) for name, p in zip(held.names, held.polygons, strict=True)}
        _check_planar(check, rings)
    if solid.exists():
        _check_solid(check, SOLID_FORMATS[".vtu"].decode(solid.read_bytes()))


def _rings(polygon: Any) -> list[Array]:
    parts = [] if polygon.is_empty else getattr(polygon, "geoms", [polygon])
    return [np.array(ring.coords)[:-1] for p in parts for ring in (p.exterior, *p.interiors)]


def _check_planar(check: Check, rings: dict[str, list[Array]]) -> None:
    chord, edges, sites = TIED * check.extent, {}, np.unique(check.owner)
    check.add("regions.geojson has the servers", float(list(rings) != check.names), 0.0)
    if list(rings) != check.names:
        return
    off, size, spans = np.zeros((3, len(rings)))
    for b, loops in enumerate(rings.values()):
        edges[b] = rings_edges(loops) if loops else np.empty((0, 2, 2))
        if not len(edges[b]) or b not in sites:
            off[b] = np.inf * len(edges[b]) if len(edges[b]) else 0.0
            continue
        size[b] = enclosed(edges[b])
        spans[b] = np.linalg.norm(edges[b][:, 1] - edges[b][:, 0], axis=1).sum()
        # where a vertex ties with the cheapest other one, or is its own on the zone's boundary
        points = edges[b][:, 0]
        others = sites[sites != b]
        if not len(others):
            continue
        rival = others[check.costs.table(points, others).argmin(axis=1)]
        own = np.full(len(points), b)
        tied = check.distance(points, own, rival)
        inner = np.maximum(_away(points, check.body.edges), check.distance(points, own, rival, 0.0))
        off[b] = np.minimum(tied, inner).max()
    check.add("vertices of a region are ties or on the zone", off, chord)
    measure, errors = _whole(check)
    check.add("area of a region", abs(size - measure), spans * chord + EDGE * check.whole[0], errors)
    low, high = check.body.points.min(axis=0), check.body.points.max(axis=0)
    x, y = (a + (b - a) * (np.arange(LINES) + 0.4142) / LINES for a, b in zip(low, high, strict=True))
    zone = _held(check.body.edges, x, y)
    hits = {b: _held(own, x, y) & zone for b, own in edges.items()}
    apart = np.zeros(len(rings))
    for b, hit in hits.items():
        if hit.any():
            rows, columns = np.nonzero(hit)
            points = np.column_stack([x[columns], y[rows]])
            apart[b] = check.apart(points, np.full(len(points), b)).max()
    check.add("points of a region are its own (eq. 14)", apart, chord)
    times = np.sum(list(hits.values()), axis=0)[zone]
    check.add("points of the zone are in one region each (9f, 9g)", float((times != 1).sum()), 0.0)


def _whole(check: Check) -> tuple[Array, Array]:
    """Return the regions' measures and their errors, each under the first of those that share it.

    They are the check's: those of the solution are as rough as its tolerance, the outlines are not.
    """
    columns = check.values[:, 0], check.errors[:, 0]
    held, errors = (np.bincount(check.owner, c, minlength=len(check.names)) for c in columns)
    return held, errors


def _held(edges: Array, x: Array, y: Array) -> Array:
    """Return which points of a lattice edges enclose, ``(y, x)``."""
    line, lower, upper = clipped(edges, y)
    held = np.zeros((len(y), len(x)), dtype=bool)
    for k, a, b in zip(line, lower, upper, strict=True):
        held[k] |= (a <= x) & (x < b)
    return held


def _away(points: Array, edges: Array) -> Array:
    """Return the distance of points from the nearest of some edges."""
    start, arm = edges[:, 0], edges[:, 1] - edges[:, 0]
    part = ((points[:, None] - start) * arm).sum(axis=2) / (arm**2).sum(axis=1)
    foot = start + np.clip(part, 0.0, 1.0)[..., None] * arm
    return np.asarray(np.linalg.norm(points[:, None] - foot, axis=2).min(axis=1))


def _check_solid(check: Check, mesh: Any) -> None:
    """Check flat faces: their corners tie with the neighbour, and they enclose the region's volume."""
    chord, count = CHORD * check.extent, len(check.names)
    off, volume, area = np.zeros((3, count))
    number = {name: b for b, name in enumerate(check.names)}
    for region in mesh.regions:
        b = number.get(region.name, -1)
        if b < 0 or region.cells.shape[1] != 3 or region.neighbours is None:
            check.add("regions.vtu has the servers, and flat faces", 1.0, 0.0)
            return
        corners = mesh.points[region.cells]
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        volume[b] = (corners[:, 0] * cross).sum() / 6.0
        area[b] = 0.5 * np.linalg.norm(cross, axis=1).sum()
        for neighbour in np.unique(region.neighbours):
            points = corners[region.neighbours == neighbour].reshape(-1, 3)
            own = np.full(len(points), b)
            if neighbour < 0:
                apart = check.apart(points, own)
            else:
                other = np.full(len(points), number[mesh.names[int(neighbour)]])
                apart = np.maximum(check.distance(points, own, other), check.apart(points, own))
            off[b] = max(off[b], apart.max())
    check.add("corners of a region's faces are ties", off, chord)
    measure, errors = _whole(check)
    check.add("volume of a region's faces", abs(volume - measure), area * chord, errors)
