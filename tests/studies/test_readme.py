"""The picture and the table at the top of the README are what the studies compute."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest

from geomot.plotting import encode_png
from geomot.scenario import paper_scenario, solve
from geomot.studies import twins
from geomot.studies.partition import plot_partition
from geomot.studies.solving import changed
from geomot.studies.twins import encode_times
from tests.export.pixels import read_png
from tests.studies.tables import small_partition, small_twins

ROOT = Path(__file__).parents[2]
HEAD = "| twins | `snr` | paper | `equilibrium` | paper | `optimum` |"


def shown() -> str:
    """Return the table at the top of the README."""
    lines = (ROOT / "README.md").read_text().splitlines()
    first = lines.index(HEAD)
    return "".join(f"{line}\n" for line in takewhile(bool, lines[first:]))


def test_table_has_what_the_study_writes() -> None:
    head, rule, low, *_, high = shown().splitlines()
    assert [head, rule, low, high] == encode_times(small_twins()).decode().splitlines()


@pytest.mark.parametrize(("method", "column"), [("snr", 2), ("equilibrium", 4)])
@pytest.mark.parametrize("count", [100, 150])
def test_table_has_the_times_between(method: str, column: int, count: int) -> None:
    scenario = changed(changed(paper_scenario(), "twins", count=count), "solver", tolerance=1e-6)
    time = 1e3 * solve(scenario, method).average_sub_synchronization_time
    (line,) = (line for line in shown().splitlines() if line.startswith(f"| {count} |"))
    assert line.split("|")[column].strip() == f"{time:.2f}"


@pytest.mark.slow
def test_table_is_what_the_study_writes() -> None:
    assert shown() == encode_times(twins(counts=(50.0, 100.0, 150.0, 200.0))).decode()


def test_picture_is_what_the_study_draws() -> None:
    kept = read_png((ROOT / "examples" / "partition.png").read_bytes())
    drawn = read_png(encode_png(plot_partition(small_partition())))
    assert kept.shape == drawn.shape
    assert np.abs(kept - drawn).mean() < 0.01  # fonts differ from one machine to the next


def test_first_screen_shows_the_picture_and_the_table() -> None:
    top = (ROOT / "README.md").read_text().splitlines()[:40]
    assert any("(examples/partition.png)" in line for line in top)
    assert HEAD in top
