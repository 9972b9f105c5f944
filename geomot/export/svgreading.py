"""Reading the SVG that geomot writes."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

import numpy as np

from geomot.export.content import RegionFile
from geomot.export.outlines import Outline, polygon_of
from geomot.files.content import MalformedFileError, read_json

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

MARK = "geomot regions"
_ARGUMENTS = {"M": 2, "L": 2, "A": 7, "Z": 0}


def read(content: bytes) -> RegionFile:
    """Return the regions of an SVG file.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        If it is not SVG, or was not written by geomot.

    Examples
    --------
    >>> read(b"<html/>")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is XML, but not SVG; expected exported regions
    """
    from xml.etree.ElementTree import fromstring

    try:
        root = fromstring(content)
    except (ParseError, ValueError, LookupError) as error:
        raise MalformedFileError(f"is not valid XML: {error}") from None
    if not root.tag.endswith("svg"):
        raise MalformedFileError("is XML, but not SVG; expected exported regions")
    if root.get("data-content") != MARK or root.get("data-unit") != "metre":
        raise MalformedFileError(
            f"is SVG, but does not hold regions in metres; expected data-content={MARK!r} and "
            "data-unit='metre', as geomot writes"
        )
    paths = [element for element in root.iter() if element.tag.endswith("path")]
    regions = [path for path in paths if path.get("class") == "region"]
    zones = [path for path in paths if path.get("class") == "zone"]
    if len(zones) > 1:
        raise MalformedFileError(f"holds {len(zones)} zones; expected one at most")
    return RegionFile(
        tuple(_name(path, number) for number, path in enumerate(regions)),
        tuple(_polygon(path, f"region {number}") for number, path in enumerate(regions)),
        _polygon(zones[0], "the zone") if zones else None,
        root.get("data-solve"),
    )


def _name(path: Element, number: int) -> str:
    text = path.get("data-name", "")
    try:
        name = read_json(text)
    except MalformedFileError:
        name = None
    if not isinstance(name, str):
        raise MalformedFileError(
            f"region {number} has data-name {reprlib.repr(text)}; expected a JSON string"
        )
    return name


def _polygon(path: Element, what: str) -> Polygon | MultiPolygon:
    try:
        return polygon_of([_outline(curve) for curve in _curves(path.get("d", "").split())])
    except ValueError as error:
        raise MalformedFileError(f"the path of {what}: {error}") from None


Command = tuple[str, list[float]]


def _curves(words: list[str]) -> Iterator[list[Command]]:
    """Split a path into curves: M, then L and A, then Z, each command with its numbers."""
    curve: list[Command] = []
    place = 0
    while place < len(words):
        letter = words[place]
        if letter not in _ARGUMENTS or (letter == "M") != (not curve):
            raise ValueError(f"has {reprlib.repr(letter)}; expected M, then L or A, then Z")
        numbers = [float(word) for word in words[place + 1 : place + 1 + _ARGUMENTS[letter]]]
        if len(numbers) < _ARGUMENTS[letter] or not all(map(math.isfinite, numbers)):
            raise ValueError(f"has {letter} with other than {_ARGUMENTS[letter]} finite numbers")
        place += 1 + len(numbers)
        if letter == "Z":
            yield curve
            curve = []
        else:
            curve.append((letter, numbers))
    if curve:
        raise ValueError("has a curve that is not closed; expected Z at its end")


def _outline(curve: list[Command]) -> Outline:
    """Return the outline that commands draw; arcs are those of less than half a turn."""
    points = [numbers[-2:] for _, numbers in curve]
    bulges = []
    for (letter, numbers), start, end in zip(curve[1:], points[:-1], points[1:], strict=True):
        bulge = 0.0
        if letter == "A":
            radius, other, _, large, sweep = numbers[:5]
            half = 0.5 * math.hypot(end[0] - start[0], end[1] - start[1])
            if radius != other or large != 0.0 or radius < half:
                raise ValueError("has an arc that is not one of a circle, less than half of it")
            bulge = half / (radius + math.sqrt((radius - half) * (radius + half)))
            bulge = bulge if sweep else -bulge
        bulges.append(bulge)
    if len(points) > 1 and points[-1] == points[0]:
        points.pop()
    else:
        bulges.append(0.0)
    return Outline(np.array(points), np.array(bulges))
