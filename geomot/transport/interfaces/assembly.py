"""The derivative of integrals over cells in the parameters of the costs, from nodes on interfaces.

A change dc of the costs moves the interface of the cells b and j so that the integral of v over the
cell of b changes by

    - integral over the interface of  v (dc_b - dc_j) / |grad(c_b - c_j)|  dS,

and that over the cell of j by the opposite, with its own v.  The weights of `InterfaceNodes` have the
surface element and the gradient in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from geomot.cubature.joins import InterfaceNodes
from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Exchanges:
    """What pairs of cells lose to each other.

    Parameters
    ----------
    pairs
        ``(f, 2)`` the cells b and j, each pair once in this order.
    blocks
        ``(f, 2, q, 2, p)`` minus the derivatives of components over the cells of b and j, in parameters
        of b, and of j.
    """

    pairs: Ints
    blocks: Floats

    def matrix(self, count: int) -> sparse.csr_array:
        """Return the blocks as one matrix ``(B q, B p)``: component k of cell b is row b q + k."""
        _, _, q, _, p = self.blocks.shape
        rows = self.pairs[:, :, None] * q + np.arange(q)
        columns = self.pairs[:, :, None] * p + np.arange(p)
        rows = np.broadcast_to(rows[..., None, None], self.blocks.shape)
        columns = np.broadcast_to(columns[:, None, None], self.blocks.shape)
        entries = self.blocks.reshape(-1), (rows.reshape(-1), columns.reshape(-1))
        return sparse.csr_array(sparse.coo_array(entries, shape=(count * q, count * p)))


def exchanges(nodes: InterfaceNodes, values: Floats, slopes: Floats) -> Exchanges:
    """Return what cells lose to each other for a change of the parameters of their costs.

    Parameters
    ----------
    nodes
        Nodes on the interfaces, m of them.
    values
        ``(m, 2, q)`` the integrands at each node, for the first and for the second cell.
    slopes
        ``(m, 2, p)`` the derivatives of either cost in its own parameters.

    Examples
    --------
    >>> pairs, weights = np.array([[0, 1], [0, 1]]), np.array([0.5, 1.5])
    >>> nodes = InterfaceNodes(np.zeros((2, 2)), weights, pairs, np.zeros(2, dtype=int))
    >>> one = np.ones((2, 2, 1))
    >>> exchanges(nodes, one, one).matrix(2).toarray().tolist()
    [[2.0, -2.0], [-2.0, 2.0]]
    """
    order = np.lexsort((nodes.pairs[:, 1], nodes.pairs[:, 0]))
    pairs, weights = nodes.pairs[order], nodes.weights[order]
    moved, slopes = values[order].copy(), slopes[order].copy()
    moved[:, 1] *= -1.0
    slopes[:, 1] *= -1.0
    first = np.flatnonzero(np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1))[: len(pairs)])
    shape = moved.shape[1:] + slopes.shape[1:]
    if len(first) == 0:
        return Exchanges(pairs, np.zeros((0, *shape)))
    flat = moved.reshape(len(pairs), -1, 1) * slopes.reshape(len(pairs), 1, -1)
    blocks = np.add.reduceat(weights[:, None, None] * flat, first, axis=0)
    return Exchanges(pairs[first], blocks.reshape(len(first), *shape))
