"""Edges along which a third cell wins between the cells of the two ends.

Where three cells meet along a curve in space, a simplex that the curve crosses is a join only if the
curve enters and leaves through faces with all three labels.  With affine costs it fails to just where
the third cell wins in the middle of an edge, in two out of three random tetrahedra however small they
are: halving longest edges never gets there, and what is left along the curve costs a volume of h^2.
A vertex put between the two places where the winner changes gets the third label, and a few rounds of
that leave no such edge (measured on a random power diagram in a cube: 24,576 tetrahedra, 111 edges;
five rounds, 840 tetrahedra more).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.roots import segment_roots
from geomot.diagram.subdivision.candidates import Candidates
from geomot.geometry.meshes.mesh import Cuts, Mesh
from geomot.kernels.indices import distinct, numbered
from geomot.kernels.simplices import Floats, Ints, local_edges

INNER = 0.495  # a cut further from the middle, as share of the edge, is none


@dataclass(frozen=True, eq=False)
class Kinks:
    """Edges along which a third cell wins.

    Parameters
    ----------
    ends
        ``(k, 2)`` their vertices, the lower number first.
    begins, ends_at
        ``(k,)`` where that cell's part begins and ends, as shares of the way.
    """

    ends: Ints
    begins: Floats
    ends_at: Floats

    @property
    def cuts(self) -> Cuts:
        """Cuts in the middle of the third cells' parts, but for those next to a vertex."""
        middle = 0.5 * (self.begins + self.ends_at)
        apart = np.abs(middle - 0.5) < INNER
        return Cuts(self.ends[apart], middle[apart])

    def vertices_within(self, share: float) -> Ints:
        """Return vertices next to which a third cell's part ends within a share of the edge."""
        near = [self.ends[self.ends_at < share, 0], self.ends[self.begins > 1.0 - share, 1]]
        return distinct(np.concatenate(near))


def kinks(costs: Costs, mesh: Mesh, labels: Ints, candidates: Candidates, rows: Ints) -> Kinks:
    """Return the edges of some simplices along which a third cell wins.

    Parameters
    ----------
    costs
        The costs.
    mesh
        The mesh.
    labels
        ``(n,)`` the cheapest site at each vertex.
    candidates
        Sites that may win in each simplex, labels included.
    rows
        The simplices asked about.
    """
    ends, owners = _mixed_edges(mesh, labels, rows)
    corners, pairs = mesh.vertices[ends], labels[ends]
    roots = segment_roots(costs, corners, pairs)
    points = corners[:, 0] + roots.places[:, None] * (corners[:, 1] - corners[:, 0])
    lists = candidates.gather(owners, len(mesh.simplices))
    values = costs.values(points[lists.owners], lists.sites)
    starts = lists.starts(len(ends))[:-1]
    least = np.minimum.reduceat(values, starts) if len(ends) else values
    winner = np.full(len(ends), len(labels))
    best = values == least[lists.owners]
    np.minimum.at(winner, lists.owners[best], lists.sites[best])
    tie = costs.values(points, pairs[:, 0])
    noise = costs.rounding(tie, pairs[:, 0]) + costs.rounding(least, winner)
    third = np.flatnonzero(
        roots.inside & (winner[:, None] != pairs).all(axis=1) & (least < tie - noise)
    )
    place, point, winner = roots.places[third], points[third], winner[third]
    before = segment_roots(
        costs,
        np.stack([corners[third, 0], point], axis=1),
        np.stack([pairs[third, 0], winner], axis=1),
    )
    after = segment_roots(
        costs,
        np.stack([point, corners[third, 1]], axis=1),
        np.stack([winner, pairs[third, 1]], axis=1),
    )
    return Kinks(ends[third], place * before.places, place + (1.0 - place) * after.places)


def _mixed_edges(mesh: Mesh, labels: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return the edges with two labels, ``(e, 2)``, each once, and a simplex for each."""
    sides = np.sort(mesh.simplices[rows][:, local_edges(mesh.dimension)], axis=2)
    ends, owners = sides.reshape(-1, 2), np.repeat(rows, sides.shape[1])
    mixed = labels[ends[:, 0]] != labels[ends[:, 1]]
    ends, owners = ends[mixed], owners[mixed]
    _, first, _ = numbered(ends[:, 0] * len(labels) + ends[:, 1])
    return ends[first], owners[first]
