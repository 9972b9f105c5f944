"""Names of layers in CAD files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geomot.export.text import printable

FORBIDDEN = str.maketrans(dict.fromkeys("<>/\\\":;?*|=`',^%", "_"))
LONGEST = 200  # characters; CAD programs take 255
RESERVED = ("0", "defpoints")  # layers that have a meaning of their own


def layer_names(names: Sequence[str], taken: Iterable[str] = ()) -> list[str]:
    """Return a layer's name for each name, no two of which differ in upper and lower case alone.

    Parameters
    ----------
    names
        Any texts.
    taken
        Names that other layers have.

    Examples
    --------
    >>> layer_names(["north", "North", "a/b", "a:b", " "])
    ['north', 'North (2)', 'a_b', 'a_b (2)', '_']
    """
    known = {name.casefold() for name in (*RESERVED, *taken)}
    chosen = []
    for name in names:
        plain = printable(name).translate(FORBIDDEN).strip()[:LONGEST] or "_"
        candidate, number = plain, 1
        while candidate.casefold() in known:
            number += 1
            candidate = f"{plain} ({number})"
        known.add(candidate.casefold())
        chosen.append(candidate)
    return chosen
