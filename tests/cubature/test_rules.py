"""Every monomial up to the exact degree, and the failure one degree above."""

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np
import pytest

from geomot.cubature import power_rule, simplex_rule

EXACT = 1e-13


@pytest.mark.parametrize("power", [0, 1, 2, 3])
@pytest.mark.parametrize("nodes", [1, 2, 3, 5, 8, 11])
def test_power_rule(power: int, nodes: int) -> None:
    places, weights = power_rule(power, nodes)
    assert places.shape == weights.shape == (nodes,)
    assert ((places > 0.0) & (places < 1.0)).all()
    assert (weights > 0.0).all()
    for degree in range(2 * nodes + 1):
        mean = (power + 1) / (power + 1 + degree)
        error = abs(weights @ places**degree - mean)
        if degree < 2 * nodes:
            assert error <= EXACT
        elif nodes <= 5:  # beyond that the first wrong monomial is wrong by less than rounding
            assert error > 10.0 * EXACT


def monomial_mean(exponents: tuple[int, ...]) -> float:
    """Return the mean of a monomial in d barycentric coordinates over a d-simplex."""
    d = len(exponents)
    value = factorial(d) / factorial(d + sum(exponents))
    for exponent in exponents:
        value *= factorial(exponent)
    return value


def monomials(d: int, degree: int) -> list[tuple[int, ...]]:
    return [e for e in product(range(degree + 1), repeat=d) if sum(e) == degree]


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("nodes", [1, 2, 3, 5, 8])
def test_simplex_rule(d: int, nodes: int) -> None:
    coordinates, weights = simplex_rule(d, nodes)
    assert coordinates.shape == (nodes**d, d + 1)
    assert (weights > 0.0).all() and (coordinates > 0.0).all()
    np.testing.assert_allclose(coordinates.sum(axis=1), 1.0, rtol=1e-14)
    for choice in range(d + 1):  # any d of the d + 1 coordinates
        own = np.delete(coordinates, choice, axis=1)
        for degree in range(2 * nodes):
            for exponents in monomials(d, degree):
                found = weights @ (own ** np.array(exponents)).prod(axis=1)
                assert abs(found - monomial_mean(exponents)) <= EXACT
    if nodes <= 5:
        errors = [
            abs(weights @ (coordinates[:, :d] ** np.array(e)).prod(axis=1) - monomial_mean(e))
            for e in monomials(d, 2 * nodes)
        ]
        assert max(errors) > 10.0 * EXACT


def test_rule_of_a_point() -> None:
    coordinates, weights = simplex_rule(0, 4)
    assert coordinates.tolist() == [[1.0]] and weights.tolist() == [1.0]


def test_rules_are_read_only() -> None:
    for array in (*power_rule(1, 3), *simplex_rule(2, 3)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0
