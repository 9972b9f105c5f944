"""Voronoi and power diagrams against half-plane clipping, Voro++ and shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geomot import Zone, distance_costs, minimization_diagram
from geomot.kernels.simplices import Floats
from tests.diagram.checks import check_locate, check_regions, check_tiles
from tests.diagram.oracles import power_cells, voro_measures

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
ACCURATE = 1e-9
LOWER, UPPER = np.zeros(2), np.ones(2)


def areas(sites: Floats, offsets: Floats, zone: shapely.Geometry | None = None) -> Floats:
    cells = power_cells(sites, offsets, LOWER - 9.0, UPPER + 9.0)
    zone = shapely.box(0.0, 0.0, 1.0, 1.0) if zone is None else zone
    return np.array([cell.intersection(zone).area for cell in cells])


@pytest.mark.parametrize("count", [2, 3, 10, 60])
@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_voronoi(count: int, exponent: float) -> None:
    sites = np.random.default_rng(count).random((count, 2))
    diagram = minimization_diagram(distance_costs(sites, exponent=exponent), UNIT)
    check_tiles(diagram)
    np.testing.assert_allclose(diagram.measures, voro_measures(sites), atol=ACCURATE)
    errors = np.abs(diagram.measures - areas(sites, np.zeros(count)))
    assert (errors <= diagram.measure_errors + 1e-14).all()


@pytest.mark.parametrize("count", [2, 5, 40])
def test_power_diagram(count: int) -> None:
    rng = np.random.default_rng(count)
    sites, offsets = rng.random((count, 2)), rng.random(count) * 0.5 / count
    diagram = minimization_diagram(distance_costs(sites, exponent=2.0, offset=offsets), UNIT)
    check_tiles(diagram)
    expected = areas(sites, offsets)
    assert np.abs(diagram.measures - expected).max() <= ACCURATE
    assert (np.abs(diagram.measures - expected) <= diagram.measure_errors + 1e-14).all()
    if (expected > 0.0).all():  # Voro++ loses everything over one empty cell
        np.testing.assert_allclose(diagram.measures, voro_measures(sites, offsets), atol=ACCURATE)
    check_regions(diagram)


def test_power_diagram_with_hidden_cells() -> None:
    rng = np.random.default_rng(8)
    sites, offsets = rng.random((30, 2)), rng.random(30) * 0.3
    expected = areas(sites, offsets)
    assert (expected == 0.0).sum() > 10
    diagram = minimization_diagram(distance_costs(sites, exponent=2.0, offset=offsets), UNIT)
    assert np.abs(diagram.measures - expected).max() <= ACCURATE
    regions = check_regions(diagram)
    assert [r.polygon.is_empty for r in regions] == (expected == 0.0).tolist()
    check_locate(diagram)


def test_power_diagram_in_space_against_voro() -> None:
    rng = np.random.default_rng(5)
    sites, offsets = rng.random((4, 3)), rng.random(4) * 0.1
    zone = Zone.box([0.0] * 3, [1.0] * 3)
    diagram = minimization_diagram(distance_costs(sites, exponent=2.0, offset=offsets), zone, 1e-3)
    check_tiles(diagram)
    errors = np.abs(diagram.measures - voro_measures(sites, offsets))
    assert errors.max() <= 1e-3
    assert (errors <= diagram.measure_errors + 1e-14).all()
    check_locate(diagram)


ZONES = {
    "holed": shapely.Polygon(
        [(0, 0), (1, 0), (1, 0.8), (0.4, 0.8), (0.4, 0.6), (0, 0.6)],
        [[(0.1, 0.1), (0.3, 0.1), (0.2, 0.3)], [(0.6, 0.2), (0.9, 0.2), (0.9, 0.5), (0.7, 0.6)]],
    ),
    "islands": shapely.MultiPolygon(
        [shapely.box(0, 0, 0.4, 1), shapely.box(0.5, 0.1, 0.7, 0.9), shapely.box(0.75, 0, 0.8, 0.1)]
    ),
    "ring": shapely.Point(0.5, 0.5).buffer(0.45) - shapely.Point(0.52, 0.47).buffer(0.25),
    "sliver": shapely.Polygon([(0, 0), (1, 0.001), (1, 0.002), (0.5, 0.003)]),
}


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_polygon_zone(name: str, exponent: float) -> None:
    outline, sites = ZONES[name], np.random.default_rng(3).random((6, 2))
    diagram = minimization_diagram(
        distance_costs(sites, exponent=exponent), Zone.polygon(outline), 1e-12
    )
    check_tiles(diagram)
    np.testing.assert_allclose(
        diagram.measures, areas(sites, np.zeros(6), outline), rtol=0.0, atol=1e-12 * outline.area
    )
    check_locate(diagram)
    regions = check_regions(diagram)
    union = shapely.union_all([r.polygon.buffer(1e-9) for r in regions])
    assert shapely.symmetric_difference(union, outline).area <= 1e-8 * (outline.area + outline.length)


def test_affine_costs_are_exact_at_any_tolerance() -> None:
    sites = np.random.default_rng(2).random((3, 2))
    diagram = minimization_diagram(distance_costs(sites, exponent=2.0), UNIT, 0.5)
    errors = np.abs(diagram.measures - areas(sites, np.zeros(3)))
    assert (errors <= diagram.measure_errors + 1e-14).all()
