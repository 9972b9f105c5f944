"""Symmetries of diagrams: what must not matter does not."""

from __future__ import annotations

from dataclasses import replace
from math import cos, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geomot import MinimizationDiagram, Zone, gaussian
from geomot.kernels.simplices import Floats
from tests.diagram.checks import check_locate, check_regions, check_tiles
from tests.diagram.oracles import random_points
from tests.diagram.strategies import PROPERTY, Setup, setups
from tests.power.strategies import signed_permutations

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
OUTLINE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.7], [0.6, 0.7], [0.6, 1.0], [0.0, 1.0]])
DENSITY = gaussian([0.4, 0.6], 0.2)


def check_same(one: MinimizationDiagram, other: MinimizationDiagram, scale: float = 1.0) -> None:
    """Check that ``other`` has the measures of ``one`` times a scale, within both errors."""
    check_tiles(other)
    rounding = 1e-9 * one.zone.measure
    bound = one.measure_errors + other.measure_errors / scale + rounding
    assert (np.abs(one.measures - other.measures / scale) <= bound).all()


@PROPERTY
@given(setups(), st.randoms(use_true_random=False))
def test_permutation(setup: Setup, random: object) -> None:
    order = np.arange(len(setup.sites))
    random.shuffle(order)  # type: ignore[attr-defined]
    plain, shuffled = setup.solve(UNIT), setup.rows(order).solve(UNIT)
    bound = plain.measure_errors[order] + shuffled.measure_errors + 1e-13
    assert (np.abs(plain.measures[order] - shuffled.measures) <= bound).all()
    one, other = plain.integrate(DENSITY), shuffled.integrate(DENSITY)
    bound = one.errors[order] + other.errors + 1e-13
    assert (np.abs(one.values[order] - other.values) <= bound).all()


@PROPERTY
@given(setups(), st.floats(0.0, 6.3), st.floats(-3.0, 3.0), st.booleans())
def test_rigid_motion(setup: Setup, angle: float, shift: float, mirrored: bool) -> None:
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    if mirrored:
        turn = turn @ np.diag([1.0, -1.0])

    def moved(points: Floats) -> Floats:
        return points @ turn.T + shift

    plain = setup.solve(Zone.polygon(OUTLINE))
    other = replace(setup, sites=moved(setup.sites)).solve(Zone.polygon(moved(OUTLINE)))
    check_same(plain, other)
    points = random_points(plain.zone, 200, 3)
    assert (plain.locate(points) == other.locate(moved(points))).mean() > 0.95


@PROPERTY
@given(setups(), st.sampled_from(signed_permutations(2)))
def test_symmetries_of_the_box(setup: Setup, turn: Floats) -> None:
    moved = replace(setup, sites=(setup.sites - 0.5) @ turn.T + 0.5)
    check_same(setup.solve(UNIT), moved.solve(UNIT))


@PROPERTY
@given(setups(), st.sampled_from([1e-6, 1e-3, 1e3, 1e6]))
def test_scaling(setup: Setup, scale: float) -> None:
    plain = setup.solve(UNIT)
    other = setup.moved(scale, np.zeros(2)).solve(Zone.box([0.0, 0.0], [scale, scale]))
    check_same(plain, other, scale**2)


@PROPERTY
@given(setups(), st.integers(-20, 20))
def test_scaling_by_powers_of_two_is_exact(setup: Setup, power: int) -> None:
    scale = 2.0**power
    plain = setup.solve(UNIT)
    other = setup.moved(scale, np.zeros(2)).solve(Zone.box([0.0, 0.0], [scale, scale]))
    np.testing.assert_allclose(other.measures / scale**2, plain.measures, rtol=0.0, atol=1e-14)
    assert len(plain.subdivision.lost) == len(other.subdivision.lost)


@PROPERTY
@given(setups(), st.sampled_from([0.125, -3.0, 1000.0]))
def test_common_offset(setup: Setup, offset: float) -> None:
    check_same(setup.solve(UNIT), replace(setup, offset=setup.offset + offset).solve(UNIT))


@PROPERTY
@given(setups(), st.sampled_from([1e-6, 0.37, 1e6]))
def test_common_factor(setup: Setup, factor: float) -> None:
    scaled = replace(setup, factor=setup.factor * factor, offset=setup.offset * factor)
    check_same(setup.solve(UNIT), scaled.solve(UNIT))


@PROPERTY
@given(setups(), st.data())
def test_duplicated_sites_share(setup: Setup, data: st.DataObject) -> None:
    count = len(setup.sites)
    which, copies = data.draw(st.integers(0, count - 1)), data.draw(st.integers(1, 3))
    order = np.concatenate([np.arange(count), np.full(copies, which)])
    plain, doubled = setup.solve(UNIT), setup.rows(order).solve(UNIT)
    assert np.array_equal(doubled.representatives, order)
    expected = plain.measures[order]
    expected[order == which] /= copies + 1
    np.testing.assert_allclose(doubled.measures, expected, atol=1e-13)
    masses = doubled.integrate(DENSITY).values
    np.testing.assert_allclose(masses[order == which], masses[which], rtol=1e-15)
    assert masses.sum() == pytest.approx(plain.integrate(DENSITY).values.sum(), rel=1e-13)
    assert all(region.polygon.is_empty for region in doubled.regions()[count:])


@PROPERTY
@given(setups())
def test_far_from_the_origin(setup: Setup) -> None:
    shift = np.array([1e6, -1e6])
    far = setup.moved(1.0, shift).solve(Zone.box(shift, shift + 1.0))
    check_same(setup.solve(UNIT), far)


@PROPERTY
@given(setups(most=9))
def test_everything_holds(setup: Setup) -> None:
    diagram = setup.solve(UNIT)
    check_tiles(diagram)
    check_locate(diagram, 500)
    check_regions(diagram, 1e-4, count=300)
    masses = diagram.integrate(DENSITY)
    assert (masses.values >= 0.0).all()
    assert (masses.errors >= 0.0).all()


@PROPERTY
@given(setups(), st.data())
def test_a_dearer_site_loses(setup: Setup, data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(setup.sites) - 1))
    offset = setup.offset.copy()
    offset[which] += 0.05
    plain, dearer = setup.solve(UNIT), replace(setup, offset=offset).solve(UNIT)
    change = dearer.measures - plain.measures
    slack = plain.measure_errors + dearer.measure_errors + 1e-13
    assert change[which] <= slack[which]
    assert (np.delete(change, which) >= -np.delete(slack, which)).all()


def test_runs_are_identical() -> None:
    sites = np.random.default_rng(1).random((9, 2))
    setup = Setup(sites, np.linspace(1.0, 2.0, 9), np.zeros(9), 1.0)
    one, other = setup.solve(UNIT), setup.solve(UNIT)
    assert np.array_equal(one.measures, other.measures)
    assert [r.polygon.wkb for r in one.regions()] == [r.polygon.wkb for r in other.regions()]
