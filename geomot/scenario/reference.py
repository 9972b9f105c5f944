"""Scenarios in degrees: positions are projected to metres where a file is read, and back in GeoJSON.

Lengths, heights and standard deviations are metres from the start.  Without a projection of the
scenario's own, positions go to the UTM zone of the zone's centre (WGS 84; UPS near the poles), whose
lengths are those on the ground within 0.1 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np
from pydantic import Field

from geomot.errors import Problem, ScenarioError
from geomot.geometry.body import optional
from geomot.kernels.simplices import Floats
from geomot.scenario.section import Section
from geomot.scenario.values import Text

KEYS = ("crs", "projected")  # of [zone], in a file
DEGREES = "OGC:CRS84"  # longitude and latitude of RFC 7946
WIDEST = 6.0  # degrees between a point and the centre that UTM is good for
POLAR = {True: (84.0, 32661), False: (-80.0, 32761)}  # by hemisphere: where UTM ends, UPS


class Reference(Section):
    """What the metres of a scenario are coordinates of.

    Examples
    --------
    >>> Reference(projected="EPSG:32755").projected
    'EPSG:32755'
    >>> Reference(projected="EPSG:4326")
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      projected: is 'EPSG:4326', whose axes are not metres; expected a projection, as EPSG:32755 is
    """

    projected: Text = Field(description="the projected coordinate reference system [m]")

    @classmethod
    def contradictions(cls, data: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong with the projection."""
        projected = data.get("projected")
        if isinstance(projected, str) and projected.strip():
            yield from _known(projected, "projected", metres=True)

    def degrees(self, points: Floats) -> Floats:
        """Return longitude and latitude (WGS 84) of points ``(n, 2)`` in metres."""
        return _through(self.projected, DEGREES, points)

    def metres(self, points: Floats) -> Floats:
        """Return the points ``(n, 2)`` in metres of longitudes and latitudes (WGS 84)."""
        return _through(DEGREES, self.projected, points)


def projected(data: dict[str, Any], crs: Any, target: Any) -> dict[str, Any]:
    """Return a scenario's raw data with positions in metres and their reference.

    Parameters
    ----------
    data
        Valid data, positions in the axes of ``crs``, x first (longitude, latitude).
    crs
        What they are in, such as "EPSG:4326".
    target
        The projection wanted, such as "EPSG:32755"; None for one that fits.

    Raises
    ------
    ScenarioError
        If a coordinate system is not known, a position is none of it, or the zone does not fit.
    MissingPackageError
        If pyproj is not installed.

    Examples
    --------
    >>> import geomot
    >>> projected(geomot.paper_scenario().model_dump(), "EPSG:99", None)
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      zone.crs: is 'EPSG:99', which pyproj does not know; expected a coordinate reference system, ...
    """
    problems = [*_known(crs, "zone.crs"), *_known(target, "zone.projected", metres=True)]
    if data["zone"]["kind"] == "mesh":
        problems.append(
            Problem("zone.crs", "has no place beside kind = 'mesh', a file in metres; remove it")
        )
    if problems:
        raise ScenarioError(problems)
    places = [(path, spot) for path, spot in _places(data)]
    degrees = geographic(crs)
    if degrees:
        problems = [Problem(path, _range(spot)) for path, spot in places if _outside(spot)]
        if problems:
            raise ScenarioError(problems)
    if target is None:
        target = _fitting(_corners(data["zone"])) if degrees else crs
    Reference(projected=target)
    flat = np.array([spot[:2] for _, spot in places])
    moved = _through(crs, target, flat)
    bad = [not all(map(isfinite, place)) for place in moved.tolist()]
    if any(bad):
        raise ScenarioError(
            Problem(path, f"is {tuple(spot)}, which {target} does not reach; choose another projection")
            for (path, spot), lost in zip(places, bad, strict=True)
            if lost
        )
    known = dict(zip(map(tuple, flat.tolist()), moved.tolist(), strict=True))
    metres = _mapped(data, lambda spot: (*known[tuple(map(float, spot[:2]))], *spot[2:]))
    return {**metres, "reference": {"projected": target}}


def geographic(crs: Any) -> bool:
    """Return whether the axes of a coordinate reference system are degrees."""
    return bool(optional("pyproj").CRS.from_user_input(crs).is_geographic)


@lru_cache
def _transformer(source: str, target: str) -> Any:
    return optional("pyproj").Transformer.from_crs(source, target, always_xy=True)


def _through(source: str, target: str, points: Floats) -> Floats:
    points = np.asarray(points, dtype=float).reshape(-1, 2)
    return np.stack(_transformer(source, target).transform(*points.T), axis=1)


