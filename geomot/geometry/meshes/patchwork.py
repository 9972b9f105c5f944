"""A mesh as the breaks of a function, and other meshes cut along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geomot.geometry.meshes.bins import Bins
from geomot.geometry.meshes.breaks import Overlay
from geomot.geometry.meshes.crossfacets import ROUNDING, THIN, cut_apart, heights_across, placed
from geomot.geometry.meshes.cutting import HalfSpaces, Parts, clipped, facet_spaces, replaced
from geomot.geometry.meshes.facets import boundary_facets
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.meshes.tiling import Tiling
from geomot.kernels.indices import distinct, list_starts, numbered, runs
from geomot.kernels.simplices import Floats, Ints, dot, measures, squared_edge_lengths

PAIRS = 1 << 18  # pairs of simplices that are looked at together
STRIDE = 8  # points, the first of which says where the others may be


@dataclass(frozen=True, eq=False)
class Patchwork(Tiling):
    """The facets of a conforming mesh, the patches; outside of it a function is smooth as well.

    Parameters
    ----------
    mesh
        Simplices of positive measure that do not overlap; they need not cover anything.
    """

    mesh: Mesh

    @cached_property
    def bins(self) -> Bins:
        """Where to find the patches."""
        return Bins(self.mesh.corners)

    def locate(self, points: Floats) -> tuple[Ints, Floats]:
        """Return the patch that holds each point, -1 outside, and barycentric coordinates there.

        Parameters
        ----------
        points
            ``(m, d)``, metres.

        Returns
        -------
        ``(m,)`` and ``(m, d + 1)``; a point on several patches belongs to any of them.

        Notes
        -----
        Nodes of cubature stand one after the other in few patches: every point is first looked for in
        the patch of a point shortly before it, and only those that are not there in all that are near.
        """
        if len(points) <= STRIDE:
            return self._searched(points)
        found = np.repeat(self.locate(points[::STRIDE])[0], STRIDE)[: len(points)]
        place = self._heights(points, found)
        missed = np.flatnonzero((found < 0) | (place.min(axis=1) < 0.0))
        found[missed], place[missed] = self._searched(points[missed])
        return found, place

    def _searched(self, points: Floats) -> tuple[Ints, Floats]:
        """Return what `locate` does, from all patches that are near."""
        owners, patches = self.bins.near(points, points)
        heights = self._heights(points[owners], patches)
        least = heights.min(axis=1)
        best = np.full(len(points), -np.inf)
        np.maximum.at(best, owners, least)
        chosen = np.flatnonzero((least == best[owners]) & (least >= -ROUNDING))
        found, place = np.full(len(points), -1), np.zeros((len(points), heights.shape[1]))
        found[owners[chosen]], place[owners[chosen]] = patches[chosen], heights[chosen]
        return found, place

    def _heights(self, points: Floats, patches: Ints) -> Floats:
        """Return barycentric coordinates of points in patches, ``(m, d + 1)``."""
        spaces = self.spaces.take(patches)
        return dot(points[:, None] - spaces.anchors, spaces.normals)

    def cut(self, mesh: Mesh, base: Mesh) -> Overlay:
        """Return the mesh cut along the facets.

        Notes
        -----
        1. Simplices that lie in one patch, or outside of all, stay.
        2. A patch inside the domain, in which no simplex lies, becomes a simplex itself, whatever
           simplices it reaches into.
        3.  So does one that lies in a simplex.  Of any other the part in each simplex is that patch
           cut by the d + 1 sides of the simplex.
        4. What simplices have outside of all patches is what is left of them when they are cut by the
           planes of the outer facets that cross them.

        Examples
        --------
        >>> corner = Mesh(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([[0, 1, 2]]))
        >>> large = Mesh(2.0 * corner.vertices, corner.simplices)
        >>> Patchwork(corner).cut(large, large).refinement.shares.tolist()
        [0.25, 0.5, 0.25]
        """
        corners, sizes = mesh.corners, measures(mesh.corners)
        longest = squared_edge_lengths(corners).max(axis=1) ** (0.5 * mesh.dimension)
        owners, patches, whole, inner = self._overlaps(corners, sizes > THIN * longest)
        kept = np.ones(len(corners), dtype=bool)
        kept[owners] = False
        kept[owners[inner]] = True
        shut = np.zeros(len(self.mesh.simplices), dtype=bool)
        shut[patches[inner]] = True
        shut[self._met(base.vertices[boundary_facets(base)[0]])] = True
        # one that no facet crosses lies inside if its centre does, else it is merely near
        _, held = placed(corners[owners], self.mesh.corners[patches].mean(axis=1, keepdims=True))
        shut |= np.bincount(patches[held], minlength=len(shut)) == 0
        stays = ~kept[owners]
        owners, patches, whole = owners[stays], patches[stays], whole[stays]
        free = ~shut[patches]

        own = self.mesh.corners
        covered, firsts, entry = numbered(patches[free])
        first = owners[free][firsts]
        shares = self._sizes[covered] / sizes[first]
        parts = [Parts(own[covered], first, shares)]
        rest = np.flatnonzero(~free & whole)
        shares = self._sizes[patches[rest]] / sizes[owners[rest]]
        parts.append(Parts(own[patches[rest]], owners[rest], shares))
        rest = np.flatnonzero(~free & ~whole)
        across = clipped(own[patches[rest]], facet_spaces(corners[owners[rest]]))
        holder, patch = owners[rest][across.owners], patches[rest][across.owners]
        shares = across.shares * self._sizes[patch] / sizes[holder]
        parts.append(Parts(across.corners, holder, shares))
        parts.append(self._outside(corners, owners, patches))

        again = np.flatnonzero(np.arange(len(entry)) != firsts[entry])
        others = np.stack([kept.sum() + entry[again], owners[free][again]], axis=1)
        return Overlay(replaced(mesh, np.flatnonzero(kept), Parts.joined(parts)), others)

    def parts(self, mesh: Mesh) -> float:
        """Return about how many simplices `cut` would make: those of both meshes where they meet."""
        own, used = self.mesh.corners, mesh.corners.reshape(-1, mesh.dimension)
        met = (own.min(axis=1) < used.max(axis=0)) & (own.max(axis=1) > used.min(axis=0))
        return float(met.all(axis=1).sum() + len(mesh.simplices))

    def near(self, low: Floats, high: Floats) -> tuple[Ints, Ints]:
        """Return the pairs of a box and a patch that may meet; see `Tiling.near`."""
        owners, patches = self.bins.near(low, high)
        count = len(self.mesh.simplices)
        return np.divmod(distinct(owners * count + patches), count)

    def tile_corners(self, tiles: Ints) -> Floats:
        """Return the vertices of patches, ``(m, d + 1, d)``, metres."""
        return self.mesh.corners[tiles]

    def tile_sides(self, tiles: Ints) -> HalfSpaces:
        """Return the d + 1 half-spaces of each patch."""
        return self.spaces.take(tiles)

    def tile_parts(self, tiles: Ints) -> Parts:
        """Return patches: they are simplices."""
        return Parts.of(self.mesh.corners[tiles])

    def _overlaps(self, corners: Floats, wide: np.ndarray) -> tuple[Ints, Ints, np.ndarray, np.ndarray]:
        """Return pairs of a simplex and a patch that may share inner points, and which is in which."""
        rows = np.flatnonzero(wide)
        near = self.bins.near(corners[rows].min(axis=1), corners[rows].max(axis=1))
        count = len(self.mesh.simplices)
        keys = distinct(rows[near[0]] * count + near[1])
        found = [(keys[:0], keys[:0], keys[:0] > 0, keys[:0] > 0)]
        for first in range(0, len(keys), PAIRS):
            owners, patches = np.divmod(keys[first : first + PAIRS], count)
            apart, whole = placed(corners[owners], self.mesh.corners[patches])
            away, inner = placed(self.mesh.corners[patches], corners[owners])
            stays = ~(apart | away)
            found.append((owners[stays], patches[stays], whole[stays], inner[stays]))
        owners, patches, whole, inner = (np.concatenate(each) for each in zip(*found, strict=True))
        return owners, patches, whole, inner

    def _met(self, facets: Floats) -> Ints:
        """Return the patches that facets ``(f, d, d)`` may cross, and perhaps some more."""
        owners, patches = self.bins.near(facets.min(axis=1), facets.max(axis=1))
        low, high = heights_across(self.mesh.corners[patches], facets[owners])
        apart, _ = placed(self.mesh.corners[patches], facets[owners])
        return np.asarray(patches[(low < 0.0) & (high > 0.0) & ~apart])

    def _outside(self, corners: Floats, owners: Ints, patches: Ints) -> Parts:
        """Return what simplices have outside of all patches, given pairs of those that overlap."""
        facets, behind = boundary_facets(self.mesh)
        starts = list_starts(behind, len(self.mesh.simplices))
        rim = np.zeros(len(self.mesh.vertices), dtype=bool)
        rim[facets] = True
        near = rim[self.mesh.simplices[patches]].any(axis=1)
        suspects, _, row = numbered(owners[near])
        order = np.argsort(behind, kind="stable")
        planes = self.mesh.vertices[facets[order]]
        pair, entry = runs(starts, patches[near])
        pairs = np.stack([row[pair], entry], axis=1)
        left = cut_apart(Parts.of(corners[suspects]), planes, pairs)
        left = left.take(self.locate(left.corners.mean(axis=1))[0] < 0)
        return Parts(left.corners, suspects[left.owners], left.shares)

    @cached_property
    def _sizes(self) -> Floats:
        return measures(self.mesh.corners)

    @cached_property
    def spaces(self) -> HalfSpaces:
        """The half-spaces of the patches, whose heights are barycentric coordinates."""
        return facet_spaces(self.mesh.corners)
