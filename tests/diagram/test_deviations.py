"""Bounds of how far cells reach beyond what labels say, against dense sampling."""

from __future__ import annotations

import numpy as np
import pytest

from geomot import distance_costs
from geomot.costs.base import Costs
from geomot.diagram.boundaries.deviations import hidden_depths
from geomot.diagram.subdivision.labelling import label
from geomot.diagram.subdivision.state import Subdivision, start
from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.simplices import Floats

SAMPLES = 1000


def labelled(costs: Costs, corners: Floats) -> Subdivision:
    """Return one simplex with the labels of its vertices."""
    d = corners.shape[1]
    mesh = Mesh(corners, np.arange(d + 1)[None])
    return label(costs, start(costs, mesh, 1, conforming=True), 0.0)


def true_depth(costs: Costs, corners: Floats, labels: Floats, rng: np.random.Generator) -> float:
    """Return how deep cells without a labelled vertex reach into a simplex.

    Of each point in such a cell the distance to the nearest one outside of it, the largest: too large
    by the samples' spacing at most.
    """
    d = corners.shape[1]
    points = rng.dirichlet(np.ones(d + 1), SAMPLES) @ corners
    values = costs.values(points[:, None], np.arange(costs.count)[None])
    best = values.argmin(axis=1)
    hidden = ~np.isin(best, labels)
    if not hidden.any() or hidden.all():
        return 0.0
    inner, outer = points[hidden], points[~hidden]
    nearest = np.linalg.norm(inner[:, None] - outer[None], axis=2).min(axis=1)
    return float(nearest.max())


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_no_hidden_cell_is_deeper_than_its_bound(d: int, exponent: float) -> None:
    rng = np.random.default_rng([d, int(exponent)])
    seen = 0
    for _ in range(600 if exponent == 3.0 else 150):
        size = 10.0 ** rng.uniform(-1.5, 0.0)
        corners = 3.0 * rng.random(d) + size * rng.random((d + 1, d))
        corners[0] = corners[1] + rng.choice([1.0, 0.1]) * (corners[0] - corners[1])  # also needles
        # the last site wins by a little where it stands, and at no vertex if that is little enough
        middle = rng.dirichlet(np.ones(d + 1)) @ corners
        others = distance_costs(rng.random((3, d)), exponent=exponent)
        least = others.values(middle[None], np.arange(3)).min()
        lead = size**exponent * 10.0 ** rng.uniform(-2.0, 0.0)
        costs = distance_costs(
            np.append(others.positions, middle[None], axis=0),
            exponent=exponent,
            factor=[1.0, 1.0, 1.0, 10.0 ** rng.uniform(0.0, 1.5)],
            offset=[0.0, 0.0, 0.0, least - lead],
        )
        state = labelled(costs, corners)
        depth = true_depth(costs, corners, state.labels, rng)
        if depth == 0.0:
            continue
        seen += 1
        assert state.lost[0] > 0.0
        (bound,) = hidden_depths(costs, state, np.array([0]))
        spacing = 2.0 * np.ptp(corners, axis=0).max() * SAMPLES ** (-1.0 / d)
        assert depth <= bound + spacing
    assert seen >= 5


def test_the_bound_of_a_shallow_cap_is_nearly_sharp() -> None:
    # the second cell is a disk of radius 2 / 3 around (4 / 3, 0), cut by the triangle's lower side
    costs = distance_costs([[0.0, 0.0], [1.0, 0.0]], factor=[1.0, 2.0])
    height = 2.0 / 3.0 - 1e-5  # the cap is 1e-5 deep
    corners = np.array(
        [[4.0 / 3.0 - 0.01, height], [4.0 / 3.0 + 0.01, height], [4.0 / 3.0, height + 0.02]]
    )
    state = labelled(costs, corners)
    assert (state.labels == 0).all()
    (bound,) = hidden_depths(costs, state, np.array([0]))
    assert 1e-5 <= bound <= 3e-4  # half the curvature times the radius squared


def test_rounding_ends_the_search() -> None:
    # sites that differ by less than rounding tells apart at the far triangle: nothing to find out
    costs = distance_costs([[0.0, 0.0], [1e-17, 0.0], [0.0, 1e-17]])
    corners = np.array([[1.0, 1.0], [1.001, 1.0], [1.0, 1.001]])
    state = labelled(costs, corners)
    assert hidden_depths(costs, state, np.array([0])).max() <= 1e-12
