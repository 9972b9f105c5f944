"""Every file in `examples` is solved, and a number of it asserted."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import shapely

import geomot
from geomot.scenario import MeshZone, Scenario
from geomot.scenario.build import build_zone

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
MELBOURNE = ROOT.parent / "shared" / "data" / "melbourne-cbd" / "servers.csv"


def milliseconds(scenario: Scenario, method: str) -> float:
    solution = geomot.solve(scenario, method)
    assert solution.status == "converged", solution.message
    return 1e3 * solution.average_sub_synchronization_time


def with_tolerance(scenario: Scenario, tolerance: float) -> Scenario:
    solver = scenario.solver.model_copy(update={"tolerance": tolerance})
    return scenario.model_copy(update={"solver": solver})


def test_every_example_is_here() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_file()} == {
        "cities.py",
        "city.toml",
        "district.toml",
        "districts.py",
        "melbourne.toml",
        "paper.toml",
        "partition.png",
        "polycrystal.py",
        "stippling.py",
        "uavs.py",
    }


@pytest.mark.parametrize(
    ("count", "method", "expected"),
    [
        (50, "snr", 31.23),
        (50, "equilibrium", 19.11),
        (200, "snr", 51.23),
        (200, "equilibrium", 25.17),
    ],
)
def test_paper_gives_figure_3(count: int, method: str, expected: float) -> None:
    paper = geomot.load_scenario(EXAMPLES / "paper.toml")
    assert paper.twins is not None
    twins = paper.twins.model_copy(update={"count": float(count)})
    scenario = paper.model_copy(update={"twins": twins})
    assert milliseconds(scenario, method) == pytest.approx(expected, rel=0.01)


def test_paper_is_the_scenario_in_the_package() -> None:
    packaged = files("geomot.scenario") / "paper.toml"
    assert (EXAMPLES / "paper.toml").read_text() == packaged.read_text()


@pytest.mark.parametrize(("method", "expected"), [("snr", 1.589332), ("equilibrium", 1.095691)])
def test_district(method: str, expected: float) -> None:
    scenario = with_tolerance(geomot.load_scenario(EXAMPLES / "district.toml"), 1e-7)
    assert milliseconds(scenario, method) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("method", "expected"),
    [("snr", 0.470037), pytest.param("equilibrium", 0.342155, marks=pytest.mark.slow)],
)
def test_city(method: str, expected: float) -> None:
    scenario = geomot.load_scenario(EXAMPLES / "city.toml")
    assert scenario.solver.tolerance == 1e-4
    assert milliseconds(scenario, method) == pytest.approx(expected, rel=1e-4)


def test_city_is_the_air_around_its_blocks() -> None:
    scenario = geomot.load_scenario(EXAMPLES / "city.toml")
    assert len(scenario.servers) == 12
    zone = build_zone(scenario.zone)
    assert zone.measure == pytest.approx(39_990_000.0, rel=1e-12)
    assert zone.contains([server.position for server in scenario.servers]).all()


def test_the_recipes_of_the_meshes_make_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meshes = ROOT / "meshes"
    monkeypatch.chdir(tmp_path)
    for recipe in re.findall(r"```python\n(.*?)```", (meshes / "README.md").read_text(), re.DOTALL):
        exec(recipe, {})
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"hall.ply", "workshop.stl"}
    for name in made:
        given, again = (MeshZone(file=folder / name) for folder in (meshes, tmp_path))
        assert build_zone(again).measure == pytest.approx(build_zone(given).measure, rel=1e-12)


def test_district_has_the_outline_in_meshes() -> None:
    outline = shapely.from_geojson((ROOT / "meshes" / "district.geojson").read_text()).geoms[0]
    assert outline.is_valid
    assert len(outline.interiors) == 2
    zone = build_zone(geomot.load_scenario(EXAMPLES / "district.toml").zone)
    assert zone.measure == pytest.approx(outline.area, rel=1e-13)
    assert geomot.Zone.polygon(outline).measure == pytest.approx(883_200.0, rel=1e-13)


@pytest.mark.skipif(not MELBOURNE.exists(), reason="the stations of Melbourne are not here")
@pytest.mark.parametrize(
    ("method", "expected"),
    [("snr", 41.4766), pytest.param("equilibrium", 14.0450, marks=pytest.mark.slow)],
)
def test_melbourne(method: str, expected: float) -> None:
    scenario = geomot.load_scenario(EXAMPLES / "melbourne.toml", servers=MELBOURNE)
    assert len(scenario.servers) == 125
    microseconds = 1e3 * milliseconds(with_tolerance(scenario, 1e-5), method)
    assert microseconds == pytest.approx(expected, rel=1e-4)


def test_the_scenario_in_the_readme_is_solved() -> None:
    block = re.search(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block is not None
    scenario = with_tolerance(Scenario(**tomllib.loads(block[1])), 1e-4)
    assert geomot.solve(scenario).status == "converged"


def test_melbourne_says_that_it_wants_servers() -> None:
    with pytest.raises(geomot.ScenarioError, match=r"servers\.file: missing; .*--servers"):
        geomot.load_scenario(EXAMPLES / "melbourne.toml")


def program(name: str) -> ModuleType:
    """Import a program of the examples, which does nothing by itself."""
    spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stippling() -> None:
    stippling = program("stippling")
    found = stippling.dots(60, 12)
    again = geomot.power_diagram(found.diagram.points, np.zeros(60), found.diagram.zone)
    assert found.moved[-1] < 0.3 * found.moved[0]
    assert found.masses.sum() == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_array_equal(again.measures, found.diagram.measures)
    assert stippling.picture(found.diagram.points).count("<circle") == 60


def test_districts() -> None:
    districts = program("districts")
    found = districts.districts(5, 1e-6)
    assert found.status == "converged"
    shapes = [cell.polygon for cell in found.diagram]
    assert sum(shape.area for shape in shapes) == pytest.approx(districts.TOWN.area, rel=1e-12)
    # people counted on a raster of 50 m, whose squares on borders are a few per cent of a district
    x, y = np.meshgrid(np.arange(-500.0, 7000.0, 50.0), np.arange(-500.0, 5500.0, 50.0))
    people = districts.PEOPLE.values(np.stack([x, y], axis=-1))
    counts = np.array([people[shapely.contains_xy(shape, x, y)].sum() for shape in shapes])
    np.testing.assert_allclose(counts / counts.sum(), 0.2, atol=0.005)


def test_polycrystal() -> None:
    found = program("polycrystal").grains(30)
    assert found.status == "converged"
    mesh = found.diagram.to_meshio()
    corners = mesh.points[mesh.cells_dict["tetra"]]
    volumes = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])) / 6.0
    grains = np.bincount(mesh.cell_data_dict["cell"]["tetra"], volumes)
    np.testing.assert_allclose(grains, found.capacities, rtol=1e-7)


def test_cities() -> None:
    cities = program("cities")
    found = cities.areas()
    assert found.measures.sum() == pytest.approx(700e3**2, rel=1e-12)
    # Apollonius: the border with another city alone is a circle with this radius
    towns, people = cities.places(), cities.PEOPLE
    two = [cities.NAMES.index("Gdańsk"), cities.NAMES.index("Warszawa")]
    apart = float(np.linalg.norm(towns[two[0]] - towns[two[1]]))
    ratio = np.sqrt(people[two[1]] / people[two[0]])
    rings = [ring for ring in found[two[0]].rings]
    radii = np.concatenate([np.atleast_1d(ring.radii)[ring.neighbours == two[1]] for ring in rings])
    assert radii == pytest.approx(apart * ratio / (ratio**2 - 1.0), rel=1e-12)
    x, y = np.meshgrid(np.linspace(-349e3, 349e3, 200), np.linspace(-349e3, 349e3, 200))
    points = np.stack([x, y], axis=-1).reshape(-1, 2)
    costs = ((points[:, None] - towns) ** 2).sum(axis=2) / people
    shares = np.bincount(costs.argmin(axis=1), minlength=10) / len(points)
    np.testing.assert_allclose(found.measures / 700e3**2, shares, atol=2e-3)


def test_uavs() -> None:
    uavs = program("uavs")
    found = uavs.associated(1e-6)
    assert found.status == "converged"
    assert found.bounded
    shares = found.masses
    ticks = np.arange(1.0, 1000.0, 2.0)
    points = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    users = np.exp(-0.5 * ((points - 350.0) ** 2).sum(axis=1) / 300.0**2)
    squares = ((points[:, None] - uavs.PLACES) ** 2).sum(axis=2)
    rates = uavs.BANDS * np.log2(1.0 + uavs.SIGNALS / (squares + uavs.HEIGHTS**2))
    served = np.bincount((shares / rates).argmin(axis=1), users, minlength=4)
    np.testing.assert_allclose(served / served.sum(), shares, atol=1e-3)
    # what the bounds of the curvature take for granted
    away = uavs.HEIGHTS**2 + np.linspace(0.0, 2e6, 20_001)[:, None]
    for function in (uavs.slope, uavs.fall):
        assert (np.diff(function(away, np.arange(4)), axis=0) < 0.0).all()
