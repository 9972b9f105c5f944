"""Diagrams of arcs against closed forms and other engines."""

from __future__ import annotations

from math import pi

import mpmath
import numpy as np
import pytest
import shapely
from scipy.stats import ncx2

from geomot import (
    InvalidArgumentError,
    InvalidCostError,
    Zone,
    arc_diagram,
    distance_costs,
    function_costs,
    gaussian,
    grid_density,
    minimization_diagram,
    monotone_bounds,
    power_diagram,
)
from tests.arcs.checking import check_everything, check_vertices
from tests.diagram.test_power_diagrams import ZONES

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])


@pytest.mark.parametrize("ratio", [1.0 + 1e-12, 1.0 + 1e-6, 1.1, 2.0, 1e3, 1e6])
@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0, 3.0])
def test_circle_of_apollonius(ratio: float, exponent: float) -> None:
    costs = distance_costs([[0.45, 0.5], [0.55, 0.5]], factor=[ratio, 1.0], exponent=exponent)
    diagram = arc_diagram(costs, UNIT)
    with mpmath.workdps(40):
        q = mpmath.mpf(ratio) ** (2 / mpmath.mpf(exponent))
        a = mpmath.mpf(0.55) - mpmath.mpf(0.45)
        center, radius = float(0.45 - a / (q - 1)), float(mpmath.sqrt(q) * a / (q - 1))
    [piece] = np.unique(diagram[0].rings[0].radii[diagram[0].rings[0].neighbours == 1])
    assert piece == pytest.approx(radius, rel=1e-13 + 1e-15 / (ratio - 1.0))
    if radius < 0.4 and center - radius > 0.0:
        assert diagram.measures[0] == pytest.approx(pi * radius**2, rel=1e-13)
        np.testing.assert_allclose(diagram.centroids[0], [center, 0.5], rtol=0.0, atol=1e-15)
    assert abs(diagram.measures.sum() - 1.0) <= 1e-15


def test_circle_cut_by_the_zone() -> None:
    diagram = arc_diagram(
        distance_costs([[0.0, 0.5], [0.3, 0.5]], factor=[2.0, 1.0], exponent=1.0), UNIT
    )
    radius, center = 0.2, -0.1
    angle = np.arccos(-center / radius)
    segment = radius**2 * (angle - np.sin(angle) * np.cos(angle))
    assert diagram.measures[0] == pytest.approx(segment, rel=1e-14)
    moment = 2.0 / 3.0 * (radius * np.sin(angle)) ** 3 + center * segment
    assert diagram.centroids[0, 0] == pytest.approx(moment / segment, rel=1e-13)
    assert diagram[0].neighbours.tolist() == [1]


def test_second_moments_of_a_ring() -> None:
    costs = distance_costs([[0.5, 0.5]] * 3, exponent=2.0, factor=[4, 2, 1], offset=[0, 0.02, 0.11])
    diagram = arc_diagram(costs, UNIT)
    np.testing.assert_allclose(diagram.measures[:2], [pi * 0.01, pi * 0.08], rtol=1e-14)
    ring = pi / 4.0 * (0.3**4 - 0.1**4)
    np.testing.assert_allclose(diagram.second_moments[1], ring * np.eye(2), rtol=0.0, atol=1e-16)
    assert [len(part) for part in diagram[1].parts] == [2]
    np.testing.assert_allclose(diagram.second_moments.sum(axis=0), np.eye(2) / 12.0, atol=1e-15)


