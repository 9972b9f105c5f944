"""Derivatives against differences of scenarios solved again, and slots against cold starts."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from geomot import Solution, load_scenario, solve, track
from tests.torture import draw, zones
from tests.torture.cases import LIMIT, Data, Kind
from tests.torture.toml import written
from tests.torture.verdicts import UnsolvedError, require

KEYS = ("compute", "bandwidth", "position", "sensors", "twins")
SOLVES = 3  # a case is up to eight solves, of which no one may take the limit of a case
STEP = 1e-3  # of a number, or of the zone's size


def generate_sensitivity(rng: np.random.Generator) -> Data:
    """Draw a scenario, and in what its average is differentiated."""
    metres = _scenario(rng, 1e-10)
    key = str(rng.choice(KEYS))
    angle = rng.uniform(0.0, 2.0 * np.pi)
    return {
        "metres": metres,
        "method": str(rng.choice(["equilibrium", "optimum"], p=[0.8, 0.2])),
        "key": key if key != "twins" or _spread(metres) else "sensors",
        "server": int(rng.integers(len(metres["servers"]))),
        "direction": [float(np.cos(angle)), float(np.sin(angle))],
    }


def check_sensitivity(data: Data, folder: Path) -> None:
    """Compare a derivative with a central difference, and this with one of half the step."""
    solution = _solved(folder, data["metres"], data["method"])
    sensitivity = solution.sensitivity()
    b, key = data["server"], data["key"]
    if any(b in group for group in sensitivity.shared):
        return
    if key == "position":
        slope = float(sensitivity.position[b] @ np.array(data["direction"]))
    else:
        found = getattr(sensitivity, key)
        slope = float(found[b] if key in ("compute", "bandwidth") else found)
    quotients, average = [], solution.average_sub_synchronization_time
    for step in (STEP, 0.5 * STEP):
        changed = [_changed(data, sign * step) for sign in (1.0, -1.0)]
        averages = [
            _solved(folder, scenario, data["method"]).average_sub_synchronization_time
            for scenario, _ in changed
        ]
        quotients.append((averages[0] - averages[1]) / (changed[0][1] - changed[1][1]))
    span = abs(changed[0][1] - changed[1][1])
    better = quotients[1] + (quotients[1] - quotients[0]) / 3.0  # without the square of the step
    allowed = 2.0 * abs(quotients[1] - quotients[0]) + 1e-4 * abs(slope) + 1e-7 * average / span
    require(
        abs(slope - better) <= allowed,
        f"the derivative in {key} of server {b} is {slope!r}, by differences {better!r} within "
        f"{allowed:.3g}",
    )


def generate_slots(rng: np.random.Generator) -> Data:
    """Draw a scenario, and where a server stands in some slots."""
    metres = _scenario(rng, 10.0 ** float(rng.uniform(-8, -4)))
    size = float(np.linalg.norm(np.subtract(*zones.bounds(metres["zone"]))))
    far = 10.0 ** float(rng.uniform(-3.0, -0.7)) * size
    steps = rng.normal(size=(int(rng.integers(1, 4)), 2)) * far
    return {"metres": metres, "steps": steps.tolist(), "method": draw.method(rng)}


def check_slots(data: Data, folder: Path) -> None:
    """Compare the solution of each slot with one from a cold start."""
    worlds = [data["metres"]]
    for step in data["steps"]:
        world = deepcopy(worlds[-1])
        world["servers"][0]["position"] = (np.array(world["servers"][0]["position"]) + step).tolist()
        worlds.append(world)
    loaded = [load_scenario(_file(folder, world)) for world in worlds]
    warm = list(track(loaded, data["method"]))
    for k, (scenario, found) in enumerate(zip(loaded, warm, strict=True)):
        cold = solve(scenario, data["method"])
        if cold.status != found.status:
            raise UnsolvedError(f"slot {k}: {found.status} warm, {cold.status} cold: {found.message}")
        if cold.status.value != "converged" or data["method"] == "optimum" or cold.hosting is not None:
            continue  # an optimum need not be the same one, nor twins that are shared
        masses = [np.array([server.mass for server in each.servers]) for each in (found, cold)]
        away = float(np.abs(masses[0] - masses[1]).max())
        allowed = 100.0 * scenario.solver.tolerance + found.integration_error + cold.integration_error
        require(away <= allowed, f"slot {k}: masses differ by {away!r} from those of a cold start")


def _scenario(rng: np.random.Generator, tolerance: float) -> dict[str, Any]:
    size = 10.0 ** rng.uniform(2.0, 4.0)
    zone = zones.planar_zone(rng, size, rng.normal(size=2) * size)
    metres = draw.scenario(rng, zone, size, most=4)
    metres["solver"] = {"tolerance": tolerance}
    for key in ("sensors", "twins"):  # smooth ones, for differences
        if metres.get(key, {}).get("density", {}).get("kind") in ("grid", "mesh", "points"):
            metres[key]["density"] = {"kind": "uniform"}
    return metres


def _spread(metres: dict[str, Any]) -> bool:
    return "density" in metres.get("twins", {}) and not metres["twins"].get("sample")


def _file(folder: Path, metres: dict[str, Any]) -> Path:
    given, files = draw.in_files(metres)
    return written(folder, given, files)


def _solved(folder: Path, metres: dict[str, Any], method: str) -> Solution:
    solution = solve(load_scenario(_file(folder, metres)), method)
    if solution.status.value != "converged":
        raise UnsolvedError(solution.message)
    return solution


def _changed(data: Data, step: float) -> tuple[dict[str, Any], float]:
    """Return a scenario with one number changed, and that number."""
    metres, key = deepcopy(data["metres"]), data["key"]
    if key in ("sensors", "twins"):
        metres[key]["count"] *= 1.0 + step
        return metres, metres[key]["count"]
    server = metres["servers"][data["server"]]
    if key == "position":
        size = float(np.linalg.norm(np.subtract(*zones.bounds(metres["zone"]))))
        server[key] = (np.array(server[key]) + step * size * np.array(data["direction"])).tolist()
        return metres, step * size
    server[key] *= 1.0 + step
    return metres, server[key]


KINDS = [
    Kind("sensitivity", generate_sensitivity, check_sensitivity, 0.03, SOLVES * LIMIT),
    Kind("slots", generate_slots, check_slots, 0.03, SOLVES * LIMIT),
]
