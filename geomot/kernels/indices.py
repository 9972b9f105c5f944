"""Sets and lists of numbers in flat arrays."""

from __future__ import annotations

import numpy as np

from geomot.kernels.simplices import Ints


def ascending(numbers: Ints) -> Ints:
    """Return the stable order that puts numbers ``(n,)`` in ascending order.

    By 16 bits at a time, the lowest first, which numpy sorts by counting: in a fifth of the time.

    Examples
    --------
    >>> ascending(np.array([70000, -3, 2, -3])).tolist()
    [1, 3, 2, 0]
    """
    if len(numbers) == 0:
        return np.empty(0, dtype=np.int64)
    if numbers.dtype.kind == "V":  # see `row_keys`
        return np.argsort(numbers, kind="stable")
    low, high = int(numbers.min()), int(numbers.max())
    shifted = numbers - low if low < 0 else numbers
    bits = max(high - min(low, 0), 1).bit_length()
    return np.lexsort([(shifted >> shift).astype(np.uint16) for shift in range(0, bits, 16)])


def distinct(numbers: Ints) -> Ints:
    """Return the distinct numbers of an array of any shape, ascending.

    Examples
    --------
    >>> distinct(np.array([[3, 1], [3, 2]])).tolist()
    [1, 2, 3]
    """
    flat = numbers.reshape(-1)
    ordered = flat[ascending(flat)]
    return np.asarray(ordered[_firsts(ordered)])


def numbered(numbers: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the distinct numbers, where each occurs first, and which of them each entry is.

    Parameters
    ----------
    numbers
        ``(n,)``.

    Examples
    --------
    >>> [each.tolist() for each in numbered(np.array([3, 1, 3, 2]))]
    [[1, 2, 3], [1, 3, 0], [2, 0, 2, 1]]
    """
    order = ascending(numbers)
    ordered = numbers[order]
    fresh = _firsts(ordered)
    entry = np.empty(len(numbers), dtype=np.int64)
    entry[order] = np.cumsum(fresh) - 1
    return ordered[fresh], order[fresh], entry


def _firsts(ordered: Ints) -> np.ndarray:
    """Return which entries of an ascending array differ from the one before."""
    return np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]


def list_starts(numbers: Ints, count: int) -> Ints:
    """Return where each of ``count`` numbers starts among ascending ones, and where the last one ends.

    Parameters
    ----------
    numbers
        ``(n,)`` from 0 to ``count - 1``, in any order.

    Examples
    --------
    >>> list_starts(np.array([0, 0, 2]), 3).tolist()
    [0, 2, 2, 3]
    """
    return np.append(0, np.cumsum(np.bincount(numbers, minlength=count)))


def contains(ordered: Ints, keys: Ints) -> np.ndarray:
    """Return where ``keys`` occur in the ascending array ``ordered`` (same shape as ``keys``).

    Examples
    --------
    >>> contains(np.array([2, 3, 4]), np.array([4, 2, 9])).tolist()
    [True, True, False]
    """
    if len(ordered) == 0:
        return np.zeros(keys.shape, dtype=bool)
    flat = keys.reshape(-1)
    order = ascending(flat)  # places sought one after the other are near each other in memory
    sought = flat[order]
    place = np.minimum(np.searchsorted(ordered, sought), len(ordered) - 1)
    found = np.empty(len(flat), dtype=bool)
    found[order] = ordered[place] == sought
    return found.reshape(keys.shape)


def runs(starts: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Return the places of lists that are stored one after the other.

    Parameters
    ----------
    starts
        ``(n + 1,)`` where the lists start, and where the last one ends.
    chosen
        The lists wanted.

    Returns
    -------
    For each entry of the lists wanted its list's place in ``chosen``, and its own place.

    Examples
    --------
    >>> [each.tolist() for each in runs(np.array([0, 2, 2, 3]), np.array([2, 0]))]
    [[0, 1, 1], [2, 0, 1]]
    """
    lengths = (starts[1:] - starts[:-1])[chosen]
    owners = np.repeat(np.arange(len(chosen)), lengths)
    offset = np.arange(len(owners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return owners, starts[chosen][owners] + offset


def row_keys(rows: Ints, count: int) -> np.ndarray:
    """Return keys of rows of numbers below ``count``, which sort as the rows do.

    Examples
    --------
    >>> row_keys(np.array([[0, 7], [1, 2]]), 10).tolist()
    [7, 12]
    """
    if count ** rows.shape[1] < 2**63:
        return np.asarray(rows @ (count ** np.arange(rows.shape[1], dtype=np.int64)[::-1]))
    return np.ascontiguousarray(rows.astype(">u8")).view(f"V{8 * rows.shape[1]}")[:, 0]
