"""Arrays of numbers from what users pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geomot.errors import GeomotError
from geomot.geometry.simplices import Floats


def floats(values: ArrayLike, what: str, kind: type[GeomotError]) -> Floats:
    """Return a new array of what a user passed for numbers.

    Parameters
    ----------
    values
        Numbers, nested to any depth.
    what
        What they are, for the message.
    kind
        The error to raise.

    Raises
    ------
    GeomotError
        Of the given kind, if they are no numbers, or rows differ in length.

    Examples
    --------
    >>> floats([[1, 2]], "corners", GeomotError).tolist()
    [[1.0, 2.0]]
    >>> floats([[1, 2], [3]], "corners", GeomotError)
    Traceback (most recent call last):
    geomot.errors.GeomotError: corners are no array of numbers (...); expected real numbers, ...
    """
    try:
        if np.iscomplexobj(values):
            raise TypeError("complex numbers")
        return np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise kind(
            f"{what} are no array of numbers ({error}); expected real numbers, rows of one length: "
            "convert them first"
        ) from None
