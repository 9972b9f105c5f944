"""Twins one by one: what each of them asks of each server (eq. 6 to 8), and who hosts it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats, Ints, squared_norms
from geomot.network.model.network import Network, PlacedTwins
from geomot.transport.congestion.atoms import Atoms

EVERY = slice(None)


@dataclass(frozen=True, eq=False)
class TwinNeeds:
    """What each twin needs at each server.

    Parameters
    ----------
    deadlines
        ``(K,)`` 1 / mu, s.
    rates
        ``(K, B)`` r, bit/s.
    uploads
        ``(K, B)`` D / r, s.
    compute
        ``(K, B)`` phi, cycle/s; infinite where the upload alone misses the deadline.
    """

    deadlines: Floats
    rates: Floats
    uploads: Floats
    compute: Floats


@dataclass(frozen=True)
class TwinResult:
    """What becomes of one twin.

    Parameters
    ----------
    number
        Its number, from 0, in the order in which twins are given.
    position
        Metres.
    twin_class
        Number of its class.
    host
        Name of its server; of those that share it in the equilibrium, the one it is rounded to.
    fraction
        Part of it that this server has in the equilibrium.
    shares
        Name and part of each server that has some of it in the equilibrium.
    rate
        r, bit/s.
    upload_time
        D / r, s.
    computing_time
        Gamma D / phi, s, with the compute that eq. 8 assigns; None where the deadline is missed.
    deadline
        1 / mu, s.
    slack
        What the deadline leaves beyond the upload, s: the time for computing.  Eq. 8 assigns the
        least compute, so that computing takes all of it; negative where the upload is too slow.
    """

    number: int
    position: tuple[float, ...]
    twin_class: int
    host: str
    fraction: float
    shares: tuple[tuple[str, float], ...]
    rate: float
    upload_time: float
    computing_time: float | None
    deadline: float
    slack: float


def twin_needs(network: Network) -> TwinNeeds:
    """Return what each twin needs at each server.

    Parameters
    ----------
    network
        A network with twins one by one.
    """
    placed = placed_twins(network)
    squares = squared_norms(placed.positions[:, None] - network.servers.positions)
    deadlines, uploads, compute = np.zeros(placed.count), np.zeros_like(squares), np.zeros_like(squares)
    for number, kind in enumerate(placed.classes):
        rows = placed.kinds == number
        deadlines[rows] = 1.0 / kind.intensity
        uploads[rows] = network.upload_time(kind, squares[rows])
        compute[rows] = network.twin_compute(kind, squares[rows])
    return TwinNeeds(deadlines, placed.data / uploads, uploads, compute)


def placed_twins(network: Network) -> PlacedTwins:
    """Return the twins, which have to be given one by one."""
    assert network.placed is not None
    return network.placed


def twin_atoms(network: Network) -> Atoms:
    """Return the twins as demand in single points."""
    return Atoms(placed_twins(network).positions, twin_needs(network).compute)


def twin_results(network: Network, hosts: Ints, fractions: Floats) -> tuple[TwinResult, ...]:
    """Return what becomes of each twin.

    Parameters
    ----------
    network
        A network with twins one by one.
    hosts
        ``(K,)`` the server of each.
    fractions
        ``(K, B)`` what each server has of it.
    """
    placed, needs, names = placed_twins(network), twin_needs(network), network.servers.names
    index = np.arange(placed.count)
    upload, compute = needs.uploads[index, hosts], needs.compute[index, hosts]
    work = placed.complexity * placed.data
    return tuple(
        TwinResult(
            k,
            tuple(placed.positions[k].tolist()),
            int(placed.kinds[k]),
            names[hosts[k]],
            float(fractions[k, hosts[k]]),
            tuple((names[b], float(fractions[k, b])) for b in np.flatnonzero(fractions[k])),
            float(needs.rates[k, hosts[k]]),
            float(upload[k]),
            float(work / compute[k]) if np.isfinite(compute[k]) else None,
            float(needs.deadlines[k]),
            float(needs.deadlines[k] - upload[k]),
        )
        for k in range(placed.count)
    )


def twin_counts(
    network: Network, hosts: Ints, which: np.ndarray | slice = EVERY
) -> tuple[Floats, Floats]:
    """Return the number of twins at each server and the compute that they take, ``(B,)`` each.

    Parameters
    ----------
    network
        A network with twins one by one.
    hosts
        ``(K,)`` the server of each.
    which
        The twins that count.
    """
    asked = twin_needs(network).compute[np.arange(len(hosts)), hosts][which]
    sites, count = hosts[which], len(network.servers.compute)
    load = np.bincount(sites, asked, count)  # of whole numbers where there are none
    return np.bincount(sites, minlength=count).astype(float), load.astype(float)
