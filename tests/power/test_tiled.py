"""Integrals over cells and facets of densities in tiles, and of narrow ones, against other routes."""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np
import pytest
from scipy.spatial import Delaunay
from scipy.stats import norm

from geomot import InvalidArgumentError, UnresolvedError, Zone, power_diagram
from geomot.cubature.rules import simplex_rule
from geomot.densities import Density, function_density, gaussian, grid_density, mesh_density
from geomot.densities.gaussian import Scaled
from geomot.kernels.simplices import Floats
from geomot.power import PowerDiagram, integration

UNITS = {d: Zone.box([0.0] * d, [1.0] * d) for d in (2, 3)}


def random_cells(d: int, count: int, seed: int = 0) -> PowerDiagram:
    rng = np.random.default_rng(seed)
    return power_diagram(rng.random((count, d)), rng.random(count) * 0.02, UNITS[d])


def masses_by_tiles(cells: PowerDiagram, tiles: list[Zone], density: Density) -> Floats:
    """Integrate over a diagram of its own in each tile, with a rule that is far too good."""
    nodes, weights = simplex_rule(cells.dimension, 3)
    total = np.zeros(len(cells))
    for tile in tiles:
        local = power_diagram(cells.points, cells.weights, tile)
        corners = local.origin + local._parts.corners
        values = density.values(nodes @ corners) @ weights * local._sizes
        total += np.bincount(local._owners, values, minlength=len(cells))
    return total


@pytest.mark.parametrize("kind", ["constant", "linear"])
@pytest.mark.parametrize("d", [2, 3])
def test_grids_against_a_diagram_in_each_box(d: int, kind: Literal["constant", "linear"]) -> None:
    table = np.random.default_rng(1).random((6,) * d)
    density = grid_density(table, [0.0] * d, [1.0] * d, kind)
    cells = random_cells(d, 8)
    ends = np.arange(7.0)
    if kind == "linear":  # bends at the middles of the table's boxes
        ends = np.concatenate([[0.0], np.arange(6) + 0.5, [6.0]])
    ends = ends / 6.0
    tiles = [
        Zone.box([ends[k] for k in index], [ends[k + 1] for k in index])
        for index in product(range(len(ends) - 1), repeat=d)
    ]
    expected = masses_by_tiles(cells, tiles, density)
    masses = cells.integrate(density)
    np.testing.assert_allclose(masses.values, expected, rtol=0.0, atol=1e-14)
    assert masses.bounded
    assert not masses.errors.any()
    np.testing.assert_allclose(
        cells.integrate(Scaled(density, 3.0)).values, 3.0 * expected, rtol=0.0, atol=1e-13
    )


def tetrahedra(count: int) -> tuple[Floats, np.ndarray]:
    points = np.random.default_rng(2).uniform(0.05, 0.95, (count, 3))
    simplices = Delaunay(points).simplices
    arms = points[simplices[:, 1:]] - points[simplices[:, :1]]
    return points, simplices[np.abs(np.linalg.det(arms)) > 1e-6]


@pytest.mark.parametrize("convex", [True, False])
def test_meshes_against_a_diagram_in_each_tetrahedron(convex: bool) -> None:
    points, simplices = tetrahedra(18)
    density = mesh_density(points, simplices, np.random.default_rng(3).random(18))
    cells = random_cells(3, 12)
    if not convex:  # one more corner, far from the mesh
        outline = [(0, 0), (1, 0), (1, 1), (0, 1), (-0.2, -0.3)]
        cells = power_diagram(cells.points, cells.weights, Zone.extrusion(outline, [0, 1]))
        assert cells.whole is not None
    tiles = [Zone.simplicial(points[simplex], [[0, 1, 2, 3]]) for simplex in simplices]
    expected = masses_by_tiles(cells, tiles, density)
    np.testing.assert_allclose(cells.integrate(density).values, expected, rtol=0.0, atol=1e-14)


def test_a_mesh_that_reaches_beyond_the_zone() -> None:
    # a linear function: its value at the centroid times the volume, whatever the mesh
    points = np.random.default_rng(4).uniform(-9.0, 10.0, (400, 3))
    simplices = Delaunay(points).simplices
    density = mesh_density(points, simplices, 60.0 + points @ [1.0, 2.0, 0.5])
    cells = random_cells(3, 15)
    ramp = cells.measures * (60.0 + np.nan_to_num(cells.centroids) @ [1.0, 2.0, 0.5])
    np.testing.assert_allclose(cells.integrate(density).values, ramp, rtol=0.0, atol=1e-12)


