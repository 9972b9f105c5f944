r"""The diagram of linearised costs in a simplex: polytopes, cut one site after the other.

What no join describes - four cells along a line, as on grids of equal sites, a cell in the middle of a
face - is a diagram of flat pieces to first order.  The interpolants l_b of the costs at the vertices of
a simplex are affine; their diagram is cut from it exactly, by giving each next site what it wins from
the pieces so far::

      first site        second: l_1 < l_0        third wins from both
     +-----------+        +------+----+            +------+----+
     |           |        |      |    |            |   0  | 1  |
     |     0     |   ->   |   0  | 1  |    ->      |    __+__  |
     |           |        |      |    |            |  /   2  \ |
     +-----------+        +------+----+            +-----------+

A point can count for the wrong cell only where two interpolants differ by less than the error of their
difference, which a bound of its Hessian bounds.  Costs whose differences are affine, squared distances
to begin with, have no error: their power diagrams come out exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.joins import CellNodes, InterfaceNodes, concatenate, patterns
from geomot.cubature.rules import simplex_rule
from geomot.diagram.subdivision.candidates import Candidates
from geomot.diagram.subdivision.pieces import pieces_of
from geomot.diagram.subdivision.resolution import slab
from geomot.kernels.simplices import Floats, Ints, facet_measures, squared_norms

MOST_SITES = 32  # simplices with more candidates are not cut but bisected
ROUNDED = 16.0  # how much more than costs at vertices those at corners of pieces are rounded


@dataclass(frozen=True, eq=False)
class LinearPieces:
    """Pieces of simplices, each in one cell of the linearised costs.

    Parameters
    ----------
    corners
        ``(p, d + 1, d + 1)`` barycentric coordinates in the simplex.
    entries
        ``(p,)`` the piece's place in the lists of sites.
    owners
        ``(p,)`` the simplex.
    """

    corners: Floats
    entries: Ints
    owners: Ints

    def take(self, rows: np.ndarray) -> LinearPieces:
        """Return some of the pieces."""
        return LinearPieces(*(getattr(self, part.name)[rows] for part in fields(self)))


def linear_fractions(costs: Costs, corners: Floats, lists: Candidates) -> tuple[Floats, Floats]:
    """Return which share of each simplex may be in the wrong cell if costs are linearised.

    Parameters
    ----------
    costs
        The costs.
    corners
        ``(m, d + 1, d)``.
    lists
        The sites that may win in each simplex, at most `MOST_SITES`.

    Returns
    -------
    ``(m,)`` the share that the error of the interpolants may move, and ``(m,)`` the share where
    rounding decides.
    """
    count = len(corners)
    centers = corners.mean(axis=1)
    squares = squared_norms(corners - centers[:, None]).max(axis=1)
    own = centers[lists.owners], np.sqrt(squares)[lists.owners]
    values = costs.values(corners[lists.owners], lists.sites[:, None])
    lower, upper = costs.curvatures(*own, lists.sites)
    # every pair of a list once: each entry with those after it
    starts = lists.starts(count)
    later = starts[1:][lists.owners] - np.arange(len(lists.owners)) - 1
    first = np.repeat(np.arange(len(later)), later)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(later) - later, later)
    with np.errstate(invalid="ignore"):
        bend = np.maximum(np.abs(upper[first] - lower[second]), np.abs(upper[second] - lower[first]))
    bend = np.nan_to_num(bend, nan=np.inf, posinf=np.inf)
    where = own[0][first], own[1][first]
    bend = np.minimum(bend, costs.closeness(*where, lists.sites[first], lists.sites[second]))
    owners, gap = lists.owners[first], values[first] - values[second]
    slack = 0.5 * bend * squares[owners]
    noise = costs.rounding(values, lists.sites[:, None]).max(axis=1)
    blurred = _near_ties(gap, noise[first] + noise[second])
    lost = np.where(slack > 0.0, _near_ties(gap, slack), 0.0)
    lost = np.bincount(owners, lost, minlength=count)
    return lost.astype(float), np.bincount(owners, blurred, minlength=count).astype(float)


def _near_ties(gap: Floats, slack: Floats) -> Floats:
    """Return the share of simplices in which a linear gap, given at the vertices, is within a slack."""
    apart = (gap.min(axis=1) > slack) | (gap.max(axis=1) < -slack)
    return np.where(apart, 0.0, slab(slack, np.ptp(gap, axis=1), gap.shape[1] - 1))


def linear_pieces(costs: Costs, corners: Floats, lists: Candidates) -> LinearPieces:
    """Cut simplices into the cells of linearised costs.

    Parameters
    ----------
    costs
        The costs.
    corners
        ``(m, d + 1, d)``.
    lists
        The sites that take part in each simplex, none empty.
    """
    count, size = len(corners), corners.shape[1]
    values, noise = _interpolants(costs, corners, lists)
    starts = lists.starts(count)
    pieces = LinearPieces(
        np.broadcast_to(np.eye(size), (count, size, size)), starts[:-1], np.arange(count)
    )
    for rank in range(1, int(np.diff(starts).max(initial=0))):
        fresh = starts[pieces.owners] + rank
        takes_part = fresh < starts[pieces.owners + 1]
        rest, pieces, fresh = pieces.take(~takes_part), pieces.take(takes_part), fresh[takes_part]
        gap = _gaps(pieces, fresh, values, noise)
        won, kept = np.asarray((gap < 0.0).any(axis=1)), np.asarray((gap > 0.0).any(axis=1))
        entries = np.where(won & ~kept, fresh, pieces.entries)
        cut = won & kept
        whole = LinearPieces(pieces.corners, entries, pieces.owners).take(~cut)
        pieces = concatenate(LinearPieces, [rest, whole, *_cut(pieces.take(cut), gap[cut], fresh[cut])])
    return pieces


def _interpolants(costs: Costs, corners: Floats, lists: Candidates) -> tuple[Floats, Floats]:
    """Return the costs of entries of lists at the vertices, ``(e, d + 1)``, and their rounding."""
    values = costs.values(corners[lists.owners], lists.sites[:, None])
    return values, ROUNDED * costs.rounding(values, lists.sites[:, None]).max(axis=1)


def _gaps(pieces: LinearPieces, others: Ints, values: Floats, noise: Floats) -> Floats:
    """Return the interpolants of other entries less the pieces' own at the corners, ties exactly 0."""
    gap = np.einsum("pcv,pv->pc", pieces.corners, values[others] - values[pieces.entries])
    gap[np.abs(gap) <= (noise[others] + noise[pieces.entries])[:, None]] = 0.0
    return np.asarray(gap)


