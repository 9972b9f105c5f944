"""Points drawn from a density against its closed forms and rasters; seeds are fixed."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy import stats

from geomot.densities import Scaled, Uniform, gaussian, mixture
from geomot.diagram import normalized
from geomot.diagram.subdivision import sampling
from geomot.diagram.subdivision.sampling import draw
from geomot.errors import UnresolvedError
from geomot.geometry import Zone

LIKELY = 1e-3  # p-values of fixed seeds are above
UNIT = Zone.box([0, 0], [1, 1])
OUTLINE = shapely.Polygon(
    [(0, 0), (10, 0), (10, 8), (4, 8), (4, 3), (0, 3)], [[(6, 2), (8, 2), (8, 5), (6, 5)]]
)


def drawn(density, zone, count, seed=0):
    return draw(normalized(density, zone, 1e-9), zone, count, np.random.default_rng(seed))


def cut_off(mean, std, lower=0.0, upper=1.0):
    """Return a normal distribution restricted to an interval."""
    return stats.truncnorm((lower - mean) / std, (upper - mean) / std, mean, std)


def cell_counts(points, lower, upper, cells):
    edges = [np.linspace(low, high, n + 1) for low, high, n in zip(lower, upper, cells, strict=True)]
    return np.histogramdd(points, edges)[0].ravel()


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        ((0.4, 0.5), (0.2, 0.2)),
        ((0.3, 0.9), (0.5, 0.02)),  # a ridge
        ((0.0, 0.0), (1e-3, 1e-3)),  # narrow, in a corner
        ((0.7, 0.1), (5e-3, 3.0)),
        ((-1.0, 0.5), (0.3, 0.3)),  # only its tail is in the zone
        ((0.5, 0.5), (50.0, 50.0)),  # flat
    ],
)
def test_gaussians_in_a_box_are_normal_along_each_axis(mean, std):
    points = drawn(mixture([1.0], [mean], [std]), UNIT, 4000)
    assert points.shape == (4000, 2)
    for axis in range(2):
        law = cut_off(mean[axis], std[axis])
        assert stats.kstest(points[:, axis], law.cdf).pvalue > LIKELY
    assert stats.spearmanr(*points.T).pvalue > LIKELY  # its axes are independent


def test_a_box_that_is_no_unit_square_and_not_at_the_origin():
    zone = Zone.box([-300, 1000], [100, 1010])
    points = drawn(gaussian([0, 1000], 80), zone, 4000)
    assert stats.kstest(points[:, 0], cut_off(0, 80, -300, 100).cdf).pvalue > LIKELY
    assert stats.kstest(points[:, 1], cut_off(1000, 80, 1000, 1010).cdf).pvalue > LIKELY


def test_in_space_gaussians_are_normal_along_each_axis():
    zone = Zone.box([0, 0, 0], [1, 1, 1])
    mean, std = (0.2, 1.0, 0.5), (0.1, 0.05, 0.8)
    points = drawn(mixture([1.0], [mean], [std]), zone, 3000)
    for axis in range(3):
        law = cut_off(mean[axis], std[axis])
        assert stats.kstest(points[:, axis], law.cdf).pvalue > LIKELY
    counts = cell_counts(points, (0, 0, 0), (1, 1, 1), (2, 2, 2))
    joint = np.ones(1)
    for axis in range(3):
        half = cut_off(mean[axis], std[axis]).cdf(0.5)
        joint = np.outer(joint, [half, 1.0 - half]).ravel()
    many = joint > 1e-3
    assert counts[~many].sum() <= 20
    expected = joint[many] / joint[many].sum() * counts[many].sum()
    assert stats.chisquare(counts[many], expected).pvalue > LIKELY


def raster_shares(polygon, density, cells, size):
    """Return the shares of a density in the cells of a grid, by midpoints within a polygon."""
    (low_x, low_y, high_x, high_y) = polygon.bounds
    x = low_x + (np.arange(size) + 0.5) / size * (high_x - low_x)
    y = low_y + (np.arange(size) + 0.5) / size * (high_y - low_y)
    points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    values = density(points) * shapely.contains_xy(polygon, points[..., 0], points[..., 1])
    nx, ny = cells
    blocks = values.reshape(nx, size // nx, ny, size // ny).sum(axis=(1, 3))
    return blocks.ravel() / blocks.sum()


@pytest.mark.parametrize(
    "density", [Uniform(), gaussian([7.0, 3.5], 1.5), mixture([3, 1], [[1, 1], [9, 7]], [0.7, 1.2])]
)
def test_polygon_with_a_hole_has_as_many_in_each_cell_as_the_density_asks(density):
    zone = Zone.polygon(OUTLINE)
    points = drawn(density, zone, 20_000, 1)
    assert shapely.intersects_xy(OUTLINE.buffer(1e-12), *points.T).all()
    cells = (20, 16)  # the outline and the hole run along them
    counts = cell_counts(points, (0, 0), (10, 8), cells)
    shares = raster_shares(OUTLINE, density.values, cells, 1600)
    assert (counts[shares == 0.0] == 0).all()
    many = shares * 20_000 > 5.0
    rest = counts[~many].sum(), shares[~many].sum()
    observed = np.append(counts[many], rest[0])
    expected = 20_000 * np.append(shares[many], rest[1])
    if expected[-1] < 5.0:
        observed, expected = observed[:-1], expected[:-1] * observed[:-1].sum() / expected[:-1].sum()
    assert stats.chisquare(observed, expected).pvalue > LIKELY


def test_uniform_in_an_extrusion_with_a_hole():
    zone = Zone.extrusion(OUTLINE, (5.0, 7.0))
    points = drawn(Uniform(), zone, 8000, 2)
    assert shapely.intersects_xy(OUTLINE.buffer(1e-12), points[:, 0], points[:, 1]).all()
    counts = cell_counts(points, (0, 0, 5), (10, 8, 7), (10, 8, 2))
    squares = [shapely.box(x, y, x + 1, y + 1) for x in range(10) for y in range(8)]
    areas = np.repeat([square.intersection(OUTLINE).area for square in squares], 2)
    assert counts.sum() == 8000
    assert (counts[areas == 0.0] == 0).all()
    expected = 8000 * areas / areas.sum()
    assert stats.chisquare(counts[areas > 0.0], expected[areas > 0.0]).pvalue > LIKELY


def test_narrow_bells_far_apart_have_their_weights():
    density = mixture([1, 2, 5], [[0, 0], [1000, 1000], [400, 700]], [0.1, 0.2, 5.0])
    zone = Zone.box([0, 0], [1000, 1000])
    points = drawn(density, zone, 4000, 3)
    near = [
        (np.linalg.norm(points - place, axis=1) < 50.0).sum()
        for place in ((0, 0), (1000, 1000), (400, 700))
    ]
    assert sum(near) == 4000
    # in the corners only a quarter of a bell is in the zone
    assert stats.chisquare(near, 4000 * np.array([0.25, 0.5, 5.0]) / 5.75).pvalue > LIKELY


@pytest.mark.parametrize(
    ("mean", "std"), [((0.0, 1.0), 0.3), ((0.0, 1.0), 1e-5), ((0.5, 0.5), 1e-5), ((1.3, -0.1), 0.3)]
)
def test_all_points_are_in_the_zone(mean, std):
    points = drawn(gaussian(mean, std), UNIT, 2000)
    assert UNIT.contains(points).all()
    assert ((points >= 0.0) & (points <= 1.0)).all()


def test_the_order_of_points_says_nothing():
    points = drawn(gaussian([0.2, 0.8], 0.3), UNIT, 4000, 4)
    for axis in range(2):
        assert stats.ks_2samp(points[:2000, axis], points[2000:, axis]).pvalue > LIKELY
        assert stats.spearmanr(points[1:, axis], points[:-1, axis]).pvalue > LIKELY


def test_every_point_is_drawn_for_itself():
    points = drawn(Uniform(), UNIT, 5000)
    assert len(np.unique(points, axis=0)) == 5000
    assert stats.kstest(points[:, 0], "uniform").pvalue > LIKELY


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("zone", [UNIT, Zone.box([0, 0, 0], [1, 1, 1])])
def test_few_points_or_none(zone, count):
    assert drawn(Uniform(), zone, count).shape == (count, zone.dimension)


def test_the_same_generator_draws_the_same_points():
    again = [drawn(Uniform(), UNIT, 5, seed).tolist() for seed in (1, 1, 2)]
    assert again[0] == again[1] != again[2]


class Loose(Uniform):
    """A uniform density whose bounds do not fall with the balls."""

    def upper_bounds(self, centers, radii):
        """Return far more than the values."""
        return np.full(len(centers), 1e3)


def test_bounds_that_never_fall_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST", 1000)
    with pytest.raises(UnresolvedError, match=r"type Loose .* check `upper_bounds`"):
        draw(Scaled(Loose(), 1.0), UNIT, 3, np.random.default_rng(0))
