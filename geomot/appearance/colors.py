"""Fills that colour-blind readers can tell apart, and which region has which, in pictures and files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from geomot.kernels.simplices import Floats, Ints

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

# Paul Tol's qualitative scheme "light", made for fills under dark text and lines, without its olive,
# which is hard to tell from its pear once sensors are shaded over both.
FILLS = ("#77aadd", "#eedd88", "#44bb99", "#ffaabb", "#bbcc33", "#ee8866", "#99ddff")

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
PALETTE = FILLS + MORE
STEPS = 16  # least number of levels of red, green and blue among which further colours are looked for
LIGHTNESS = 0.55, 0.95  # of these, in Oklab: dark text and lines are read on them


def spread_fills(count: int, neighbours: Callable[[], Iterable[Iterable[int]]]) -> list[str]:
    """Return a fill for each region: never the same for two neighbours.

    Parameters
    ----------
    count
        Number of regions.
    neighbours
        Returns for each region the numbers of the regions beside it, which is asked for where there are
        more regions than colours; itself does not count.

    Notes
    -----
    As many regions as there are colours are all different, so that a colour tells which one it is.
    More are coloured greedily in their order: each takes the fill that is least used so far among those
    that none of its neighbours has, else the first further colour that none has.  Where neighbours
    have all of these, further ones are made, each as far from all others as there is one, so a region
    with hundreds of neighbours among each other is told from all of them.

    Examples
    --------
    >>> spread_fills(3, lambda: [[1], [0, 2], [1]])
    ['#77aadd', '#eedd88', '#44bb99']
    >>> len(set(spread_fills(100, lambda: [range(100)] * 100)))
    100
    """
    if count <= len(PALETTE):
        return [*PALETTE[:count]]
    beside: list[set[int]] = [set() for _ in range(count)]
    for number, others in enumerate(neighbours()):
        for other in others:
            beside[number].add(other)
            beside[other].add(number)
    palette, chosen = [*PALETTE], list[str]()
    used: Counter[str] = Counter()
    for number, others in enumerate(beside):
        near = {chosen[other] for other in others if other < number}
        free = [fill for fill in FILLS if fill not in near]
        if free:
            fill = min(free, key=lambda color: used[color])
        else:
            fill = next((color for color in palette if color not in near), "")
        if not fill:
            fill = _further(palette, count)
            palette.append(fill)
        chosen.append(fill)
        used[fill] += 1
    return chosen


def touching(polygons: Sequence[BaseGeometry]) -> list[list[int]]:
    """Return for each polygon the numbers of those that have a vertex in common with it.

    Parameters
    ----------
    polygons
        Polygons of which neighbours share their vertices, to the bit.

    Examples
    --------
    >>> import shapely
    >>> touching([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 0, 3, 1)])
    [[1], [0, 2], [1]]
    """
    import shapely

    points, owners = shapely.get_coordinates(polygons, return_index=True)
    _, vertices = np.unique(points + 0.0, axis=0, return_inverse=True)  # -0 is 0
    return meeting(vertices.reshape(-1), owners, len(polygons))


def meeting(vertices: Ints, cells: Ints, count: int) -> list[list[int]]:
    """Return for each cell the numbers of those that have a vertex in common with it.

    Parameters
    ----------
    vertices, cells
        ``(m,)`` a vertex and a cell that has it, in any order, repeatedly or not.
    count
        Number of cells.

    Examples
    --------
    >>> meeting(np.array([7, 7, 8, 8]), np.array([0, 2, 2, 1]), 3)
    [[2], [2], [0, 1]]
    """
    meetings = np.unique(np.stack([vertices, cells], axis=1), axis=0)
    beside: list[set[int]] = [set() for _ in range(count)]
    for group in np.split(meetings[:, 1], np.flatnonzero(np.diff(meetings[:, 0])) + 1):
        if len(group) > 1:
            for cell in group.tolist():
                beside[cell].update(group.tolist())
    return [sorted(others - {number}) for number, others in enumerate(beside)]


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of a fill, from 0 to 255.

    Examples
    --------
    >>> rgb("#77aadd")
    (119, 170, 221)
    """
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue


def _further(palette: Sequence[str], least: int) -> str:
    """Return the colour farthest from all of a palette, among more than ``2 * least`` light ones."""
    steps = max(STEPS, int(np.ceil((8.0 * least) ** (1.0 / 3.0))))
    levels = np.unique(np.linspace(0, 255, steps).round().astype(int))
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    places = _oklab(grid)
    light = (places[:, 0] > LIGHTNESS[0]) & (places[:, 0] < LIGHTNESS[1])
    grid, places = grid[light], places[light]
    known = _oklab(np.array([rgb(color) for color in palette]))
    away = np.min([((places - place) ** 2).sum(axis=1) for place in known], axis=0)
    return "#" + bytes(grid[away.argmax()].tolist()).hex()


def _oklab(colors: np.ndarray) -> Floats:
    """Return colours, ``(n, 3)`` from 0 to 255, in Oklab, whose distances are those that eyes see."""
    shares = colors / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.asarray(
        np.cbrt(cones)
        @ np.array(
            [
                [0.2104542553, 1.9779984951, 0.0259040371],
                [0.7936177850, -2.4285922050, 0.7827717662],
                [-0.0040720468, 0.4505937099, -0.8086757660],
            ]
        )
    )
