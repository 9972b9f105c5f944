"""Twins that may be hosted anywhere: regions and hosting in turns.

The regions are found for the compute that a hosting leaves, then the best hosting for these regions.
Each hosting is looked at once, and a round has to save time, so that this ends; the best of them in the
average time is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geomot.geometry.simplices import Ints
from geomot.network.associations import LOOSE, Association, associate_equilibrium, associate_snr
from geomot.network.hosting import GAP, Plan, best_hosting
from geomot.network.model import Network
from geomot.network.needs import refusal
from geomot.network.optimal import associate_optimum
from geomot.network.placed import placed_twins, twin_needs
from geomot.network.report import report
from geomot.network.rounding import Hosting
from geomot.network.start import Start
from geomot.transport.result import Progress, Status

ROUNDS = 30  # of regions and hosting in turns
WORTH = 10.0 * GAP  # part of the average time that a round has to save

Regions = Callable[[Network, float, int, "Progress | None", "Start | None"], Association]


def host_freely(
    network: Network,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None,
    regions: Regions,
    start: Start | None = None,
) -> Association:
    """Return regions, and hosts that may be anywhere.

    Parameters
    ----------
    network
        A network with twins one by one.
    tolerance, max_iterations, progress
        As for the associations.
    regions
        Finds the regions of a network without twins, at the compute that twins leave.
    start
        That of a similar network.
    """
    demands, compute = twin_needs(network).compute, network.servers.compute
    empty = replace(network, placed=None)
    refused = refusal(network)
    if refused is not None:
        return replace(associate_snr(network, LOOSE, 0), status=Status.INFEASIBLE, message=refused)
    masses = regions(empty, LOOSE, max_iterations, None, start).masses
    plan = best_hosting(demands, compute, masses**2)
    if plan is None:
        found = associate_snr(network, LOOSE, 0)
        return replace(found, status=Status.INFEASIBLE, message=_crowded(network))
    best, least = None, np.inf
    seen: list[Ints] = []
    while plan is not None and len(seen) < ROUNDS:
        if any((plan.hosts == hosts).all() for hosts in seen):
            break
        seen.append(plan.hosts)
        left = replace(network.servers, compute=plan.rendering)
        found = regions(replace(empty, servers=left), tolerance, max_iterations, progress, start)
        numbers = report(empty, found.costs, found.rendering, found.state, LOOSE)
        time, before = float(numbers.times.mean()), least
        if best is None or time < least:
            best, least = replace(found, hosting=_hosting(network, plan)), time
        if time > (1.0 - WORTH) * before:  # hostings are known to be best to about that only
            break
        plan = best_hosting(demands, compute, found.masses**2)
    assert best is not None
    return best


def _nearest(
    network: Network,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
    start: Start | None = None,
) -> Association:
    """Return the regions by the best channel, for which nothing is iterated."""
    return associate_snr(network, tolerance, max_iterations, progress)


FREE: dict[str, Regions] = {
    "equilibrium": associate_equilibrium,
    "optimum": associate_optimum,
    "snr": _nearest,
}


def _hosting(network: Network, plan: Plan) -> Hosting:
    fractions = np.zeros((len(plan.hosts), len(network.servers.compute)))
    fractions[np.arange(len(plan.hosts)), plan.hosts] = 1.0
    return Hosting(plan.hosts, plan.rendering, fractions, plan.rendering, plan)


def _crowded(network: Network) -> str:
    """Return why whole twins do not fit although their sum does."""
    return (
        f"no way was found to host the {placed_twins(network).count} twins whole such that each server "
        "keeps compute for rendering, although they need less than all servers have; fewer twins, less "
        "data or more compute would help"
    )
