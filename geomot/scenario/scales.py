"""Whether the lengths of a scenario are plausible: valid numbers may be in other units or axes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from geomot.errors import ScaleWarning
from geomot.geometry.zones.checks import LARGEST
from geomot.kernels.simplices import Floats
from geomot.scenario.schema import Scenario
from geomot.scenario.surface import read_surface
from geomot.scenario.zones import AnyZone, BoxZone, ExtrusionZone, MeshZone

FAR = 100.0  # a server so many zone extents away serves another place
BESIDE = 1.0  # extents: in degrees, where swapped coordinates come nearer than this
NARROW = 2.0  # a zone whose sides are shorter is a city in degrees rather than a room in metres,
OFF = 10.0  # where its middle is so many sides from the origin
LONGITUDE, LATITUDE = 180.0, 90.0


def scale_remarks(scenario: Scenario) -> Iterator[str]:
    """Yield what is implausible about the lengths of a scenario in metres, with the likely cause.

    Parameters
    ----------
    scenario
        A valid scenario.

    Examples
    --------
    >>> import geomot
    >>> paper = geomot.paper_scenario()
    >>> list(scale_remarks(paper))
    []
    >>> lost = paper.servers[0].model_copy(update={"position": (1e9, 0.0)})
    >>> print(*scale_remarks(paper.model_copy(update={"servers": (lost, *paper.servers[1:])})))
    server 'south-west' is 1e+09 m from the zone, 3.54e+05 times its extent; expected servers around
    the zone: check that their coordinates have its units, origin and axes
    """
    low, high = _bounds(scenario.zone)
    positions = np.array([server.position for server in scenario.servers], dtype=float)
    if not ((np.abs([low, high]) <= LARGEST).all() and (high > low).all()):
        return  # the engine refuses the zone
    yield from _far(scenario, positions, low, high)
    if scenario.reference is None and _like_degrees(low, high):
        sides = " x ".join(f"{side:.3g}" for side in (high - low)[:2])
        middle = ", ".join(f"{x:.6g}" for x in (0.5 * (low + high))[:2])
        yield (
            f"the zone is {sides} m around ({middle}), which looks like longitude and latitude in "
            "degrees; expected metres: give zone.crs = 'EPSG:4326' if these are degrees"
        )
        return
    reach = scenario.channel.reference_distance
    corners = np.maximum(np.abs(positions - low), np.abs(positions - high))
    if (np.linalg.norm(corners, axis=1) < reach).all():
        yield (
            f"the whole zone is within the reference distance, {reach:g} m, of all servers, where the "
            "path loss hardly depends on the distance; expected a larger zone or a smaller "
            "channel.reference_distance: check their units"
        )


def swapped_remarks(scenario: Scenario) -> Iterator[str]:
    """Yield which servers have latitude and longitude swapped, before they are projected.

    Parameters
    ----------
    scenario
        A valid scenario whose positions are in degrees.
    """
    low, high = (corner[:2] for corner in _bounds(scenario.zone))
    positions = np.array([server.position[:2] for server in scenario.servers], dtype=float)
    extent = float(np.linalg.norm(high - low))
    away, swapped = (_gaps(spots, low, high) for spots in (positions, positions[:, ::-1]))
    wrong = (away > BESIDE * extent) & (swapped <= BESIDE * extent)
    if wrong.any():
        spot = ", ".join(f"{x:.6g}" for x in positions[np.argmax(wrong)])
        yield (
            f"{_named(scenario, wrong)} at ({spot}), far outside the zone, and near it with latitude "
            "and longitude swapped; expected the longitude as x, the latitude as y: swap them"
        )


def warn(remarks: Iterable[str]) -> None:
    """Issue each remark as a `ScaleWarning`, once."""
    for remark in dict.fromkeys(remarks):
        warnings.warn(ScaleWarning(remark), stacklevel=5)  # where a user calls load_scenario


def _far(scenario: Scenario, positions: Floats, low: Floats, high: Floats) -> Iterator[str]:
    extent = float(np.linalg.norm(high - low))
    away = _gaps(positions, low, high)
    wrong = away > FAR * extent
    if not wrong.any():
        return
    turned = positions[:, [1, 0, *range(2, positions.shape[1])]]
    if (_gaps(turned, low, high)[wrong] <= extent).all():
        cause = "x and y look swapped"
    elif _in_degrees(positions[wrong]) and not _in_degrees(np.array([low, high])):
        cause = "they look like degrees, and the zone like metres"
    else:
        cause = "check that their coordinates have its units, origin and axes"
    farthest = float(away.max())
    yield (
        f"{_named(scenario, wrong)} {farthest:.3g} m from the zone, {farthest / extent:.3g} times its "
        f"extent; expected servers around the zone: {cause}"
    )


def _named(scenario: Scenario, wrong: np.ndarray) -> str:
    """Return the beginning of a sentence about some of the servers."""
    first, count = repr(scenario.servers[int(np.argmax(wrong))].name), int(wrong.sum())
    return f"server {first} is" if count == 1 else f"{count} servers, the first of them {first}, are"


def _gaps(positions: Floats, low: Floats, high: Floats) -> Floats:
    """Return the distances of points from a box."""
    outside = np.maximum(np.maximum(low - positions, positions - high), 0.0)
    return np.asarray(np.linalg.norm(outside, axis=1))


def _in_degrees(points: Floats) -> bool:
    return bool((np.abs(points[:, :2]) <= (LONGITUDE, LATITUDE)).all())


def _like_degrees(low: Floats, high: Floats) -> bool:
    side = float((high - low)[:2].max())
    off = float(np.abs(0.5 * (low + high)[:2]).max())
    return _in_degrees(np.array([low, high])) and side < NARROW and off > OFF * side


def _bounds(zone: AnyZone) -> tuple[Floats, Floats]:
    """Return the corners of the box around a zone."""
    if isinstance(zone, BoxZone):
        return np.array(zone.lower, dtype=float), np.array(zone.upper, dtype=float)
    if isinstance(zone, MeshZone):
        vertices = np.asarray(read_surface(Path(zone.file)).vertices, dtype=float)
        return vertices.min(axis=0), vertices.max(axis=0)
    ring = np.array(zone.vertices, dtype=float)
    low, high = ring.min(axis=0), ring.max(axis=0)
    if isinstance(zone, ExtrusionZone):
        return np.append(low, zone.height[0]), np.append(high, zone.height[1])
    return low, high
