r"""Well-known text (OGC Simple Features): one geometry in a file, and nothing else.

All regions are a ``GEOMETRYCOLLECTION`` with one line for each server, in the scenario's order; an
empty region is ``POLYGON EMPTY``.  A single region stands by itself.  So every reader of WKT takes the
whole file, ``shapely.from_wkt(path.read_text())``.  The format has no place for names and numbers:
GeoJSON has.  Coordinates are metres; their digits bring back the same float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geomot.export.content import RegionFile
from geomot.files.content import MalformedFileError

if TYPE_CHECKING:
    from shapely.geometry import LinearRing, MultiPolygon, Polygon

    from geomot.diagram import Region
    from geomot.scenario import Solution


def encode(solution: Solution, regions: Sequence[Region]) -> bytes:
    """Return the regions of a solution as WKT.

    Parameters
    ----------
    solution
        What the regions belong to.
    regions
        Some of its regions, or all.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> encode(solution, solution.regions[:1]).decode()[:9]
    'POLYGON ('
    """
    lines = [_text(region.polygon) for region in regions]
    if len(lines) == 1:
        return f"{lines[0]}\n".encode()
    return "GEOMETRYCOLLECTION (\n{}\n)\n".format(",\n".join(lines)).encode()


def decode(content: bytes) -> RegionFile:
    """Return the regions that a WKT file holds.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        If it is not WKT, or holds something else than polygons in the plane.

    Examples
    --------
    >>> decode(b"GEOMETRYCOLLECTION (POLYGON ((0 0, 2 0, 0 1, 0 0)), POLYGON EMPTY)").names
    ('0', '1')
    >>> decode(b"POINT (1 2)")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: geometry 0 is a Point; expected polygons in the plane
    """
    import shapely

    try:
        whole = shapely.from_wkt(content.decode())
    except (UnicodeDecodeError, shapely.errors.ShapelyError, ValueError) as error:
        raise MalformedFileError(f"is not valid WKT: {error}") from None
    parts = list(whole.geoms) if whole.geom_type == "GeometryCollection" else [whole]
    for i, part in enumerate(parts):
        if part.geom_type not in ("Polygon", "MultiPolygon") or part.has_z:
            spatial = " in space" if part.has_z else ""
            raise MalformedFileError(
                f"geometry {i} is a {part.geom_type}{spatial}; expected polygons in the plane"
            )
    return RegionFile(tuple(map(str, range(len(parts)))), tuple(parts), None)


def _text(polygon: Polygon | MultiPolygon) -> str:
    import shapely

    if polygon.is_empty:
        return "POLYGON EMPTY"
    turned = shapely.orient_polygons(polygon)
    parts = [
        "({})".format(", ".join(_ring(ring) for ring in (part.exterior, *part.interiors)))
        for part in shapely.get_parts(turned)
    ]
    if turned.geom_type == "Polygon":
        return f"POLYGON {parts[0]}"
    return "MULTIPOLYGON ({})".format(", ".join(parts))


def _ring(ring: LinearRing) -> str:
    import shapely

    # repr: the shortest digits that bring back the same float64, at most 17
    return "({})".format(", ".join(f"{x!r} {y!r}" for x, y in shapely.get_coordinates(ring).tolist()))
