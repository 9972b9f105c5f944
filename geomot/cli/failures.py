"""What a user sees of an error: a message and an exit status."""

from __future__ import annotations

import os
import traceback

import click

from geomot.errors import GeomotError

UNSOLVED = 1
BAD_INPUT = 2


def report_failure(error: Exception) -> int:
    """Say on standard error what went wrong and return the exit status.

    Parameters
    ----------
    error
        Errors about input are ValueErrors in geomot's tree; files that cannot be read or written are
        OSErrors.  Whatever else arrives here is a mistake in geomot.

    Examples
    --------
    >>> from geomot import InvalidArgumentError
    >>> report_failure(InvalidArgumentError("tolerance is -1; expected more than 0"))
    2
    """
    click.echo(f"geomot: {explain(error)}", err=True)
    if isinstance(error, OSError):
        return BAD_INPUT
    if isinstance(error, GeomotError):
        return BAD_INPUT if isinstance(error, ValueError) else UNSOLVED
    if os.environ.get("GEOMOT_TRACEBACK"):
        click.echo("".join(traceback.format_exception(error)), err=True)
    return UNSOLVED


def explain(error: Exception) -> str:
    """Return the message for an error.

    Parameters
    ----------
    error
        Any error.

    Examples
    --------
    >>> explain(PermissionError(13, "Permission denied", "/data"))
    '/data: Permission denied'
    >>> explain(ZeroDivisionError("division by zero"))
    'internal error (ZeroDivisionError: division by zero); please report it, with the input and what
    GEOMOT_TRACEBACK=1 in the environment adds'
    """
    if isinstance(error, GeomotError):
        return str(error)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return f"{error.filename}: {reason}" if error.filename is not None else reason
    return (
        f"internal error ({type(error).__name__}: {error}); please report it, with the input and what "
        "GEOMOT_TRACEBACK=1 in the environment adds"
    )
