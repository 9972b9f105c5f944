"""Symmetries of diagrams of a user's function of the distance, in the plane and in space."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from geomot import Costs, MinimizationDiagram, Zone, function_costs, minimization_diagram
from geomot.kernels.simplices import Floats
from tests.diagram.oracles import random_points
from tests.diagram.strategies import PROPERTY
from tests.power.strategies import UNITS, rotation, signed_permutations

FEW = settings(PROPERTY, max_examples=6)
TOLERANCES = {2: 1e-8, 3: 1e-2}
SCALES = st.sampled_from([1e-6, 1e-3, 1e3, 1e6])
dimensions = pytest.mark.parametrize("d", [2, pytest.param(3, marks=pytest.mark.slow)])


@dataclass(frozen=True, eq=False)
class Wells:
    """Costs factor log(1 + (r / length)^2) + offset."""

    sites: Floats
    factor: Floats
    offset: Floats
    length: float

    @property
    def costs(self) -> Costs:
        def bend(low: Floats, high: Floats) -> tuple[Floats, Floats]:
            near, far = low / self.length, high / self.length
            least, most = 2.0 / (1.0 + far**2), 2.0 / (1.0 + near**2)
            bounds = least - far**2 * most**2, most - near**2 * least**2
            return bounds[0] / self.length**2, bounds[1] / self.length**2

        return function_costs(
            self.sites,
            lambda r: np.log1p((r / self.length) ** 2),
            lambda r: 2.0 * r / (self.length**2 + r**2),
            bend,
            factor=self.factor,
            offset=self.offset,
        )

    def rows(self, order: object) -> Wells:
        """Return some of the sites, in that order."""
        return Wells(self.sites[order], self.factor[order], self.offset[order], self.length)

    def solve(self, zone: Zone) -> MinimizationDiagram:
        return minimization_diagram(self.costs, zone, TOLERANCES[zone.dimension])


@st.composite
def wells(draw: st.DrawFn, d: int) -> Wells:
    """Draw up to five sites in the unit box, with weights or none."""
    tick = st.integers(0, 1024).map(lambda n: n / 1024)
    sites = draw(st.lists(st.tuples(*[tick] * d), min_size=1, max_size=8 - d, unique=True))
    weights = st.lists(tick, min_size=len(sites), max_size=len(sites))
    none = np.zeros(len(sites))
    factor = 1.0 + (np.array(draw(weights)) if draw(st.booleans()) else none)
    offset = 0.25 * np.array(draw(weights)) if draw(st.booleans()) else none
    return Wells(np.array(sites), factor, offset, draw(st.sampled_from([0.125, 1.0])))


def check_same(one: MinimizationDiagram, other: MinimizationDiagram, scale: float = 1.0) -> None:
    """Check that ``other`` has the measures of ``one`` times a scale, within both errors."""
    measure = one.zone.measure
    assert abs(other.measures.sum() / scale - measure) <= 1e-12 * measure
    bound = one.measure_errors + other.measure_errors / scale + 1e-9 * measure
    assert (np.abs(one.measures - other.measures / scale) <= bound).all()


def solid(d: int, turn: Floats, shift: float) -> Zone:
    """Return the unit box as a polygon or a mesh, turned and moved."""
    if d == 2:
        corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
        return Zone.polygon(corners @ turn.T + shift)
    cube = trimesh.creation.box(bounds=[[0.0] * 3, [1.0] * 3])
    return Zone.mesh(trimesh.Trimesh(cube.vertices @ turn.T + shift, cube.faces, process=False))


@dimensions
def test_permutation(d: int) -> None:
    @FEW
    @given(wells(d), st.randoms(use_true_random=False))
    def check(given_wells: Wells, random: object) -> None:
        order = np.arange(len(given_wells.sites))
        random.shuffle(order)  # type: ignore[attr-defined]
        plain, shuffled = given_wells.solve(UNITS[d]), given_wells.rows(order).solve(UNITS[d])
        bound = plain.measure_errors[order] + shuffled.measure_errors + 1e-13
        assert (np.abs(plain.measures[order] - shuffled.measures) <= bound).all()

    check()


@dimensions
def test_symmetries_of_the_box(d: int) -> None:
    @FEW
    @given(wells(d), st.sampled_from(signed_permutations(d)))
    def check(given_wells: Wells, turn: Floats) -> None:
        moved = replace(given_wells, sites=(given_wells.sites - 0.5) @ turn.T + 0.5)
        check_same(given_wells.solve(UNITS[d]), moved.solve(UNITS[d]))

    check()


@dimensions
def test_rigid_motion(d: int) -> None:
    @FEW
    @given(wells(d), st.tuples(*[st.floats(0.0, 6.3)] * 3), st.floats(-3.0, 3.0))
    def check(given_wells: Wells, angles: tuple[float, float, float], shift: float) -> None:
        turn = rotation(angles, d)
        moved = replace(given_wells, sites=given_wells.sites @ turn.T + shift)
        plain, other = given_wells.solve(solid(d, np.eye(d), 0.0)), moved.solve(solid(d, turn, shift))
        check_same(plain, other)
        points = random_points(plain.zone, 200, 3)
        assert (plain.locate(points) == other.locate(points @ turn.T + shift)).mean() > 0.95

    check()


@dimensions
def test_scaling(d: int) -> None:
    @FEW
    @given(wells(d), SCALES)
    def check(given_wells: Wells, scale: float) -> None:
        larger = replace(
            given_wells, sites=scale * given_wells.sites, length=scale * given_wells.length
        )
        zone = Zone.box([0.0] * d, [scale] * d)
        check_same(given_wells.solve(UNITS[d]), larger.solve(zone), scale**d)

    check()


@dimensions
def test_common_offset(d: int) -> None:
    @FEW
    @given(wells(d), st.sampled_from([0.125, -3.0, 1000.0]))
    def check(given_wells: Wells, offset: float) -> None:
        dearer = replace(given_wells, offset=given_wells.offset + offset)
        check_same(given_wells.solve(UNITS[d]), dearer.solve(UNITS[d]))

    check()


@dimensions
def test_duplicated_sites_share(d: int) -> None:
    @FEW
    @given(wells(d), st.data())
    def check(given_wells: Wells, data: st.DataObject) -> None:
        count = len(given_wells.sites)
        which, copies = data.draw(st.integers(0, count - 1)), data.draw(st.integers(1, 3))
        order = np.append(np.arange(count), np.full(copies, which))
        plain, doubled = given_wells.solve(UNITS[d]), given_wells.rows(order).solve(UNITS[d])
        expected = plain.measures[order]
        expected[order == which] /= copies + 1
        np.testing.assert_allclose(doubled.measures, expected, rtol=0.0, atol=1e-13)

    check()


@dimensions
def test_far_from_the_origin(d: int) -> None:
    @FEW
    @given(wells(d))
    def check(given_wells: Wells) -> None:
        shift = 1e6 * np.array([1.0, -1.0, 1.0])[:d]
        far = replace(given_wells, sites=given_wells.sites + shift)
        check_same(given_wells.solve(UNITS[d]), far.solve(Zone.box(shift, shift + 1.0)))

    check()
