"""The boundary of a zone, and what it leaves unknown where coordinates are rounded."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.verification.zone import Body, enclosed, rings_edges

RING = np.array([(0.3, 0.1), (51.7, 3.9), (60.1, 55.3), (20.9, 70.2), (-8.8, 33.3)])
PLACE = np.array([5e5, 5e6])


def shoelace(ring: np.ndarray) -> float:
    x, y = ring.T
    return 0.5 * float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def test_rounding_far_away_moves_an_area_by_less_than_its_boundary_times_the_spacing() -> None:
    rng, lost = np.random.default_rng(1), []
    for _ in range(200):
        ring = RING + rng.random(RING.shape)
        moved = ring + PLACE
        lost.append(abs(shoelace(moved - moved[0]) - shoelace(ring)))
        bound = np.spacing(5e6) * Body(rings_edges([moved])).surface
        assert lost[-1] <= bound
    assert bound <= 100.0 * max(lost)
    assert bound == pytest.approx(np.spacing(5e6) * 238.0, rel=0.1)  # the perimeter


def test_the_boundary_in_space_is_the_surface() -> None:
    box = Body(rings_edges([[(0, 0), (2, 0), (2, 1), (0, 1)]]), (1e6, 1e6 + 3.0))
    assert box.surface == pytest.approx(6.0 * 3.0 + 2.0 * 2.0)
    one = np.array([[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1e6]]])
    assert Body(np.empty((0, 2, 2)), None, one).surface == pytest.approx(0.5 * np.hypot(1e6, 1.0))


def test_an_area_far_away_is_good_to_what_its_coordinates_are() -> None:
    moved = Body(rings_edges([RING + PLACE]))
    exact = shoelace(RING)
    assert abs(enclosed(moved.edges) - exact) <= np.spacing(5e6) * moved.surface
    assert abs(shoelace(RING + PLACE) - exact) > 1e3 * np.spacing(5e6) * moved.surface  # as it is done
