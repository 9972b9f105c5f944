"""What more of a resource is worth: derivatives of the average time of eq. 9a at a solution.

The regions depend on a parameter p through the offsets w and the compute psi that solve R = 0::

    R_b = alpha_b(w, psi; p) - m_b exp(w_b)        R_B+b = psi_b - Psi_b + l_b(w, psi; p) / m_b

One solution lambda of the transposed system serves all parameters::

    J = sum_b S alpha_b C_b / (B m_b)    dJ/dp = J_p - lambda . R_p    J_(w, psi) = lambda . R_(w, psi)

J and R are made of integrals over the cells, of g (alpha_b), F_b g (C_b) and K phi_b f (l_b), so that
dJ/dp is a sum of such integrals' derivatives, each times its price.  Where costs change

    d integral_b v = integral_b dv - sum_j integral over b|j of v (dc_b - dc_j) / |grad(c_b - c_j)|,

so that dJ/dp consists of what p changes inside the cells, and on their interfaces of V_b - V_j, with
V_b the priced sum of g, F_b g and K phi_b f.  Between the regions of the optimum V_b = V_j, and only
the first is left, with the prices at fixed regions: the envelope theorem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import spsolve

from geomot.costs.base import Costs
from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats, Ints
from geomot.network.model.network import Network
from geomot.network.results.changes import Inside, integrate_inside
from geomot.transport.congestion.steps import newton_matrix


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Derivatives of the average sub-synchronization time (eq. 9a); what is negative saves time.

    Parameters
    ----------
    compute
        ``(B,)`` by the servers' compute Psi_b, s per cycle/s.
    bandwidth
        ``(B,)`` by their bandwidths W_b, s/Hz.
    position
        ``(B, d)`` by their positions k_b, s/m: to save time a server moves against it.
    sensors
        By the number of sensors Q, s.
    twins
        By the number of twins K, s; None without twins.
    shared
        The servers that share a region, one tuple of numbers for each such region.  One of them alone
        has no derivative, as its region would come apart: theirs is that of changing all of them
        alike, divided by their number.

    Notes
    -----
    These are rates: twice as much more of a resource does not save twice as much time.
    """

    compute: Floats
    bandwidth: Floats
    position: Floats
    sensors: float
    twins: float | None
    shared: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Prices:
    """What one more unit of an integral adds to the average time, ``(B,)`` each.

    Parameters
    ----------
    mass
        Of alpha_b, s.
    time
        Of C_b, s per s/bit m^3.
    load
        Of l_b, s per cycle/s; -m_b times as much is what more compute Psi_b is worth.
    """

    mass: Floats
    time: Floats
    load: Floats


@dataclass(frozen=True, eq=False)
class Sides:
    """The interfaces seen from both sides: what a change of a cost there adds to the average time.

    Parameters
    ----------
    points
        ``(m, d)`` nodes, each twice.
    sites
        ``(m,)`` the cell that they are seen from.
    weights
        ``(m,)`` derivative by the cost of that cell at the node, s.
    count
        Number of servers, B.
    """

    points: Floats
    sites: Ints
    weights: Floats
    count: int

    def sums(self, changes: Floats) -> Floats:
        """Return the derivative by parameters of each server in which its cost changes so, ``(B,)``."""
        sums = np.bincount(self.sites, self.weights * changes, minlength=self.count)
        return sums.astype(float, copy=False)


def equilibrium_sensitivity(
    network: Network, costs: Costs, rendering: Floats, state: Subdivision, tolerance: float
) -> Sensitivity:
    """Return the sensitivities of an equilibrium.

    Parameters
    ----------
    network
        The network.
    costs
        Their cells are the regions.
    rendering
        ``(B,)`` psi_b, cycle/s.
    state
        A subdivision for these costs.
    tolerance
        On the integrals, relative to their scales.
    """
    inside = integrate_inside(network, costs, rendering, state, tolerance)
    prices = equilibrium_prices(network, inside)
    sides = _sides(network, inside, prices)
    squares, load = network.squares(sides.points, sides.sites), network.load(rendering)
    away = sides.points - network.servers.positions[sides.sites]
    pull = -2.0 * load.slopes(squares, sides.sites)[:, None] * away
    bandwidth = sides.sums(load.bandwidth_slopes(squares, sides.sites))
    position = np.stack([sides.sums(column) for column in pull.T], axis=1)
    return _sensitivity(network, inside, prices, bandwidth, position)


