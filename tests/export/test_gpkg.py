from __future__ import annotations

import sys

import geopandas
import pytest
import shapely

from geomot import InvalidArgumentError, MissingPackageError
from geomot.export import FORMATS, MalformedFileError, encode_regions
from geomot.export.gpkg import _written
from tests.export.solutions import solved_u_shape

GPKG = FORMATS[".gpkg"]


def test_solution_is_a_frame() -> None:
    solution = solved_u_shape()
    frame = solution.to_geopandas()
    assert frame.crs is None
    assert frame["name"].tolist() == [server.name for server in solution.servers]
    features = solution.__geo_interface__["features"]
    sizes = [shapely.geometry.shape(feature["geometry"]).area for feature in features]
    assert sizes == [region.polygon.area for region in solution.regions]
    assert features[0]["properties"]["mass"] == solution.servers[0].mass
    assert frame.area.tolist() == [region.polygon.area for region in solution.regions]


@pytest.mark.parametrize(
    "frame",
    [
        geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.box(0, 0, 1, 1)]),
        geopandas.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(0, 0)]),
    ],
)
def test_other_layers_are_refused(frame: geopandas.GeoDataFrame) -> None:
    with pytest.raises(MalformedFileError, match="without names, or not of polygons"):
        GPKG.decode(_written({"regions": frame}))


def test_other_databases_are_refused() -> None:
    frame = geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.box(0, 0, 1, 1)])
    with pytest.raises(MalformedFileError, match="is not a GeoPackage with the layer 'regions'"):
        GPKG.decode(_written({"town": frame}).replace(b"regions", b"sitings"))


@pytest.mark.parametrize("package", ["geopandas", "pyogrio"])
def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    solution = solved_u_shape()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError, match=rf"the package {package}, .*geomot\[geo\]"):
        encode_regions(solution, GPKG)


def test_notebooks_show_a_solution() -> None:
    page = solved_u_shape()._repr_html_()
    assert page.count("<tr>") == 4
    assert "ß" in page and "<svg" in page


def test_spatial_solutions_have_no_frame() -> None:
    from tests.export.spatial import hall

    with pytest.raises(InvalidArgumentError, match="a geopandas object was asked of a spatial"):
        hall().to_geopandas()
    assert not hasattr(hall(), "__geo_interface__")
    assert "<svg" in hall()._repr_html_()
