"""A sign of life on standard error while a scenario is solved, or the cases of a study are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geomot.transport.congestion.result import Iteration


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


@contextmanager
def case_progress(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar with the finished cases of a study; nothing where nobody watches a terminal.

    Parameters
    ----------
    name
        Name of the study.

    Examples
    --------
    >>> with case_progress("twins") as report:
    ...     pass
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
