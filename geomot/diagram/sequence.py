"""Diagrams as sequences of cells, and what their cells have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, overload

import numpy as np

from geomot.appearance.reprs import said
from geomot.kernels.simplices import Floats

C = TypeVar("C")


class CellSequence(Sequence[C]):
    """A diagram that is a sequence of one cell per site."""

    @abstractmethod
    def _cell(self, site: int) -> C:
        """Return the cell of a site."""

    @overload
    def __getitem__(self, site: int) -> C: ...

    @overload
    def __getitem__(self, site: slice) -> tuple[C, ...]: ...

    def __getitem__(self, site: int | slice) -> C | tuple[C, ...]:
        """Return the cell of a site."""
        if not isinstance(site, slice) and not -len(self) <= site < len(self):
            raise IndexError(f"there is no cell {site}: sites have the numbers 0 to {len(self) - 1}")
        numbers = range(len(self))[site]
        if isinstance(numbers, range):
            return tuple(self._cell(number) for number in numbers)
        return self._cell(numbers)

    def __iter__(self) -> Iterator[C]:
        """Iterate over the cells."""
        return (self._cell(site) for site in range(len(self)))


class Moments(Protocol):
    """A diagram that knows the moments of its cells."""

    @property
    def measures(self) -> Floats:
        """Areas or volumes, ``(B,)``."""

    @property
    def centroids(self) -> Floats:
        """Centroids, ``(B, d)``."""

    @property
    def second_moments(self) -> Floats:
        """Second moments about the sites, ``(B, d, d)``."""


D = TypeVar("D", bound=Moments)


@dataclass(frozen=True, eq=False)
class DiagramCell(Generic[D]):
    """One cell of a diagram.

    Parameters
    ----------
    diagram
        The diagram.
    site
        Number of the site.
    """

    diagram: D
    site: int

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, f"site={self.site}", f"measure={self.measure:.6g}")

    @property
    def measure(self) -> float:
        """Area, or volume, metres^d."""
        return float(self.diagram.measures[self.site])

    @property
    def centroid(self) -> Floats:
        """Centroid, ``(d,)``, metres; not a number if the cell is empty."""
        return np.asarray(self.diagram.centroids[self.site])

    @property
    def second_moment(self) -> Floats:
        """Integral of (x - p) (x - p)^T, ``(d, d)``, metres^(d+2)."""
        return np.asarray(self.diagram.second_moments[self.site])
