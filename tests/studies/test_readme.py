"""The picture and the table at the top of the README are what the studies compute."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from geomot.plotting import encode_png
from geomot.studies import Table, twins
from geomot.studies.partition import plot_partition
from geomot.studies.solving import METHODS
from tests.export.pixels import read_png
from tests.studies.tables import small_partition, small_twins

ROOT = Path(__file__).parents[2]
ROW = re.compile(
    r"^\| (\d+) \| ([\d.]+) \| ([\d.]*) ?\| ([\d.]+) \| ([\d.]*) ?\| ([\d.]+) \|$", re.MULTILINE
)


def rows() -> dict[float, tuple[str, ...]]:
    """Return the cells of the table by the number of twins."""
    found = ROW.findall((ROOT / "README.md").read_text())
    return {float(count): tuple(cells) for count, *cells in found}


def expected(table: Table, count: float) -> tuple[str, ...]:
    cells = []
    for method in METHODS:
        own = table.where(method=method, twins=count)
        (time,), (published,) = own.column("time"), own.column("published")
        cells += [f"{1e3 * time:.2f}", "" if published is None else f"{1e3 * published:.2f}"]
    return tuple(cells[:-1])  # the paper has no optimum


def test_table_has_the_ends_of_the_curves() -> None:
    for count in (50.0, 200.0):
        assert rows()[count] == expected(small_twins(), count)


@pytest.mark.slow
def test_table_is_what_the_study_computes() -> None:
    counts = (50.0, 100.0, 150.0, 200.0)
    assert tuple(rows()) == counts
    table = twins(counts=counts)
    for count in counts:
        assert rows()[count] == expected(table, count)


def test_picture_is_what_the_study_draws() -> None:
    kept = read_png((ROOT / "examples" / "partition.png").read_bytes())
    drawn = read_png(encode_png(plot_partition(small_partition())))
    assert kept.shape == drawn.shape
    assert np.abs(kept - drawn).mean() < 0.01  # fonts differ from one machine to the next


def test_first_screen_shows_the_picture_and_the_table() -> None:
    top = (ROOT / "README.md").read_text().splitlines()[:40]
    assert any("(examples/partition.png)" in line for line in top)
    assert sum(bool(ROW.match(line)) for line in top) == 4
