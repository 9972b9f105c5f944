"""A sign of life on standard error while a scenario is solved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geomot.transport.result import Iteration


@contextmanager
def progress(method: str) -> Iterator[Callable[[Iteration], None] | None]:
    """Show a spinner with the last row of the history; nothing where nobody watches a terminal.

    Parameters
    ----------
    method
        What is running.

    Examples
    --------
    >>> with progress("snr") as report:
    ...     pass
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with console.status(method) as status:
        yield lambda row: status.update(
            f"{method}: iteration {row.iteration}, residual {row.residual:.1e}"
        )
