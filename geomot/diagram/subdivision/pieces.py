r"""How a labelled simplex falls into pieces of one label each, in any dimension.

A *rainbow* face has vertices of pairwise different labels: a vertex alone, an edge with two labels, a
triangle with three.  The costs of its labels tie in one of its points.  These points, ordered by "is a
face of, or the same with later vertices of the same labels", are the vertices of a triangulation that
respects the cells::

           j                      j              a rainbow face is written as its vertices; the
          / \                    /|\             pieces are the maximal chains
         / j \                  / | \
      aj+-----+bj            ij+  |  +jl           (j, aj, bj)   (a, aj, bj)   (a, b, bj)
       /  .  i \              / \ | / \
      /i     .  \            /   ijl   \           (i, ij, ijl)  (j, ij, ijl)  (j, jl, ijl)  ..
     a-----------b          i-----+-----l
         i                        il

The label of a piece is that of its first element.  With k labels on n_1 .. n_k vertices the pieces are
the order complexes of products of chains, the staircase triangulation of the fibers' simplices times
the faces D_1 .. D_k of `geomot.cubature.joins`.  On a face of the simplex they are the pieces of the
face: neighbours agree.  With the tie points anywhere in their rainbow faces no piece is turned over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

import numpy as np

from geomot.kernels.simplices import Ints, signed_measures


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces of a simplex whose vertices are grouped by label.

    Parameters
    ----------
    faces
        The rainbow faces: positions of their vertices in the simplex, ascending.
    chains
        ``(p, d + 1)`` each piece as numbers of rainbow faces, by ascending number of labels.
    groups
        ``(p,)`` the group of vertices whose label each piece has.
    signs
        ``(p,)`` orientation of each piece against that of the simplex, 1 or -1.
    """

    faces: tuple[tuple[int, ...], ...]
    chains: Ints
    groups: Ints
    signs: Ints


@lru_cache
def pieces_of(sizes: tuple[int, ...]) -> Pieces:
    """Return the pieces of a simplex with groups of ``sizes`` vertices.

    Parameters
    ----------
    sizes
        (n_1, .., n_k); the first n_1 vertices are the first group, and so on.

    Examples
    --------
    >>> pieces = pieces_of((2, 1))
    >>> [[pieces.faces[face] for face in chain] for chain in pieces.chains]
    [[(0,), (1,), (1, 2)], [(0,), (0, 2), (1, 2)], [(2,), (0, 2), (1, 2)]]
    """
    firsts = [sum(sizes[:group]) for group in range(len(sizes))]
    groups = [range(first, first + size) for first, size in zip(firsts, sizes, strict=True)]
    faces = tuple(
        face
        for count in range(1, len(sizes) + 1)
        for chosen in combinations(groups, count)
        for face in product(*chosen)
    )
    number = {face: k for k, face in enumerate(faces)}
    chains, own = [], []
    for group in range(len(sizes)):
        for chain in _chains({group: 0}, sizes):
            places = [tuple(sorted(firsts[g] + at for g, at in step.items())) for step in chain]
            chains.append([number[face] for face in places])
            own.append(group)
    order = sorted(range(len(chains)), key=lambda k: (own[k], chains[k]))
    corners = sum(sizes)
    centers = np.array([[(v in face) / len(face) for v in range(corners)] for face in faces])
    table = np.array(chains, dtype=np.int64)[order]
    signs = np.sign(signed_measures(centers[table][:, :, 1:])).astype(np.int64)
    return Pieces(faces, table, np.array(own, dtype=np.int64)[order], signs)


def _chains(step: dict[int, int], sizes: tuple[int, ...]) -> Iterator[list[dict[int, int]]]:
    """Yield the maximal chains from a rainbow face, given as the place of its vertex in each group."""
    following = [{**step, g: at + 1} for g, at in step.items() if at + 1 < sizes[g]]
    following += [{**step, g: 0} for g in range(len(sizes)) if g not in step]
    if not following:
        yield [step]
    for after in following:
        for rest in _chains(after, sizes):
            yield [step, *rest]