def test_a_linear_mesh_on_facets() -> None:
    # a linear function: its value at the centroid times the measure, whatever the mesh
    corners = np.array(list(product((0.0, 1.0), repeat=3)))
    points = np.concatenate([corners, np.random.default_rng(4).random((20, 3))])
    simplices = Delaunay(points).simplices
    arms = points[simplices[:, 1:]] - points[simplices[:, :1]]
    simplices = simplices[np.abs(np.linalg.det(arms)) > 1e-9]
    density = mesh_density(points, simplices, 1.0 + points @ [1.0, 2.0, 0.5])
    cells = random_cells(3, 15)
    facets = cells.facets
    expected = facets.measures * (1.0 + facets.centroids @ [1.0, 2.0, 0.5])
    np.testing.assert_allclose(cells.facet_integrals(density), expected, rtol=0.0, atol=1e-13)
    zones = power_diagram(
        cells.points, cells.weights, Zone.extrusion([(0, 0), (1, 0), (1, 1), (0.6, 0.4)], [0, 1])
    )
    expected = zones.facets.measures * (1.0 + zones.facets.centroids @ [1.0, 2.0, 0.5])
    assert zones.whole is not None
    np.testing.assert_allclose(zones.facet_integrals(density), expected, rtol=0.0, atol=1e-13)


@pytest.mark.parametrize("d", [2, 3])
def test_jumps_along_facets_are_seen_from_each_side(d: int) -> None:
    table = np.ones((2,) * d)
    table[0] = 3.0
    density = grid_density(table, [0.0] * d, [1.0] * d, "constant")
    cells = power_diagram([[0.2] + [0.5] * (d - 1), [0.8] + [0.5] * (d - 1)], [0.0, 0.0], UNITS[d])
    rates = cells.facet_integrals(density)
    walls = 1.0 + 2.0 * (d - 1) * 0.5
    np.testing.assert_allclose(rates, [3.0 * walls, 3.0, walls, 1.0], rtol=1e-14)


@pytest.mark.parametrize("spread", [1e-3, 1e-5])
@pytest.mark.parametrize("d", [2, 3])
def test_narrow_densities_on_facets_against_a_closed_form(d: int, spread: float) -> None:
    # the one facet between the cells is where x = 0.5; the peak is a third of the spread off it
    mean = np.array([0.5 + spread / 3.0, 0.3, 0.7])[:d]
    cells = power_diagram([[0.2] + [0.5] * (d - 1), [0.8] + [0.5] * (d - 1)], [0.0, 0.0], UNITS[d])
    facets = cells.facets
    rates = cells.facet_integrals(gaussian(mean, spread), total=1.0)[facets.neighbours >= 0]
    expected = norm.pdf(0.5, mean[0], spread)
    np.testing.assert_allclose(rates, expected, rtol=1e-7 * spread)
    away = cells.facet_integrals(gaussian(mean + 0.1, spread), total=1.0)[facets.neighbours >= 0]
    assert (np.abs(away) <= 1e-8).all()


@pytest.mark.slow
def test_rates_of_masses_are_integrals_over_facets() -> None:
    # a rise of w_b by dw moves the facet with p_j by dw / (2 |p_b - p_j|)
    density = gaussian([0.4, 0.5, 0.6], 0.15)
    cells = random_cells(3, 8)
    facets, rates = cells.facets, cells.facet_integrals(density)
    step = 1e-4
    for site in (0, 3):
        up, down = (
            power_diagram(cells.points, cells.weights + sign * step * np.eye(8)[site], cells.zone)
            .integrate(density, 1e-8)
            .values
            for sign in (1.0, -1.0)
        )
        for other in cells[site].neighbours:
            at = (facets.cells == site) & (facets.neighbours == other)
            apart = np.linalg.norm(cells.points[site] - cells.points[other])
            rate = rates[at][0] / (2.0 * apart)
            assert (down - up)[other] / (2.0 * step) == pytest.approx(rate, abs=1e-4)


def test_jumps_and_noise_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "MOST", 10_000)
    cells = power_diagram([[0.5, 0.2], [0.5, 0.8]], [0.0, 0.0], UNITS[2])
    noise = function_density(lambda x: np.modf(1e7 * np.abs(np.sin(1e5 * x.sum(axis=1))))[0])
    with pytest.raises(UnresolvedError, match="two rules of cubature still differ on"):
        cells.facet_integrals(noise, 1e-9, 1.0)
    step = function_density(lambda x: 1.0 + (x[:, 0] + 0.3 * x[:, 1] > 0.6))
    with pytest.raises(UnresolvedError, match="expected a density without jumps"):
        cells.integrate(step, 1e-9, 1.5)
    with pytest.raises(InvalidArgumentError, match="expected a share"):
        cells.facet_integrals(noise, 0.0)
