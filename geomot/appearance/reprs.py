"""What objects say of themselves in one line, in the same words."""

from __future__ import annotations

import numpy as np

from geomot.kernels.simplices import Floats

PLACES = {2: "in the plane", 3: "in space"}  # by dimension


def said(thing: object, *parts: str) -> str:
    """Return the name of a thing's type and what there is to say of it.

    Examples
    --------
    >>> said(1.5, "three halves", "positive")
    'float(three halves, positive)'
    """
    return f"{type(thing).__name__}({', '.join(parts)})"


def numbered_in(count: int, what: str, dimension: int | None) -> str:
    """Return how many of something there are, and where.

    Examples
    --------
    >>> numbered_in(1, "cell", 2), numbered_in(5, "site", 3), numbered_in(2, "point", None)
    ('1 cell in the plane', '5 sites in space', '2 points')
    """
    where = "" if dimension is None else f" {PLACES[dimension]}"
    return f"{count} {what}{'' if count == 1 else 's'}{where}"


def emptied(measures: Floats) -> list[str]:
    """Return how many cells are empty, nothing if none is.

    Examples
    --------
    >>> emptied(np.array([0.0, 1.0, 0.0])), emptied(np.ones(2))
    (['2 of them empty'], [])
    """
    empty = int(np.count_nonzero(measures == 0.0))
    return [f"{empty} of them empty"] if empty else []
