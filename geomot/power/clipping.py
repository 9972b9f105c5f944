"""Cells in a zone that is not convex: their parts in each simplex of the zone.

A convex cell and a simplex meet in a convex polytope: the simplex, cut by the bisectors that bound the
cell.  What the parts have in common inside the zone is named as such and is no facet of the cell.
"""

from __future__ import annotations

import numpy as np

from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.indices import list_starts, numbered
from geomot.kernels.simplices import Floats, Ints
from geomot.power.cells import PowerProblem
from geomot.power.cutting import NONE
from geomot.power.polytopes import Polytopes, cut, sorted_by_owner
from geomot.power.zones import zone_simplices

CHUNK = 20_000  # parts at a time
BLOCK = 1 << 22  # pairs of boxes at a time


def clipped(problem: PowerProblem, cells: Polytopes, mesh: Mesh) -> tuple[Polytopes, Ints]:
    """Return the parts of the cells in a zone's simplices.

    Parameters
    ----------
    problem
        The sites; no walls.
    cells
        The cells in a box around the zone, by site.
    mesh
        The zone.

    Returns
    -------
    The parts, whose planes are named as in `zone_simplices` where no site is named, and the site that
    each one is of.
    """
    whole = zone_simplices(mesh)
    vertices = mesh.simplices.shape[1]
    count = len(problem.sites.positions)
    pairs = np.stack([np.repeat(cells.owners, cells.dimension), cells.planes.reshape(-1)], axis=1)
    pairs = np.unique(pairs[pairs[:, 1] >= 0], axis=0)
    starts = list_starts(pairs[:, 0], count)
    simplex, site = _near(mesh, cells)
    parts: list[Polytopes] = []
    sites: list[Ints] = []
    for first in range(0, len(site), CHUNK):
        own, of = site[first : first + CHUNK], simplex[first : first + CHUNK]
        rows = (of[:, None] * vertices + np.arange(vertices)).reshape(-1)
        shift = vertices * (np.arange(len(own)) - of) * whole.dimension
        pieces = Polytopes(
            np.repeat(np.arange(len(own)), vertices),
            whole.points[rows],
            whole.planes[rows],
            whole.across[rows] + np.repeat(shift, vertices)[:, None],
        )
        lengths = np.diff(starts)[own]
        for turn in range(int(lengths.max(initial=0))):
            names = np.full(len(own), NONE)
            having = np.flatnonzero(lengths > turn)
            names[having] = pairs[starts[own[having]] + turn, 1]
            pieces, _ = cut(pieces, problem.planes(own, names))
        held, _, entry = numbered(pieces.owners)
        moved = entry + sum(map(len, sites))
        parts.append(Polytopes(moved, pieces.points, pieces.planes, pieces.across))
        sites.append(own[held])
    return sorted_by_owner(parts), np.concatenate(sites)


def _near(mesh: Mesh, cells: Polytopes) -> tuple[Ints, Ints]:
    """Return the pairs of simplex and site whose bounding boxes meet."""
    sites, _, entry = numbered(cells.owners)
    low, high = _boxes(cells.points, entry, len(sites))
    corners = mesh.corners
    lower, upper = corners.min(axis=1), corners.max(axis=1)
    step = max(1, BLOCK // max(1, len(sites)))
    found = []
    for first in range(0, len(corners), step):
        one, other = lower[first : first + step, None], upper[first : first + step, None]
        simplex, cell = np.nonzero(((one <= high) & (other >= low)).all(axis=2))
        found.append((simplex + first, sites[cell]))
    return np.concatenate([s for s, _ in found]), np.concatenate([c for _, c in found])


def _boxes(points: Floats, groups: Ints, count: int) -> tuple[Floats, Floats]:
    low = np.full((count, points.shape[1]), np.inf)
    high = -low
    np.minimum.at(low, groups, points)
    np.maximum.at(high, groups, points)
    return low, high
