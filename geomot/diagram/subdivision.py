"""The adaptive loop: label, prune, resolve, integrate, bisect what is not good enough.

1. Label new vertices with their cheapest site, ties by index.
2. Prune the candidates of new simplices; bound what unresolved ones may lose.
3. Simplices on which an integrand may hide from the nodes, or which may lose much, are bisected.
4. The rest is integrated with n, n - 1 and n - 2 nodes per direction; where the difference is large n
   is raised, and beyond the largest n the simplex is bisected.

All four work on what is new only.  The error of a simplex is either the bound of what it may lose or
the estimate of its cubature error; refinement stops when the sum of both is below the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.integrands import Integrand
from geomot.cubature.joins import InterfaceNodes, JoinRule, concatenate, join_rule
from geomot.diagram.candidates import (
    Candidates,
    all_candidates,
    beats,
    bends_above,
    label_costs,
    label_counts,
    within_bounds,
)
from geomot.diagram.kinks import kinks
from geomot.diagram.resolution import (
    blurred_fractions,
    crossing_fractions,
    exposed_fractions,
    hidden_candidates,
    hidden_fractions,
    tie_fractions,
)
from geomot.errors import UnresolvedError
from geomot.geometry.mesh import NO_CUTS, Mesh, bisect, split
from geomot.geometry.simplices import Floats, Ints, bounding_balls, measures, squared_edge_lengths

FEATURES = 8.0  # a simplex may be this many times as wide as what varies in it
CHUNK = 4096  # simplices per call of the cubature: what the nodes take fits the cache
ORDERS = np.array([5, 8, 11])  # nodes per direction that are tried before a simplex is bisected
THIN = 1e-3  # simplices of less than this times their longest edge to the d are only halved
FALL = 0.01  # the error is not believed to fall faster than this from one more node per direction
SLOWEST = 0.9  # largest factor between changes that is still believed to be a falling series
MAX_ROUNDS = 400
MOST = 3_000_000  # simplices
SHARPENINGS = 80  # rounds that a corner gets to shrink; cells that touch along a curve never end


@dataclass(frozen=True, eq=False)
class Subdivision:
    """A labelled mesh whose simplices know what they contribute and how far that can be trusted.

    Parameters
    ----------
    mesh
        The mesh.
    conforming
        Whether it is kept conforming, as boundaries of cells need it and integrals do not.
    origins
        ``(m,)`` the simplex of the mesh at the start that each is a part of.
    sizes
        ``(m,)`` measures of the simplices, which sum to the zone's.
    labels
        ``(n,)`` the cheapest site at each vertex; -1 where not known yet.
    candidates
        Sites that may win in each simplex besides the labels.
    lost
        ``(m,)`` largest share of the simplex that may count for the wrong cell.
    blurred
        ``(m,)`` share of the simplex whose cell is decided by rounding.
    most
        ``(m,)`` bound of the integrals over the simplex, relative to their scales.
    blind
        ``(m,)`` the same for those integrands that may hide from the nodes.
    integrals
        ``(m, d + 1, q)`` contribution to the cell of each vertex's label (first vertex of a label).
    errors
        ``(m, q)`` estimated cubature errors of these; infinite where not integrated yet.
    levels
        ``(m,)`` which of `ORDERS` they were integrated with.
    nodes
        ``(m,)`` number of nodes they were integrated with.
    integrated
        ``(m, d + 1)`` the labels they were integrated with.
    interfaces
        Nodes on the interfaces.
    margin
        By how much a candidate has to be beaten before it is dropped.
    """

    mesh: Mesh
    conforming: bool
    origins: Ints
    sizes: Floats
    labels: Ints
    candidates: Candidates
    lost: Floats
    blurred: Floats
    most: Floats
    blind: Floats
    integrals: Floats
    errors: Floats
    levels: Ints
    nodes: Ints
    integrated: Ints
    interfaces: InterfaceNodes
    margin: float

    @property
    def losses(self) -> Floats:
        """Bounds on what simplices give to wrong cells, relative to the scales, ``(m,)``."""
        return np.maximum(self.lost * self.most, self.blind)

    def for_other_costs(self) -> Subdivision:
        """Return what is left when the costs change: the mesh, and what no change can reach.

        The lists hold for costs of which no difference changed by more than `margin`.  Simplices with
        one candidate keep their label, and pure ones that keep their label keep their integrals.
        """
        own = self.labels[self.mesh.simplices]
        mixed = (own != own[:, :1]).any(axis=1)
        touched = mixed | (np.bincount(self.candidates.owners, minlength=len(own)) > 1)
        labels = self.labels.copy()
        labels[self.mesh.simplices[touched]] = -1
        return replace(
            self,
            labels=labels,
            lost=np.where(touched, np.nan, self.lost),
            errors=np.where(mixed[:, None], np.inf, self.errors),
        )

    def renumbered(self, sites: Ints) -> Subdivision:
        """Return the same subdivision with site b called ``sites[b]``, ascending."""
        return replace(
            self,
            labels=sites[self.labels],
            candidates=Candidates(self.candidates.owners, sites[self.candidates.sites]),
            integrated=sites[self.integrated],
            interfaces=replace(self.interfaces, pairs=sites[self.interfaces.pairs]),
        )

    def with_components(self, components: int) -> Subdivision:
        """Return the same structure with nothing integrated yet, for q functions."""
        count, corners = self.mesh.simplices.shape
        return replace(
            self,
            most=np.full(count, np.nan),
            integrals=np.zeros((count, corners, components)),
            errors=np.full((count, components), np.inf),
            levels=np.zeros(count, dtype=np.int64),
        )


def start(costs: Costs, mesh: Mesh, components: int, *, conforming: bool = False) -> Subdivision:
    """Return the subdivision before anything is known."""
    count, corners = mesh.simplices.shape
    none = np.empty(0, dtype=np.int64)
    return Subdivision(
        mesh=mesh,
        conforming=conforming,
        origins=np.arange(count),
        sizes=measures(mesh.corners),
        labels=np.full(len(mesh.vertices), -1),
        candidates=all_candidates(costs.representatives(), count),
        lost=np.full(count, np.nan),
        blurred=np.zeros(count),
        most=np.full(count, np.nan),
        blind=np.zeros(count),
        integrals=np.zeros((count, corners, components)),
        errors=np.full((count, components), np.inf),
        levels=np.zeros(count, dtype=np.int64),
        nodes=np.zeros(count, dtype=np.int64),
        integrated=np.full((count, corners), -1),
        interfaces=InterfaceNodes(np.empty((0, mesh.dimension)), np.empty(0), none.reshape(0, 2), none),
        margin=0.0,
    )


def label(costs: Costs, state: Subdivision, margin: float) -> Subdivision:
    """Label new vertices and prune and judge new simplices (steps 1 and 2)."""
    new = np.flatnonzero(np.isnan(state.lost))
    if len(new) == 0:
        return state
    simplices = state.mesh.simplices[new]
    corners = state.mesh.vertices[simplices]
    centers, radii = bounding_balls(corners)
    lists = state.candidates.gather(new, len(state.lost))
    lists = lists.keep(within_bounds(costs, lists, centers, radii, margin))
    values = costs.values(corners[lists.owners], lists.sites[:, None])
    labels = _new_labels(costs, state.labels, simplices, lists, values)

    complete = lists.including(labels[simplices])
    if complete is not lists:
        lists = complete
        values = costs.values(corners[lists.owners], lists.sites[:, None])
    own = label_costs(costs, corners, labels[simplices], centers, radii)
    bends = bends_above(costs, own, lists, centers, radii)
    named = (own.labels[lists.owners] == lists.sites[:, None]).any(axis=1)
    stays = named | ~beats(costs, own, lists, values, bends, margin)
    lists, hidden = lists.keep(stays), np.flatnonzero(~named[stays])
    values, bends = values[stays][hidden], bends[stays][hidden]
    close = hidden_candidates(own, lists.keep(hidden), values, bends, margin)
    shown = close
    if margin > 0.0:  # what stays in the lists for later costs need not be in the way of these
        shown = ~beats(costs, own, lists.keep(hidden), values, bends, 0.0)
        shown &= hidden_candidates(own, lists.keep(hidden), values, bends, 0.0)
    lost, blurred = np.zeros(len(new)), np.zeros(len(new))
    share = hidden_fractions(own, lists.keep(hidden), values, bends)
    np.add.at(lost, lists.owners[hidden], np.where(shown, share, 0.0))
    mixed = np.flatnonzero((own.labels != own.labels[:, :1]).any(axis=1))
    if len(mixed):
        part = own.take(mixed)
        blurred[mixed] = blurred_fractions(costs, part)
        lost[mixed] += crossing_fractions(costs, part)
        counts = label_counts(own.labels)
        several, every = np.flatnonzero(counts > 2), np.flatnonzero(counts == own.labels.shape[1])
        if len(several):
            lost[several] += tie_fractions(costs, own.take(several), centers[several])
            lost[every] += exposed_fractions(own.take(every))

    stays = np.ones(len(lists.sites), dtype=bool)
    stays[hidden[~close]] = False
    all_lost, all_blurred = state.lost.copy(), state.blurred.copy()
    all_lost[new], all_blurred[new] = np.minimum(lost, 1.0), blurred
    return replace(
        state,
        labels=labels,
        candidates=_replace_lists(state.candidates, new, lists.keep(stays), len(state.lost)),
        lost=all_lost,
        blurred=all_blurred,
        margin=margin,
    )


def _new_labels(costs: Costs, labels: Ints, simplices: Ints, lists: Candidates, values: Floats) -> Ints:
    """Return the labels of all vertices; those not labelled yet get the cheapest candidate."""
    labels = labels.copy()
    vertices = simplices[lists.owners]
    entry, corner = np.nonzero(labels[vertices] < 0)
    vertex, value, site = vertices[entry, corner], values[entry, corner], lists.sites[entry]
    least = np.full(len(labels), np.inf)
    np.minimum.at(least, vertex, value)
    ties = value <= least[vertex] + 2.0 * costs.rounding(value, site)
    first = np.full(len(labels), np.iinfo(np.int64).max)
    np.minimum.at(first, vertex[ties], site[ties])
    labels[vertex] = first[vertex]
    return labels


def _replace_lists(old: Candidates, rows: Ints, new: Candidates, count: int) -> Candidates:
    """Return the lists ``old`` with those of ``rows`` replaced by ``new``."""
    outdated = np.zeros(count, dtype=bool)
    outdated[rows] = True
    stays = ~outdated[old.owners]
    owners = np.concatenate([old.owners[stays], rows[new.owners]])
    sites = np.concatenate([old.sites[stays], new.sites])
    order = np.argsort(owners, kind="stable")
    return Candidates(owners[order], sites[order])


def refine(costs: Costs, state: Subdivision, marked: np.ndarray) -> Subdivision:
    """Bisect marked simplices; what is new has nothing but its parents' candidates."""
    cuts = NO_CUTS
    if state.mesh.dimension > 2:  # in the plane three cells meet in points: halving gets there fast
        rows = np.flatnonzero(marked & (state.lost > 0.0))
        longest = np.sqrt(squared_edge_lengths(state.mesh.corners[rows]).max(axis=1))
        rows = rows[state.sizes[rows] > THIN * longest**state.mesh.dimension]
        cuts = kinks(costs, state.mesh, state.labels, state.candidates, rows)
    step = (bisect if state.conforming else split)(state.mesh, marked, cuts)
    added = len(step.mesh.vertices) - len(state.labels)
    kept = step.parents[~step.fresh]
    moved = np.full(len(state.lost), -1)
    moved[kept] = np.flatnonzero(~step.fresh)
    owners = moved[state.interfaces.owners]
    alive = owners >= 0
    return replace(
        state,
        mesh=step.mesh,
        origins=state.origins[step.parents],
        sizes=state.sizes[step.parents] * step.shares,
        labels=np.concatenate([state.labels, np.full(added, -1)]),
        candidates=state.candidates.gather(step.parents, len(state.lost)),
        lost=np.where(step.fresh, np.nan, state.lost[step.parents]),
        blurred=state.blurred[step.parents],
        most=np.where(step.fresh, np.nan, state.most[step.parents]),
        blind=state.blind[step.parents],
        integrals=state.integrals[step.parents],
        errors=np.where(step.fresh[:, None], np.inf, state.errors[step.parents]),
        levels=np.where(step.fresh, 0, state.levels[step.parents]),
        nodes=np.where(step.fresh, 0, state.nodes[step.parents]),
        integrated=state.integrated[step.parents],
        interfaces=replace(state.interfaces.take(alive), owners=owners[alive]),
    )


