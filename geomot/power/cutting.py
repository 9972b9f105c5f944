"""Convex cells by cutting and a certificate, whatever the functions are whose least one owns a point.

1. Each cell begins as a box and is cut by planes that are likely to bound it.
2. The cell is right if none of its vertices is beyond a further plane: what is cut off too little is
   convex, and would have such a vertex.  So each new vertex is asked for a plane that it violates; that
   becomes a further cut, until there is none.

The cells do not depend on how the first cuts were chosen, only on the signs of the distances of
vertices to planes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np

from geomot.errors import UnresolvedError
from geomot.kernels.indices import list_starts
from geomot.kernels.simplices import Floats, Ints
from geomot.power.polytopes import HalfSpaces, Polytopes, cut, sorted_by_owner

CHUNK = 2000  # cells at a time
ROUNDS = 10_000  # of cuts by what vertices violate; the vertices that are asked double, or about that
NONE = np.iinfo(np.int64).min  # the name of no plane


class CellProblem(ABC):
    """Sites with convex cells; planes have names, those between sites that of the other site."""

    @property
    @abstractmethod
    def count(self) -> int:
        """Number of sites, B."""

    @abstractmethod
    def first(self, own: Ints) -> tuple[Polytopes, Ints]:
        """Return the boxes that the cells of sites begin as, and names of first cuts ``(m, n)``."""

    @abstractmethod
    def planes(self, sites: Ints, names: Ints) -> HalfSpaces:
        """Return the half-space with each name as seen from each site, all of space for NONE."""

    @abstractmethod
    def violated(self, sites: Ints, points: Floats) -> Ints:
        """Return the name of a plane that each point of a site's cell is beyond, or NONE."""


def cut_cells(problem: CellProblem) -> Polytopes:
    """Return the cells; owners are the sites, those without a cell have no vertex.

    Raises
    ------
    UnresolvedError
        If vertices stay beyond planes however often they are cut.
    """
    parts = []
    for first in range(0, problem.count, CHUNK):
        own = np.arange(first, min(first + CHUNK, problem.count))
        cells, names = problem.first(own)
        for column in names.T:
            cells, _ = cut(cells, problem.planes(own, column))
        done = _certified(problem, own, cells)
        parts.append(Polytopes(own[done.owners], done.points, done.planes, done.across))
    return sorted_by_owner(parts)


def _certified(problem: CellProblem, own: Ints, cells: Polytopes) -> Polytopes:
    """Cut until no vertex is beyond a plane."""
    finished: list[Polytopes] = []
    rows = np.arange(len(cells.owners))  # vertices that are not known to be right
    for _ in range(ROUNDS):
        if len(rows) == 0:
            return sorted_by_owner([*finished, cells])
        owners = cells.owners[rows]
        names = problem.violated(own[owners], cells.points[rows])
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
    raise UnresolvedError(
        f"{len(rows)} vertices of cells are still beyond planes after {ROUNDS} rounds of cuts by them; "
        "expected sites whose bisectors floating point can tell apart: move sites apart, or leave one "
        "of those out that coincide"
    )


def _rounds(owners: Ints, names: Ints, count: int) -> Iterator[Ints]:
    """Yield the distinct pairs of owner and name as columns ``(count,)``, one per owner at most."""
    pairs = np.unique(np.stack([owners, names], axis=1), axis=0)
    starts = list_starts(pairs[:, 0], count)
    for turn in range(int(np.diff(starts).max(initial=0))):
        having = np.flatnonzero(np.diff(starts) > turn)
        column = np.full(count, NONE)
        column[having] = pairs[starts[having] + turn, 1]
        yield column
