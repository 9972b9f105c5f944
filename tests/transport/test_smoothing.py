import dataclasses

import numpy as np
import pytest

from geomot.cubature.integrands import DensityIntegrand
from geomot.densities import Uniform
from geomot.densities.gaussian import Scaled
from geomot.errors import UnresolvedError
from geomot.geometry import Zone
from geomot.network.association.problem import equilibrium_problem
from geomot.network.model.network import Servers
from geomot.transport.congestion.atoms import Atoms
from geomot.transport.congestion.evaluation import ShareEvaluator
from geomot.transport.starts.continuation import smoothed_start
from geomot.transport.starts.soft_minimum import graded_mesh
from tests.network.networks import paper, random_network, with_random_twins

ZONE = Zone.box([0, 0], [1, 1])


def residuals(problem):
    offsets, resources = smoothed_start(problem)
    return ShareEvaluator(problem).shares(offsets, resources, 1e-6).residual(problem)


@pytest.mark.parametrize("twins", [0.0, 50.0, 200.0])
def test_the_start_is_near_the_equilibrium(twins):
    mass, resource = residuals(equilibrium_problem(paper(twins)))
    assert np.abs(mass).max() < 0.01 and np.abs(resource).max() < 0.01


@pytest.mark.parametrize("seed", [3, 29])
def test_small_cells_are_resolved(seed):
    network, rng = random_network(seed)
    problem = equilibrium_problem(with_random_twins(network, float(10 ** rng.uniform(0, 2.5)), seed))
    offsets, resources = smoothed_start(problem)
    shares = ShareEvaluator(problem).shares(offsets, resources, 1e-9)
    assert shares.masses.min() < 1e-3  # less than a point of the first cloud holds
    np.testing.assert_allclose(shares.masses, np.exp(shares.offsets), rtol=0.5)


def test_a_single_server_takes_all():
    network = paper()
    one = Servers(("only",), np.array([[900.0, 900.0]]), np.array([48e9]), np.array([60e6]))
    problem = equilibrium_problem(dataclasses.replace(network, servers=one))
    offsets, resources = smoothed_start(problem)
    assert offsets[0] == pytest.approx(0.0, abs=1e-6)
    assert 0.0 < resources[0] < 48e9


def test_where_the_start_begins_does_not_matter():
    problem = equilibrium_problem(paper())
    rng = np.random.default_rng(5)
    found = smoothed_start(problem), smoothed_start(problem, rng.uniform(-20, 20, 4))
    np.testing.assert_allclose(found[0][0], found[1][0], atol=0.02)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=0.02)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_numbers_that_floating_point_does_not_hold_are_an_error_not_a_loop():
    atoms = Atoms(np.full((3, 2), 400.0), np.full((3, 4), 1e308))  # together infinite
    problem = dataclasses.replace(equilibrium_problem(paper(0.0)), atoms=atoms)
    with pytest.raises(UnresolvedError, match="is not finite; expected"):
        smoothed_start(problem)


class Narrow(DensityIntegrand):
    def feature_sizes(self, centers, radii):
        return np.zeros((len(centers), 1))


@pytest.mark.parametrize("scale", [0.0, np.inf])
def test_what_has_no_bound_is_no_reason_to_split(scale):
    integrand = DensityIntegrand(Scaled(Uniform(), scale), 1.0)
    with pytest.raises(UnresolvedError, match="expected positive, finite numbers"):
        graded_mesh(integrand, ZONE.triangulation, 10)


def test_what_is_too_narrow_is_split_so_often_and_no_more(monkeypatch):
    monkeypatch.setattr("geomot.transport.starts.soft_minimum.MOST", 1000)
    with pytest.raises(UnresolvedError, match="too narrow for"):
        graded_mesh(Narrow(Uniform(), 1.0), ZONE.triangulation, 10)
