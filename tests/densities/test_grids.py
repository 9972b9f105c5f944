"""Densities on grids against scipy, closed forms and exact overlaps of cells and pixels."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from geomot import InvalidDensityError, Zone, distance_costs, grid_density, minimization_diagram
from geomot.cubature.integrands import DensityIntegrand
from geomot.diagram import normalized
from geomot.diagram.subdivision import adaptivity
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.sampling import draw
from geomot.diagram.subdivision.state import cut, start
from geomot.studies import ErrorRecord

PROPERTY = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def entries(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape)


def disk_in_boxes(center: np.ndarray, radius: float, ticks: np.ndarray) -> np.ndarray:
    """Return the areas that a disk has in the boxes of a square grid, in closed form.

    The area of the disk in a quadrant x <= a, y <= b is exact; boxes are differences of four of them.
    """
    x = np.clip((ticks - center[0])[:, None], -radius, radius)
    y = np.clip((ticks - center[1])[None, :], -radius, radius)

    def lower_half(t: np.ndarray) -> np.ndarray:  # integral of sqrt(r^2 - s^2) from -r to t
        root = np.sqrt(radius**2 - t**2)
        return 0.5 * (t * root + radius**2 * (np.arcsin(t / radius) + 0.5 * np.pi))

    root = np.sqrt(radius**2 - y**2)  # the disk's width at height y
    low, high = np.minimum(-root, x), np.minimum(root, x)
    middle = lower_half(high) - lower_half(low) + y * (high - low)
    sides = 2.0 * (lower_half(low) + lower_half(x) - lower_half(high))
    quadrant = middle + np.where(y > 0.0, sides, 0.0)
    return np.diff(np.diff(quadrant, axis=0), axis=1)


def test_the_closed_form_of_disks_in_boxes() -> None:
    ticks = np.linspace(0.0, 1.0, 8)
    areas = disk_in_boxes(np.array([0.45, 0.52]), 0.3, ticks)
    disk = shapely.Point(0.45, 0.52).buffer(0.3, quad_segs=20000)
    for i, j in np.ndindex(areas.shape):
        box = shapely.box(ticks[i], ticks[j], ticks[i + 1], ticks[j + 1])
        assert areas[i, j] == pytest.approx(disk.intersection(box).area, abs=1e-9)
    assert areas.sum() == pytest.approx(np.pi * 0.09, rel=1e-14)


@pytest.mark.parametrize("n", [1, 7, 64, 512])
def test_masses_of_a_disk_against_the_sum_over_the_cells(n: int) -> None:
    numbers = entries((n, n))
    # sites with factors 2 and 1 at distance 0.2: the first has a disk of radius 0.4 / 3 (Apollonius)
    first, second = np.array([0.41, 0.43]), np.array([0.61, 0.43])
    center, radius = first + (first - second) / 3.0, 0.4 / 3.0
    exact = (numbers * disk_in_boxes(center, radius, np.linspace(0.0, 1.0, n + 1))).sum()
    costs = distance_costs([first, second], factor=[2.0, 1.0])
    diagram = minimization_diagram(costs, Zone.box([0.0, 0.0], [1.0, 1.0]), 1e-11)
    masses = diagram.integrate(grid_density(numbers, [0, 0], [1, 1], "constant"))
    np.testing.assert_allclose(masses.values, [exact, numbers.mean() - exact], rtol=0.0, atol=1e-10)
    assert masses.errors.max() < 1e-10
    assert masses.bounded


@pytest.mark.parametrize("n", [5, 24])
def test_masses_of_voronoi_cells_against_shapely(n: int) -> None:
    numbers, rng = entries((n, 2 * n), 1), np.random.default_rng(2)
    outline = (
        shapely.Point(1.0, 0.5).buffer(0.7, quad_segs=3).difference(shapely.box(0.8, 0.3, 1.1, 0.6))
    )
    zone, sites = Zone.polygon(outline), rng.random((6, 2)) * [2.0, 1.0]
    diagram = minimization_diagram(distance_costs(sites, exponent=2.0), zone, 1e-11)
    found = diagram.integrate(grid_density(numbers, [0.1, 0.0], [2.1, 1.0], "constant")).values
    points = shapely.MultiPoint(sites)
    cells = shapely.voronoi_polygons(points, extend_to=outline.envelope.buffer(9.0)).geoms
    x, y = np.linspace(0.1, 2.1, n + 1), np.linspace(0.0, 1.0, 2 * n + 1)
    boxes = shapely.box(x[:-1, None], y[None, :-1], x[1:, None], y[None, 1:])
    for site, mass in zip(sites, found, strict=True):
        cell = next(c for c in cells if c.contains(shapely.Point(site))).intersection(outline)
        exact = (numbers * shapely.area(shapely.intersection(boxes, cell))).sum()
        assert mass == pytest.approx(exact, abs=1e-11)


@pytest.mark.parametrize("shape", [(6, 9), (4, 5, 3)])
@pytest.mark.parametrize("at", ["centers", "corners"])
def test_linear_values_against_scipy(shape: tuple[int, ...], at: str) -> None:
    d, numbers = len(shape), entries(shape, 3)
    lower, upper = np.arange(d) - 1.0, np.arange(d) + 2.0
    density = grid_density(numbers, lower, upper, at=at)  # type: ignore[arg-type]
    ends = [(low, high, n) for low, high, n in zip(lower, upper, shape, strict=True)]
    inset = [0.0 if at == "corners" else 0.5 * (high - low) / n for low, high, n in ends]
    axes = [np.linspace(e[0] + s, e[1] - s, e[2]) for e, s in zip(ends, inset, strict=True)]
    points = np.random.default_rng(4).uniform(lower, upper, (500, d))
    clamped = np.clip(points, [a[0] for a in axes], [a[-1] for a in axes])
    expected = RegularGridInterpolator(axes, numbers)(clamped)
    np.testing.assert_allclose(density.values(points), expected, rtol=1e-12)
    assert not density.values(upper + 1.0 + np.zeros((2, d))).any()
    assert density.values(points.reshape(5, 100, d)).shape == (5, 100)


@pytest.mark.parametrize("interpolation", ["constant", "linear"])
@pytest.mark.parametrize("shape", [(5, 8), (4, 3, 5)])
def test_masses_of_half_spaces_against_fine_sums(shape: tuple[int, ...], interpolation: str) -> None:
    """The bisector x = 1/2 cuts cells; each half is summed by Gauss points in each half cell."""
    d, numbers = len(shape), entries(shape, 5)
    density = grid_density(numbers, np.zeros(d), np.ones(d), interpolation)  # type: ignore[arg-type]
    sites = np.full((2, d), 0.5)
    sites[:, 0] = [0.3, 0.7]
    zone = Zone.box(np.zeros(d), np.ones(d))
    diagram = minimization_diagram(distance_costs(sites, exponent=2.0), zone, 1e-11)
    found = diagram.integrate(density).values
    nodes, weights = np.polynomial.legendre.leggauss(2)
    lines = []
    for axis, n in enumerate(shape):
        ticks = np.unique(np.concatenate([np.arange(2 * n + 1) / (2 * n), [0.5] if axis == 0 else []]))
        width = np.diff(ticks)[:, None]
        lines.append(
            ((ticks[:-1, None] + 0.5 * width * (nodes + 1.0)).ravel(), (0.5 * width * weights).ravel())
        )
    points = np.stack(np.meshgrid(*(line[0] for line in lines), indexing="ij"), axis=-1)
    volumes = np.prod(np.meshgrid(*(line[1] for line in lines), indexing="ij"), axis=0)
    values = density.values(points) * volumes
    left = float(values[lines[0][0] < 0.5].sum())
    np.testing.assert_allclose(found, [left, float(values.sum()) - left], rtol=0.0, atol=1e-12)


def test_a_smooth_raster_tends_to_its_density() -> None:
    """Values of a quadratic at the corners of ever more cells: the error falls like h^2."""
    zone = Zone.box([0.0, 0.0], [1.0, 1.0])
    record = ErrorRecord()
    for n in (4, 8, 16):
        x = np.linspace(0.0, 1.0, n + 1)
        density = grid_density(x[:, None] ** 2 + x[None] ** 2, [0, 0], [1, 1], at="corners")
        record.add(1.0 / n, 1.0 / normalized(density, zone, 1e-12).factor - 2.0 / 3.0)
    assert record.step_factors() == pytest.approx([4.0, 4.0], rel=1e-6)


def test_symmetric_rasters_have_symmetric_masses() -> None:
    quarter = entries((5, 5), 6)
    half = np.concatenate([quarter, quarter[::-1]])
    numbers = np.concatenate([half, half[:, ::-1]], axis=1)
    sites = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]
    for exponent in (1.0, 2.0, 3.0):
        costs = distance_costs(sites, exponent=exponent)
        diagram = minimization_diagram(costs, Zone.box([0, 0], [1, 1]))
        masses = diagram.integrate(grid_density(numbers, [0, 0], [1, 1])).values
        np.testing.assert_allclose(masses, numbers.mean() / 4.0, rtol=1e-9)


@pytest.mark.parametrize("d", [2, 3])
def test_a_grid_smaller_or_larger_than_the_zone(d: int) -> None:
    numbers = entries((3,) * d, 7)
    small = grid_density(numbers, np.full(d, 0.2), np.full(d, 0.6), "constant")
    zone = Zone.box(np.zeros(d), np.ones(d))
    mass = 1.0 / normalized(small, zone, 1e-12).factor
    assert mass == pytest.approx(numbers.mean() * 0.4**d, rel=1e-13)
    large = grid_density(numbers, np.zeros(d), np.full(d, 3.0), "constant")
    mass = 1.0 / normalized(large, zone, 1e-12).factor
    assert mass == pytest.approx(numbers[(0,) * d], rel=1e-13)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_scaled_and_far_away(size: float) -> None:
    numbers, costs = entries((6, 6), 8), [[0.2, 0.3], [0.7, 0.6], [0.4, 0.9]]
    here = minimization_diagram(distance_costs(costs, factor=[1, 2, 3]), Zone.box([0, 0], [1, 1]))
    expected = here.integrate(grid_density(numbers, [0, 0], [1, 1])).values
    origin = np.array([1e3, -1e3]) * size
    sites = origin + size * np.array(costs)
    zone = Zone.box(origin, origin + size)
    there = minimization_diagram(distance_costs(sites, factor=[1, 2, 3]), zone)
    found = there.integrate(grid_density(numbers, origin, origin + size)).values
    np.testing.assert_allclose(found / size**2, expected, rtol=1e-8)


@pytest.mark.parametrize("interpolation", ["constant", "linear"])
@pytest.mark.parametrize("shape", [(9, 4), (1, 1), (5, 3, 7)])
@PROPERTY
@given(seed=st.integers(0, 10**6), size=st.floats(-4.0, 0.5))
def test_upper_bounds_hold(shape: tuple[int, ...], interpolation: str, seed: int, size: float) -> None:
    rng, d = np.random.default_rng(seed), len(shape)
    density = grid_density(entries(shape), np.zeros(d), np.ones(d), interpolation)  # type: ignore[arg-type]
    centers, radii = rng.uniform(-0.5, 1.5, (8, d)), 10.0**size * rng.uniform(0.5, 1.0, 8)
    arms = rng.normal(size=(8, 50, d))
    arms *= rng.random((8, 50, 1)) / np.linalg.norm(arms, axis=2, keepdims=True)
    values = density.values(centers[:, None] + radii[:, None, None] * arms)
    bounds = density.upper_bounds(centers, radii)
    assert (values <= bounds[:, None] * (1.0 + 1e-14)).all()
    assert (bounds <= entries(shape).max()).all()
    assert (density.feature_sizes(centers, radii) > 0.0).all()


def test_one_cell_that_holds_all_is_found_and_drawn_from() -> None:
    numbers = np.zeros((200, 200))
    numbers[137, 42] = 1.0
    zone = Zone.box([0.0, 0.0], [1.0, 1.0])
    density = normalized(grid_density(numbers, [0, 0], [1, 1], "constant"), zone, 1e-9)
    assert 1.0 / density.factor == pytest.approx(1.0 / 200**2, rel=1e-12)
    points = draw(density, zone, 50, np.random.default_rng(0))
    assert (np.floor(200 * points) == [137, 42]).all()
    assert density.feature_sizes(np.array([[0.5, 0.5]]), np.array([0.5])) == 1.0 / 200


def test_points_are_drawn_in_proportion() -> None:
    numbers = np.array([[1.0, 3.0], [0.0, 4.0]])
    zone = Zone.box([0.0, 0.0], [2.0, 2.0])
    density = normalized(grid_density(numbers, [0, 0], [2, 2], "constant"), zone, 1e-9)
    points = draw(density, zone, 4000, np.random.default_rng(1))
    counts, _, _ = np.histogram2d(*points.T, bins=2, range=[[0, 2], [0, 2]])
    assert counts[1, 0] == 0
    np.testing.assert_allclose(counts / 4000, numbers / 8.0, atol=0.03)


def test_no_mass_in_the_zone() -> None:
    numbers = np.zeros((4, 4))
    numbers[0, 0] = 1.0
    density = grid_density(numbers, [0, 0], [4, 4], "constant")
    with pytest.raises(InvalidDensityError, match="mass in the zone is at most 0; expected a positive"):
        normalized(density, Zone.box([2.5, 2.5], [4.0, 4.0]), 1e-9)
    with pytest.raises(InvalidDensityError, match="has no smooth logarithm; expected one that is"):
        density.log_values(np.zeros((1, 2)))
    assert not density.smooth


@pytest.mark.parametrize(
    ("numbers", "corners", "options", "match"),
    [
        (
            np.ones(3),
            ([0.0], [1.0]),
            {},
            r"numbers of shape \(3,\) in a box with corners of shapes \(1,\)",
        ),
        (np.ones((2, 2)), ([0, 0, 0], [1, 1, 1]), {}, r"shape \(2, 2\) in a box .* \(3,\); expected"),
        (np.ones((0, 2)), ([0, 0], [1, 1]), {}, r"numbers of shape \(0, 2\)"),
        (
            np.ones((2, 2)),
            ([0, 1], [1, 1]),
            {},
            r"box from \[0.0, 1.0\] to \[1.0, 1.0\]; expected finite",
        ),
        (np.ones((2, 2)), ([0, 0], [1, np.inf]), {}, "expected finite corners with lower < upper"),
        (
            [[1.0, np.nan]],
            ([0, 0], [1, 1]),
            {},
            r"1 numbers that are no densities, the first nan at index",
        ),
        ([[1.0], [-2.0]], ([0, 0], [1, 1]), {}, r"the first -2 at index \(1, 0\); expected finite"),
        ([[np.inf]], ([0, 0], [1, 1]), {}, "the first inf at index"),
        (np.zeros((2, 2)), ([0, 0], [1, 1]), {}, "no number above 0; expected one at least"),
        (
            np.ones((2, 2)),
            ([0, 0], [1, 1]),
            {"interpolation": "cubic"},
            "interpolation 'cubic' at 'cen",
        ),
        (np.ones((2, 2)), ([0, 0], [1, 1]), {"at": "edges"}, "at 'edges'; expected 'constant' or"),
        (
            np.ones((2, 2)),
            ([0, 0], [1, 1]),
            {"interpolation": "constant", "at": "corners"},
            "got 'corners' and interpolation 'constant'; expected 'linear'",
        ),
        (np.ones((1, 2)), ([0, 0], [1, 1]), {"at": "corners"}, r"shape \(1, 2\) got 'corners'"),
    ],
)
def test_bad_grids(
    numbers: object, corners: tuple[object, object], options: object, match: str
) -> None:
    with pytest.raises(InvalidDensityError, match=match):
        grid_density(numbers, *corners, **options)  # type: ignore[arg-type]


def test_grids_with_more_cells_than_can_be_integrated_are_refused() -> None:
    fine = grid_density(np.ones((700, 700)), [0, 0], [1, 1], "constant")
    with pytest.raises(InvalidDensityError, match=r"about 9.8e\+05 simplices; .* of 591 x 591 cells"):
        normalized(fine, Zone.box([0, 0], [1, 1]), 1e-6)
    # of which a small zone holds few
    part = normalized(fine, Zone.box([0.1, 0.1], [0.2, 0.3]), 1e-6)
    assert part.factor == pytest.approx(50.0, rel=1e-9)


def test_cells_of_two_grids_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    square, sites = Zone.box([0, 0], [1, 1]), distance_costs([[0.2, 0.5], [0.7, 0.5]])
    one, other = (grid_density(np.ones((n, n)), [0, 0], [1, 1], "constant") for n in (30, 21))
    monkeypatch.setattr(adaptivity, "PARTS", 2000)
    for each in (one, other):  # 1800 and 882 simplices
        assert normalized(each, square, 1e-3).factor == pytest.approx(1.0)
    state = cut(start(sites, square.triangulation, 1), one.breaks[0])
    with pytest.raises(InvalidDensityError, match=r"simplices; expected at most 2e\+03"):
        subdivide(sites, state, DensityIntegrand(other, 1.0), 1e-3)


@pytest.mark.parametrize("d", [2, 3])
def test_meshes_follow_one_grid_still_when_cut_along_another(d: int) -> None:
    zone, costs = Zone.box([0.0] * d, [1.0] * d), distance_costs([[0.2] * d, [0.7] * d])
    shapes = (7,) * d, (6,) * d
    grids = [grid_density(entries(n), [0.0] * d, [1.0] * d, "constant") for n in shapes]
    state = start(costs, zone.triangulation, 1)
    for grid in grids:
        state = cut(state, grid.breaks[0])
    corners = state.mesh.corners[state.sizes > 1e-12]
    assert state.sizes.sum() == pytest.approx(1.0)
    for grid, n in zip(grids, (7, 6), strict=True):
        boxes = np.floor(n * corners.mean(axis=1, keepdims=True))
        assert (np.abs(n * corners - boxes - 0.5) <= 0.5 + 1e-9).all()
        product = grid.values(corners.mean(axis=1)) @ state.sizes[state.sizes > 1e-12]
        assert product == pytest.approx(grid.entries.mean())
