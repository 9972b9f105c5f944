"""Refinement of a mesh until the pieces of its simplices are as close to the true cells as asked."""

from __future__ import annotations

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.boundaries.cellcomplex import CellComplex, Facets, cell_complex, facets
from geomot.diagram.boundaries.clearance import cleared
from geomot.diagram.boundaries.deviations import hidden_depths, loose_sizes
from geomot.diagram.subdivision.adaptivity import MAX_ROUNDS, MOST
from geomot.diagram.subdivision.labelling import label
from geomot.diagram.subdivision.state import Subdivision, refine
from geomot.errors import UnresolvedError
from geomot.kernels.simplices import Floats, squared_norms

# Places on a facet where it is compared with the bisector.
PLACES = {
    2: np.array([[1.0, 1.0], [3.0, 1.0], [1.0, 3.0]]),
    3: np.array(
        [[1, 1, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [4, 1, 1], [1, 4, 1], [1, 1, 4]], dtype=float
    ),
}
LOOSE = 0.1  # size, in tolerances, down to which simplices without a tie where three cells meet are cut
SAFETY = 0.8  # share of the tolerance that these may use: the largest distance lies between them


def chords(costs: Costs, whole: CellComplex, faces: Facets) -> Floats:
    """Return how far faces between cells are from the bisectors, ``(f,)``, metres."""
    inner = np.flatnonzero(faces.cells[:, 1] >= 0)
    places = PLACES[faces.corners.shape[1]]
    places = places / places.sum(axis=1, keepdims=True)
    points = np.einsum("sv,fvd->fsd", places, whole.vertices[faces.corners[inner]])[:, :, None]
    pairs = faces.cells[inner][:, None]
    values, gradients = costs.values(points, pairs), costs.gradients(points, pairs)
    steep = np.sqrt(squared_norms(gradients[:, :, 0] - gradients[:, :, 1]))
    gap = np.abs(values[..., 0] - values[..., 1])
    noise = costs.rounding(values, pairs).sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.where(gap > noise, gap / steep, 0.0)
    result = np.zeros(len(faces.cells))
    result[inner] = away.max(axis=1)
    return result


def resolve_topology(costs: Costs, state: Subdivision, tolerance: float) -> Subdivision:
    """Refine a conforming subdivision until no cell reaches deeper than its labels say.

    Boundaries are within ``tolerance`` metres of the joins' interfaces then, but for where three or
    more labels have no tie: see `geomot.diagram.subdivision.adaptivity.sharpen`.

    Raises
    ------
    UnresolvedError
        If that takes too many simplices.
    """
    for _ in range(MAX_ROUNDS):
        fresh = np.flatnonzero(np.isnan(state.lost))
        state = label(costs, state, 0.0)
        doubtful = fresh[state.lost[fresh] > 0.0]
        marked = np.zeros(len(state.lost), dtype=bool)
        marked[doubtful] = hidden_depths(costs, state, doubtful) > tolerance
        if not marked.any():
            return state
        if len(marked) > MOST:
            break
        state = refine(costs, state, marked)
    raise _unresolved(state, tolerance)


def resolve_boundaries(costs: Costs, state: Subdivision, tolerance: float) -> Subdivision:
    """Refine a conforming subdivision until its pieces are within ``tolerance`` metres of the cells.

    Raises
    ------
    UnresolvedError
        If that takes too many simplices.
    """
    settled = np.zeros(len(state.mesh.vertices), dtype=bool)
    for _ in range(MAX_ROUNDS):
        fresh = np.flatnonzero(np.isnan(state.lost))
        state = label(costs, state, 0.0)
        doubtful = fresh[state.lost[fresh] > 0.0]
        marked = np.zeros(len(state.lost), dtype=bool)
        loose = loose_sizes(costs, state, doubtful) > LOOSE * tolerance
        marked[doubtful] = loose | (hidden_depths(costs, state, doubtful) > tolerance)
        part = cell_complex(costs, state.mesh, state.labels, fresh)
        faces = facets(part)
        far = chords(costs, part, faces) > SAFETY * tolerance
        marked[faces.owners[far]] = True
        if not marked.any():
            return state
        if len(marked) > MOST:
            break
        state, gone = cleared(costs, state, doubtful[loose], settled)
        settled[gone] = True
        state = refine(costs, state, marked & ~np.isnan(state.lost))
        settled = np.append(settled, np.zeros(len(state.labels) - len(settled), dtype=bool))
    raise _unresolved(state, tolerance)


def _unresolved(state: Subdivision, tolerance: float) -> UnresolvedError:
    return UnresolvedError(
        f"boundaries are not within {tolerance:g} m with {len(state.lost)} simplices; expected their "
        "distance to fall by bisection: ask for a larger tolerance"
    )
