"""Silence for compiled libraries that print what nobody asked for."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

ALONE = threading.Lock()  # of two threads that silence the process, the second would restore silence


@contextmanager
def silence(*descriptors: int) -> Iterator[None]:
    """Send to nowhere what is printed, by compiled code as well, which knows file descriptors alone.

    Parameters
    ----------
    descriptors
        1 for standard output, 2 for standard error.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    _flush()
    with ALONE, ExitStack() as undo:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        undo.callback(os.close, nowhere)
        for number in descriptors:
            with suppress(OSError):  # a service may have closed it
                kept = os.dup(number)
                undo.callback(os.close, kept)
                undo.callback(os.dup2, kept, number)
                os.dup2(nowhere, number)
        undo.callback(_flush)  # first of all, else it is printed once the descriptors are back
        yield


def _flush() -> None:
    """Write out what the C library still holds of compiled code's output."""
    name = "ucrtbase" if sys.platform == "win32" else None
    with suppress(OSError):
        ctypes.CDLL(name).fflush(None)
