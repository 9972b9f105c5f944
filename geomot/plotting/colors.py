"""Colours that colour-blind readers can tell apart, few enough to remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

# Paul Tol's qualitative scheme "light", made for fills under dark text and lines, without its olive,
# which is hard to tell from its pear once sensors are shaded over both.
FILLS = ("#77aadd", "#eedd88", "#44bb99", "#ffaabb", "#bbcc33", "#ee8866", "#99ddff")
INK = "#1a1a1a"  # boundaries, markers, text
TWINS = "#882255"  # contours: none of the fills, and dark on all of them


def distinct_fills(polygons: Sequence[BaseGeometry]) -> list[str]:
    """Return a fill for each region, different ones for neighbours as far as the scheme reaches.

    Parameters
    ----------
    polygons
        The regions.

    Notes
    -----
    Greedy: each region takes the fill that fewest of its neighbours have, and among those the one
    least used so far.

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
    chosen: list[str] = []
    used: Counter[str] = Counter()
    for number, shape in enumerate(shapes):
        near = Counter(chosen[k] for k in tree.query(shape, predicate="intersects") if k < number)
        fill = min(FILLS, key=lambda color: (near[color], used[color]))
        chosen.append(fill)
        used[fill] += 1
    return chosen
