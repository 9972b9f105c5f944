"""Files appear whole or not at all.

Every file is written under another name in its own folder and takes its real name in the end
(`os.replace`).  What fails or is interrupted before leaves neither a new file nor a piece of one, and
files that were there before stay as they were.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files that belong together: first all of them aside, then all into their places.

    Parameters
    ----------
    contents
        What each file holds; its folder must exist.

    Raises
    ------
    OSError
        If a file cannot be written; none is left in part.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_files({Path(folder) / "a.txt": b"a", Path(folder) / "b.txt": b"b"})
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['a.txt', 'b.txt']
    """
    # A link stays a link: the file it points to is what is replaced.
    targets = {path: Path(os.path.realpath(path)) for path in contents}
    for path, target in targets.items():
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    aside = {
        path: target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.part")
        for path, target in targets.items()
    }
    try:
        for path, part in aside.items():
            with _said_of(path), part.open("xb") as stream:
                stream.write(contents[path])
                stream.flush()
                os.fsync(stream.fileno())
        for path, part in aside.items():
            with _said_of(path):
                os.replace(part, targets[path])
    except BaseException:
        for part in aside.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)
        raise


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    """Name the file that was asked for in errors, which name the one aside."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def require_folder(folder: Path, *, create: bool = False) -> None:
    """Check that files can be written in a folder, before long work is done for them.

    Parameters
    ----------
    folder
        The folder.
    create
        Whether to make it, and those above it, where it is absent.

    Raises
    ------
    OSError
        If it is absent, something else, or not writable.

    Examples
    --------
    >>> require_folder(Path("/nowhere/at/all"))
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: '/nowhere/at/all'
    """
    if create:
        with suppress(FileExistsError):  # something else has the name: said below
            folder.mkdir(parents=True, exist_ok=True)
    if not folder.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
