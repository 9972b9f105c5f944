"""Diagrams with closed forms, to 1e-12 at tolerance 1e-12."""

from __future__ import annotations

from math import acos, asinh, cos, erf, exp, hypot, pi, sin, sqrt

import numpy as np
import pytest

from geomot import (
    Costs,
    Density,
    MinimizationDiagram,
    Uniform,
    Zone,
    distance_costs,
    gaussian,
    grid_density,
    minimization_diagram,
    mixture,
)
from geomot.diagram.subdivision.state import cut, start
from tests.diagram.checks import check_tiles

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
EXACT = 1e-12
ROUNDING = 1e-14  # of sums of some thousand terms; the error estimates are about the cubature


def solved(costs: Costs, zone: Zone = UNIT) -> MinimizationDiagram:
    diagram = minimization_diagram(costs, zone, 1e-12)
    check_tiles(diagram)
    return diagram


def normal(low: float, high: float, mean: float, std: float) -> float:
    """Return the mass of a normal distribution between two numbers."""
    scale = std * sqrt(2.0)
    return 0.5 * (erf((high - mean) / scale) - erf((low - mean) / scale))


def check_measures(diagram: MinimizationDiagram, expected: list[float]) -> None:
    errors, total = np.abs(diagram.measures - expected), diagram.zone.measure
    assert errors.max() <= EXACT * total
    assert (errors <= diagram.measure_errors + ROUNDING * total).all()


def check_masses(diagram: MinimizationDiagram, density: Density, expected: list[float]) -> None:
    masses = diagram.integrate(density)
    errors, total = np.abs(masses.values - expected), sum(expected)
    assert errors.max() <= EXACT * total
    assert (errors <= masses.errors + ROUNDING * total).all()


# -- half-planes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("middle", [0.5, 0.3, 1.0 / 3.0])
def test_upright_half_plane(exponent: float, middle: float) -> None:
    sites = [[middle - 0.2, 0.4], [middle + 0.2, 0.4]]
    diagram = solved(distance_costs(sites, exponent=exponent))
    check_measures(diagram, [middle, 1.0 - middle])
    across = normal(0.0, 1.0, 0.6, 0.2)
    left, right = normal(0.0, middle, 0.35, 0.1) * across, normal(middle, 1.0, 0.35, 0.1) * across
    check_masses(diagram, gaussian([0.35, 0.6], [0.1, 0.2]), [left, right])


@pytest.mark.parametrize("angle", [0.0, 0.1, pi / 4.0, 1.0, pi / 2.0, 2.5])
def test_tilted_half_plane(angle: float) -> None:
    direction = np.array([cos(angle), sin(angle)])
    center, std, away = np.array([0.52, 0.47]), 0.03, 0.025
    middle = center + away * direction
    diagram = solved(distance_costs([middle - 0.1 * direction, middle + 0.1 * direction]))
    # the box is 15 standard deviations away: nothing is cut off
    inner = 0.5 * (1.0 + erf(away / std / sqrt(2.0)))
    check_masses(diagram, gaussian(center, std), [inner, 1.0 - inner])
    check_masses(
        diagram, mixture([3.0, 2.0], [center, middle], [std, 0.5 * std]), [3 * inner + 1, 4 - 3 * inner]
    )


def test_tilted_half_plane_area() -> None:
    # x + 2 y = 1.4 cuts off a trapezium: it leaves the unit square at (1, 0.2) and (0, 0.7)
    direction = np.array([1.0, 2.0]) / sqrt(5.0)
    middle = np.array([0.4, 0.5])
    diagram = solved(distance_costs([middle - 0.2 * direction, middle + 0.2 * direction]))
    check_measures(diagram, [0.45, 0.55])


def test_power_line() -> None:
    # |x - p|^2 + u = |x - q|^2 + v, with the sites on a horizontal line
    p, q, u, v = 0.2, 0.7, 0.05, -0.03
    place = (q * q - p * p + v - u) / (2.0 * (q - p))
    costs = distance_costs([[p, 0.5], [q, 0.5]], exponent=2.0, offset=[u, v])
    diagram = solved(costs)
    check_measures(diagram, [place, 1.0 - place])
    density = gaussian([0.4, 0.5], 0.15)
    across = normal(0.0, 1.0, 0.5, 0.15)
    parts = [normal(0.0, place, 0.4, 0.15) * across, normal(place, 1.0, 0.4, 0.15) * across]
    check_masses(diagram, density, parts)


def test_tilted_power_line() -> None:
    # sites (0.25, 0.25), (0.75, 0.5); the offset moves the line x + y / 2 = const to the right
    shift = 0.11
    costs = distance_costs([[0.25, 0.25], [0.75, 0.5]], exponent=2.0, offset=[0.0, shift])
    # 2 (0.5 x + 0.25 y) = |q|^2 - |p|^2 + shift
    level = 0.75**2 + 0.5**2 - 2.0 * 0.25**2 + shift
    expected = level - 0.25  # mean of x = level - y / 2 over 0 <= y <= 1
    check_measures(solved(costs), [expected, 1.0 - expected])


