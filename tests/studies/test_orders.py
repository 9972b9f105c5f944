"""The recorder of errors against series with known orders."""

from __future__ import annotations

import math

import numpy as np
import pytest

from geomot import InvalidArgumentError
from geomot.studies import ErrorRecord


def recorded(sizes: list[float], errors: list[float], floor: float = 0.0) -> ErrorRecord:
    record = ErrorRecord(floor)
    for size, error in zip(sizes, errors, strict=True):
        record.add(size, error)
    return record


@pytest.mark.parametrize("order", [0.5, 1.0, 4.0])
def test_order_of_a_power(order: float) -> None:
    sizes = [0.3, 0.1, 0.07, 0.02]
    assert recorded(sizes, [5.0 * size**order for size in sizes]).order() == pytest.approx(order)


def test_order_of_noisy_errors_is_the_least_squares_line() -> None:
    rng = np.random.default_rng(2)
    sizes = np.geomspace(1.0, 1e-3, 12)
    errors = sizes**2 * rng.uniform(0.5, 2.0, 12)
    expected = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert recorded(sizes.tolist(), errors.tolist()).order() == pytest.approx(expected, rel=1e-12)


def test_order_of_the_trapezium_rule() -> None:
    record = ErrorRecord()
    for count in (4, 8, 16, 32):
        x = np.linspace(0.0, 1.0, count + 1)
        record.add(1.0 / count, abs(float(np.trapezoid(np.exp(x), x)) - math.expm1(1.0)))
    assert record.order() == pytest.approx(2.0, abs=0.01)


def test_factor_of_gauss_and_its_floor() -> None:
    record = ErrorRecord(floor=1e-14)
    for count in range(2, 14):
        x, w = np.polynomial.legendre.leggauss(count)
        record.add(count, abs(float(w @ (1.0 / (x + 2.0))) - math.log(3.0)))
    # the nearest pole is at -2: (2 + sqrt 3)^2 per node
    assert record.factor() == pytest.approx((2.0 + math.sqrt(3.0)) ** 2, rel=0.05)


def test_factors_of_single_steps_end_at_the_floor() -> None:
    record = recorded([1, 2, 3, 4, 5], [1.0, 0.1, 0.05, 1e-13, 1e-14], 1e-12)
    assert record.step_factors() == pytest.approx([10.0, 2.0])
    assert recorded([1, 2], [1e-13, 1e-14], 1e-12).step_factors() == []


def test_successive_orders_of_newton_and_of_the_secant_method() -> None:
    def errors(points: list[float]) -> ErrorRecord:
        return recorded([*map(float, range(len(points)))], [abs(x - 2**0.5) for x in points], 1e-15)

    newton = [1.0]
    for _ in range(4):
        newton.append(0.5 * newton[-1] + 1.0 / newton[-1])
    assert errors(newton).successive_orders()[-1] == pytest.approx(2.0, abs=0.05)
    assert errors(newton).constants(2.0) == pytest.approx([0.5 / x for x in newton[:-1]], rel=1e-3)
    secant = [1.0, 2.0]
    for _ in range(5):
        a, b = secant[-2:]
        secant.append(b - (b * b - 2.0) * (b - a) / (b * b - a * a))
    assert errors(secant).successive_orders()[-1] == pytest.approx(1.618, abs=0.05)
    assert errors(secant).constants(2.0)[-1] > 50.0  # not bounded: the order is less


def test_errors_below_the_floor_do_not_count() -> None:
    record = recorded([1.0, 0.5, 0.25, 0.125], [1.0, 0.25, 1e-16, 3e-16], 1e-15)
    assert record.order() == pytest.approx(2.0)
    assert recorded([1.0, 2.0, 3.0], [1e-16] * 3, 1e-15).successive_orders() == []


def test_too_few_errors_and_wrong_ones_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"1 errors are above 0\.1; expected two"):
        recorded([1.0, 0.5], [1.0, 0.01], 0.1).order()
    with pytest.raises(InvalidArgumentError, match="expected two at different sizes"):
        recorded([1.0, 1.0], [1.0, 0.5]).factor()
    for size, error in ((1.0, math.nan), (math.inf, 1.0), (1.0, -1.0)):
        with pytest.raises(InvalidArgumentError, match="expected finite numbers, not negative"):
            ErrorRecord().add(size, error)
