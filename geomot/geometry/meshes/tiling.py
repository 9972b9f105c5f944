"""Breaks between convex tiles, such as the boxes of a grid or the simplices of a mesh."""

from __future__ import annotations

from abc import abstractmethod

from geomot.geometry.meshes.breaks import Breaks
from geomot.geometry.meshes.cutting import HalfSpaces, Parts
from geomot.kernels.simplices import Floats, Ints


class Tiling(Breaks):
    """Convex polytopes that share no inner points, numbered; they need not cover space."""

    @abstractmethod
    def near(self, low: Floats, high: Floats) -> tuple[Ints, Ints]:
        """Return the pairs of a box and a tile that may meet, each pair once.

        Parameters
        ----------
        low, high
            ``(m, d)`` corners of boxes, metres.

        Returns
        -------
        ``(p,)`` the boxes, and ``(p,)`` the tiles.
        """

    @abstractmethod
    def tile_corners(self, tiles: Ints) -> Floats:
        """Return the vertices of tiles, ``(m, v, d)``, metres."""

    @abstractmethod
    def tile_sides(self, tiles: Ints) -> HalfSpaces:
        """Return the half-spaces whose intersection each tile is."""

    @abstractmethod
    def tile_parts(self, tiles: Ints) -> Parts:
        """Return tiles as simplices, with the place of each one's tile among the tiles asked for."""
