"""Which city dominates where: a multiplicatively weighted diagram, its borders exact circular arcs.

A city attracts with its population over the squared distance (W. J. Reilly's law of retail
gravitation, 1931), so that it costs distance^2 / population; borders are circles of Apollonius.  Ten
cities of Poland with their approximate populations, in thousands, at their places on a plane, metres:
``python examples/cities.py`` writes ``cities.svg``, with arcs and nothing approximated.
"""

import numpy as np

import geomot

NAMES = [
    *("Warszawa", "Kraków", "Łódź", "Wrocław", "Poznań"),
    *("Gdańsk", "Szczecin", "Bydgoszcz", "Lublin", "Białystok"),
]
PEOPLE = np.array([1863, 801, 670, 673, 546, 486, 396, 337, 334, 294], dtype=float)
DEGREES = np.array(
    [
        (52.23, 21.01),
        (50.06, 19.94),
        (51.77, 19.46),
        (51.11, 17.04),
        (52.41, 16.93),
        (54.35, 18.65),
        (53.43, 14.55),
        (53.12, 18.01),
        (51.25, 22.57),
        (53.13, 23.16),
    ]
)


def places() -> np.ndarray:
    """Return the cities on a plane that touches the Earth at 52 N, 19 E, ``(10, 2)``, metres."""
    north, east = DEGREES[:, 0] - 52.0, (DEGREES[:, 1] - 19.0) * np.cos(np.radians(52.0))
    return np.stack([east, north], axis=1) * 111.2e3


def areas() -> geomot.ArcDiagram:
    """Return the areas of the cities in a square of 700 km."""
    costs = geomot.distance_costs(places(), exponent=2.0, factor=1.0 / PEOPLE)
    return geomot.arc_diagram(costs, geomot.Zone.box([-350e3, -350e3], [350e3, 350e3]))


if __name__ == "__main__":
    geomot.export.write_arcs(areas(), "cities.svg", names=NAMES)
