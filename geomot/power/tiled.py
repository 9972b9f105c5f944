"""Convex polytopes cut along tiles, such as the boxes of a grid or the simplices of a mesh.

Of the pairs of a polytope and a tile near each other

1. those in which the tile lies beyond a plane of the polytope are left out,
2. those in which it lies within all of them are *whole*: the tile itself is what the two share,
3. what any other two share is the polytope cut by the tile's sides, a *piece*.

So the planes of polytopes decide only what is safe to decide; what is cut, is cut by the planes of
tiles, and the facets of pieces keep the names that they had as facets of the polytopes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from geomot.densities.base import Density
from geomot.geometry.meshes.tiling import Tiling
from geomot.kernels.indices import list_starts, numbered, runs
from geomot.kernels.simplices import Floats, Ints, dot, measures, squared_norms
from geomot.power.cells import SLACK
from geomot.power.integration import CHUNK, rule_sums
from geomot.power.polytopes import HalfSpaces, Polytopes, cut
from geomot.power.shapes import Flags, facet_sizes, flags

SAFE = 64.0 * float(np.finfo(float).eps)  # error of a facet's ends, in units of coordinates
FLAT = 64.0 * float(np.finfo(float).eps)  # thickness of pieces that are none, in units of coordinates
PAIRS = 1 << 16  # pairs that are looked at together
VERTICES = 1 << 19  # vertices of polytopes that are cut together


@dataclass(frozen=True, eq=False)
class Pieces:
    """What polytopes share with tiles that are not whole.

    Parameters
    ----------
    parts
        The pieces, cut into simplices; relative to the polytopes' origin.
    polytopes, tiles
        ``(n,)`` the polytope and the tile of each simplex.
    """

    parts: Flags
    polytopes: Ints
    tiles: Ints


@dataclass(frozen=True, eq=False)
class FacetPlanes:
    """The planes of facets: n . x <= c inside.

    Parameters
    ----------
    normals
        ``(f, d)`` unit normals n, outward.
    offsets
        ``(f,)`` c.
    doubts
        ``(f,)`` how far off the plane may be within the polytope's surroundings; infinite if unknown.
    """

    normals: Floats
    offsets: Floats
    doubts: Floats


@dataclass(frozen=True, eq=False)
class Tiled:
    """Polytopes and the tiles that they meet.

    Parameters
    ----------
    cells
        The polytopes, numbered from 0 without gaps, by number.
    parts
        Their simplices, from `flags`.
    planes
        Those of the facets of `parts`.
    tiling
        The tiles.
    origin
        ``(d,)`` where the polytopes are in the tiles' coordinates.
    size
        Largest coordinate, which says how far off vertices are.
    """

    cells: Polytopes
    parts: Flags
    planes: FacetPlanes
    tiling: Tiling
    origin: Floats
    size: float

    def pairs(self) -> Iterator[tuple[Ints, Ints, np.ndarray]]:
        """Yield pairs of a polytope and a tile that may share inner points, and which are whole."""
        starts = self._starts
        low = self.origin + np.minimum.reduceat(self.cells.points, starts[:-1])
        high = self.origin + np.maximum.reduceat(self.cells.points, starts[:-1])
        normals, offsets, doubts = self.planes.normals, self.planes.offsets, self.planes.doubts
        facets = list_starts(self.parts.facet_owners, self.count)
        every, others = self.tiling.near(low, high)
        for first in range(0, len(every), PAIRS):
            own, tiles = every[first : first + PAIRS], others[first : first + PAIRS]
            corners = self.tiling.tile_corners(tiles)
            met = (corners.min(axis=1) < high[own]) & (corners.max(axis=1) > low[own])
            chosen = met.all(axis=1)
            own, tiles, corners = own[chosen], tiles[chosen], corners[chosen] - self.origin
            pair, plane = runs(facets, own)
            lowest = np.full(len(pair), np.inf)
            highest = -lowest
            for k in range(corners.shape[1]):
                height = dot(corners[pair, k], normals[plane]) - offsets[plane]
                np.minimum(lowest, height, out=lowest)
                np.maximum(highest, height, out=highest)
            apart, whole = np.zeros(len(own), dtype=bool), np.ones(len(own), dtype=bool)
            apart[pair[lowest > doubts[plane]]] = True
            whole[pair[highest > -doubts[plane]]] = False
            yield own[~apart], tiles[~apart], whole[~apart]

    def pieces(self, own: Ints, tiles: Ints) -> Iterator[Pieces]:
        """Yield what pairs of a polytope and a tile share."""
        starts = self._starts
        loads = np.cumsum(np.diff(starts)[own]) // VERTICES
        for rows in np.split(np.arange(len(own)), np.flatnonzero(np.diff(loads)) + 1):
            pair, vertices = runs(starts, own[rows])
            shift = np.append(0, np.cumsum(np.diff(starts)[own[rows]]))[:-1] - starts[own[rows]]
            across = self.cells.across[vertices] + (self.cells.dimension * shift)[pair, None]
            copies = Polytopes(pair, self.cells.points[vertices], self.cells.planes[vertices], across)
            held, shared = self._within(copies, tiles[rows])
            parts = flags(shared)
            yield Pieces(parts, own[rows][held][parts.owners], tiles[rows][held][parts.owners])

    def _within(self, copies: Polytopes, tiles: Ints) -> tuple[Ints, Polytopes]:
        """Cut polytopes by the sides of a tile each; return which are left, and these."""
        sides = self.tiling.tile_sides(tiles)
        lengths = np.sqrt(squared_norms(sides.normals))
        fresh = int(copies.planes.min(initial=0)) - 1  # names of sides are below all others
        slack = np.full(len(tiles), SLACK * self.size)
        for k in range(lengths.shape[1]):
            normals = -sides.normals[:, k] / lengths[:, k, None]
            anchors = sides.anchors[:, k] - self.origin
            names = np.full(len(tiles), fresh - k)
            copies, _ = cut(copies, HalfSpaces(normals, dot(normals, anchors), names, slack))
        held, _, entry = numbered(copies.owners)
        return held, replace(copies, owners=entry)

    @property
    def count(self) -> int:
        """Number of polytopes."""
        return int(self.cells.owners[-1]) + 1

    @cached_property
    def _starts(self) -> Ints:
        """Where the vertices of each polytope begin, and the last ones end."""
        return list_starts(self.cells.owners, self.count)


def facet_planes(parts: Flags, size: float) -> FacetPlanes:
    """Return the planes of facets as their vertices tell.

    A facet of the width w, whose ends are off by e, leans by e / w.

    Parameters
    ----------
    parts
        Polytopes cut into simplices.
    size
        Largest coordinate, which says how far off ends are.

    Examples
    --------
    >>> from geomot.power.polytopes import boxes
    >>> square = boxes(np.zeros((1, 2)), np.ones((1, 2)), np.array([[0, 1], [2, 3]]))
    >>> facet_planes(flags(square), 1.0).normals.tolist()
    [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]]
    """
    bases, count = parts.corners[:, 1:], len(parts.facet_owners)
    areas = _area_vectors(bases)
    held = [np.bincount(parts.facets, column, minlength=count) for column in areas.T]
    total = np.stack(held, axis=1).astype(float)
    sizes, centroids = facet_sizes(parts)
    tiny = np.finfo(float).tiny
    normals = total / np.maximum(np.sqrt(squared_norms(total)), tiny)[:, None]
    reach = np.full(count, tiny)
    arms = bases[:, -1] - centroids[parts.facets]
    np.maximum.at(reach, parts.facets, np.sqrt(squared_norms(arms)))
    widths = sizes / (2.0 * reach) ** (bases.shape[2] - 2)
    with np.errstate(over="ignore"):
        doubts = SAFE * size * (1.0 + size / np.maximum(widths, tiny))
    return FacetPlanes(normals, dot(normals, centroids), doubts)


def _area_vectors(bases: Floats) -> Floats:
    """Return outward normals of edges or triangles, as long as these are large, ``(n, d)``."""
    arms = bases[:, 1:] - bases[:, :1]
    if bases.shape[2] == 2:
        return np.stack([arms[:, 0, 1], -arms[:, 0, 0]], axis=1)
    return np.asarray(0.5 * np.cross(arms[:, 0], arms[:, 1]))


def tiled_integrals(density: Density, degree: int, tiled: Tiled, *, moments: bool = False) -> Floats:
    """Integrate a density, and its first moments, over polytopes, exactly up to rounding.

    Parameters
    ----------
    density, degree
        A density that is a polynomial of this degree in each of the tiles.
    tiled
        The polytopes, and the density's tiles.
    moments
        Whether the integrals of the density times x - origin are wanted, too.

    Returns
    -------
    ``(count, 1)`` or ``(count, 1 + d)``.
    """
    origin, tiling = tiled.origin, tiled.tiling
    columns = 1 + len(origin) if moments else 1
    nodes = (degree + int(moments)) // 2 + 1  # n nodes are exact to the degree 2 n - 1
    values = np.zeros((tiled.count, columns))

    def book(polytopes: Ints, corners: Floats, tiles: Ints) -> None:
        for first in range(0, len(corners), CHUNK):
            rows = slice(first, first + CHUNK)
            values_at = _Within(density, tiles[rows], origin)
            sums = rule_sums(values_at, corners[rows], nodes, columns)
            for column in range(columns):
                values[:, column] += np.bincount(
                    polytopes[rows], sums[:, column], minlength=len(values)
                )

    for own, tiles, whole in tiled.pairs():
        inner = tiling.tile_parts(tiles[whole])
        book(own[whole][inner.owners], inner.corners - origin, tiles[whole][inner.owners])
        for piece in tiled.pieces(own[~whole], tiles[~whole]):
            book(piece.polytopes, piece.parts.corners, piece.tiles)
    return values


def tiled_facet_integrals(density: Density, degree: int, tiled: Tiled) -> Floats:
    """Integrate a density over the facets of polytopes, exactly up to rounding.

    Where it jumps along a facet, it is taken as within the facet's polytope.

    Parameters
    ----------
    density, degree, tiled
        As for `tiled_integrals`.

    Returns
    -------
    ``(f,)``, for the facets in the order of `Tiled.parts`.
    """
    nodes = degree // 2 + 1
    facets = tiled.parts.facet_owners, tiled.parts.facet_planes
    low, span = int(facets[1].min()), int(np.ptp(facets[1])) + 1
    keys = facets[0] * span + facets[1] - low
    values = np.zeros(len(keys))
    for own, tiles, whole in tiled.pairs():
        for piece in tiled.pieces(own[~whole], tiles[~whole]):
            parts = piece.parts
            outer = (parts.facet_planes >= low) & ~_flat(parts, FLAT * tiled.size)
            rows = np.flatnonzero(outer[parts.facets])
            names = parts.facet_planes[parts.facets[rows]]
            places = np.searchsorted(keys, piece.polytopes[rows] * span + names - low)
            values_at = _Within(density, piece.tiles[rows], tiled.origin)
            sums = rule_sums(values_at, parts.corners[rows, 1:], nodes, 1)
            values += np.bincount(places, sums[:, 0], minlength=len(values))
    return values


@dataclass(frozen=True, eq=False)
class _Within:
    """A density at points ``(m, n, d)`` relative to the origin, in a tile each."""

    density: Density
    tiles: Ints
    origin: Floats

    def __call__(self, points: Floats) -> Floats:
        return self.density.values_in(self.tiles, self.origin + points)


def _flat(parts: Flags, thickness: float) -> np.ndarray:
    """Return the facets of pieces that are no thicker: such touch a tile from outside."""
    sizes, _ = facet_sizes(parts)
    pieces = int(parts.owners.max(initial=-1)) + 1
    volumes = np.bincount(parts.owners, measures(parts.corners), minlength=pieces)
    largest = np.zeros(pieces)
    np.maximum.at(largest, parts.facet_owners, sizes)
    return np.asarray((volumes <= thickness * largest)[parts.facet_owners])
