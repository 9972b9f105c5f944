from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely

from geomot import InvalidArgumentError
from geomot.export import FORMATS, MalformedFileError, encode_regions, format_of, write_regions
from tests.export.round_trip import check_round_trip
from tests.export.solutions import solved_paper, solved_u_shape


def test_solutions_have_every_kind_of_region() -> None:
    top, base, far = (region.polygon for region in solved_u_shape().regions)
    assert top.geom_type == "MultiPolygon"
    assert len(base.interiors) == 1
    assert far.is_empty


@pytest.mark.parametrize("suffix", FORMATS)
def test_round_trip_is_exact(suffix: str) -> None:
    check_round_trip(solved_u_shape(), suffix)
    check_round_trip(solved_paper(), suffix)


def test_geojson_names_the_servers_and_holds_their_numbers() -> None:
    solution = solved_u_shape()
    collection = json.loads(encode_regions(solution, FORMATS[".geojson"]))
    assert collection["type"] == "FeatureCollection"
    assert collection["coordinate_unit"] == "metre"
    assert collection["status"] == "converged"
    geometries = [feature["geometry"] for feature in collection["features"]]
    assert [geometry["type"] for geometry in geometries] == ["MultiPolygon", "Polygon", "Polygon"]
    assert geometries[2]["coordinates"] == []
    properties = [feature["properties"] for feature in collection["features"]]
    assert [entry["name"] for entry in properties] == ["top", "base, [/b]", "ß"]
    assert properties[0]["position"] == [15.0, 28.0]
    for entry, server in zip(properties, solution.servers, strict=True):
        assert entry["mass"] == server.mass
        assert entry["measure"] == server.measure
        assert entry["sub_synchronization_time"] == server.sub_synchronization_time


def test_null_is_read_as_an_empty_region() -> None:
    held = FORMATS[".geojson"].decode(
        b'{"type": "FeatureCollection", "features": [{"geometry": null}]}'
    )
    assert held.polygons[0].is_empty


def test_geojson_reads_elsewhere() -> None:
    whole = shapely.from_geojson(encode_regions(solved_u_shape(), FORMATS[".geojson"]))
    assert whole.area == pytest.approx(700 - 24, rel=1e-12)


def test_wkt_reads_elsewhere_as_one_geometry() -> None:
    content = encode_regions(solved_u_shape(), FORMATS[".wkt"]).decode()
    whole = shapely.from_wkt(content)
    assert [part.geom_type for part in whole.geoms] == ["MultiPolygon", "Polygon", "Polygon"]
    assert whole.area == pytest.approx(700 - 24, rel=1e-12)
    assert len(content.splitlines()) == 3 + 2


def test_one_region_alone() -> None:
    solution = solved_u_shape()
    for suffix, kind in FORMATS.items():
        held = kind.decode(encode_regions(solution, kind, region="base, [/b]"))
        assert len(held.polygons) == 1
        assert held.zone is None, suffix
        assert held.polygons[0].equals(solution.regions[1].polygon)


def test_tolerance_sets_the_number_of_vertices() -> None:
    kind = FORMATS[".wkt"]
    coarse, fine = (
        shapely.get_num_coordinates(
            shapely.from_wkt(encode_regions(solved_paper(), kind, tolerance=t).decode())
        )
        for t in (1.0, 1e-4)
    )
    assert 10 < coarse < 0.2 * fine


@pytest.mark.parametrize("tolerance", [0.0, -1.0, 1e-30, float("nan"), float("inf")])
def test_tolerance_below_rounding_is_refused(tolerance: float) -> None:
    with pytest.raises(InvalidArgumentError, match=r"the tolerance is .* expected at least"):
        encode_regions(solved_paper(), FORMATS[".wkt"], tolerance=tolerance)


def test_unknown_region_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"no server is called 'east'; .*'south-west'"):
        encode_regions(solved_paper(), FORMATS[".wkt"], region="east")


@pytest.mark.parametrize("name", ["town.shp", "town", ".geojson"])
def test_unknown_suffix_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"expected one of \.geojson, \.wkt"):
        format_of(name)


def test_write_regions_picks_the_format_by_suffix(tmp_path: Path) -> None:
    write_regions(solved_u_shape(), tmp_path / "a.WKT")
    assert FORMATS[".wkt"].decode((tmp_path / "a.WKT").read_bytes()).names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[-" + 9000 * b"9" + b"]", "has a whole number of 9000 digits"),
        (b"[]", "not a FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "features is None; expected a list"),
        (b'{"type": "FeatureCollection", "features": [1]}', r"features\[0\] is 1; expected an object"),
        (b'{"type": "FeatureCollection", "features": [{"properties": 1}]}', r"properties is 1"),
        (
            b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point"}}]}',
            "geometry is a 'Point'",
        ),
    ],
)
def test_malformed_geojson_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(MalformedFileError, match=reason):
        FORMATS[".geojson"].decode(content)


@pytest.mark.parametrize(
    ("rings", "reason"),
    [
        ("1", r"geometry.coordinates is 1; expected a list"),
        ("[1]", r"coordinates\[0\] is 1; expected a list"),
        ("[[[0, 0], [1, 0], [1, 1]]]", r"coordinates\[0\] has 3 positions; expected a closed ring"),
        ("[[[0, 0], [1, 0], [1, 1], [0, 1]]]", "has 4 positions; expected a closed ring"),
        (
            "[[[0, 0], [1, 0], [1], [0, 0]]]",
            r"coordinates\[0\]\[2\] is \[1\]; expected two finite numbers",
        ),
        ('[[[0, 0], [1, 0], ["a", 1], [0, 0]]]', r"\[0\]\[2\] is \['a', 1\]"),
        ("[[[0, 0], [1, 0], [NaN, 1], [0, 0]]]", r"\[0\]\[2\] is \[nan, 1\]; expected two finite"),
        ("[[[0, 0], [1, 0], [1, -Infinity], [0, 0]]]", r"\[1, -inf\]; expected two finite"),
        (f"[[[0, 0], [1, 0], [1, 1{'0' * 400}], [0, 0]]]", "has a whole number of 401 digits"),
    ],
)
def test_malformed_rings_are_refused(rings: str, reason: str) -> None:
    feature = f'{{"geometry": {{"type": "Polygon", "coordinates": {rings}}}}}'
    content = f'{{"type": "FeatureCollection", "features": [{feature}]}}'.encode()
    with pytest.raises(MalformedFileError, match=reason):
        FORMATS[".geojson"].decode(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not valid WKT"),
        (b"\xff", "not valid WKT"),
        (b"POLYGON ((0 0, 1 0", "not valid WKT"),
        (b"POLYGON ((0 0, 1 0, 1 1, 0 1))", "not valid WKT"),
        (b"POINT (1 2)", "geometry 0 is a Point"),
        (b"POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))", "Polygon in space"),
        (b"GEOMETRYCOLLECTION (POLYGON EMPTY, POINT (1 2))", "geometry 1 is a Point"),
    ],
)
def test_malformed_wkt_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(MalformedFileError, match=reason):
        FORMATS[".wkt"].decode(content)
