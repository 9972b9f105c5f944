"""What a file of spatial regions holds, whatever its format: the same to write and when read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geomot.files.content import MalformedFileError
from geomot.kernels.simplices import Floats, Ints

FACTS = ("title", "method", "status", "solve")  # keys of `SolidMesh.facts`


@dataclass(frozen=True, eq=False)
class SolidRegion:
    """One region.

    Parameters
    ----------
    name
        Name of its server.
    site
        Its number, which neighbours refer to; where the format does not hold it, its place in the file.
    cells
        Places in the points: ``(f, 3)`` outward faces; ``(f, 6)`` curved ones, corners, then the
        middles of the sides 01, 12, 20; or ``(t, 4)`` positively oriented tetrahedra.  None for an
        empty region.
    neighbours
        ``(f,)`` the site beyond each face, or -1 - p for part p of the zone's boundary; None for
        tetrahedra, and where the format does not hold it.
    color
        As ``#rrggbb``, or None where the format does not hold it.
    """

    name: str
    site: int
    cells: Ints
    neighbours: Ints | None = None
    color: str | None = None


@dataclass(frozen=True, eq=False)
class SolidMesh:
    """Regions of a spatial zone.

    Parameters
    ----------
    points
        ``(n, 3)`` metres.  Regions share them, except where a region touches itself: there it has
        copies of its own, so that its surface is a manifold.
    regions
        The regions.
    names
        Names of sites and parts of the boundary, by the numbers that neighbours have; as many as known.
    facts
        "title", "method" and "status" of the solution and the identifier "solve", as far as known.
    unit
        "m", or None where the format does not hold it.
    zone
        Volume of the zone that the regions fill, metres^3; None if they do not, or it is not known.
    rounding
        Largest error of a coordinate that the format itself makes, metres.
    """

    points: Floats
    regions: tuple[SolidRegion, ...]
    names: dict[int, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    unit: str | None = None
    zone: float | None = None
    rounding: float = 0.0

    @property
    def width(self) -> int:
        """Number of points that a face or tetrahedron has: 3, 6 or 4."""
        return self.regions[0].cells.shape[1] if self.regions else 3

    @property
    def order(self) -> int:
        """Polynomial order of the faces, 1 or 2."""
        return 2 if self.width == 6 else 1

    @property
    def volume(self) -> bool:
        """Whether the regions are made of tetrahedra."""
        return self.width == 4


def checked_cells(values: Ints, count: int, what: str) -> Ints:
    """Return places in points, after a check that there are such points.

    Parameters
    ----------
    values
        Places read from a file.
    count
        Number of points.
    what
        What to call them.

    Raises
    ------
    MalformedFileError
        If one is not between 0 and ``count - 1``.

    Examples
    --------
    >>> checked_cells(np.array([[0, 1, 7]]), 3, "faces")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: faces refer to point 7 of 3, counted from 0; expected ...
    """
    wrong = values[(values < 0) | (values >= count)]
    if len(wrong):
        raise MalformedFileError(
            f"{what} refer to point {wrong[0]} of {count}, counted from 0; expected points that the "
            "file holds"
        )
    return np.asarray(values, dtype=np.int64)
