"""Damaged files of all formats: each is read, or refused with a message, and nothing else happens."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path

import numpy as np

from tests.cli.scenarios import IN_SPACE, TOWN
from tests.torture.cases import Data, Kind
from tests.torture.command import listing, require_right, require_unchanged, run
from tests.torture.mutations import damaged
from tests.torture.samples import NAMES, TABLES, sample
from tests.torture.verdicts import LeftoverError, RefusedError, require

DENSITY = 'density = { kind = "gaussian", mean = [40.0, 30.0], std = 30.0 }'
BOX = 'kind = "box"\nlower = [0.0, 0.0]\nupper = [100.0, 80.0]'
PLACE = "lower = [0.0, 0.0], upper = [100.0, 80.0], "
OPTIONS = {
    "raster.npy": f'kind = "grid", {PLACE}',
    "raster.csv": f'kind = "grid", {PLACE}',
    "raster.asc": 'kind = "grid", ',
    "points.csv": 'kind = "points", std = 10.0, ',
    "tent.npz": 'kind = "mesh", ',
}


def generate(rng: np.random.Generator) -> Data:
    """Damage one of the samples."""
    name = NAMES[rng.integers(len(NAMES))]
    content = damaged(rng, sample(name))
    return {
        "name": name,
        "content": b64encode(content).decode(),
        "solve": bool(rng.random() < 0.03),
    }


def check(data: Data, folder: Path) -> None:
    """Read the file, or solve the scenario that it belongs to."""
    name = data["name"]
    file = folder / name
    file.write_bytes(b64decode(data["content"]))
    town = file if name == "town.toml" else _town(folder, name)
    tables = [f"--{file.stem}", file] if name in TABLES else []
    before = listing(folder)
    if town is None or not (data["solve"] or name == "slots.csv"):
        done = run("info", *(tables if name in TABLES else ()), town or file)
        require_unchanged(folder, before)
        if done.exit_code == 1:  # invalid, with the reasons
            require(
                "invalid" in done.stdout, f"status 1 of info without a finding: {done.output[-300:]}"
            )
            raise RefusedError(done.stderr[-300:])
        require_right(done)
        return
    out = folder / "out"
    done = run("solve", town, *tables, "--method", "snr", "--out", out)
    made = set(listing(folder)) - set(before)
    if done.exit_code == 2 and (made or out.exists()):
        raise LeftoverError(f"{sorted(made)} of a scenario that was refused")
    require_right(done)


def _town(folder: Path, name: str) -> Path | None:
    """Write the scenario that a file belongs to; None where it goes by itself."""
    text = TOWN
    if name in OPTIONS:
        text = text.replace(DENSITY, f'density = {{ {OPTIONS[name]}file = "{name}" }}')
    elif name == "roof.stl":
        text = text.replace(BOX, f'kind = "mesh"\nfile = "{name}"')
        for old, new in IN_SPACE[2:]:
            text = text.replace(old, new)
        for old, new in ((" 60.0, 8.0]", " 20.0, 8.0]"), ("[60.0, 20.0,", "[30.0, 20.0,")):
            text = text.replace(old, new)
    elif name not in TABLES:
        return None
    path = folder / "whole.toml"
    path.write_text(text)
    return path


KINDS = [Kind("damaged file", generate, check, 0.06)]
