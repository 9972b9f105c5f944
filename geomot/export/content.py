"""What a file of regions holds, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geomot.errors import InvalidArgumentError

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

    from geomot.scenario import Scenario


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
