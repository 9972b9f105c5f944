"""Curves as chains of chords, and which of them lie in which."""

from __future__ import annotations

import numpy as np

from geomot.arcs.moments import along
from geomot.kernels.simplices import Floats


def chords(starts: Floats, ends: Floats, turns: Floats, tolerance: float) -> Floats:
    """Return points along a closed curve whose chords stay within a tolerance of it.

    Parameters
    ----------
    starts, ends
        ``(e, 2)`` of its pieces.
    turns
        ``(e,)`` half the angles that they turn through.
    tolerance
        In the units of the points; infinite for two chords in each arc.

    Examples
    --------
    >>> chords(np.array([[0., 0.], [1., 0.]]), np.array([[1., 0.], [0., 0.]]), np.zeros(2), 1.0)
    array([[0., 0.], [1., 0.]])
    """
    length = np.hypot(*(ends - starts).T) / np.sinc(turns / np.pi)
    # n equal chords of an arc of length l through the angle 2 a stay within 2 a l / (8 n^2) of it
    counts = np.ceil(np.sqrt(np.abs(turns) * length / (4.0 * tolerance)))
    counts = np.where(turns == 0.0, 1.0, np.maximum(counts, 2.0)).astype(np.int64)
    owners = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    nodes = (2.0 * place - counts[owners]) / counts[owners]  # symmetric: the same from either end
    inner, _ = along(starts[owners], ends[owners], turns[owners], nodes[:, None])
    points = 0.5 * (starts + ends)[owners] + inner[:, 0]
    points[place == 0] = starts
    return np.asarray(points)


def nested(curves: list[Floats]) -> list[list[int]]:
    """Return the parts that curves bound: the number of one around, then those of its holes.

    Parameters
    ----------
    curves
        ``(n, 2)`` points each; counter-clockwise around a part, clockwise around a hole.

    Examples
    --------
    >>> square = np.array([[0., 0.], [3., 0.], [3., 3.], [0., 3.]])
    >>> nested([square[::-1] / 3.0 + 1.0, square, square + 9.0])
    [[1, 0], [2]]
    """
    import shapely

    areas = [_area(curve) for curve in curves]
    shells = [k for k, area in enumerate(areas) if area > 0.0]
    parts = {k: [k] for k in shells}
    holes = [k for k, area in enumerate(areas) if area < 0.0]
    if len(shells) == 1:
        return [[shells[0], *holes]]
    solids = [shapely.Polygon(curves[k]) for k in shells]
    for hole in holes:
        probe = shapely.Polygon(curves[hole]).representative_point()
        around = [k for k, solid in zip(shells, solids, strict=True) if solid.contains(probe)]
        if around:
            parts[min(around, key=lambda k: areas[k])].append(hole)
    return list(parts.values())


def _area(curve: Floats) -> float:
    local = curve - curve[0]
    after = np.roll(local, -1, axis=0)
    return float(0.5 * (local[:, 0] * after[:, 1] - local[:, 1] * after[:, 0]).sum())
