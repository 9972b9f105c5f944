"""Whether all points of a scenario have as many coordinates as its zone: raw input, or models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from geomot.errors import Problem
from geomot.scenario.section import entries, member
from geomot.scenario.values import DIMENSIONS, plain

_OF_KIND = {"polygon": 2, "extrusion": 3, "mesh": 3}


def zone_dimension(zone: Any) -> int | None:
    """Return the number of coordinates of a zone, or None where the input does not settle it.

    Parameters
    ----------
    zone
        The section, as a table or as a model.

    Examples
    --------
    >>> zone_dimension({"kind": "box", "lower": [0, 0, 0], "upper": [1, 1, 1]})
    3
    >>> zone_dimension({"kind": "box", "lower": [0, 0, 0], "upper": [1, 1]})
    """
    kind = member(zone, "kind")
    if kind == "box":
        lower, upper = _length(member(zone, "lower")), _length(member(zone, "upper"))
        return lower if lower == upper else None
    return _OF_KIND.get(kind) if isinstance(kind, str) else None


def mismatches(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each point with more or fewer coordinates than the zone.

    Points that are wrong by themselves, in the plane and in space, are left to their own checks.

    Parameters
    ----------
    data
        The raw scenario.
    """
    dimension = zone_dimension(data.get("zone"))
    if dimension is None:
        return
    for path, value in _points(data):
        length = _length(value)
        if length is not None and length != dimension:
            yield Problem(path, f"has {length} coordinates; expected {dimension}, as the zone has")
    for path, value in _spreads(data):
        length = _length(value)
        if length is not None and length != dimension:
            yield Problem(
                path,
                f"has {length} entries; expected one number, or one for each of the {dimension} "
                "coordinates of the zone",
            )


def _points(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for i, server in enumerate(entries(data, "servers")):
        yield f"servers[{i}].position", member(server, "position")
    for i, point in enumerate(entries(data.get("twins"), "positions")):
        yield f"twins.positions[{i}]", point
    for path, bell in _bells(data):
        for corner in ("mean", "lower", "upper"):
            yield f"{path}.{corner}", member(bell, corner)


def _spreads(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what agrees with its mean; models have one number per axis also where given one alone."""
    for path, bell in _bells(data):
        std, mean = member(bell, "std"), member(bell, "mean")
        if isinstance(bell, Mapping) and _length(std) == _length(mean):
            yield f"{path}.std", std


def _bells(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for section in ("sensors", "twins"):
        density = member(data.get(section), "density")
        yield f"{section}.density", density
        for i, component in enumerate(entries(density, "components")):
            yield f"{section}.density.components[{i}]", component


def _length(value: Any) -> int | None:
    value = plain(value)
    return len(value) if isinstance(value, (list, tuple)) and len(value) in DIMENSIONS else None
