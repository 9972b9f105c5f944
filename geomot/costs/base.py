"""What the engine asks of a family of costs, one cost per site."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.numbers import floats
from geomot.errors import InvalidCostError
from geomot.kernels.simplices import Floats, Ints


class Costs(ABC):
    """Costs c_b(x) of the sites b = 0, .., B - 1; the cell of b is where c_b is smallest.

    All methods work on flat or nested batches: ``points`` is ``(..., d)`` and ``sites`` any integer
    array that broadcasts against ``(...)``.  Bounds are over closed balls, given by ``centers``
    ``(..., d)`` and ``radii`` ``(...)``; they must hold, they need not be sharp, and they should
    become sharp as the radius goes to zero.

    Examples
    --------
    What a family of costs answers, here distances:

    >>> from geomot import distance_costs
    >>> costs = distance_costs([[0.0, 0.0], [4.0, 3.0]])
    >>> costs.values(np.array([[4.0, 0.0]]), np.array([0, 1])).tolist()
    [4.0, 3.0]
    >>> low, high = costs.bounds(np.array([[4.0, 0.0]]), np.array([1.0]), np.array([0]))
    >>> low.tolist(), high.tolist()
    ([3.0], [5.0])
    """

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(self.count, "site", self.dimension))

    @property
    @abstractmethod
    def count(self) -> int:
        """Number of sites, B."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of coordinates, d."""

    @abstractmethod
    def with_offset(self, offset: ArrayLike) -> Costs:
        """Return the same costs with other additive weights, ``(B,)``."""

    @abstractmethod
    def seen_from(self, origin: Floats) -> Costs:
        """Return the same costs in coordinates relative to ``origin``, ``(d,)``."""

    @property
    def affine(self) -> bool:
        """Whether all differences of the costs are affine, so that their cells are polyhedra."""
        return False

    @property
    def bounded(self) -> bool:
        """Whether the bounds hold; else they are estimated, and so is all that rests on them."""
        return True

    def examine(self, points: Floats) -> None:  # noqa: B027 - most costs need no check
        """Raise where values, gradients and bounds contradict each other at some points, ``(n, d)``.

        For costs that are made of a user's functions: it finds slips, it proves nothing.
        """

    def simplified(self) -> Costs:
        """Return costs with the same cells that are easier to tell apart; these if there are none.

        An increasing function of all costs changes no cell.
        """
        return self

    @abstractmethod
    def values(self, points: Floats, sites: Ints) -> Floats:
        """Return c_b(x)."""

    @abstractmethod
    def gradients(self, points: Floats, sites: Ints) -> Floats:
        """Return the gradient of c_b at x, ``(..., d)``."""

    @abstractmethod
    def bounds(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return a lower and an upper bound of c_b on each ball."""

    @abstractmethod
    def curvatures(self, centers: Floats, radii: Floats, sites: Ints) -> tuple[Floats, Floats]:
        """Return bounds of the eigenvalues of the Hessian of c_b on each ball, lower and upper.

        Infinite where c_b is not twice differentiable.  The Hessian of a difference c_b - c_j has its
        eigenvalues between ``lower_b - upper_j`` and ``upper_b - lower_j``; costs with the same
        constant Hessian therefore differ by an affine function, and the engine knows it.
        """

    @abstractmethod
    def closeness(self, centers: Floats, radii: Floats, first: Ints, second: Ints) -> Floats:
        """Return another bound of the norm of the Hessian of c_first - c_second on each ball.

        For sites so similar that their Hessians nearly cancel, which `curvatures` cannot tell;
        infinite where there is nothing to say.
        """

    @abstractmethod
    def rounding(self, values: Floats, sites: Ints) -> Floats:
        """Return a bound on the rounding error of evaluated ``values``; smaller gaps are ties."""

    @abstractmethod
    def representatives(self) -> Ints:
        """Return for each site the first site with the identical cost, ``(B,)``."""


def without_offsets(costs: Costs) -> tuple[Costs, Ints, Ints]:
    """Return costs without offsets, one site of each group that is then alike, and the group of each.

    Examples
    --------
    >>> from geomot import distance_costs
    >>> costs = distance_costs([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]], offset=[0.0, 0.0, 5.0])
    >>> _, own, group = without_offsets(costs)
    >>> own.tolist(), group.tolist()
    ([0, 1], [0, 1, 0])
    """
    plain = costs.with_offset(np.zeros(costs.count))
    own, group = np.unique(plain.representatives(), return_inverse=True)
    return plain, own, group.reshape(-1)


def checked_weights(name: str, weights: ArrayLike, count: int, *, plural: bool = False) -> Floats:
    """Return weights, one finite number per site; ``plural`` if users know them as ``names``."""
    what, subject = f"numbers of {name}", f"{name} has"
    if plural:
        what, subject = f"{name}s", f"{name}s have"
    array = floats(weights, what, InvalidCostError)
    if array.shape != (count,):
        raise InvalidCostError(
            f"{subject} shape {array.shape}; expected ({count},), one number per site: pass as "
            "many weights as sites"
        )
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise InvalidCostError(
            f"{name} of site {bad[0]} is {array[bad[0]]}; expected a finite number: a site that "
            "should have no cell is left out instead"
        )
    return array
