"""Errors against what controls them, and how fast they fall: for studies, their plots and tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from geomot.errors import InvalidArgumentError


@dataclass(frozen=True, eq=False)
class ErrorRecord:
    """Errors of a sequence of approximations, one after the other.

    Parameters
    ----------
    floor
        Where rounding takes over: errors at or below it say nothing about how fast they fall, and fits
        leave them out.

    Examples
    --------
    >>> record = ErrorRecord()
    >>> for size in (0.4, 0.2, 0.1):
    ...     record.add(size, 3.0 * size**2)
    >>> round(record.order(), 6)
    2.0
    """

    floor: float = 0.0
    sizes: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def add(self, size: float, error: float) -> None:
        """Record the error of an approximation.

        Parameters
        ----------
        size
            What controls it: the size of elements, a tolerance, the number of nodes.
        error
            Its absolute error.

        Raises
        ------
        InvalidArgumentError
            If either is not finite or is negative.
        """
        if not (0.0 <= size < np.inf and 0.0 <= error < np.inf):
            raise InvalidArgumentError(
                f"the error {error} at {size} was recorded; expected finite numbers, not negative: "
                "record absolute errors"
            )
        self.sizes.append(float(size))
        self.errors.append(float(error))

    def order(self) -> float:
        """Return the observed order p of errors like size^p, by least squares of the logarithms.

        Raises
        ------
        InvalidArgumentError
            If fewer than two errors at different sizes are above the floor.
        """
        sizes, errors = self._fitted()
        return _slope(np.log(sizes), np.log(errors))

    def factor(self) -> float:
        """Return q of errors like q^-size: how many times they fall when the size grows by 1.

        Raises
        ------
        InvalidArgumentError
            If fewer than two errors at different sizes are above the floor.

        Examples
        --------
        >>> record = ErrorRecord(floor=1e-12)
        >>> for nodes, error in ((2, 1e-2), (4, 1e-6), (6, 1e-10), (8, 3e-13), (10, 2e-13)):
        ...     record.add(nodes, error)
        >>> round(record.factor(), 6)
        100.0
        """
        sizes, errors = self._fitted()
        return float(np.exp(-_slope(sizes, np.log(errors))))

    def step_factors(self) -> list[float]:
        """Return how many times the error falls from each size to the next, down to the floor.

        The step that ends at the floor is left out: what is there is rounding.

        Examples
        --------
        >>> record = ErrorRecord(floor=1e-9)
        >>> for nodes, error in enumerate((1e-2, 1e-4, 1e-5, 1e-10)):
        ...     record.add(nodes, error)
        >>> [round(factor, 6) for factor in record.step_factors()]
        [100.0, 10.0]
        """
        return [
            before / after
            for before, after in pairwise(self.errors)
            if after > self.floor and before > self.floor
        ]

    def successive_orders(self) -> list[float]:
        """Return p of e_k+1 ~ e_k^p from three errors each: 2 for Newton's method.

        Those in which the last error is at the floor are left out.

        Examples
        --------
        >>> record = ErrorRecord()
        >>> for step, error in enumerate((1e-1, 1e-2, 1e-4, 1e-8)):
        ...     record.add(step, error)
        >>> [round(order, 6) for order in record.successive_orders()]
        [2.0, 2.0]
        """
        errors = [error for error in self.errors if error > self.floor]
        falls = np.diff(np.log(errors)) if len(errors) > 1 else np.empty(0)
        return [float(p) for p in falls[1:] / falls[:-1]]

    def constants(self, order: float) -> list[float]:
        """Return C of e_k+1 = C e_k^order from each error to the next, down to the floor.

        The step that ends at the floor is left out.  Where they stay bounded, errors converge with
        that order at least.

        Parameters
        ----------
        order
            The order.

        Examples
        --------
        >>> record = ErrorRecord()
        >>> for step, error in enumerate((1e-1, 2e-2, 8e-4)):
        ...     record.add(step, error)
        >>> [round(constant, 6) for constant in record.constants(2.0)]
        [2.0, 2.0]
        """
        return [
            after / before**order
            for before, after in pairwise(self.errors)
            if after > self.floor and before > self.floor
        ]

    def _fitted(self) -> tuple[np.ndarray, np.ndarray]:
        sizes, errors = np.array(self.sizes), np.array(self.errors)
        kept = errors > self.floor
        if len(np.unique(sizes[kept])) < 2:
            raise InvalidArgumentError(
                f"{int(kept.sum())} errors are above {self.floor:g}; expected two at different sizes "
                "for a fit: record more, or coarser ones"
            )
        return sizes[kept], errors[kept]


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    """Return the slope of the line through points by least squares."""
    away = x - x.mean()
    return float(away @ (y - y.mean()) / (away @ away))
