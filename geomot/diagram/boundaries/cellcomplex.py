"""The cells of a subdivision as one simplicial complex with a label on each simplex."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.joins import patterns
from geomot.diagram.boundaries.tie_vertices import Rainbow, rainbow
from geomot.diagram.subdivision.pieces import pieces_of
from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.indices import ascending, numbered, row_keys
from geomot.kernels.simplices import Floats, Ints, measures, signed_measures


@dataclass(frozen=True, eq=False)
class CellComplex:
    """The cells of a diagram as simplices that share vertices and faces.

    Parameters
    ----------
    ties
        The vertices: those of the mesh, and where costs tie on its faces; not all need be used.
    simplices
        ``(m, d + 1)`` vertex numbers, positively oriented.
    cells
        ``(m,)`` the site whose cell each simplex belongs to.
    owners
        ``(m,)`` the simplex of the mesh that each is a piece of.
    """

    ties: Rainbow
    simplices: Ints
    cells: Ints
    owners: Ints

    @property
    def vertices(self) -> Floats:
        """Coordinates of the vertices, ``(n, d)``, metres."""
        return self.ties.points

    def take(self, rows: np.ndarray) -> CellComplex:
        """Return the complex of some of the simplices, with all vertices."""
        return replace(
            self, simplices=self.simplices[rows], cells=self.cells[rows], owners=self.owners[rows]
        )

    def measures(self, count: int) -> Floats:
        """Return the measure of each of ``count`` cells, ``(count,)``, metres^d."""
        sizes = measures(self.vertices[self.simplices])
        return np.bincount(self.cells, sizes, minlength=count).astype(float)


@dataclass(frozen=True, eq=False)
class Facets:
    """Faces between the cells of a complex, and on the boundary of what it covers.

    Parameters
    ----------
    corners
        ``(f, d)`` vertex numbers, seen from outside the first cell counter-clockwise.
    cells
        ``(f, 2)`` the cell inside and the one outside, -1 for none.  A face between two cells is there
        twice, once for each of them.
    owners
        ``(f,)`` the simplex of the mesh that holds the face, on the side of its first cell.
    """

    corners: Ints
    cells: Ints
    owners: Ints

    def take(self, rows: np.ndarray) -> Facets:
        """Return some of the faces."""
        return Facets(self.corners[rows], self.cells[rows], self.owners[rows])

    def once(self) -> Facets:
        """Return each face once: that between two cells from the side of the higher one."""
        return self.take(self.cells[:, 1] < self.cells[:, 0])


def cell_complex(costs: Costs, mesh: Mesh, labels: Ints, rows: Ints | None = None) -> CellComplex:
    """Return the complex of the cells of a labelled mesh.

    Parameters
    ----------
    costs
        The costs.
    mesh
        A conforming mesh.
    labels
        ``(n,)`` the cheapest site at each vertex.
    rows
        The simplices asked about; all if not given.

    Notes
    -----
    Pieces of which two vertices are the same point vanish.
    """
    chosen = np.arange(len(mesh.simplices)) if rows is None else rows
    simplices = np.sort(mesh.simplices[chosen], axis=1)
    size = simplices.shape[1]
    batches = batched(simplices, labels)
    none = [np.empty((0, k), dtype=np.int64) for k in range(2, size + 1)]
    faces = [
        np.concatenate([none[k - 2], *(_faces(ordered, sizes, k) for _, ordered, sizes in batches)])
        for k in range(2, size + 1)
    ]
    ties = rainbow(costs, mesh.vertices, labels, faces)
    table, cells, owners = split(ties, batches, labels)
    return CellComplex(ties, table, cells, chosen[owners])


def split(
    ties: Rainbow, batches: list[tuple[Ints, Ints, tuple[int, ...]]], labels: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return the pieces of labelled simplices between their tie points.

    Parameters
    ----------
    ties
        The points; the first ones are the vertices.
    batches
        Numbers of simplices, their vertices ordered by label, and the numbers of equal labels.
    labels
        ``(n,)`` of the vertices.

    Returns
    -------
    ``(m, d + 1)`` numbers of points, positively oriented, ``(m,)`` the pieces' labels, ``(m,)`` the
    numbers of the simplices that they are parts of.
    """
    pieces, cells, owners = [], [], []
    for numbers, ordered, sizes in batches:
        size, pattern = ordered.shape[1], pieces_of(sizes)
        known = np.stack([ties.numbers(ordered[:, list(face)]) for face in pattern.faces], axis=1)
        every = ties.same[known[:, pattern.chains]]  # (g, p, d + 1)
        signs = np.sign(signed_measures(ties.points[ordered]))[:, None] * pattern.signs
        every[signs < 0] = every[signs < 0][:, [*range(size - 2), size - 1, size - 2]]
        firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        pieces.append(every.reshape(-1, size))
        cells.append(labels[ordered[:, firsts[pattern.groups]]].reshape(-1))
        owners.append(np.repeat(numbers, len(pattern.chains)))
    table = np.concatenate(pieces)
    whole = np.ones(len(table), dtype=bool)
    for first, second in combinations(range(table.shape[1]), 2):
        whole &= table[:, first] != table[:, second]
    return table[whole], np.concatenate(cells)[whole], np.concatenate(owners)[whole]


