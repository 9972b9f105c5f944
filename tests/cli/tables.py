"""Reading the tables that the program writes."""

from __future__ import annotations

import csv
from pathlib import Path


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by the names of their columns."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
