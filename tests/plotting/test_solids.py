from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest
import shapely
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from geomot import Zone, distance_costs, minimization_diagram
from geomot.plotting import encode_png, plot_regions
from geomot.plotting.colors import INK
from geomot.plotting.panels import NEARER, frame_of
from geomot.plotting.raster import rasterized
from geomot.plotting.scene import Scene
from geomot.plotting.views import cut_away, exploded
from tests.export.pixels import COLORED, read_png
from tests.export.spatial import around, courtyard, hall


@cache
def hall_scene() -> Scene:
    return Scene(hall())


@cache
def dozen() -> tuple[Figure, np.ndarray]:
    """Return the figure of twelve regions, and its pixels."""
    figure = plot_regions(hall(12))
    return figure, read_png(encode_png(figure))


def areas(corners: np.ndarray) -> np.ndarray:
    arms = corners[:, 1:] - corners[:, :1]
    return 0.5 * np.linalg.norm(np.cross(arms[:, 0], arms[:, 1]), axis=1)


@pytest.mark.benchmark
def test_a_dozen_regions_are_drawn_quickly() -> None:
    solution = hall(12)
    began = time.process_time()
    encode_png(plot_regions(solution))
    assert time.process_time() - began < 10.0


def test_a_dozen_regions_are_drawn_in_their_colours() -> None:
    _, image = dozen()
    fills = Scene(hall(12)).fills
    assert len(set(fills)) == 12
    colors = np.array([to_rgb(fill) for fill in fills])
    shades = image[np.ptp(image, axis=2) > COLORED]
    shades = shades / np.linalg.norm(shades, axis=1, keepdims=True)
    closest = (shades @ (colors / np.linalg.norm(colors, axis=1, keepdims=True)).T).argmax(axis=1)
    assert (np.bincount(closest, minlength=12) > 1000).all()


def test_neighbours_in_space_differ_in_colour() -> None:
    scene = hall_scene()
    pairs = scene.partition.sides.cells
    for one, other in pairs[pairs[:, 1] >= 0]:
        assert scene.fills[one] != scene.fills[other]


def test_figure_says_what_it_shows() -> None:
    figure = plot_regions(hall())
    apart, opened = figure.axes
    assert "snr: average sub-synchronization time 4.000 ms" in figure.get_suptitle()
    assert [text.get_text() for text in figure.texts[:2]] == [
        "moved apart",
        "in place, without the nearest corner",
    ]
    labels = [axis.get_label_text() for axis in (opened.xaxis, opened.yaxis, opened.zaxis)]
    assert labels == ["x [m]", "y [m]", "z [m]"]
    assert sorted(text.get_text().split("\n")[0] for text in apart.texts) == [
        server.name for server in hall().servers
    ]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "server, in the colour of its region; not where others hide it"
    ]


@pytest.mark.parametrize("place", [(0.0, 0.0), (602_000.0, 5_340_000.0)])
def test_no_label_of_an_axis_is_cut(place: tuple[float, float]) -> None:
    ell = shapely.Polygon([(0, 0), (60, 0), (60, 24), (24, 24), (24, 50), (0, 50)])
    zone = Zone.extrusion(shapely.affinity.translate(ell, *place), (0.0, 10.0))
    sites = np.array([[10.0, 10.0, 3.0], [45.0, 12.0, 4.0]])
    sites[:, :2] += place
    diagram = minimization_diagram(distance_costs(sites), zone, 0.9)
    figure = plot_regions(around(diagram, sites, ["door", "press"]))
    figure.canvas.draw()
    whole, texts = figure.bbox, []
    for axis in figure.axes[1]._axis_map.values():
        low, high = sorted(axis.get_view_interval())
        ticks = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
        texts += [axis.label, *ticks]
    assert len([text for text in texts if text.get_text()]) > 12
    assert max(len(text.get_text()) for text in texts if "[m]" not in text.get_text()) <= 2
    far = ["x - 602,000 [m]", "y - 5,340,000 [m]", "z [m] (stretched)"]
    names = [text.get_text() for text in texts if "[m]" in text.get_text()]
    assert names == (far if place[0] else ["x [m]", "y [m]", far[2]])
    for text in texts:
        box = text.get_window_extent()
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1, text.get_text()
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1, text.get_text()


def test_labels_do_not_overlap() -> None:
    figure, _ = dozen()
    boxes = [text.get_bbox_patch().get_window_extent() for text in figure.axes[0].texts]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:k])


def test_what_is_seen_is_the_nearest_face() -> None:
    scene = Scene(hall(7))
    body = exploded(scene.patches, scene.offsets)
    raster = rasterized(body, frame_of(scene.scale), 0.01)
    rng = np.random.default_rng(0)
    for i, j in rng.choice(np.argwhere(raster.faces >= 0), 50):
        face = raster.faces[i, j]
        spot = raster.lower + raster.width * (np.array([i, j]) + 0.5)
        corners = body.corners @ raster.frame
        system = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=2)
        flat = np.abs(np.linalg.det(system[:, :2])) < 1e-12
        away = (spot - corners[:, 0, :2])[:, :, None]
        shares = np.linalg.solve(np.where(flat[:, None, None], np.eye(2), system[:, :2]), away)[:, :, 0]
        inside = ~flat & (shares >= 0.0).all(axis=1) & (shares.sum(axis=1) <= 1.0)
        depths = corners[:, 0, 2] + np.einsum("nk,nk->n", system[:, 2], shares)
        assert raster.depths[i, j] == pytest.approx(depths[inside].max(), abs=1e-6)
        assert inside[face] or depths[face] == pytest.approx(depths[inside].max(), abs=1e-6)


