"""The cells of a power diagram in a convex zone, by cutting and a certificate.

1. Each cell begins as the box around the zone and is cut by the bisectors with its nearest sites, where
   "near" is meant in one dimension more: |x - p|^2 - w is the squared distance of (x, 0) and
   (p, sqrt(W - w)), less W, with W the largest weight (F. Aurenhammer, *Power diagrams*, 1987).
2. The cell is right if at none of its vertices another site has less power: what is cut off too little
   is convex, and would have a vertex that another site wins.  A k-d tree of the lifted sites finds the
   winner at each new vertex; it becomes a further cut, until there is none.

So the cells do not depend on how the first cuts were chosen, only on the signs of the distances of
vertices to bisectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geomot.geometry.indices import list_starts
from geomot.geometry.simplices import Floats, Ints
from geomot.power.polytopes import HalfSpaces, Polytopes, boxes, cut, sorted_by_owner

NEAREST = {2: 8, 3: 18}  # sites that cut each cell at first
CHUNK = 2000  # cells at a time
BLOCK = 1 << 20  # distances to walls at a time
NONE = np.iinfo(np.int64).min  # the name of no plane
SLACK = 8.0 * float(np.finfo(float).eps)  # distance to a plane that counts as none, in its terms


@dataclass(frozen=True, eq=False)
class PowerSites:
    """Sites of a power diagram, all at different places.

    Parameters
    ----------
    positions
        ``(B, d)`` p_b.
    weights
        ``(B,)`` w_b, in the units of squared lengths.
    """

    positions: Floats
    weights: Floats

    def bisectors(self, sites: Ints, others: Ints) -> HalfSpaces:
        """Return where site ``sites[k]`` has no more power than ``others[k]``; -1 stands for no site.

        2 (q - p) . (x - (p + q) / 2) <= w_p - w_q, divided by 2 |q - p|.
        """
        p, q = self.positions[sites], self.positions[others]
        arms = q - p
        largest = np.abs(arms).max(axis=1, keepdims=True, initial=np.finfo(float).tiny)
        normals = arms / largest
        lengths = np.sqrt((normals**2).sum(axis=1, keepdims=True))
        lengths[others < 0] = 1.0
        normals /= lengths
        middles = 0.5 * (p + q)
        with np.errstate(over="ignore"):
            shift = 0.5 * (self.weights[sites] - self.weights[others]) / (largest * lengths)[:, 0]
        size = 1.0 + np.abs(middles).max(axis=1) + np.minimum(np.abs(shift), 1.0 / SLACK)
        offsets = np.where(others < 0, np.inf, (normals * middles).sum(axis=1) + shift)
        return HalfSpaces(normals, offsets, others, SLACK * size)


class LiftedTree:
    """A k-d tree of the sites, one dimension up."""

    def __init__(self, sites: PowerSites) -> None:
        self._lifted = np.column_stack([sites.positions, np.sqrt(sites.weights.max() - sites.weights)])
        self._tree = cKDTree(self._lifted)

    def nearest(self, sites: Ints, count: int) -> Ints:
        """Return the nearest other sites of each, ``(m, count)``, NONE where there are no more."""
        _, found = self._tree.query(self._lifted[sites], min(count + 1, len(self._lifted)))
        found = np.asarray(found).reshape(len(sites), -1)
        return np.where(found == sites[:, None], NONE, found)

    def winners(self, points: Floats) -> Ints:
        """Return the site with the least power at each point ``(m, d)``."""
        return np.asarray(self._tree.query(np.column_stack([points, np.zeros(len(points))]))[1])


@dataclass(frozen=True, eq=False)
class PowerProblem:
    """Sites and the planes of a convex zone.

    Parameters
    ----------
    sites
        The sites, in units in which the zone is about 1.
    box
        ``(2, d)`` corners of the box around the zone, whose planes have the names -1 to -2 d.
    walls
        Half-spaces whose intersection with the box is the zone, named from -2 d - 1 downwards.
    """

    sites: PowerSites
    box: Floats
    walls: HalfSpaces

    def planes(self, sites: Ints, names: Ints) -> HalfSpaces:
        """Return the half-space with each name as seen from each site."""
        planes = self.sites.bisectors(sites, np.maximum(names, -1))
        walled = np.flatnonzero((names < 0) & (names != NONE))
        wall = -names[walled] - 2 * self.box.shape[1] - 1
        planes.normals[walled] = self.walls.normals[wall]
        planes.offsets[walled] = self.walls.offsets[wall]
        planes.tolerances[walled] = self.walls.tolerances[wall]
        return HalfSpaces(planes.normals, planes.offsets, names, planes.tolerances)


def power_cells(problem: PowerProblem) -> Polytopes:
    """Return the cells in a convex zone; owners are the sites, those without a cell have no vertex."""
    d = problem.box.shape[1]
    count = len(problem.sites.positions)
    tree = LiftedTree(problem.sites)
    names = -1 - np.arange(2 * d).reshape(d, 2)
    parts = []
    for first in range(0, count, CHUNK):
        own = np.arange(first, min(first + CHUNK, count))
        box = np.broadcast_to(problem.box, (len(own), 2, d))
        cells = boxes(box[:, 0], box[:, 1], names)
        for column in tree.nearest(own, NEAREST[d]).T:
            cells, _ = cut(cells, problem.planes(own, column))
        done = _certified(problem, tree, own, cells)
        parts.append(Polytopes(own[done.owners], done.points, done.planes, done.across))
    return sorted_by_owner(parts)


def _certified(problem: PowerProblem, tree: LiftedTree, own: Ints, cells: Polytopes) -> Polytopes:
    """Cut until no vertex is beyond a wall or won by another site."""
    finished: list[Polytopes] = []
    rows = np.arange(len(cells.owners))  # vertices that are not known to be right
    while len(rows):
        owners = cells.owners[rows]
        names = _violated(problem, tree, own[owners], cells.points[rows])
        wanted = np.flatnonzero(names != NONE)
        wrong = np.zeros(len(own), dtype=bool)
        wrong[owners[wanted]] = True
        settled = ~wrong[cells.owners]
        finished.append(cells.take(np.flatnonzero(settled), cells.owners[settled]))
        cells = cells.take(np.flatnonzero(~settled), cells.owners[~settled])
        fresh = np.zeros(len(cells.owners), dtype=bool)
        for column in _rounds(owners[wanted], names[wanted], len(own)):
            cells, origins = cut(cells, problem.planes(own, column))
            fresh = (origins < 0) | fresh[origins]
        rows = np.flatnonzero(fresh)
    return sorted_by_owner(finished)


def _violated(problem: PowerProblem, tree: LiftedTree, sites: Ints, points: Floats) -> Ints:
    """Return the name of a plane that each point of a site's cell is beyond, or NONE."""
    winners = tree.winners(points)
    names = np.where(winners == sites, NONE, winners)
    names[~_beyond(problem.planes(sites, names), points)] = NONE
    walls = problem.walls
    step = max(1, BLOCK // max(1, len(walls.names)))
    for first in range(0, len(points) if len(walls.names) else 0, step):
        some = points[first : first + step]
        excess = some @ walls.normals.T - walls.offsets - walls.tolerances
        worst = excess.argmax(axis=1)
        out = excess[np.arange(len(some)), worst] > 0.0
        names[first : first + step][out] = walls.names[worst[out]]
    return names


def _beyond(planes: HalfSpaces, points: Floats) -> np.ndarray:
    heights = (planes.normals * points).sum(axis=1) - planes.offsets
    return np.asarray(heights > planes.tolerances)


def _rounds(owners: Ints, names: Ints, count: int) -> Iterator[Ints]:
    """Yield the distinct pairs of owner and name as columns ``(count,)``, one per owner at most."""
    pairs = np.unique(np.stack([owners, names], axis=1), axis=0)
    starts = list_starts(pairs[:, 0], count)
    for turn in range(int(np.diff(starts).max(initial=0))):
        having = np.flatnonzero(np.diff(starts) > turn)
        column = np.full(count, NONE)
        column[having] = pairs[starts[having] + turn, 1]
        yield column
