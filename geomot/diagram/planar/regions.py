"""Cells of a planar diagram as polygons.

Arcs between cells and the pieces of the zone's boundary are edges of a planar graph.  Each cell has
the edges it lies to the left of; chained from point to point (by number, never by distance) they are
its rings: counter-clockwise around it, clockwise around its holes.  Where a cell touches itself in a
point, the ring takes the first edge clockwise from where it came, so rings touch but never cross.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geomot.appearance.reprs import said
from geomot.costs.base import Costs
from geomot.diagram.planar.polylines import Arcs, interface_arcs
from geomot.diagram.subdivision.state import Subdivision
from geomot.errors import UnresolvedError
from geomot.geometry.body import Body, Labelled, flat_simplices
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints, signed_measures

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry
    from trimesh import Trimesh


@dataclass(frozen=True, eq=False)
class Region(Body):
    """The cell of one site.

    Parameters
    ----------
    site
        Number of the site.
    polygon
        The cell: a polygon, several, or an empty one; exterior rings run counter-clockwise.
    """

    site: int
    polygon: Polygon | MultiPolygon

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, f"site={self.site}", f"measure={self.polygon.area:.6g}")

    @property
    def dimension(self) -> int:
        """Number of coordinates: 2."""
        return 2

    def _polygons(self) -> list[tuple[int, BaseGeometry]]:
        return [(self.site, self.polygon)]

    def _surfaces(self) -> list[tuple[int, Trimesh]]:
        return []

    def _labelled(self) -> Labelled:
        return flat_simplices(self._polygons())


@dataclass(frozen=True, eq=False)
class _Edges:
    """Directed edges with a cell on their left."""

    ends: Ints  # (e, 2) numbers of points
    cells: Ints  # (e,)
    inner: list[Floats]  # points between the ends
    outer: np.ndarray  # (e,) whether they lie on the zone's boundary


def planar_regions(
    costs: Costs, zone: Zone, state: Subdivision, tolerance: float
) -> tuple[Region, ...]:
    """Return the cells of a planar subdivision; see `MinimizationDiagram.regions`."""
    arcs = interface_arcs(costs, state, tolerance)
    edges = _directed(arcs, state)
    plain = np.ones(len(arcs.points), dtype=bool)  # points where a straight boundary goes on
    plain[len(state.labels) :] = False
    plain[_corners(zone)] = False
    order = np.argsort(edges.cells, kind="stable")
    bounds = np.searchsorted(edges.cells[order], np.arange(costs.count + 1))
    regions = tuple(
        Region(b, _polygon(_rings(arcs.points, edges, order[bounds[b] : bounds[b + 1]], plain)))
        for b in range(costs.count)
    )
    for region in regions:
        if not region.polygon.is_valid:
            raise UnresolvedError(
                f"rounding scatters the boundary of the cell of site {region.site} so far that it "
                "crosses itself; expected costs that floating point can tell apart: sites that nearly "
                "coincide are better made one"
            )
    return regions


def _corners(zone: Zone) -> Ints:
    """Return the vertices where the zone's boundary turns."""
    start, end = _boundary(zone.triangulation.simplices, zone.triangulation.vertices)
    into = np.full(len(zone.triangulation.vertices), -1)
    into[end] = np.arange(len(end))
    arms = zone.triangulation.vertices[end] - zone.triangulation.vertices[start]
    arms /= np.linalg.norm(arms, axis=1, keepdims=True)
    before = arms[into[start]]
    straight = (np.abs(before[:, 0] * arms[:, 1] - before[:, 1] * arms[:, 0]) < 1e-12) & (
        (before * arms).sum(axis=1) > 0.0
    )
    return np.asarray(start[~straight])


def _boundary(triangles: Ints, vertices: Floats) -> tuple[Ints, Ints]:
    """Return start and end of the edges on the mesh's boundary, the zone on their left."""
    clockwise = signed_measures(vertices[triangles]) < 0.0
    turned = np.where(clockwise[:, None], triangles[:, ::-1], triangles)
    start, end = turned.reshape(-1), turned[:, [1, 2, 0]].reshape(-1)
    count = len(vertices)
    keys = start * count + end
    alone = ~np.isin(keys, end * count + start)
    return start[alone], end[alone]


