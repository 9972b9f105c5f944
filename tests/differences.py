"""Derivatives by differences, for tests of those that are given by formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

Value = TypeVar("Value", float, np.ndarray)


def central(function: Callable[[float], Value], step: float) -> Value:
    """Return the derivative at 0 from central differences, extrapolated once; error O(step^4)."""
    below, low, high, above = (function(k * step) for k in (-2, -1, 1, 2))
    return (8.0 * (high - low) - (above - below)) / (12.0 * step)
