"""Whether regions read from a file are a partition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from geomot.export.content import RegionFile

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SLIVER = 1e-9  # overlaps and gaps below this share of the whole area are rounding


def region_problems(held: RegionFile) -> list[str]:
    """Return what is wrong with regions: not valid, overlapping, or not tiling their zone.

    Parameters
    ----------
    held
        The regions.

    Examples
    --------
    >>> import shapely
    >>> left, right, zone = shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1), shapely.box(0, 0, 4, 1)
    >>> for problem in region_problems(RegionFile(("a", "b"), (left, right), zone)):
    ...     print(problem)
    regions 'a' and 'b' overlap by 1 m^2
    the regions leave 1 m^2 of the zone uncovered
    """
    problems = [
        f"{times} regions are called {name!r}"
        for name, times in Counter(held.names).items()
        if times > 1
    ]
    if not held.polygons:
        problems.append("there are no regions")
    elif all(polygon.is_empty for polygon in held.polygons):
        problems.append("all regions are empty")
    problems += [*_invalid(held)] or [*_misfits(held)]
    if problems or held.degrees is None:
        return problems
    found = [*_invalid(held.degrees)] or [*_misfits(held.degrees, held)]
    return [f"in longitude and latitude {each}" for each in found]


def _invalid(held: RegionFile) -> Iterator[str]:
    import shapely

    named = [(f"region {name!r}", p) for name, p in zip(held.names, held.polygons, strict=True)]
    if held.zone is not None:
        named.append(("the zone", held.zone))
    for name, polygon in named:
        if not polygon.is_valid:
            yield f"{name} is not a valid polygon: {shapely.is_valid_reason(polygon)}"


def _misfits(held: RegionFile, measured: RegionFile | None = None) -> Iterator[str]:
    """Yield overlaps and gaps, in metres^2 of the same regions ``measured``, if these are others."""
    import numpy as np
    import shapely

    polygons = np.array(held.polygons, dtype=object)
    zone = held.zone
    whole = float(shapely.area(polygons).sum()) if zone is None else zone.area
    sliver = SLIVER * whole
    unit = 1.0 if measured is None else sum(p.area for p in measured.polygons) / whole
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = np.stack([first, second], axis=1)[first < second]
    common = shapely.area(shapely.intersection(polygons[pairs[:, 0]], polygons[pairs[:, 1]]))
    for (i, j), area in zip(pairs, common, strict=True):
        if area > sliver:
            yield f"regions {held.names[i]!r} and {held.names[j]!r} overlap by {unit * area:.6g} m^2"
    if zone is not None:
        union: BaseGeometry = shapely.union_all(polygons)
        outside, uncovered = union.difference(zone).area, zone.difference(union).area
        if uncovered > sliver:
            yield f"the regions leave {unit * uncovered:.6g} m^2 of the zone uncovered"
        if outside > sliver:
            yield f"the regions reach {unit * outside:.6g} m^2 beyond the zone"
