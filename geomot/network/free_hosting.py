"""Twins that may be hosted anywhere: regions and hosting in turns.

The regions are found for the compute that a hosting leaves, then the best hosting for these regions.
Each hosting is looked at once, and a round has to save time, so that this ends.  Such turns end where
neither the regions nor the hosting alone can be bettered, which need not be the best of all; so they
begin twice, with the hosting that is best for the regions without twins and with that of the twins
where they stand, and the best of all that is met in the average time is returned.  Where branch and
bound leaves open by far whether its hosting is the best even at these regions, that has not converged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from geomot.kernels.simplices import Ints
from geomot.network.association.associate import (
    LOOSE,
    Association,
    associate_equilibrium,
    associate_snr,
)
from geomot.network.association.optimum import associate_optimum
from geomot.network.association.rounding import Hosting
from geomot.network.association.start import Start
from geomot.network.model.network import Network
from geomot.network.refusals.individual import crowded_problem, refusal
from geomot.network.results.report import report
from geomot.network.twins.assignment import GAP, Plan, best_hosting, rated
from geomot.network.twins.individual import placed_twins, twin_needs
from geomot.transport.congestion.result import Progress, Status

ROUNDS = 30  # of regions and hosting in turns
WORTH = 10.0 * GAP  # part of the average time that a round has to save
UNPROVED = 0.01  # gap of a hosting, as a part of what it decides, with which nothing has converged

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
        shown = associate_snr(network, tolerance, 0)
        return replace(shown, status=Status.INFEASIBLE, message=refused)
    turns = _Turns(network, tolerance, max_iterations, progress, regions, start)
    masses = regions(empty, LOOSE, max_iterations, None, start).masses
    turns.take(best_hosting(demands, compute, masses**2))
    turns.take(_where_they_stand(network, tolerance, max_iterations))
    if turns.best is None:
        found = associate_snr(network, tolerance, 0)
        return replace(found, status=Status.INFEASIBLE, message=crowded_problem(network))
    return _proved(turns.best)


def _proved(found: Association) -> Association:
    """Return an association, not converged where its hosting is far from proved to be the best."""
    assert found.hosting is not None and found.hosting.plan is not None
    gap = found.hosting.plan.gap
    if gap <= UNPROVED or found.status is not Status.CONVERGED:
        return found
    message = (
        f"the regions are solved, the hosting is not: what it decides is up to {100.0 * gap:.2g} % "
        "above the least at these regions, as far as branch and bound proved; fewer twins or more "
        "compute would help"
    )
    return replace(found, status=Status.NOT_CONVERGED, message=message)


@dataclass
class _Turns:
    """Regions and hosting in turns, and the best found so far."""

    network: Network
    tolerance: float
    max_iterations: int
    progress: Progress | None
    regions: Regions
    start: Start | None
    best: Association | None = None
    least: float = np.inf
    seen: list[Ints] = field(default_factory=list)

    def take(self, plan: Plan | None) -> None:
        """Find regions for a hosting, then the best hosting for these, until no time is saved."""
        network, before = self.network, np.inf
        demands, compute = twin_needs(network).compute, network.servers.compute
        for _ in range(ROUNDS):
            if plan is None or any((plan.hosts == hosts).all() for hosts in self.seen):
                return
            self.seen.append(plan.hosts)
            left = replace(
                network, placed=None, servers=replace(network.servers, compute=plan.rendering)
            )
            found = self.regions(left, self.tolerance, self.max_iterations, self.progress, self.start)
            numbers = report(left, found, LOOSE)
            time = float(numbers.times.mean())
            if self.best is None or time < self.least:
                self.best, self.least = replace(found, hosting=_hosting(network, plan)), time
            if time > (1.0 - WORTH) * before:  # hostings are known to be best to about that only
                return
            before, plan = time, best_hosting(demands, compute, found.masses**2)


def _where_they_stand(network: Network, tolerance: float, max_iterations: int) -> Plan | None:
    """Return the hosting of the equilibrium in which twins are hosted where they stand, or None."""
    placed = replace(placed_twins(network), free=False)
    found = associate_equilibrium(replace(network, placed=placed), tolerance, max_iterations)
    if found.status is not Status.CONVERGED or found.hosting is None:
        return None
    hosts = found.hosting.hosts
    return rated(hosts, twin_needs(network).compute, network.servers.compute, found.masses**2)


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
