"""Fixed capacities, congestion and Lloyd's method, against scanlines at the offsets and sites found."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from geomot import (
    congestion_equilibrium,
    distance_costs,
    fixed_capacity_transport,
    lloyd,
    minimization_diagram,
)
from tests.torture import costs, densities, zones
from tests.torture.cases import Data, Kind
from tests.torture.kinds.diagrams import looked_at, rounding, scene_of
from tests.torture.scanlines import Estimate, Scene, scanned, scanned_twice
from tests.torture.types import Floats, Ints
from tests.torture.verdicts import UnsolvedError, require


def generate(rng: np.random.Generator) -> Data:
    """Draw a zone, a density and sites with distances to some power."""
    size = 10.0 ** rng.uniform(-2, 4)
    zone = zones.planar_zone(rng, size, rng.normal(size=2) * size)
    shape = zones.outline(zone)
    lower, upper = zones.bounds(zone)
    count = int(rng.choice([1, 3, 8]))
    sites = zones.inside(rng, shape, count)
    factor = 10.0 ** (rng.uniform(-0.5, 0.5, count) * float(rng.random() < 0.3))
    exponent = float(rng.choice([1.0, 2.0, 2.0, 3.0]))
    return {
        "zone": zone,
        "costs": {
            "family": "distance",
            "sites": sites.tolist(),
            "factor": factor.tolist(),
            "offset": [0.0] * count,
            "exponent": exponent,
        },
        "density": densities.drawn(rng, lower, upper),
        "capacities": (10.0 ** rng.uniform(-float(rng.choice([0.3, 3.0])), 0.0, count)).tolist(),
        "tolerance": 10.0 ** float(rng.uniform(-9, -3)),
    }


def check_transport(data: Data, folder: Path) -> None:
    """Check that every cell holds its capacity at the offsets found."""
    numbers = data["costs"]
    given = partial(distance_costs, exponent=numbers["exponent"], factor=numbers["factor"])
    found = fixed_capacity_transport(
        numbers["sites"],
        data["capacities"],
        densities.built(data["density"]),
        zones.built(data["zone"]),
        given,
        tolerance=data["tolerance"],
    )
    if found.status.value != "converged":
        require(found.message, "not converged and no reason given")
        raise UnsolvedError(found.message)
    wanted = np.array(data["capacities"]) / np.sum(data["capacities"])
    problem = _problem(data, found.offsets, wanted, data["tolerance"] * wanted)
    require(not problem, problem)


def check_congestion(data: Data, folder: Path) -> None:
    """Check masses at the offsets found, and that these are their logarithms."""
    numbers, zone = dict(data["costs"]), data["zone"]
    size = float(np.linalg.norm(np.subtract(*zones.bounds(zone)[::-1])))
    scale = 1.0 / size ** numbers["exponent"]  # so that congestion and distances weigh alike
    numbers["factor"] = (np.array(numbers["factor"]) * scale).tolist()
    data = {**data, "costs": numbers}
    found = congestion_equilibrium(
        costs.built(numbers),
        densities.built(data["density"]),
        zones.built(zone),
        tolerance=data["tolerance"],
    )
    residual = float(np.abs(found.masses - np.exp(found.offsets)).max())
    require(
        abs(residual - found.residual) <= 1e-12 + 1e-9 * residual + found.error,
        f"the residual is {found.residual!r}, that of the masses {residual!r}",
    )
    if found.status.value != "converged":
        require(found.message, "not converged and no reason given")
        raise UnsolvedError(found.message)
    require(found.residual <= data["tolerance"], f"converged with the residual {found.residual!r}")
    problem = _problem(data, found.offsets, found.masses, found.error)
    require(not problem, problem)


def check_lloyd(data: Data, folder: Path) -> None:
    """Check that sites are the centres of mass of their cells, by scanlines."""
    tolerance = max(data["tolerance"], 1e-5)
    found = lloyd(
        data["costs"]["sites"],
        densities.built(data["density"]),
        zones.built(data["zone"]),
        tolerance=tolerance,
        max_iterations=60,
    )
    if not found.converged:
        raise UnsolvedError("not converged")
    sites = np.array(found.diagram.points)
    numbers = {**data["costs"], "sites": sites.tolist(), "factor": [1.0] * len(sites), "exponent": 2.0}
    scene = scene_of({**data, "costs": numbers})
    density = densities.known(data["density"])

    def moments(points: Floats, labels: Ints) -> Floats:
        g = density.values(points)
        return np.column_stack([g, g[:, None] * (points - sites[labels])])

    fields = {**vars(scene), "values": moments, "columns": 3}
    sums = scanned(Scene(**fields), 1e-9)
    size = float(np.linalg.norm(np.subtract(*zones.bounds(data["zone"])[::-1])))
    for b, row in enumerate(sums.values):
        if row[0] > 1e-6 * sums.values[:, 0].sum():
            off = float(np.hypot(*row[1:])) / row[0]
            slack = float(np.hypot(*sums.errors[b, 1:])) / row[0]
            require(off <= tolerance * size + slack, f"site {b} is {off!r} m from its cell's centre")


def _problem(data: Data, offsets: Floats, expected: Floats, allowed: Floats | float) -> str:
    """Return which cell does not hold what it should at these offsets, if any; look twice."""
    numbers = {**data["costs"], "offset": np.asarray(offsets).tolist()}
    scene, least = scene_of({**data, "costs": numbers}), float(expected.min())
    found = scanned(scene, max(0.03 * least * data["tolerance"], 1e-11))
    problem = _differs(data, found, expected, allowed)
    if problem:
        zone = zones.built(data["zone"])
        scene = looked_at(scene, minimization_diagram(costs.built(numbers), zone, 1e-3))
        problem = _differs(data, scanned_twice(scene, 3000, 300), expected, allowed)
    return problem


def _differs(data: Data, found: Estimate, expected: Floats, allowed: Floats | float) -> str:
    total, errors = found.values[:, 1].sum(), found.errors[:, 1]
    shares = found.values[:, 1] / total
    slack = allowed + (errors + errors.sum()) / total + rounding(data)
    excess = np.abs(shares - expected) - slack
    b = int(excess.argmax())
    if excess[b] <= 0.0:
        return ""
    held = f"{expected[b]!r} within {np.broadcast_to(slack, shares.shape)[b]:.3g}"
    return f"cell {b} is to hold {held}; by scanlines {shares[b]!r}"


KINDS = [
    Kind("transport", generate, check_transport, 0.05),
    Kind("congestion", generate, check_congestion, 0.05),
    Kind("lloyd", generate, check_lloyd, 0.04),
]
