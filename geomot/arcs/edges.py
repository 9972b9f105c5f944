"""The boundaries of cells as directed edges between numbered points, the cell on the left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.arcs.crossings import Crossings, Surfaces, crossings
from geomot.arcs.ties import NEAR, joined, tie_points
from geomot.kernels.indices import numbered, row_keys
from geomot.kernels.simplices import Floats, Ints

FULL = 1e-6  # radians that an arc may lack of a circle before it is asked whether it is one

BLURRED = 1e-12  # and in units of the zone
ASTRAY = 1e-6  # how far off its place on a polytope a tie cannot be, in units of the zone
ASIDE = np.array([0.6, 0.8])  # where a circle is divided: not where it may touch a box


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed edges, straight or arcs.

    Parameters
    ----------
    points
        ``(n, 2)``.
    smooth
        ``(n,)`` whether a point is only there because a curve passes from piece to piece of the zone.
    cells
        ``(e,)`` site on the left.
    others
        ``(e,)`` site on the right, -1 for the zone's boundary, -2 - w inside the zone on wall w.
    ends
        ``(e, 2)`` points.
    turns
        ``(e,)`` half the angle that the edge turns through, radians: positive counter-clockwise.
    """

    points: Floats
    smooth: np.ndarray
    cells: Ints
    others: Ints
    ends: Ints
    turns: Floats

    def take(self, edges: Ints) -> Edges:
        """Return some edges, among the same points."""
        return Edges(
            self.points,
            self.smooth,
            self.cells[edges],
            self.others[edges],
            self.ends[edges],
            self.turns[edges],
        )


def boundary_edges(surfaces: Surfaces) -> Edges:
    """Return the boundaries of all parts of cells."""
    found, problem = crossings(surfaces), surfaces.problem
    sites, walls, count = problem.sites, problem.walls, problem.count
    every = found.keys.reshape(-1, 4)
    span = count + len(walls.ends) + 6
    _, first, entry = numbered(row_keys(every, span))
    keys = every[first]
    points = tie_points(sites, walls, keys)
    rough = surfaces.places(found.halves.reshape(-1)[first], 1 - first % 2)
    with np.errstate(invalid="ignore"):
        lost = ~(np.abs(points - rough).max(axis=1) <= ASTRAY)  # planes that are nearly the same
    points[lost] = rough[lost]
    same = joined(points)
    wall = np.clip(keys[:, 2] - count, 0, len(walls.ends) - 1)
    plain = (keys[:, 1] < count) & (keys[:, 2] >= count) & (walls.owners[wall, 1] >= 0)
    smooth = np.bincount(same, ~plain, minlength=len(points)) == 0
    ends = same[entry].reshape(-1, 2)
    cells = surfaces.sites[found.parts]
    wall = np.maximum(found.facets - count, 0)
    inner = walls.owners[wall, 1] >= 0
    others = np.where(found.facets < count, found.facets, np.where(inner, -2 - wall, -1))
    turns = np.zeros(len(cells))
    arcs = np.flatnonzero(others >= 0)
    turns[arcs] = _turns(surfaces, found, arcs, points[ends[arcs]])
    kept = (ends[:, 0] != ends[:, 1]) | (np.abs(turns) > 0.5 * np.pi)
    edges = Edges(points, smooth, cells, others, ends, turns).take(np.flatnonzero(kept))
    return _with_circles(edges, surfaces, found)


def _turns(surfaces: Surfaces, found: Crossings, arcs: Ints, ends: Floats) -> Floats:
    """Return half the angles that arcs turn through, from their two ends ``(m, 2, 2)``.

    The arms from the centre to the ends differ by the chord and add up to twice the arm to its middle:
    no angle is computed from its sine or cosine.
    """
    sites = surfaces.problem.sites
    own, other = surfaces.sites[found.parts[arcs]], found.facets[arcs]
    centers, squares = sites.circles(own, other)
    curved = sites.factors[own] != sites.factors[other]
    sign = np.where(sites.factors[own] > sites.factors[other], 1.0, -1.0)
    chord, arm = ends[:, 1] - ends[:, 0], ends[:, 0] - centers
    with np.errstate(invalid="ignore", over="ignore"):
        half = np.arctan2(np.hypot(*chord.T), np.hypot(*(ends.sum(axis=1) - 2.0 * centers).T))
        onward = sign * (arm[:, 0] * chord[:, 1] - arm[:, 1] * chord[:, 0]) > 0.0
    half = np.where(onward | (half == 0.0), half, np.pi - half)
    single = np.asarray(~chord.any(axis=1))
    with np.errstate(invalid="ignore"):
        radii = np.sqrt(np.maximum(squares, 0.0))
        near = np.hypot(*chord.T) <= FULL * radii + BLURRED
    doubtful = np.flatnonzero(curved & (single | (near & (half > 0.5 * np.pi))))
    if len(doubtful):
        middles = centers[doubtful] - ends[doubtful].mean(axis=1)
        lengths = np.maximum(np.hypot(*middles.T), np.finfo(float).tiny)
        middles *= (radii[doubtful] / lengths)[:, None]
        full = _inside(surfaces, found.halves[arcs[doubtful], 0], centers[doubtful] + middles)
        full &= radii[doubtful] > NEAR
        back = np.where(single[doubtful], 0.0, half[doubtful] - np.pi)
        around = np.where(single[doubtful], np.pi, half[doubtful])
        half[doubtful] = np.where(full, around, back)
    return np.where(curved, sign * half, 0.0)


def _inside(surfaces: Surfaces, halves: Ints, points: Floats) -> np.ndarray:
    """Return whether points of the plane lie in the facets of half-edges, each with one arc alone."""
    own, sites = surfaces.sites[surfaces.owner[halves]], surfaces.problem.sites
    local = (points - sites.origins[own]) / sites.units[own][:, None]
    lifted = np.column_stack([local, (local**2).sum(axis=1)])
    inside = np.ones(len(halves), dtype=bool)
    at, left = halves.copy(), np.arange(len(halves))
    while len(left):  # ends: half-edges of a facet follow each other in a ring
        inside[left] &= surfaces.heights(at[left], lifted[left]) <= 0.0
        at[left] = surfaces.following[at[left]]
        left = left[at[left] != halves[left]]
    return inside


def _with_circles(edges: Edges, surfaces: Surfaces, found: Crossings) -> Edges:
    """Return the edges and those of whole circles, in two halves each."""
    sites = surfaces.problem.sites
    own, other = surfaces.sites[found.round_parts], found.round_facets
    _, squares = sites.circles(own, other)
    large = squares > NEAR**2
    own, other = own[large], other[large]
    low, high = np.minimum(own, other), np.maximum(own, other)
    _, first, entry = numbered(row_keys(np.stack([low, high], axis=1), surfaces.problem.count))
    centers, squares = sites.circles(low[first], high[first])
    arms = np.sqrt(squares)[:, None] * ASIDE
    begin = len(edges.points) + 2 * entry
    ends = np.stack([np.stack([begin, begin + 1], axis=1), np.stack([begin + 1, begin], axis=1)])
    turn = np.where(sites.factors[own] > sites.factors[other], 0.5 * np.pi, -0.5 * np.pi)
    fresh = np.stack([centers + arms, centers - arms], axis=1).reshape(-1, 2)
    return Edges(
        np.concatenate([edges.points, fresh]),
        np.concatenate([edges.smooth, np.zeros(len(fresh), dtype=bool)]),
        np.concatenate([edges.cells, own, own]),
        np.concatenate([edges.others, other, other]),
        np.concatenate([edges.ends, *ends]),
        np.concatenate([edges.turns, turn, turn]),
    )
