"""Integrals over cells by lattices of points, moved at random: what they differ by is their error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.torture.scanlines import Estimate
from tests.torture.types import Floats, Ints

LATTICES = 12
CONFIDENCE = 7.0  # standard errors; with so few lattices one case in a million is beyond


def sampled(
    lower: Floats,
    upper: Floats,
    inside: Callable[[Floats], np.ndarray],
    costs: Callable[[Floats], Floats],
    values: Callable[[Floats, Ints], Floats],
    count: int,
    points: int,
) -> Estimate:
    """Integrate over the cells with so many points in each lattice; errors are with confidence."""
    d = len(lower)
    ratio = np.roots([1.0, *[0.0] * (d - 1), -1.0, -1.0]).real.max()
    steps = ratio ** -np.arange(1, d + 1)  # the R sequence, which is even in any dimension
    lattice = np.arange(points)[:, None] * steps
    size = float(np.prod(upper - lower)) / points
    rng, sums = np.random.default_rng(0), []
    for _ in range(LATTICES):
        place = lower + (upper - lower) * ((lattice + rng.random(d)) % 1.0)
        place = place[inside(place)]
        labels = costs(place).argmin(axis=1)
        found = values(place, labels)
        sums.append([np.bincount(labels, column, count) * size for column in found.T])
    every = np.array(sums).transpose(0, 2, 1)
    spread = every.std(axis=0, ddof=1) / np.sqrt(LATTICES)
    return Estimate(every.mean(axis=0), CONFIDENCE * spread)
