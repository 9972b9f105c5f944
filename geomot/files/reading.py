"""Files from users: read whole, up to a size, and never from a device."""

from __future__ import annotations

import errno
import io
import stat
import struct
import tokenize
import zipfile
import zlib
from os import PathLike
from pathlib import Path

# 5,700 x 5,700 numbers, 5 million triangles, 10 million rows: more than is solved in minutes.
LARGEST = 2**28  # bytes
CHUNK = 2**20  # bytes read at once from what does not say its size

# What the standard library, numpy and parsers raise on content that is not what it promises.
DAMAGE: tuple[type[Exception], ...] = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def read_bytes(path: str | PathLike[str], largest: int = LARGEST, *, pipes: bool = True) -> bytes:
    """Return the content of a file or a pipe.

    Parameters
    ----------
    path
        The file.
    largest
        How many bytes it may have.
    pipes
        Whether a pipe will do: it can be read once only.

    Raises
    ------
    OSError
        If it cannot be read, is a device, or is larger; ``strerror`` says which.

    Examples
    --------
    >>> read_bytes("/dev/zero")
    Traceback (most recent call last):
    OSError: [Errno 22] it is a device; expected a file or a pipe: '/dev/zero'
    """
    path = Path(path)
    require_file(path, largest, pipes=pipes)
    with path.open("rb") as stream:
        chunks = [stream.read(CHUNK)]
        size = len(chunks[0])
        while chunks[-1] and size <= largest:
            chunks.append(stream.read(CHUNK))
            size += len(chunks[-1])
    if size > largest:
        raise _refused(path, _too_large(f"more than {largest:,}", largest))
    return b"".join(chunks)


def require_file(path: Path, largest: int = LARGEST, *, pipes: bool = True) -> None:
    """Refuse what is no file or pipe, and a file that is too large, without opening it.

    Parameters
    ----------
    path
        The file.
    largest
        How many bytes it may have; what a pipe holds is not known yet.
    pipes
        Whether a pipe will do.

    Raises
    ------
    OSError
        If it is refused, or is not there.
    """
    found = path.stat()
    if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
        raise _refused(path, "it is a device; expected a file or a pipe")
    if stat.S_ISFIFO(found.st_mode) and not pipes:
        raise _refused(path, "it is a pipe, and is read more than once; expected a file")
    if found.st_size > largest:
        raise _refused(path, _too_large(f"{found.st_size:,}", largest))


def unpacked(content: bytes, largest: int = LARGEST) -> dict[str, bytes]:
    """Return the parts of a zip archive by their names.

    Parameters
    ----------
    content
        The archive.
    largest
        How many bytes all parts may have.

    Raises
    ------
    ValueError
        If they have more, or are packed in a way that cannot be unpacked piece by piece.
    zipfile.BadZipFile
        If it is no archive, or a part is not what is said of it.

    Notes
    -----
    A part is never unpacked further than the size that the archive states, whatever is packed:
    `zipfile.ZipFile.read` looks at that size after unpacking all.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
    ...     archive.writestr("zeros", bytes(10**6))
    >>> unpacked(stream.getvalue(), 1000)
    Traceback (most recent call last):
    ValueError: its parts unpack to 1,000,000 bytes; expected at most 1,000
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
            raise ValueError("its parts are packed by other means than deflate; pack it again")
        size = sum(part.file_size for part in parts)
        if size > largest:
            raise ValueError(f"its parts unpack to {size:,} bytes; expected at most {largest:,}")
        return {part.filename: _part(archive, part) for part in parts}


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as stream:
        return stream.read(part.file_size)


def _too_large(size: str, largest: int) -> str:
    return f"it has {size} bytes; expected at most {largest:,}"


def _refused(path: Path, reason: str) -> OSError:
    return OSError(errno.EINVAL, reason, str(path))
