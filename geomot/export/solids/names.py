"""Names inside files that end them at the line, or put them between quotes."""

from __future__ import annotations

from urllib.parse import quote, unquote


def escaped(name: str) -> str:
    r"""Return a name without control characters, line ends, quotes and backslashes.

    Parameters
    ----------
    name
        Any name.  Each such character, and ``%`` itself, becomes ``%`` and two digits per byte as in a
        URL; all others stay, spaces and letters of any script too.

    Examples
    --------
    >>> escaped('mast "1"\n50 % groß')
    'mast %221%22%0A50 %25 groß'
    """
    return "".join(
        sign if sign.isprintable() and sign not in '%"\\' else quote(sign, safe="") for sign in name
    )


def unescaped(text: str) -> str:
    """Return the name that `escaped` was given.

    Examples
    --------
    >>> unescaped("mast %221%22")
    'mast "1"'
    """
    return unquote(text)
