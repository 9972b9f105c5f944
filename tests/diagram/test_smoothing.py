"""Moved vertices stay on their bisectors, and faces get better."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.diagram.boundaries.cellcomplex import facets
from geomot.diagram.boundaries.clearance import cleared
from geomot.diagram.boundaries.deviations import loose_sizes
from geomot.diagram.boundaries.refinement import chords, resolve_boundaries
from geomot.diagram.spatial.coarsening import coarsened, least_sines
from geomot.diagram.spatial.smoothing import smoothed
from geomot.diagram.spatial.snapping import snapped
from geomot.diagram.subdivision.labelling import label
from geomot.diagram.subdivision.state import refine, start
from geomot.kernels.simplices import measures, signed_measures
from tests.diagram.meshes import CUBE, random_costs

TOLERANCE = 0.01


@pytest.mark.parametrize("seed", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_smoothing(seed: int) -> None:
    costs = random_costs(seed)
    state = resolve_boundaries(costs, start(costs, CUBE.triangulation, 1, conforming=True), TOLERANCE)
    before = coarsened(costs, snapped(costs, state.mesh, state.labels, TOLERANCE), TOLERANCE)
    after = smoothed(costs, before, TOLERANCE)
    np.testing.assert_array_equal(after.simplices, before.simplices)
    assert (after.vertices != before.vertices).any()
    volumes = signed_measures(after.vertices[after.simplices])
    assert volumes.min() > 0.0 and volumes.sum() == pytest.approx(1.0, abs=1e-12)
    sides = facets(after)
    assert chords(costs, after, sides).max() <= TOLERANCE
    inner = sides.cells[:, 1] >= 0
    points = after.vertices[sides.corners[inner]]
    gap = np.ptp(costs.values(points[:, :, None], sides.cells[inner][:, None]), axis=2)
    assert gap[~after.ties.loose[sides.corners[inner]]].max() < 1e-12
    old, new = (least_sines(part.vertices[sides.corners]) for part in (before, after))
    poor = np.sin(np.radians(5.0))
    assert (new < poor).mean() < 0.5 * (old < poor).mean()


def test_cleared_vertices_keep_the_mesh_and_their_cells() -> None:
    costs = random_costs(7)
    state = start(costs, CUBE.triangulation, 1, conforming=True)
    moved = 0
    for _ in range(12):
        state = label(costs, state, 0.0)
        rows = np.flatnonzero(state.lost > 0.0)
        rows = rows[loose_sizes(costs, state, rows) > 0.0]
        settled = np.zeros(len(state.labels), dtype=bool)
        finer, gone = cleared(costs, state, rows, settled)
        moved += len(gone)
        assert measures(finer.mesh.corners).sum() == pytest.approx(1.0, abs=1e-12)
        np.testing.assert_allclose(finer.sizes, measures(finer.mesh.corners), rtol=1e-9)
        assert np.isnan(finer.lost[np.isin(finer.mesh.simplices, gone).any(axis=1)]).all()
        after = label(costs, finer, 0.0)
        sites = np.arange(costs.count)
        winners = costs.values(after.mesh.vertices[:, None], sites).argmin(axis=1)
        np.testing.assert_array_equal(after.labels, winners)
        np.testing.assert_array_equal(after.labels[gone], state.labels[gone])
        assert len(cleared(costs, state, rows, ~settled)[1]) == 0
        marked = np.zeros(len(after.lost), dtype=bool)
        marked[rows] = True
        state = refine(costs, after, marked)
    assert moved > 0
