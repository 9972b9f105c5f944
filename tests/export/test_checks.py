from __future__ import annotations

import pytest
import shapely

from geomot.export import FORMATS, RegionFile, region_problems

ZONE = shapely.box(0, 0, 4, 1)
LEFT, RIGHT = shapely.box(0, 0, 2, 1), shapely.box(2, 0, 4, 1)
NOTHING = shapely.Polygon()


def held(*polygons: shapely.Polygon, zone: shapely.Polygon | None = ZONE) -> RegionFile:
    return RegionFile(tuple("abcdef"[: len(polygons)]), polygons, zone)


def test_a_partition_has_no_problems() -> None:
    assert region_problems(held(LEFT, NOTHING, RIGHT)) == []
    assert region_problems(held(LEFT, zone=None)) == []


@pytest.mark.parametrize(
    ("regions", "reason"),
    [
        (held(), "there are no regions"),
        (held(NOTHING), "all regions are empty"),
        (held(LEFT), r"leave 2 m\^2 of the zone uncovered"),
        (held(LEFT, shapely.box(1, 0, 4, 1)), r"'a' and 'b' overlap by 1 m\^2"),
        (held(LEFT, LEFT, RIGHT), "'a' and 'b' overlap"),
        (held(LEFT, shapely.box(2, 0, 5, 1)), r"reach 1 m\^2 beyond the zone"),
        (held(shapely.Polygon([(0, 0), (4, 1), (4, 0), (0, 1)])), "region 'a' is not a valid polygon"),
        (held(LEFT, RIGHT, zone=shapely.Polygon([(0, 0), (4, 1), (4, 0), (0, 1)])), "the zone is not"),
        (RegionFile(("a", "a"), (LEFT, RIGHT), ZONE), "2 regions are called 'a'"),
    ],
)
def test_each_problem_is_found(regions: RegionFile, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError("\n".join(region_problems(regions)))


def test_coordinates_that_are_not_finite_are_found() -> None:
    read = FORMATS[".wkt"].decode(b"POLYGON ((0 0, 1 0, nan 1, 0 0))")
    assert region_problems(read) == ["region '0' is not a valid polygon: Invalid Coordinate[nan 1]"]
