"""Algorithm 1 of the paper on a grid of pixels or voxels: what geomot is compared with.

Each round gives a pixel to the server with the least alpha_b F_b at its midpoint and sums densities
over pixels.  As printed the next round starts from these sums; damped, a share of the old alpha and
psi stays.

It is as fast as a raster in numpy gets: what does not depend on the round is computed once, a product
takes the place of the logarithms, and pixels are worked on in blocks that fit the cache.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats
from geomot.network.model.network import Network
from geomot.transport.congestion.result import Status

BLOCK = 1 << 15  # pixels at a time
SAME = 1e-9  # largest difference of alpha and psi / Psi in a state that came back


@dataclass(frozen=True, eq=False)
class Round:
    """What a round found.

    Parameters
    ----------
    masses
        ``(B,)`` the sensors' shares in the partition, summed over pixels.
    changed
        Share of the pixels that changed hands.
    seconds
        Processor time since the beginning, the grid included.
    """

    masses: Floats
    changed: float
    seconds: float


@dataclass(frozen=True, eq=False)
class RasterRun:
    """A run of the algorithm.

    Parameters
    ----------
    rounds
        One entry per partition, the first by the best channel.
    status
        "converged" (a round changes nothing), "cycled" (an earlier state came back), "not-converged" or
        "infeasible" (twins take all that a server has).
    period
        Number of rounds after which the state came back, or None.
    """

    rounds: tuple[Round, ...]
    status: Status
    period: int | None


@dataclass(frozen=True, eq=False)
class _Block:
    """Some pixels."""

    density: Floats  # (m,) sensors in each
    upload: Floats  # (B, m) 1 / (W e)
    demand: Floats | None  # (B, m) compute that the twins in each take
    cells: np.ndarray  # (m,) the server of each


def run_raster(network: Network, size: int, keep: float, most: int) -> RasterRun:
    """Run Algorithm 1 on a grid.

    Parameters
    ----------
    network
        The network; its zone is a box, its twins are given by their density.
    size
        Number of pixels along each side.
    keep
        Share of the old alpha and psi that stays in each round; 0 is the algorithm as printed.
    most
        Largest number of rounds.

    Examples
    --------
    >>> import geomot
    >>> from geomot.scenario.build import build_network
    >>> run = run_raster(build_network(geomot.paper_scenario()), 20, 0.0, 20)
    >>> str(run.status), run.period
    ('cycled', 2)
    """
    began = time.process_time()
    blocks = _grid(network, size)
    compute = network.servers.compute
    masses, loads = _held(blocks, len(compute))
    rounds = [Round(masses, 1.0, _since(began))]
    alpha, rendering = masses, compute - loads
    seen = [(_partition(blocks), np.concatenate([alpha, rendering / compute]))]
    for _ in range(most):
        if not (rendering > 0.0).all():
            return RasterRun(tuple(rounds), Status.INFEASIBLE, None)
        changed = _respond(blocks, alpha, network.sensors.complexity / rendering)
        masses, loads = _held(blocks, len(compute))
        rounds.append(Round(masses, changed / size**network.zone.dimension, _since(began)))
        alpha = keep * alpha + (1.0 - keep) * masses
        rendering = keep * rendering + (1.0 - keep) * (compute - loads)
        seen.append((_partition(blocks), np.concatenate([alpha, rendering / compute])))
        period = _period(seen)
        if period is not None:
            status = Status.CONVERGED if period == 1 else Status.CYCLED
            return RasterRun(tuple(rounds), status, period)
    return RasterRun(tuple(rounds), Status.NOT_CONVERGED, None)


def _period(seen: list[tuple[bytes, Floats]]) -> int | None:
    """Return after how many rounds the last partition and state came back, None if they are new."""
    partition, state = seen[-1]
    for back in range(1, len(seen)):
        before, then = seen[-1 - back]
        if before == partition and float(np.abs(then - state).max()) <= SAME:
            return back
    return None


def _since(began: float) -> float:
    return time.process_time() - began


def _grid(network: Network, size: int) -> list[_Block]:
    """Return the pixels, each with its nearest server."""
    lower, upper = network.zone.bounds
    dimension, count = network.zone.dimension, len(network.servers.compute)
    ticks = [
        low + (np.arange(size) + 0.5) / size * (high - low)
        for low, high in zip(lower, upper, strict=True)
    ]
    total = size**dimension
    blocks = []
    for first in range(0, total, BLOCK):
        places = np.unravel_index(np.arange(first, min(first + BLOCK, total)), (size,) * dimension)
        points = np.stack([tick[place] for tick, place in zip(ticks, places, strict=True)], axis=1)
        squares = np.stack([network.squares(points, np.array(b)) for b in range(count)])
        upload = np.stack([network.upload.values(squares[b], np.array(b)) for b in range(count)])
        demand = None
        if network.twins is not None:
            demand = network.mean_twin_compute(squares)
            demand *= network.twins.count * network.twins.density.values(points)
        density = network.sensors.density.values(points)
        cells = squares.argmin(axis=0).astype(np.int16)
        blocks.append(_Block(density, upload, demand, cells))
    _normalize(network, blocks)
    return blocks


def _normalize(network: Network, blocks: list[_Block]) -> None:
    """Scale densities so that the sums over pixels are what the integrals are."""
    pixel = network.zone.measure / sum(len(block.cells) for block in blocks)
    whole = sum(float(block.density.sum()) for block in blocks)
    for block in blocks:
        block.density[:] /= whole
        if block.demand is not None:
            block.demand[:] *= pixel


def _respond(blocks: list[_Block], alpha: Floats, per_bit: Floats) -> int:
    """Give each pixel to the server with the least alpha F, ties by number; count those that change."""
    changed = 0
    for block in blocks:
        least = alpha[0] * (block.upload[0] + per_bit[0])
        cells = np.zeros(len(least), dtype=np.int16)
        for b in range(1, len(alpha)):
            cost = alpha[b] * (block.upload[b] + per_bit[b])
            better = cost < least
            cells[better] = b
            np.minimum(least, cost, out=least)
        changed += int(np.count_nonzero(cells != block.cells))
        block.cells[:] = cells
    return changed


def _held(blocks: list[_Block], count: int) -> tuple[Floats, Floats]:
    """Return the sensors' shares of the servers, and the compute that their twins take."""
    masses, loads = np.zeros(count), np.zeros(count)
    for block in blocks:
        masses += np.bincount(block.cells, block.density, count)
        if block.demand is not None:
            taken = block.demand[block.cells, np.arange(len(block.cells))]
            loads += np.bincount(block.cells, taken, count)
    return masses, loads


def _partition(blocks: list[_Block]) -> bytes:
    """Return a digest of who has which pixel."""
    digest = hashlib.blake2b(digest_size=16)
    for block in blocks:
        digest.update(block.cells.tobytes())
    return digest.digest()
