"""A labelled mesh whose simplices know what they contribute and how far that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.joins import InterfaceNodes
from geomot.diagram.subdivision.candidates import Candidates, all_candidates
from geomot.diagram.subdivision.kinks import kinks
from geomot.geometry.meshes.breaks import Breaks
from geomot.geometry.meshes.mesh import NO_CUTS, Mesh, Refinement, bisect, split
from geomot.kernels.simplices import Floats, Ints, measures, squared_edge_lengths

THIN = 1e-3  # simplices of less than this times their longest edge to the d are only halved


@dataclass(frozen=True, eq=False)
class Subdivision:
    """A labelled mesh whose simplices know what they contribute and how far that can be trusted.

    Parameters
    ----------
    mesh
        The mesh.
    base
        The mesh at the start, conforming.
    breaks
        What the mesh has been cut along.
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
    linear
        The sites that take part in simplices whose costs are linearised, no list for the others.
    parts
        ``(e, q)`` contribution of these simplices to the cells of those sites; they have no integrals.
    interfaces
        Nodes on the interfaces.
    margin
        By how much a candidate has to be beaten before it is dropped.
    """

    mesh: Mesh
    base: Mesh
    breaks: tuple[Breaks, ...]
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
    linear: Candidates
    parts: Floats
    interfaces: InterfaceNodes
    margin: float

    @property
    def losses(self) -> Floats:
        """Bounds on what simplices give to wrong cells, relative to the scales, ``(m,)``."""
        return np.maximum(self.lost * self.most, self.blind)

    @property
    def totals(self) -> Floats:
        """Integrals over the simplices, ``(m, q)``."""
        count = len(self.lost)
        parts = [np.bincount(self.linear.owners, column, minlength=count) for column in self.parts.T]
        return np.asarray(self.integrals.sum(axis=1) + np.stack(parts, axis=1))

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
            linear=Candidates(self.linear.owners, sites[self.linear.sites]),
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
            parts=np.zeros((len(self.linear.owners), components)),
        )


def start(costs: Costs, mesh: Mesh, components: int, *, conforming: bool = False) -> Subdivision:
    """Return the subdivision before anything is known."""
    count, corners = mesh.simplices.shape
    none = np.empty(0, dtype=np.int64)
    return Subdivision(
        mesh=mesh,
        base=mesh,
        breaks=(),
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
        linear=Candidates(none, none),
        parts=np.empty((0, components)),
        interfaces=InterfaceNodes(np.empty((0, mesh.dimension)), np.empty(0), none.reshape(0, 2), none),
        margin=0.0,
    )


def refine(costs: Costs, state: Subdivision, marked: np.ndarray) -> Subdivision:
    """Bisect marked simplices; what is new has nothing but its parents' candidates."""
    cuts = NO_CUTS
    if state.mesh.dimension > 2:  # in the plane three cells meet in points: halving gets there fast
        rows = np.flatnonzero(marked & (state.lost > 0.0))
        longest = np.sqrt(squared_edge_lengths(state.mesh.corners[rows]).max(axis=1))
        rows = rows[state.sizes[rows] > THIN * longest**state.mesh.dimension]
        cuts = kinks(costs, state.mesh, state.labels, state.candidates, rows).cuts
    return _advanced(state, (bisect if state.conforming else split)(state.mesh, marked, cuts))


def cut(state: Subdivision, breaks: Breaks) -> Subdivision:
    """Cut simplices along breaks; what is new has nothing but the candidates of all it comes from.

    Where that is a single one there is nothing more to find out.
    """
    # facets have a meaning, which cutting must keep, once the mesh follows other breaks
    overlay = breaks.cut(state.mesh, state.mesh if state.breaks else state.base)
    owners, parents = overlay.others.T
    further = state.candidates.gather(parents, len(state.lost))
    further = Candidates(owners[further.owners], further.sites)
    measure = state.sizes.sum()
    state = _advanced(state, overlay.refinement)
    candidates = state.candidates.joined(further)
    starts = candidates.starts(len(state.lost))
    pure = np.flatnonzero(np.isnan(state.lost) & (np.diff(starts) == 1))
    labels, lost, blurred = state.labels.copy(), state.lost.copy(), state.blurred.copy()
    labels[state.mesh.simplices[pure]] = candidates.sites[starts[pure], None]
    lost[pure], blurred[pure] = 0.0, 0.0
    # far from the origin the sides of a box are rounded: its share is that of where they should be
    sizes = state.sizes * (measure / state.sizes.sum())
    return replace(
        state,
        sizes=sizes,
        labels=labels,
        candidates=candidates,
        lost=lost,
        blurred=blurred,
        breaks=(*state.breaks, breaks),
    )


def _advanced(state: Subdivision, step: Refinement) -> Subdivision:
    """Return the subdivision on a refined mesh: what is new has its parent's candidates alone."""
    added = len(step.mesh.vertices) - len(state.labels)
    kept = step.parents[~step.fresh]
    moved = np.full(len(state.lost), -1)
    moved[kept] = np.flatnonzero(~step.fresh)
    owners, linear = moved[state.interfaces.owners], moved[state.linear.owners]
    alive, still = owners >= 0, linear >= 0
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
        linear=Candidates(linear[still], state.linear.sites[still]),
        parts=state.parts[still],
        interfaces=replace(state.interfaces.take(alive), owners=owners[alive]),
    )
