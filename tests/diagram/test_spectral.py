"""Few nodes, and error estimates that bound the true errors without exaggerating."""

from __future__ import annotations

import numpy as np
import pytest

from geomot import Costs, Density, Zone, distance_costs, gaussian, minimization_diagram, mixture
from geomot.cubature import DensityIntegrand
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import start
from geomot.diagram.subdivision.totals import cell_integrals, normalized
from geomot.kernels.simplices import Floats
from geomot.studies import ErrorRecord

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
GENERIC = {
    "factors": distance_costs(
        [[0.2, 0.3], [0.7, 0.2], [0.3, 0.8], [0.8, 0.7]], factor=[1.0, 1.2, 1.5, 0.8]
    ),
    "nearly equal factors": distance_costs(
        [[0.31, 0.27], [0.72, 0.35], [0.25, 0.66], [0.61, 0.79]], factor=[1.0, 1.3, 0.9, 1.1]
    ),
    "unequal factors": distance_costs(
        [[0.15, 0.4], [0.6, 0.1], [0.5, 0.9], [0.85, 0.55]], factor=[1.0, 2.0, 3.0, 1.5]
    ),
}
generic = pytest.mark.parametrize("costs", GENERIC.values(), ids=GENERIC.keys())
WIDE = gaussian([0.45, 0.52], 0.3)


def masses_and_nodes(costs: Costs, density: Density, tolerance: float) -> tuple[Floats, int]:
    integrand = DensityIntegrand(density, 1.0)
    state = subdivide(costs, start(costs, UNIT.triangulation, 1), integrand, tolerance)
    return cell_integrals(state, integrand, costs.count).values[:, 0], int(state.nodes.sum())


@generic
def test_error_below_1e_10_with_20000_nodes(costs: Costs) -> None:
    density = normalized(WIDE, UNIT, 1e-14)
    reference, _ = masses_and_nodes(costs, density, 1e-14)
    masses, nodes = masses_and_nodes(costs, density, 3e-9)
    assert nodes <= 20_000
    assert np.abs(masses - reference).max() < 1e-10


@generic
def test_error_falls_fast(costs: Costs) -> None:
    density = normalized(WIDE, UNIT, 1e-14)
    reference, _ = masses_and_nodes(costs, density, 1e-14)
    tolerances = [1e-3, 1e-6, 1e-9, 1e-12]
    runs = [masses_and_nodes(costs, density, tolerance) for tolerance in tolerances]
    record = ErrorRecord(floor=1e-15)
    for masses, nodes in runs:
        record.add(1.0 / nodes, np.abs(masses - reference).max())
    assert (np.array(record.errors) <= tolerances).all()
    assert record.order() > 6.0  # linear interfaces have order 1, a raster has 1 / 2


def random_diagram(seed: int) -> tuple[Costs, Density]:
    """Return 2 to 8 sites with factors within a decade, and one or two gaussians."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 9))
    costs = distance_costs(
        rng.random((count, 2)),
        exponent=float(rng.choice([1.0, 2.0])),
        factor=10.0 ** rng.random(count),
    )
    parts = int(rng.integers(1, 3))
    spreads = rng.uniform(0.05, 0.5, size=(parts, 2)).tolist()
    return costs, mixture(rng.uniform(0.5, 1.0, parts), rng.random((parts, 2)), spreads)


def check_estimates(seeds: range, tolerance: float) -> None:
    ratios = []
    for seed in seeds:
        costs, density = random_diagram(seed)
        masses = minimization_diagram(costs, UNIT, tolerance).integrate(density)
        finer = minimization_diagram(costs, UNIT, 1e-5 * tolerance).integrate(density)
        errors = np.abs(masses.values - finer.values)
        # what the finer run itself may be wrong by, and rounding, says nothing about the estimate
        floor = finer.errors + 1e-14 * finer.values.sum()
        assert (errors <= masses.errors + floor).all(), seed
        worst = errors.argmax()
        ratios.append(masses.errors.max() / max(errors[worst], floor[worst]))
    assert np.median(ratios) <= 100.0


def test_estimates_bound_the_errors() -> None:
    check_estimates(range(8), 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8])
def test_estimates_bound_the_errors_of_a_hundred(tolerance: float) -> None:
    check_estimates(range(100), tolerance)
