"""What a file of regions holds, whatever its format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isinf
from typing import TYPE_CHECKING, Any

import numpy as np

from geomot.errors import GeomotError, InvalidArgumentError
from geomot.scenario.files import DAMAGE

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

    from geomot.scenario import Scenario


class MalformedFileError(GeomotError, ValueError):
    """A file is not of the format that its name promises."""


@contextmanager
def expected(what: str, *more: type[Exception]) -> Iterator[None]:
    """Turn what goes wrong inside, while a file's content is taken apart, into an error about the file.

    Numbers that overflow or are none do not go wrong here: the checks of what is held find them.

    Parameters
    ----------
    what
        What the file is and is not.
    more
        What a library raises on damaged content besides `geomot.scenario.files.DAMAGE`.

    Examples
    --------
    >>> with expected("is JSON, but no scene"):
    ...     {}["nodes"]
    Traceback (most recent call last):
    geomot.export.content.MalformedFileError: is JSON, but no scene (KeyError: 'nodes')
    """
    kinds: tuple[type[Exception], ...] = (*DAMAGE, *more)
    try:
        with np.errstate(all="ignore"):
            yield
    except GeomotError:
        raise
    except kinds as error:
        raise MalformedFileError(f"{what} ({type(error).__name__}: {error})") from None


def read_json(content: bytes | str) -> Any:
    """Return what JSON holds, all of whose whole numbers are ones that floating point holds as well.

    Raises
    ------
    MalformedFileError
        If it is no JSON, is nested too deeply, or has a whole number that is too large.

    Examples
    --------
    >>> read_json(b'{"zone_volume": 8}')
    {'zone_volume': 8}
    >>> read_json("[1" + 400 * "0" + "]")
    Traceback (most recent call last):
    geomot.export.content.MalformedFileError: has a whole number of 401 digits; expected one below ...
    """
    try:
        return json.loads(content, parse_int=_whole)
    except MalformedFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedFileError(f"is not valid JSON: {error}") from None


def _whole(digits: str) -> int:
    if isinf(float(digits)):
        raise MalformedFileError(
            f"has a whole number of {len(digits.lstrip('-'))} digits; expected one below 1.8e308: "
            "it is damaged"
        )
    return int(digits)


@dataclass(frozen=True, eq=False)
class RegionFile:
    """Regions as read from a file.

    Parameters
    ----------
    names
        One name per region; its number, from 0, where the format holds no names.
    polygons
        One polygon, several, or an empty one per region; metres.
    zone
        What the regions tile, or None if the file does not say.
    solve
        The identifier of the solve that the regions are of, or None if the file does not say it.
    degrees
        The same in longitude and latitude, where these are the file's own coordinates; else None.
    """

    names: tuple[str, ...]
    polygons: tuple[Polygon | MultiPolygon, ...]
    zone: Polygon | MultiPolygon | None
    solve: str | None = None
    degrees: RegionFile | None = None


def zone_outline(scenario: Scenario) -> Polygon:
    """Return the outline of a planar scenario's zone, with the vertices that the scenario gives.

    Parameters
    ----------
    scenario
        The scenario.

    Raises
    ------
    InvalidArgumentError
        If the zone is not planar.

    Examples
    --------
    >>> import geomot
    >>> zone_outline(geomot.paper_scenario()).area
    4000000.0
    """
    import shapely

    from geomot.scenario import BoxZone, PolygonZone

    zone = scenario.zone
    if isinstance(zone, BoxZone):
        return shapely.box(*zone.lower, *zone.upper)
    if isinstance(zone, PolygonZone):
        return shapely.Polygon(zone.vertices, zone.holes)
    raise InvalidArgumentError(
        f"the zone is of kind {zone.kind!r}, in space; expected a planar one: use a spatial format"
    )
