"""Diagrams in space with closed forms, and meshes that need not conform."""

from __future__ import annotations

from math import erf, pi, sqrt

import numpy as np
import pytest
import pyvoro
from scipy import special

from geomot import Zone, distance_costs, gaussian, minimization_diagram
from tests.diagram.test_closed_forms import normal

CUBE = Zone.box([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])


def test_half_spaces() -> None:
    sites = np.array([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]])
    diagram = minimization_diagram(distance_costs(sites, exponent=2), CUBE, 1e-10)
    np.testing.assert_allclose(diagram.measures, [0.4, 0.6], atol=1e-12)
    masses = diagram.integrate(gaussian([0.3, 0.5, 0.5], 0.2)).values
    lower, upper = normal(0.0, 0.4, 0.3, 0.2), normal(0.4, 1.0, 0.3, 0.2)
    across = erf(0.5 / 0.2 / sqrt(2.0)) ** 2
    np.testing.assert_allclose(masses, np.array([lower, upper]) * across, atol=1e-9)


def test_apollonius_sphere() -> None:
    costs = distance_costs([[0.5, 0.5, 0.5], [0.8, 0.5, 0.5]], factor=[2.0, 1.0])
    diagram = minimization_diagram(costs, CUBE, 1e-9)
    radius, center = 2.0 * 0.3 / 3.0, 0.5 - 0.3 / 3.0
    assert diagram.measures[0] == pytest.approx(4.0 / 3.0 * pi * radius**3, abs=1e-9)
    assert diagram.measures.sum() == pytest.approx(1.0, abs=1e-12)
    masses = diagram.integrate(gaussian([center, 0.5, 0.5], 0.1))
    inside = special.gammainc(1.5, radius**2 / (2.0 * 0.1**2))
    assert masses.values[0] == pytest.approx(inside, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_voronoi_cells_of_voro(seed: int) -> None:
    sites = np.random.default_rng(seed).uniform(0.05, 0.95, (6, 3))
    diagram = minimization_diagram(distance_costs(sites, exponent=2), CUBE, 1e-6)
    cells = pyvoro.compute_voronoi(sites.tolist(), [[0.0, 1.0]] * 3, 1.0)
    errors = np.abs(diagram.measures - [cell["volume"] for cell in cells])
    assert errors.max() <= 1e-6
    assert (errors <= diagram.measure_errors + 1e-14).all()
    assert diagram.measures.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "seed", [2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 1, 3))]
)
def test_voronoi_cells_of_voro_to_1e_12(seed: int) -> None:
    sites = np.random.default_rng(seed).uniform(0.05, 0.95, (6, 3))
    diagram = minimization_diagram(distance_costs(sites, exponent=2), CUBE, 1e-12)
    cells = pyvoro.compute_voronoi(sites.tolist(), [[0.0, 1.0]] * 3, 1.0)
    np.testing.assert_allclose(diagram.measures, [cell["volume"] for cell in cells], atol=1e-12)


def test_an_extrusion_with_a_hole() -> None:
    import shapely

    outline = shapely.Polygon(
        [(0, 0), (4, 0), (4, 3), (0, 3)], [[(1.5, 1.0), (2.5, 1.0), (2.5, 2.0), (1.5, 2.0)]]
    )
    zone = Zone.extrusion(outline, [0.0, 2.0])
    sites = np.array([[1.0, 1.2, 0.5], [3.1, 1.7, 1.4]])
    diagram = minimization_diagram(distance_costs(sites, exponent=2), zone, 1e-9)
    middle, arm = sites.mean(axis=0), sites[1] - sites[0]
    heights = np.polynomial.legendre.leggauss(40)
    areas = []
    for height in 1.0 + heights[0]:  # slices: polygons cut by shapely
        reach = (middle - [0, 0, height]) @ arm
        side = shapely.Polygon(
            [(-99, (reach + 99 * arm[0]) / arm[1]), (99, (reach - 99 * arm[0]) / arm[1]), (-99, -9999)]
        )
        areas.append(outline.intersection(side).area)
    # the slices' area has kinks in the height: Gauss is good to some digits only
    assert diagram.measures[0] == pytest.approx(heights[1] @ areas, rel=2e-3)
    assert diagram.measures.sum() == pytest.approx(2.0 * outline.area, rel=1e-13)
