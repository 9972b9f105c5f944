"""Where a solver starts from when the network has changed a little since it was solved last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Start:
    """An equilibrium, or an optimum, of a similar network with as many servers.

    Parameters
    ----------
    values
        ``(B,)`` w_b - log psi_b of the equilibrium: where rendering decides the costs the regions stay
        when it does, whatever psi_b becomes.
    left
        ``(B,)`` psi_b / Psi_b, positive.
    fractions
        ``(K, B)`` what each server had of each twin, where twins are given one by one, or None.
    prices
        ``(B, q)`` of the optimum, or None.
    """

    values: Floats
    left: Floats
    fractions: Floats | None = None
    prices: Floats | None = None

    def take(self, servers: Ints) -> Start:
        """Return the start of some of the servers; a twin that none of them has has no fractions."""
        fractions = self.fractions
        if fractions is not None:
            fractions = fractions[:, servers]
            total = fractions.sum(axis=1, keepdims=True)
            fractions = np.divide(fractions, total, out=np.zeros_like(fractions), where=total > 0.0)
        prices = None if self.prices is None else self.prices[servers]
        return Start(self.values[servers], self.left[servers], fractions, prices)
