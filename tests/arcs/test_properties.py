"""Symmetries of diagrams of arcs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geomot import ArcDiagram, Zone, arc_diagram
from geomot.kernels.simplices import Floats
from tests.arcs.checking import check_everything
from tests.diagram.strategies import PROPERTY, Setup, setups
from tests.power.strategies import signed_permutations

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
MANY = settings(PROPERTY, max_examples=40)
ROUNDED = 1e-13
circular = setups().map(lambda setup: replace(setup, exponent=2.0))


def solve(setup: Setup, zone: Zone = UNIT) -> ArcDiagram:
    return arc_diagram(setup.costs, zone)


@MANY
@given(circular, st.randoms(use_true_random=False))
def test_permutation(setup: Setup, random: object) -> None:
    order = np.arange(len(setup.sites))
    random.shuffle(order)  # type: ignore[attr-defined]
    plain, shuffled = solve(setup), solve(setup.rows(order))
    np.testing.assert_allclose(shuffled.measures, plain.measures[order], rtol=0.0, atol=ROUNDED)


@MANY
@given(circular, st.sampled_from([1e-6, 1e-3, 1e3, 1e6]))
def test_scaling(setup: Setup, scale: float) -> None:
    zone = Zone.box([0.0, 0.0], [scale, scale])
    other = solve(setup.moved(scale, np.zeros(2)), zone)
    np.testing.assert_allclose(other.measures / scale**2, solve(setup).measures, rtol=0.0, atol=ROUNDED)


@MANY
@given(circular, st.floats(0.0, 6.3))
def test_rotation(setup: Setup, angle: float) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]) @ turn.T
    other = solve(replace(setup, sites=setup.sites @ turn.T), Zone.polygon(corners))
    np.testing.assert_allclose(other.measures, solve(setup).measures, rtol=0.0, atol=ROUNDED)


@MANY
@given(circular, st.sampled_from(signed_permutations(2)))
def test_symmetries_of_the_box(setup: Setup, turn: Floats) -> None:
    moved = replace(setup, sites=(setup.sites - 0.5) @ turn.T + 0.5)
    np.testing.assert_allclose(solve(moved).measures, solve(setup).measures, rtol=0.0, atol=ROUNDED)


@MANY
@given(circular, st.data())
def test_duplicated_site_is_empty(setup: Setup, data: st.DataObject) -> None:
    count = len(setup.sites)
    which, copies = data.draw(st.integers(0, count - 1)), data.draw(st.integers(1, 3))
    doubled = solve(setup.rows(np.append(np.arange(count), np.full(copies, which))))
    assert doubled.measures[:count].tobytes() == solve(setup).measures.tobytes()
    assert not doubled.measures[count:].any()
    assert all(not cell.rings for cell in doubled[count:])


@MANY
@given(circular, st.sampled_from([0.125, -3.0, 1024.0]))
def test_common_offset(setup: Setup, offset: float) -> None:
    dearer = replace(setup, offset=setup.offset + offset)
    np.testing.assert_allclose(solve(dearer).measures, solve(setup).measures, rtol=0.0, atol=ROUNDED)


@MANY
@given(circular)
def test_far_from_the_origin(setup: Setup) -> None:
    shift = np.array([1e6, -1e6])
    far = solve(setup.moved(1.0, shift), Zone.box(shift, shift + 1.0))
    np.testing.assert_allclose(far.measures, solve(setup).measures, rtol=0.0, atol=ROUNDED)


@MANY
@given(circular, st.sampled_from([1e-6, 0.37, 1e6]))
def test_common_factor(setup: Setup, factor: float) -> None:
    scaled = replace(setup, factor=setup.factor * factor, offset=setup.offset * factor)
    np.testing.assert_allclose(solve(scaled).measures, solve(setup).measures, rtol=0.0, atol=ROUNDED)


@MANY
@given(setups(most=9).map(lambda setup: replace(setup, exponent=2.0)))
def test_everything_holds(setup: Setup) -> None:
    check_everything(solve(setup), 1e-4)


def test_runs_are_identical() -> None:
    sites = np.random.default_rng(1).random((90, 2))
    setup = Setup(sites, np.linspace(1.0, 2.0, 90), np.zeros(90), 1.0)
    one, other = solve(setup), solve(setup)
    assert np.array_equal(one.measures, other.measures)
    assert [r.polygon.wkb for r in one.regions()] == [r.polygon.wkb for r in other.regions()]
