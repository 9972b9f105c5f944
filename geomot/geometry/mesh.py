r"""A conforming simplicial mesh and its refinement by longest-edge bisection.

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
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.geometry.simplices import Floats, Ints, local_edges, squared_norms


@dataclass(frozen=True, eq=False)
class Mesh:
    """A conforming simplicial mesh.

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
    """

    mesh: Mesh
    parents: Ints
    fresh: np.ndarray


def _longest_edges(vertices: Floats, simplices: Ints) -> tuple[Ints, Ints]:
    """Return every edge's key and the local number of the longest edge of each simplex."""
    pairs = local_edges(vertices.shape[1])
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


def having(mesh: Mesh, cuts: Cuts) -> np.ndarray:
    """Return which simplices have an edge to be cut, ``(m,)``."""
    marked = np.zeros(len(mesh.simplices), dtype=bool)
    marked[_touching(mesh, np.sort(cuts.ends[:, 0] * len(mesh.vertices) + cuts.ends[:, 1]))] = True
    return marked


def _close(mesh: Mesh, marked: np.ndarray) -> Ints:
    """Return the sorted keys of all edges to split so that the longest edge always goes first."""
    new = np.flatnonzero(marked)
    split, touched = np.empty(0, dtype=np.int64), marked.copy()
    while len(new):
        keys, longest = _longest_edges(mesh.vertices, mesh.simplices[new])
        added = np.setdiff1d(keys[np.arange(len(new)), longest], split)
        split = np.union1d(split, added)
        new = _touching(mesh, added)
        new = new[~touched[new]]
        touched[new] = True
    return split


def contains(ordered: Ints, keys: Ints) -> np.ndarray:
    """Return where ``keys`` occur in the sorted array ``ordered`` (same shape as ``keys``)."""
    if len(ordered) == 0:
        return np.zeros(keys.shape, dtype=bool)
    place = np.searchsorted(ordered, keys)
    place[place == len(ordered)] = 0
    return np.asarray(ordered[place] == keys)


def bisect(mesh: Mesh, marked: np.ndarray, cuts: Cuts | None = None) -> Refinement:
    """Bisect the marked simplices at their longest edges, and what conformity asks for besides.

    Parameters
    ----------
    mesh
        A conforming mesh.
    marked
        ``(m,)`` boolean.
    cuts
        Edges to cut besides; an edge that has to be cut anyway is cut here and not in the middle.

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
    split, count = _close(mesh, marked), len(mesh.vertices)
    places = np.full(len(split), 0.5)
    if cuts is not None:
        keys = cuts.ends[:, 0] * count + cuts.ends[:, 1]
        both = np.concatenate([keys, split])
        split, first = np.unique(both, return_index=True)
        places = np.concatenate([cuts.places, places])[first]
    touched = _touching(mesh, split)
    low, high = split // count, split % count
    arms = mesh.vertices[high] - mesh.vertices[low]
    vertices = np.concatenate([mesh.vertices, mesh.vertices[low] + places[:, None] * arms])
    parents = np.delete(np.arange(len(mesh.simplices)), touched)
    done, origins = [mesh.simplices[parents]], [parents]
    simplices, parents = mesh.simplices[touched], touched
    pairs = local_edges(mesh.dimension)
    lengths = squared_norms(arms)
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
        simplices, parents, rows = simplices[~whole], parents[~whole], rows[: (~whole).sum()]
        chosen = chosen[~whole]
        middle = count + place[~whole][rows, chosen]
        left, right = simplices.copy(), simplices.copy()
        left[rows, pairs[chosen, 1]] = middle
        right[rows, pairs[chosen, 0]] = middle
        simplices, parents = np.concatenate([left, right]), np.concatenate([parents, parents])
    fresh = np.ones(sum(map(len, done)), dtype=bool)
    fresh[: len(done[0])] = False
    return Refinement(Mesh(vertices, np.concatenate(done)), np.concatenate(origins), fresh)
