"""Cases that fail on purpose, one for each verdict: they show that the bench notices."""

from __future__ import annotations

import os
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np

from geomot import MinimizationDiagram
from tests.torture.cases import Data, Kind
from tests.torture.kinds.diagrams import check as check_diagram
from tests.torture.verdicts import RefusedError, UnsolvedError

SIGNS = np.array([1.0, -1.0])  # of two equal cells
DIAGRAM = {
    "zone": {"kind": "box", "lower": [0.0, 0.0], "upper": [2.0, 1.0]},
    "costs": {
        "family": "distance",
        "exponent": 1.5,
        "sites": [[0.5, 0.5], [1.5, 0.5]],
        "factor": [1.0, 1.0],
        "offset": [0.0, 0.0],
    },
    "density": {"kind": "uniform"},
    "tolerance": 1e-9,
    "chord": 1e-3,
    "seed": 0,
}
WAYS = ("hang", "wrong", "traceback", "death", "leftover", "refused", "unsolved")


def generate(rng: np.random.Generator) -> Data:
    """Draw a way to fail."""
    return {"way": str(rng.choice(WAYS))}


def check(data: Data, folder: Path) -> None:
    """Fail in that way."""
    way = data["way"]
    if way == "hang":
        time.sleep(60.0)
    elif way == "death":
        os.abort()
    elif way == "traceback":
        raise ZeroDivisionError("division by zero")
    elif way == "leftover":
        (folder / ".solution.json.00.part").write_bytes(b"")
    elif way == "refused":
        raise RefusedError("no")
    elif way == "unsolved":
        raise UnsolvedError("not yet")
    else:
        _wrong(folder)


def _wrong(folder: Path) -> None:
    """Check a diagram whose first measure is wrong in the seventh digit."""
    measures = MinimizationDiagram.measures.fget
    assert measures is not None
    spoiled = property(lambda self: measures(self) * (1.0 + 1e-7 * SIGNS))
    with patch.object(MinimizationDiagram, "measures", spoiled):
        check_diagram(DIAGRAM, folder)


BROKEN = Kind("broken on purpose", generate, check, 0.0, limit=6.0)
