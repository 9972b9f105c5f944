"""How large regions truly are, whatever is written of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geomot.errors import InvalidArgumentError

if TYPE_CHECKING:
    from geomot.diagram import MinimizationDiagram


@dataclass(frozen=True)
class TrueSize:
    """The size of one region, by cubature.

    Parameters
    ----------
    name
        Name of its server.
    measure, error
        Area or volume, metres^d, and an estimated bound on its error.  Servers that are alike share one
        region, under the first one's name: it has all of it, the others have 0.
    shared
        Name of the server whose region it shares, None if it has its own.
    """

    name: str
    measure: float
    error: float
    shared: str | None = None

    @property
    def absence(self) -> str:
        """What a region is of which nothing is written.

        Examples
        --------
        >>> TrueSize("a", 1e-6, 1e-9).absence, TrueSize("b", 0.0, 0.0).absence
        ('smaller than the tolerance', 'empty')
        """
        if self.shared is not None:
            return f"empty: it shares that of {self.shared!r}"
        return "smaller than the tolerance" if self.measure > self.error else "empty"


def true_sizes(diagram: MinimizationDiagram, names: Sequence[str]) -> list[TrueSize]:
    """Return the size of each region.

    Parameters
    ----------
    diagram
        The diagram.
    names
        One name per site.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> costs = distance_costs([[0.2, 0.5], [0.2, 0.5]], exponent=2)
    >>> one, other = true_sizes(minimization_diagram(costs, Zone.box([0, 0], [1, 1])), "ab")
    >>> round(one.measure, 9), other.measure, other.absence
    (1.0, 0.0, "empty: it shares that of 'a'")
    """
    first = diagram.representatives
    measures, errors = (
        np.bincount(first, each, minlength=len(names))
        for each in (diagram.measures, diagram.measure_errors)
    )
    return [
        TrueSize(
            name,
            float(measures[site]),
            float(errors[site]),
            None if first[site] == site else names[first[site]],
        )
        for site, name in enumerate(names)
    ]


def refuse_absent(size: TrueSize, tolerance: float | None) -> None:
    """Refuse to write one region of which there is nothing to write.

    Parameters
    ----------
    size
        Its size.
    tolerance
        What it was sought with, metres; None for the default.

    Raises
    ------
    InvalidArgumentError
        Always.

    Examples
    --------
    >>> refuse_absent(TrueSize("a", 0.0, 0.0), 1.0)
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: the region of 'a' is empty: no point of the zone is cheapest ...
    """
    if size.shared is not None:
        hint = f"; expected a region of its own: write that of {size.shared!r}"
    elif size.absence == "empty":
        hint = ": no point of the zone is cheapest for it; expected one with points: choose another"
    else:
        given = "" if tolerance is None else f", {tolerance:g} m"
        hint = f"{given}; expected one that this resolves: ask for a smaller tolerance"
    raise InvalidArgumentError(f"the region of {size.name!r} is {size.absence}{hint}")
