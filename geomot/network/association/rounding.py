"""Whole twins from an equilibrium in which twins on interfaces are shared.

An equilibrium in which each twin stands inside a region need not exist.  Where twins stand on an
interface, each of them goes whole to one of the servers that share it, such that the average time is
least at the regions of the equilibrium (`geomot.network.twins.assignment`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.kernels.simplices import Floats, Ints
from geomot.network.model.network import Network
from geomot.network.refusals.individual import late_problem, overloaded_problem
from geomot.network.twins.assignment import Plan, best_hosting
from geomot.network.twins.individual import twin_atoms, twin_counts, twin_needs

OFF = 1e-6  # of a cost: what a server may be dearer than the cheapest where a twin stands


@dataclass(frozen=True, eq=False)
class Hosting:
    """Who hosts which twin.

    Parameters
    ----------
    hosts
        ``(K,)`` the server of each.
    rendering
        ``(B,)`` psi_b that they leave, cycle/s.
    fractions
        ``(K, B)`` what each server has of each twin in the equilibrium.
    divided
        ``(B,)`` psi_b that these fractions leave, cycle/s: what the regions were found for.
    plan
        The best hosting at these regions, with its bounds, if twins may be hosted anywhere; else None.
    """

    hosts: Ints
    rendering: Floats
    fractions: Floats
    divided: Floats
    plan: Plan | None = None


def rounded(network: Network, fractions: Floats, masses: Floats, divided: Floats) -> Hosting:
    """Return a hosting in which each twin is at one of the servers that share it.

    Parameters
    ----------
    network
        A network with twins one by one.
    fractions
        ``(K, B)`` what each server has of each twin.
    masses
        ``(B,)`` alpha_b.
    divided
        ``(B,)`` psi_b that the fractions leave, cycle/s.
    """
    hosts = np.asarray(fractions.argmax(axis=1))
    demands = np.where(fractions > 0.0, twin_needs(network).compute, np.inf)
    shared = ((fractions > 0.0).sum(axis=1) > 1) & np.isfinite(demands).any(axis=1)
    if shared.any():
        _, loads = twin_counts(network, hosts, ~shared)
        left = network.servers.compute - loads
        plan = best_hosting(demands[shared], left, masses**2) if (left > 0.0).all() else None
        if plan is not None:
            hosts[shared] = plan.hosts
    _, loads = twin_counts(network, hosts)
    return Hosting(hosts, network.servers.compute - loads, fractions, divided)


def hosting_problem(network: Network, costs: Costs, hosting: Hosting) -> str | None:
    """Return why twins cannot be hosted where they stand, or None.

    Parameters
    ----------
    network
        A network with twins one by one.
    costs
        The regions are their cells.
    hosting
        Who hosts which twin: a server that can serve it, even where it stands in the region of one that
        cannot.
    """
    atoms = twin_atoms(network)
    values, index = atoms.costs(costs), np.arange(len(hosting.hosts))
    here = values.argmin(axis=1)
    elsewhere = values[index, hosting.hosts] > values[index, here] + OFF
    late = np.flatnonzero(elsewhere & ~np.isfinite(atoms.demands[index, here]))
    if len(late):
        return late_problem(network, late, here[late])
    whole = np.zeros_like(hosting.fractions)
    whole[index, hosting.hosts] = 1.0
    return overloaded_problem(network, whole)
