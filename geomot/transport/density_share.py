"""The part that one density has in the sum of two, as a function of the place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from geomot.costs.blended import Weight
from geomot.densities.base import Density
from geomot.kernels.simplices import Floats, squared_norms

STEEPEST = 50.0  # logarithm of the largest odds against g that count
COSH = 300.0  # argument beyond which a part counts as no smaller


@dataclass(frozen=True, eq=False)
class Odds(Weight):
    """a(x) = g(x) / (g(x) + s f(x)), from the logarithms: where both underflow it is still known.

    With u = log g - log f - log s it is 1 / (1 + exp(-u)), its gradient a (1 - a) grad u and its
    Hessian a (1 - a) [H_u + (1 - 2 a) grad u grad u^T].

    Parameters
    ----------
    density, other
        g and f.
    scale
        s > 0.
    origin
        ``(d,)`` where the origin of the coordinates is in those of the densities.
    fuzz
        Bound on the rounding of u.
    """

    density: Density
    other: Density
    scale: float
    origin: Floats
    fuzz: float = 0.0

    @property
    def rounding(self) -> float:
        """Bound on the rounding of a, as a part of a (1 - a)."""
        return self.fuzz

    def values(self, points: Floats) -> Floats:
        """Return a(x)."""
        return np.asarray(expit(self._logits(points)))

    def against(self, points: Floats) -> Floats:
        """Return (1 - a) / a = s f / g, cut off where next to nothing of g is left."""
        return np.asarray(np.exp(np.minimum(-self._logits(points), STEEPEST)))

    def gradients(self, points: Floats) -> Floats:
        """Return the gradient of a at x."""
        share = expit(self._logits(points))
        return np.asarray((share * (1.0 - share))[..., None] * self._slopes(points))

    def bounds(self, centers: Floats, radii: Floats) -> tuple[Floats, Floats]:
        """Return a lower and an upper bound of a on each ball."""
        steep, bend = self._steepest(centers, radii)
        middle, reach = self._logits(centers), (steep - 0.5 * bend * radii) * radii
        return np.asarray(expit(middle - reach)), np.asarray(expit(middle + reach))

    def derivative_bounds(self, centers: Floats, radii: Floats) -> tuple[Floats, Floats]:
        """Return bounds of the norms of the gradient and of the Hessian of a on each ball."""
        steep, bend = self._steepest(centers, radii)
        away = np.abs(self._logits(centers)) - (steep - 0.5 * bend * radii) * radii
        both = 0.25 / np.cosh(np.clip(0.5 * away, 0.0, COSH)) ** 2  # a (1 - a)
        at = np.minimum(
            both, 1.0 / 6.0
        )  # where t |1 - 2 a| = t sqrt(1 - 4 t) is largest, t = a (1 - a)
        return both * steep, both * bend + at * np.sqrt(1.0 - 4.0 * at) * steep**2

    def seen_from(self, origin: Floats) -> Odds:
        """Return the same function in coordinates relative to ``origin``."""
        return replace(self, origin=self.origin + origin)

    def _logits(self, points: Floats) -> Floats:
        there = points + self.origin
        apart = self.density.log_values(there) - self.other.log_values(there)
        return np.asarray(apart - np.log(self.scale))

    def _slopes(self, points: Floats) -> Floats:
        there = points + self.origin
        return np.asarray(self.density.log_gradients(there) - self.other.log_gradients(there))

    def _steepest(self, centers: Floats, radii: Floats) -> tuple[Floats, Floats]:
        """Return bounds of the norms of the gradient and of the Hessian of u on each ball."""
        there = centers + self.origin
        bend = self.density.log_bends(there, radii) + self.other.log_bends(there, radii)
        return np.sqrt(squared_norms(self._slopes(centers))) + bend * radii, bend
