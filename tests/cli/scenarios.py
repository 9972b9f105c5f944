"""Scenario files for tests of the command line: small, and solved loosely."""

from __future__ import annotations

from pathlib import Path

TOWN = """\
title = "Town"

[solver]
tolerance = 1e-4

[zone]
kind = "box"
lower = [0.0, 0.0]
upper = [100.0, 80.0]

[sensors]
count = 1000
power = 1e-3
data_density = 50.0
unit_volume = 0.01
slot = 1e-3
complexity = 5000.0
density = { kind = "gaussian", mean = [40.0, 30.0], std = 30.0 }

[channel]
kind = "log-distance"
exponent = 3.0
reference_loss = 25.8
reference_distance = 1.0
noise_density = -170.0

[[servers]]
name = "north"
position = [30.0, 60.0]
compute = 8e9
bandwidth = 10e6

[[servers]]
name = "south"
position = [60.0, 20.0]
compute = 16e9
bandwidth = 20e6

[twins]
count = 5
data = 23.0
bandwidth = 1e6
complexity = 1e4
density = { kind = "uniform" }

[[twins.classes]]
share = 1.0
intensity = 100.0
power = 0.2
"""


IN_SPACE = (
    ("lower = [0.0, 0.0]", "lower = [0.0, 0.0, 0.0]"),
    ("upper = [100.0, 80.0]", "upper = [100.0, 80.0, 40.0]"),
    ("mean = [40.0, 30.0]", "mean = [40.0, 30.0, 10.0]"),
    ("position = [30.0, 60.0]", "position = [30.0, 60.0, 8.0]"),
    ("position = [60.0, 20.0]", "position = [60.0, 20.0, 30.0]"),
)


def write_town(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the scenario, with pieces of its text replaced, and return the file's path."""
    text = TOWN
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "town.toml"
    path.write_text(text)
    return path
