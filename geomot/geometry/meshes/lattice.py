"""A grid of boxes, and meshes cut along it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from math import factorial

import numpy as np

from geomot.geometry.meshes.bins import boxes_within
from geomot.geometry.meshes.breaks import Overlay
from geomot.geometry.meshes.cutting import HalfSpaces, Parts, clipped, facet_spaces, replaced
from geomot.geometry.meshes.facets import boundary_facets, facet_normals
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.meshes.tiling import Tiling
from geomot.kernels.indices import contains, distinct, numbered
from geomot.kernels.simplices import Floats, Ints, dot, measures, squared_edge_lengths

ROUNDING = 1e-13  # part of a simplex's height by which a box may touch it without sharing points
THIN = 1e-13  # simplices of less than this times their longest edge to the d are not cut
PAIRS = 1 << 20  # pairs of a simplex and a box that are looked at together


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Pairs of a simplex and a box that share inner points, and perhaps some more that are near.

    Parameters
    ----------
    owners
        ``(p,)`` the simplices.
    boxes
        ``(p, d)`` the boxes, by number along each axis.
    whole
        ``(p,)`` whether the box lies in the simplex.
    held
        ``(p,)`` whether its centre does.
    """

    owners: Ints
    boxes: Ints
    whole: np.ndarray
    held: np.ndarray