def batched(simplices: Ints, labels: Ints) -> list[tuple[Ints, Ints, tuple[int, ...]]]:
    """Return simplices grouped by how many of their vertices have equal labels; see `split`."""
    return [
        (numbers, np.take_along_axis(simplices[numbers], order, axis=1), sizes)
        for numbers, order, sizes in patterns(labels[simplices])
    ]


def _faces(ordered: Ints, sizes: tuple[int, ...], count: int) -> Ints:
    """Return the rainbow faces with ``count`` vertices of simplices with groups of ``sizes``."""
    chosen = [list(face) for face in pieces_of(sizes).faces if len(face) == count]
    return ordered[:, np.array(chosen, dtype=np.int64).reshape(-1, count)].reshape(-1, count)


def facets(whole: CellComplex) -> Facets:
    """Return the faces of all cells of a complex."""
    table, size = whole.simplices, whole.simplices.shape[1]
    # without vertex k the rest is seen counter-clockwise from outside for even k
    sides = [np.delete(table, k, axis=1) for k in range(size)]
    sides = [
        side if k % 2 == 0 else side[:, [1, 0, *range(2, size - 1)]] for k, side in enumerate(sides)
    ]
    corners, cells, owners = (
        np.concatenate(sides),
        np.tile(whole.cells, size),
        np.tile(whole.owners, size),
    )
    _, _, face = numbered(row_keys(np.sort(corners, axis=1), len(whole.vertices)))
    positive = _parity(corners)
    inner = _matched(face * (int(cells.max()) + 1) + cells, positive) >= 0
    corners, cells, owners, face, positive = (
        each[~inner] for each in (corners, cells, owners, face, positive)
    )
    other = _matched(face, positive)
    beyond = np.where(other >= 0, cells[other], -1)
    return Facets(corners, np.stack([cells, beyond], axis=1), owners)


def _parity(rows: Ints) -> np.ndarray:
    """Return whether an even number of swaps sorts each row."""
    even = np.ones(len(rows), dtype=bool)
    for first, second in combinations(range(rows.shape[1]), 2):
        even ^= rows[:, first] > rows[:, second]
    return even


def _matched(groups: Ints, positive: np.ndarray) -> Ints:
    """Pair entries of a group with opposite signs: the partner of each, -1 for those left over."""
    order = ascending(2 * groups + positive)  # negative entries come first in a group
    group, sign = groups[order], positive[order]
    _, first, entry = numbered(group)
    start, end = first[entry], np.append(first, len(group))[entry + 1]
    below = np.concatenate([[0], np.cumsum(~sign)])
    first = start + below[end] - below[start]  # where the positive ones begin
    place = np.arange(len(order))
    partner = np.where(sign, place - first + start, place - start + first)
    there = np.where(sign, partner < first, partner < end)
    result = np.full(len(order), -1)
    result[order[there]] = order[partner[there]]
    return result