def test_marks_and_labels_are_where_their_regions_are_in_sight() -> None:
    scene = Scene(hall(12))
    raster = rasterized(exploded(scene.patches, scene.offsets), frame_of(scene.scale), 0.004)
    places = scene.positions + scene.offsets
    shown = np.array([raster.shows(server, place, 0.02) for server, place in enumerate(places)])
    assert shown.any() and not shown.all()
    for server in range(12):
        anchor = raster.anchor(server)
        assert anchor is not None
        dot = ((anchor - raster.lower) / raster.width).astype(int)
        assert raster.cells[tuple(dot)] == server
    assert raster.anchor(99) is None
    assert not raster.shows(0, np.array([1e4, 0.0, 0.0]), 0.02)


def test_hidden_servers_have_no_mark() -> None:
    figure, _ = dozen()
    marks = figure.axes[0].collections[0]
    assert 0 < len(marks.get_offsets()) < 12


def test_edges_are_unbroken() -> None:
    scene = hall_scene()
    body = cut_away(scene.partition, scene.patches, np.array([50.0, 40.0, 20.0]), NEARER)
    raster = rasterized(body, frame_of(scene.scale), 0.002)
    ink = raster.ink()
    # the upright edge of the notch, and its nearest corner, in sight from end to end
    for start, end in (([50, 40, 20], [50, 40, 40]), ([50, 40, 20], [50, 0, 20])):
        line = np.linspace(start, end, 300)
        assert ink[tuple(raster.dots(line).T)].all()
    assert not ink.all()
    figure = plot_regions(hall())
    dark = np.abs(read_png(encode_png(figure)) - to_rgb(INK)).max(axis=2) < 0.02
    assert dark.mean() < 0.1


def test_holes_empty_regions_and_mathematical_names_are_drawn() -> None:
    figure = plot_regions(courtyard())
    assert len(encode_png(figure)) > 10_000
    assert len(figure.axes[0].texts) == 3  # the fourth stands far away


def test_flat_zones_are_stretched_and_say_so_and_many_servers_have_no_labels() -> None:
    rng = np.random.default_rng(0)
    sites = rng.uniform([0.0, 0.0, 0.0], [1000.0, 800.0, 30.0], (17, 3))
    diagram = minimization_diagram(
        distance_costs(sites, exponent=2), Zone.box([0, 0, 0], [1000, 800, 30]), 0.1
    )
    figure = plot_regions(around(diagram, sites, [f"s{k}" for k in range(17)]))
    assert figure.axes[1].zaxis.get_label_text() == "z [m] (stretched)"
    assert len(figure.axes[0].texts) == 0


def test_same_figure_same_bytes() -> None:
    assert encode_png(plot_regions(courtyard())) == encode_png(plot_regions(courtyard()))


@pytest.mark.parametrize("corner", [[50.0, 40.0, 20.0], [31.0, 22.0, 9.0], [0.0, 80.0, 0.0]])
def test_what_is_cut_away_leaves_a_closed_surface(corner: list[float]) -> None:
    scene = hall_scene()
    body = cut_away(scene.partition, scene.patches, np.array(corner), NEARER)
    # the notch of a box has as much surface as what it takes away
    assert areas(body.corners).sum() == pytest.approx(2.0 * (100 * 80 + 80 * 40 + 100 * 40), rel=1e-12)
    # its three outer faces have the area of the zone's, less what the notch takes from each
    notch = np.abs(np.array(corner) - [100.0, 0.0, 40.0])
    taken = np.array([notch[1] * notch[2], notch[0] * notch[2], notch[0] * notch[1]])
    sides = np.array([80.0 * 40.0, 100.0 * 40.0, 100.0 * 80.0])
    for axis, end in enumerate((100.0, 0.0, 40.0)):
        on = (np.abs(body.corners[:, :, axis] - end) < 1e-9).all(axis=1)
        expected = sides[axis] - taken[axis] * (corner[axis] != end)
        assert areas(body.corners[on]).sum() == pytest.approx(expected, rel=1e-9)


def test_sections_have_the_colours_of_the_cells_they_cut() -> None:
    scene = hall_scene()
    corner = np.array([50.0, 40.0, 20.0])
    body = cut_away(scene.partition, scene.patches, corner, NEARER)
    middles = body.corners.mean(axis=1)
    cut = np.zeros(len(middles), dtype=bool)
    for axis in range(3):
        cut |= (np.abs(body.corners[:, :, axis] - corner[axis]) < 1e-9).all(axis=1)
    agree = scene.solution.diagram.locate(middles[cut]) == body.cells[cut]
    sizes = areas(body.corners[cut])
    assert sizes[~agree].sum() < 0.02 * sizes.sum()  # faces are chords


def test_regions_move_away_from_the_middle() -> None:
    scene = hall_scene()
    body = exploded(scene.patches, scene.offsets)
    before = scene.patches.points[scene.patches.faces]
    np.testing.assert_allclose(
        body.corners - before, scene.offsets[body.cells][:, None] + np.zeros((3, 3))
    )
    assert areas(body.corners).sum() == pytest.approx(areas(before).sum())
