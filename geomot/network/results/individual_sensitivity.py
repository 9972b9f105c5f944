"""What a resource is worth where twins are given one by one, whole, and stay where they are hosted.

The compute that twins leave, psi_b = Psi_b - sum of phi_kb over the twins at b, changes with Psi_b, and
with the server's position, which decides phi.  The regions are those of a network without twins whose
servers have psi_b: its sensitivities by the chain rule are those asked for.  Small changes move no twin
to another server, so that the derivatives are those of the average time itself; the number of twins has
none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats, Ints
from geomot.network.model.network import Network
from geomot.network.results.sensitivity import Sensitivity
from geomot.network.twins.individual import placed_twins

Sensitivities = Callable[[Network, Costs, Floats, Subdivision, float], Sensitivity]


def hosted_sensitivity(
    network: Network,
    costs: Costs,
    rendering: Floats,
    state: Subdivision,
    tolerance: float,
    hosts: Ints,
    regions: Sensitivities,
) -> Sensitivity:
    """Return the sensitivities with the hosting fixed.

    Parameters
    ----------
    network
        A network with twins one by one.
    costs, rendering, state, tolerance
        As for `geomot.network.results.sensitivity.equilibrium_sensitivity`.
    hosts
        ``(K,)`` the server of each twin.
    regions
        The sensitivities of the regions alone.
    """
    left = replace(network.servers, compute=rendering)
    found = regions(replace(network, placed=None, servers=left), costs, rendering, state, tolerance)
    moved = found.compute[:, None] * load_gradients(network, hosts)
    return replace(found, position=found.position - moved)


def load_gradients(network: Network, hosts: Ints) -> Floats:
    """Return the derivatives of the compute that twins take by their servers' positions, ``(B, d)``.

    Parameters
    ----------
    network
        A network with twins one by one.
    hosts
        ``(K,)`` the server of each.
    """
    placed = placed_twins(network)
    squares, slopes = network.squares(placed.positions, hosts), np.zeros(placed.count)
    for number, kind in enumerate(placed.classes):
        rows = placed.kinds == number
        slopes[rows] = network.twin_compute_slopes(kind, squares[rows])
    arms = network.servers.positions[hosts] - placed.positions
    gradients = np.zeros_like(network.servers.positions)
    np.add.at(gradients, hosts, 2.0 * slopes[:, None] * arms)
    return gradients
