"""Polygons keep the chord tolerance however loosely the diagram was integrated."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geomot import Zone, arc_diagram, distance_costs, general_costs, minimization_diagram
from geomot.costs.base import Costs
from tests.diagram.checks import check_regions, rings

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
LOOSE = (1e-1, 1e-2, 1e-3)


def ellipses() -> Costs:
    """Return anisotropic squared distances of two sites 2e-3 apart: the second has a small disk."""
    sites = np.array([[0.2988, 0.6995], [0.2991, 0.7013]])
    scales = np.array([[0.725, 2.976], [3.131, 3.042]])
    return general_costs(
        2,
        2,
        values=lambda x, b: (scales[b] * (x - sites[b]) ** 2).sum(axis=-1),
        gradients=lambda x, b: 2.0 * scales[b] * (x - sites[b]),
        curvatures=lambda x, r, b: (2.0 * scales[b].min(axis=-1), 2.0 * scales[b].max(axis=-1)),
    )


@pytest.mark.parametrize("tolerance", LOOSE)
def test_no_piece_of_a_cell_is_lost(tolerance: float) -> None:
    diagram = minimization_diagram(ellipses(), UNIT, tolerance)
    regions = diagram.regions(1e-6)
    points = np.random.default_rng(3).random((20_000, 2))
    found = diagram.locate(points)
    where = shapely.points(points)
    for region in regions:
        inside = shapely.contains(region.polygon, where)
        away = shapely.distance(region.polygon.boundary, where)
        assert (((found == region.site) == inside) | (away <= 1e-6)).all()


@pytest.mark.parametrize("seed", range(3))
def test_areas_are_those_of_exact_arcs(seed: int) -> None:
    rng = np.random.default_rng([5, seed])
    count = int(rng.integers(3, 7))
    costs = distance_costs(rng.random((count, 2)), factor=10.0 ** (rng.random(count) - 0.5))
    exact = np.array([cell.measure for cell in arc_diagram(costs, UNIT)])
    for tolerance in (1e-1, 1e-3):
        for chord in (1e-2, 1e-5):
            regions = minimization_diagram(costs, UNIT, tolerance).regions(chord)
            areas = np.array([region.polygon.area for region in regions])
            lengths = np.array([region.polygon.length for region in regions])
            assert (abs(areas - exact) <= chord * lengths).all()
            assert all(len(rings(region)) > 0 for region in regions)  # whole cells are there


@pytest.mark.parametrize("seed", range(12))
def test_random_diagrams_agree_at_all_tolerances(seed: int) -> None:
    check_agreement(seed)


@pytest.mark.slow
def test_many_random_diagrams_agree_at_all_tolerances() -> None:
    for seed in range(12, 200):
        check_agreement(seed)


def check_agreement(seed: int) -> None:
    """Check polygons, measures and `locate` of a random diagram at random tolerances."""
    rng = np.random.default_rng([77, seed])
    outline = shapely.Polygon(
        [(0, 0), (3, 0), (3, 1), (1, 1), (1, 2), (0, 2)], [[(0.3, 0.3), (0.6, 0.3), (0.5, 0.6)]]
    )
    zone = Zone.polygon(outline) if seed % 2 else UNIT
    count = int(rng.integers(1, 14))
    sites = rng.random((count, 2)) * rng.choice([1.0, 2.0])
    if count > 1 and rng.random() < 0.3:  # half of them in a cluster
        half = count // 2
        sites[:half] = sites[0] + 10.0 ** rng.uniform(-6, -1) * rng.standard_normal((half, 2))
    costs = distance_costs(
        sites,
        exponent=float(rng.choice([0.5, 1.0, 2.0, 3.0])),
        factor=10.0 ** (rng.random(count) * rng.choice([0.0, 0.3, 1.0, 3.0])),
        offset=rng.choice([0.0, 0.01, 0.1, 0.5]) * rng.random(count),
    )
    diagram = minimization_diagram(costs, zone, float(10.0 ** rng.uniform(-8, -1)))
    check_regions(diagram, float(10.0 ** rng.uniform(-7, -1)), seed=seed)
