"""A case: a kind, a seed and a number, from which plain data follow that JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

Data = dict[str, Any]
LIMIT = 60.0  # s, after which a case hangs


@dataclass(frozen=True)
class Kind:
    """A generator of cases and what they are held against.

    Parameters
    ----------
    name
        What it is called in the table.
    generate
        Draws the data of a case.
    check
        Runs a case in an empty folder; raises `CaseError` unless it is right.
    share
        Of the bench's time.
    limit
        Time after which a case hangs, s.
    """

    name: str
    generate: Callable[[np.random.Generator], Data]
    check: Callable[[Data, Path], None]
    share: float
    limit: float = LIMIT


@dataclass(frozen=True)
class Case:
    """One case; its data are drawn when they are needed, or come from a file."""

    kind: str
    seed: int
    number: int
    data: Data | None = None

    def drawn(self, kind: Kind) -> Case:
        """Return the case with its data."""
        if self.data is not None:
            return self
        rng = np.random.default_rng([self.seed, crc32(self.kind.encode()), self.number])
        return Case(self.kind, self.seed, self.number, kind.generate(rng))

    def write(self, path: Path) -> None:
        """Write the case to a file."""
        path.write_text(json.dumps(vars(self)))


def read_case(path: Path) -> Case:
    """Read the case of a file."""
    return Case(**json.loads(path.read_text()))
