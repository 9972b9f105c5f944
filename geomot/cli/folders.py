"""Folders for results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def output_folder(folder: Path) -> Iterator[None]:
    """Make a folder before long work is done for it, and leave none where nothing comes of it.

    Parameters
    ----------
    folder
        The folder.

    Raises
    ------
    OSError
        If files cannot be written there.
    """
    from geomot.export import require_folder

    made = [path for path in (folder, *folder.parents) if not path.exists()]
    require_folder(folder, create=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # another program has put something there
            for path in made:
                path.rmdir()
        raise