def _known(crs: Any, path: str, *, metres: bool = False) -> Iterator[Problem]:
    """Yield a problem with a coordinate reference system; None is none."""
    if crs is None:
        return
    pyproj = optional("pyproj")
    try:
        found = pyproj.CRS.from_user_input(crs) if isinstance(crs, str) else None
    except pyproj.exceptions.CRSError:
        found = None
    if found is None:
        yield Problem(
            path,
            f"is {crs!r}, which pyproj does not know; expected a coordinate reference system, such as "
            "'EPSG:4326'",
        )
    elif (metres or not found.is_geographic) and not (
        found.is_projected and all(axis.unit_name == "metre" for axis in found.axis_info[:2])
    ):
        yield Problem(
            path, f"is {crs!r}, whose axes are not metres; expected a projection, as EPSG:32755 is"
        )


def _outside(spot: Any) -> bool:
    return not (abs(spot[0]) <= 180.0 and abs(spot[1]) <= 90.0)


def _range(spot: Any) -> str:
    return (
        f"is {tuple(spot)}; expected a longitude from -180 to 180 and a latitude from -90 to 90, in "
        "this order: swap them, or remove zone.crs if these are metres"
    )


def _fitting(corners: Floats) -> str:
    """Return the UTM zone of the middle of points in degrees."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    longitude, latitude = 0.5 * (low + high)
    limit, polar = POLAR[bool(latitude >= 0.0)]
    if abs(latitude) > abs(limit):
        return f"EPSG:{polar}"
    number = min(int((longitude + 180.0) // 6.0) + 1, 60)
    if max(high[0] - longitude, abs(6.0 * number - 183.0 - low[0])) > WIDEST:
        raise ScenarioError(
            [
                Problem(
                    "zone.crs",
                    f"has a zone from longitude {low[0]:g} to {high[0]:g}, too wide for UTM; expected "
                    "one within some degrees, or 'projected' with a projection that fits it",
                )
            ]
        )
    return f"EPSG:{(32600 if latitude >= 0.0 else 32700) + number}"


def _corners(zone: Mapping[str, Any]) -> Floats:
    spots = [zone["lower"], zone["upper"]] if zone["kind"] == "box" else zone["vertices"]
    return np.array([spot[:2] for spot in spots], dtype=float)


def _mapped(data: dict[str, Any], move: Callable[[Any], Any]) -> dict[str, Any]:
    """Return raw data with every position moved; a box, whose sides turn, becomes a polygon."""
    changed = {**data, "zone": _outlined(data["zone"])}
    zone = changed["zone"]
    zone["vertices"] = [move(spot) for spot in zone["vertices"]]
    zone["holes"] = [[move(spot) for spot in hole] for hole in zone["holes"]]
    changed["servers"] = [{**s, "position": move(s["position"])} for s in data["servers"]]
    for key in ("sensors", "twins"):
        section = dict(data[key] or {})
        if section.get("density"):
            section["density"] = _moved_density(section["density"], move)
        if section.get("positions"):
            section["positions"] = [move(spot) for spot in section["positions"]]
        changed[key] = section or None
    return changed


def _moved_density(density: Mapping[str, Any], move: Callable[[Any], Any]) -> dict[str, Any]:
    if density["kind"] == "mixture":
        parts = [{**part, "mean": move(part["mean"])} for part in density["components"]]
        return {**density, "components": parts}
    return {**density, "mean": move(density["mean"])} if "mean" in density else dict(density)


def _outlined(zone: Mapping[str, Any]) -> dict[str, Any]:
    """Return a zone by its outline."""
    if zone["kind"] != "box":
        return dict(zone)
    (x, y, *bottom), (right, top, *ceiling) = zone["lower"], zone["upper"]
    ring = [(x, y), (right, y), (right, top), (x, top)]
    if not bottom:
        return {"kind": "polygon", "vertices": ring, "holes": []}
    return {"kind": "extrusion", "vertices": ring, "holes": [], "height": (*bottom, *ceiling)}


def _places(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield key path and coordinates of every position."""
    zone = data["zone"]
    if zone["kind"] == "box":
        (x, y), (right, top) = zone["lower"][:2], zone["upper"][:2]
        yield "zone.lower", (x, y)
        yield "zone.upper", (right, top)
        yield "zone.upper", (right, y)
        yield "zone.lower", (x, top)
    for i, spot in enumerate(zone.get("vertices", ())):
        yield f"zone.vertices[{i}]", spot
    for k, hole in enumerate(zone.get("holes", ())):
        for i, spot in enumerate(hole):
            yield f"zone.holes[{k}][{i}]", spot
    for i, server in enumerate(data["servers"]):
        yield f"servers[{i}].position", server["position"]
    for key in ("sensors", "twins"):
        section = data[key] or {}
        for i, spot in enumerate(section.get("positions") or ()):
            yield f"{key}.positions[{i}]", spot
        density = section.get("density") or {}
        if "mean" in density:
            yield f"{key}.density.mean", density["mean"]
        for i, part in enumerate(density.get("components", ())):
            yield f"{key}.density.components[{i}].mean", part["mean"]
