"""Arrays in numpy's files: what a header says is compared with the file before memory is taken."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from geomot.files.reading import DAMAGE, unpacked

HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def npy_array(content: bytes) -> np.ndarray[Any, Any]:
    """Return the array in an ``.npy`` file.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    ValueError
        If it is damaged, or its numbers are not as many as its header says.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> np.save(stream, np.arange(6.0).reshape(2, 3))
    >>> npy_array(stream.getvalue()).shape
    (2, 3)
    >>> npy_array(stream.getvalue()[:-8])
    Traceback (most recent call last):
    ValueError: its header says 2 x 3 entries of 8 bytes, and 40 bytes follow
    """
    stream = io.BytesIO(content)
    try:
        shape, by_columns, dtype = HEADERS[np.lib.format.read_magic(stream)](stream)
    except DAMAGE as error:
        reason = str(error) or type(error).__name__
        raise ValueError(f"its header is not that of an array: {reason}") from None
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    start = stream.tell()
    size, held = math.prod(shape) * dtype.itemsize, len(content) - start
    if min(shape, default=0) < 0 or size != held:
        counts = " x ".join(map(str, shape)) or "1"
        raise ValueError(
            f"its header says {counts} entries of {dtype.itemsize} bytes, and {held} bytes follow"
        )
    if not size:
        return np.empty(shape, dtype)
    flat = np.frombuffer(content, dtype, offset=start)
    return flat.reshape(shape, order="F" if by_columns else "C")


def npz_arrays(content: bytes, keys: Sequence[str]) -> list[np.ndarray[Any, Any]]:
    """Return arrays of an ``.npz`` file.

    Parameters
    ----------
    content
        The file.
    keys
        Names of the arrays.

    Raises
    ------
    ValueError
        If it is no such file, unpacks to more than is read, lacks an array, or one is damaged.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> np.savez_compressed(stream, values=np.arange(3))
    >>> npz_arrays(stream.getvalue(), ["values"])
    [array([0, 1, 2])]
    """
    try:
        parts = unpacked(content)
        held = [parts[f"{key}.npy"] for key in keys]
    except DAMAGE as error:
        raise ValueError(str(error) or type(error).__name__) from None
    return [npy_array(part) for part in held]
