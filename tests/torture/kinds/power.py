"""Power diagrams against half-planes clipped by shapely, and in space against Voro++ and Qhull."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from geomot import Zone, power_diagram
from tests.diagram.oracles import power_cells, solid_power_measures, voro_measures
from tests.torture import zones
from tests.torture.cases import Data, Kind
from tests.torture.kinds.diagrams import EPSILON, drawn_sites
from tests.torture.verdicts import require

GRID = 1e-11  # of the zone's size, to which overlays are rounded: without it some come out upside down


def generate_planar(rng: np.random.Generator) -> Data:
    """Draw a zone, sites and weights."""
    size = 10.0 ** rng.uniform(-3, 5)
    place = rng.normal(size=2) * size * (10.0 ** rng.uniform(0, 4) if rng.random() < 0.2 else 1.0)
    zone = zones.planar_zone(rng, size, place)
    sites = drawn_sites(rng, zones.outline(zone), int(rng.choice([2, 8, 40])))
    weights = rng.choice([0.0, 0.01, 0.3]) * size**2 * rng.random(len(sites))
    return {"zone": zone, "sites": sites.tolist(), "weights": weights.tolist()}


def check_planar(data: Data, folder: Path) -> None:
    """Compare measures, centroids and polygons cell by cell."""
    shape, sites = zones.outline(data["zone"]), np.array(data["sites"])
    cells = power_diagram(sites, data["weights"], zones.built(data["zone"]))
    x0, y0, x1, y1 = shape.bounds
    middle, size = np.array([x0 + x1, y0 + y1]) / 2.0, max(x1 - x0, y1 - y0)
    local = sites - middle
    box = np.array([-size, -size]), np.array([size, size])
    rough = [shapely.buffer(p, 0.0) for p in power_cells(local, -np.array(data["weights"]), *box)]
    zone = shapely.affinity.translate(shape, *-middle)
    expected = [shapely.intersection(zone, polygon) for polygon in rough]
    first = [data["sites"].index(site) for site in data["sites"]]
    alone = np.array([first.count(b) == 1 for b in first])  # of sites in one place the heaviest has all
    far = EPSILON * np.abs([x0, y0, x1, y1]).max() * size
    allowed = 1e-10 * zone.area + 100.0 * far
    require(abs(cells.measures.sum() - zone.area) <= allowed, "measures do not sum to the zone's")
    for b in np.flatnonzero(alone):
        area = expected[b].area
        require(
            abs(cells.measures[b] - area) <= allowed,
            f"cell {b} has area {cells.measures[b]!r}, by half-planes {area!r} within {allowed:.3g}",
        )
        away = shapely.symmetric_difference(
            shapely.affinity.translate(cells[b].polygon, *-middle), expected[b], grid_size=GRID * size
        )
        require(away.area <= 10.0 * allowed, f"the polygon of cell {b} is off by {away.area!r}")
        if area > 1e-3 * zone.area:
            centre = np.array(expected[b].centroid.coords[0]) + middle
            off = float(np.hypot(*(cells.centroids[b] - centre)))
            require(off <= 1e-7 * size, f"the centroid of cell {b} is off by {off!r}")


def generate_spatial(rng: np.random.Generator) -> Data:
    """Draw sites and weights in the unit cube."""
    count = int(rng.choice([3, 10, 60]))
    sites = rng.random((count, 3))
    if rng.random() < 0.2:
        sites = np.round(sites * 4.0) / 4.0
        sites = np.unique(np.clip(sites, 0.05, 0.95), axis=0)
    weights = rng.choice([0.0, 0.003, 0.05]) * rng.random(len(sites))
    return {"sites": sites.tolist(), "weights": weights.tolist()}


def check_spatial(data: Data, folder: Path) -> None:
    """Compare volumes, and the surfaces' own."""
    sites, weights = np.array(data["sites"]), np.array(data["weights"])
    cells = power_diagram(sites, weights, Zone.box([0.0] * 3, [1.0] * 3))
    require(abs(cells.measures.sum() - 1.0) <= 1e-12, "measures do not sum to the zone's")
    opinions = [solid_power_measures(sites, -weights, np.zeros(3), np.ones(3))]
    if opinions[0].min() > 1e-9:  # Voro++ gives nothing at all where a cell is empty
        opinions.append(voro_measures(sites, -weights))
    for expected in opinions:
        away = np.abs(cells.measures - expected)
        b = int(away.argmax())
        require(away[b] <= 1e-8, f"cell {b} has volume {cells.measures[b]!r}, else {expected[b]!r}")
    for b in np.flatnonzero(cells.measures > 1e-6)[:5]:
        volume = float(cells[b].mesh().volume)
        require(abs(volume - cells.measures[b]) <= 1e-10, f"the surface of cell {b} has {volume!r}")


KINDS = [
    Kind("planar power diagram", generate_planar, check_planar, 0.04),
    Kind("spatial power diagram", generate_spatial, check_spatial, 0.04),
]
