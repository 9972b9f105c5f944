"""Colours that colour-blind readers can tell apart, few enough to remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geomot.export.colors import spread_fills

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

INK = "#1a1a1a"  # boundaries, markers, text
TWINS = "#882255"  # contours: none of the fills, and dark on all of them


def distinct_fills(polygons: Sequence[BaseGeometry]) -> list[str]:
    """Return a fill for each region, different ones for neighbours as far as the scheme reaches.

    Parameters
    ----------
    polygons
        The regions.

    Examples
    --------
    >>> import shapely
    >>> fills = distinct_fills([shapely.box(k, 0, k + 1, 1) for k in range(4)])
    >>> all(before != after for before, after in zip(fills, fills[1:]))
    True
    """
    import numpy as np
    import shapely

    shapes = np.array(polygons, dtype=object)
    tree = shapely.STRtree(shapes)
    return spread_fills([tree.query(shape, predicate="intersects").tolist() for shape in shapes])
