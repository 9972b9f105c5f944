"""Planar scenarios, solved by the command line, against the paper's formulas over scanlines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.torture import draw, zones
from tests.torture.cases import Data, Kind
from tests.torture.command import listing, require_right, run
from tests.torture.partition import require_conserved, require_partition
from tests.torture.radio import Model
from tests.torture.toml import written
from tests.torture.verdicts import LeftoverError, WrongError, require
from tests.torture.verify import require_verified

FILES = {"solution.json", "regions.png", "regions.geojson"}


def generate(rng: np.random.Generator) -> Data:
    """Draw a scenario and a method; one in ten is in longitude and latitude."""
    code = f"EPSG:{int(rng.choice([32633, 32717, 25832]))}" if rng.random() < 0.1 else None
    size = 10.0 ** rng.uniform(1.0, 4.3)
    place = rng.normal(size=2) * size
    if code is not None:
        place = np.array([500_000.0, 5e6]) + rng.normal(size=2) * 1e5
    zone = zones.planar_zone(rng, size, place)
    if code is not None and zone["kind"] == "box":  # which becomes a polygon in the projection
        corners = np.array(zones.outline(zone).exterior.coords)[:4].tolist()
        zone = {"kind": "polygon", "vertices": corners}
    metres = draw.scenario(rng, zone, size, most=int(rng.choice([3, 6])))
    return {"metres": metres, "method": draw.method(rng), "crs": code}


def check(data: Data, folder: Path) -> None:
    """Solve, read what is written, and hold it against the formulas."""
    metres, method = data["metres"], data["method"]
    solved, files = draw.in_files(metres)
    given = solved if data["crs"] is None else draw.degrees(solved, data["crs"])
    file = written(folder, given, files)
    before, out = set(listing(folder)), folder / "out"
    done = run("solve", file, "--method", method, "--out", out, "--json")
    made = set(listing(folder)) - before
    if done.exit_code == 2:
        if made or out.exists():
            raise LeftoverError(f"{sorted(made)} of a scenario that was refused")
        require_right(done)
    document = json.loads(done.stdout)
    if not document["servers"]:  # nothing was found at all
        require_right(done)
    expected = FILES | ({"twins.csv"} if document["hosting"] is not None else set())
    require({Path(name).name for name in made} == expected, f"wrote {sorted(made)}")
    require(json.loads((out / "solution.json").read_text()) == document, "solution.json is not --json")
    require_conserved(document, metres)
    for name in ("solution.json", "regions.geojson"):
        read = run("info", out / name)
        require(read.exit_code == 0, f"info {name}: {read.stderr[-500:]}")
    if document["status"] != "converged":
        require_right(done)
    require_hosted(document, metres, out)
    if not (document["hosting"] or {}).get("shared"):  # else regions are those of divided twins
        require_partition(document, metres)
    require_verified(file, out)


def require_hosted(document: dict[str, Any], scenario: dict[str, Any], out: Path) -> None:
    """Check that twins one by one take what eq. 8 says, each of one server."""
    if document["hosting"] is None:
        return
    model = Model(scenario)
    names = [server["name"] for server in scenario["servers"]]
    rows = [line.split(",") for line in (out / "twins.csv").read_text().splitlines()]
    head, rows = rows[0], rows[1:]
    d = model.servers.shape[1]
    places = np.array([[float(x) for x in row[1 : 1 + d]] for row in rows])
    kinds = [int(row[head.index("class")]) for row in rows]
    hosts = np.array([names.index(row[head.index("host")]) for row in rows])
    need = [model.demand(places[k : k + 1], kinds[k])[0, hosts[k]] for k in range(len(rows))]
    if not np.isfinite(need).all():
        raise WrongError(f"twin {int(np.argmax(need))} misses its deadline where it is hosted")
    load = np.bincount(hosts, need, len(names))
    for server, sum_, compute in zip(document["servers"], load, model.compute, strict=True):
        left = server["render_compute"]
        require(
            abs(compute - sum_ - left) <= 1e-9 * compute,
            f"{server['name']} has {left!r} left, by formulas {compute - sum_!r}",
        )


KINDS = [Kind("planar scenario", generate, check, 0.3)]
