"""Equilibria with congestion: against closed forms, roots of one equation, fixed points on grids."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.optimize import brentq
from scipy.stats import norm

import geomot
from geomot import (
    InvalidArgumentError,
    InvalidCostError,
    InvalidDensityError,
    InvalidZoneError,
    Uniform,
    Zone,
    congestion_equilibrium,
    distance_costs,
    gaussian,
)
from geomot.costs.chosen import ChosenCosts

UNITS = {d: Zone.box([0.0] * d, [1.0] * d) for d in (2, 3)}


def cut(rise: float, first: float, second: float) -> float:
    """Return where the cells of two sites at the ends of a unit segment meet, squared distances.

    With the mass of the first cell t: (t - first)^2 + log t = (t - second)^2 + rise + log(1 - t).
    """

    def gap(t: float) -> float:
        return (t - first) ** 2 - (t - second) ** 2 - rise + np.log(t / (1.0 - t))

    return float(brentq(gap, 1e-12, 1.0 - 1e-12, xtol=1e-15))


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("rise", [0.0, 0.5, -3.0])
def test_two_sites_divide_a_box_where_one_equation_says(d: int, rise: float) -> None:
    sites = [[0.1, *[0.5] * (d - 1)], [0.7, *[0.5] * (d - 1)]]
    costs = distance_costs(sites, exponent=2.0, offset=[0.0, rise])
    found = congestion_equilibrium(costs, Uniform(), UNITS[d], tolerance=1e-10)
    t = cut(rise, 0.1, 0.7)
    assert found.status == "converged"
    np.testing.assert_allclose(found.masses, [t, 1.0 - t], atol=1e-10)
    np.testing.assert_allclose(found.offsets, np.log([t, 1.0 - t]), atol=1e-9)
    assert isinstance(found.diagram, geomot.PowerDiagram)
    np.testing.assert_allclose(found.diagram.measures, [t, 1.0 - t], atol=1e-10)


def test_a_gaussian_and_distances_on_a_line() -> None:
    # far away on both sides the difference of distances is affine: cells are strips, as long as thin
    zone, density = Zone.polygon(shapely.box(0, 0, 1, 1e-6)), gaussian([0.3, 0.0], 0.2)
    found = congestion_equilibrium(distance_costs([[0.2, 5e-7], [0.6, 5e-7]]), density, zone)

    def mass(t: float) -> float:
        ends = norm.cdf((np.array([0.0, t, 1.0]) - 0.3) / 0.2)
        return float((ends[1] - ends[0]) / (ends[2] - ends[0]))

    t = brentq(lambda t: t - 0.2 - abs(t - 0.6) + np.log(mass(t) / (1 - mass(t))), 0.21, 0.59)
    assert found.status == "converged"
    np.testing.assert_allclose(found.masses, [mass(t), 1.0 - mass(t)], atol=1e-9)


@pytest.mark.parametrize(("d", "side"), [(2, 400), pytest.param(3, 60, marks=pytest.mark.slow)])
def test_a_fixed_point_on_a_grid(d: int, side: int) -> None:
    rng = np.random.default_rng(d)
    sites, factor = rng.random((5, d)), 2.0 + rng.random(5)
    costs, density = distance_costs(sites, factor=factor), gaussian([0.4] * d, 0.3)
    tolerance = {2: 1e-8, 3: 1e-4}[d]
    found = congestion_equilibrium(costs, density, UNITS[d], tolerance=tolerance)
    assert found.status == "converged"
    assert found.residual <= tolerance
    assert -1e-15 <= found.certificate <= tolerance
    assert isinstance(found.diagram, geomot.MinimizationDiagram)
    ticks = (np.arange(side) + 0.5) / side
    points = np.stack(np.meshgrid(*[ticks] * d), axis=-1).reshape(-1, d)
    weights = density.values(points)
    table = factor * np.linalg.norm(points[:, None] - sites, axis=2)
    masses = np.full(5, 0.2)
    for _ in range(300):  # shares that follow the best answer a little at a time
        answer = np.bincount((table + np.log(masses)).argmin(axis=1), weights, 5) / weights.sum()
        masses = 0.95 * masses + 0.05 * answer
    np.testing.assert_allclose(found.masses, masses, atol=0.01)
    held = found.diagram.integrate(density).values
    np.testing.assert_allclose(held / held.sum(), found.masses, atol=2 * tolerance)


def test_sites_that_differ_by_offsets_share_a_cell_in_closed_form() -> None:
    sites = [[0.2, 0.5], [0.2, 0.5], [0.8, 0.5], [0.2, 0.5]]
    costs = distance_costs(sites, exponent=1.0, offset=[0.0, np.log(2.0), 0.0, 0.0])
    found = congestion_equilibrium(costs, Uniform(), UNITS[2])
    assert found.status == "converged"
    three = found.masses[[0, 1, 3]]
    np.testing.assert_allclose(three / three.sum(), [0.4, 0.2, 0.4], atol=1e-12)
    total = costs.offset + found.offsets
    np.testing.assert_allclose(total[[0, 1, 3]], total[0], atol=1e-12)
    # the group is as one site whose price is log(alpha / 2.5)
    merged = distance_costs([[0.2, 0.5], [0.8, 0.5]], offset=[-np.log(2.5), 0.0])
    two = congestion_equilibrium(merged, Uniform(), UNITS[2]).masses
    np.testing.assert_allclose([three.sum(), found.masses[2]], two, atol=2e-9)


def test_chosen_costs_are_those_of_their_sites() -> None:
    rng = np.random.default_rng(2)
    family = distance_costs(rng.random((6, 2)), factor=1.0 + rng.random(6), offset=rng.random(6))
    sites = np.array([4, 1, 5])
    chosen, same = ChosenCosts(family, sites), family.take(sites)
    points, radii, who = rng.random((50, 2)), rng.random(50), rng.integers(0, 3, 50)
    other = np.roll(who, 1)
    for one, two in [
        (chosen, same),
        (chosen.with_offset([1.0, 2.0, 3.0]), same.with_offset([1.0, 2.0, 3.0])),
        (chosen.seen_from(np.ones(2)), same.seen_from(np.ones(2))),
    ]:
        np.testing.assert_array_equal(one.values(points, who), two.values(points, who))
        np.testing.assert_array_equal(one.gradients(points, who), two.gradients(points, who))
        np.testing.assert_array_equal(one.bounds(points, radii, who), two.bounds(points, radii, who))
        np.testing.assert_array_equal(
            one.curvatures(points, radii, who), two.curvatures(points, radii, who)
        )
        np.testing.assert_array_equal(
            one.closeness(points, radii, who, other), two.closeness(points, radii, who, other)
        )
        np.testing.assert_array_equal(one.rounding(radii, who), two.rounding(radii, who))
    assert chosen.representatives().tolist() == [0, 1, 2]
    assert (chosen.count, chosen.dimension, chosen.bounded, chosen.affine) == (3, 2, True, False)


@pytest.mark.parametrize("common", [1e3, -1e6])
def test_a_common_offset_changes_nothing(common: float) -> None:
    sites = np.random.default_rng(3).random((6, 2))
    plain = congestion_equilibrium(distance_costs(sites), Uniform(), UNITS[2])
    moved = congestion_equilibrium(distance_costs(sites, offset=[common] * 6), Uniform(), UNITS[2])
    np.testing.assert_allclose(moved.masses, plain.masses, atol=1e-8)
    np.testing.assert_allclose(moved.offsets, np.log(plain.masses), atol=1e-7)


@pytest.mark.slow
def test_a_hundred_sites_under_a_gaussian() -> None:
    # masses were lost here from step to step, and the residual stayed at 1e-7
    costs = distance_costs(np.random.default_rng(0).random((100, 2)))
    found = congestion_equilibrium(costs, gaussian([0.4, 0.4], 0.3), UNITS[2])
    assert found.status == "converged"
    assert found.masses.sum() == pytest.approx(1.0, abs=1e-11)
    assert found.iterations <= 8


def test_zones_of_other_packages_and_estimated_costs() -> None:
    costs = geomot.general_costs(
        2,
        2,
        lambda x, b: (x[:, 0] - b) ** 2,
        lambda x, b: np.stack([2.0 * (x[:, 0] - b), np.zeros(len(x))], axis=1),
    )
    found = congestion_equilibrium(costs, Uniform(), shapely.box(0, 0, 1, 2), tolerance=1e-6)
    np.testing.assert_allclose(found.masses, 0.5, atol=1e-6)
    assert not found.bounded


def test_running_out_of_steps_is_a_status() -> None:
    sites = np.random.default_rng(5).random((8, 2))
    rows: list[int] = []
    found = congestion_equilibrium(
        distance_costs(sites),
        gaussian([0.2, 0.2], 0.1),
        UNITS[2],
        max_iterations=1,
        progress=lambda row: rows.append(row.iteration),
    )
    assert found.status == "not-converged"
    assert "steps taken: 1," in found.message
    assert rows == [0, 1]
    assert found.iterations == 1


def test_bad_arguments() -> None:
    costs, box = distance_costs([[0.5, 0.5]]), UNITS[2]
    with pytest.raises(InvalidCostError, match="costs were asked of a list"):
        congestion_equilibrium([[0.5, 0.5]], Uniform(), box)  # type: ignore[arg-type]
    with pytest.raises(InvalidCostError, match="in 2 dimensions and the zone in 3"):
        congestion_equilibrium(costs, Uniform(), UNITS[3])
    with pytest.raises(InvalidDensityError, match="a density was asked of a int"):
        congestion_equilibrium(costs, 1, box)  # type: ignore[arg-type]
    with pytest.raises(InvalidDensityError, match="expected a positive"):
        congestion_equilibrium(costs, gaussian([900.0, 0.0], 1e-3), box)
    with pytest.raises(InvalidZoneError, match="expected"):
        congestion_equilibrium(costs, Uniform(), 3)
    with pytest.raises(InvalidArgumentError, match="tolerance is 0"):
        congestion_equilibrium(costs, Uniform(), box, tolerance=0.0)
