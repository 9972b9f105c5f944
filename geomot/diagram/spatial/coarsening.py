"""Short edges of a complex of cells are collapsed, so that its faces are well shaped.

Where an interface passes close to a vertex of the mesh the tie points on the edges there nearly
coincide, and the faces between them are needles.  An edge p q is collapsed into q, which moves no other
vertex: every point stays exactly where costs tie.  That needs

- the same cells, and the same planes of the zone's boundary, around the edge as around p: then it runs
  within the face, the curve or the cell that p is a point of;
- the link condition, for the complex, for the faces of the cells and for the curves in which three
  meet: the neighbours that p and q share are those that the edge has, so that nothing is pinched (Dey,
  Edelsbrunner, Guha, Nekhayev 1999);
- every simplex that p leaves behind upright and not too flat, so that the complex stays embedded;
- the faces that change within the tolerance of the bisectors, their angles not too small.

Collapses whose neighbourhoods do not meet are done at once, the shortest edges first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.boundaries.cellcomplex import CellComplex, Facets, facets
from geomot.diagram.boundaries.refinement import SAFETY, chords
from geomot.geometry.meshes.moving import ALONG
from geomot.kernels.indices import ascending, contains, distinct, list_starts, numbered, runs
from geomot.kernels.simplices import (
    Floats,
    Ints,
    dot,
    local_edges,
    signed_measures,
    squared_edge_lengths,
    squared_norms,
    triangle_normals,
)

SHORT = 0.3  # edges shorter than this share of the longest one around their first end are collapsed
UPRIGHT = 5e-5  # volume over longest edge cubed below which a simplex is too flat, unless it was before
OPEN = 0.3  # sine of a smallest angle below which a face may only get better
FLAT = 1e-9  # the same, whatever it was before
ROUNDS = 12


@dataclass(frozen=True, eq=False)
class Incidences:
    """Rows of a table by the numbers in them: the rows that hold number v."""

    starts: Ints
    rows: Ints

    def gather(self, numbers: Ints) -> tuple[Ints, Ints]:
        """Return for each number its rows: places in ``numbers`` and the rows, one after the other."""
        owners, places = runs(self.starts, numbers)
        return owners, self.rows[places]


def incidences(table: Ints, count: int) -> Incidences:
    """Return the rows of a table that hold each of ``count`` numbers."""
    flat = table.reshape(-1)
    return Incidences(list_starts(flat, count), ascending(flat) // table.shape[1])


def coarsened(costs: Costs, whole: CellComplex, tolerance: float) -> CellComplex:
    """Collapse short edges of a complex.

    Parameters
    ----------
    costs
        The costs.
    whole
        The complex, in space.
    tolerance
        Largest distance of a face from the bisector, metres.
    """
    count = len(whole.vertices)
    fresh = np.ones(count, dtype=bool)  # whose surroundings have changed
    for _ in range(ROUNDS):
        first, second = _short_edges(whole, fresh)
        if len(first) == 0:
            break
        ends = np.zeros(count, dtype=bool)
        ends[first] = ends[second] = True
        near = np.flatnonzero(ends[whole.simplices].any(axis=1))
        part = whole.take(near)  # whole stars of all ends
        sides = facets(part)
        sides = sides.take(np.flatnonzero(ends[sides.corners].any(axis=1)))
        first, second = _within_strata(part, first, second)
        first, second = _unpinched(sides.corners, count, first, second)
        first, second = _unpinched(_lines(sides, count), count, first, second)
        first, second = _on_boundary(whole.vertices, sides, first, second)
        first, second = _unpinched(part.simplices, count, first, second)
        first, second = _embedded(part, first, second)
        first, second = _faithful(costs, part, sides, first, second, tolerance)
        first, second = apart(part, first, second)
        if len(first) == 0:
            break
        fresh[:] = False
        fresh[part.simplices[incidences(part.simplices, count).gather(first)[1]]] = True
        whole = _collapsed(whole, first, second)
    return whole


def _collapsed(whole: CellComplex, first: Ints, second: Ints) -> CellComplex:
    """Return the complex with first vertices put into second ones."""
    target = np.arange(len(whole.vertices))
    target[first] = second
    table = target[whole.simplices]
    ordered = np.sort(table, axis=1)
    return replace(whole, simplices=table).take((ordered[:, 1:] != ordered[:, :-1]).all(axis=1))


def _short_edges(whole: CellComplex, fresh: np.ndarray) -> tuple[Ints, Ints]:
    """Return the ends of short edges with a fresh end, in both directions, the shortest first."""
    squares = squared_edge_lengths(whole.vertices[whole.simplices])
    longest = np.zeros(len(whole.vertices))
    for corner in whole.simplices.T:
        np.maximum.at(longest, corner, squares.max(axis=1))
    ends = whole.simplices[:, local_edges(3)].reshape(-1, 2)
    squares = squares.reshape(-1)
    short = squares < SHORT**2 * longest[ends].max(axis=1)
    short &= fresh[ends].any(axis=1)
    both = np.concatenate([ends[short], ends[short][:, ::-1]])
    squares = np.concatenate([squares[short], squares[short]])
    _, once, _ = numbered(both[:, 0] * len(whole.vertices) + both[:, 1])
    once = once[squares[once] < SHORT**2 * longest[both[once, 0]]]
    order = once[np.argsort(squares[once], kind="stable")]
    return both[order, 0], both[order, 1]


def _within_strata(part: CellComplex, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Return the edges that run within the face, curve or cell that their first end is a point of."""
    count, span = len(part.vertices), int(part.cells.max(initial=0)) + 1
    kinds = distinct(part.simplices * span + part.cells[:, None])
    around = np.bincount(kinds // span, minlength=count)
    ends = np.sort(part.simplices[:, local_edges(3)], axis=2)
    keys = ends[..., 0] * count + ends[..., 1]
    own = np.minimum(first, second) * count + np.maximum(first, second)
    wanted = distinct(own)
    row, edge = np.nonzero(contains(wanted, keys))
    place = np.searchsorted(wanted, keys[row, edge])
    along = np.bincount(distinct(place * span + part.cells[row]) // span, minlength=len(wanted))
    good = along[np.searchsorted(wanted, own)] == around[first]
    return first[good], second[good]


def _on_boundary(vertices: Floats, sides: Facets, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Return the edges along which their first end may move without leaving the zone's boundary."""
    outer = sides.corners[sides.cells[:, 1] < 0]
    normals, count = triangle_normals(vertices[outer]), len(vertices)
    owners, faces = incidences(outer, count).gather(first)
    leaving = np.abs(dot(normals[faces], (vertices[second] - vertices[first])[owners]))
    bad = np.zeros(len(first), dtype=bool)
    bad[owners[leaving > ALONG * float(np.ptp(vertices, axis=0).max())]] = True
    # an edge through the inside leaves the boundary although it may lie in a plane of it
    edges = np.sort(outer[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    own = np.minimum(first, second) * count + np.maximum(first, second)
    fixed = np.zeros(count, dtype=bool)
    fixed[outer] = True
    bad |= fixed[first] & ~contains(distinct(edges[:, 0] * count + edges[:, 1]), own)
    return first[~bad], second[~bad]


def _unpinched(table: Ints, count: int, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Return the edges whose ends share those neighbours only that are in rows of the table with both.

    Where both ends are in the table the edge has to be, too.
    """
    size = table.shape[1]
    pairs = table[:, [(i, j) for i in range(size) for j in range(size) if i != j]].reshape(-1, 2)
    keys = distinct(pairs[:, 0] * count + pairs[:, 1])
    near = Incidences(list_starts(keys // count, count), keys % count)
    owners, neighbours = near.gather(first)
    shared = contains(keys, second[owners] * count + neighbours)
    common = np.bincount(owners[shared], minlength=len(first))
    owners, rows = incidences(table, count).gather(first)
    both = (table[rows] == second[owners, None]).any(axis=1)
    owners, third = owners[both], table[rows[both]]
    mine = (third != first[owners, None]) & (third != second[owners, None])
    linked = distinct((owners[:, None] * count + third)[mine])
    around = np.bincount(linked // count, minlength=len(first))
    there = np.zeros(count, dtype=bool)
    there[table] = True
    joined = contains(keys, first * count + second) | ~(there[first] & there[second])
    good = (common == around) & joined
    return first[good], second[good]


def _lines(sides: Facets, count: int) -> Ints:
    """Return the edges in which faces meet other than two by two, ``(l, 2)``: where three cells do."""
    once = sides.once().corners
    edges = np.sort(once[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    keys, _, entry = numbered(edges[:, 0] * count + edges[:, 1])
    keys = keys[np.bincount(entry, minlength=len(keys)) != 2]
    return np.stack([keys // count, keys % count], axis=1)


def _embedded(part: CellComplex, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Return the edges whose collapse leaves every simplex upright."""
    owners, rows = incidences(part.simplices, len(part.vertices)).gather(first)
    before = uprightness(part.vertices[part.simplices])
    worst = np.full(len(first), UPRIGHT)
    stays = (part.simplices[rows] != second[owners, None]).all(axis=1)
    owners, rows = owners[stays], rows[stays]
    np.minimum.at(worst, owners, before[rows])
    table = part.simplices[rows]
    table = np.where(table == first[owners, None], second[owners, None], table)
    good = np.ones(len(first), dtype=bool)
    volumes = signed_measures(part.vertices[table])
    good[owners[volumes <= 0.0]] = False
    left = good[owners]  # the rest is asked of those alone that do not turn a simplex over
    owners, upright = owners[left], _over_cubes(volumes[left], part.vertices[table[left]])
    good[owners[upright < np.maximum(worst[owners], FLAT)]] = False
    return first[good], second[good]


def uprightness(corners: Floats) -> Floats:
    """Return the signed volume of tetrahedra over their longest edge cubed, ``(m,)``."""
    return _over_cubes(signed_measures(corners), corners)


def _over_cubes(volumes: Floats, corners: Floats) -> Floats:
    cubes = squared_edge_lengths(corners).max(axis=1) ** 1.5
    return np.asarray(np.divide(volumes, cubes, out=np.zeros(len(cubes)), where=cubes > 0.0))


def _faithful(
    costs: Costs, whole: CellComplex, sides: Facets, first: Ints, second: Ints, tolerance: float
) -> tuple[Ints, Ints]:
    """Return the edges whose collapse keeps faces near the bisectors and their angles open."""
    once = sides.once()
    owners, rows = incidences(once.corners, len(whole.vertices)).gather(first)
    corners = once.corners[rows]
    least = np.full(len(first), np.inf)
    np.minimum.at(least, owners, face_qualities(costs, whole.vertices[corners], once.cells[rows]))
    stays = (corners != second[owners, None]).all(axis=1)
    owners, rows, corners = owners[stays], rows[stays], corners[stays]
    corners = np.where(corners == first[owners, None], second[owners, None], corners)
    quality = face_qualities(costs, whole.vertices[corners], once.cells[rows])
    away = chords(costs, whole, Facets(corners, once.cells[rows], once.owners[rows]))
    bad = np.zeros(len(first), dtype=bool)
    bad[owners[(away > SAFETY * tolerance) | (quality < np.minimum(least[owners], OPEN))]] = True
    return first[~bad], second[~bad]


def face_qualities(costs: Costs, corners: Floats, cells: Ints) -> Floats:
    """Return the sines of the smallest angles of faces, negative for those that face the wrong way.

    Parameters
    ----------
    costs
        The costs.
    corners
        ``(f, 3, 3)``, seen counter-clockwise from outside the first cell.
    cells
        ``(f, 2)`` the cell inside and the one outside, -1 for none.
    """
    sines = least_sines(corners)
    inner = np.flatnonzero((cells >= 0).all(axis=1))
    middles = corners[inner].mean(axis=1)[:, None]
    gradients = costs.gradients(middles, cells[inner])
    normals = np.cross(corners[inner, 1] - corners[inner, 0], corners[inner, 2] - corners[inner, 0])
    facing = dot(normals, gradients[:, 0] - gradients[:, 1])
    sines[inner] = np.where(facing < 0.0, -sines[inner], sines[inner])
    return sines


def least_sines(corners: Floats) -> Floats:
    """Return the sines of the smallest angles of triangles, ``(f,)``; 0 where corners coincide."""
    arms = corners - np.roll(corners, 1, axis=1)
    squares = np.sort(squared_norms(arms), axis=1)
    doubled = np.sqrt(squared_norms(np.cross(arms[:, 0], arms[:, 1])))
    sides = np.sqrt(squares[:, 1] * squares[:, 2])
    return np.asarray(np.divide(doubled, sides, out=np.zeros_like(sides), where=sides > 0.0))


def apart(whole: CellComplex, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Return collapses, in order of preference, none of which has an end among another's neighbours.

    In each pass those that are preferred to all that they meet; then the others that meet none of them.
    """
    owners, rows = incidences(whole.simplices, len(whole.vertices)).gather(first)
    table = whole.simplices[rows]
    chosen = np.zeros(len(first), dtype=bool)
    left = np.arange(len(first))
    while len(left):  # ends: the most preferred one wins, and is not free after that
        ends, around = np.full((2, len(whole.vertices)), len(first))
        np.minimum.at(around, table, owners[:, None])
        np.minimum.at(ends, first[left], left)
        np.minimum.at(ends, second[left], left)
        wins = np.zeros(len(first), dtype=bool)
        wins[left] = (around[first[left]] >= left) & (around[second[left]] >= left)
        wins[owners[(ends[table] < owners[:, None]).any(axis=1)]] = False
        chosen |= wins
        end, near = np.zeros((2, len(whole.vertices)), dtype=bool)
        end[first[wins]] = end[second[wins]] = True
        near[table[wins[owners]]] = True
        free = np.zeros(len(first), dtype=bool)
        free[left] = ~(near[first[left]] | near[second[left]])
        free[owners[end[table].any(axis=1)]] = False
        left = np.flatnonzero(free)
        owners, table = owners[free[owners]], table[free[owners]]
    return first[chosen], second[chosen]
