"""Arrays of numbers from what users pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geomot.errors import GeomotError
from geomot.kernels.simplices import Floats, Ints


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
        Of the given kind, if they are no numbers, rows differ in length, or some are masked: what is
        under a mask is no number to calculate with.

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
        if np.ma.is_masked(values):
            raise TypeError("some are masked")
        return np.array(values, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise kind(
            f"{what} are no array of numbers ({error}); expected real numbers, rows of one length: "
            "convert them first"
        ) from None


def number(value: ArrayLike, what: str, kind: type[GeomotError]) -> float:
    """Return the one number that a user passed.

    Parameters
    ----------
    value, what, kind
        As for `floats`.

    Raises
    ------
    GeomotError
        Of the given kind, if it is no number, or there are several.

    Examples
    --------
    >>> number([1.0, 2.0], "tolerance", GeomotError)
    Traceback (most recent call last):
    geomot.errors.GeomotError: tolerance has shape (2,); expected one number
    """
    array = floats(value, what, kind)
    if array.shape != ():
        raise kind(f"{what} has shape {array.shape}; expected one number")
    return float(array)


def indices(values: ArrayLike, what: str, kind: type[GeomotError]) -> Ints:
    """Return an array of whole numbers that a user passed, such as those of vertices.

    Parameters
    ----------
    values, what, kind
        As for `floats`.

    Raises
    ------
    GeomotError
        Of the given kind, if they are no whole numbers, or rows differ in length.

    Examples
    --------
    >>> indices([[0, 1.5]], "triangles", GeomotError)
    Traceback (most recent call last):
    geomot.errors.GeomotError: triangles have numbers that are not whole; expected whole numbers, ...
    """
    array = floats(values, what, kind)
    if not (np.isfinite(array) & (array == np.floor(array))).all():
        raise kind(f"{what} have numbers that are not whole; expected whole numbers, those of vertices")
    return np.asarray(array, dtype=np.int64)
