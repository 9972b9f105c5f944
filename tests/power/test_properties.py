"""Symmetries of power diagrams, in the plane and in space: what must not matter does not."""

from __future__ import annotations

import numpy as np
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from geomot import PowerDiagram, Zone
from geomot.kernels.simplices import Floats
from tests.diagram.oracles import random_points
from tests.power.strategies import (
    SYMMETRY,
    UNITS,
    Weighted,
    angles,
    planar_or_spatial,
    rotation,
    signed_permutations,
)

L_SHAPE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [0.5, 0.5], [0.5, 1.0], [0.0, 1.0]])
L_PRISM = trimesh.creation.extrude_triangulation(
    L_SHAPE, [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5]], 1.0
)


def turned_zones(turn: Floats, shift: Floats) -> list[Zone]:
    """Return a box and an L, turned and moved."""
    if len(turn) == 2:
        square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
        return [Zone.polygon(outline @ turn.T + shift) for outline in (square, L_SHAPE)]
    cube = trimesh.creation.box(bounds=[[0.0] * 3, [1.0] * 3])
    return [
        Zone.mesh(trimesh.Trimesh(body.vertices @ turn.T + shift, body.faces, process=False))
        for body in (cube, L_PRISM)
    ]


def check_same(one: PowerDiagram, other: PowerDiagram, scale: float, error: float) -> None:
    """Check that ``other`` has the cells of ``one`` times a scale, up to a share of the zone."""
    d, extent = one.zone.dimension, one.zone.extent
    measure = one.zone.measure
    assert abs(other.measures.sum() / scale**d - measure) <= 1e-13 * measure
    np.testing.assert_allclose(other.measures / scale**d, one.measures, rtol=0.0, atol=error * measure)
    # |x - p|^2 is no larger than that to the farthest corner
    reach = np.linalg.norm(one.points - one.zone.bounds[0], axis=1).max() + extent * d
    energies = [np.trace(each.second_moments, axis1=1, axis2=2) for each in (one, other)]
    np.testing.assert_allclose(
        energies[1] / scale ** (d + 2), energies[0], rtol=0.0, atol=2.0 * error * measure * reach**2
    )


@SYMMETRY
@given(planar_or_spatial, st.randoms(use_true_random=False))
def test_permutation(given_sites: Weighted, random: object) -> None:
    order = np.arange(len(given_sites.sites))
    random.shuffle(order)  # type: ignore[attr-defined]
    zone = UNITS[given_sites.sites.shape[1]]
    plain, shuffled = given_sites.solve(zone), given_sites.rows(order).solve(zone)
    error = given_sites.error(zone)
    np.testing.assert_allclose(shuffled.measures, plain.measures[order], rtol=0.0, atol=error)
    held = np.flatnonzero(shuffled.measures > error)
    np.testing.assert_allclose(
        shuffled.centroids[held] * shuffled.measures[held, None],
        plain.centroids[order[held]] * plain.measures[order[held], None],
        rtol=0.0,
        atol=2.0 * error,
    )


@SYMMETRY
@given(planar_or_spatial, st.data())
def test_symmetries_of_the_box(given_sites: Weighted, data: st.DataObject) -> None:
    d = given_sites.sites.shape[1]
    turn = data.draw(st.sampled_from(signed_permutations(d)))
    moved = given_sites.moved(turn, 0.5 - turn @ np.full(d, 0.5))
    check_same(given_sites.solve(UNITS[d]), moved.solve(UNITS[d]), 1.0, given_sites.error(UNITS[d]))


@settings(SYMMETRY, max_examples=12)
@given(planar_or_spatial, angles, st.floats(-3.0, 3.0))
def test_rigid_motion(given_sites: Weighted, turns: tuple[float, float, float], shift: float) -> None:
    d = given_sites.sites.shape[1]
    turn, move = rotation(turns, d), np.full(d, shift)
    moved = given_sites.moved(turn, move)
    both = zip(turned_zones(np.eye(d), 0.0 * move), turned_zones(turn, move), strict=True)
    for zone, other in both:
        # coordinates up to 5 have lost three places before the diagram is asked for
        check_same(given_sites.solve(zone), moved.solve(other), 1.0, 8.0 * given_sites.error(zone))


