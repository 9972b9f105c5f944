"""Cells one dimension up: polytopes, as `geomot.power.cutting` cuts them, each seen from its site."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from geomot.arcs.finding import rivals, strongest
from geomot.arcs.lifting import LiftedSites
from geomot.arcs.zones import Walls
from geomot.kernels.indices import list_starts, runs
from geomot.kernels.simplices import Floats, Ints
from geomot.power.cutting import NONE, CellProblem
from geomot.power.polytopes import HalfSpaces, Polytopes, boxes, cut, sorted_by_owner

AROUND = 16  # sites near a vertex that are looked at before all are
NEAR, FIRST = 36, 18  # nearest sites, and those of them that cut each cell at first
ROOM = 1.0 / 64.0  # how far the box reaches below and above the paraboloid
SLACK = 8.0 * float(np.finfo(float).eps)  # distance to a plane that counts as none, in its terms
SIDES = 6  # walls -1 to -6 are those of the box; further ones follow
BLOCK = 1 << 20  # pairs of cell and piece at a time


@dataclass(frozen=True, eq=False)
class LiftedProblem(CellProblem):
    """The cells in the box around a zone, each seen from its site and in its unit.

    Parameters
    ----------
    sites
        The sites.
    walls
        The zone.
    """

    sites: LiftedSites
    walls: Walls

    @property
    def count(self) -> int:
        """Number of sites, B."""
        return len(self.sites.positions)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.sites.positions)

    def first(self, own: Ints) -> tuple[Polytopes, Ints]:
        """Return boxes around the paraboloid, and of each site's neighbours those that cost least."""
        origins, units = self.sites.origins[own], self.sites.units[own][:, None]
        lower = np.maximum((self.walls.box[0] - origins) / units, -1.0 - ROOM)
        upper = np.minimum((self.walls.box[1] - origins) / units, 1.0 + ROOM)
        top = (np.maximum(lower**2, upper**2)).sum(axis=1)
        low = np.column_stack([lower, np.full(len(own), -ROOM)])
        high = np.column_stack([upper, top + ROOM])
        names = -1 - np.arange(SIDES).reshape(3, 2)
        _, near = self._tree.query(self.sites.positions[own], min(NEAR, self.count))
        near = np.asarray(near).reshape(len(own), -1)
        many = near.shape[1]
        planes = self.planes(np.repeat(own, many), near.reshape(-1))
        order = np.argsort(planes.offsets.reshape(near.shape), axis=1, kind="stable")[:, :FIRST]
        chosen = np.take_along_axis(near, order, axis=1)
        chosen = np.column_stack([self.sites.bounds[own], chosen])
        return boxes(low, high, names), np.where(chosen == own[:, None], NONE, chosen)

    def planes(self, sites: Ints, names: Ints) -> HalfSpaces:
        """Return the half-space with each name as seen from each site, all of space for NONE."""
        none = (names < 0) | (names == sites)
        other = np.where(none, sites, names)
        normals, offsets, sizes = self.sites.planes(sites, sites, other)
        lengths = np.sqrt((normals**2).sum(axis=1))
        lengths[none] = 1.0
        with np.errstate(over="ignore"):
            offsets, sizes = offsets / lengths, np.minimum(sizes / lengths, 1.0 / SLACK)
        offsets[none] = np.inf
        return HalfSpaces(normals / lengths[:, None], offsets, names, SLACK * (1.0 + sizes))

    def violated(self, sites: Ints, points: Floats) -> Ints:
        """Return a rival at each point, beyond whose plane the point is, NONE if there is none."""
        units = self.sites.units[sites]
        heights = units**2 * (points[:, 2] - (points[:, :2] ** 2).sum(axis=1))
        flat = units[:, None] * points[:, :2] + self.sites.origins[sites]
        placed = np.column_stack([flat, heights])
        _, near = self._tree.query(flat, min(AROUND, self.count))
        found = strongest(self.sites, placed, sites, np.asarray(near).reshape(len(flat), -1))
        beyond = self._beyond(sites, found, points)
        rest = np.flatnonzero(~beyond)  # a near rival is as good as the strongest one; is there none?
        found[rest] = rivals(self.sites, placed[rest], sites[rest])
        beyond[rest] = self._beyond(sites[rest], found[rest], points[rest])
        return np.where(beyond, found, NONE)

    def _beyond(self, sites: Ints, others: Ints, points: Floats) -> np.ndarray:
        planes = self.planes(sites, others)
        heights = (planes.normals * points).sum(axis=1) - planes.offsets
        return np.asarray(heights > planes.tolerances)


