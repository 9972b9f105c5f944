"""The bench itself: `pytest -m torture --minutes 60`, which goes on where the last run ended."""

from __future__ import annotations

import os

import pytest

from tests.torture.bench import bench
from tests.torture.store import FOLDER, Store
from tests.torture.table import table


@pytest.mark.torture
def test_no_case_fails(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(FOLDER)
    minutes, seed = pytestconfig.getoption("minutes"), pytestconfig.getoption("seed")
    results = bench(store, minutes, seed, os.cpu_count() or 1)
    with capsys.disabled():
        print(f"\nall runs, in {FOLDER}:\n{table(store.results())}")
    failed = [result for result in results if result.failed]
    assert not failed, "\n".join(f"{each.kind} {each.number}: {each.detail}" for each in failed)
    assert results
