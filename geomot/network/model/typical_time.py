"""The size of the time per bit in a network: what errors of its integrals are measured against."""

from __future__ import annotations

import numpy as np

from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats
from geomot.network.model.network import Network


def typical_time(network: Network, rendering: Floats, state: Subdivision) -> float:
    """Return the mean of F over the sensors, roughly: at the simplices' barycentres.

    Parameters
    ----------
    network
        The network.
    rendering
        ``(B,)`` psi_b, cycle/s, positive.
    state
        A labelled mesh, fine enough for the sensors' density.
    """
    labels = state.labels[state.mesh.simplices[:, 0]]
    centers = state.mesh.corners.mean(axis=1)
    squares = network.squares(centers, labels)
    time = network.sensors.data_density * np.exp(network.load(rendering).values(squares, labels))
    masses = network.sensors.density.values(centers) * state.sizes
    return float((time * masses).sum() / masses.sum())