def pieces_of(problem: LiftedProblem, cells: Polytopes) -> tuple[Polytopes, Ints, Ints]:
    """Return the parts of cells in the convex pieces of the zone.

    Parameters
    ----------
    problem
        The sites and the zone.
    cells
        The cells in the box, by site.

    Returns
    -------
    The parts, and the site and the piece of each one.
    """
    walls = problem.walls
    starts = list_starts(cells.owners, problem.count)
    if walls.whole:
        return cells, np.arange(problem.count), np.zeros(problem.count, dtype=np.int64)
    site, piece = _near(problem, cells, starts)
    step = max(1, BLOCK // 64)
    parts: list[Polytopes] = [cells.take(np.empty(0, dtype=np.int64), cells.owners[:0])]
    for first in range(0, len(site), step):
        own, of = site[first : first + step], piece[first : first + step]
        parts.append(_cut_out(problem, _repeated(cells, starts, own), own, of, first))
    return sorted_by_owner(parts), site, piece


def _cut_out(
    problem: LiftedProblem, parts: Polytopes, own: Ints, pieces: Ints, first: int
) -> Polytopes:
    """Cut parts by the walls of their pieces; number them from ``first`` on."""
    walls = problem.walls
    origins, units = problem.sites.origins[own], problem.sites.units[own]
    for wall in walls.pieces[pieces].T:
        flat, offsets = walls.lines(wall, origins)
        signs = walls.signs(wall, pieces)
        normals = np.column_stack([signs[:, None] * flat, np.zeros(len(own))])
        tolerances = SLACK * (1.0 + np.abs(origins).max(axis=1) / units)
        by = HalfSpaces(normals, signs * offsets / units, -1 - SIDES - wall, tolerances)
        parts, _ = cut(parts, by)
    return Polytopes(parts.owners + first, parts.points, parts.planes, parts.across)


def _repeated(cells: Polytopes, starts: Ints, own: Ints) -> Polytopes:
    """Return copies of cells, numbered from 0."""
    owners, rows = runs(starts, own)
    begins = np.append(0, np.cumsum(np.diff(starts)[own]))[:-1]
    shift = cells.dimension * (begins - starts[own])
    return Polytopes(
        owners, cells.points[rows], cells.planes[rows], cells.across[rows] + shift[owners][:, None]
    )


def _near(problem: LiftedProblem, cells: Polytopes, starts: Ints) -> tuple[Ints, Ints]:
    """Return pairs of site and piece whose bounding boxes meet."""
    walls = problem.walls
    sites = np.flatnonzero(np.diff(starts))
    units = problem.sites.units[cells.owners][:, None]
    places = units * cells.points[:, :2] + problem.sites.origins[cells.owners]
    low = np.minimum.reduceat(places, starts[sites])
    high = np.maximum.reduceat(places, starts[sites])
    corners = walls.vertices[walls.ends[walls.pieces].reshape(len(walls.pieces), -1)]
    lower, upper = corners.min(axis=1), corners.max(axis=1)
    step = max(1, BLOCK // max(1, len(sites)))
    found = []
    for first in range(0, len(corners), step):
        one, other = lower[first : first + step, None], upper[first : first + step, None]
        piece, cell = np.nonzero(((one <= high) & (other >= low)).all(axis=2))
        found.append((sites[cell], piece + first))
    return np.concatenate([s for s, _ in found]), np.concatenate([p for _, p in found])
