from __future__ import annotations

import numpy as np
import pytest
import shapely

from geomot.export import FORMATS, encode_regions
from geomot.export.edges import edges_alone, outline_through, straightened, tiles_exactly
from tests.export.solutions import solved_u_shape


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_the_zone_of_a_file_has_the_vertices_of_its_regions(suffix: str) -> None:
    held = FORMATS[suffix].decode(encode_regions(solved_u_shape(), FORMATS[suffix]))
    assert held.zone is not None and tiles_exactly(held.polygons, held.zone)
    assert shapely.union_all(held.polygons).normalize().equals_exact(held.zone.normalize(), 0.0)


def test_points_off_the_boundary_are_not_taken() -> None:
    zone = shapely.box(0, 0, 2, 1)
    gap = [shapely.box(0, 0, 1, 1), shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1.001, 0.5)])]
    outline = outline_through(zone, gap)
    assert shapely.get_num_coordinates(outline) == 7
    assert not tiles_exactly(gap, outline)


def test_holes_that_touch_the_outside_get_their_vertices() -> None:
    hole = [(1.0, 0.0), (2.0, 1.0), (1.0, 1.5)]
    zone = shapely.Polygon([(0, 0), (3, 0), (3, 2), (0, 2)], [hole])
    left, right = (zone.intersection(shapely.box(x, 0, x + 1.5, 2)) for x in (0.0, 1.5))
    outline = outline_through(zone, [left, right])
    assert tiles_exactly([left, right], outline) and outline.is_valid
    assert len(outline.interiors) == 1 and outline.equals(zone)


def test_neighbours_are_halved_alike() -> None:
    halves = [shapely.box(1, 1, 2, 2), shapely.box(2, 1, 3, 2)]
    bent = [straightened(half, np.square, np.sqrt, 1e-4) for half in halves]
    assert shapely.get_num_coordinates(bent[0]) > 50
    assert len(edges_alone(bent)) == len(edges_alone([outline_through(shapely.box(1, 1, 3, 2), bent)]))
    moved = [shapely.transform(half, np.square) for half in bent]
    assert shapely.intersection(*moved).area == 0.0
