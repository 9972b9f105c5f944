"""A small valid spatial scenario as raw data, and the zones that it may have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MESHES = Path(__file__).parents[2] / "meshes"
BOX: dict[str, Any] = {"kind": "box", "lower": [0, 0, 0], "upper": [60, 40, 20]}
EXTRUSION: dict[str, Any] = {
    "kind": "extrusion",
    "vertices": [[0, 0], [60, 0], [60, 40], [0, 40]],
    "holes": [[[25, 15], [35, 15], [35, 25], [25, 25]]],
    "height": [5, 25],
}
HALL: dict[str, Any] = {"kind": "mesh", "file": str(MESHES / "hall.ply")}
WORKSHOP: dict[str, Any] = {"kind": "mesh", "file": str(MESHES / "workshop.stl")}


def spatial(zone: Any = BOX, middle: float = 30.0, **changes: Any) -> dict[str, Any]:
    """Return a scenario with two equal servers that mirror each other in the plane x = middle."""
    data: dict[str, Any] = {
        "zone": zone,
        "sensors": {
            "count": 1000,
            "power": 1e-3,
            "data_density": 50.0,
            "unit_volume": 0.01,
            "slot": 1e-3,
            "complexity": 5000,
            "density": {"kind": "gaussian", "mean": [middle, 20, 10], "std": [30, 20, 10]},
        },
        "channel": {
            "kind": "log-distance",
            "exponent": 3,
            "reference_loss": 25.8,
            "reference_distance": 1,
            "noise_density": -170,
        },
        "servers": [
            {"name": "west", "position": [middle - 20, 20, 12], "compute": 8e9, "bandwidth": 1e7},
            {"name": "east", "position": [middle + 20, 20, 12], "compute": 8e9, "bandwidth": 1e7},
        ],
        "twins": {
            "count": 5,
            "data": 23,
            "bandwidth": 1e6,
            "complexity": 1e4,
            "density": {"kind": "uniform"},
            "classes": [{"share": 1, "intensity": 100, "power": 0.2}],
        },
        "solver": {"tolerance": 1e-4},
    }
    return data | changes
