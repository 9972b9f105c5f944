"""Fills that colour-blind readers can tell apart, few enough to remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

# Paul Tol's qualitative scheme "light", made for fills under dark text and lines, without its olive,
# which is hard to tell from its pear once sensors are shaded over both.
FILLS = ("#77aadd", "#eedd88", "#44bb99", "#ffaabb", "#bbcc33", "#ee8866", "#99ddff")


def spread_fills(neighbours: Sequence[Iterable[int]]) -> list[str]:
    """Return a fill for each region, different ones for neighbours as far as the scheme reaches.

    Parameters
    ----------
    neighbours
        For each region the numbers of the regions beside it; itself does not count.

    Notes
    -----
    Greedy: each region takes the fill that fewest of its neighbours have, and among those the one
    least used so far.

    Examples
    --------
    >>> spread_fills([[1], [0, 2], [1]])
    ['#77aadd', '#eedd88', '#44bb99']
    """
    chosen: list[str] = []
    used: Counter[str] = Counter()
    for number, others in enumerate(neighbours):
        near = Counter(chosen[other] for other in others if other < number)
        fill = min(FILLS, key=lambda color: (near[color], used[color]))
        chosen.append(fill)
        used[fill] += 1
    return chosen


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of a fill, from 0 to 255.

    Examples
    --------
    >>> rgb("#77aadd")
    (119, 170, 221)
    """
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue
