"""GeoJSON (RFC 7946), with one deviation that the file states: coordinates are metres.

Where the scenario has a coordinate reference system there is no deviation: coordinates are longitude
and latitude (WGS 84), ``coordinate_unit`` is "degree", and ``projected`` names the projection that
takes them back to the scenario's metres.

A ``FeatureCollection`` with one ``Feature`` for each server, in the scenario's order::

    {"type": "FeatureCollection",
     "coordinate_unit": "metre", "solve": .., "method": .., "status": ..,
     "zone": {"type": "Polygon", ..},
     "features": [{"type": "Feature", "id": 0,
                   "properties": {"name": .., "position": [x, y], "mass": .., "measure": .., ..},
                   "geometry": {"type": "Polygon", ..} or {"type": "MultiPolygon", ..}}, ..]}

An empty region is a ``Polygon`` without coordinates, which more readers take than ``null`` (GEOS does
not).  Exterior rings run counter-clockwise, holes clockwise.  Numbers have as
many digits as bring back the same float64.  ``zone`` is there where all regions are, and has the
vertices that these have on its boundary: in the file's own coordinates the regions tile it exactly.
"""

from __future__ import annotations

import json
import reprlib
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from geomot.errors import ScenarioError
from geomot.export.content import RegionFile, zone_outline
from geomot.export.edges import outline_through
from geomot.files.content import MalformedFileError, read_json

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

    from geomot.diagram import Region
    from geomot.kernels.simplices import Floats
    from geomot.scenario import Solution
    from geomot.scenario.reference import Reference


def encode(solution: Solution, regions: Sequence[Region]) -> bytes:
    """Return the regions of a solution as GeoJSON.

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
    >>> json.loads(encode(solution, solution.regions[:1]))["features"][0]["properties"]["name"]
    'south-west'
    """
    reference = solution.scenario.reference
    collection: dict[str, Any] = {
        "type": "FeatureCollection",
        "coordinate_unit": "metre" if reference is None else "degree",
        **({} if reference is None else {"projected": reference.projected}),
        "solve": solution.identifier,
        "method": solution.method,
        "status": str(solution.status),
    }
    if len(regions) == len(solution.servers):
        outline = outline_through(
            zone_outline(solution.scenario), [region.polygon for region in regions]
        )
        collection["zone"] = geometry(_placed(outline, reference))
    numbers = solution.server_rows()
    positions = [list(server.position) for server in solution.scenario.servers]
    if reference is not None:
        positions = reference.degrees(np.array(positions)).tolist()
    collection["features"] = [
        {
            "type": "Feature",
            "id": region.site,
            "properties": {
                "name": numbers[region.site]["name"],
                "position": positions[region.site],
                **numbers[region.site],
            },
            "geometry": geometry(_placed(region.polygon, reference)),
        }
        for region in regions
    ]
    return (json.dumps(collection, allow_nan=False, ensure_ascii=False) + "\n").encode()


def decode(content: bytes) -> RegionFile:
    """Return the regions that a GeoJSON file holds.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        With the key path of what is not as expected.

    Examples
    --------
    >>> decode(b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point"}}]}')
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: features[0].geometry is a 'Point'; expected ...
    """
    collection = read_json(content)
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise MalformedFileError("is JSON, but not a FeatureCollection; expected exported regions")
    features = _listed(collection.get("features"), "features")
    names, polygons = [], []
    for i, feature in enumerate(features):
        path = f"features[{i}]"
        table = _table(feature, path)
        properties = _table(table.get("properties") or {}, f"{path}.properties")
        names.append(str(properties.get("name", i)))
        polygons.append(_polygon(table.get("geometry"), f"{path}.geometry"))
    zone = None if collection.get("zone") is None else _polygon(collection["zone"], "zone")
    solve = collection.get("solve")
    solve = solve if isinstance(solve, str) else None
    held = RegionFile(tuple(names), tuple(polygons), zone, solve)
    if "projected" not in collection:
        return held
    reference = _reference(collection["projected"])
    return RegionFile(
        held.names,
        tuple(_moved(polygon, reference.metres) for polygon in held.polygons),
        None if held.zone is None else _moved(held.zone, reference.metres),
        solve,
        degrees=held,
    )


def _reference(projected: Any) -> Reference:
    from geomot.scenario.reference import Reference

    try:
        return Reference(projected=projected)
    except ScenarioError as error:
        raise MalformedFileError(str(error.problems[0])) from None


def _placed(polygon: Polygon | MultiPolygon, reference: Reference | None) -> Polygon | MultiPolygon:
    """Return a polygon in longitude and latitude where its metres are a projection's."""
    return polygon if reference is None else _moved(polygon, reference.degrees)


def _moved(polygon: Polygon | MultiPolygon, move: Callable[[Floats], Floats]) -> Polygon | MultiPolygon:
    import shapely

    return shapely.transform(polygon, move)


def geometry(polygon: Polygon | MultiPolygon) -> dict[str, Any]:
    """Return a polygon as a GeoJSON geometry, rings oriented as RFC 7946 says.

    Examples
    --------
    >>> import shapely
    >>> geometry(shapely.Polygon())
    {'type': 'Polygon', 'coordinates': []}
    """
    import shapely

    if polygon.is_empty:
        return {"type": "Polygon", "coordinates": []}
    turned = shapely.orient_polygons(polygon)
    parts = [
        [shapely.get_coordinates(ring).tolist() for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(turned)
    ]
    if turned.geom_type == "Polygon":
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _polygon(geometry: Any, path: str) -> Polygon | MultiPolygon:
    import shapely

    if geometry is None:
        return shapely.Polygon()
    table = _table(geometry, path)
    kind, coordinates = table.get("type"), table.get("coordinates")
    where = f"{path}.coordinates"
    if kind == "Polygon":
        return _part(coordinates, where)
    if kind == "MultiPolygon":
        parts = _listed(coordinates, where)
        return shapely.MultiPolygon([_part(part, f"{where}[{i}]") for i, part in enumerate(parts)])
    raise MalformedFileError(f"{path} is a {kind!r}; expected a 'Polygon', a 'MultiPolygon' or null")


def _part(rings: Any, path: str) -> Polygon:
    import shapely

    lines = [_ring(ring, f"{path}[{i}]") for i, ring in enumerate(_listed(rings, path))]
    return shapely.Polygon(lines[0], lines[1:]) if lines else shapely.Polygon()


def _ring(positions: Any, path: str) -> list[tuple[float, float]]:
    points = [_position(entry, f"{path}[{i}]") for i, entry in enumerate(_listed(positions, path))]
    if len(points) < 4 or positions[0] != positions[-1]:
        raise MalformedFileError(
            f"{path} has {len(points)} positions; expected a closed ring: four or more, the last "
            "equal to the first"
        )
    return points


def _position(value: Any, path: str) -> tuple[float, float]:
    match value:
        case [float() | int(), float() | int()] if all(abs(x) <= sys.float_info.max for x in value):
            return float(value[0]), float(value[1])
    raise MalformedFileError(
        f"{path} is {reprlib.repr(value)}; expected two finite numbers, x and y in metres"
    )


def _listed(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedFileError(f"{path} is {reprlib.repr(value)}; expected a list")
    return value


def _table(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedFileError(f"{path} is {reprlib.repr(value)}; expected an object")
    return value