def fixed_sensitivity(
    network: Network, costs: Costs, rendering: Floats, state: Subdivision, tolerance: float
) -> Sensitivity:
    """Return the sensitivities with the regions fixed, psi following the twins: those of the optimum.

    Parameters
    ----------
    network, costs, rendering, state, tolerance
        As for `equilibrium_sensitivity`.
    """
    inside = integrate_inside(network, costs, rendering, state, tolerance)
    still = np.zeros_like(network.servers.positions)
    return _sensitivity(network, inside, fixed_prices(network, inside), still[:, 0], still)


def fixed_prices(network: Network, inside: Inside) -> Prices:
    """Return the prices with the regions fixed: dC_b / dpsi_b = -rho Lambda alpha_b / psi_b^2.

    Parameters
    ----------
    network
        The network.
    inside
        The integrals over its regions.
    """
    sensors, shares, sizes = network.sensors, inside.shares, inside.problem.multiplicity
    unit = sensors.weight / len(sizes)
    mass, time = unit * inside.times / sizes, unit * shares.masses / sizes
    saved = sensors.data_density * sensors.complexity * shares.masses / shares.resources**2
    return Prices(mass, time, time * saved / sizes)


def equilibrium_prices(network: Network, inside: Inside) -> Prices:
    """Return the prices in equilibrium, where the regions follow: lambda is a part of them.

    Parameters
    ----------
    network
        The network.
    inside
        The integrals over its regions.
    """
    problem, shares = inside.problem, inside.shares
    fixed, capacities, sizes = fixed_prices(network, inside), problem.capacities, problem.multiplicity
    sides = _sides(network, inside, Prices(fixed.mass, fixed.time, np.zeros(problem.count)))
    slopes = problem.family.resource_slopes(sides.points, sides.sites, shares.resources)
    by_offset = sides.sums(np.ones(len(slopes)))
    by_resource = sides.sums(slopes) - sizes * fixed.load
    matrix = newton_matrix(problem, shares).T.tocsc()  # resources relative to the capacities
    found = spsolve(matrix, np.concatenate([by_offset, capacities * by_resource]))
    mass, resource = found[: problem.count], found[problem.count :] / capacities
    return Prices(fixed.mass - mass, fixed.time, -resource / sizes)


def _sides(network: Network, inside: Inside, prices: Prices) -> Sides:
    """Return what changes of the costs add: each interface moves, and V_b - V_j with it."""
    nodes, problem, rendering = inside.shares.state.interfaces, inside.problem, inside.shares.resources
    load, density = network.load(rendering), problem.density.values(nodes.points)

    def values(sites: Ints) -> Floats:
        time = np.exp(load.values(network.squares(nodes.points, sites), sites))
        time = network.sensors.data_density * time
        value = (prices.mass[sites] + prices.time[sites] * time) * density
        if problem.demand is None:
            return np.asarray(value)
        return np.asarray(value + prices.load[sites] * problem.demand.values(nodes.points, sites))

    first, second = nodes.pairs.T
    lost = (values(first) - values(second)) * nodes.weights
    return Sides(
        np.concatenate([nodes.points, nodes.points]),
        np.concatenate([first, second]),
        np.concatenate([-lost, lost]),
        problem.count,
    )


def _sensitivity(
    network: Network, inside: Inside, prices: Prices, bandwidth: Floats, position: Floats
) -> Sensitivity:
    """Add what parameters change inside the regions to what moving interfaces do, for each server."""
    sizes, shares, twins = inside.problem.multiplicity, inside.shares, network.twins
    bandwidth = bandwidth + prices.time * inside.time_by_bandwidth
    position = position + prices.time[:, None] * inside.time_by_position
    position += prices.load[:, None] * inside.load_by_position
    group = shares.costs.representatives()
    each = sizes[group]
    average = float((prices.time * inside.times).sum())
    return Sensitivity(
        compute=-prices.load[group],
        bandwidth=bandwidth[group] / (network.servers.bandwidth * each),
        position=position[group] / each[:, None],
        sensors=2.0 * average / network.sensors.count,
        twins=None if twins is None else float((prices.load * shares.loads).sum()) / twins.count,
        shared=tuple(tuple(np.flatnonzero(group == g).tolist()) for g in np.flatnonzero(sizes > 1.0)),
    )
