"""Which sites can win in which simplex: flat lists, pruned as simplices shrink."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from geomot.costs.base import Costs
from geomot.kernels.indices import contains, distinct, list_starts, runs
from geomot.kernels.simplices import Floats, Ints, local_edges, squared_edge_lengths


@dataclass(frozen=True, eq=False)
class Candidates:
    """Lists of candidate sites, one list per simplex, stored one after the other.

    Parameters
    ----------
    owners
        ``(e,)`` the simplex of each entry, ascending.
    sites
        ``(e,)`` the candidate, ascending within a list.
    """

    owners: Ints
    sites: Ints

    def starts(self, count: int) -> Ints:
        """Return where the lists of ``count`` simplices start, ``(count + 1,)``."""
        return list_starts(self.owners, count)

    def gather(self, parents: Ints, count: int) -> Candidates:
        """Return the lists of the simplices ``parents``, in that order; ``count`` lists exist now."""
        owners, places = runs(self.starts(count), parents)
        return Candidates(owners, self.sites[places])

    def including(self, labels: Ints) -> Candidates:
        """Return the lists with the sites ``labels``, ``(m, d + 1)``, that they lack.

        A vertex may take its label from a neighbour in whose list a site is that ties there.
        """
        owners = np.repeat(np.arange(len(labels)), labels.shape[1])
        span = max(int(self.sites.max(initial=0)), int(labels.max(initial=0))) + 1
        keys = self.owners * span + self.sites
        own = distinct(owners * span + labels.reshape(-1))
        missing = own[~contains(keys, own)]
        if len(missing) == 0:
            return self
        merged = np.sort(np.concatenate([keys, missing]))
        return Candidates(merged // span, merged % span)

    def joined(self, other: Candidates) -> Candidates:
        """Return the lists with the entries of others, whose owners may be in any order.

        Examples
        --------
        >>> one, two = np.array([1]), np.array([2])
        >>> Candidates(one, two).joined(Candidates(one, one)).sites.tolist()
        [1, 2]
        """
        span = max(int(self.sites.max(initial=0)), int(other.sites.max(initial=0))) + 1
        keys = np.concatenate([self.owners * span + self.sites, other.owners * span + other.sites])
        merged = distinct(keys)
        return Candidates(merged // span, merged % span)

    def replaced(self, rows: Ints, new: Candidates, count: int) -> tuple[Candidates, Ints]:
        """Return the lists with those of ``rows`` replaced, and where entries were, -1 if new.

        ``count`` lists exist; those of ``new`` are numbered as ``rows`` are.
        """
        outdated = np.zeros(count, dtype=bool)
        outdated[rows] = True
        stays = np.flatnonzero(~outdated[self.owners])
        owners = np.concatenate([self.owners[stays], rows[new.owners]])
        sites = np.concatenate([self.sites[stays], new.sites])
        places = np.concatenate([stays, np.full(len(new.sites), -1)])
        order = np.argsort(owners, kind="stable")
        return Candidates(owners[order], sites[order]), places[order]

    def keep(self, mask: np.ndarray) -> Candidates:
        """Return the lists without the entries where ``mask`` is false."""
        return Candidates(self.owners[mask], self.sites[mask])


def label_counts(labels: Ints) -> Ints:
    """Return how many different labels the vertices of each simplex have, ``(m,)``.

    Examples
    --------
    >>> label_counts(np.array([[4, 4, 4], [7, 4, 7], [1, 2, 3]])).tolist()
    [1, 2, 3]
    """
    ordered = np.sort(labels, axis=1)
    return np.asarray(1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1))


def all_candidates(representatives: Ints, simplices: int) -> Candidates:
    """Return lists that hold every site, of identical ones the first only."""
    sites = distinct(representatives)
    return Candidates(
        np.repeat(np.arange(simplices), len(sites)), np.tile(sites, simplices).astype(np.int64)
    )


def within_bounds(
    costs: Costs, candidates: Candidates, centers: Floats, radii: Floats, margin: float
) -> np.ndarray:
    """Return which candidates' lower bound is below the least upper bound in their simplex.

    Parameters
    ----------
    costs
        The costs.
    candidates
        Lists for all the ``m`` simplices, none empty.
    centers, radii
        Balls around the simplices.
    margin
        Candidates that would be out by less than this stay.
    """
    balls = centers[candidates.owners], radii[candidates.owners]
    lower, upper = costs.bounds(*balls, candidates.sites)
    starts = candidates.starts(len(centers))[:-1]
    least = np.minimum.reduceat(upper, starts)[candidates.owners]
    return np.asarray(lower <= least + margin + costs.rounding(least, candidates.sites))


@dataclass(frozen=True, eq=False)
class LabelCosts:
    """Costs of the sites that label a simplex's vertices, at all of its vertices.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)``.
    labels
        ``(m, d + 1)`` the site of each vertex.
    values
        ``(m, d + 1, d + 1)``: cost of the site of vertex ``[:, v]`` at vertex ``[:, :, w]``.
    lower
        ``(m, d + 1)`` lower bounds of the eigenvalues of that site's Hessian on the simplex.
    bends
        ``(m, d + 1, d + 1)`` bounds of the Hessian's norm for the difference of two of them.
    squared_lengths
        ``(m, edges)`` of the edges.
    radii
        ``(m,)`` of the balls around the barycentres.
    """

    corners: Floats
    labels: Ints
    values: Floats
    lower: Floats
    bends: Floats
    squared_lengths: Floats
    radii: Floats

    def take(self, rows: Ints) -> LabelCosts:
        """Return some of the simplices."""
        return LabelCosts(*(getattr(self, part.name)[rows] for part in fields(self)))


def label_costs(
    costs: Costs, corners: Floats, labels: Ints, centers: Floats, radii: Floats
) -> LabelCosts:
    """Evaluate the labels' costs on the simplices whose vertices they label."""
    values = costs.values(corners[:, None], labels[:, :, None])
    lower, upper = costs.curvatures(centers[:, None], radii[:, None], labels)
    with np.errstate(invalid="ignore"):
        bends = np.abs(upper[:, :, None] - lower[:, None, :])
    bends = np.nan_to_num(np.maximum(bends, np.swapaxes(bends, 1, 2)), nan=np.inf, posinf=np.inf)
    one, other = labels[:, :, None], labels[:, None, :]
    alike = costs.closeness(centers[:, None, None], radii[:, None, None], one, other)
    return LabelCosts(
        corners,
        labels,
        values,
        lower,
        np.minimum(bends, alike),
        squared_edge_lengths(corners),
        radii,
    )