@SYMMETRY
@given(planar_or_spatial, st.floats(-6.0, 6.0))
def test_scaling(given_sites: Weighted, decades: float) -> None:
    d, scale = given_sites.sites.shape[1], 10.0**decades
    moved = given_sites.moved(np.eye(d), np.zeros(d), scale)
    plain, other = given_sites.solve(UNITS[d]), moved.solve(Zone.box([0.0] * d, [scale] * d))
    check_same(plain, other, scale, given_sites.error(UNITS[d]))


@SYMMETRY
@given(planar_or_spatial, st.integers(-20, 20))
def test_scaling_by_powers_of_two_is_exact(given_sites: Weighted, power: int) -> None:
    d, scale = given_sites.sites.shape[1], 2.0**power
    moved = given_sites.moved(np.eye(d), np.zeros(d), scale)
    plain, other = given_sites.solve(UNITS[d]), moved.solve(Zone.box([0.0] * d, [scale] * d))
    assert (other.measures / scale**d).tobytes() == plain.measures.tobytes()


@SYMMETRY
@given(planar_or_spatial, st.sampled_from([0.125, -3.0, 1024.0]))
def test_common_weight(given_sites: Weighted, more: float) -> None:
    zone = UNITS[given_sites.sites.shape[1]]
    heavier = Weighted(given_sites.sites, given_sites.weights + more)
    check_same(given_sites.solve(zone), heavier.solve(zone), 1.0, given_sites.error(zone))


@SYMMETRY
@given(planar_or_spatial, st.data())
def test_duplicated_site_is_empty(given_sites: Weighted, data: st.DataObject) -> None:
    count, zone = len(given_sites.sites), UNITS[given_sites.sites.shape[1]]
    which, copies = data.draw(st.integers(0, count - 1)), data.draw(st.integers(1, 3))
    lighter = data.draw(st.sampled_from([0.0, 0.25]))
    doubled = given_sites.rows(np.append(np.arange(count), np.full(copies, which)))
    doubled.weights[count:] -= lighter
    plain, other = given_sites.solve(zone), doubled.solve(zone)
    assert other.measures[:count].tobytes() == plain.measures.tobytes()
    assert not other.measures[count:].any()


@SYMMETRY
@given(planar_or_spatial, st.sampled_from([1e6, -1e6]))
def test_far_from_the_origin(given_sites: Weighted, shift: float) -> None:
    d = given_sites.sites.shape[1]
    far = given_sites.moved(np.eye(d), np.full(d, shift)).solve(
        Zone.box(UNITS[d].bounds[0] + shift, UNITS[d].bounds[1] + shift)
    )
    plain, error = given_sites.solve(UNITS[d]), given_sites.error(UNITS[d])
    assert abs(far.measures.sum() - 1.0) <= 1e-13
    np.testing.assert_allclose(far.measures, plain.measures, rtol=0.0, atol=error)


@SYMMETRY
@given(planar_or_spatial)
def test_random_points_are_where_the_power_is_least(given_sites: Weighted) -> None:
    d = given_sites.sites.shape[1]
    cells, points = given_sites.solve(UNITS[d]), random_points(UNITS[d], 4000, 1)
    squares = ((points[:, None] - given_sites.sites) ** 2).sum(axis=2) - given_sites.weights
    best = squares.argmin(axis=1)
    assert np.array_equal(cells.locate(points), best)
    # each point is inside all facets of its cell, so the cells are no smaller than they should be
    facets = cells.facets
    inner = facets.neighbours >= 0
    for cell, other in zip(facets.cells[inner], facets.neighbours[inner], strict=True):
        own = points[best == cell]
        arm = given_sites.sites[other] - given_sites.sites[cell]
        middle = facets.centroids[(facets.cells == cell) & (facets.neighbours == other)][0]
        assert ((own - middle) @ arm <= 1e-12).all()
    share = np.bincount(best, minlength=len(cells)) / len(points)
    spread = np.sqrt(cells.measures * (1.0 - cells.measures) / len(points))
    assert (np.abs(share - cells.measures) <= 5.0 * spread + 5.0 / len(points)).all()