def heavy(errors: Floats, budget: float) -> np.ndarray:
    """Return which errors to reduce so that the others sum to at most ``budget``."""
    order = np.argsort(errors, kind="stable")
    marked = np.zeros(len(errors), dtype=bool)
    marked[order[np.cumsum(errors[order]) > budget]] = True
    return marked


def integrate(costs: Costs, state: Subdivision, integrand: Integrand) -> Subdivision:
    """Integrate what has not been integrated yet (step 4)."""
    current = state.labels[state.mesh.simplices]
    pending = np.isinf(state.errors).any(axis=1) | (current != state.integrated).any(axis=1)
    integrals, errors, used = state.integrals.copy(), state.errors.copy(), state.nodes.copy()
    parts = [state.interfaces.take(~pending[state.interfaces.owners])]
    for level, nodes in enumerate(ORDERS):
        todo = np.flatnonzero(pending & (state.levels == level))
        for first in range(0, len(todo), CHUNK):
            rows = todo[first : first + CHUNK]
            simplices = state.mesh.simplices[rows]
            where = state.mesh.vertices[simplices], current[rows], state.sizes[rows]
            integrals[rows], rule = _integrals(costs, *where, integrand, nodes)
            less, _ = _integrals(costs, *where, integrand, nodes - 1)
            least, _ = _integrals(costs, *where, integrand, nodes - 2)
            # two rules may agree by accident: the step before guards against that
            change, before = np.abs(integrals[rows] - less), np.abs(less - least)
            errors[rows] = np.maximum(_tail(change, before), FALL * before).max(axis=1)
            used[rows] = np.bincount(rule.cells.owners, minlength=len(rows))
            parts.append(replace(rule.interfaces, owners=rows[rule.interfaces.owners]))
    return replace(
        state,
        integrals=integrals,
        errors=errors,
        nodes=used,
        integrated=current,
        interfaces=concatenate(InterfaceNodes, parts),
    )