# -- circles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1.5, 2.0, 5.0, 40.0])
def test_apollonius_circle(ratio: float) -> None:
    first, second = np.array([0.47, 0.51]), np.array([0.52, 0.54])
    apart = hypot(*(second - first))
    radius = apart * ratio / (ratio**2 - 1.0)
    center = first - (second - first) / (ratio**2 - 1.0)
    diagram = solved(distance_costs([first, second], factor=[ratio, 1.0]))
    area = pi * radius**2
    check_measures(diagram, [area, 1.0 - area])
    std = 0.05
    inside = 1.0 - exp(-(radius**2) / (2.0 * std**2))
    outside = normal(0, 1, center[0], std) * normal(0, 1, center[1], std) - inside
    check_masses(diagram, gaussian(center, std), [inside, outside])


@pytest.mark.parametrize("exponent", [1.0, 2.0, 4.0])
def test_concentric_sites(exponent: float) -> None:
    # a |x|^k = |x|^k + w: a circle around both
    at, factor, offset = [0.53, 0.48], 3.0, 2.0 * 0.3**exponent
    diagram = solved(
        distance_costs([at, at], exponent=exponent, factor=[factor, 1.0], offset=[0.0, offset])
    )
    area = pi * 0.3**2
    check_measures(diagram, [area, 1.0 - area])
    inside = 1.0 - exp(-0.5 * (0.3 / 0.04) ** 2)
    check_masses(diagram, gaussian(at, 0.04), [inside, 1.0 - inside])


def test_circle_cut_by_the_zone() -> None:
    # circle around (0.1, 0.5) of radius 0.25, cut off by the side x = 0
    at, radius, depth = [0.1, 0.5], 0.25, 0.1
    costs = distance_costs([at, at], exponent=2.0, factor=[2.0, 1.0], offset=[0.0, radius**2])
    cap = radius**2 * acos(depth / radius) - depth * sqrt(radius**2 - depth**2)
    area = pi * radius**2 - cap
    check_measures(solved(costs), [area, 1.0 - area])


def test_annulus() -> None:
    # three concentric sites: disk, ring and rest
    at, s = [0.45, 0.55], np.array([0.15, 0.35]) ** 2
    factors = np.array([4.0, 2.0, 1.0])
    offsets = np.array([0.0, 2.0 * s[0], 2.0 * s[0] + s[1]])
    diagram = solved(distance_costs([at] * 3, exponent=2.0, factor=factors, offset=offsets))
    areas = [pi * s[0], pi * (s[1] - s[0]), 1.0 - pi * s[1]]
    check_measures(diagram, areas)


# -- hyperbolas -------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0.05, 0.2, 0.35, -0.1])
def test_hyperbola(offset: float) -> None:
    # |x - p| + offset = |x - q| with p, q at +-c on the axis: x = -a sqrt(1 + y^2 / b^2), 2 a = offset
    c = 0.2
    a, b = 0.5 * abs(offset), sqrt(c * c - 0.25 * offset * offset)
    diagram = solved(distance_costs([[0.5 - c, 0.5], [0.5 + c, 0.5]], offset=[offset, 0.0]))
    top = min(0.5, b * sqrt((0.5 / a) ** 2 - 1.0))  # where it leaves the box
    left = top - a * (top * sqrt(1.0 + (top / b) ** 2) + b * asinh(top / b))
    left = left if offset > 0.0 else 1.0 - left
    check_measures(diagram, [left, 1.0 - left])


@pytest.mark.parametrize("factor", [1.0, 7.0])
def test_hyperbola_of_a_hidden_site(factor: float) -> None:
    # the offset equals the distance (and more): the cell is a ray, then empty
    sites = [[0.3, 0.5], [0.7, 0.5]]
    costs = distance_costs(sites, factor=[factor] * 2, offset=[0.5 * factor, 0.0])
    check_measures(solved(costs), [0.0, 1.0])


# -- corners ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("center", [(0.5, 0.5), (0.4, 0.7)])
def test_quarter_planes(exponent: float, center: tuple[float, float]) -> None:
    x, y = center
    sites = [[x - 0.2, y - 0.2], [x + 0.2, y - 0.2], [x - 0.2, y + 0.2], [x + 0.2, y + 0.2]]
    diagram = solved(distance_costs(sites, exponent=exponent))
    check_measures(diagram, [x * y, (1 - x) * y, x * (1 - y), (1 - x) * (1 - y)])
    mean, std = [0.45, 0.6], [0.1, 0.25]
    u = [normal(0.0, x, mean[0], std[0]), normal(x, 1.0, mean[0], std[0])]
    v = [normal(0.0, y, mean[1], std[1]), normal(y, 1.0, mean[1], std[1])]
    check_masses(diagram, gaussian(mean, std), [u[0] * v[0], u[1] * v[0], u[0] * v[1], u[1] * v[1]])


