"""A small valid scenario as raw data, for tests to spoil."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_VALID: dict[str, Any] = {
    "zone": {"kind": "box", "lower": [0, 0], "upper": [100, 100]},
    "sensors": {
        "count": 1000,
        "power": 1e-3,
        "data_density": 50.0,
        "unit_volume": 0.01,
        "slot": 1e-3,
        "complexity": 5000,
        "density": {"kind": "gaussian", "mean": [40, 50], "std": 20},
    },
    "channel": {
        "kind": "log-distance",
        "exponent": 3,
        "reference_loss": 25.8,
        "reference_distance": 1,
        "noise_density": -170,
    },
    "servers": [
        {"name": "a", "position": [20, 30], "compute": 8e9, "bandwidth": 1e7},
        {"name": "b", "position": [70, 80], "compute": 8e9, "bandwidth": 1e7},
        {"name": "c", "position": [900, 80], "compute": 8e9, "bandwidth": 1e7},
    ],
    "twins": {
        "count": 7.5,
        "data": 23,
        "bandwidth": 1e6,
        "complexity": 1e4,
        "density": {
            "kind": "mixture",
            "components": [
                {"weight": 2, "mean": [10, 10], "std": 5},
                {"weight": 1, "mean": [90, 10], "std": [5, 10]},
            ],
        },
        "classes": [
            {"share": 0.25, "intensity": 10, "power": 0.1},
            {"share": 0.75, "intensity": 100, "power": 0.2},
        ],
    },
}

ABSENT = object()


def valid() -> dict[str, Any]:
    """Return a fresh copy of the scenario."""
    return deepcopy(_VALID)


def spoiled(*changes: tuple[tuple[str | int, ...], Any]) -> dict[str, Any]:
    """Return the scenario with values replaced, added, or (ABSENT) removed, by their keys."""
    data = valid()
    for keys, value in changes:
        parent: Any = data
        for key in keys[:-1]:
            parent = parent[key]
        if value is ABSENT:
            del parent[keys[-1]]
        else:
            parent[keys[-1]] = value
    return data
