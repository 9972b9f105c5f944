"""Solved scenarios as documents, to be verified as they are and after a change."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import geomot
from geomot.export import encode_summary, region_files
from geomot.scenario import Scenario
from geomot.verification import Claim, verify

TOLERANCE = 1e-8
RING = [(0, 0), (2000, 0), (2100, 1500), (1000, 2200), (0, 1800)]
HOLE = [(700, 700), (1200, 800), (900, 1300)]


def paper(**changes: Any) -> dict[str, Any]:
    """Return the paper's scenario; changes by key, with __ for dots."""
    data: dict[str, Any] = geomot.paper_scenario().model_dump(mode="json")
    data["solver"]["tolerance"] = TOLERANCE
    for path, value in changes.items():
        *keys, last = path.split("__")
        inner = data
        for key in keys:
            inner = inner[key]
        inner[last] = value
    return data


def one_by_one(hosting: str) -> dict[str, Any]:
    """Return the paper's scenario with twins that are drawn."""
    return paper(twins__count=30.0, twins__sample=True, twins__hosting=hosting)


def with_hole() -> dict[str, Any]:
    """Return a polygon with a hole, in which two servers are alike."""
    data = paper(zone={"kind": "polygon", "vertices": RING, "holes": [HOLE]})
    data["servers"].append({**data["servers"][1], "name": "double"})
    return data


DATA = {
    "paper": paper,
    "rough": lambda: paper(solver__tolerance=2e-3),
    "regional": lambda: one_by_one("regional"),
    "free": lambda: one_by_one("free"),
    "hole": with_hole,
}


@cache
def solved(name: str, method: str = "equilibrium") -> tuple[dict[str, Any], str]:
    """Return `solution.json` and `regions.geojson` of a scenario."""
    solution = geomot.solve(Scenario(**DATA[name]()), method)
    (regions,) = region_files(solution, "regions.geojson").values()
    return json.loads(encode_summary(solution)), regions.decode()


def document(name: str, method: str = "equilibrium") -> dict[str, Any]:
    """Return a `solution.json` to change."""
    return deepcopy(solved(name, method)[0])


def checked(folder: Path, document: dict[str, Any], regions: str | None = None) -> list[Claim]:
    """Return the claims of a document, and of regions in its folder."""
    (folder / "solution.json").write_text(json.dumps(document))
    if regions is None:
        return verify(folder / "solution.json")
    (folder / "regions.geojson").write_text(regions)
    return verify(folder)


def failures(claims: list[Claim]) -> set[str]:
    """Return the names of the claims that fail."""
    return {claim.name for claim in claims if claim.holds is False}
