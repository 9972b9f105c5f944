"""Zones from objects of other packages, and what zones and diagrams give them back."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from typing import Any

import meshio
import meshlane
import numpy as np
import pytest
import pyvista
import shapely
import trimesh

from geomot import (
    ArcDiagram,
    InvalidArgumentError,
    InvalidZoneError,
    MissingPackageError,
    Zone,
    arc_diagram,
    distance_costs,
    minimization_diagram,
    power_diagram,
)
from geomot.diagram import MinimizationDiagram
from geomot.geometry.zones.checks import enclosed
from geomot.power import PowerDiagram

HOLED = shapely.box(0, 0, 3, 2).difference(shapely.box(1, 0.5, 1.5, 1))
FLAT = Zone.polygon(HOLED)
SOLID = Zone.box([0, 0, 0], [1, 2, 3])
CUBE = trimesh.creation.box((1.0, 2.0, 3.0))


class Described:
    """An object that knows its geometry as GeoJSON."""

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        return {"type": "Feature", "geometry": shapely.box(0, 0, 3, 2).__geo_interface__}


def flat_power() -> PowerDiagram:
    rng = np.random.default_rng(1)
    return power_diagram(rng.uniform(0, 2, (20, 2)), np.zeros(20), FLAT)


def solid_power() -> PowerDiagram:
    rng = np.random.default_rng(2)
    return power_diagram(rng.uniform(0, 2, (20, 3)), np.zeros(20), SOLID)


def flat_diagram() -> MinimizationDiagram:
    return minimization_diagram(distance_costs([[0.5, 0.5], [2.0, 1.0]], factor=[2.0, 1.0]), FLAT, 1e-6)


def flat_arcs() -> ArcDiagram:
    return arc_diagram(distance_costs([[0.5, 0.5], [2.0, 1.0]], factor=[2.0, 1.0]), FLAT)


def solid_diagram() -> MinimizationDiagram:
    costs = distance_costs([[0.5, 0.5, 1.0], [0.5, 1.5, 2.0]], exponent=2.0)
    return minimization_diagram(costs, SOLID, 1e-4)


@pytest.mark.parametrize(
    "thing",
    [
        HOLED,
        FLAT,
        FLAT.to_shapely(),
        FLAT.to_meshio(),
        FLAT.to_meshlane(),
        FLAT.to_pyvista(),
        FLAT.__geo_interface__,
        flat_power().__geo_interface__,
        flat_power().to_meshio(),
    ],
    ids=lambda thing: type(thing).__module__,
)
def test_planar_zones_come_back(thing: Any) -> None:
    zone = Zone.of(thing)
    assert zone.measure == pytest.approx(HOLED.area, rel=1e-12)
    assert zone.outline.symmetric_difference(HOLED).area < 1e-12


@pytest.mark.parametrize(
    "thing",
    [
        SOLID,
        CUBE,
        SOLID.to_trimesh(),
        SOLID.to_meshio(),
        SOLID.to_meshlane(),
        SOLID.to_pyvista(),
        pyvista.wrap(CUBE),
        meshio.Mesh(CUBE.vertices, [("triangle", CUBE.faces)]),
        SOLID.to_pyvista().extract_surface(algorithm=None),
        solid_diagram().to_meshio(),
    ],
    ids=lambda thing: type(thing).__module__,
)
def test_spatial_zones_come_back(thing: Any) -> None:
    assert Zone.of(thing).measure == pytest.approx(6.0, rel=1e-12)


def test_cells_are_zones() -> None:
    assert Zone.of(flat_power()[0]).measure == pytest.approx(flat_power().measures[0], rel=1e-12)
    solid = solid_diagram().regions()[0]
    assert Zone.of(solid).measure == pytest.approx(solid.measure, rel=1e-12)


def test_simplices_stay_what_they_are() -> None:
    zone = Zone.of(FLAT.to_meshio())
    given = FLAT.triangulation
    assert len(zone.triangulation.simplices) == len(given.simplices)
    assert {tuple(p) for p in zone.triangulation.vertices} == {tuple(p) for p in given.vertices}


def test_objects_with_a_geo_interface_are_zones() -> None:
    assert Zone.of(Described()).measure == 6.0


def test_surface_of_pyvista_is_filled() -> None:
    sphere = pyvista.Sphere()
    assert Zone.of(sphere).measure == pytest.approx(sphere.volume, rel=1e-6)


LINE = [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]
SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
FAN = [[k, (k + 1) % 7, 7] for k in range(7)]
TWICE = np.array([[np.cos(a), np.sin(a)] for a in 4.0 * np.pi / 7.0 * np.arange(7)] + [[0.0, 0.0]])


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        ("town", "a zone was asked of a str"),
        ({"type": "Polygon"}, "a mapping that is no geometry"),
        (shapely.Point(0, 0), "zone outline is a Point"),
        (trimesh.Scene(), "a trimesh Scene"),
        (pyvista.ImageData(), "a pyvista ImageData"),
        (meshio.Mesh(SQUARE, [("quad", [[0, 1, 2, 3]])]), "cells of the kinds quad"),
        (meshio.Mesh(SQUARE, [("line", [[0, 1]])]), "neither triangles nor tetrahedra"),
        (meshio.Mesh(SQUARE, [("triangle", [[0, 1, 9]])]), "have the vertices 0 to 9"),
        (meshio.Mesh(LINE, [("triangle", [[0, 1, 2]])]), "1 simplices have no measure"),
        (meshio.Mesh(SQUARE * np.nan, [("triangle", [[0, 1, 2]])]), "are not finite"),
        (meshio.Mesh(SQUARE, [("triangle", [[0, 1, 2], [0, 1, 3]])]), "on one side"),
        (meshio.Mesh(TWICE, [("triangle", FAN)]), "triangles of .* cover"),
        (SOLID.to_meshio().points, "a zone was asked of a ndarray"),
    ],
)
def test_what_is_no_zone_is_refused(thing: Any, reason: str) -> None:
    with pytest.raises(InvalidZoneError, match=reason):
        Zone.of(thing)


def test_wrong_shapes_of_simplices_are_refused() -> None:
    with pytest.raises(InvalidZoneError, match=r"shape \(4, 2\) and simplices \(1, 4\)"):
        Zone.simplicial(SQUARE, [[0, 1, 2, 3]])


def test_tetrahedra_that_cross_are_refused() -> None:
    points, cells = SOLID.triangulation.vertices, SOLID.triangulation.simplices
    both = np.concatenate([points, points + 0.3])
    with pytest.raises(InvalidZoneError, match="crosses itself"):
        Zone.simplicial(both, np.concatenate([cells, cells + len(points)]))


@pytest.mark.parametrize(
    "diagram", [flat_power(), flat_diagram(), flat_arcs()], ids=["power", "minimization", "arcs"]
)
def test_planar_diagrams_are_given(diagram: PowerDiagram | MinimizationDiagram | ArcDiagram) -> None:
    sizes = [shape.area for shape in diagram.to_shapely().geoms]
    assert sizes == pytest.approx(list(diagram.measures), rel=1e-5)
    features = diagram.__geo_interface__["features"]
    assert [shapely.geometry.shape(f["geometry"]).area for f in features] == pytest.approx(sizes)
    given = list(diagram.to_geopandas("EPSG:32755").measure)
    assert given == pytest.approx(sizes, rel=1e-5)
    assert [f["properties"]["measure"] for f in features] == given
    grid = diagram.to_pyvista()
    areas = np.bincount(grid.cell_data["cell"], grid.compute_cell_sizes().cell_data["Area"])
    assert areas == pytest.approx(sizes, rel=1e-9)
    with pytest.raises(InvalidArgumentError, match="a trimesh object was asked of a planar"):
        diagram.to_trimesh()


@pytest.mark.parametrize("diagram", [solid_power(), solid_diagram()], ids=["power", "minimization"])
def test_spatial_diagrams_are_given(diagram: PowerDiagram | MinimizationDiagram) -> None:
    surface = diagram.to_trimesh()
    assert surface.is_watertight
    owners = surface.face_attributes["cell"]
    for site in np.flatnonzero(diagram.measures):
        faces = surface.faces[owners == site]
        assert enclosed(surface.vertices[faces]) == pytest.approx(diagram.measures[site], rel=1e-9)
    mesh = diagram.to_meshio()
    again = meshlane.Mesh(mesh.points, mesh.cells_dict)
    assert set(again.cells_dict) == {"tetra"}
    grid = diagram.to_pyvista()
    volumes = grid.compute_cell_sizes().cell_data["Volume"]
    assert np.bincount(grid.cell_data["cell"], volumes, len(diagram.measures)) == pytest.approx(
        diagram.measures, rel=1e-9
    )
    for give, package in [(diagram.to_shapely, "shapely"), (diagram.to_geopandas, "geopandas")]:
        with pytest.raises(InvalidArgumentError, match=f"a {package} object was asked of a spatial"):
            give()
    with pytest.raises(AttributeError, match="has no __geo_interface__"):
        _ = diagram.__geo_interface__
    assert not hasattr(diagram, "__geo_interface__")


def test_single_cells_are_given() -> None:
    for cell in (flat_power()[3], flat_diagram().polygons()[1], flat_arcs()[0]):
        area = cell.to_shapely().area
        assert shapely.geometry.shape(cell).area == area
        assert cell.to_pyvista().area == pytest.approx(area, rel=1e-9)
    for solid in (solid_power()[3], solid_diagram().solids()[1]):
        assert solid.to_trimesh().volume == pytest.approx(solid.measure, rel=1e-9)
        assert solid.to_pyvista().volume == pytest.approx(solid.measure, rel=1e-9)


def test_empty_cells_are_given_empty() -> None:
    flat = power_diagram([[0.5, 0.5]] * 2, [0.0, 0.0], FLAT)[1]
    solid = power_diagram([[0.5, 0.5, 0.5]] * 2, [0.0, 0.0], SOLID)[1]
    assert flat.to_shapely().is_empty and len(solid.to_trimesh().faces) == 0
    for cell in (flat, solid):
        assert sum(len(block.data) for block in cell.to_meshio().cells) == 0
        ET.fromstring(cell._repr_svg_())


@pytest.mark.parametrize(
    "body",
    [
        *[FLAT, SOLID, flat_power(), solid_power(), flat_diagram(), solid_diagram(), flat_power()[0]],
        *[flat_arcs(), flat_arcs()[0]],
    ],
    ids=[
        *["flat", "solid", "flat power", "solid power", "flat diagram", "solid diagram", "cell"],
        *["flat arcs", "cell of arcs"],
    ],
)
def test_pictures_are_svg(body: Any) -> None:
    picture = ET.fromstring(body._repr_svg_())
    paths = picture.findall(".//{http://www.w3.org/2000/svg}path")
    assert paths and all("nan" not in path.get("d", "nan") for path in paths)
    assert body._repr_html_().startswith("<figure><svg")
    assert type(body).__name__ in body._repr_html_()


@pytest.mark.parametrize(
    ("package", "extra"),
    [("meshio", "mesh"), ("meshlane", "mesh"), ("pyvista", "mesh"), ("geopandas", "geo")],
)
def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, package: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError, match=rf"the package {package}, .*geomot\[{extra}\]"):
        getattr(flat_power(), f"to_{package}")()


def test_arc_cells_are_given_with_their_exact_measures() -> None:
    disk = distance_costs([[5.0, 5.0], [8.0, 5.0]], factor=[2.0, 1.0])
    cells = arc_diagram(disk, Zone.box([0, 0], [10, 10]))
    measure, other = cells.to_geopandas().measure
    assert measure == pytest.approx(4.0 * np.pi, rel=1e-14)  # Apollonius' circle
    assert other == pytest.approx(100.0 - 4.0 * np.pi, rel=1e-14)
    assert cells.to_shapely().geoms[0].area < measure - 1e-7  # the polygon has chords
    assert cells.__geo_interface__["features"][0]["properties"]["measure"] == measure


def test_degrees_are_no_lengths() -> None:
    geopandas = pytest.importorskip("geopandas")
    town = geopandas.GeoSeries([shapely.box(144.9, -37.83, 144.98, -37.8)], crs="EPSG:4326")
    with pytest.raises(InvalidZoneError, match=r"in longitude and latitude .* project it first"):
        Zone.of(town)
    assert Zone.of(town.to_crs(town.estimate_utm_crs())).measure == pytest.approx(2.347e7, rel=1e-2)
