"""Numbers for people to read, in tables and in figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

# from how many seconds on, the unit, and how many of it are a second
_UNITS = ((1.0, "s", 1.0), (1e-4, "ms", 1e3), (0.0, "µs", 1e6))


def number(value: float) -> str:
    """Return a number with four significant digits, in full as long as that is readable.

    Parameters
    ----------
    value
        The number.

    Examples
    --------
    >>> [number(x) for x in (0.0, 19.0591, 1213881.9, 4.2e-9, float("nan"))]
    ['0', '19.06', '1,213,882', '4.2e-09', '-']
    """
    return _rounded(value, _decimals(abs(value)))


def aligned(values: Sequence[float], typical: float | None = None) -> list[str]:
    """Return numbers with as many decimals as give a typical one four significant digits.

    Parameters
    ----------
    values
        The numbers of a column.
    typical
        Such a number; by default the largest.

    Examples
    --------
    >>> aligned([34.983, 8.2779, 0.0, 3e-5])
    ['34.98', '8.28', '0', '3e-05']
    """
    if typical is None:
        typical = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return [_rounded(value, _decimals(typical)) for value in values]


def time_unit(average: float) -> tuple[str, float]:
    """Return the unit for times that have some average, and how many of it are a second.

    Parameters
    ----------
    average
        The average, s.

    Examples
    --------
    >>> [time_unit(seconds)[0] for seconds in (2.5, 0.36, 3.4e-4, 1.4e-5, float("nan"))]
    ['s', 'ms', 'ms', 'µs', 'ms']
    """
    for least, unit, count in _UNITS:
        if average >= least:
            return unit, count
    return "ms", 1e3


def duration(seconds: float) -> str:
    """Return a time with its unit.

    Parameters
    ----------
    seconds
        The time, s.

    Examples
    --------
    >>> [duration(time) for time in (0.0190591, 1.404e-5, float("nan"))]
    ['19.06 ms', '14.04 µs', '-']
    """
    unit, count = time_unit(seconds)
    return f"{number(count * seconds)} {unit}" if math.isfinite(seconds) else "-"


def _decimals(size: float) -> int:
    if not 0.0 < size < math.inf:
        return 0
    return max(0, 3 - math.floor(math.log10(size)))


def _rounded(value: float, decimals: int) -> str:
    if not math.isfinite(value):
        return "-"
    if value == 0.0:
        return "0"
    if abs(value) >= 1e9 or abs(value) < max(1e-3, 0.5 * 10.0**-decimals):
        return f"{value:.3g}"
    return f"{value:,.{decimals}f}"