@pytest.mark.parametrize("count", [1, 2, 3, 40, 400])
def test_equal_factors_are_a_power_diagram(count: int) -> None:
    rng = np.random.default_rng(count)
    sites, weights = rng.random((count, 2)), rng.random(count) * 0.5 / count
    flat = power_diagram(sites, weights, UNIT)
    arcs = arc_diagram(distance_costs(sites, exponent=2.0, offset=-weights), UNIT)
    np.testing.assert_allclose(arcs.measures, flat.measures, rtol=0.0, atol=1e-14)
    held = flat.measures > 0.0
    np.testing.assert_allclose(arcs.centroids[held], flat.centroids[held], rtol=0.0, atol=1e-10)
    np.testing.assert_allclose(arcs.second_moments, flat.second_moments, rtol=0.0, atol=1e-14)
    assert all(
        np.array_equal(one.neighbours, other.neighbours) for one, other in zip(arcs, flat, strict=True)
    )


@pytest.mark.parametrize("count", [4, 12, 60])
@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_random_weights_against_the_general_engine(count: int, exponent: float) -> None:
    rng = np.random.default_rng(count)
    costs = distance_costs(
        rng.random((count, 2)),
        exponent=exponent,
        factor=10.0 ** rng.uniform(0.0, 1.0, count),
        offset=rng.random(count) * 0.1 / count if exponent == 2.0 else None,
    )
    diagram, general = arc_diagram(costs, UNIT), minimization_diagram(costs, UNIT, 1e-9)
    np.testing.assert_allclose(diagram.measures, general.measures, rtol=0.0, atol=1e-9)
    check_everything(diagram)
    check_vertices(diagram)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("count", [3, 30])
def test_zones_with_holes_and_parts(name: str, count: int) -> None:
    zone, rng = Zone.polygon(ZONES[name]), np.random.default_rng(count)
    costs = distance_costs(rng.random((count, 2)), factor=rng.uniform(1.0, 3.0, count))
    diagram = arc_diagram(costs, zone)
    check_everything(diagram)
    whole = arc_diagram(costs, Zone.box([-1.0, -1.0], [2.0, 2.0]))
    for cell, uncut in zip(diagram, whole, strict=True):
        expected = shapely.intersection(uncut.polygon(1e-9), ZONES[name]).area
        assert cell.measure == pytest.approx(expected, abs=1e-8)


def test_arcs_go_on_through_the_triangles_of_a_zone() -> None:
    ring = Zone.polygon(shapely.Point(0.0, 0.0).buffer(4.0, quad_segs=16))
    diagram = arc_diagram(distance_costs([[0.5, 0.0], [-1.0, 0.0]], factor=[2.0, 1.0]), ring)
    [circle] = diagram[0].rings
    assert circle.neighbours.tolist() == [1, 1]
    np.testing.assert_allclose(circle.radii, 1.0, rtol=1e-15)
    np.testing.assert_allclose(circle.centers, [[1.0, 0.0]] * 2, rtol=0.0, atol=1e-15)
    assert diagram.measures[0] == pytest.approx(pi, rel=1e-14)


def test_neighbours_share_their_arcs_bit_by_bit() -> None:
    rng = np.random.default_rng(9)
    sites = rng.random((300, 2))
    diagram = arc_diagram(distance_costs(sites, factor=rng.uniform(1.0, 4.0, 300)), UNIT)
    seen = {}
    for cell in diagram:
        for ring in cell.rings:
            ends = np.roll(ring.points, -1, axis=0)
            rows = zip(ring.points.tolist(), ends.tolist(), ring.bulges.tolist(), strict=True)
            for (start, end, bulge), other in zip(rows, ring.neighbours.tolist(), strict=True):
                if other >= 0:
                    seen[cell.site, other, *start, *end] = bulge
    for (one, other, *ends), bulge in seen.items():
        assert seen[other, one, *ends[2:], *ends[:2]] == -bulge
    assert len(seen) > 1500


def test_random_points_are_where_they_cost_least() -> None:
    rng = np.random.default_rng(5)
    costs = distance_costs(rng.random((2000, 2)), factor=rng.uniform(1.0, 10.0, 2000))
    diagram = arc_diagram(costs, UNIT)
    points = rng.random((500, 2))
    best = costs.values(points[:, None], np.arange(2000)[None]).argmin(axis=1)
    assert np.array_equal(diagram.locate(points), best)
    assert abs(diagram.measures.sum() - 1.0) <= 1e-14
    inside = [
        diagram[b].polygon(1e-9).contains(shapely.Point(p)) for b, p in zip(best, points, strict=True)
    ]
    assert all(inside)


