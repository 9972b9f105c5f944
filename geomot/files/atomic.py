"""Files appear whole or not at all.

Every file is written under another name in its own folder and takes its real name in the end
(`os.replace`).  What fails or is interrupted before leaves neither a new file nor a piece of one, and
files that were there before stay as they were.

What is killed leaves its files aside, ``.NAME.16DIGITS.part``.  The next run that writes to the folder
removes them, unless another is writing there: writers share a lock (`flock`) on the folder, which ends
with them, and what is left is removed by who has it alone.  A process number in the name would not
tell: it is used again, and says nothing of other machines and containers that see the folder.  Where
folders cannot be locked (Windows, some network drives), nothing is removed.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

DIGITS = 16  # hexadecimal, of the names aside
LEFTOVER = re.compile(rf"\..{{1,100}}\.[0-9a-f]{{{DIGITS}}}\.part", re.DOTALL)


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
        path: target.with_name(f".{target.name[:100]}.{secrets.token_hex(DIGITS // 2)}.part")
        for path, target in targets.items()
    }
    with ExitStack() as locks:
        for folder in sorted({target.parent for target in targets.values()}):
            locks.enter_context(_writing_to(folder))
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


def leftovers(folder: Path) -> list[Path]:
    """Return the files aside in a folder: those of a run that was killed, or that is writing now.

    Parameters
    ----------
    folder
        The folder.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    return sorted(
        path
        for path in folder.iterdir()
        if LEFTOVER.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    )


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    """Share the lock of a folder; remove what killed runs left if nobody else has a part of it."""
    if fcntl is None:
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # not there, or not readable: what is written next says so if it matters
        yield
        return
    try:
        with suppress(OSError):  # another is writing, or folders have no locks here
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for part in leftovers(folder):
                part.unlink(missing_ok=True)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH)  # waits for who removes leftovers, no longer
        yield
    finally:
        os.close(handle)


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
