"""Meshes of power diagrams are conforming: cells share vertices and facets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from geomot import PowerDiagram, Zone, power_diagram
from geomot.kernels.simplices import Floats, facet_measures, measures

FRAME = shapely.box(0, 0, 1, 1) - shapely.box(0.25, 0.25, 0.75, 0.75)
ZONES: dict[str, tuple[Zone, float]] = {  # and the measure of its boundary
    "square": (Zone.box([0, 0], [1, 1]), 4.0),
    "frame": (Zone.polygon(FRAME), 6.0),
    "cube": (Zone.box([0, 0, 0], [1, 1, 1]), 6.0),
    "prism": (Zone.extrusion(FRAME, [0, 0.5]), 2.0 * 0.75 + 6.0 * 0.5),
}


def circle(d: int) -> Floats:
    arms = np.random.default_rng(9).normal(size=(40, d))
    return np.asarray(0.5 + 0.3 * arms / np.linalg.norm(arms, axis=1)[:, None])


SITES: dict[str, Callable[[int], Floats]] = {
    "random": lambda d: np.random.default_rng(5).random((60, d)),
    "lattice": lambda d: np.stack(
        np.meshgrid(*[(np.arange(4) + 0.5) / 4] * d, indexing="ij"), axis=-1
    ).reshape(-1, d),
    "circle": circle,
}


def check(cells: PowerDiagram, boundary: float) -> None:
    mesh = cells.to_meshio()
    simplices, d = mesh.cells[0].data, cells.dimension
    sizes = measures(mesh.points[simplices])
    assert (np.sort(simplices, axis=1)[:, 1:] > np.sort(simplices, axis=1)[:, :-1]).all()
    found = np.bincount(mesh.cell_data["cell"][0], sizes, minlength=len(cells))
    np.testing.assert_allclose(found, cells.measures, atol=1e-12)
    facets = np.concatenate([np.delete(np.sort(simplices), k, axis=1) for k in range(d + 1)])
    unique, times = np.unique(facets, axis=0, return_counts=True)
    assert times.max() == 2
    outer = facet_measures(mesh.points[unique[times == 1]])
    assert outer.sum() == pytest.approx(boundary, rel=1e-9)
    assert not len(cKDTree(mesh.points).query_pairs(1e-11))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("sites", SITES)
def test_cells_share_their_facets(zone: str, sites: str) -> None:
    place, boundary = ZONES[zone]
    points = SITES[sites](place.dimension)
    check(power_diagram(points, np.zeros(len(points)), place), boundary)


def test_cells_are_a_zone_again() -> None:
    rng = np.random.default_rng(1)
    cells = power_diagram(rng.random((20, 3)), 0.02 * rng.random(20), ZONES["cube"][0])
    assert Zone.of(cells.to_pyvista()).measure == pytest.approx(1.0, rel=1e-12)
