"""Queries of a range table against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.costs.rangetable import range_table


@pytest.mark.parametrize("cells", [1, 2, 3, 7, 8, 33])
def test_every_interval(cells: int) -> None:
    rng = np.random.default_rng(cells)
    lower = rng.normal(size=(3, cells))
    upper = lower + rng.uniform(0.0, 1.0, (3, cells))
    table = range_table(lower, upper)
    assert table.cells == cells
    first, last = np.triu_indices(cells)
    for function in range(3):
        low, high = table.bounds(first, last, np.full(len(first), function))
        spans = [slice(i, j + 1) for i, j in zip(first, last, strict=True)]
        np.testing.assert_array_equal(low, [lower[function, span].min() for span in spans])
        np.testing.assert_array_equal(high, [upper[function, span].max() for span in spans])
