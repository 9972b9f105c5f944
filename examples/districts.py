"""Districts of equal population around given centres, each as compact as that allows.

The town is a polygon with a lake; people live around two centres.  Every district holds the same number
of people and the sum of their squared distances to the districts' centres is the least possible:
``python examples/districts.py`` writes ``districts.geojson``, lengths in metres.
"""

import json

import numpy as np
import shapely

import geomot

TOWN = shapely.Polygon(
    [(0, 0), (5000, -500), (7000, 2000), (6000, 5000), (3500, 4200), (1000, 5500), (-500, 2500)],
    [[(2500, 2000), (3400, 1800), (3600, 2600), (2700, 2800)]],
)
PEOPLE = geomot.mixture(
    [0.6, 0.4], [[1500.0, 1500.0], [5000.0, 3500.0]], [[1200.0, 1200.0], [900.0, 900.0]]
)


def districts(count: int = 9, tolerance: float = 1e-8) -> geomot.Transport:
    """Return districts with equal shares of the people."""
    zone = geomot.Zone.polygon(TOWN)
    centres = geomot.quantize(PEOPLE, zone, count, rng=3, tolerance=1e-3).diagram.points
    return geomot.fixed_capacity_transport(centres, np.ones(count), PEOPLE, zone, tolerance=tolerance)


if __name__ == "__main__":
    with open("districts.geojson", "w") as file:
        json.dump(districts().diagram.__geo_interface__, file)
