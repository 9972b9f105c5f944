"""Many cells at a point or along a line: diagrams of linearised costs inside simplices."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from geomot import Zone, distance_costs, gaussian, minimization_diagram
from geomot.cubature.integrands import DensityIntegrand
from geomot.densities.gaussian import Uniform
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import start
from geomot.kernels.simplices import Floats
from tests.diagram.oracles import voro_measures
from tests.diagram.test_closed_forms import normal

CUBE = Zone.box([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
OCTAHEDRON = 0.5 + 0.3 * np.concatenate([np.eye(3), -np.eye(3)])


def grid(count: int, dimension: int = 3) -> Floats:
    """Return the sites of a regular grid in the unit cube."""
    return np.array(list(product((np.arange(count) + 0.5) / count, repeat=dimension)))


@pytest.mark.parametrize("exponent", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_grids_in_space_are_exact(count: int, exponent: float) -> None:
    diagram = minimization_diagram(distance_costs(grid(count), exponent=exponent), CUBE, 1e-6)
    np.testing.assert_allclose(diagram.measures, 1.0 / count**3, atol=1e-14)
    assert diagram.measure_errors.max() <= 1e-11
    assert len(diagram.subdivision.lost) < 1000


def test_a_grid_in_the_plane_is_exact() -> None:
    diagram = minimization_diagram(distance_costs(grid(10, 2)), Zone.box([0.0, 0.0], [1.0, 1.0]), 1e-9)
    np.testing.assert_allclose(diagram.measures, 0.01, atol=1e-14)


def test_masses_of_a_grid() -> None:
    diagram = minimization_diagram(distance_costs(grid(2)), CUBE, 1e-10)
    masses = diagram.integrate(gaussian([0.3, 0.45, 0.6], 0.2)).values
    axes = [
        np.array([normal(0.0, 0.5, mean, 0.2), normal(0.5, 1.0, mean, 0.2)])
        for mean in (0.3, 0.45, 0.6)
    ]
    expected = np.einsum("i,j,k->ijk", *axes).reshape(-1)
    np.testing.assert_allclose(masses, expected, atol=1e-10)


@pytest.mark.parametrize("sites", [OCTAHEDRON, np.vstack([OCTAHEDRON, [[0.5, 0.5, 0.5]]])])
def test_the_octahedron_is_exact(sites: Floats) -> None:
    diagram = minimization_diagram(distance_costs(sites), CUBE, 1e-6)
    np.testing.assert_allclose(diagram.measures, voro_measures(sites), atol=1e-14)


def test_cospherical_sites() -> None:
    arms = np.random.default_rng(0).normal(size=(24, 3))
    sites = 0.5 + 0.4 * arms / np.linalg.norm(arms, axis=1, keepdims=True)
    diagram = minimization_diagram(distance_costs(sites), CUBE, 1e-6)
    errors = np.abs(diagram.measures - voro_measures(sites))
    assert (errors <= diagram.measure_errors + 1e-14).all()
    assert diagram.measure_errors.max() <= 1e-6


def test_curved_costs_that_tie_along_a_line() -> None:
    # the last site has no cell; with its offset the costs are not a function of the distance alone
    sites = [[0.3, 0.3, 0.5], [0.7, 0.3, 0.5], [0.3, 0.7, 0.5], [0.7, 0.7, 0.5], [0.5, 0.5, 0.5]]
    costs = distance_costs(sites, offset=[0.0, 0.0, 0.0, 0.0, 3.0])
    diagram = minimization_diagram(costs, CUBE, 1e-4)
    errors = np.abs(diagram.measures - [0.25, 0.25, 0.25, 0.25, 0.0])
    assert (errors <= diagram.measure_errors + 1e-14).all()
    assert diagram.measure_errors.max() <= 1e-4


@pytest.mark.parametrize("shift", [0.0, 0.13])
def test_interfaces_of_linearised_costs_are_counted_once(shift: float) -> None:
    # with a shift they run through the simplices, without one along faces of the mesh
    zone = Zone.box([-shift] * 3, [1.0] * 3)
    costs = distance_costs(grid(2), exponent=2.0)
    state = subdivide(
        costs, start(costs, zone.triangulation, 1), DensityIntegrand(Uniform(), 1.0), 1e-9
    )
    weights = np.zeros((8, 8))
    np.add.at(weights, tuple(state.interfaces.pairs.T), state.interfaces.weights)
    weights += weights.T
    low = np.where(grid(2) < 0.5, 0.5 + shift, 0.5)
    for one, other in product(range(8), repeat=2):
        apart = grid(2)[one] != grid(2)[other]
        # area over the gradient of the costs' difference, which is twice the sites' distance
        expected = low[one][~apart].prod() if apart.sum() == 1 else 0.0
        assert weights[one, other] == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 3.0])
def test_simplified_costs_have_the_same_cells(exponent: float) -> None:
    rng = np.random.default_rng(3)
    costs = distance_costs(
        rng.uniform(0.0, 1.0, (7, 3)), exponent=exponent, factor=rng.uniform(1.0, 9.0, 7)
    )
    points, sites = rng.uniform(0.0, 1.0, (2000, 1, 3)), np.arange(7)
    simple = costs.simplified()
    assert simple is not costs
    winners = costs.values(points, sites).argmin(axis=1)
    np.testing.assert_array_equal(simple.values(points, sites).argmin(axis=1), winners)


def test_costs_with_offsets_are_not_simplified() -> None:
    costs = distance_costs([[0.0, 0.0], [1.0, 0.0]], offset=[0.0, 0.1])
    assert costs.simplified() is costs
