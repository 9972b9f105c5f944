"""The identifier that all files of one solve carry: equal for equal solutions, and for no others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from geomot.scenario.solution import Solution

DIGITS = 16  # hexadecimal: two of a billion solves are alike with a chance of 1 in 40
APART = ("scenario", "seconds", "diagram")  # fields of a solution that are not numbers it found


def identifier(solution: Solution) -> str:
    """Return the identifier of a solve: a digest of what was solved, by what, and what was found.

    Parameters
    ----------
    solution
        The solution.

    Notes
    -----
    SHA-256 over the version of geomot, the scenario, the method, and all numbers of the solution to
    the last bit, but for how long it took.  Of files that the scenario names only the names count:
    what is in them shows in the numbers, and where they are does not matter.

    Examples
    --------
    >>> import geomot
    >>> once, again = (geomot.solve(geomot.paper_scenario(), "snr") for _ in range(2))
    >>> identifier(once) == identifier(again), len(identifier(once))
    (True, 16)
    """
    found = {f.name: getattr(solution, f.name) for f in fields(solution) if f.name not in APART}
    known = [version("geomot"), _without_folders(solution.scenario.model_dump()), found]
    return sha256(json.dumps(known, default=_plain).encode()).hexdigest()[:DIGITS]


def _without_folders(value: Any) -> Any:
    """Return a scenario's data with the names of its files in place of their paths."""
    if isinstance(value, Mapping):
        plain = {key: _without_folders(entry) for key, entry in value.items()}
        return plain | {"file": PurePath(value["file"]).name} if "file" in value else plain
    return [*map(_without_folders, value)] if isinstance(value, (list, tuple)) else value


def _plain(value: Any) -> Any:
    """Return a record or an array as what JSON holds."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} has no digest; expected records, arrays and numbers")
