"""Diagrams of arcs in files: what other readers find there is exact."""

from __future__ import annotations

import re
from pathlib import Path

import ezdxf
import numpy as np
import pytest
import shapely
from ezdxf.entities import LWPolyline

from geomot import ArcDiagram, InvalidArgumentError, Zone, arc_diagram, distance_costs
from geomot.export import FORMATS, RegionFile, region_problems, write_arcs
from geomot.kernels.simplices import Floats

BOX = Zone.box([0.0, 0.0], [10.0, 8.0])
NAMES = ["market", "mill <& more>", "quay"]
HOLED = Zone.polygon(
    shapely.Polygon([(0, 0), (10, 0), (10, 8), (4, 8), (4, 6), (0, 6)], [[(6, 2), (9, 2), (8, 5)]])
)


def towns(zone: Zone = BOX) -> ArcDiagram:
    return arc_diagram(
        distance_costs([[3.0, 3.0], [7.0, 4.0], [5.0, 6.0]], factor=[1.0, 2.0, 1.5]), zone
    )


def written(diagram: ArcDiagram, path: Path) -> RegionFile:
    write_arcs(diagram, path, names=NAMES)
    return FORMATS[path.suffix].decode(path.read_bytes())


def closed_area(points: Floats, bulges: Floats) -> float:
    """Return the area inside lines and arcs: the chords' polygon and circular segments."""
    start, end = points, np.roll(points, -1, axis=0)
    area = 0.5 * float((start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]).sum())
    angles = 4.0 * np.arctan(bulges)
    bent = bulges != 0.0
    radii = np.hypot(*(end - start)[bent].T) / (2.0 * np.sin(0.5 * angles[bent]))
    return area + float((0.5 * radii**2 * (angles - np.sin(angles))[bent]).sum())


@pytest.mark.parametrize("zone", [BOX, HOLED], ids=["box", "holed"])
@pytest.mark.parametrize("suffix", [".svg", ".dxf", ".geojson"])
def test_round_trip(tmp_path: Path, suffix: str, zone: Zone) -> None:
    diagram = towns(zone)
    held = written(diagram, tmp_path / f"towns{suffix}")
    assert held.names == tuple(NAMES)
    assert region_problems(held) == []
    assert held.zone is not None
    assert held.zone.area == pytest.approx(zone.measure, rel=1e-14)
    areas = [polygon.area for polygon in held.polygons]
    np.testing.assert_allclose(areas, diagram.measures, rtol=0.0, atol=1e-4)


@pytest.mark.parametrize("zone", [BOX, HOLED], ids=["box", "holed"])
def test_dxf_has_the_exact_areas(tmp_path: Path, zone: Zone) -> None:
    diagram = towns(zone)
    write_arcs(diagram, tmp_path / "towns.dxf", names=["a", "b", "c"])
    areas = np.zeros(3)
    curves = 0
    for entity in ezdxf.readfile(tmp_path / "towns.dxf").modelspace():
        assert isinstance(entity, LWPolyline)
        if entity.dxf.layer != "zone":
            rows = np.array(entity.get_points("xyb"))
            areas["abc".index(entity.dxf.layer)] += closed_area(rows[:, :2], rows[:, 2])
            curves += 1
    np.testing.assert_allclose(areas, diagram.measures, rtol=1e-13)
    assert curves == sum(len(cell.rings) for cell in diagram)


def test_svg_has_the_exact_circle(tmp_path: Path) -> None:
    costs = distance_costs([[5.0, 5.0], [8.0, 5.0]], factor=[2.0, 1.0])
    write_arcs(arc_diagram(costs, Zone.box([0, 0], [10, 10])), tmp_path / "disk.svg")
    text = (tmp_path / "disk.svg").read_text()
    path = re.search(r'id="region-0"[^>]* d="([^"]*)"', text)
    assert path is not None
    words = path[1].split()
    arcs = [k for k, word in enumerate(words) if word == "A"]
    assert len(arcs) == 4  # quarter turns
    for k in arcs:
        assert words[k + 1] == words[k + 2]
        assert float(words[k + 1]) == pytest.approx(2.0, rel=1e-15)
        assert words[k + 3 : k + 6] == ["0", "0", "1"]
        x, y = float(words[k + 6]), float(words[k + 7])
        assert np.hypot(x - 4.0, y - 5.0) == pytest.approx(2.0, rel=1e-15)


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"has the suffix '.stl'; expected one of .svg"):
        write_arcs(towns(), tmp_path / "towns.stl")
    with pytest.raises(InvalidArgumentError, match="there are 2 names for 3 sites"):
        write_arcs(towns(), tmp_path / "towns.svg", names=["a", "b"])
    with pytest.raises(InvalidArgumentError, match="chord tolerance is -1"):
        write_arcs(towns(), tmp_path / "towns.geojson", tolerance=-1.0)