@dataclass(frozen=True, eq=False)
class Lattice(Tiling):
    """The axis-parallel planes that divide space into a grid of boxes.

    Parameters
    ----------
    ticks
        For each axis the ascending coordinates of its planes, ``(n_k,)``, metres, two at least.
    """

    ticks: tuple[Floats, ...]

    def cut(self, mesh: Mesh, base: Mesh) -> Overlay:
        """Return the mesh cut along the planes.

        Notes
        -----
        1. Simplices that lie in one box stay.
        2. A box inside the domain, in which no simplex lies, becomes Kuhn's d! simplices, whatever
           simplices it reaches into: their common faces have no meaning for the function.
        3.  So does one that lies in a simplex.  Of any other the part in each simplex is that simplex
           cut by the 2 d sides of the box.

        Examples
        --------
        >>> square = Lattice((np.arange(4.0), np.arange(4.0)))
        >>> triangle = Mesh(np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]]), np.array([[0, 1, 2]]))
        >>> fine = square.cut(triangle, triangle).refinement
        >>> len(fine.shares), round(float(fine.shares.sum()), 15)
        (9, 1.0)
        """
        outer = self._around(mesh)
        corners, sizes = mesh.corners, measures(mesh.corners)
        low, high = outer._range(corners)
        longest = squared_edge_lengths(corners).max(axis=1) ** (0.5 * mesh.dimension)
        several = (low != high).any(axis=1) & (sizes > THIN * longest)
        kept, rows = np.flatnonzero(~several), np.flatnonzero(several)
        pairs = outer._overlaps(corners, rows, low, high)
        keys = outer._keys(pairs.boxes)
        shut = distinct(
            np.concatenate(
                [outer._keys(low[kept]), outer._met(base.vertices[boundary_facets(base)[0]])]
            )
        )
        # one that no facet crosses lies inside if its centre does, else it is merely near
        free = ~contains(shut, keys) & contains(distinct(keys[pairs.held]), keys)

        _, firsts, entry = numbered(keys[free])
        first, boxes = pairs.owners[free][firsts], pairs.boxes[free][firsts]
        parts = [outer._boxes(boxes, first, sizes)]
        rest = np.flatnonzero(~free & pairs.whole)
        parts.append(outer._boxes(pairs.boxes[rest], pairs.owners[rest], sizes))
        rest = np.flatnonzero(~free & ~pairs.whole)
        own = pairs.owners[rest]
        across = clipped(corners[own], outer._sides(pairs.boxes[rest]))
        parts.append(Parts(across.corners, own[across.owners], across.shares))

        again = np.flatnonzero(np.arange(len(entry)) != firsts[entry])
        turns = np.arange(factorial(mesh.dimension))[:, None]
        fresh = len(kept) + turns * len(first) + entry[again]
        others = np.stack([fresh, np.broadcast_to(pairs.owners[free][again], fresh.shape)], axis=-1)
        return Overlay(replaced(mesh, kept, Parts.joined(parts)), others.reshape(-1, 2))

    def parts(self, mesh: Mesh) -> float:
        """Return about how many simplices `cut` would make: d! of a box, and of the rest at a corner.

        Examples
        --------
        >>> square = Lattice((np.arange(101.0), np.arange(101.0)))
        >>> triangle = Mesh(np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]]), np.array([[0, 1, 2]]))
        >>> square.parts(triangle)
        10002.0
        """
        corners = mesh.corners
        low, high = self._around(mesh)._range(corners)
        boxes = np.prod(high - low + 1.0, axis=1)
        held = measures(corners) / np.prod(np.ptp(corners, axis=1), axis=1)
        made = factorial(mesh.dimension) * (boxes * held + 1.0)
        return float(np.where(boxes > 1.0, made, 1.0).sum())

    def near(self, low: Floats, high: Floats) -> tuple[Ints, Ints]:
        """Return the pairs of a box and one of the grid that may meet; see `Tiling.near`."""
        owners, boxes = boxes_within(*self._range(np.stack([low, high], axis=1)))
        return owners, self._keys(boxes)

    def tile_corners(self, tiles: Ints) -> Floats:
        """Return the corners of boxes, ``(m, 2^d, d)``, metres."""
        lower, upper = self._ends(self._numbers(tiles))
        up = np.array(list(product((False, True), repeat=len(self.ticks))))
        return np.where(up, upper[:, None], lower[:, None])

    def tile_sides(self, tiles: Ints) -> HalfSpaces:
        """Return the 2 d half-spaces of each box."""
        return self._sides(self._numbers(tiles))

    def tile_parts(self, tiles: Ints) -> Parts:
        """Return boxes as Kuhn's d! simplices each."""
        return _kuhn(*self._ends(self._numbers(tiles)))

    def _around(self, mesh: Mesh) -> Lattice:
        """Return the planes with one more at each end where the mesh reaches beyond them."""
        used = mesh.corners.reshape(-1, mesh.dimension)
        ticks = []
        for axis, (low, high) in enumerate(zip(used.min(axis=0), used.max(axis=0), strict=True)):
            own = self.ticks[axis]
            below, above = [low] if low < own[0] else [], [high] if high > own[-1] else []
            ticks.append(np.concatenate([below, own, above]))
        return Lattice(tuple(ticks))

    @property
    def _shape(self) -> tuple[int, ...]:
        return tuple(len(ticks) - 1 for ticks in self.ticks)

    def _keys(self, boxes: Ints) -> Ints:
        """Return one number for each box."""
        return np.asarray(np.ravel_multi_index(tuple(boxes.T), self._shape))

    def _numbers(self, keys: Ints) -> Ints:
        """Return the boxes with these numbers, by number along each axis, ``(m, d)``."""
        return np.stack(np.unravel_index(keys, self._shape), axis=1)

    def _range(self, corners: Floats) -> tuple[Ints, Ints]:
        """Return the first and the last box along each axis that simplices reach into, ``(m, d)``."""
        first, last = [], []
        for axis, ticks in enumerate(self.ticks):
            low, high = corners[:, :, axis].min(axis=1), corners[:, :, axis].max(axis=1)
            margin, most = ROUNDING * (high - low), len(ticks) - 2
            first.append(np.clip(np.searchsorted(ticks, low + margin, side="right") - 1, 0, most))
            end = np.searchsorted(ticks, high - margin, side="left") - 1
            last.append(np.clip(end, first[-1], most))
        return np.stack(first, axis=1), np.stack(last, axis=1)

    def _overlaps(self, corners: Floats, rows: Ints, low: Ints, high: Ints) -> Overlaps:
        """Return the boxes that some simplices share inner points with."""
        counts = np.cumsum((high - low + 1)[rows].prod(axis=1))
        found = [Overlaps(rows[:0], low[:0], rows[:0] > 0, rows[:0] > 0)]
        for chunk in np.split(rows, np.flatnonzero(np.diff(counts // PAIRS)) + 1):
            owners, boxes = boxes_within(low[chunk], high[chunk])
            lower, upper = self._ends(boxes)
            center, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
            spaces = facet_spaces(corners[chunk])
            whole, apart = np.ones(len(owners), dtype=bool), np.zeros(len(owners), dtype=bool)
            held = whole.copy()
            for k in range(corners.shape[1]):
                normals = spaces.normals[owners, k]
                height = dot(center - spaces.anchors[owners, k], normals)
                reach = dot(half, np.abs(normals))
                whole &= height - reach >= -ROUNDING
                apart |= height + reach <= ROUNDING
                held &= height >= -ROUNDING
            near = ~apart
            found.append(Overlaps(chunk[owners][near], boxes[near], whole[near], held[near]))
        return Overlaps(
            np.concatenate([each.owners for each in found]),
            np.concatenate([each.boxes for each in found]),
            np.concatenate([each.whole for each in found]),
            np.concatenate([each.held for each in found]),
        )

    def _met(self, facets: Floats) -> Ints:
        """Return the keys of boxes that facets ``(f, d, d)`` may cross, and perhaps of some more."""
        low, high = self._range(facets)
        owners, boxes = boxes_within(low, high)
        normals = facet_normals(facets)[owners]
        lower, upper = self._ends(boxes)
        height = np.abs(dot(0.5 * (lower + upper) - facets[owners, 0], normals))
        reach = dot(0.5 * (upper - lower), np.abs(normals))
        return self._keys(boxes[height < reach * (1.0 - ROUNDING)])

    def _ends(self, boxes: Ints) -> tuple[Floats, Floats]:
        """Return lower and upper corners of boxes, ``(m, d)`` each."""
        ends = [
            [ticks[boxes[:, axis] + step] for axis, ticks in enumerate(self.ticks)] for step in (0, 1)
        ]
        return np.stack(ends[0], axis=1), np.stack(ends[1], axis=1)

    def _sides(self, boxes: Ints) -> HalfSpaces:
        """Return the 2 d half-spaces whose intersection each box is."""
        d = len(self.ticks)
        anchors = np.repeat(np.stack(self._ends(boxes), axis=1), d, axis=1)
        normals: Floats = np.concatenate([np.eye(d), -np.eye(d)])
        return HalfSpaces(anchors, np.broadcast_to(normals, anchors.shape))

    def _boxes(self, boxes: Ints, owners: Ints, sizes: Floats) -> Parts:
        """Return boxes as parts of a simplex each: all first simplices, all second ones, and so on."""
        lower, upper = self._ends(boxes)
        kuhn = _kuhn(lower, upper)
        shares = (upper - lower).prod(axis=1) / sizes[owners]
        return Parts(kuhn.corners, owners[kuhn.owners], kuhn.shares * shares[kuhn.owners])


def _kuhn(lower: Floats, upper: Floats) -> Parts:
    """Return boxes ``(m, d)`` as d! simplices each, along the diagonal."""
    d = lower.shape[1]
    ends = np.stack([lower, upper])
    whole = []
    for order in permutations(range(d)):
        passed = np.zeros((d + 1, d), dtype=np.int64)
        for step, axis in enumerate(order):
            passed[step + 1 :, axis] = 1
        whole.append(ends[passed, :, np.arange(d)].transpose(2, 0, 1))
    owners = np.tile(np.arange(len(lower)), factorial(d))
    return Parts(np.concatenate(whole), owners, np.full(len(owners), 1.0 / factorial(d)))
