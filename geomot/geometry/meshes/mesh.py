r"""A simplicial mesh and its refinement by longest-edge bisection, conforming or not.

The split of an edge cuts every simplex that has this edge, so no vertex ever hangs::

        c                c
       / \              /|\
      /   \     ->     / | \        edge (a, b) gets the vertex m,
     /     \          /  |  \       (a, b, c) becomes (a, m, c) and (m, b, c)
    a-------b        a---m---b

Which edges are split in the middle is closed under "a simplex with a split edge also has its longest
edge split" (Rivara 1984); within a simplex the longest is cut first.  A face shared by two simplices
is cut by its own split edges in order of length, whatever else happens around it, so both sides
agree, in any dimension.  Edges are ordered by squared length, ties by the numbers of their vertices: a
total order, hence the closure is finite.

Integrals need no conformity: `split` cuts what is marked and nothing else, and vertices may hang.  In
space the closure around one simplex costs some ten others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.indices import contains, distinct, numbered
from geomot.kernels.simplices import Floats, Ints, local_edges, squared_norms


@dataclass(frozen=True, eq=False)
class Mesh:
    """A simplicial mesh.

    Parameters
    ----------
    vertices
        ``(n, d)``, metres.
    simplices
        ``(m, d + 1)`` vertex numbers.
    """

    vertices: Floats
    simplices: Ints

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return int(self.vertices.shape[1])

    @property
    def corners(self) -> Floats:
        """Coordinates of each simplex's vertices, ``(m, d + 1, d)``."""
        return self.vertices[self.simplices]


@dataclass(frozen=True, eq=False)
class Cuts:
    """Edges to cut elsewhere than in the middle.

    Parameters
    ----------
    ends
        ``(c, 2)`` the edges, lower vertex number first, each once.
    places
        ``(c,)`` where, as shares of the way from the first to the second vertex.
    """

    ends: Ints
    places: Floats

    def keys(self, count: int) -> Ints:
        """Return the edges' keys in a mesh of ``count`` vertices, sorted."""
        return np.sort(self.ends[:, 0] * count + self.ends[:, 1])


NO_CUTS = Cuts(np.empty((0, 2), dtype=np.int64), np.empty(0))


@dataclass(frozen=True, eq=False)
class Refinement:
    """A refined mesh and where its parts come from.

    Parameters
    ----------
    mesh
        The refined mesh; its first vertices are those of the coarse mesh.
    parents
        ``(m,)`` number of the coarse simplex that contains each simplex.
    fresh
        ``(m,)`` true for simplices that were not in the coarse mesh.
    shares
        ``(m,)`` part of its parent that each simplex is: their measures add up better than those
        computed from vertices, which are rounded.
    """

    mesh: Mesh
    parents: Ints
    fresh: np.ndarray
    shares: Floats


def _longest_edges(vertices: Floats, simplices: Ints) -> tuple[Ints, Ints]:
    """Return every edge's key and the local number of the longest edge of each simplex."""
    pairs = local_edges(simplices.shape[1] - 1)
    low = np.minimum(simplices[:, pairs[:, 0]], simplices[:, pairs[:, 1]])
    high = np.maximum(simplices[:, pairs[:, 0]], simplices[:, pairs[:, 1]])
    lengths = squared_norms(vertices[high] - vertices[low])
    keys = low * len(vertices) + high
    longest = lengths == lengths.max(axis=1, keepdims=True)
    return keys, np.where(longest, keys, -1).argmax(axis=1)


