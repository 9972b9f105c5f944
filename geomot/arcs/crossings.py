r"""Where polytopes cross the paraboloid: the boundary of planar cells, as a matter of combinatorics.

What is above the paraboloid z = |x|^2 is convex.  So an edge of a polytope crosses it once if it has
one end above, and not at all or twice if it has both below; and around a facet, counter-clockwise,
crossings alternate.  On a facet the paraboloid is a conic, whose part inside the facet leads from each
crossing that leaves the inside to the next that enters it::

          +-----------+
          |  below    |          The facet between sites b and j: its conic becomes a circle, or a
     enter|__         |          line, in the plane, with b on its left.
          |  \ above  |
          +---+-------+
              leave

Each crossing of an edge is left on one facet and entered on the other: the boundary of a cell is
closed, whatever rounding does to the vertices.  A crossing is known by the three planes of its edge and
by the end of the edge's line that it is on, which is the sign of a permutation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.arcs.cells import SIDES, LiftedProblem
from geomot.kernels.indices import numbered
from geomot.kernels.simplices import Floats, Ints
from geomot.power.polytopes import Polytopes


@dataclass(frozen=True, eq=False)
class Crossings:
    """What bounds the planar cells: directed pieces of conics, and whole circles.

    Planes are numbered: b for a site, B + w for a wall.

    Parameters
    ----------
    parts
        ``(e,)`` the part of a cell that is on the left of each piece.
    facets
        ``(e,)`` number of the plane on the right.
    halves
        ``(e, 2)`` half-edges of the polytope that the piece leads from and to.
    keys
        ``(e, 2, 4)`` ends: three planes, ascending, and 1 where the line through them leaves the
        paraboloid, else 0.
    round_parts, round_facets
        ``(c,)`` the same for whole circles.
    """

    parts: Ints
    facets: Ints
    halves: Ints
    keys: Ints
    round_parts: Ints
    round_facets: Ints


class Surfaces:
    """Half-edges of polytopes as one walks around facets; see `geomot.power.polytopes`.

    Half-edge 3 v + k goes from vertex v along the facet in its slot k, counter-clockwise.
    """

    def __init__(self, problem: LiftedProblem, parts: Polytopes, sites: Ints, pieces: Ints) -> None:
        self.problem, self.parts, self.sites, self.pieces = problem, parts, sites, pieces
        count = len(parts.owners)
        vertex, slot = np.divmod(np.arange(3 * count), 3)
        self.vertex = vertex
        self.turned = 3 * vertex + (slot + 1) % 3
        self.opposite = parts.across.reshape(-1)[self.turned]
        self.following = self.turned[self.opposite]
        names = parts.planes.reshape(-1)
        sides = -1 - names  # of the box, then walls
        if not problem.walls.whole:
            sides = np.where(sides < SIDES, sides + len(problem.walls.ends), sides - SIDES)
        numbers = np.where(names >= 0, names, problem.count + sides)
        self.facet = numbers
        self.side = numbers[3 * vertex + (slot + 2) % 3]  # the other plane of the edge
        self.owner = parts.owners[vertex]

    def heights(self, halves: Ints, points: Floats) -> Floats:
        """Return how far local points ``(m, 3)`` are beyond the planes that bound facets."""
        problem, own, side = self.problem, self.sites[self.owner[halves]], self.side[halves]
        count = problem.count
        planes = problem.planes(own, np.where(side < count, side, -1))
        heights = (planes.normals * points).sum(axis=1) - planes.offsets
        walled = np.flatnonzero(side >= count)
        wall = side[walled] - count
        known = wall < len(problem.walls.ends)  # others are the box, far away
        walled, wall = walled[known], wall[known]
        flat, offsets = problem.walls.lines(wall, problem.sites.origins[own[walled]])
        offsets = offsets / problem.sites.units[own[walled]]
        signs = problem.walls.signs(wall, self.pieces[self.owner[halves[walled]]])
        heights[walled] = signs * ((flat * points[walled, :2]).sum(axis=1) - offsets)
        return np.asarray(heights)

    def places(self, halves: Ints, leaving: Ints) -> Floats:
        """Return about where half-edges cross the paraboloid, ``(m, 2)``; 1 where they leave it."""
        sites, own = self.problem.sites, self.sites[self.owner[halves]]
        start = self.parts.points[self.vertex[halves]]
        arms = self.parts.points[self.vertex[self.following[halves]]] - start
        height = start[:, 2] - (start[:, :2] ** 2).sum(axis=1)
        bend = (arms[:, :2] ** 2).sum(axis=1)
        slope = arms[:, 2] - 2.0 * (start[:, :2] * arms[:, :2]).sum(axis=1)
        root = np.sqrt(np.maximum(slope**2 + 4.0 * bend * height, 0.0))
        sign = np.where(leaving == 1, 1.0, -1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            same, other = slope + sign * root, slope - sign * root  # their product is -4 bend height
            time = np.where(sign * slope < 0.0, -2.0 * height / other, same / (2.0 * bend))
        time = np.clip(time, 0.0, 1.0)
        flat = start[:, :2] + np.nan_to_num(time)[:, None] * arms[:, :2]
        return np.asarray(sites.origins[own] + sites.units[own][:, None] * flat)


def crossings(surfaces: Surfaces) -> Crossings:
    """Return what the paraboloid cuts out of polytopes."""
    points = surfaces.parts.points
    vertex = surfaces.vertex
    heights = points[:, 2] - (points[:, :2] ** 2).sum(axis=1)
    above = heights > 0.0
    start, end = above[vertex], above[vertex[surfaces.following]]
    twice = _twice(points, heights, surfaces) & ~start & ~end
    leave, enter = np.flatnonzero((start & ~end) | twice), (end & ~start) | twice
    at, ends = surfaces.following[leave], np.empty(len(leave), dtype=np.int64)
    left = np.arange(len(leave))
    while len(left):  # ends: what leaves a facet's ring of vertices above enters it again
        done = enter[at]
        ends[left[done]] = at[done]
        left, at = left[~done], surfaces.following[at[~done]]
    halves = np.stack([leave, ends], axis=1)
    keys = np.stack(
        [_keys(surfaces, leave, leaving=True), _keys(surfaces, ends, leaving=False)], axis=1
    )
    parts, facets = _whole(surfaces, above[vertex] | enter)
    return Crossings(surfaces.owner[leave], surfaces.facet[leave], halves, keys, parts, facets)


def _twice(points: Floats, heights: Floats, surfaces: Surfaces) -> np.ndarray:
    """Return the half-edges whose middle part alone is above the paraboloid, if both ends are not."""
    lower = np.minimum(surfaces.turned, surfaces.opposite)  # either half asks the same edge
    start = lower // 3
    end = np.maximum(surfaces.turned, surfaces.opposite) // 3
    arms = points[end] - points[start]
    bend = (arms[:, :2] ** 2).sum(axis=1)
    slope = arms[:, 2] - 2.0 * (points[start, :2] * arms[:, :2]).sum(axis=1)
    # the height is h + slope t - bend t^2
    inside = (slope > 0.0) & (slope < 2.0 * bend)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(inside & (heights[start] + 0.25 * slope * (slope / bend) > 0.0))


def _keys(surfaces: Surfaces, halves: Ints, *, leaving: bool) -> Ints:
    """Return keys of crossings of half-edges that leave the inside, or enter it."""
    count, walls = surfaces.problem.count, surfaces.problem.walls
    part = surfaces.owner[halves]
    rows = np.stack([surfaces.sites[part], surfaces.facet[halves], surfaces.side[halves]], axis=1)
    # along the edge goes N x M, with N and M the normals of the facet and of the other plane
    a, b, c = rows.T
    even = (a < b) ^ (a < c) ^ (b < c)
    for column in (b, c):
        wall = np.clip(column - count, 0, len(walls.ends) - 1)
        even ^= (column >= count) & (walls.signs(wall, surfaces.pieces[part]) < 0)
    root = np.where(even == leaving, 1, 0)
    corner = (b >= count) & (c >= count)
    ordered = np.sort(rows, axis=1)
    ordered[corner, 0] = ordered[corner, 1]  # a corner of the zone, whatever the site
    root[corner] = 0
    return np.column_stack([ordered, root])


def _whole(surfaces: Surfaces, busy: np.ndarray) -> tuple[Ints, Ints]:
    """Return part and plane of facets whose circle lies inside them, given what excludes it."""
    problem, count = surfaces.problem, surfaces.problem.count
    span = count + len(problem.walls.ends) + SIDES
    facets, first, entry = numbered(surfaces.owner * span + surfaces.facet)
    free = np.bincount(entry, busy, minlength=len(facets)) == 0
    free &= surfaces.facet[first] < count
    site, other = surfaces.sites[surfaces.owner[first]], np.minimum(surfaces.facet[first], count - 1)
    centers, squares = problem.sites.circles(site, other)
    box = problem.walls.box
    with np.errstate(invalid="ignore"):
        free &= (squares > 0.0) & np.isfinite(squares)
        free &= ((centers > box[0]) & (centers < box[1])).all(axis=1)
        # and in the box of the own cell, whose sides have no plane
        unit = problem.sites.units[site]
        free &= (np.abs(centers - problem.sites.origins[site]).max(axis=1) <= unit) & (
            squares <= unit**2
        )
    halves = np.flatnonzero(free[entry])
    of = entry[halves]
    units = problem.sites.units[site[of]]
    middles = (centers[of] - problem.sites.origins[site[of]]) / units[:, None]
    lifted = np.column_stack([middles, squares[of] / units**2 + (middles**2).sum(axis=1)])
    outside = surfaces.heights(halves, lifted) > 0.0
    free[of[outside]] = False
    chosen = first[free]
    return surfaces.owner[chosen], surfaces.facet[chosen]