def _directed(arcs: Arcs, state: Subdivision) -> _Edges:
    """Return all edges of all cells."""
    pieces = np.split(arcs.inner, np.searchsorted(arcs.owners, np.arange(1, len(arcs.ends))))
    pieces = pieces[: len(arcs.ends)]
    start, end = _boundary(state.mesh.simplices, state.mesh.vertices)
    labels = state.labels
    count = len(state.mesh.vertices)
    low, high = np.minimum(start, end), np.maximum(start, end)
    mixed = labels[start] != labels[end]
    keys = arcs.edges[:, 0] * count + arcs.edges[:, 1]
    roots = arcs.roots[np.searchsorted(keys, low[mixed] * count + high[mixed])]
    ends = np.concatenate(
        [
            arcs.ends,
            arcs.ends[:, ::-1],
            np.stack([start[~mixed], end[~mixed]], axis=1),
            np.stack([start[mixed], roots], axis=1),
            np.stack([roots, end[mixed]], axis=1),
        ]
    )
    cells = np.concatenate(
        [
            arcs.cells[:, 0],
            arcs.cells[:, 1],
            labels[start[~mixed]],
            labels[start[mixed]],
            labels[end[mixed]],
        ]
    )
    nothing = np.empty((0, 2))
    inner = [*pieces, *(piece[::-1] for piece in pieces)]
    inner += [nothing] * (len(ends) - len(inner))
    kept = _without_opposites(ends, cells, np.array([len(points) for points in inner]))
    outer = np.arange(len(ends)) >= 2 * len(pieces)
    return _Edges(ends[kept], cells[kept], [inner[k] for k in kept], outer[kept])


def _without_opposites(ends: Ints, cells: Ints, inner: Ints) -> Ints:
    """Return the edges left when empty ones and pairs that a cell has both ways are gone."""
    straight = np.flatnonzero((inner == 0) & (ends[:, 0] != ends[:, 1]))
    forward = ends[straight, 0] < ends[straight, 1]
    low, high = ends[straight].min(axis=1), ends[straight].max(axis=1)
    order = np.lexsort((forward, high, low, cells[straight]))
    rows = np.stack([cells[straight], low, high], axis=1)[order]
    starts = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
    groups = np.split(order, starts[1:]) if len(order) else []
    kept = np.flatnonzero(inner > 0).tolist()
    for group in groups:
        back = int((~forward[group]).sum())  # these come first
        pairs = min(back, len(group) - back)
        kept.extend(straight[np.concatenate([group[pairs:back], group[back + pairs :]])].tolist())
    return np.sort(np.array(kept, dtype=np.int64))


def _rings(points: Floats, edges: _Edges, own: Ints, plain: np.ndarray) -> list[Floats]:
    """Chain the edges of one cell to closed rings of points, ``(r, 2)`` each."""
    following = _successors(points, edges, own)
    rings = []
    while following:
        first = next(iter(following))
        ring = [first]
        while (edge := following.pop(ring[-1])) != first:
            ring.append(edge)
        parts = []
        for before, edge in zip([ring[-1], *ring[:-1]], ring, strict=True):
            start = edges.ends[edge, 0]
            if not (edges.outer[before] and edges.outer[edge] and plain[start]):
                parts.append(points[start, None])
            parts.append(edges.inner[edge])
        rings.append(np.concatenate(parts))
    return rings


def _successors(points: Floats, edges: _Edges, own: Ints) -> dict[int, int]:
    """Return the edge that follows each edge of one cell around the cell."""
    leaving: dict[int, list[int]] = {}
    for edge, start in zip(own.tolist(), edges.ends[own, 0].tolist(), strict=True):
        leaving.setdefault(start, []).append(edge)
    following = {}
    for edge, end in zip(own.tolist(), edges.ends[own, 1].tolist(), strict=True):
        choice = leaving[end]
        if len(choice) > 1:  # the cell touches itself: stay in the wedge on the left of this edge
            back = _direction(points, edges, edge, arriving=True)
            turns = [
                (back - _direction(points, edges, other, arriving=False)) % (2.0 * np.pi)
                for other in choice
            ]
            following[edge] = choice.pop(int(np.argmin(turns)))
        else:
            following[edge] = choice[0]
    return following


def _direction(points: Floats, edges: _Edges, edge: int, *, arriving: bool) -> float:
    """Return the angle in which an edge leaves its first, or its last, point."""
    path = np.concatenate(
        [points[edges.ends[edge, :1]], edges.inner[edge], points[edges.ends[edge, 1:]]]
    )
    arm = path[-2] - path[-1] if arriving else path[1] - path[0]
    return float(np.arctan2(arm[1], arm[0]))


def _polygon(rings: list[Floats]) -> Polygon | MultiPolygon:
    """Nest rings: counter-clockwise ones are shells, clockwise ones holes of the shell around them."""
    import shapely

    areas = [_signed_area(ring) for ring in rings]
    shells = [ring for ring, area in zip(rings, areas, strict=True) if area > 0.0]
    holes = [ring for ring, area in zip(rings, areas, strict=True) if area < 0.0]
    solids = [shapely.Polygon(shell) for shell in shells]
    inside: list[list[Floats]] = [[] for _ in shells]
    for hole in holes:
        probe = shapely.Polygon(hole).representative_point()
        around = [k for k, solid in enumerate(solids) if solid.contains(probe)]
        inside[min(around, key=lambda k: solids[k].area)].append(hole)
    polygons = [shapely.Polygon(s, h) for s, h in zip(shells, inside, strict=True)]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _signed_area(ring: Floats) -> float:
    local = ring - ring[0]
    after = np.roll(local, -1, axis=0)
    return float(0.5 * (local[:, 0] * after[:, 1] - local[:, 1] * after[:, 0]).sum())
