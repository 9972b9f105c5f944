"""Symmetries of fixed-capacity transport: offsets and masses follow what is done to the problem."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from geomot import Costs, Transport, Uniform, Zone, distance_costs, fixed_capacity_transport
from geomot.diagram.subdivision.totals import normalized
from geomot.kernels.simplices import Floats
from geomot.transport.cells.cellmasses import cell_masses
from tests.diagram.strategies import PROPERTY
from tests.power.strategies import UNITS, rotation, signed_permutations

FEW = settings(PROPERTY, max_examples=8)
TOLERANCE = 1e-9
OUTLINE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [0.5, 0.5], [0.5, 1.0], [0.0, 1.0]])


@dataclass(frozen=True, eq=False)
class Task:
    """Sites, what they are to hold, and the costs factor r^exponent."""

    sites: Floats
    capacities: Floats
    factor: Floats
    exponent: float
    offset: float = 0.0

    def costs(self, points: ArrayLike) -> Costs:
        count = len(np.asarray(points))
        return distance_costs(
            points, exponent=self.exponent, factor=self.factor, offset=np.full(count, self.offset)
        )

    def rows(self, order: object) -> Task:
        """Return some of the sites, in that order."""
        return replace(
            self,
            sites=self.sites[order],
            capacities=self.capacities[order],
            factor=self.factor[order],
        )

    def solve(self, zone: Zone) -> Transport:
        found = fixed_capacity_transport(
            self.sites, self.capacities, Uniform(), zone, self.costs, tolerance=TOLERANCE
        )
        assert found.status == "converged", found.message
        np.testing.assert_allclose(found.masses, found.capacities, rtol=TOLERANCE)
        return found

    def offset_error(self, found: Transport, zone: Zone) -> float:
        """Return how far offsets of two solutions may be apart.

        Each has masses within the tolerance of the same capacities: to first order offsets differ by
        that times the inverse of the masses' derivative.  Twice that for what is of second order.
        """
        costs = self.costs(self.sites).with_offset(np.zeros(len(self.sites)))
        density = normalized(Uniform(), zone, 1e-12)
        cells = cell_masses(costs, density, zone).at(found.offsets, 1e-4 * found.capacities.min())
        inverse = np.linalg.pinv(cells.laplacian().toarray())
        change = 2.0 * TOLERANCE * np.abs(inverse) @ found.capacities
        return 2.0 * float(change.max()) + 1e-13 * (1.0 + float(np.abs(found.offsets).max()))


def check_same(task: Task, zone: Zone, other: Transport, order: object = slice(None)) -> None:
    """Check that another solution has the same offsets, in another order or not."""
    found = task.solve(zone)
    np.testing.assert_allclose(
        other.offsets, found.offsets[order], rtol=0.0, atol=task.offset_error(found, zone)
    )


@st.composite
def tasks(draw: st.DrawFn, exponent: float, weighted: bool, d: int) -> Task:
    """Draw up to eight different sites in the unit box, in general position or on a lattice."""
    step = draw(st.sampled_from([1024, 8]))
    tick = st.integers(0, step).map(lambda n: n / step)
    sites = draw(st.lists(st.tuples(*[tick] * d), min_size=1, max_size=8, unique=True))
    numbers = st.lists(st.integers(1, 8), min_size=len(sites), max_size=len(sites))
    factor = 1.0 + 0.125 * np.array(draw(numbers)) if weighted else np.ones(len(sites))
    return Task(np.array(sites), np.array(draw(numbers), dtype=float), factor, exponent)


KINDS = {
    "squares": (2.0, False, 2),
    "squares in space": (2.0, False, 3),
    "distances": (1.0, False, 2),
    "factors": (1.0, True, 2),
}
every_kind = pytest.mark.parametrize(
    "kind",
    ["squares", *(pytest.param(kind, marks=pytest.mark.slow) for kind in list(KINDS)[1:])],
)


@every_kind
def test_permutation(kind: str) -> None:
    @FEW
    @given(tasks(*KINDS[kind]), st.randoms(use_true_random=False))
    def check(task: Task, random: object) -> None:
        order = np.arange(len(task.sites))
        random.shuffle(order)  # type: ignore[attr-defined]
        zone = UNITS[task.sites.shape[1]]
        check_same(task, zone, task.rows(order).solve(zone), order)

    check()


@every_kind
def test_symmetries_of_the_box(kind: str) -> None:
    @FEW
    @given(tasks(*KINDS[kind]), st.data())
    def check(task: Task, data: st.DataObject) -> None:
        d = task.sites.shape[1]
        turn = data.draw(st.sampled_from(signed_permutations(d)))
        moved = replace(task, sites=(task.sites - 0.5) @ turn.T + 0.5)
        check_same(task, UNITS[d], moved.solve(UNITS[d]))

    check()


@pytest.mark.parametrize("kind", ["squares", pytest.param("factors", marks=pytest.mark.slow)])
def test_rigid_motion(kind: str) -> None:
    @FEW
    @given(tasks(*KINDS[kind]), st.floats(0.0, 6.3), st.floats(-3.0, 3.0))
    def check(task: Task, angle: float, shift: float) -> None:
        turn = rotation((angle, 0.0, 0.0), 2)
        moved = replace(task, sites=task.sites @ turn.T + shift)
        other = moved.solve(Zone.polygon(OUTLINE @ turn.T + shift))
        check_same(task, Zone.polygon(OUTLINE), other)

    check()


@every_kind
def test_scaling(kind: str) -> None:
    @FEW
    @given(tasks(*KINDS[kind]), st.sampled_from([1e-6, 1e-3, 1e3, 1e6]))
    def check(task: Task, scale: float) -> None:
        d = task.sites.shape[1]
        zone = Zone.box([0.0] * d, [scale] * d)
        larger = replace(task, sites=scale * task.sites).solve(zone)
        offsets = larger.offsets / scale**task.exponent
        check_same(task, UNITS[d], replace(larger, offsets=offsets))

    check()


@every_kind
def test_common_offset_of_the_costs(kind: str) -> None:
    @FEW
    @given(tasks(*KINDS[kind]), st.sampled_from([0.125, -3.0, 1000.0]))
    def check(task: Task, offset: float) -> None:
        zone = UNITS[task.sites.shape[1]]
        other = replace(task, offset=offset).solve(zone)
        assert other.offsets.tobytes() == task.solve(zone).offsets.tobytes()  # those given are replaced

    check()


@every_kind
def test_capacities_in_another_unit(kind: str) -> None:
    @FEW
    @given(tasks(*KINDS[kind]), st.sampled_from([1e-6, 0.37, 1e6]))
    def check(task: Task, unit: float) -> None:
        zone = UNITS[task.sites.shape[1]]
        check_same(task, zone, replace(task, capacities=unit * task.capacities).solve(zone))

    check()


@every_kind
def test_duplicated_sites_share_a_capacity(kind: str) -> None:
    @FEW
    @given(tasks(*KINDS[kind]), st.data())
    def check(task: Task, data: st.DataObject) -> None:
        count, zone = len(task.sites), UNITS[task.sites.shape[1]]
        which, copies = data.draw(st.integers(0, count - 1)), data.draw(st.integers(1, 3))
        doubled = task.rows(np.append(np.arange(count), np.full(copies, which)))
        doubled.capacities[[which, *range(count, count + copies)]] /= copies + 1.0
        other = doubled.solve(zone)
        assert not np.ptp(other.offsets[[which, *range(count, count + copies)]])
        offsets = other.offsets[:count] - other.offsets[:count].mean()
        check_same(task, zone, replace(other, offsets=offsets))

    check()


@every_kind
def test_far_from_the_origin(kind: str) -> None:
    @FEW
    @given(tasks(*KINDS[kind]))
    def check(task: Task) -> None:
        d = task.sites.shape[1]
        shift = 1e6 * np.array([1.0, -1.0, 1.0])[:d]
        far = replace(task, sites=task.sites + shift).solve(Zone.box(shift, shift + 1.0))
        check_same(task, UNITS[d], far)

    check()