def _tail(change: Floats, before: Floats) -> Floats:
    """Return the rest of a series whose last terms are ``before`` and ``change``, at least ``change``.

    Where a geometric series falls slowly, as on an interface nearly along its fibers, that is more.
    """
    slow = np.full(change.shape, SLOWEST)
    ratio = np.divide(change, before, out=slow, where=change < SLOWEST * before)
    return np.asarray(change * np.maximum(1.0, ratio / (1.0 - ratio)))


def _integrals(
    costs: Costs, corners: Floats, labels: Ints, sizes: Floats, integrand: Integrand, nodes: int
) -> tuple[Floats, JoinRule]:
    """Return integrals per simplex and vertex label, ``(m, d + 1, q)``, and the rule used."""
    rule = join_rule(costs, corners, labels, nodes, sizes)
    cells = rule.cells
    values = integrand.values(cells.points, cells.sites) * cells.weights[:, None]
    slot = (labels[cells.owners] == cells.sites[:, None]).argmax(axis=1)
    place = cells.owners * labels.shape[1] + slot
    sums = [np.bincount(place, column, minlength=labels.size) for column in values.T]
    return np.stack(sums, axis=-1).reshape(*labels.shape, -1).astype(float, copy=False), rule


def resolve(
    costs: Costs, state: Subdivision, integrand: Integrand, tolerance: float, margin: float = 0.0
) -> Subdivision:
    """Refine until the bounds of what may be lost sum to at most the tolerance (steps 1 to 3)."""
    for _ in range(MAX_ROUNDS):
        state = weigh(label(costs, state, margin), integrand)
        marked = heavy(state.losses, tolerance)
        if not marked.any():
            return state
        if len(marked) > MOST:
            break
        state = refine(costs, state, marked)
    raise _unresolved(state, tolerance)


