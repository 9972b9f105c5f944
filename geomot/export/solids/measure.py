"""Sizes of regions as they stand in a file."""

from __future__ import annotations

import numpy as np

from geomot.diagram.spatial.curving import curved_totals
from geomot.kernels.simplices import Floats, Ints, signed_measures, squared_norms


def signed_volumes(points: Floats, cells: Ints) -> Floats:
    """Return the volume of each tetrahedron, or of the cone from the points' middle to each flat face.

    Parameters
    ----------
    points
        ``(n, 3)``, metres.
    cells
        ``(m, 4)`` tetrahedra, or ``(m, 3)`` or ``(m, 6)`` faces, of which the corners count.
    """
    if cells.shape[1] == 4:
        return signed_measures(points[cells])
    corners = points[cells[:, :3]]
    middle = corners.mean(axis=(0, 1)) if len(cells) else np.zeros(3)
    apex = np.broadcast_to(middle, (len(cells), 1, 3))
    return signed_measures(np.concatenate([apex, corners], axis=1))


def volume_of(points: Floats, cells: Ints) -> float:
    """Return the volume of tetrahedra, or what closed faces enclose, flat or curved, metres^3.

    Examples
    --------
    >>> corner = np.array([[0., 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 6]])
    >>> volume_of(corner, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]))
    1.0
    """
    if not len(cells):
        return 0.0
    if cells.shape[1] == 6:
        return curved_totals(points, cells)[0]
    return float(signed_volumes(points, cells).sum())


def areas(points: Floats, faces: Ints) -> Floats:
    """Return the areas of faces through their corners, metres^2.

    Examples
    --------
    >>> areas(np.array([[0., 0, 0], [4, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]])).tolist()
    [2.0]
    """
    corners = points[faces[:, :3]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(0.5 * np.sqrt(squared_norms(normals)))


def extremes(points: Floats, cells: Ints) -> tuple[float | None, float | None]:
    """Return the smallest angle of faces, degrees, and the shortest edge, metres; None without cells.

    Of tetrahedra it is that of all their faces.

    Examples
    --------
    >>> angle, edge = extremes(np.array([[0., 0, 0], [2, 0, 0], [0, 2, 0]]), np.array([[0, 1, 2]]))
    >>> round(angle, 9), edge
    (45.0, 2.0)
    """
    if not len(cells):
        return None, None
    faces = cells[:, :3]
    if cells.shape[1] == 4:
        faces = np.concatenate([np.delete(cells, corner, axis=1) for corner in range(4)])
    corners = points[faces]
    ahead = np.roll(corners, -1, axis=1) - corners
    back = np.roll(corners, 1, axis=1) - corners
    across = np.sqrt(squared_norms(np.cross(ahead, back)))
    angles = np.degrees(np.arctan2(across, (ahead * back).sum(axis=2)))
    return float(angles.min()), float(np.sqrt(squared_norms(ahead).min()))