def test_refusals() -> None:
    sites = [[0.2, 0.3], [0.6, 0.8]]
    cubes = function_costs(
        sites,
        lambda r: r**3,
        lambda r: 3.0 * r**2,
        monotone_bounds(lambda r: 6.0 * r),
        factor=[1.0, 2.0],
    )
    with pytest.raises(InvalidCostError, match="bisectors that are not circles"):
        arc_diagram(cubes, UNIT)
    with pytest.raises(InvalidCostError, match="bisectors that are not circles"):
        arc_diagram(distance_costs(sites, offset=[0.0, 0.1]), UNIT)
    with pytest.raises(InvalidCostError, match="costs are in 3 dimensions and the zone in 2"):
        arc_diagram(distance_costs([[0.1, 0.2, 0.3]]), UNIT)
    with pytest.raises(InvalidArgumentError, match="chord tolerance is 0"):
        arc_diagram(distance_costs(sites), UNIT).regions(0.0)


def test_small_cells_are_known_as_well_as_large_ones() -> None:
    factors = 10.0 ** np.array([0.0, 2.0, 4.0, 6.0, 8.0])
    sites = np.array([[0.31, 0.42], [0.75, 0.33], [0.55, 0.81], [0.22, 0.77], [0.64, 0.52]])
    diagram = arc_diagram(distance_costs(sites, factor=factors), UNIT)
    apart = np.hypot(*(sites[1:] - sites[0]).T)
    radii = apart * factors[1:] / (factors[1:] ** 2 - 1.0)
    assert (radii[1:] < 1.1e-2 * radii[:-1]).all()
    # each disk has a hole for every heavier site in it, and there is none
    np.testing.assert_allclose([cell.rings[0].radii[0] for cell in diagram[1:]], radii, rtol=1e-14)
    np.testing.assert_allclose(diagram.measures[1:3], pi * radii[:2] ** 2, rtol=1e-7)


def test_mass_in_a_circle_around_another_site() -> None:
    # sites at -1 and 2 with factors 2 and 1: the first keeps the disk around -2 with radius 2, in which
    # a normal distribution around the origin has a non-central chi-square distribution
    costs = distance_costs([[-1.0, 0.0], [2.0, 0.0], [-1.0, 0.0]], factor=[2.0, 1.0, 2.0])
    diagram = arc_diagram(costs, Zone.box([-12.0, -12.0], [12.0, 12.0]))
    masses = diagram.integrate(gaussian([0.0, 0.0], 1.0), 1e-10)
    disk = ncx2.cdf(4.0, 2, 4.0)
    np.testing.assert_allclose(masses.values, [disk, 1.0 - disk, 0.0], atol=1e-10)
    assert masses.bounded and (masses.errors[:2] <= 1e-10).all()
    table = np.arange(12.0).reshape(4, 3)
    raster = grid_density(table, [-4.0, -4.0], [0.0, 4.0], "constant")
    parts = diagram.integrate(raster)
    # shapely cuts the disk by the boxes
    disk_shape = diagram[0].polygon(1e-9)
    boxes = [
        shapely.box(i - 4, -4 + 8 * j / 3, i - 3, -4 + 8 * (j + 1) / 3) for i, j in np.ndindex(4, 3)
    ]
    expected = sum(h * disk_shape.intersection(b).area for h, b in zip(table.flat, boxes, strict=True))
    assert parts.values[0] == pytest.approx(expected, abs=1e-6)
    with pytest.raises(InvalidArgumentError, match="expected a share"):
        diagram.integrate(raster, -1.0)
