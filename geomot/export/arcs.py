"""Diagrams of arcs as files: SVG and DXF with their arcs as they are, GeoJSON with chords."""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from geomot.arcs import ArcDiagram
from geomot.errors import InvalidArgumentError
from geomot.export.drawing import Drawing, Shape
from geomot.export.dxf import plan
from geomot.export.edges import outline_through
from geomot.export.geojson import geometry
from geomot.export.outlines import Outline, straight
from geomot.export.svg import picture
from geomot.files.atomic import write_files

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

    from geomot.geometry import Zone

SUFFIXES = (".svg", ".dxf", ".geojson")


def arc_drawing(diagram: ArcDiagram, names: Sequence[str] | None = None) -> Drawing:
    """Return the drawing of a diagram: every piece of a boundary is one line or one arc.

    Parameters
    ----------
    diagram
        The diagram.
    names
        One for each site; their numbers if not given.

    Raises
    ------
    InvalidArgumentError
        If there are not as many names as sites.

    Examples
    --------
    >>> from geomot import Zone, arc_diagram, distance_costs
    >>> cells = arc_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
    ...                     Zone.box([0, 0], [10, 10]))
    >>> arc_drawing(cells).shapes[0].parts[0][0].circles()[1].tolist()
    [2.0, 2.0]
    """
    called = _names(diagram, names)
    outline = _outline(diagram.zone)
    measures = diagram.measures.tolist()
    shapes = tuple(
        Shape(
            name=called[cell.site],
            position=(float(x), float(y)),
            parts=tuple(
                tuple(Outline(ring.points, ring.bulges) for ring in part) for part in cell.parts
            ),
            fill=diagram.fills[cell.site],
            mass=measures[cell.site] / diagram.zone.measure,
            measure=measures[cell.site],
        )
        for cell, (x, y) in zip(diagram, diagram.costs.positions, strict=True)
    )
    return Drawing("Regions", shapes, straight(outline), outline.bounds)


def write_arcs(
    diagram: ArcDiagram,
    path: str | PathLike[str],
    *,
    names: Sequence[str] | None = None,
    tolerance: float | None = None,
) -> None:
    """Write the cells of a diagram to a file, in the format that its suffix stands for.

    Parameters
    ----------
    diagram
        The diagram.
    path
        ``.svg`` or ``.dxf``, with true arcs, or ``.geojson``; a file that exists is replaced.
    names
        One for each site; their numbers if not given.
    tolerance
        Largest distance between a chord and the arc it stands for, metres, in GeoJSON; by default 1e-6
        of the zone's extent.

    Raises
    ------
    InvalidArgumentError
        If the diagram is none of arcs, the suffix is another one, there are not as many names as
        sites, or the tolerance is not positive.
    MissingPackageError
        If ezdxf is wanted and not installed.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from geomot import Zone, arc_diagram, distance_costs
    >>> cells = arc_diagram(distance_costs([[5., 5.], [8., 5.]], factor=[2., 1.]),
    ...                     Zone.box([0, 0], [10, 10]))
    >>> with TemporaryDirectory() as folder:
    ...     write_arcs(cells, f"{folder}/towns.svg", names=["market", "mill"])
    ...     " A 2.0 2.0 " in Path(folder, "towns.svg").read_text()
    True
    """
    if not isinstance(diagram, ArcDiagram):
        raise InvalidArgumentError(
            f"arcs were asked of a {type(diagram).__name__}; expected what arc_diagram returns"
        )
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".svg":
        content = picture(arc_drawing(diagram, names))
    elif suffix == ".dxf":
        content = plan(arc_drawing(diagram, names))
    elif suffix == ".geojson":
        content = _geojson(diagram, names, tolerance)
    else:
        raise InvalidArgumentError(
            f"{str(target)!r} has the suffix {suffix!r}; expected one of {', '.join(SUFFIXES)} for "
            "diagrams of arcs"
        )
    write_files({target: content})


def _geojson(diagram: ArcDiagram, names: Sequence[str] | None, tolerance: float | None) -> bytes:
    called, measures = _names(diagram, names), diagram.measures.tolist()
    polygons = [cell.polygon(tolerance) for cell in diagram]
    features = [
        {
            "type": "Feature",
            "id": cell.site,
            "properties": {
                "name": called[cell.site],
                "position": diagram.costs.positions[cell.site].tolist(),
                "measure": measures[cell.site],
            },
            "geometry": geometry(polygon),
        }
        for cell, polygon in zip(diagram, polygons, strict=True)
    ]
    collection = {
        "type": "FeatureCollection",
        "coordinate_unit": "metre",
        "zone": geometry(outline_through(_outline(diagram.zone), polygons)),
        "features": features,
    }
    return (json.dumps(collection, allow_nan=False, ensure_ascii=False) + "\n").encode()


def _names(diagram: ArcDiagram, names: Sequence[str] | None) -> list[str]:
    called = list(map(str, range(len(diagram)))) if names is None else list(names)
    if len(called) != len(diagram):
        raise InvalidArgumentError(
            f"there are {len(called)} names for {len(diagram)} sites; expected one for each"
        )
    return called


def _outline(zone: Zone) -> Polygon | MultiPolygon:
    import shapely

    whole = shapely.union_all(shapely.polygons(zone.triangulation.corners))
    return shapely.simplify(whole, 0.0)
