from __future__ import annotations

import io
import re
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
import shapely
from matplotlib.colors import to_rgb

import geomot
from geomot.export.drawing import draw
from geomot.plotting import encode_png, plot_regions
from geomot.scenario import Solution
from tests.export.solutions import solved_crowd, solved_paper, solved_u_shape


def pixels(solution: Solution) -> np.ndarray:
    image = matplotlib.image.imread(io.BytesIO(encode_png(plot_regions(solution))), format="png")
    return np.asarray(image)


def test_figure_shows_all_regions_and_is_not_blank() -> None:
    image = pixels(solved_paper())
    assert min(image.shape[:2]) > 600
    assert len(np.unique((255 * image[::4, ::4, :3]).astype(int).reshape(-1, 3), axis=0)) > 500


def test_figure_says_what_it_shows() -> None:
    figure = plot_regions(solved_paper())
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x [m]", "y [m]")
    assert "equilibrium: average sub-synchronization time 19.06 ms" in figure.get_suptitle()
    assert "sensors per km²" in bar.get_ylabel()
    entries = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [entry.split(",")[0] for entry in entries] == [
        "twin density",
        "boundary of a region",
        "server",
    ]
    assert [text.get_text().split("\n")[0] for text in axes.texts] == [
        server.name for server in solved_paper().servers
    ]


def test_what_is_not_solved_says_so() -> None:
    title = plot_regions(solved_paper("fixed-point")).get_suptitle()
    assert "fixed-point: cycled, the last partition and not a solution" in title


@pytest.mark.parametrize(
    ("change", "label"), [({"data": 10e6}, "no time"), ({"count": 50000}, "overloaded")]
)
def test_what_cannot_be_served_says_why(change: dict[str, float], label: str) -> None:
    paper = geomot.paper_scenario()
    assert paper.twins is not None
    solver = paper.solver.model_copy(update={"tolerance": 1e-4})
    twins = paper.twins.model_copy(update=change)
    solution = geomot.solve(paper.model_copy(update={"twins": twins, "solver": solver}))
    figure = plot_regions(solution)
    assert figure.get_suptitle().endswith("infeasible, regions of the best channel")
    assert {text.get_text().split("\n")[1] for text in figure.axes[0].texts} == {label}
    left = [server["render_compute"] for server in solution.as_dict()["servers"]]
    assert (left == [None] * 4) == (label == "no time")


def test_labels_have_the_unit_and_the_digits_of_the_table() -> None:
    solution = solved_paper("fixed-point")
    texts = [text.get_text().split("\n")[1] for text in plot_regions(solution).axes[0].texts]
    assert texts == ["no sensors"] * 3 + ["1,454.1 ms"]


def test_marks_have_the_colours_of_their_regions() -> None:
    axes = plot_regions(solved_u_shape()).axes[0]
    marks = axes.collections[-1].get_facecolor()
    regions = [patch.get_facecolor() for patch in axes.patches[:2]]
    np.testing.assert_allclose(marks[:2, :3], [region[:3] for region in regions])
    np.testing.assert_allclose(marks[2, :3], 0.6)  # without a region


def test_pieces_holes_empty_regions_and_mathematical_names_are_drawn() -> None:
    image = pixels(solved_u_shape())
    colored = np.abs(image[..., :3] - 1.0).max(axis=2) > 0.05
    assert colored.mean() > 0.1
    figure = plot_regions(solved_u_shape())
    entries = [text.get_text() for text in figure.legends[0].get_texts()]
    assert figure.legends[0].get_title().get_text().startswith("sensors: uniform density, ")
    assert "server, in the colour of its region" in entries
    assert "server without sensors" in entries


def test_same_figure_same_bytes() -> None:
    assert encode_png(plot_regions(solved_u_shape())) == encode_png(plot_regions(solved_u_shape()))


def test_pictures_and_files_of_a_solution_have_the_same_colours() -> None:
    solution = solved_crowd()
    shapes = draw(solution, solution.regions).shapes
    fills = [shape.fill for shape in shapes]
    polygons = [region.polygon for region in solution.regions]
    assert len(set(fills)) < len(fills) == 40
    pairs = shapely.STRtree(polygons).query(polygons, predicate="intersects").T
    assert len(pairs) > 100
    assert all(fills[i] != fills[j] for i, j in pairs if i != j)
    figure = plot_regions(solution)
    drawn = [patch.get_facecolor()[:3] for patch in figure.axes[0].patches[: len(fills)]]
    assert drawn == [to_rgb(fill) for fill in fills]
    assert re.findall(r'<path fill="(#\w{6})"', solution._repr_svg_()) == fills
    assert re.findall(r'<path fill="(#\w{6})"', solution.diagram._repr_svg_()) == fills
    alone = draw(solution, [solution.regions[25]]).shapes[0]  # as by --region
    assert alone.fill == fills[25]


def test_pyplot_is_left_alone() -> None:
    program = (
        "import sys, geomot; from geomot.plotting import *; "
        "encode_png(plot_regions(geomot.solve(geomot.paper_scenario(), 'snr'))); "
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("count", [1, 17])
def test_few_servers_are_labelled_and_many_are_not(count: int) -> None:
    paper = geomot.paper_scenario()
    first = paper.servers[0]
    servers = tuple(
        first.model_copy(update={"name": f"s{k}", "position": (100.0 * k + 50.0, 419.0 * k % 1999.0)})
        for k in range(count)
    )
    solver = paper.solver.model_copy(update={"tolerance": 1e-3})
    scenario = paper.model_copy(update={"servers": servers, "solver": solver, "twins": None})
    figure = plot_regions(geomot.solve(scenario, "snr"))
    assert len(figure.axes[0].texts) == (count if count < 17 else 0)
