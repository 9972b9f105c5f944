"""Interval arithmetic on arrays: rigorous bounds of sums and products."""

from __future__ import annotations

import numpy as np

from geomot.kernels.simplices import Floats

Range = tuple[Floats | float, Floats | float]


def plus(left: Range, right: Range) -> tuple[Floats, Floats]:
    """Return the range of sums.

    Examples
    --------
    >>> plus((1.0, 2.0), (-1.0, 5.0))
    (0.0, 7.0)
    """
    return left[0] + right[0], left[1] + right[1]  # type: ignore[return-value]


def times(left: Range, right: Range) -> tuple[Floats, Floats]:
    """Return the range of products.

    Examples
    --------
    >>> low, high = times((-1.0, 2.0), (3.0, 4.0))
    >>> float(low), float(high)
    (-4.0, 8.0)
    """
    products = [one * other for one in left for other in right]
    low = np.minimum(np.minimum(products[0], products[1]), np.minimum(products[2], products[3]))
    high = np.maximum(np.maximum(products[0], products[1]), np.maximum(products[2], products[3]))
    return low, high
