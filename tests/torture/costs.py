"""Random costs of every family, and their values by formulas written anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from geomot import Costs, distance_costs, function_costs, general_costs, monotone_bounds
from tests.torture.types import Floats, Ints

FAMILIES = ("distance", "function", "ellipsoid", "norm", "wave")
Function = Callable[[Floats], Floats]

# phi, phi' and phi'' of the distance in units of a length; the second derivatives are monotone
FUNCTIONS: dict[str, tuple[Function, Function, Function]] = {
    "log": (np.log1p, lambda r: 1.0 / (1.0 + r), lambda r: -1.0 / (1.0 + r) ** 2),
    "exp": (np.expm1, np.exp, np.exp),
    "hyperbola": (
        lambda r: np.sqrt(r * r + 1.0),
        lambda r: r / np.sqrt(r * r + 1.0),
        lambda r: (r * r + 1.0) ** -1.5,
    ),
}


def drawn(
    rng: np.random.Generator, sites: Floats, size: float, families: tuple[str, ...] = FAMILIES
) -> dict[str, Any]:
    """Return costs of sites in a zone of that size: family and numbers."""
    count, d = sites.shape
    family = str(rng.choice(families))
    costs: dict[str, Any] = {"family": family, "sites": sites.tolist()}
    decades = float(rng.choice([0.0, 0.3, 1.0, 3.0]))
    costs["factor"] = (10.0 ** rng.uniform(-decades, decades, count)).tolist()
    unit = float(np.median(costs["factor"]))
    if family == "distance":
        exponent = float(rng.choice([1.0, 2.0, 3.0, rng.uniform(0.3, 5.0)]))
        costs["exponent"], unit = exponent, unit * size**exponent
    elif family == "function":
        costs["function"] = str(rng.choice(list(FUNCTIONS)))
        costs["length"] = size * 10.0 ** rng.uniform(-1.0, 1.0)
        costs["bounds"] = bool(rng.random() < 0.6)
    else:
        costs["shapes"] = _shapes(rng, count, d, float(rng.choice([0.1, 0.5, 1.0]))).tolist()
        costs["bounds"] = bool(rng.random() < 0.6) and family != "norm"
        unit *= size ** (1.0 if family == "norm" else 2.0)
        if family == "wave":
            direction = rng.normal(size=(count, d)) / size
            costs["waves"] = (direction * rng.uniform(1.0, 6.0, (count, 1))).tolist()
            costs["heights"] = (0.1 * size**2 * rng.random(count)).tolist()
    offsets = rng.choice([0.0, 0.03, 0.3]) * unit * rng.random(count)
    costs["offset"] = offsets.tolist()
    return costs


def values(costs: dict[str, Any]) -> Callable[[Floats], Floats]:
    """Return the costs ``(n, B)`` of all sites at points ``(n, d)``."""
    sites, factor, offset = (np.array(costs[key]) for key in ("sites", "factor", "offset"))
    at = _plain(costs, sites)
    return lambda points: factor * at(points[:, None] - sites, points) + offset


def built(costs: dict[str, Any]) -> Costs:
    """Return the engine's costs."""
    sites, factor, offset = (np.array(costs[key]) for key in ("sites", "factor", "offset"))
    family = costs["family"]
    if family == "distance":
        return distance_costs(sites, exponent=costs["exponent"], factor=factor, offset=offset)
    if family == "function":
        length = costs["length"]
        phi, slope, bend = FUNCTIONS[costs["function"]]
        return function_costs(
            sites,
            lambda r: phi(r / length),
            lambda r: slope(r / length) / length,
            monotone_bounds(lambda r: bend(r / length) / length**2) if costs["bounds"] else None,
            factor=factor,
            offset=offset,
        )
    return _general(costs, sites, factor, offset)


def identical(costs: dict[str, Any]) -> Ints:
    """Return for each site the first one with the same numbers, ``(B,)``."""
    count = len(costs["sites"])
    rows = [
        [
            costs[key][b]
            for key in ("sites", "factor", "offset", "shapes", "waves", "heights")
            if key in costs
        ]
        for b in range(count)
    ]
    return np.array([rows.index(row) for row in rows])


def summed(costs: dict[str, Any], column: Floats) -> Floats:
    """Return the sums of a column ``(B,)`` over sites that are identical."""
    return np.bincount(identical(costs), column, len(column))


def _plain(costs: dict[str, Any], sites: Floats) -> Callable[[Floats, Floats], Floats]:
    """Return what factors multiply, of arms ``(n, B, d)`` and points."""
    family = costs["family"]
    if family == "distance":
        exponent = costs["exponent"]
        return lambda arms, points: (arms**2).sum(axis=2) ** (0.5 * exponent)
    if family == "function":
        phi, length = FUNCTIONS[costs["function"]][0], costs["length"]
        return lambda arms, points: phi(np.sqrt((arms**2).sum(axis=2)) / length)
    shapes = np.array(costs["shapes"])

    def square(arms: Floats, points: Floats) -> Floats:
        return np.asarray(np.einsum("nbi,bij,nbj->nb", arms, shapes, arms))

    if family == "norm":
        return lambda arms, points: np.sqrt(square(arms, points))
    if family == "ellipsoid":
        return square
    waves, heights = np.array(costs["waves"]), np.array(costs["heights"])
    return lambda arms, points: square(arms, points) + heights * np.sin(points @ waves.T)


def _general(costs: dict[str, Any], sites: Floats, factor: Floats, offset: Floats) -> Costs:
    shapes, family = np.array(costs["shapes"]), costs["family"]
    waves = np.array(costs.get("waves", np.zeros_like(sites)))
    heights = np.array(costs.get("heights", np.zeros(len(sites))))
    eigenvalues = np.linalg.eigvalsh(shapes)
    bend = heights * (waves**2).sum(axis=1)

    def square(x: Floats, b: Ints) -> Floats:
        return np.asarray(np.einsum("ni,nij,nj->n", x - sites[b], shapes[b], x - sites[b]))

    def cost(x: Floats, b: Ints) -> Floats:
        if family == "norm":
            return np.asarray(factor[b] * np.sqrt(square(x, b)))
        return np.asarray(factor[b] * (square(x, b) + heights[b] * np.sin((x * waves[b]).sum(axis=1))))

    def gradient(x: Floats, b: Ints) -> Floats:
        half = np.einsum("nij,nj->ni", shapes[b], x - sites[b])
        if family == "norm":
            root = np.sqrt(square(x, b))
            return np.asarray(factor[b, None] * half / np.where(root > 0.0, root, 1.0)[:, None])
        swing = heights[b] * np.cos((x * waves[b]).sum(axis=1))
        return np.asarray(factor[b, None] * (2.0 * half + swing[:, None] * waves[b]))

    def curvature(centers: Floats, radii: Floats, b: Ints) -> tuple[Floats, Floats]:
        least, most = 2.0 * eigenvalues[b, 0] - bend[b], 2.0 * eigenvalues[b, -1] + bend[b]
        return factor[b] * least, factor[b] * most

    count, d = sites.shape
    bounds = curvature if costs["bounds"] else None
    return general_costs(count, d, cost, gradient, bounds, offset=offset)


def _shapes(rng: np.random.Generator, count: int, d: int, decades: float) -> Floats:
    """Return symmetric positive matrices ``(B, d, d)``."""
    turned = np.linalg.qr(rng.normal(size=(count, d, d)))[0]
    sizes = 10.0 ** rng.uniform(-decades, decades, (count, d))
    return np.einsum("bik,bk,bjk->bij", turned, sizes, turned)
