"""What rounding of coordinates leaves unknown of a zone."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.verification.zone import Body, rings_edges

RING = np.array([(0.3, 0.1), (51.7, 3.9), (60.1, 55.3), (20.9, 70.2), (-8.8, 33.3)])
PLACE = np.array([5e5, 5e6])


def shoelace(ring: np.ndarray) -> float:
    x, y = ring.T
    return 0.5 * float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def test_blur_covers_what_a_place_far_away_does_and_little_more() -> None:
    rng, lost = np.random.default_rng(1), []
    for _ in range(200):
        ring = RING + rng.random(RING.shape)
        moved, exact = ring + PLACE, shoelace(ring)
        body = Body(rings_edges([moved]))
        lost.append(abs(shoelace(moved - moved[0]) - exact))
        assert lost[-1] <= body.blur
    assert body.blur <= 100.0 * max(lost)
    assert body.blur == pytest.approx(np.spacing(5e6) * 238.0, rel=0.1)  # the perimeter
    assert Body(rings_edges([RING])).blur < 1e-4 * body.blur


def test_blur_in_space_is_that_of_the_surface() -> None:
    box = Body(rings_edges([[(0, 0), (2, 0), (2, 1), (0, 1)]]), (1e6, 1e6 + 3.0))
    assert box.blur == pytest.approx(np.spacing(1e6) * (6.0 * 3.0 + 2.0 * 2.0))
    one = np.array([[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1e6]]])
    area = 0.5 * np.hypot(1e6, 1.0)
    assert Body(np.empty((0, 2, 2)), None, one).blur == pytest.approx(np.spacing(1e6) * area)
