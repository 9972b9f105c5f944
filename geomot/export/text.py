"""Text from users that others will see."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text without what would move a terminal's cursor or change its colours.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> printable("mast" + chr(27) + "[31m" + chr(10) + "1")
    'mast?[31m?1'
    """
    return "".join(sign if sign.isprintable() else "?" for sign in text)
