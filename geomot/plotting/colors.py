"""Colours that colour-blind readers can tell apart, few enough to remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geomot.geometry.colors import FILLS, spread_fills

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

INK = "#1a1a1a"  # boundaries, markers, text
GREY = "#999999"  # servers without sensors
TWINS = "#882255"  # contours: none of the fills, and dark on all of them

# Where there are more regions than fills: hues between them, and darker ones.
MORE = (
    "#aa77cc",
    "#b08d57",
    "#3d8a99",
    "#cc5577",
    "#7a9a3a",
    "#c9b8ee",
    "#5566bb",
    "#e0a030",
    "#a8e0c0",
    "#995544",
    "#dd88dd",
    "#e8d0b8",
    "#557766",
)


def distinct_fills(polygons: Sequence[BaseGeometry]) -> list[str]:
    """Return a fill for each region, all different as far as there are colours.

    Parameters
    ----------
    polygons
        The regions.

    Examples
    --------
    >>> import shapely
    >>> fills = distinct_fills([shapely.box(k, 0, k + 1, 1) for k in range(20)])
    >>> len(set(fills))
    20
    """
    import numpy as np
    import shapely

    shapes = np.array(polygons, dtype=object)
    tree = shapely.STRtree(shapes)
    return told_apart(
        spread_fills([tree.query(shape, predicate="intersects").tolist() for shape in shapes])
    )


def told_apart(fills: Sequence[str]) -> list[str]:
    """Return fills of which none is there twice, if there are enough colours; else the same.

    The first region with a fill keeps it, so that it looks in pictures as in other files.

    Parameters
    ----------
    fills
        The fills that regions have in files.

    Examples
    --------
    >>> told_apart(["#77aadd", "#eedd88", "#77aadd"])
    ['#77aadd', '#eedd88', '#aa77cc']
    """
    if len(fills) > len(FILLS) + len(MORE):
        return list(fills)
    more = iter(MORE)
    return [next(more) if fill in fills[:place] else fill for place, fill in enumerate(fills)]
