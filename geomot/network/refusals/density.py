"""What would let twins that are spread be served: less data, more bandwidth, or nearer servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geomot.cubature.integrands import DensityIntegrand
from geomot.cubature.rules import simplex_rule
from geomot.kernels.simplices import Floats, measures
from geomot.network.model.network import Network
from geomot.network.refusals.individual import WIDEST, bisected, reach, rounded_down, rounded_up
from geomot.transport.starts.soft_minimum import graded_mesh

SIMPLICES, NODES = 2000, 2  # of the cloud on which needs are summed, and nodes per direction in each
LEFT = 0.02  # part of all compute that advice leaves for rendering, more than errors of the sum


def late_remedies(network: Network, square: float) -> str:
    """Return what would let twins at a squared distance from their server meet their deadlines.

    Parameters
    ----------
    network
        A network with twins spread over the zone.
    square
        The largest squared distance of a twin from its server, m^2.

    Notes
    -----
    With so little data or so much bandwidth each twin there needs less than the least server has, and
    all together, each at the nearest server, leave a part of `LEFT` of all compute.  Regions of an
    equilibrium may reach farther than those of the nearest server: its own refusal then asks for more.
    """
    assert network.twins is not None
    twins, compute = network.twins, network.servers.compute
    parts = _parts(network, _loads(network, np.array([square])))
    help_ = [
        f"at most {rounded_down(parts[0])} bit per synchronization"
        if parts[0] is not None
        else "(no fewer bits would do)",
        f"at least {rounded_up(parts[1])} Hz for each twin"
        if parts[1] is not None
        else "(no bandwidth alone would do)",
    ]
    # eq. 8: 1 / (mu D) - 1 / r >= Gamma / Psi
    spares = [
        (kind, 1.0 / (kind.intensity * twins.data) - twins.complexity / float(compute.min()))
        for kind in twins.classes
    ]
    if min(spare for _, spare in spares) > 0.0:
        near = min(reach(network.channel, twins.bandwidth, kind.power, 1.0 / s) for kind, s in spares)
        if near > 0.0:
            help_.append(f"servers within {rounded_down(near)} m of all twins")
    return ", ".join(help_)


def overload_remedies(network: Network) -> str:
    """Return what would let twins fit that need more than all servers have together.

    Parameters
    ----------
    network
        A network with twins spread over the zone.
    """
    less, wide = _parts(network, _loads(network, np.empty(0)))
    data = (
        f"with {rounded_down(less)} bit per synchronization" if less is not None else "with fewer twins"
    )
    width = f"with {rounded_up(wide)} Hz" if wide is not None else "no bandwidth alone would do"
    return f"{data} they would fit, {width}" + (" too" if wide is not None else "")


def _parts(
    network: Network, load: Callable[..., tuple[Floats, float]]
) -> tuple[float | None, float | None]:
    """Return the most data and the least bandwidth with which twins fit, None where none would do."""
    assert network.twins is not None
    compute = network.servers.compute

    def fits(**change: float) -> bool:
        single, total = load(**change)
        return bool((single < compute.min()).all() and total < (1.0 - LEFT) * compute.sum())

    less = bisected(lambda data: fits(data=data), network.twins.data, 1.0 / WIDEST)
    return less, bisected(lambda width: fits(bandwidth=width), network.twins.bandwidth)


def _loads(network: Network, farthest: Floats) -> Callable[..., tuple[Floats, float]]:
    """Return what, after a change of the twins, each class needs at some squared distances, and all."""
    assert network.twins is not None
    twins = network.twins
    mesh = graded_mesh(DensityIntegrand(twins.density, 1.0), network.zone.triangulation, SIMPLICES)
    rule, weights = simplex_rule(network.zone.dimension, NODES)
    points = np.einsum("nv,mvd->mnd", rule, mesh.corners)
    counts = twins.count * twins.density.values(points) * weights * measures(mesh.corners)[:, None]
    away, _ = network.nearest(points.reshape(-1, points.shape[2]))
    squares, counts = away**2, counts.reshape(-1)

    def load(**change: float) -> tuple[Floats, float]:
        changed = replace(network, twins=replace(twins, **change))  # type: ignore[arg-type]
        single = [changed.twin_compute(kind, farthest) for kind in twins.classes]
        held = counts > 0.0
        needed = counts[held] * changed.mean_twin_compute(squares[held])
        return np.array(single), float(needed.sum())

    return load