def test_quarter_planes_standing_on_a_corner() -> None:
    # bisectors are the diagonals; gaussian mass at the middle is shared equally
    sites = [[0.5, 0.2], [0.8, 0.5], [0.5, 0.8], [0.2, 0.5]]
    diagram = solved(distance_costs(sites))
    check_measures(diagram, [0.25] * 4)
    whole = normal(0.0, 1.0, 0.5, 0.2) ** 2
    check_masses(diagram, gaussian([0.5, 0.5], 0.2), [0.25 * whole] * 4)


@pytest.mark.parametrize("count", [3, 5, 6, 8])
def test_sectors(count: int) -> None:
    # sites on a circle around the mean of a gaussian: equal sectors, equal masses
    angles = 0.3 + 2.0 * pi * np.arange(count) / count
    middle = np.array([0.48, 0.53])
    sites = middle + 0.25 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    diagram = solved(distance_costs(sites))
    check_masses(diagram, gaussian(middle, 0.04), [1.0 / count] * count)


def test_rectangular_grid() -> None:
    xs, ys = [0.1, 0.25, 0.8], [0.2, 0.6]
    diagram = solved(distance_costs([[x, y] for x in xs for y in ys], exponent=2.0))
    widths, heights = np.diff([0.0, 0.175, 0.525, 1.0]), np.diff([0.0, 0.4, 1.0])
    check_measures(diagram, np.outer(widths, heights).ravel().tolist())


# -- densities alone --------------------------------------------------------------------------------


def test_uniform_density_gives_the_measures() -> None:
    diagram = solved(distance_costs([[0.2, 0.3], [0.7, 0.6], [0.4, 0.9]]))
    masses = diagram.integrate(Uniform())
    np.testing.assert_allclose(masses.values, diagram.measures, atol=EXACT)


def test_one_site() -> None:
    diagram = solved(distance_costs([[7.0, -3.0]], exponent=2.5))
    check_measures(diagram, [1.0])
    check_masses(diagram, gaussian([0.2, 0.9], 0.3), [normal(0, 1, 0.2, 0.3) * normal(0, 1, 0.9, 0.3)])


def test_l_shaped_zone() -> None:
    zone = Zone.polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
    diagram = solved(distance_costs([[0.7, 0.4], [1.1, 0.4]], exponent=2.0), zone)
    check_measures(diagram, [1.8, 1.2])


def test_far_from_the_origin_what_coordinates_cannot_tell_is_an_error() -> None:
    # 1e6 away coordinates are 1.2e-10 apart; the disk of Apollonius is known to that times its girth
    shift = np.array([1e6, -1e6])
    costs = distance_costs(np.array([[0.4, 0.5], [0.5, 0.5]]) + shift, factor=[2.0, 1.0])
    diagram = minimization_diagram(costs, Zone.box(shift, shift + 1.0), 1e-13)
    radius = 2.0 * (costs.positions[1, 0] - costs.positions[0, 0]) / 3.0
    error = abs(diagram.measures[0] - pi * radius**2)
    assert error <= diagram.measure_errors[0] <= 8.0 * pi * radius * np.spacing(1e6)


def test_masses_far_from_the_origin_are_as_sure_as_coordinates() -> None:
    # a density of constant parts is integrated exactly, but for the places of what cuts them
    corner, size = np.array([549_668.2, 4_980_591.4]), [41.0, 42.1]
    entries = [[1.0, 5.0, 2.0], [4.0, 0.5, 3.0]]
    masses = []
    for origin in (np.zeros(2), corner):
        zone = Zone.polygon(origin + np.array([[0.0, 3.1], [35.9, 0.3], [41.0, 23.1], [19.3, 42.1]]))
        density = grid_density(entries, origin, origin + size, "constant")
        costs = distance_costs([origin + 20.0], exponent=2.0)
        masses.append(minimization_diagram(costs, zone, 1e-6).integrate(density))
    near, far = masses
    off = abs(near.values[0] - far.values[0])
    assert ROUNDING * near.values[0] < off <= far.errors[0] < 1e-8 * near.values[0]


def test_what_is_cut_along_lines_far_from_the_origin_sums_to_the_zone() -> None:
    corner, size = np.array([552_541.9, 4_981_383.8]), [15.3, 14.1]
    shape = np.array([[0.0, 5.1], [3.9, 0.3], [15.0, 0.1], [13.3, 13.1], [4.2, 11.9]])
    zone = Zone.polygon(corner + shape)
    density = grid_density([[1.0, 5.0, 2.0], [4.0, 0.5, 3.0]], corner, corner + size, "constant")
    diagram = minimization_diagram(distance_costs(corner + shape[[0, 2, 4]]), zone, 1e-6)
    state = start(diagram.costs, zone.triangulation, 1)
    fine = cut(state, density.breaks[0])
    assert len(fine.sizes) > len(state.sizes)
    assert abs(fine.sizes.sum() - state.sizes.sum()) < ROUNDING * zone.measure