def _touching(mesh: Mesh, split: Ints) -> Ints:
    """Return the simplices that have one of the edges with the sorted keys ``split``, ascending."""
    ends = np.zeros(len(mesh.vertices), dtype=bool)
    ends[split // len(mesh.vertices)] = True
    ends[split % len(mesh.vertices)] = True
    rows = np.flatnonzero(ends[mesh.simplices].sum(axis=1) >= 2)
    keys, _ = _longest_edges(mesh.vertices, mesh.simplices[rows])
    return rows[contains(split, keys).any(axis=1)]


def _close(mesh: Mesh, marked: np.ndarray) -> Ints:
    """Return the sorted keys of all edges to split so that the longest edge always goes first."""
    new = np.flatnonzero(marked)
    split, touched = np.empty(0, dtype=np.int64), marked.copy()
    while len(new):
        keys, longest = _longest_edges(mesh.vertices, mesh.simplices[new])
        added = distinct(keys[np.arange(len(new)), longest])
        added = added[~contains(split, added)]
        split = np.sort(np.concatenate([split, added]))
        new = _touching(mesh, added)
        new = new[~touched[new]]
        touched[new] = True
    return split


def bisect(mesh: Mesh, marked: np.ndarray, cuts: Cuts = NO_CUTS) -> Refinement:
    """Bisect the marked simplices at their longest edges, and what conformity asks for besides.

    Parameters
    ----------
    mesh
        A conforming mesh.
    marked
        ``(m,)`` boolean.
    cuts
        Edges to cut elsewhere than in the middle, instead of the longest edge where a marked simplex
        has one.

    Returns
    -------
    Refinement
        A conforming mesh in which each marked simplex has been cut at least once.

    Examples
    --------
    >>> square = Mesh(np.array([[0., 0.], [1., 0.], [1., 1.], [0., 1.]]),
    ...               np.array([[0, 1, 2], [0, 2, 3]]))
    >>> bisect(square, np.array([True, False])).mesh.simplices.shape  # the diagonal is shared
    (4, 3)
    """
    count = len(mesh.vertices)
    cut = cuts.keys(count)
    marked = marked.copy()
    marked[_touching(mesh, cut)] = False
    split = distinct(np.concatenate([_close(mesh, marked), cut]))
    touched = _touching(mesh, split)
    vertices, lengths, places = _with_cuts(mesh, split, cuts)
    parents = np.delete(np.arange(len(mesh.simplices)), touched)
    done, origins, shares = [mesh.simplices[parents]], [parents], [np.ones(len(parents))]
    simplices, parents, share = mesh.simplices[touched], touched, np.ones(len(touched))
    pairs = local_edges(mesh.dimension)
    order = np.argsort(np.argsort(lengths, kind="stable"))
    while len(simplices):
        ends = np.sort(simplices[:, pairs], axis=2)
        # a midpoint's number is beyond the coarse vertices: such an edge is never split in this call
        old = ends[..., 1] < count
        edge_keys = np.where(old, ends[..., 0] * count + ends[..., 1], -1)
        place = np.searchsorted(split, edge_keys)
        place[place == len(split)] = 0
        rank = np.where(split[place] == edge_keys, order[place], -1)
        chosen = rank.argmax(axis=1)
        rows = np.arange(len(simplices))
        whole = rank[rows, chosen] < 0
        done.append(simplices[whole])
        origins.append(parents[whole])
        shares.append(share[whole])
        simplices, parents, rows = simplices[~whole], parents[~whole], rows[: (~whole).sum()]
        chosen, share = chosen[~whole], share[~whole]
        cut_at = place[~whole][rows, chosen]
        simplices, parts = _halves(simplices, chosen, count + cut_at, places[cut_at])
        parents, share = np.concatenate([parents, parents]), np.concatenate([share, share]) * parts
    fresh = np.ones(sum(map(len, done)), dtype=bool)
    fresh[: len(done[0])] = False
    finer = Mesh(vertices, np.concatenate(done))
    return Refinement(finer, np.concatenate(origins), fresh, np.concatenate(shares))


def _halves(simplices: Ints, chosen: Ints, middles: Ints, places: Floats) -> tuple[Ints, Floats]:
    """Cut each simplex at a vertex on its chosen edge: all first halves, all second ones.

    And the part of its simplex that each is, from the vertex's place on the edge.
    """
    index, ends = np.arange(len(simplices)), local_edges(simplices.shape[1] - 1)[chosen]
    ascending = simplices[index, ends[:, 0]] < simplices[index, ends[:, 1]]
    first = np.where(ascending, places, 1.0 - places)
    left, right = simplices.copy(), simplices.copy()
    left[index, ends[:, 1]] = middles
    right[index, ends[:, 0]] = middles
    return np.concatenate([left, right]), np.concatenate([first, 1.0 - first])


def split(mesh: Mesh, marked: np.ndarray, cuts: Cuts = NO_CUTS) -> Refinement:
    """Bisect the marked simplices and no others: the mesh need not stay conforming.

    Parameters
    ----------
    mesh
        A mesh; its simplices may have fewer dimensions than space.
    marked
        ``(m,)`` boolean.
    cuts
        Edges to cut elsewhere than in the middle, instead of the longest edge where a marked simplex
        has one.

    Examples
    --------
    >>> square = Mesh(np.array([[0., 0.], [1., 0.], [1., 1.], [0., 1.]]),
    ...               np.array([[0, 1, 2], [0, 2, 3]]))
    >>> split(square, np.array([True, False])).mesh.simplices.tolist()
    [[0, 2, 3], [0, 1, 4], [4, 1, 2]]
    """
    rows, kept = np.flatnonzero(marked), np.flatnonzero(~marked)
    simplices = mesh.simplices[rows]
    keys, chosen = _longest_edges(mesh.vertices, simplices)
    cut = contains(cuts.keys(len(mesh.vertices)), keys)
    chosen = np.where(cut.any(axis=1), cut.argmax(axis=1), chosen)
    edges, _, place = numbered(keys[np.arange(len(rows)), chosen])
    vertices, _, places = _with_cuts(mesh, edges, cuts)
    halves, parts = _halves(simplices, chosen, len(mesh.vertices) + place, places[place])
    every = np.concatenate([mesh.simplices[kept], halves])
    fresh = np.arange(len(every)) >= len(kept)
    shares = np.concatenate([np.ones(len(kept)), parts])
    return Refinement(Mesh(vertices, every), np.concatenate([kept, rows, rows]), fresh, shares)


def _with_cuts(mesh: Mesh, edges: Ints, cuts: Cuts) -> tuple[Floats, Floats, Floats]:
    """Return the vertices and one more on each edge, squared lengths, and places on the edges."""
    count = len(mesh.vertices)
    places = np.full(len(edges), 0.5)
    keys = cuts.ends[:, 0] * count + cuts.ends[:, 1]
    used = contains(edges, keys)
    places[np.searchsorted(edges, keys[used])] = cuts.places[used]
    start = mesh.vertices[edges // count]
    arms = mesh.vertices[edges % count] - start
    vertices = np.concatenate([mesh.vertices, start + places[:, None] * arms])
    return vertices, squared_norms(arms), places