def bends_above(
    costs: Costs, own: LabelCosts, candidates: Candidates, centers: Floats, radii: Floats
) -> Floats:
    """Return upper bounds (at least 0) of the Hessian of a candidate's cost minus each label's.

    Parameters
    ----------
    costs
        The costs.
    own
        The labels' costs.
    candidates
        The entries asked about.
    centers, radii
        Balls around the simplices.

    Returns
    -------
    ``(e, d + 1)``.
    """
    owners = candidates.owners
    _, upper = costs.curvatures(centers[owners], radii[owners], candidates.sites)
    with np.errstate(invalid="ignore"):
        bends = np.maximum(upper[:, None] - own.lower[owners], 0.0)
    bends = np.nan_to_num(bends, nan=np.inf, posinf=np.inf)
    alike = costs.closeness(
        centers[owners, None], radii[owners, None], candidates.sites[:, None], own.labels[owners]
    )
    return np.minimum(bends, alike)


def beats(
    costs: Costs,
    own: LabelCosts,
    candidates: Candidates,
    values: Floats,
    bends: Floats,
    margin: float,
) -> np.ndarray:
    """Return which candidates cost at least as much as one of the labels all over the simplex.

    Parameters
    ----------
    costs
        The costs.
    own
        The labels' costs.
    candidates
        The entries asked about.
    values
        ``(e, d + 1)`` the candidates' costs at the vertices of their simplices.
    bends
        ``(e, d + 1)`` upper bounds of the Hessian of their difference to each vertex's label.
    margin
        By how much more they must cost.

    Notes
    -----
    On a simplex with vertices v and barycentric coordinates l, a function u with Hessian <= M is at
    least ``sum_v l_v u(v) - (M / 2) sum_{v<w} l_v l_w |v - w|^2``, a quadratic whose Bernstein
    coefficients are u(v) and ``(u(v) + u(w)) / 2 - M |v - w|^2 / 4``; it is non-negative where they
    are.  Here u is the candidate's cost minus a label's.  Where u vanishes on a whole face, as on mesh
    edges along the bisector of a symmetric input, the coefficients of that face are zero.
    """
    pairs = local_edges(values.shape[1] - 1)
    owners = candidates.owners
    lengths = own.squared_lengths[owners]
    noise = costs.rounding(values, candidates.sites[:, None])
    beaten = np.zeros(len(owners), dtype=bool)
    for vertex in range(values.shape[1]):
        excess = values - own.values[owners, vertex] - margin + 2.0 * noise
        edges = excess[:, pairs[:, 0]] + excess[:, pairs[:, 1]]
        edges -= 0.5 * bends[:, vertex, None] * lengths
        tied = excess <= 4.0 * noise
        inner = tied[:, pairs[:, 0]] & tied[:, pairs[:, 1]]
        possible = (excess >= 0.0).all(axis=1) & ((edges >= 0.0) | inner).all(axis=1)
        above = possible & (edges >= 0.0).all(axis=1)
        doubtful = np.flatnonzero(possible & ~above)
        if len(doubtful):  # the bisector may run along the face that ties
            rows = owners[doubtful]
            above[doubtful] = ties_on_face(
                costs,
                own.corners[rows],
                tied[doubtful],
                candidates.sites[doubtful],
                own.labels[rows, vertex],
            )
        beaten |= above & (candidates.sites != own.labels[owners, vertex])
    return beaten


# Convex weights of the places on a face where costs that tie at its vertices are compared.
PLACES = np.array(
    [
        [1.0, 1.0, 1.0, 1.0],
        [1.0, 2.7, 0.6, 1.9],
        [3.1, 0.8, 1.7, 0.4],
        [0.5, 0.9, 3.3, 1.2],
        [0.2, 2.9, 2.3, 5.1],
    ]
)


def ties_on_face(
    costs: Costs, corners: Floats, face: np.ndarray, first: Ints, second: Ints
) -> np.ndarray:
    """Return whether two costs tie, up to rounding, at several places on a face of each simplex.

    Smooth costs that tie at the vertices and at places in odd positions tie on the whole face: their
    bisector runs along it.

    Parameters
    ----------
    costs
        The costs.
    corners
        ``(m, d + 1, d)``.
    face
        ``(m, d + 1)`` which vertices span the face, at least two.
    first, second
        ``(m,)`` the sites.
    """
    weights = np.where(face[:, None], PLACES[:, : corners.shape[1]], 0.0)  # (m, places, vertices)
    weights /= weights.sum(axis=2, keepdims=True)
    points = np.einsum("mpv,mvd->mpd", weights, corners)
    pair = np.stack([first, second], axis=1)[:, None]
    values = costs.values(points[:, :, None], pair)
    noise = costs.rounding(values, pair).sum(axis=2)
    return np.asarray((np.abs(values[..., 0] - values[..., 1]) <= 2.0 * noise).all(axis=1))
