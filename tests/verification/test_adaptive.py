"""Integrals of the checker: what begins beside an interval's end is seen."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.verification.adaptive import integrate

Array = np.ndarray


@pytest.mark.parametrize("order", [8, 16])
@pytest.mark.parametrize("start", [0.4985, 0.4999, 0.5001, 0.737])
def test_root_beside_an_end_of_a_half_is_within_the_estimate(start: float, order: int) -> None:
    def lines(x: Array, _: Array) -> tuple[Array, Array]:
        values = np.sqrt(np.maximum(start - x, 0.0))[:, None]
        return values, np.zeros_like(values)

    ends, allowed = (np.zeros(1), np.ones(1)), np.full(1, 1e-8)
    total, error = integrate(lines, ends, np.zeros(1, int), 1, allowed, 1.0, order)
    assert abs(total[0, 0] - start**1.5 / 1.5) <= error[0, 0] < 1e-6


@pytest.mark.parametrize("order", [8, 16])
def test_polynomials_are_exact(order: int) -> None:
    def powers(x: Array, _: Array) -> tuple[Array, Array]:
        values = x[:, None] ** np.arange(order + 1)
        return values, np.zeros_like(values)

    ends, allowed = (-np.ones(1), np.full(1, 2.0)), np.full(order + 1, np.inf)
    total, _ = integrate(powers, ends, np.zeros(1, int), 1, allowed, 3.0, order)
    k = np.arange(order + 1)
    exact = (2.0 ** (k + 1) - (-1.0) ** (k + 1)) / (k + 1)
    np.testing.assert_allclose(total[0], exact, rtol=1e-8)  # the ends are looked at just within
