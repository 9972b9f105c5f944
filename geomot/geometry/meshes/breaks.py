"""Where a function is not smooth: what a mesh has to follow for cubature to be exact."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from geomot.geometry.meshes.mesh import Mesh, Refinement
from geomot.kernels.simplices import Ints


@dataclass(frozen=True, eq=False)
class Overlay:
    """A mesh cut along breaks.

    Parameters
    ----------
    refinement
        The new mesh and where its simplices come from; it need not be conforming.
    others
        ``(k, 2)`` a simplex of the new mesh and one of the old that it reaches into besides its parent.
    """

    refinement: Refinement
    others: Ints


class Breaks(ABC):
    """Points, lines or surfaces along which a function jumps or bends; it is smooth between them."""

    @abstractmethod
    def cut(self, mesh: Mesh, base: Mesh) -> Overlay:
        """Return a mesh of the same domain that has no break inside a simplex, up to rounding.

        Parameters
        ----------
        mesh
            What to cut.
        base
            A mesh of the same domain, perhaps coarser: facets that it has once are kept, others need
            not be.
        """

    @abstractmethod
    def parts(self, mesh: Mesh) -> float:
        """Return about how many simplices `cut` would make of a mesh, without making them."""
