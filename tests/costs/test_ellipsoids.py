"""Costs with a metric of each site's own: against ellipses, ellipsoids and brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from geomot import Zone, general_costs, minimization_diagram
from geomot.kernels.simplices import Floats, Ints


def quadratic(matrices: Floats, sites: Floats) -> dict[str, Any]:
    """Return (x - p_b)^T A_b (x - p_b) with its derivatives."""
    eigenvalues = 2.0 * np.linalg.eigvalsh(matrices)

    def value(points: Floats, who: Ints) -> Floats:
        arms = points - sites[who]
        return np.einsum("...i,...ij,...j->...", arms, matrices[who], arms)

    def gradient(points: Floats, who: Ints) -> Floats:
        return 2.0 * np.einsum("...ij,...j->...i", matrices[who], points - sites[who])

    def curvature(centers: Floats, radii: Floats, who: Ints) -> tuple[Floats, Floats]:
        return eigenvalues[who, 0], eigenvalues[who, -1]

    return {
        "count": len(sites),
        "dimension": sites.shape[1],
        "values": value,
        "gradients": gradient,
        "curvatures": curvature,
    }


def turned(semiaxes: list[float], seed: int) -> Floats:
    """Return the matrix of an ellipsoid that lies askew."""
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(semiaxes),) * 2))
    return np.asarray(rotation @ np.diag(np.array(semiaxes) ** -2.0) @ rotation.T)


def box(dimension: int, half: float, around: float = 0.0) -> Zone:
    """Return a box around a place on the diagonal."""
    return Zone.box([around - half] * dimension, [around + half] * dimension)


def against_nothing(matrix: Floats, around: float = 0.0) -> dict[str, Any]:
    """Return costs whose first cell is an ellipsoid: the second one is 1 everywhere."""
    d = len(matrix)
    functions = quadratic(np.stack([matrix, np.zeros((d, d))]), np.full((2, d), around))
    return functions | {"offset": [0.0, 1.0]}


@pytest.mark.parametrize(
    ("semiaxes", "around"), [([1.0, 0.4], 0.0), ([1.0, 0.4], 1e4), ([0.9, 0.6, 0.3], 0.0)]
)
def test_an_ellipsoid_has_its_measure(semiaxes: list[float], around: float) -> None:
    d = len(semiaxes)
    zone = box(d, 1.5, around)
    tolerance = {2: 1e-9, 3: 1e-3}[d]
    costs = general_costs(**against_nothing(turned(semiaxes, 3), around))
    diagram = minimization_diagram(costs, zone, tolerance)
    ball = {2: np.pi, 3: 4.0 / 3.0 * np.pi}[d]
    whole = 3.0**d
    assert diagram.measures[0] == pytest.approx(ball * np.prod(semiaxes), abs=2.0 * tolerance * whole)
    assert diagram.measures.sum() == pytest.approx(whole, rel=1e-9)


def test_boundaries_of_regions_lie_on_the_ellipse() -> None:
    zone = box(2, 1.5)
    matrix = turned([1.0, 0.4], 3)
    diagram = minimization_diagram(general_costs(**against_nothing(matrix)), zone, 1e-6)
    vertices = np.array(diagram.regions(tolerance=1e-5)[0].polygon.exterior.coords)
    np.testing.assert_allclose(np.einsum("ni,ij,nj->n", vertices, matrix, vertices), 1.0, atol=1e-12)


def test_anisotropic_cells_are_those_of_the_least_cost_everywhere() -> None:
    zone = box(2, 1.0)
    rng = np.random.default_rng(8)
    matrices = np.stack([turned(list(rng.uniform(0.5, 1.5, 2)), seed) for seed in range(6)])
    functions = quadratic(matrices, rng.uniform(-1.0, 1.0, (6, 2)))
    diagram = minimization_diagram(general_costs(**functions), zone, 1e-5)
    points = rng.uniform(-1.0, 1.0, (4000, 2))
    values = np.stack([functions["values"](points, np.full(4000, b)) for b in range(6)])
    np.testing.assert_array_equal(diagram.locate(points), values.argmin(axis=0))
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 1001)[:-1] + 1e-3] * 2), -1).reshape(-1, 2)
    least = np.stack([functions["values"](grid, np.full(len(grid), b)) for b in range(6)]).argmin(
        axis=0
    )
    np.testing.assert_allclose(diagram.measures, 4e-6 * np.bincount(least, minlength=6), atol=1e-3)


def test_of_equal_functions_the_first_has_the_cell() -> None:
    zone = box(2, 1.0)
    matrices = np.stack([np.diag([1.0, 0.3])] * 2 + [np.eye(2)])
    sites = np.array([[0.0, 0.0], [0.0, 0.0], [0.5, 0.5]])
    functions = quadratic(matrices, sites)
    three = minimization_diagram(general_costs(**functions), zone, 1e-7).measures
    functions = quadratic(matrices[1:], sites[1:])
    two = minimization_diagram(general_costs(**functions), zone, 1e-7).measures
    np.testing.assert_allclose(three, [two[0], 0.0, two[1]], atol=1e-6)
