"""What files hold, taken apart: what goes wrong there is an error about the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from math import isinf
from typing import Any

import numpy as np

from geomot.errors import GeomotError
from geomot.files.reading import DAMAGE


class MalformedFileError(GeomotError, ValueError):
    """A file is not of the format that its name promises."""


@contextmanager
def expected(what: str, *more: type[Exception]) -> Iterator[None]:
    """Turn what goes wrong inside, while a file's content is taken apart, into an error about the file.

    Numbers that overflow or are none do not go wrong here: the checks of what is held find them.

    Parameters
    ----------
    what
        What the file is and is not.
    more
        What a library raises on damaged content besides `geomot.files.reading.DAMAGE`.

    Examples
    --------
    >>> with expected("is JSON, but no scene"):
    ...     {}["nodes"]
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is JSON, but no scene (KeyError: 'nodes')
    """
    kinds: tuple[type[Exception], ...] = (*DAMAGE, *more)
    try:
        with np.errstate(all="ignore"):
            yield
    except GeomotError:
        raise
    except kinds as error:
        raise MalformedFileError(f"{what} ({type(error).__name__}: {error})") from None


def read_json(content: bytes | str) -> Any:
    """Return what JSON holds, all of whose whole numbers are ones that floating point holds as well.

    Raises
    ------
    MalformedFileError
        If it is no JSON, is nested too deeply, or has a whole number that is too large.

    Examples
    --------
    >>> read_json(b'{"zone_volume": 8}')
    {'zone_volume': 8}
    >>> read_json("[1" + 400 * "0" + "]")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: has a whole number of 401 digits; expected one below ...
    """
    try:
        return json.loads(content, parse_int=_whole)
    except MalformedFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedFileError(f"is not valid JSON: {error}") from None


def _whole(digits: str) -> int:
    if isinf(float(digits)):
        raise MalformedFileError(
            f"has a whole number of {len(digits.lstrip('-'))} digits; expected one below 1.8e308: "
            "it is damaged"
        )
    return int(digits)
