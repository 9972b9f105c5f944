"""The test of every planar format: what is written comes back, bit for bit but for straight runs."""

from __future__ import annotations

import shapely

from geomot.export import FORMATS, RegionFile, encode_regions, region_problems
from geomot.scenario import Solution

DRAWINGS = (".svg", ".dxf")


def check_round_trip(solution: Solution, suffix: str) -> RegionFile:
    """Write all regions in a format, read them, and compare.

    Drawings leave out what a straight run has between its ends.
    """
    kind = FORMATS[suffix]
    held = kind.decode(encode_regions(solution, kind))
    assert len(held.polygons) == len(solution.regions)
    for read, region in zip(held.polygons, solution.regions, strict=True):
        assert read.is_empty == region.polygon.is_empty
        if not read.is_empty and suffix in DRAWINGS:
            given = {tuple(point) for point in shapely.get_coordinates(region.polygon)}
            assert {tuple(point) for point in shapely.get_coordinates(read)} <= given
            assert read.symmetric_difference(region.polygon).area <= 1e-9 * solution.zone_measure
        elif not read.is_empty:
            assert read.normalize().equals_exact(region.polygon.normalize(), tolerance=0.0)
        for part in shapely.get_parts(read):
            assert part.is_empty or part.exterior.is_ccw
            assert not any(hole.is_ccw for hole in part.interiors)
    assert region_problems(held) == []
    return held
