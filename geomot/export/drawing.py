"""What a drawing of regions shows, whatever its format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geomot.export.content import zone_outline
from geomot.export.outlines import Part, straight
from geomot.export.tracing import trace

if TYPE_CHECKING:
    from geomot.diagram import Region
    from geomot.scenario import Solution


@dataclass(frozen=True, eq=False)
class Shape:
    """One region.

    Parameters
    ----------
    name
        The name of its server, or of its site.
    position
        Where that is, metres.
    parts
        The outlines of its pieces; none if it is empty.
    fill
        Its colour, ``#rrggbb``.
    mass, measure
        Its numbers: the share of the sensors, and the area in m^2.
    """

    name: str
    position: tuple[float, float]
    parts: tuple[Part, ...]
    fill: str
    mass: float
    measure: float


@dataclass(frozen=True, eq=False)
class Drawing:
    """Regions and the zone.

    Parameters
    ----------
    title
        What is drawn.
    shapes
        The regions.
    zone
        The zone's outlines; none where not all regions are there.
    bounds
        Lower and upper corner of what is to be seen, metres: x, y, x, y.
    solve
        The identifier of the solve that the regions are of, if they are of one.
    """

    title: str
    shapes: tuple[Shape, ...]
    zone: tuple[Part, ...]
    bounds: tuple[float, float, float, float]
    solve: str | None = None


def draw(solution: Solution, regions: Sequence[Region]) -> Drawing:
    """Return the drawing of a planar solution's regions.

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
    >>> draw(solution, solution.regions).zone[0][0].points.tolist()
    [[2000.0, 0.0], [2000.0, 2000.0], [0.0, 2000.0], [0.0, 0.0]]
    """
    polygons, fills = [region.polygon for region in regions], solution.diagram.fills
    zone = zone_outline(solution.scenario)
    whole = len(regions) == len(solution.servers)
    servers, places = solution.servers, solution.scenario.servers
    return Drawing(
        title=f"{solution.scenario.title or 'Regions'}: {solution.method}, {solution.status}",
        shapes=tuple(
            Shape(
                name=servers[region.site].name,
                position=(places[region.site].position[0], places[region.site].position[1]),
                parts=parts,
                fill=fills[region.site],
                mass=servers[region.site].mass,
                measure=servers[region.site].measure,
            )
            for region, parts in zip(regions, trace(polygons, zone), strict=True)
        ),
        zone=straight(zone) if whole else (),
        bounds=zone.bounds,
        solve=solution.identifier,
    )
