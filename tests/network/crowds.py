"""Twins one by one to test with, and what they ask by the paper's formulas: nothing of the package."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from geomot.network.model.network import Network, PlacedTwins
from tests.network.networks import CLASSES, paper

CORNERS = np.array([[500.0, 500.0], [1500.0, 500.0], [500.0, 1500.0], [1500.0, 1500.0]])


def crowd(
    positions: Sequence[Sequence[float]] | np.ndarray,
    kinds: Sequence[int] | None = None,
    *,
    network: Network | None = None,
    **changes: object,
) -> Network:
    """Return the paper's network, or another one, with twins of its classes at these positions."""
    places = np.array(positions, dtype=float)
    given = np.arange(len(places)) % 3 if kinds is None else np.array(kinds)
    twins = PlacedTwins(23.0, 1e6, 1e4, CLASSES, places, given)
    network = paper(0.0) if network is None else network
    return dataclasses.replace(network, twins=None, placed=dataclasses.replace(twins, **changes))


def random_crowd(seed: int, count: int, **changes: object) -> Network:
    """Return the paper's network with twins spread evenly, of random classes."""
    rng = np.random.default_rng(seed)
    return crowd(rng.uniform(0.0, 2000.0, (count, 2)), rng.integers(0, 3, count), **changes)


def rate(distance: float, power: float, bandwidth: float) -> float:
    """Return r = W log2(1 + zeta h / (N0 W)) (eq. 6) over the paper's channel, bit/s."""
    gain = 10.0**-2.58 * (distance**2 + 1.0) ** -1.5
    noise = 1e-20  # W/Hz, -170 dBm/Hz
    return bandwidth * math.log2(1.0 + power * gain / (noise * bandwidth))


def compute(rate: float, intensity: float, data: float, complexity: float = 1e4) -> float:
    """Return phi = Gamma / (1 / (mu D) - 1 / r) (eq. 8), cycle/s; infinite where it is too late."""
    left = 1.0 / (intensity * data) - 1.0 / rate
    return complexity / left if left > 0.0 else math.inf


def asked(network: Network) -> np.ndarray:
    """Return phi of each twin at each server by the formulas, ``(K, B)``."""
    twins = network.placed
    assert twins is not None
    table = np.empty((twins.count, len(network.servers.names)))
    for k, (place, number) in enumerate(zip(twins.positions, twins.kinds, strict=True)):
        kind = twins.classes[number]
        for b, mast in enumerate(network.servers.positions):
            r = rate(math.dist(place, mast), kind.power, twins.bandwidth)
            table[k, b] = compute(r, kind.intensity, twins.data, twins.complexity)
    return table