def subdivide(
    costs: Costs, state: Subdivision, integrand: Integrand, tolerance: float, margin: float = 0.0
) -> Subdivision:
    """Refine until the integrals over all cells are good to the tolerance."""
    for _ in range(MAX_ROUNDS):
        state = resolve(costs, state, integrand, 0.5 * tolerance, margin)
        state = integrate(costs, state, integrand)
        estimates = (state.errors / integrand.scales).max(axis=1)
        estimates[estimates <= state.blurred * state.most] = 0.0
        marked = heavy(estimates, 0.5 * tolerance)
        if not marked.any():
            return state
        raised = marked & (state.levels < len(ORDERS) - 1)
        state = replace(
            state,
            levels=state.levels + raised,
            errors=np.where(raised[:, None], np.inf, state.errors),
        )
        if (marked & ~raised).any():
            state = refine(costs, state, marked & ~raised)
    raise _unresolved(state, tolerance)


def _unresolved(state: Subdivision, tolerance: float) -> UnresolvedError:
    return UnresolvedError(
        f"the subdivision is not good to {tolerance:g} with {len(state.lost)} simplices; "
        "expected its error to fall by bisection: ask for a larger "
        "tolerance, or check the bounds that the costs and the density give"
    )


def sharpen(costs: Costs, state: Subdivision, size: float) -> Subdivision:
    """Bisect simplices with three or more labels, unless they are resolved, down to a size.

    Their tie points are corners of regions; where more cells meet than a simplex has vertices no
    refinement resolves them, only makes them small.
    """
    for _ in range(SHARPENINGS):
        several = label_counts(state.labels[state.mesh.simplices]) > 2
        rows = np.flatnonzero(several & (state.lost > 0.0))
        _, radii = bounding_balls(state.mesh.vertices[state.mesh.simplices[rows]])
        marked = np.zeros(len(several), dtype=bool)
        marked[rows[radii > size]] = True
        if not marked.any():
            break
        state = label(costs, refine(costs, state, marked), 0.0)
    return state


def weigh(state: Subdivision, integrand: Integrand) -> Subdivision:
    """Bound the integrals over new simplices, and of integrands with features too small for them."""
    new = np.flatnonzero(np.isnan(state.most))
    corners = state.mesh.vertices[state.mesh.simplices[new]]
    centers, radii = bounding_balls(corners)
    bounds = integrand.upper_bounds(centers, radii) * state.sizes[new, None] / integrand.scales
    narrow = 2.0 * radii[:, None] > FEATURES * integrand.feature_sizes(centers, radii)
    most, blind = state.most.copy(), state.blind.copy()
    most[new] = bounds.max(axis=1)
    blind[new] = np.where(narrow, bounds, 0.0).max(axis=1)
    return replace(state, most=most, blind=blind)
