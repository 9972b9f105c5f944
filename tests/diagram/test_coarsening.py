"""Collapsing short edges keeps a complex what it was, with fewer and better faces."""

from __future__ import annotations

import numpy as np
import pytest

from geomot import distance_costs
from geomot.diagram.boundaries.cellcomplex import cell_complex, facets
from geomot.diagram.boundaries.refinement import chords, resolve_boundaries
from geomot.diagram.spatial.coarsening import coarsened, face_qualities, least_sines
from geomot.diagram.spatial.snapping import snapped
from geomot.diagram.spatial.surfaces import pinches
from geomot.diagram.subdivision.state import start
from geomot.kernels.simplices import signed_measures
from tests.diagram.meshes import CUBE, random_costs

TOLERANCE = 0.02
SLIVER = np.sin(np.radians(5.0))


@pytest.mark.parametrize("seed", [6, 9, pytest.param(1, marks=pytest.mark.slow)])
def test_what_stays_and_what_gets_better(seed: int) -> None:
    costs = random_costs(seed)
    state = start(costs, CUBE.triangulation, 1, conforming=True)
    state = resolve_boundaries(costs, state, TOLERANCE)
    plain = cell_complex(costs, state.mesh, state.labels)
    moved = snapped(costs, state.mesh, state.labels, TOLERANCE)
    whole = coarsened(costs, moved, TOLERANCE)

    volumes = signed_measures(whole.vertices[whole.simplices])
    assert volumes.min() > 0.0 and volumes.sum() == pytest.approx(1.0, abs=1e-12)
    sides = facets(whole)
    assert len(pinches(whole.vertices, sides)) == 0
    assert chords(costs, whole, sides).max() <= TOLERANCE
    off = np.abs(whole.measures(costs.count) - plain.measures(costs.count))
    assert off.max() < 2.0 * TOLERANCE  # each face moved by less than the tolerance

    before = facets(plain)
    slivers = [
        float((least_sines(part.vertices[faces.corners]) < SLIVER).mean())
        for part, faces in ((plain, before), (whole, sides))
    ]
    assert len(sides.corners) < 0.5 * len(before.corners)
    assert slivers[1] < 0.5 * slivers[0]


def test_least_sines() -> None:
    corners = np.array(
        [
            [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, np.sqrt(0.75), 0.0]],
            [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]],
        ]
    )
    np.testing.assert_allclose(least_sines(corners), [np.sqrt(0.5), np.sqrt(0.75), 0.0], atol=1e-15)


def test_faces_that_face_the_wrong_way_have_negative_quality() -> None:
    costs = distance_costs([[0.2, 0.5, 0.5], [0.8, 0.5, 0.5]])
    corners = np.array([[[0.5, 0.2, 0.2], [0.5, 0.7, 0.2], [0.5, 0.2, 0.7]]])  # seen from x = 1
    turned = corners[:, ::-1]
    right, wrong = (face_qualities(costs, each, np.array([[0, 1]]))[0] for each in (corners, turned))
    assert right == pytest.approx(np.sin(np.pi / 4.0)) and wrong == pytest.approx(-right)
    assert face_qualities(costs, turned, np.array([[0, -1]]))[0] == pytest.approx(right)
    assert face_qualities(costs, turned, np.array([[1, 0]]))[0] == pytest.approx(right)
