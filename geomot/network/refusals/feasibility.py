"""Which scenarios no partition can serve, said so that a person can mend them."""

from __future__ import annotations

import numpy as np

from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats, Ints
from geomot.network.model.network import Network, Twins
from geomot.network.refusals.density import late_remedies, overload_remedies
from geomot.network.refusals.individual import rounded_up

STRAINED = 0.01  # part of its compute that a server under strain has left for rendering


def visited(network: Network, twins: Twins, state: Subdivision) -> tuple[Floats, Ints, Floats]:
    """Return places with twins, a server that serves each, and its squared distance, m^2.

    Parameters
    ----------
    network
        The network.
    twins
        Its twins.
    state
        A labelled mesh; the places are its vertices and its interface nodes, these for both sides.

    Notes
    -----
    Where the mesh misses all twins, they are taken to be at the servers' masts: what they need there
    they need everywhere.
    """
    nodes, pairs = state.interfaces.points, state.interfaces.pairs
    points = np.concatenate([state.mesh.vertices, nodes, nodes])
    sites = np.concatenate([state.labels, pairs[:, 0], pairs[:, 1]])
    sites, points = sites[sites >= 0], points[sites >= 0]
    here = twins.density.values(points) > 0.0
    if not here.any():
        return network.servers.positions[sites], sites, np.zeros(len(sites))
    points, sites = points[here], sites[here]
    return points, sites, network.squares(points, sites)


def deadline_problem(network: Network, state: Subdivision, compute: float = np.inf) -> str | None:
    """Return a message if some twin misses its deadline at its server, even with so much compute.

    Parameters
    ----------
    network
        The network.
    state
        A labelled mesh; its vertices and interface nodes are the places looked at.
    compute
        What a twin may have, cycle/s: that of the largest server, or, by default, any.

    Notes
    -----
    Eq. 9b: D / r + Gamma D / phi <= 1 / mu has a solution phi < compute only if
    D / r + Gamma D / compute < 1 / mu.
    """
    twins = network.twins
    if twins is None:
        return None
    computing = twins.complexity * twins.data / compute
    points, sites, squares = visited(network, twins, state)
    worst = int(squares.argmax())
    for number, kind in enumerate(twins.classes):
        needed, allowed = float(network.upload_time(kind, squares[worst])), 1.0 / kind.intensity
        if needed + computing >= allowed:
            more = f", computing {computing:.4g} s at least," if computing else ""
            place = ", ".join(f"{x:.6g}" for x in points[worst])
            name = network.servers.names[int(sites[worst])]
            return (
                f"twins of class {number} (intensity {kind.intensity:g} /s) miss their deadline: at "
                f"({place}), {np.sqrt(squares[worst]):.4g} m from server {name!r}, uploading "
                f"{twins.data:g} bit takes {needed:.4g} s{more} and {allowed:.4g} s are allowed; "
                f"{late_remedies(network, float(squares[worst]))} would help"
            )
    return None


def overload_problem(network: Network, loads: Floats) -> str | None:
    """Return a message if the twins need more compute than all servers have.

    Parameters
    ----------
    network
        The network.
    loads
        ``(B,)`` compute that the twins take with the best channel for each: the least there is.
    """
    needed, there = float(loads.sum()), float(network.servers.compute.sum())
    if needed < there:
        return None
    return (
        f"the twins need at least {needed:.4g} cycle/s and all servers together have {there:.4g}: "
        f"{rounded_up(needed - there)} too little; {overload_remedies(network)}; fewer twins, or more "
        "compute, would help"
    )


def server_problem(network: Network, rendering: Floats) -> str | None:
    """Return a message if the twins in some region need more compute than its server has."""
    worst = int(np.argmin(rendering / network.servers.compute))
    if rendering[worst] > 0.0:
        return None
    compute = float(network.servers.compute[worst])
    needed = compute - float(rendering[worst])
    return (
        f"the twins in the region of server {network.servers.names[worst]!r} need {needed:.4g} cycle/s "
        f"and it has {compute:.4g}: {rounded_up(needed - compute)} too little; more compute there, "
        "fewer twins, or the method 'equilibrium', which shifts its region, would help"
    )


def strain_problem(network: Network, rendering: Floats) -> str | None:
    """Return a message that names the server to which twins leave next to nothing, if there is one."""
    left = rendering / network.servers.compute
    worst = int(np.argmin(left))
    if left[worst] > STRAINED:
        return None
    return (
        f"the twins in the region of server {network.servers.names[worst]!r} leave {left[worst]:.2g} "
        "of its compute: more compute there, or fewer twins, would help"
    )
