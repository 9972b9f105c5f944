"""SVG and DXF: what both hold, written and read back."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from types import ModuleType
from xml.etree import ElementTree

import ezdxf
import numpy as np
import pytest
import shapely

from geomot import MissingPackageError
from geomot.export import FORMATS, MalformedFileError, dxf, region_problems, require_support, svg
from geomot.export.drawing import Drawing
from geomot.export.layers import FORBIDDEN, layer_names
from geomot.export.outlines import oriented_rings
from tests.export.diagrams import BOX, apollonius, circular, curves, drawing, traced
from tests.export.solutions import solved_paper, solved_u_shape

ODD = ["x<y>&\"'`", "ß\n2", "^J \\U+00DF %41", "\x1b \ufffe", "  "]
NAMES = ["a b", "A B", *ODD, "0", "zone", "n" * 600]
WRITERS = [pytest.param(svg.picture, svg, id="svg"), pytest.param(dxf.plan, dxf, id="dxf")]
Writer = Callable[[Drawing], bytes]


@pytest.mark.parametrize(("write", "module"), WRITERS)
@pytest.mark.parametrize("seed", range(3))
def test_drawings_with_arcs_come_back_valid_and_named(
    write: Writer, module: ModuleType, seed: int
) -> None:
    cells = circular(seed)
    held = module.decode(write(drawing(cells, NAMES)))
    assert list(held.names) == NAMES
    assert region_problems(held) == []
    found = shapely.area(np.array(held.polygons))
    assert np.abs(found - cells.measures).max() < 1e-6 * BOX.area  # chords stand for arcs
    assert held.zone.equals(BOX)


@pytest.mark.parametrize(("write", "module"), WRITERS)
def test_a_disk_is_two_arcs_and_comes_back_round(write: Writer, module: ModuleType) -> None:
    disk, rest = module.decode(write(drawing(apollonius()))).polygons
    radii = np.hypot(*(shapely.get_coordinates(disk) - [4.0, 5.0]).T)
    assert np.abs(radii - 2.0).max() < 1e-12
    assert disk.area == pytest.approx(4.0 * np.pi, rel=1e-6)
    assert disk.exterior.is_ccw
    assert not rest.interiors[0].is_ccw


@pytest.mark.parametrize(("write", "module"), WRITERS)
def test_the_same_drawing_is_the_same_file(write: Writer, module: ModuleType) -> None:
    assert write(drawing(circular(0))) == write(drawing(circular(0)))


@pytest.mark.parametrize("module", [svg, dxf])
def test_pieces_holes_and_empty_regions_of_a_solution(module: ModuleType) -> None:
    solution = solved_u_shape()
    held = module.decode(module.encode(solution, solution.regions))
    assert held.names == ("top", "base, [/b]", "ß")
    assert [len(oriented_rings(polygon)) for polygon in held.polygons] == [2, 1, 0]
    assert len(held.polygons[1].interiors) == 1
    assert region_problems(held) == []


@pytest.mark.parametrize("module", [svg, dxf])
def test_boundaries_that_are_no_circles_keep_every_bit(module: ModuleType) -> None:
    solution = solved_paper()
    held = module.decode(module.encode(solution, solution.regions))
    for read, region in zip(held.polygons, solution.regions, strict=True):
        given = {tuple(point) for point in shapely.get_coordinates(region.polygon)}
        assert {tuple(point) for point in shapely.get_coordinates(read)} <= given
        assert read.symmetric_difference(region.polygon).area < 1e-9 * solution.zone_measure


@pytest.mark.parametrize("module", [svg, dxf])
def test_one_region_has_no_zone(module: ModuleType) -> None:
    solution = solved_u_shape()
    held = module.decode(module.encode(solution, solution.regions[1:2]))
    assert held.names == ("base, [/b]",)
    assert held.zone is None
    assert region_problems(held) == []


def test_svg_says_what_it_shows() -> None:
    solution = solved_u_shape()
    root = ElementTree.fromstring(svg.encode(solution, solution.regions))
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.get("data-unit") == "metre"
    view = [float(word) for word in root.get("viewBox", "").split()]
    assert view == pytest.approx([-0.6, -30.6, 31.2, 31.2])
    regions = root.findall(".//s:path[@class='region']", space)
    assert [float(path.get("data-measure", "")) for path in regions] == [
        server.measure for server in solution.servers
    ]
    assert [float(path.get("data-mass", "")) for path in regions] == [
        server.mass for server in solution.servers
    ]
    assert [path.findtext("s:title", "", space) for path in regions] == ["top", "base, [/b]", "ß"]
    marks = root.findall(".//s:circle", space)
    places = [(mark.get("cx"), mark.get("cy")) for mark in marks]
    assert places == [("15.0", "28.0"), ("15.0", "5.0"), ("999.0", "5.0")]


def test_svg_arcs_turn_a_quarter_at_most() -> None:
    text = svg.picture(drawing(apollonius())).decode()
    assert text.count(" A ") == 2 * 4


def test_dxf_is_metres_layers_colours_and_bulges() -> None:
    document = ezdxf.read(io.StringIO(dxf.plan(drawing(apollonius(), ["a:b", "A:B"])).decode()))
    assert document.header["$INSUNITS"] == 6
    assert not document.audit().errors
    first, second = document.layers.get("a_b"), document.layers.get("A_B (2)")
    assert (first.rgb, first.description, second.description) == ((0x77, 0xAA, 0xDD), "a:b", "A:B")
    lines = document.modelspace().query("LWPOLYLINE")
    assert [(line.dxf.layer, len(line), line.closed) for line in lines] == [
        ("a_b", 2, True),
        ("A_B (2)", 4, True),
        ("A_B (2)", 2, True),
        ("zone", 4, True),
    ]
    (disk, _) = traced(apollonius())
    assert np.array_equal(lines[0].get_points("xy"), curves(disk)[0].points)
    assert np.array_equal([row[0] for row in lines[0].get_points("b")], curves(disk)[0].bulges)


def test_layers_have_names_that_cad_takes_and_tells_apart() -> None:
    names = layer_names([*NAMES, "n" * 700], taken=["zone"])
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert name == name.translate(FORBIDDEN)
        assert 0 < len(name) < 255
        assert ezdxf.lldxf.validator.is_valid_table_name(name)
    assert "0" not in names
    assert "zone" not in names


@pytest.mark.parametrize(
    "call",
    [
        lambda: dxf.plan(drawing(apollonius())),
        lambda: dxf.decode(b""),
        lambda: require_support(FORMATS[".dxf"], 2),  # before anything is solved
    ],
)
def test_without_ezdxf_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, call: Callable[[], object]
) -> None:
    monkeypatch.setitem(sys.modules, "ezdxf", None)
    with pytest.raises(MissingPackageError, match=r"ezdxf, .* `pip install ezdxf`, or .*geomot\[cad\]"):
        call()


def changed(content: bytes, old: str, new: str) -> bytes:
    text = content.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


SVG = svg.picture(drawing(apollonius()))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not valid XML"),
        (b"\xff", "not valid XML"),
        (SVG[:-20], "not valid XML"),
        (b"<?xml version='1.0' encoding='none'?><svg/>", "not valid XML"),
        (b"<a/>", "is XML, but not SVG"),
        (changed(SVG, "metre", "inch"), "does not hold regions in metres"),
        (changed(SVG, '"cell 0"', "cell 0"), "region 0 has data-name 'cell 0'; expected a JSON string"),
        (changed(SVG, 'class="region"', 'class="zone"'), "holds 2 zones"),
        (changed(SVG, " A ", " C "), "path of region 0: has 'C'; expected M, then L or A, then Z"),
        (changed(SVG, " Z", ""), "path of region 0: has a curve that is not closed"),
        (changed(SVG, " L ", " L x "), "path of region 1: could not convert"),
        (changed(SVG, " L ", " L nan 1 L "), "path of region 1: has L with other than 2 finite"),
        (changed(SVG, " A ", " A 3"), "path of region 0: has an arc that is not one of a circle"),
        (changed(SVG, "0 0 1 ", "0 1 1 "), "path of region 0: has an arc that is not one of a circle"),
        (changed(SVG, 'd="M', 'd="M 0 0 L 0 1 L 1 0 Z M'), "region 0: a hole comes first"),
        (changed(SVG, 'd="M', 'd="M 0 0 L 0 1 Z M'), "region 0: a curve has 2 points"),
    ],
)
def test_malformed_svg_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(MalformedFileError, match=reason):
        svg.decode(content)


def edited(change: Callable[[ezdxf.document.Drawing], object]) -> bytes:
    document = ezdxf.read(io.StringIO(dxf.plan(drawing(apollonius())).decode()))
    change(document)
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue().encode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.header.__setitem__("$INSUNITS", 4), r"has \$INSUNITS 4; expected 6, metres"),
        (lambda d: [layer.discard_xdata("GEOMOT") for layer in d.layers], "no layer has extended data"),
        (
            lambda d: d.layers.get("cell 0").set_xdata("GEOMOT", [(1000, "region")]),
            r"layer 'cell 0' has the extended data \['region'\]",
        ),
        (
            lambda d: d.modelspace().add_line((0, 0), (1, 1), dxfattribs={"layer": "cell 0"}),
            "layer 'cell 0' has a LINE; expected closed LWPOLYLINEs alone",
        ),
        (
            lambda d: setattr(d.modelspace()[0], "closed", False),
            "layer 'cell 0' has an open LWPOLYLINE",
        ),
        (
            lambda d: d.modelspace()[0].set_points([(0, 0), (0, 1), (1, 0)], format="xy"),
            "layer 'cell 0': a hole comes first",
        ),
        (
            lambda d: d.modelspace()[0].set_points([(0, 0), (0, float("nan")), (1, 0)], format="xy"),
            "layer 'cell 0' has coordinates that are not finite",
        ),
    ],
)
def test_foreign_dxf_is_refused(change: Callable[[object], object], reason: str) -> None:
    with pytest.raises(MalformedFileError, match=reason):
        dxf.decode(edited(change))


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"AutoCAD Binary DXF\r\n", b"0\nSECTION\n", b"x" * 99]
)
def test_malformed_dxf_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedFileError, match="is not valid DXF"):
        dxf.decode(content)


def test_damaged_dxf_is_refused_silently(capfd: pytest.CaptureFixture[str]) -> None:
    content = dxf.plan(drawing(apollonius()))
    for share in range(1, 40):
        with pytest.raises(MalformedFileError):
            dxf.decode(content[: len(content) * share // 40])
    assert capfd.readouterr().err == ""
