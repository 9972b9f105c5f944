"""Settings of all tests."""

from __future__ import annotations

import os

import pytest

# The workers of pytest fill the cores already; BLAS reads this when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the torture bench, see `tests.torture`."""
    group = parser.getgroup("torture")
    group.addoption("--minutes", type=float, default=10.0, help="how long -m torture runs")
    group.addoption("--seed", type=int, default=0, help="seed of its cases")
