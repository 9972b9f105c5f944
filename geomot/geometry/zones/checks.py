"""What a zone must be: of a size that can be measured; a surface closed, and nowhere crossing itself.

A surface bounds a solid where the number of times that it winds around a point is 0 or 1.  Parts that
do not cross wind a whole number of times around each other, so one point of each part is enough: around
it the other parts wind 0 times where the part faces outwards, and once where it is a cavity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geomot.errors import InvalidZoneError
from geomot.geometry.zones.crossings import crossings
from geomot.kernels.simplices import (
    Floats,
    Ints,
    signed_measures,
    squared_norms,
)

if TYPE_CHECKING:
    from trimesh import Trimesh

LARGEST, SMALLEST = 1e50, 1e-50  # metres: the sixth powers, squares of volumes, are still numbers
METRES = ("m", "meter", "meters", "metre", "metres")
FLAT = 8.0  # height of a flat triangle, in units of the rounding of its coordinates
PROBES = 8  # points of a part around which other parts are wound


def check_size(what: str, lower: Floats, upper: Floats) -> None:
    """Refuse a zone that is too large or too thin for floating point to measure.

    Parameters
    ----------
    what
        What it is called in the message.
    lower, upper
        ``(k,)`` finite bounds of its coordinates, metres.

    Raises
    ------
    InvalidZoneError
        If a coordinate is beyond `LARGEST`, or two bounds are closer than `SMALLEST`.

    Examples
    --------
    >>> check_size("box", np.array([0.0]), np.array([1e60]))
    Traceback (most recent call last):
    geomot.errors.InvalidZoneError: box reaches from [0.0] to [1e+60] metres; ...
    """
    fits = max(np.abs(lower).max(), np.abs(upper).max()) <= LARGEST
    if not fits or (upper - lower).min() < SMALLEST:
        raise InvalidZoneError(
            f"{what} reaches from {lower.tolist()} to {upper.tolist()} metres; expected coordinates up "
            f"to {LARGEST:g} and extents from {SMALLEST:g}, as products of lengths must not overflow: "
            "choose another unit of length, or a zone that is not flat"
        )


def checked(surface: Trimesh) -> tuple[Floats, Ints]:
    """Return vertices and triangles of a closed, outward surface; equal vertices become one.

    Parameters
    ----------
    surface
        Triangles, outward; vertices with the same coordinates are one.

    Returns
    -------
    ``(n, 3)`` vertices, and ``(m, 3)`` their numbers: the triangles, in the order given.

    Raises
    ------
    InvalidZoneError
        If the surface is not in metres, finite, of measurable size, without flat triangles, closed, a
        manifold, or outward.
    """
    units = surface.units
    if units is not None and units not in METRES:
        raise InvalidZoneError(
            f"zone surface is in {units}; expected metres: scale it, and set its units to 'm'"
        )
    vertices = np.asarray(surface.vertices, dtype=float)
    faces = np.asarray(surface.faces, dtype=np.int64)
    if len(faces) == 0 or not np.isfinite(vertices).all():
        raise InvalidZoneError(
            f"zone surface has {len(faces)} triangles and finite coordinates: "
            f"{bool(np.isfinite(vertices).all())}; expected a closed surface of finite triangles"
        )
    vertices, number = np.unique(vertices[faces.reshape(-1)], axis=0, return_inverse=True)
    faces = number.reshape(-1, 3)
    check_size("zone surface", vertices.min(axis=0), vertices.max(axis=0))
    _check_triangles(vertices, faces)
    _check_edges(vertices, faces)
    volume = enclosed(vertices[faces])
    if not volume > 0.0:
        raise InvalidZoneError(
            f"zone surface encloses {volume:g} m^3; expected a positive volume: if its triangles face "
            "inwards, invert them"
        )
    return vertices, faces


def _check_triangles(vertices: Floats, faces: Ints) -> None:
    """Refuse triangles without area."""
    equal = (faces == np.roll(faces, 1, axis=1)).any(axis=1)
    if equal.any():
        raise InvalidZoneError(
            f"triangle {int(np.argmax(equal))} of the zone surface has two equal corners; expected "
            "three different ones: drop it"
        )
    corners = vertices[faces]
    arms = np.roll(corners, -1, axis=1) - corners
    longest = np.sqrt(squared_norms(arms).max(axis=1))
    rounding = np.finfo(float).eps * np.abs(vertices).max()
    flat = np.sqrt(squared_norms(np.cross(arms[:, 0], arms[:, 1]))) <= FLAT * rounding * longest
    if flat.any():
        first = int(np.argmax(flat))
        raise InvalidZoneError(
            f"{_counted(int(flat.sum()), 'triangle')} of the zone surface without area, the first one "
            f"triangle {first} with its corners {corners[first].tolist()} on one line; expected a "
            "positive area: swap its longest edge, that is, turn it and the triangle beyond that edge "
            "into two others"
        )


def _check_edges(vertices: Floats, faces: Ints) -> None:
    """Refuse edges that do not have one triangle on each side."""
    count = len(vertices)
    keys, times = np.unique(
        faces.reshape(-1) * count + np.roll(faces, -1, axis=1).reshape(-1), return_counts=True
    )
    start, end = keys // count, keys % count
    back = end * count + start
    place = np.minimum(np.searchsorted(keys, back), len(keys) - 1)
    opposite = np.where(keys[place] == back, times[place], 0)
    single = np.maximum(times - opposite, 0)
    if single.any():
        near = vertices[start[single.argmax()]].tolist()
        raise InvalidZoneError(
            f"zone surface is not closed: {int(single.sum())} edges have no opposite and "
            f"{int((times > 1).sum())} occur twice, one near {near}; expected each edge once in each "
            "direction: fill holes and turn triangles to face outwards"
        )
    many = (times > 1) & (start < end)
    if many.any():
        first = many.argmax()
        raise InvalidZoneError(
            f"zone surface is closed, but not a manifold: {_counted(int(many.sum()), 'edge')} with "
            f"four triangles or more, one from {vertices[start[first]].tolist()} to "
            f"{vertices[end[first]].tolist()}; expected two at each edge, as parts of a zone may not "
            "share edges or faces: unite the parts that touch there, which removes shared faces (for "
            "example with trimesh.boolean.union), or move them apart"
        )


def _counted(count: int, noun: str) -> str:
    return f"there is 1 {noun}" if count == 1 else f"there are {count} {noun}s"


def check_crossings(vertices: Floats, faces: Ints) -> None:
    """Refuse a surface that crosses itself, or lies on itself.

    Parameters
    ----------
    vertices, faces
        As returned by `checked`.

    Raises
    ------
    InvalidZoneError
        If two triangles have more in common than points of their edges.
    """
    for found in crossings(vertices, faces):
        what, how = ("touches", "lie on each other") if found.flush else ("crosses", "intersect")
        raise InvalidZoneError(
            f"zone surface {what} itself: its triangles {found.one} and {found.other} {how} near "
            f"{found.near.tolist()}; expected triangles that meet at common edges and corners only: "
            "unite parts that overlap or touch (for example with trimesh.boolean.union), and mend folds"
        )


def check_nesting(vertices: Floats, faces: Ints) -> None:
    """Refuse parts that lie in each other other than as cavities, and islands in those.

    Parameters
    ----------
    vertices, faces
        As returned by `checked`, without crossings.

    Raises
    ------
    InvalidZoneError
        If the surface winds around some points neither 0 times nor once.
    """
    numbers = _parts(faces, len(vertices))
    parts = [vertices[faces[numbers == part]] for part in range(numbers.max() + 1)]
    low = np.array([corners.min(axis=(0, 1)) for corners in parts])
    high = np.array([corners.max(axis=(0, 1)) for corners in parts])
    for part, corners in enumerate(parts):
        points = corners[:: 1 + len(corners) // PROBES].mean(axis=1)
        around = (low <= points.min(axis=0)).all(axis=1) & (points.max(axis=0) <= high).all(axis=1)
        around[part] = False
        turns = sum(_turns(parts[other], points) for other in np.flatnonzero(around))
        outward = enclosed(corners) > 0.0
        if turns == (0 if outward else 1):
            continue
        if outward:
            fault = "outwards inside another part, so that its inside would count twice"
            hint = "drop it, or invert it if it is a cavity"
        else:
            fault = "inwards, but does not lie inside a part that faces outwards"
            hint = "drop it, or invert it if it is not a cavity"
        raise InvalidZoneError(
            f"zone surface has {len(parts)} parts, and the one with triangle "
            f"{int(np.argmax(numbers == part))}, near {points[0].tolist()}, faces {fault}; expected "
            f"parts beside each other, and cavities within them that face inwards: {hint}"
        )


def _parts(faces: Ints, count: int) -> Ints:
    """Return numbers of the parts that triangles with common edges form."""
    start, end = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
    # Every edge occurs once in each direction: in these orders, edges and opposites stand together.
    there, back = np.argsort(start * count + end), np.argsort(end * count + start)
    graph = coo_array((np.ones(len(there)), (there // 3, back // 3)), shape=(len(faces), len(faces)))
    _, parts = connected_components(graph, directed=False)
    return np.asarray(parts, dtype=np.int64)


def _turns(corners: Floats, points: Floats) -> int:
    """Return how often a closed surface winds around points on one side of it.

    Some of the points may lie on the surface, where the number is none: the clearest one counts.
    """
    turns = np.array([solid_angles(corners - point).sum() for point in points]) / (4.0 * np.pi)
    return int(np.rint(turns[np.abs(turns - np.rint(turns)).argmin()]))


def enclosed(corners: Floats) -> float:
    """Return the volume that closed triangles ``(m, 3, 3)`` enclose, negative if they face inwards."""
    return float(cone_volumes(corners.mean(axis=(0, 1)), corners).sum())


def cone_volumes(apex: Floats, corners: Floats) -> Floats:
    """Return the signed volumes of the cones over triangles; they sum to what a surface encloses."""
    apices = np.broadcast_to(apex, (len(corners), 1, 3))
    return signed_measures(np.concatenate([apices, corners], axis=1))


def solid_angles(corners: Floats) -> Floats:
    """Return the solid angles of triangles seen from the origin (van Oosterom, Strackee 1983)."""
    a, b, c = np.moveaxis(corners, 1, 0)
    la, lb, lc = (np.sqrt(squared_norms(x)) for x in (a, b, c))
    triple = (a * np.cross(b, c)).sum(axis=1)
    below = la * lb * lc + (a * b).sum(axis=1) * lc + (b * c).sum(axis=1) * la
    return np.asarray(2.0 * np.arctan2(triple, below + (c * a).sum(axis=1) * lb))
