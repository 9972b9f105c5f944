"""Algorithm 1 of the paper on a grid: argmin at midpoints, sums over pixels.  What geomot replaces."""

from __future__ import annotations

import numpy as np

from geomot.network.model.network import Network


def raster_masses(network: Network, size: int, rounds: int, keep: float) -> np.ndarray:
    """Return the masses after some rounds of the best response to the partition before.

    ``keep`` is the share of the old weights that stays: 0 is the algorithm as printed.
    """
    lower, upper = network.zone.bounds
    ticks = [
        low + (np.arange(size) + 0.5) / size * (high - low)
        for low, high in zip(lower, upper, strict=True)
    ]
    points = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    count = len(network.servers.compute)
    squares = np.stack([network.squares(points, np.array(b)) for b in range(count)], axis=1)
    density = network.sensors.density.values(points)
    density /= density.sum()
    demand = np.zeros(squares.shape)
    if network.twins is not None:
        where = network.twins.density.values(points)
        demand = (
            network.twins.count * network.mean_twin_compute(squares) * (where / where.sum())[:, None]
        )
    cells, rendering, alpha = squares.argmin(axis=1), network.servers.compute, None
    for _ in range(rounds):
        new = np.bincount(cells, density, minlength=count)
        alpha = new if alpha is None else keep * alpha + (1.0 - keep) * new
        loads = np.array([demand[cells == b, b].sum() for b in range(count)])
        left = np.maximum(network.servers.compute - loads, 1e-3 * network.servers.compute)
        rendering = keep * rendering + (1.0 - keep) * left
        with np.errstate(divide="ignore"):
            costs = network.load(rendering).values(squares, np.arange(count)) + np.log(alpha)
        cells = costs.argmin(axis=1)
    return np.bincount(cells, density, minlength=count)
