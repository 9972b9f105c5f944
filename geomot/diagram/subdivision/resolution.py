"""Which simplices are resolved, and which share of the others may be in the wrong cell.

A simplex is resolved when the true cells inside it have the topology of the join of its labelled
faces, so that the joins' roots are the true interfaces:

1. no candidate without a vertex wins anywhere in it (`candidates.beats`, `hidden_candidates`);
2. along every fiber from an i-vertex to a j-vertex c_i - c_j has one root, a crossing
   (`crossing_fractions`);
3. with three or more labels, on every choice of one vertex per label and on each of its sub-faces
   the tie point exists, lies in the closed face, and its Jacobian is far from singular throughout
   (`tie_fractions`).

What fails is bounded by the measure of the slab in which the linear interpolant of the costs'
difference is smaller than its error: a linear function with range w on a d-simplex has values in an
interval of length l on a share d l / w of it at most.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.joins import patterns
from geomot.cubature.roots import solve, tie_points
from geomot.diagram.subdivision.candidates import Candidates, LabelCosts, label_counts, ties_on_face
from geomot.kernels.simplices import Floats, Ints, local_edges, measures, squared_norms

REGULAR = 0.9  # largest relative change of a tie's Jacobian over a simplex that keeps it regular


def slab(slack: Floats, span: Floats, dimension: int) -> Floats:
    """Return the share of a simplex where a linear function with range ``span`` is within ``slack``."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = 2.0 * dimension * slack / span
    return np.where(share < 1.0, share, 1.0)


def hidden_candidates(
    own: LabelCosts, candidates: Candidates, values: Floats, bends: Floats, margin: float
) -> np.ndarray:
    """Return which candidates may win in simplices none of whose vertices they label.

    Parameters
    ----------
    own
        The labels' costs.
    candidates
        Entries whose site labels no vertex of the simplex.
    values
        ``(e, d + 1)`` their costs at the vertices.
    bends
        ``(e, d + 1)`` upper bounds of the Hessian of their difference to each vertex's label.
    margin
        By how much more they must cost.

    Notes
    -----
    A candidate that wins at x has an interpolant below the lower envelope of the labels'
    interpolants plus the interpolation error.  The gap is convex and piecewise linear; it is least at
    a vertex of that envelope's diagram: a vertex of the simplex or a tie on one of its faces.
    """
    slack = 0.5 * bends.max(axis=1) * own.radii[candidates.owners] ** 2 + margin
    return np.asarray(~(envelope_gaps(own, candidates.owners, values) >= slack))


def envelope_gaps(own: LabelCosts, owners: Ints, values: Floats) -> Floats:
    """Return the least excess of interpolated costs over the lower envelope of the labels', ``(e,)``.

    Parameters
    ----------
    own
        The labels' costs.
    owners
        The simplex of each entry.
    values
        ``(e, d + 1)`` costs at its vertices.
    """
    vertices = range(values.shape[1])
    mine = own.values[owners]
    gap = (values - np.diagonal(mine, axis1=1, axis2=2)).min(axis=1)
    labels = own.labels[owners]
    for size in range(2, values.shape[1] + 1):
        for face in map(list, combinations(vertices, size)):
            rows = _distinct(labels, face)
            at = mine[rows][:, face][:, :, face]  # (rows, site, vertex)
            tie = _linear_tie(at)
            here = np.isfinite(tie).all(axis=1) & (tie >= 0.0).all(axis=1)
            level = (tie * at[:, 0]).sum(axis=1)
            excess = (tie * values[rows][:, face]).sum(axis=1) - level
            gap[rows] = np.minimum(gap[rows], np.where(here, excess, np.inf))
    return np.asarray(gap)


