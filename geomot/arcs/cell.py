"""One cell of a diagram of arcs, and the curves around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geomot.appearance.reprs import numbered_in, said
from geomot.arcs.polygons import chords, nested
from geomot.checking.sealing import Sealed
from geomot.diagram.arguments import check_chord
from geomot.diagram.minimization import FLAT_CHORD
from geomot.diagram.sequence import DiagramCell
from geomot.geometry.body import Body, Labelled, flat_simplices
from geomot.kernels.simplices import Floats, Ints

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh

    from geomot.arcs.diagram import ArcDiagram


@dataclass(frozen=True, eq=False)
class ArcRing(Sealed):
    """A closed curve of arcs and straight pieces, its cell on the left.

    Parameters
    ----------
    points
        ``(n, 2)`` where pieces meet, metres; the last piece ends at the first point.
    bulges
        ``(n,)`` tangent of a quarter of the angle that the piece from each point turns through:
        positive counter-clockwise, 0 if it is straight; at most 1 in size, half a circle.
    centers
        ``(n, 2)`` centres of the arcs, metres; infinite, or not a number, where a piece is straight.
    radii
        ``(n,)`` their radii, metres.
    neighbours
        ``(n,)`` site on the other side, -1 for the zone's boundary.
    """

    points: Floats
    bulges: Floats
    centers: Floats
    radii: Floats
    neighbours: Ints

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(len(self.points), "piece", None))


@dataclass(frozen=True, eq=False, repr=False)
class ArcCell(DiagramCell["ArcDiagram"], Body):
    """One cell; without rings and of measure 0 where the site has none.

    As a polygon of other packages its arcs are chords, see `polygon`.

    Parameters
    ----------
    diagram
        The diagram.
    site
        Number of the site.
    """

    diagram: ArcDiagram

    @property
    def neighbours(self) -> Ints:
        """Sites with which the cell shares a boundary, ascending."""
        first, last = self._span
        others = np.unique(self.diagram.rings.others[first:last])
        return np.asarray(others[others >= 0])

    @property
    def rings(self) -> tuple[ArcRing, ...]:
        """The curves around the cell, counter-clockwise, and around its holes, clockwise."""
        whole, (centers, radii) = self.diagram.rings, self.diagram._circles
        origin, scale = self.diagram.origin, self.diagram.scale
        return tuple(
            ArcRing(
                origin + scale * whole.points[low:high],
                np.tan(0.5 * whole.turns[low:high]),
                origin + scale * centers[low:high],
                scale * radii[low:high],
                whole.others[low:high],
            )
            for low, high in self._bounds
        )

    @property
    def parts(self) -> tuple[tuple[ArcRing, ...], ...]:
        """The connected pieces of the cell: the curve around each, then those around its holes."""
        rings = self.rings
        return tuple(tuple(rings[k] for k in part) for part in self._nesting)

    def polygon(self, tolerance: float | None = None) -> Polygon | MultiPolygon:
        """Return the cell as a polygon with vertices on its arcs; neighbours share them bit by bit.

        Parameters
        ----------
        tolerance
            Largest distance between a chord and the arc it stands for, metres; by default 1e-6 of the
            zone's extent.

        Raises
        ------
        InvalidArgumentError
            If the tolerance is not positive.

        Examples
        --------
        >>> from geomot import Zone, arc_diagram, distance_costs
        >>> cells = arc_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
        ...                     Zone.box([0, 0], [10, 10]))
        >>> round(cells[0].polygon(1e-9).area - cells[0].measure, 6), cells[1].polygon(0.1).is_valid
        (-0.0, True)
        """
        import shapely

        extent = self.diagram.zone.extent
        chord = FLAT_CHORD * extent if tolerance is None else tolerance
        check_chord(chord)
        curves = [self._sampled(low, high, chord) for low, high in self._bounds]
        polygons = [
            shapely.Polygon(curves[part[0]], [curves[k] for k in part[1:]]) for part in self._nesting
        ]
        return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)

    @property
    def dimension(self) -> int:
        """Number of coordinates: 2."""
        return 2

    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        return [(self.site, self.polygon())]

    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        return []

    def _labelled(self) -> Labelled:
        return flat_simplices(self._polygons())

    @property
    def _span(self) -> tuple[int, int]:
        first, last = np.searchsorted(self.diagram.rings.cells, [self.site, self.site + 1])
        return int(first), int(last)

    @property
    def _bounds(self) -> list[tuple[int, int]]:
        starts = self.diagram.rings.starts
        first, last = np.searchsorted(starts, self._span)
        return list(
            zip(starts[first:last].tolist(), starts[first + 1 : last + 1].tolist(), strict=True)
        )

    @property
    def _nesting(self) -> list[list[int]]:
        return nested([self._sampled(low, high, np.inf) for low, high in self._bounds])

    def _sampled(self, low: int, high: int, tolerance: float) -> Floats:
        rings, scale = self.diagram.rings, self.diagram.scale
        local = chords(
            rings.points[low:high],
            np.roll(rings.points[low:high], -1, axis=0),
            rings.turns[low:high],
            tolerance / scale,
        )
        return np.asarray(self.diagram.origin + scale * local)
