import numpy as np
import pytest

from geomot.network.association.problem import equilibrium_problem
from geomot.transport.congestion.evaluation import ShareEvaluator, jacobian
from tests.network.networks import paper

OFFSETS = np.log([0.3, 0.2, 0.3, 0.2])
PROBLEM = equilibrium_problem(paper())
RESOURCES = PROBLEM.capacities * np.array([0.7, 0.8, 0.9, 0.85])


def held(offsets, resources):
    shares = ShareEvaluator(PROBLEM).shares(offsets, resources, 1e-12)
    return np.concatenate([shares.masses, shares.loads / PROBLEM.capacities])


@pytest.mark.parametrize(
    "site", [0, 1, *(pytest.param(site, marks=pytest.mark.slow) for site in (2, 3))]
)
def test_jacobian_is_the_derivative_of_masses_and_loads(site):
    shares = ShareEvaluator(PROBLEM).shares(OFFSETS, RESOURCES, 1e-12)
    blocks = [block.toarray()[:, site] for block in jacobian(PROBLEM, shares)]
    step = 2e-4 * np.eye(4)[site]

    def derivative(change):
        one, two = (held(*change(k)) - held(*change(-k)) for k in (1, 2))
        return (8 * one - two) / (12 * 2e-4)

    by_offset = derivative(lambda k: (OFFSETS + k * step, RESOURCES))
    by_resource = derivative(lambda k: (OFFSETS, RESOURCES * (1 + k * step)))
    scale = RESOURCES[site]
    expected = np.concatenate([blocks[0], blocks[2] / PROBLEM.capacities])
    np.testing.assert_allclose(by_offset, expected, atol=2e-7)
    expected = np.concatenate([blocks[1] * scale, blocks[3] * scale / PROBLEM.capacities])
    np.testing.assert_allclose(by_resource, expected, atol=2e-7)
