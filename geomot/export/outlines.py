r"""Closed curves made of straight pieces and circular arcs.

A piece from s to e is told by its bulge, the tangent of a quarter of the angle that it turns through:
0 for a straight piece, 1 for a half circle, positive where it turns counter-clockwise::

              . - + - .                   + on the arc, half-way: its distance
            '     |     '                   from the chord is |bulge| |e - s| / 2
    bulge  e------+------s                bulge > 0: the arc is on the right of the chord
    > 0

Seen from e to s the bulge changes its sign and nothing else, bit by bit.  All that is computed from a
piece here is the same from either end, so regions that share a piece share what is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geomot.kernels.simplices import Floats, Ints

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

CHORD = 1e-7  # largest distance of a chord from its arc in what is read, as a share of the arc's length


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed curve; no point is there twice.

    Parameters
    ----------
    points
        ``(n, 2)`` where pieces meet, metres; counter-clockwise around a region, clockwise around
        a hole.
    bulges
        ``(n,)`` the bulge of the piece from each point to the next.

    Examples
    --------
    >>> disk = Outline(np.array([[2.0, 0.0], [-2.0, 0.0]]), np.array([1.0, 1.0]))
    >>> centers, radii = disk.circles()
    >>> centers.tolist(), radii.tolist()
    ([[0.0, 0.0], [0.0, 0.0]], [2.0, 2.0])
    """

    points: Floats
    bulges: Floats

    def circles(self) -> tuple[Floats, Floats]:
        """Return the centre and the radius of each piece; not finite where it is straight."""
        arms = np.roll(self.points, -1, axis=0) - self.points
        middles = 0.5 * (self.points + np.roll(self.points, -1, axis=0))
        with np.errstate(divide="ignore", invalid="ignore"):
            up = 0.25 * (1.0 / self.bulges - self.bulges)
            centers = middles + up[:, None] * np.stack([-arms[:, 1], arms[:, 0]], axis=1)
            radii = 0.25 * np.hypot(*arms.T) * (1.0 / np.abs(self.bulges) + np.abs(self.bulges))
        return centers, radii

    def turns(self) -> Floats:
        """Return the angle that each piece turns through, without its sign."""
        return 4.0 * np.arctan(np.abs(self.bulges))

    def divided(self, counts: Floats) -> Outline:
        """Return the same curve, each piece in at least as many equal ones as is said: 1, 2, 4, .."""
        points, bulges = self.points, self.bulges
        times: Ints = np.ceil(np.log2(np.maximum(counts, 1.0))).astype(np.int64)
        while (wanted := times > 0).any():
            arms = (np.roll(points, -1, axis=0) - points)[wanted]
            out = np.stack([arms[:, 1], -arms[:, 0]], axis=1)
            middles = 0.5 * (points + np.roll(points, -1, axis=0))[wanted]
            middles += (0.5 * bulges[wanted])[:, None] * out
            halves = np.where(wanted, bulges / (1.0 + np.sqrt(1.0 + bulges**2)), bulges)
            after = np.flatnonzero(wanted) + 1
            points = np.insert(points, after, middles, axis=0)
            bulges = np.insert(halves, after, halves[wanted])
            times = np.maximum(times - 1, 0)
            times = np.insert(times, after, times[wanted])
        return Outline(points, bulges)

    def sampled(self) -> Floats:
        """Return points along the curve, their chords within `CHORD` of it."""
        # n equal chords of an arc through the angle a stay within a / (8 n^2) of its length
        return self.divided(np.sqrt(self.turns() / (8.0 * CHORD))).points


Part = tuple[Outline, ...]  # one piece of a region: the curve around it, then those around its holes


def straight(polygon: Polygon | MultiPolygon) -> tuple[Part, ...]:
    """Return the outlines of a polygon, every edge a piece.

    Parameters
    ----------
    polygon
        The polygon.

    Examples
    --------
    >>> import shapely
    >>> straight(shapely.box(0, 0, 2, 1))[0][0].points.tolist()
    [[2.0, 0.0], [2.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    """
    return tuple(
        tuple(Outline(ring, np.zeros(len(ring))) for ring in rings) for rings in oriented_rings(polygon)
    )


def oriented_rings(polygon: Polygon | MultiPolygon) -> list[list[Floats]]:
    """Return the rings of each part of a polygon, no point twice: counter-clockwise, holes clockwise.

    Parameters
    ----------
    polygon
        The polygon.

    Examples
    --------
    >>> import shapely
    >>> [[len(ring) for ring in rings] for rings in oriented_rings(shapely.box(0, 0, 2, 1))]
    [[4]]
    >>> oriented_rings(shapely.Polygon())
    []
    """
    import shapely

    if polygon.is_empty:
        return []
    return [
        [shapely.get_coordinates(ring)[:-1] for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shapely.orient_polygons(polygon))
    ]


def polygon_of(curves: Iterable[Outline]) -> Polygon | MultiPolygon:
    """Return the polygon inside sampled curves, each hole after the curve that it lies in.

    Parameters
    ----------
    curves
        Outlines; counter-clockwise ones begin a part, clockwise ones are holes of the part before.

    Raises
    ------
    ValueError
        If a hole comes first, or a curve has no inside.

    Examples
    --------
    >>> disk = Outline(np.array([[2.0, 0.0], [-2.0, 0.0]]), np.array([1.0, 1.0]))
    >>> round(polygon_of([disk]).area, 5)
    12.56637
    >>> polygon_of([]).is_empty
    True
    """
    import shapely

    parts: list[list[Floats]] = []
    for curve in curves:
        ring = curve.sampled()
        if len(ring) < 3:
            raise ValueError(f"a curve has {len(ring)} points; expected three or more, or arcs")
        if _turns_left(ring):
            parts.append([ring])
        elif parts:
            parts[-1].append(ring)
        else:
            raise ValueError("a hole comes first; expected the counter-clockwise curve around it")
    polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in parts]
    if not polygons:
        return shapely.Polygon()
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _turns_left(ring: Floats) -> bool:
    local = ring - ring[0]
    after = np.roll(local, -1, axis=0)
    return bool((local[:, 0] * after[:, 1] - local[:, 1] * after[:, 0]).sum() >= 0.0)
