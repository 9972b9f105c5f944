"""Diagrams of arcs as power diagrams in space, on a paraboloid: by Voro++, and by geomot itself.

Where X = (x, |x|^2) a cost lambda |x - p|^2 + c is lambda z - 2 lambda p . x + lambda |p|^2 + c.  With
P = (lambda p, -lambda / 2) and W = |P|^2 - lambda |p|^2 - c that is |X - P|^2 - W less |X|^2, which
all sites share: the cell of a site is the part of the paraboloid in the power cell of P and W.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import pyvoro
import shapely

from geomot import ArcDiagram, Zone, arc_diagram, distance_costs, power_diagram
from geomot.kernels.simplices import Floats

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
LOWER, UPPER = np.array([0.0, 0.0, -0.5]), np.array([1.0, 1.0, 2.5])  # a box around the paraboloid
ABOVE = Zone.box(LOWER, UPPER)
KNOWN = 1e-9  # how far a crossing of a line may be from the cell's polygon
WIDE = 1e-3  # of an interval whose middle is clearly inside or outside, also beside a tangent


def lifted(diagram: ArcDiagram, factor: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Return the sites P and the weights W."""
    p = diagram.costs.positions
    sites = np.column_stack([factor[:, None] * p, -0.5 * factor])
    return sites, (sites**2).sum(axis=1) - factor * (p**2).sum(axis=1) - offset


def voro_neighbours(sites: Floats, weights: Floats) -> dict[int, list[int]]:
    """Return the neighbours of each cell in the box, by Voro++, for sites that may be outside it.

    Voro++ wants its sites in the box and radii: sites p' = s p + t with the weights w' = |p'|^2 -
    s (|p|^2 - w) have the same diagram.
    """
    low, high = sites.min(axis=0), sites.max(axis=0)
    s = float((0.5 * (UPPER - LOWER) / np.maximum(high - low, 1e-3)).min())
    t = 0.5 * (LOWER + UPPER) - 0.5 * s * (low + high)
    inner = s * sites + t
    within = (inner**2).sum(axis=1) - s * ((sites**2).sum(axis=1) - weights)
    radii = np.sqrt(within - within.min())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells = pyvoro.compute_voronoi(
            inner.tolist(), np.column_stack([LOWER, UPPER]).tolist(), 1.0, radii=radii.tolist()
        )
    return {b: [f["adjacent_cell"] for f in c["faces"]] for b, c in enumerate(cells)}


def geomot_neighbours(sites: Floats, weights: Floats) -> dict[int, list[int]]:
    """Return the neighbours of each cell in the box, by the power diagram in space."""
    cells = power_diagram(sites, weights, ABOVE)
    return {b: cell.neighbours.tolist() for b, cell in enumerate(cells) if cell.measure > 0.0}


def inside(
    sites: Floats, weights: Floats, b: int, others: list[int], y: float
) -> tuple[Floats, np.ndarray]:
    """Return where the lifted line at height y is in a cell: ends of intervals, and which of them."""
    left = [0.0, 1.0]
    for j in (j for j in others if j >= 0):
        # 2 (Q - P) . X <= |Q|^2 - W_Q - |P|^2 + W_P with X = (x, y, x^2 + y^2)
        arm = 2.0 * (sites[j] - sites[b])
        level = (sites[j] ** 2).sum() - weights[j] - (sites[b] ** 2).sum() + weights[b]
        roots = np.roots([arm[2], arm[0], arm[1] * y + arm[2] * y**2 - level])
        left += [float(r.real) for r in roots if r.imag == 0.0 and 0.0 < r.real < 1.0]
    ends = np.unique(left)
    middles = 0.5 * (ends[1:] + ends[:-1])
    points = np.column_stack([middles, np.full(len(middles), y), middles**2 + y**2])
    powers = [((points - sites[j]) ** 2).sum(axis=1) - weights[j] for j in others if j >= 0]
    own = ((points - sites[b]) ** 2).sum(axis=1) - weights[b]
    kept = np.all([own <= power for power in powers], axis=0) if powers else np.ones(len(own), bool)
    return ends, np.asarray(kept)


@pytest.mark.parametrize("neighbours", [voro_neighbours, geomot_neighbours])
@pytest.mark.parametrize("exponent", [1.0, 2.0])
@pytest.mark.parametrize("seed", range(2))
def test_cells_are_those_of_the_lift(neighbours: object, exponent: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 20
    factor = rng.uniform(1.0, 2.0, count)
    offset = rng.uniform(0.0, 0.02, count) if exponent == 2.0 else np.zeros(count)
    costs = distance_costs(rng.random((count, 2)), exponent=exponent, factor=factor, offset=offset)
    diagram = arc_diagram(costs, UNIT)
    sites, weights = lifted(diagram, factor ** (2.0 / exponent), offset)
    held = np.flatnonzero(power_diagram(sites, weights, ABOVE).measures > 0.0)
    found = neighbours(sites[held], weights[held])  # type: ignore[operator]
    assert sorted(found) == list(range(len(held)))  # one empty cell loses all that Voro++ has
    for row, others in found.items():
        cell = diagram[int(held[row])]
        # who is a neighbour on the paraboloid is one in space
        assert set(cell.neighbours.tolist()) <= {int(held[j]) for j in others if j >= 0}
        shape = cell.polygon(1e-10)
        for y in rng.random(4):
            ends, kept = inside(sites[held], weights[held], row, others, float(y))
            if kept.any():  # where the cell is left or entered is its boundary
                turns = ends[np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]])))]
                corners = shapely.points(turns, y)
                assert shapely.distance(shapely.boundary(shape), corners).max() <= KNOWN
            wide = np.diff(ends) > WIDE
            middles = shapely.points((0.5 * (ends[1:] + ends[:-1]))[wide], y)
            assert np.array_equal(shapely.contains(shape, middles), kept[wide])
    empty = np.delete(diagram.measures, held)
    assert not empty.any()