def _cut(pieces: LinearPieces, gap: Floats, fresh: Ints) -> list[LinearPieces]:
    """Return the parts of pieces that stay and of those that go to another site."""
    result = []
    won = (gap < 0.0).astype(np.int64)
    for rows, order, sizes in patterns(won):
        pattern = pieces_of(sizes)
        corners = np.take_along_axis(pieces.corners[rows], order[:, :, None], axis=1)
        at, own = (np.take_along_axis(each[rows], order, axis=1) for each in (gap, won))
        known = [corners[:, face[0]] for face in pattern.faces if len(face) == 1]
        for v, w in (face for face in pattern.faces if len(face) == 2):
            place = (at[:, v] / (at[:, v] - at[:, w]))[:, None]
            known.append(np.asarray((1.0 - place) * corners[:, v] + place * corners[:, w]))
        points = np.stack(known, axis=1)[:, pattern.chains]  # (g, c, d + 1, d + 1)
        goes = own[:, [0, sizes[0]]][:, pattern.groups] == 1  # (g, c)
        entries = np.where(goes, fresh[rows, None], pieces.entries[rows, None])
        owners = np.repeat(pieces.owners[rows], len(pattern.chains))
        flat = LinearPieces(points.reshape(-1, *corners.shape[1:]), entries.reshape(-1), owners)
        result.append(flat.take(np.linalg.det(flat.corners) != 0.0))
    return result


def _interfaces(
    costs: Costs, corners: Floats, lists: Candidates, pieces: LinearPieces
) -> tuple[Ints, Ints, Ints]:
    """Return the faces of pieces on which a later site of their list ties with their own.

    Affine functions that tie on a face tie nowhere off its plane: the later site's cell begins there.

    Returns
    -------
    The piece of each face, the corner opposite it, and the place of the other site in the lists.
    """
    values, noise = _interpolants(costs, corners, lists)
    ends = lists.starts(len(corners))[1:][pieces.owners]
    beyond = np.full(pieces.corners.shape[:2], -1)
    for step in range(1, int((ends - pieces.entries).max(initial=1))):
        rows = np.flatnonzero(pieces.entries + step < ends)
        others = pieces.entries[rows] + step
        tied = _gaps(pieces.take(rows), others, values, noise) == 0.0
        level = tied.sum(axis=1) == tied.shape[1] - 1
        face = level[:, None] & ~tied & (beyond[rows] < 0)
        beyond[rows] = np.where(face, others[:, None], beyond[rows])
    piece, corner = np.nonzero(beyond >= 0)
    return piece, corner, beyond[piece, corner]


def linear_nodes(
    corners: Floats, lists: Candidates, pieces: LinearPieces, nodes: int, sizes: Floats
) -> tuple[CellNodes, Ints]:
    """Return nodes in pieces of simplices, and the place in the lists that each of them belongs to.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)`` of the simplices.
    lists
        The sites that take part in each.
    pieces
        What they are cut into.
    nodes
        Nodes per direction.
    sizes
        ``(m,)`` measures of the simplices.
    """
    dimension = corners.shape[2]
    rule, weights = simplex_rule(dimension, nodes)
    where = np.einsum("pcv,pvd->pcd", pieces.corners, corners[pieces.owners])
    shares = np.abs(np.linalg.det(pieces.corners)) * sizes[pieces.owners]
    entries = np.repeat(pieces.entries, len(weights))
    cells = CellNodes(
        np.einsum("nc,pcd->pnd", rule, where).reshape(-1, dimension),
        (shares[:, None] * weights).reshape(-1),
        lists.sites[entries],
        np.repeat(pieces.owners, len(weights)),
    )
    return cells, entries


def linear_interfaces(
    costs: Costs, corners: Floats, lists: Candidates, pieces: LinearPieces, nodes: int
) -> InterfaceNodes:
    """Return nodes on the faces between pieces of different cells; see `linear_nodes`."""
    dimension = corners.shape[2]
    piece, corner, other = _interfaces(costs, corners, lists, pieces)
    kept = np.array([np.delete(np.arange(dimension + 1), c) for c in range(dimension + 1)])
    owners = pieces.owners[piece]
    facets = np.einsum("pcv,pvd->pcd", pieces.corners[piece[:, None], kept[corner]], corners[owners])
    rule, weights = simplex_rule(dimension - 1, nodes)
    points = np.einsum("nc,pcd->pnd", rule, facets).reshape(-1, dimension)
    pairs = lists.sites[np.stack([pieces.entries[piece], other], axis=1)]
    pairs = np.repeat(pairs, len(weights), axis=0)
    gradients = costs.gradients(points[:, None], pairs)
    steep = np.sqrt(squared_norms(gradients[:, 0] - gradients[:, 1]))
    elements = (facet_measures(facets)[:, None] * weights).reshape(-1)
    return InterfaceNodes(points, elements / steep, pairs, np.repeat(owners, len(weights)))
