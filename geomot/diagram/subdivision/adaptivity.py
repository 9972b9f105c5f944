"""The adaptive loop: label, prune, resolve, integrate, bisect what is not good enough.

0. Cut the mesh along the breaks of the integrands, so that they are smooth on every simplex: first
   the cells are roughly resolved, which leaves few candidates to each of what may be many parts.
1. Label new vertices with their cheapest site, ties by index.
2. Prune the candidates of new simplices; bound what unresolved ones may lose.
3. Simplices on which an integrand may hide from the nodes, or which may lose much, are bisected.
4. The rest is integrated with n, n - 1 and n - 2 nodes per direction; where the difference is large n
   is raised, and beyond the largest n the simplex is bisected.

All but the first work on what is new only.  The error of a simplex is either the bound of what it may
lose or the estimate of its cubature error; refinement stops when the sum of both is below the
tolerance.
"""

from __future__ import annotations

from dataclasses import replace
from math import factorial

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.integrands import DensityIntegrand, Integrand
from geomot.densities.gaussian import Uniform
from geomot.diagram.subdivision.candidates import label_counts
from geomot.diagram.subdivision.integration import ORDERS, integrate, weigh
from geomot.diagram.subdivision.labelling import label
from geomot.diagram.subdivision.state import Subdivision, cut, refine
from geomot.errors import InvalidDensityError, UnresolvedError
from geomot.kernels.simplices import Floats, bounding_balls

MAX_ROUNDS = 400
ROUGH = 0.01  # part of the zone that may be in the wrong cell when the mesh is cut along breaks
MOST = 3_000_000  # simplices
PARTS = 700_000  # the same when a mesh is cut along breaks, which takes 1.5 kB and 60 us for each
ROUNDING = 16.0 * float(np.finfo(float).eps)  # part of an integral that rules cannot agree on
SHARPENINGS = 80  # rounds that a corner gets to shrink; cells that touch along a curve never end


def heavy(errors: Floats, budget: float) -> np.ndarray:
    """Return which errors to reduce so that the others sum to at most ``budget``."""
    some = np.flatnonzero(errors)
    order = some[np.argsort(errors[some], kind="stable")]
    marked = np.zeros(len(errors), dtype=bool)
    marked[order[np.cumsum(errors[order]) > budget]] = True
    return marked


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
    state = _following(costs, state, integrand, margin)
    for _ in range(MAX_ROUNDS):
        state = resolve(costs, state, integrand, 0.5 * tolerance, margin)
        state = integrate(costs, state, integrand)
        estimates = (state.errors / integrand.scales).max(axis=1)
        estimates[estimates <= (state.blurred + ROUNDING) * state.most] = 0.0
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
            if len(marked) > MOST:
                break
            state = refine(costs, state, marked & ~raised)
    raise _unresolved(state, tolerance)


def _following(costs: Costs, state: Subdivision, integrand: Integrand, margin: float) -> Subdivision:
    """Return the subdivision cut along the breaks that it does not follow yet (step 0)."""
    missing = [each for each in integrand.breaks if each not in state.breaks]
    if not missing:
        return state
    area = DensityIntegrand(Uniform(), float(state.sizes.sum()))
    state = resolve(costs, state.with_components(1), area, ROUGH, margin)
    for each in missing:
        parts = each.parts(state.mesh)
        if parts > PARTS:
            raise InvalidDensityError(
                f"the density's grid or mesh cuts the zone into about {parts:.2g} simplices; expected "
                f"at most {PARTS:.2g}, such as of a grid of {_side(state.mesh.dimension)} cells in a "
                "box: take means over blocks of cells, or a smaller zone"
            )
        state = cut(state, each)
    return state.with_components(len(integrand.scales))


def _side(dimension: int) -> str:
    """Return how large a grid may be, in words."""
    side = (PARTS / factorial(dimension)) ** (1.0 / dimension)
    return " x ".join([f"{int(side)}"] * dimension)


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
