"""Networks to test with: the paper's scenario with variations, and random ones."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import special

from geomot.densities import gaussian, mixture
from geomot.diagram import normalized
from geomot.geometry import Zone
from geomot.network.association.associate import Association
from geomot.network.model.network import Network, Sensors, Servers, TwinClass, Twins
from geomot.network.model.radio import Channel

CLASSES = tuple(TwinClass(1 / 3, mu, zeta) for mu, zeta in ((10, 0.1), (100, 0.2), (1000, 0.3)))
ACCURACY = 1e-14


def paper(twins: float = 50.0, noise: float = -170.0, data: float = 23.0) -> Network:
    """Return the calibrated scenario of the paper."""
    zone = Zone.box([0, 0], [2000, 2000])
    places = np.array([[500.0, 500.0], [1500.0, 500.0], [500.0, 1500.0], [1500.0, 1500.0]])
    servers = Servers(
        ("south-west", "south-east", "north-west", "north-east"),
        places,
        np.array([8e9, 8e9, 16e9, 16e9]),
        np.array([10e6, 10e6, 20e6, 20e6]),
    )
    return Network(
        zone,
        servers,
        sensors(normalized(gaussian([750, 750], 311), zone, ACCURACY)),
        Channel(3.0, 25.8, 1.0, noise),
        some_twins(twins, normalized(mixture([1] * 4, places, [250] * 4), zone, ACCURACY), data),
    )


def sensors(density):
    return Sensors(25_000, 1e-3, 50.0, 0.01, 1e-3, 5000.0, density)


def some_twins(count, density, data=23.0):
    return Twins(count, data, 1e6, 1e4, CLASSES, density) if count else None


def random_network(seed: int, most: int = 12) -> tuple[Network, np.random.Generator]:
    """Return 1 to ``most`` servers with compute and bandwidth over six decades, without twins."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, most + 1))
    zone = Zone.box([0, 0], [2000, 2000])
    servers = Servers(
        tuple(f"server {b}" for b in range(count)),
        rng.uniform(0, 2000, (count, 2)),
        10 ** rng.uniform(7, 13, count),
        10 ** rng.uniform(4, 10, count),
    )
    density = gaussian(rng.uniform(0, 2000, 2), rng.uniform(100, 1000))
    channel = Channel(3.0, 25.8, 1.0, float(rng.choice([-200.0, -170.0, -150.0])))
    return Network(zone, servers, sensors(normalized(density, zone, 1e-11)), channel, None), rng


def with_random_twins(network: Network, count: float, seed: int) -> Network:
    """Return the network with twins of the paper's classes, gaussian at random."""
    rng = np.random.default_rng(seed)
    density = gaussian(rng.uniform(0, 2000, 2), rng.uniform(100, 1000))
    twins = some_twins(count, normalized(density, network.zone, 1e-11))
    return dataclasses.replace(network, twins=twins)


def raster(network: Network, costs, size: int):
    """Return midpoints, their cells by argmin, and their area: nothing of the engine is used."""
    points, area = midpoints(network.zone, size)
    return points, cheapest(costs, points), area


def midpoints(zone: Zone, size: int) -> tuple[np.ndarray, float]:
    """Return the midpoints of a raster over a planar zone's bounds, and the area of each."""
    lower, upper = zone.bounds
    ticks = [
        low + (np.arange(size) + 0.5) / size * (high - low)
        for low, high in zip(lower, upper, strict=True)
    ]
    points = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    return points, float(np.prod((upper - lower) / size))


def cheapest(costs, points: np.ndarray) -> np.ndarray:
    """Return the cells of points by argmin."""
    sites, parts = np.arange(costs.count), np.array_split(points, 40)
    return np.concatenate([costs.values(part[:, None], sites).argmin(axis=1) for part in parts])


def times_by_raster(network: Network, found: Association) -> tuple[np.ndarray, np.ndarray]:
    """Return the masses and the times of the paper's servers by eq. 4, 5, on 1000 x 1000 midpoints."""
    points, cells, area = raster(network, found.costs, 1000)
    load = network.load(found.rendering)
    density = network.sensors.density.values(points)
    time = network.sensors.data_density * np.exp(load.values(network.squares(points, cells), cells))
    alpha, busy = (np.bincount(cells, v, minlength=4) * area for v in (density, time * density))
    return alpha, 25_000**2 * 1e-3 * 0.01 * alpha * busy


def strip_masses(costs, rows: int, mean: float = 750.0, std: float = 311.0):
    """Return the gaussian masses of the cells in the 2000 m box, strip by strip.

    On each of ``rows`` lines of constant y the cells are intervals in x, found by argmin on a grid and
    bisection of each change; the gaussian's integral over them is an error function.
    """
    sites = np.arange(costs.count)
    y = (np.arange(rows) + 0.5) / rows * 2000.0
    x = np.linspace(0.0, 2000.0, 401)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    cells = np.stack([costs.values(line[:, None], sites).argmin(axis=1) for line in grid])
    row, column = np.nonzero(cells[:, 1:] != cells[:, :-1])
    low, high = x[column].copy(), x[column + 1].copy()
    left = cells[row, column]
    for _ in range(60):
        middle = 0.5 * (low + high)
        at = np.stack([middle, y[row]], axis=1)
        same = costs.values(at[:, None], sites).argmin(axis=1) == left
        low, high = np.where(same, middle, low), np.where(same, high, middle)

    def below(place):
        return special.erf((place - mean) / (std * np.sqrt(2.0)))

    weight = np.exp(-0.5 * ((y - mean) / std) ** 2)
    masses = np.zeros(costs.count)
    np.add.at(masses, cells[:, 0], -weight * below(0.0))
    np.add.at(masses, cells[:, -1], weight * below(2000.0))
    np.add.at(masses, left, weight[row] * below(high))
    np.add.at(masses, cells[row, column + 1], -weight[row] * below(high))
    return masses / masses.sum()


def town_network(seed: int, most: int = 10) -> Network:
    """Return 1 to ``most`` servers as towns have them: compute within two decades, bandwidth one."""
    network, rng = random_network(seed, most)
    count = len(network.servers.compute)
    compute, bandwidth = 10 ** rng.uniform(9, 11, count), 10 ** rng.uniform(6.5, 7.5, count)
    servers = dataclasses.replace(network.servers, compute=compute, bandwidth=bandwidth)
    network = dataclasses.replace(network, servers=servers)
    if seed % 2 == 0:
        return network
    load = 10 ** rng.uniform(-2, -0.1)  # what twins take of all compute, roughly
    return with_random_twins(network, float(load * compute.sum() / 8e7), seed)