def _linear_tie(values: Floats) -> Floats:
    """Return where the linear interpolants of k costs tie, ``(m, k)``, not-a-number where nowhere."""
    if values.shape[1] == 1:
        return np.ones((len(values), 1))
    if values.shape[1] == 2:
        gap = values[:, 0] - values[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            place = gap[:, 0] / (gap[:, 0] - gap[:, 1])
        return np.stack([1.0 - place, place], axis=1)
    gaps = np.swapaxes(values[:, 1:] - values[:, :1], 1, 2)  # (m, vertex, k - 1)
    inner = solve(np.swapaxes(gaps[:, 1:] - gaps[:, :1], 1, 2), -gaps[:, 0])
    inner[~np.isfinite(inner).all(axis=1)] = np.nan  # the costs' differences are parallel
    return np.concatenate([1.0 - inner.sum(axis=1, keepdims=True), inner], axis=1)


def hidden_fractions(own: LabelCosts, candidates: Candidates, values: Floats, bends: Floats) -> Floats:
    """Return the share of its simplex that each hidden candidate may win, ``(e,)``."""
    dimension = values.shape[1] - 1
    fractions = np.ones(len(values))
    for vertex in range(values.shape[1]):
        excess = values - own.values[candidates.owners, vertex]
        slack = 0.5 * bends[:, vertex] * own.radii[candidates.owners] ** 2
        share = 0.5 * slab(slack, excess.max(axis=1), dimension)
        fractions = np.minimum(fractions, np.where((excess >= 0.0).all(axis=1), share, 1.0))
    return fractions


def single_crossings(
    own: LabelCosts, errors: Floats, v: int, w: int
) -> tuple[Ints, Floats, Floats, np.ndarray]:
    """Return where every fiber along the edge from vertex v to vertex w has one root.

    Parameters
    ----------
    own
        The labels' costs.
    errors
        Their `end_errors`.
    v, w
        The vertices.

    Returns
    -------
    ``(r,)`` the simplices in which the labels i, j of v and w differ, bounds of the Hessian of
    c_j - c_i there, ``(r, d + 1)`` its values at all vertices, and ``(r,)`` whether there is one root.

    Notes
    -----
    Let u = c_i - c_j be -a at the i-end and b at the j-end of a fiber, and |u''| <= m along it.  At a
    root t with u'(t) <= 0, Taylor's formula gives a <= m t^2 / 2 and b <= m (1 - t)^2 / 2, hence
    sqrt(a) + sqrt(b) <= sqrt(m / 2).  Where that fails all roots are crossings from i to j, so there
    is one.  (sqrt(a) + sqrt(b))^2 is concave in a and in b, so its minimum over all fibers is at the
    edges if a and b are replaced by their linear interpolants less the interpolation error.
    """
    longest = own.squared_lengths.max(axis=1)
    rows = np.flatnonzero(own.labels[:, v] != own.labels[:, w])
    bend = own.bends[rows, v, w]
    gap = own.values[rows, w] - own.values[rows, v]
    with np.errstate(invalid="ignore"):
        ends = np.sqrt(np.maximum(gap[:, v] - bend * errors[rows, v], 0.0))
        ends += np.sqrt(np.maximum(-gap[:, w] - bend * errors[rows, w], 0.0))
        single = ends**2 > 0.5 * bend * longest[rows]
    return rows, bend, gap, single


def crossing_fractions(costs: Costs, own: LabelCosts) -> Floats:
    """Return which share of each simplex may be lost where fibers have several roots, ``(m,)``.

    Parameters
    ----------
    costs
        The costs.
    own
        The labels' costs.
    """
    size = own.labels.shape[1]
    fractions = np.zeros(len(own.labels))
    errors = end_errors(own)
    several = label_counts(own.labels) > 2
    for v, w in combinations(range(size), 2):
        rows, bend, gap, single = single_crossings(own, errors, v, w)
        span = np.ptp(gap, axis=1)
        share = slab(0.5 * bend * own.radii[rows] ** 2, span, size - 1)
        fractions[rows] += np.where(single, 0.0, share)
        for end, signed in ((v, gap), (w, -gap)):
            # the interface may bulge over the face of a label: clamped roots next to free ones
            with np.errstate(invalid="ignore"):
                bulge = np.nan_to_num(bend * errors[rows, end], nan=0.0, posinf=np.inf)
            over = np.where(several[rows], signed[:, end] < bulge, _dips(own, rows, end, signed, bend))
            share = np.where(over, 0.5 * slab(bulge, span, size - 1), 0.0)
            signed = signed[:, end]
            tied = np.flatnonzero((share > 0.0) & (signed <= 1e-6 * span))
            if len(tied):  # unless it runs along it
                which, other = rows[tied], v + w - end
                face = own.labels[which] == own.labels[which, end, None]
                pair = own.labels[which, end], own.labels[which, other]
                share[tied[ties_on_face(costs, own.corners[which], face, *pair)]] = 0.0
            fractions[rows] += share
    return np.minimum(fractions, 1.0)


def _dips(own: LabelCosts, rows: Ints, end: int, gap: Floats, bend: Floats) -> np.ndarray:
    """Return where ``gap``, given at the vertices, may be negative on the face with ``end``'s label.

    With |Hessian| <= bend it is at least a quadratic whose Bernstein coefficients are its values at the
    vertices and ``(u(v) + u(w)) / 2 - bend |v - w|^2 / 4``; see
    `geomot.diagram.subdivision.candidates.beats`.
    """
    same = own.labels[rows] == own.labels[rows, end, None]
    dips = (same & (gap < 0.0)).any(axis=1)
    for number, (v, w) in enumerate(local_edges(own.labels.shape[1] - 1)):
        with np.errstate(invalid="ignore"):
            low = gap[:, v] + gap[:, w] < 0.5 * bend * own.squared_lengths[rows, number]
        dips |= same[:, v] & same[:, w] & low
    return np.asarray(dips)


def blurred_fractions(costs: Costs, own: LabelCosts) -> Floats:
    """Return which share of each simplex is so close to an interface that rounding decides, ``(m,)``.

    No refinement helps there: this is the floor of the error, large only where costs nearly tie, and
    far from the origin, where nodes move to the nearest coordinates there are.
    """
    noise = costs.rounding(own.values, own.labels[:, :, None]).max(axis=2)
    fractions = np.zeros(len(own.labels))
    for v, w in combinations(range(own.labels.shape[1]), 2):
        rows = np.flatnonzero(own.labels[:, v] != own.labels[:, w])
        span = np.ptp(own.values[rows, w] - own.values[rows, v], axis=1)
        share = slab(noise[rows, v] + noise[rows, w], span, own.labels.shape[1] - 1)
        fractions[rows] = np.maximum(fractions[rows], share)
    grain = 0.5 * np.spacing(np.abs(own.corners).max(axis=(1, 2)))
    faces = (2.0 * own.radii) ** (own.corners.shape[2] - 1)
    with np.errstate(divide="ignore"):  # of a simplex that rounding has flattened nothing is known
        return np.asarray(np.minimum(fractions + grain * faces / measures(own.corners), 1.0))


def exposed_fractions(own: LabelCosts) -> Floats:
    """Return 1 for simplices in which a label may win on a face, or cone, that lacks it, else 0.

    Parameters
    ----------
    own
        The labels' costs, for simplices with three or more labels.

    Notes
    -----
    The cone from the tie point P on a facet of a fiber is shared out among the labels of the facet.
    Let u be the cost of the missing label less the least of those: zero at P, and g > 0 at a point y
    of the facet.  With |u''| <= m along the way, u >= 0 on all of it if g >= m |y - P|^2 / 2.  On the
    facet g is at least the envelope of the interpolants less their error.
    """
    size = own.labels.shape[1]
    vertices = range(size)
    longest = own.squared_lengths.max(axis=1)
    fractions = np.zeros(len(own.labels))
    slack = (0.5 + 0.25 * (size - 1) / size) * own.bends.max(axis=(1, 2)) * longest
    for count in range(1, size):
        for face in map(list, combinations(vertices, count)):
            for other in set(vertices) - set(face):
                rows = _distinct(own.labels, [*face, other])
                at = own.values[rows][:, face][:, :, face]
                tie = _linear_tie(at)
                here = np.asarray(np.isfinite(tie).all(axis=1) & (tie >= 0.0).all(axis=1))
                tie = np.where(here[:, None], tie, 0.0)
                level = (tie * at[:, 0]).sum(axis=1)
                gap = (tie * own.values[rows, other][:, face]).sum(axis=1) - level
                fractions[rows[here & ~(gap >= slack[rows])]] = 1.0
    return fractions


def _distinct(labels: Ints, vertices: list[int]) -> Ints:
    """Return the simplices in which the given vertices have pairwise different labels."""
    distinct = np.ones(len(labels), dtype=bool)
    for v, w in combinations(vertices, 2):
        distinct &= labels[:, v] != labels[:, w]
    return np.flatnonzero(distinct)


def end_errors(own: LabelCosts) -> Floats:
    """Return the interpolation error, per unit of curvature, where fibers of each vertex's label end.

    Fibers end on the face D of their label: max sum_{v<w} l_v l_w |v - w|^2 / 2 over D, which is at
    most (n - 1) / (4 n) times its longest edge squared.  With three labels or more they also end on
    the way to the tie point, anywhere in the simplex.
    """
    size = own.labels.shape[1]
    longest = own.squared_lengths.max(axis=1)
    same = own.labels[:, :, None] == own.labels[:, None, :]  # (m, v, w)
    lengths = np.zeros(same.shape)
    for number, (v, w) in enumerate(local_edges(size - 1)):
        lengths[:, v, w] = lengths[:, w, v] = own.squared_lengths[:, number]
    both = same[:, :, :, None] & same[:, :, None, :]
    face = np.where(both, lengths[:, None], 0.0).max(axis=(2, 3))
    count = same.sum(axis=2)
    own_face = face * (count - 1) / (4.0 * count)
    several = label_counts(own.labels) > 2
    return np.asarray(np.where(several[:, None], 0.5 * longest[:, None], own_face))


def tie_fractions(costs: Costs, own: LabelCosts, centers: Floats) -> Floats:
    """Return 1 for simplices with three or more labels whose tie points are not as in a join, else 0.

    Parameters
    ----------
    costs
        The costs.
    own
        The labels' costs.
    centers
        Barycentres, ``(m, d)``.
    """
    fractions = np.zeros(len(centers))
    for numbers, order, sizes in patterns(own.labels):
        if len(sizes) < 3:
            continue
        firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        groups = [range(first, first + size) for first, size in zip(firsts, sizes, strict=True)]
        for size in range(3, len(sizes) + 1):
            for chosen in combinations(groups, size):
                for face in product(*chosen):
                    vertices = order[:, list(face)]
                    good = _regular_tie(costs, own, centers, numbers, vertices)
                    fractions[numbers[~good]] = 1.0
    return fractions


def _regular_tie(
    costs: Costs, own: LabelCosts, centers: Floats, numbers: Ints, vertices: Ints
) -> np.ndarray:
    """Return where the labels of the given vertices tie in the closed face that these span."""
    rows = numbers[:, None]
    corners, sites = own.corners[rows, vertices], own.labels[rows, vertices]
    found = tie_points(costs, corners, sites).found
    arms = corners[:, 1:] - corners[:, :1]
    gradients = costs.gradients(centers[numbers][:, None], sites)
    slopes = np.einsum("mid,mld->mil", gradients[:, 1:] - gradients[:, :1], arms)
    bend = own.bends[rows, vertices[:, 1:], vertices[:, :1]]
    change = bend[:, :, None] * own.radii[numbers][:, None, None]
    change = change * np.sqrt(squared_norms(arms))[:, None]
    # |J^-1| |change of J| < 1 keeps J regular all over the simplex, so the tie is unique
    inverse = np.stack(
        [solve(slopes, np.broadcast_to(unit, slopes.shape[:2])) for unit in np.eye(slopes.shape[1])],
        axis=2,
    )
    with np.errstate(invalid="ignore"):
        bound = (np.abs(inverse) @ change).sum(axis=2).max(axis=1)
    return np.asarray(found & (bound <= REGULAR))
