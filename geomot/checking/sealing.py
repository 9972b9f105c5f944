"""Arrays of results are read-only: they are shared, by what is computed from them and by threads."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from geomot.kernels.simplices import Floats


def sealed(array: Floats) -> Floats:
    """Return a view of an array through which nobody can write; nothing is copied.

    Examples
    --------
    >>> sealed(np.ones(2))[0] = 2.0
    Traceback (most recent call last):
    ValueError: assignment destination is read-only
    """
    view = array.view()
    view.setflags(write=False)
    return view


class Sealed:
    """A frozen dataclass whose arrays are read-only; those it was made of stay as they are."""

    def __post_init__(self) -> None:
        """Take read-only views of the arrays."""
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, field.name, sealed(value))
