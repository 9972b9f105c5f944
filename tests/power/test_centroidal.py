"""Lloyd's method and quantization."""

from __future__ import annotations

import numpy as np
import pytest

from geomot import InvalidArgumentError, InvalidSitesError, Uniform, Zone, gaussian, grid_density
from geomot.power import lloyd, quantize

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])


def test_two_sites_settle_in_the_halves() -> None:
    found = lloyd([[0.1, 0.5], [0.3, 0.5]], Uniform(), UNIT, tolerance=1e-7)
    assert found.converged
    np.testing.assert_allclose(found.diagram.points, [[0.25, 0.5], [0.75, 0.5]], atol=1e-6)


@pytest.mark.parametrize("d", [2, 3])
def test_the_energy_falls(d: int) -> None:
    zone = Zone.box([0.0] * d, [1.0] * d)
    sites = np.random.default_rng(0).random((40, d))
    energies = []
    for moves in range(4):
        found = lloyd(sites, Uniform(), zone, max_iterations=moves, tolerance=1e-12)
        moments = found.diagram.second_moments
        energies.append(float(np.trace(moments, axis1=1, axis2=2).sum()))
    assert (np.diff(energies) < 0.0).all()


def test_one_site_stands_at_the_mean() -> None:
    found = quantize(gaussian([0.4, 0.6], 0.05), UNIT, 1, rng=3, tolerance=1e-6)
    np.testing.assert_allclose(found.diagram.points, [[0.4, 0.6]], atol=1e-6)


def test_quantized_gaussian() -> None:
    # two points quantize a normal distribution at -+ sqrt(2 / pi) standard deviations
    found = quantize(gaussian([0.5, 0.5], [0.1, 0.04]), UNIT, 2, rng=0, tolerance=1e-6)
    assert found.converged
    arms = np.sort(found.diagram.points[:, 0]) - 0.5
    np.testing.assert_allclose(arms, 0.1 * np.sqrt(2.0 / np.pi) * np.array([-1.0, 1.0]), atol=5e-5)
    np.testing.assert_allclose(found.masses, 0.5, atol=1e-4)


def test_the_same_seed_gives_the_same_bits() -> None:
    one, other = (quantize(Uniform(), UNIT, 10, rng=7, max_iterations=3) for _ in range(2))
    assert one.diagram.points.tobytes() == other.diagram.points.tobytes()


def test_bad_count() -> None:
    for count in (0, 2.5):
        with pytest.raises(InvalidArgumentError, match="expected a whole number, at least 1"):
            quantize(Uniform(), UNIT, count, rng=0)  # type: ignore[arg-type]


def test_bad_sites_and_tolerance() -> None:
    with pytest.raises(InvalidSitesError, match="no array of numbers"):
        lloyd("town", Uniform(), UNIT)
    with pytest.raises(InvalidArgumentError, match="expected a share"):
        lloyd([[0.5, 0.5]], Uniform(), UNIT, tolerance=-1.0)


def test_sites_settle_on_a_grid() -> None:
    # two bars of darkness, each with a site: they settle in the bars' middles
    table = np.zeros((10, 4))
    table[1:3], table[7:9] = 1.0, 2.0
    found = lloyd([[0.3, 0.5], [0.6, 0.5]], grid_density(table, [0, 0], [1, 1], "constant"), UNIT)
    assert found.converged and len(found.moved) == 2
    np.testing.assert_allclose(found.diagram.points, [[0.2, 0.5], [0.8, 0.5]], atol=1e-12)
    np.testing.assert_allclose(found.masses, [1 / 3, 2 / 3], rtol=1e-12)
    drawn = quantize(grid_density(table, [0, 0], [1, 1]), UNIT, 5, rng=0)
    assert drawn.converged
