"""What a picture of regions in space is made of: faces that know their region, and lines."""

from __future__ import annotations

from dataclasses import dataclass

from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Body:
    """Faces and lines in space.

    Parameters
    ----------
    corners
        ``(n, 3, 3)`` triangles, metres.
    normals
        ``(n, 3, 3)`` outward normals at their corners, of any length.
    cells
        ``(n,)`` the region of each triangle.
    lines
        ``(m, 2, 3)`` ends of the lines, metres.
    """

    corners: Floats
    normals: Floats
    cells: Ints
    lines: Floats
