"""Random scenarios as plain data in metres, planar and spatial."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from tests.torture import densities, zones

Scenario = dict[str, Any]
Files = dict[str, str]
METHODS = ("equilibrium", "optimum", "snr", "fixed-point")


def method(rng: np.random.Generator) -> str:
    """Return one of the methods."""
    return str(rng.choice(METHODS, p=[0.45, 0.25, 0.2, 0.1]))


def scenario(rng: np.random.Generator, zone: dict[str, Any], size: float, *, most: int) -> Scenario:
    """Return a scenario in a zone: numbers near the paper's, or some decades away.

    Parameters
    ----------
    rng
        What draws.
    zone
        The section [zone].
    size
        Its size, metres.
    most
        Largest number of servers.
    """
    shape = zones.outline(zone)
    decades = float(rng.choice([0.05, 0.3, 1.0, 3.0], p=[0.4, 0.3, 0.2, 0.1]))

    def near(value: float) -> float:
        return float(value * 10.0 ** rng.uniform(-decades, decades))

    lower, upper = zones.bounds(zone)
    found: Scenario = {
        "zone": zone,
        "sensors": {
            "count": near(25_000),
            "power": near(1e-3),
            "data_density": near(50.0),
            "unit_volume": near(0.01),
            "slot": near(1e-3),
            "complexity": near(5000.0),
            "density": densities.drawn(rng, lower, upper),
        },
        "channel": {
            "exponent": float(rng.uniform(2.0, 4.5)),
            "reference_loss": float(rng.uniform(10.0, 50.0)),
            "reference_distance": size / 2000.0 * 10.0 ** rng.uniform(-1.0, 1.0),
            "noise_density": float(rng.uniform(-190.0, -150.0)),
        },
        "servers": [
            {"name": f"server {b}", "position": place, "compute": near(1e10), "bandwidth": near(1e7)}
            for b, place in enumerate(_places(rng, zone, shape, int(rng.integers(1, most + 1))))
        ],
        "solver": {"tolerance": 10.0 ** float(rng.uniform(-9.0 if rng.random() < 0.3 else -6.0, -2.0))},
    }
    if rng.random() < 0.08:
        found["servers"].append({**found["servers"][0], "name": "twin of server 0"})
    kind = rng.choice(["none", "spread", "drawn", "given"], p=[0.25, 0.35, 0.2, 0.2])
    if kind != "none":
        found["twins"] = _twins(rng, str(kind), zone, shape, near)
    return found


def in_files(found: Scenario) -> tuple[Scenario, Files]:
    """Return the scenario as it is written, with densities from files, and these files."""
    files: Files = {}
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in found.items()}
    for key in ("sensors", "twins"):
        if "density" in result.get(key, {}):
            result[key]["density"], more = densities.section(result[key]["density"], key)
            files |= more
    return result, files


def _places(
    rng: np.random.Generator, zone: dict[str, Any], shape: shapely.Geometry, count: int
) -> list[list[float]]:
    """Return positions of servers, most of them in the zone."""
    flat = zones.inside(rng, shape, count)
    size = np.subtract(shape.bounds[2:], shape.bounds[:2])
    outside = rng.random(count) < 0.1
    flat[outside] += rng.normal(size=(int(outside.sum()), 2)) * 0.5 * size
    return zones.lifted(rng, zone, flat).tolist()


def _twins(
    rng: np.random.Generator, kind: str, zone: dict[str, Any], shape: shapely.Geometry, near: Any
) -> dict[str, Any]:
    classes = int(rng.integers(1, 4))
    shares = rng.dirichlet(np.ones(classes))
    shares[-1] = 1.0 - shares[:-1].sum()
    twins: dict[str, Any] = {
        "data": near(23.0),
        "bandwidth": near(1e6),
        "complexity": near(1e4),
        "classes": [
            {
                "share": float(share),
                "intensity": float(10.0 ** rng.uniform(0.0, 2.5)),
                "power": near(0.2),
            }
            for share in shares
        ],
    }
    count = int(rng.integers(1, 60))
    if kind == "given":
        positions = zones.lifted(rng, zone, zones.inside(rng, shape, count)).tolist()
        twins |= {"positions": positions, "kinds": rng.integers(classes, size=count).tolist()}
    else:
        twins |= {"count": count, "density": densities.drawn(rng, *zones.bounds(zone))}
    if kind == "drawn":
        twins |= {"sample": True, "seed": int(rng.integers(1000))}
    if kind != "spread":
        twins["hosting"] = str(rng.choice(["regional", "free"], p=[0.7, 0.3]))
    return twins


def degrees(found: Scenario, code: str) -> Scenario:
    """Return a planar scenario with positions in degrees in place of metres of a projection."""
    from pyproj import Transformer

    turned = Transformer.from_crs(code, "EPSG:4326", always_xy=True)

    def place(points: Any) -> list[list[float]]:
        return np.stack(turned.transform(*np.array(points).T), axis=1).tolist()

    def density(numbers: dict[str, Any]) -> dict[str, Any]:
        if numbers["kind"] == "gaussian":
            return {**numbers, "mean": place([numbers["mean"]])[0]}
        if numbers["kind"] == "mixture":
            parts = [{**part, "mean": place([part["mean"]])[0]} for part in numbers["components"]]
            return {**numbers, "components": parts}
        return numbers

    zone = {**found["zone"], "vertices": place(found["zone"]["vertices"]), "crs": "EPSG:4326"}
    zone["projected"] = code
    if "holes" in zone:
        zone["holes"] = [place(hole) for hole in zone["holes"]]
    result = {**found, "zone": zone}
    result["servers"] = [
        {**each, "position": place([each["position"]])[0]} for each in found["servers"]
    ]
    result["sensors"] = {**found["sensors"], "density": density(found["sensors"]["density"])}
    if "twins" in found:
        twins = dict(found["twins"])
        if "positions" in twins:
            twins["positions"] = place(twins["positions"])
        if "density" in twins:
            twins["density"] = density(twins["density"])
        result["twins"] = twins
    return result
