"""When an iteration has come as far as rounding lets it.

Where costs of two sites nearly tie, masses are steps in the offsets: the least change of an offset
that floating point knows moves more than the tolerance from one cell to the other.  There residuals
stay where they are, from one such step to the next, although each may be a little lower.
"""

from __future__ import annotations

from collections.abc import Sequence

PATIENCE = 3  # steps that an iteration gets to halve its residual
CONTRACTION = 0.5


def stagnates(norms: Sequence[float]) -> bool:
    """Return whether the last steps have not halved the residual.

    Parameters
    ----------
    norms
        Norms of the residual after each step, the latest one last.

    Examples
    --------
    >>> stagnates([1e-2, 1e-4, 1.1e-7, 1e-7]), stagnates([1.1e-7, 1e-7, 1.1e-7, 0.9e-7])
    (False, True)
    """
    return len(norms) > PATIENCE and norms[-1] > CONTRACTION * norms[-1 - PATIENCE]


def blurred_message(residual: float, known: float) -> str:
    """Return what to say where rounding ends an iteration.

    Parameters
    ----------
    residual
        The residual that is left.
    known
        Bound on the error of the masses.
    """
    return (
        f"a residual of {residual:.2g} is left, and rounding leaves masses known to {known:.2g} only, "
        "as where costs of two sites differ by nearly a constant: ask for a larger tolerance, or make "
        "such sites alike or more different"
    )
