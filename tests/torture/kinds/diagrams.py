"""Planar diagrams of every family of costs, against scanlines and argmin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from geomot import MinimizationDiagram, arc_diagram, minimization_diagram
from geomot.diagram.minimization import Masses
from tests.torture import costs, densities, zones
from tests.torture.cases import Data, Kind
from tests.torture.polygons import area_problem, require_polygons
from tests.torture.scanlines import Estimate, Scene, scanned, scanned_twice
from tests.torture.types import Floats
from tests.torture.verdicts import UnsolvedError, require

EPSILON = float(np.finfo(float).eps)


def drawn_sites(rng: np.random.Generator, shape: shapely.Geometry, most: int) -> Floats:
    """Return sites in a zone, some outside of it, now and then two in one place."""
    count = int(rng.integers(1, most + 1))
    sites = zones.inside(rng, shape, count)
    size = float(np.hypot(*np.subtract(shape.bounds[2:], shape.bounds[:2])))
    if rng.random() < 0.3:
        sites[rng.integers(count)] += rng.normal(size=2) * size
    if rng.random() < 0.15:
        sites[rng.integers(count)] = sites[rng.integers(count)]
    if rng.random() < 0.1:
        sites[rng.integers(count)] = sites[rng.integers(count)] + 1e-3 * size * rng.normal(size=2)
    return sites


def generate(rng: np.random.Generator) -> Data:
    """Draw zone, sites, costs, a density and tolerances."""
    size = 10.0 ** rng.uniform(-3, 5)
    place = rng.normal(size=2) * size * (10.0 ** rng.uniform(0, 4) if rng.random() < 0.2 else 1.0)
    zone = zones.planar_zone(rng, size, place)
    shape = zones.outline(zone)
    x0, y0, x1, y1 = shape.bounds
    sites = drawn_sites(rng, shape, int(rng.choice([2, 5, 12])))
    return {
        "zone": zone,
        "costs": costs.drawn(rng, sites, size),
        "density": densities.drawn(rng, np.array([x0, y0]), np.array([x1, y1])),
        "tolerance": 10.0 ** rng.uniform(-9, -1),
        "chord": 10.0 ** rng.uniform(-8, -1.5),  # of the zone's extent
        "seed": int(rng.integers(1 << 30)),
    }


def check(data: Data, folder: Path) -> None:
    """Check measures, masses, `locate` and polygons of a diagram."""
    scene, zone = scene_of(data), zones.built(data["zone"])
    diagram = minimization_diagram(costs.built(data["costs"]), zone, data["tolerance"])
    masses = diagram.integrate(densities.built(data["density"]))
    _require_locate(data, diagram)
    area = scene.outline.area
    require(abs(diagram.measures.sum() - area) <= 1e-12 * area, "measures do not sum to the zone's")
    slack = data["chord"] * zone.extent
    polygons = [region.polygon for region in diagram.regions(slack)]
    problem = _problem(
        data, diagram, masses, polygons, scanned(scene, max(0.03 * data["tolerance"], 1e-12))
    )
    if problem:  # a second look before something is called wrong, also where the polygons have pieces
        found = scanned_twice(looked_at(scene, diagram), 3000, 300)
        problem = _problem(data, diagram, masses, polygons, found)
    if problem and not masses.bounded:
        raise UnsolvedError(f"not bounded: {problem}")
    require(not problem, problem)
    if masses.bounded:
        require_polygons(polygons, scene, slack, np.random.default_rng(data["seed"]))


def _problem(
    data: Data,
    diagram: MinimizationDiagram,
    masses: Masses,
    polygons: list[shapely.Geometry],
    found: Estimate,
) -> str:
    """Return what is wrong with measures, masses and areas of polygons, if anything is."""
    return (
        _differs(data, diagram.measures, diagram.measure_errors, found, 0)
        or _differs(data, masses.values, masses.errors, found, 1)
        or _arcs_differ(data, found)
        or area_problem(data["costs"], polygons, found, data["chord"] * diagram.zone.extent)
    )


def looked_at(scene: Scene, diagram: MinimizationDiagram) -> Scene:
    """Return the scene with lines and samples about all pieces of cells, and panels around their ends.

    Caps between the last line that meets a cell and its end, which is within a chord of the polygons',
    are in no rule's error.
    """
    slack = 1e-7 * diagram.zone.extent
    polygons = [region.polygon for region in diagram.regions(slack)]
    pieces = [part for polygon in polygons for part in getattr(polygon, "geoms", [polygon])]
    boxes = np.array([part.bounds for part in pieces if not part.is_empty])
    middles, sizes = 0.5 * (boxes[:, :2] + boxes[:, 2:]), (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    ends = np.concatenate(
        [np.insert(middles[:, :1], 1, boxes[:, column], axis=1) for column in (1, 3)]
        + [np.insert(middles[:, 1:], 0, boxes[:, column], axis=1) for column in (0, 2)]
    )
    return replace(
        scene,
        places=np.concatenate([scene.places, middles, ends, ends]),
        sizes=np.concatenate([scene.sizes, *[0.5 * sizes] * 5, np.full(len(ends), 2.0 * slack)]),
    )


def scene_of(data: Data) -> Scene:
    """Return what is integrated by scanlines: one and the density."""
    shape, density = zones.outline(data["zone"]), densities.known(data["density"])
    x0, y0, x1, y1 = shape.bounds
    sites = np.array(data["costs"]["sites"])
    return Scene(
        shape,
        costs.values(data["costs"]),
        lambda points, labels: np.stack([np.ones(len(points)), density.values(points)], axis=1),
        len(sites),
        2,
        np.concatenate([sites, density.places]),
        np.concatenate([np.full(len(sites), 0.1 * np.hypot(x1 - x0, y1 - y0)), density.sizes]),
        density.edges,
    )


def rounding(data: Data) -> float:
    """Return what coordinates far from the origin leave unknown, as a share."""
    x0, y0, x1, y1 = zones.outline(data["zone"]).bounds
    return EPSILON * (1e3 + 1e2 * max(map(abs, (x0, y0, x1, y1))) / min(x1 - x0, y1 - y0))


def _differs(data: Data, values: Floats, errors: Floats, found: Estimate, column: int) -> str:
    """Return what is wrong with integrals over the cells, if anything is."""
    numbers = data["costs"]
    own, wrong = found.values[:, column], found.errors[:, column]
    total = own.sum()
    away = np.abs(costs.summed(numbers, values - own))
    # the sum of what two rules differ by bounds the error of the better one
    allowed = costs.summed(numbers, errors + wrong) + wrong.max() + rounding(data) * total
    if (away <= allowed).all():
        return ""
    b = int((away - allowed).argmax())
    what = ("measure", "mass")[column]
    return (
        f"{what} of cell {b} is {values[b]!r} within {errors[b]:.3g}, by scanlines {own[b]!r} within "
        f"{wrong[b]:.3g}; of a total {total!r}"
    )


def _arcs_differ(data: Data, found: Estimate) -> str:
    """Return what is wrong with the areas of the arc diagram, where there is one."""
    numbers = data["costs"]
    plain = not any(numbers["offset"])
    exponent = numbers.get("exponent")
    if not (exponent == 2.0 or (exponent == 1.0 and plain)):
        return ""
    areas = arc_diagram(costs.built(numbers), zones.built(data["zone"])).measures
    return _differs(data, areas, np.zeros(len(areas)), found, 0)


def _require_locate(data: Data, diagram: MinimizationDiagram) -> None:
    rng = np.random.default_rng(data["seed"])
    points = zones.inside(rng, zones.outline(data["zone"]), 500)
    table = costs.values(data["costs"])(points)
    located = diagram.locate(points)
    require((located >= 0).all(), "a point of the zone is in no cell")
    own = table[np.arange(len(points)), located]
    slack = 1e-9 * np.abs(table).max(axis=1)
    require((own <= table.min(axis=1) + slack).all(), "a point is not in the cell of its least cost")


KINDS = [Kind("planar diagram", generate, check, 0.15)]
