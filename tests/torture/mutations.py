"""Ways to damage a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np

NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
HOSTILE = (
    *(b"nan", b"inf", b"-inf", b"1e308", b"-1e308", b"1e-320", b"1e999", b"0", b"-0.0", b"-1", b"1e30"),
    *(b"2147483648", b"-2147483649", b"18446744073709551616", b"9" * 400, b"", b"x", b"0x10", b"1_0"),
    *(b"NaN", b"null", b"true", b"[]", b"{}", b'""', b"1e-9", b"4294967295", b"1.7976931348623157e308"),
)
TEXTS = (
    *(b"\0", b"\xef\xbb\xbf", b'"', b"'", b"\r", b"\n", b"\xff\xfe", b"<", b">", b"&", b"]]>", b"<!--"),
    *(b"[", b"]", b"{", b"}", b",", b";", b"=", b"#", b"\x1b[31m", "‮".encode(), b"\xed\xa0\x80"),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"../../etc/passwd", b"A" * 5000, b"[" * 3000),
)
Mutation = Callable[[np.random.Generator, bytes], bytes]


def damaged(rng: np.random.Generator, content: bytes) -> bytes:
    """Return the content with one to three damages; of an archive now and then that of a member."""
    if content[:2] == b"PK" and rng.random() < 0.6:
        return _repacked(rng, content)
    for _ in range(int(rng.choice([1, 1, 2, 3]))):
        content = MUTATIONS[rng.integers(len(MUTATIONS))](rng, content)
    return content


def _cut(rng: np.random.Generator, content: bytes) -> tuple[int, int]:
    """Return the ends of a piece: short ones as often as long ones."""
    length = int(len(content) ** rng.random())
    start = int(rng.integers(max(len(content) - length, 0) + 1))
    return start, start + length


def flip(rng: np.random.Generator, content: bytes) -> bytes:
    """Turn some bits."""
    array = bytearray(content)
    for _ in range(int(rng.integers(1, 9)) if array else 0):
        array[rng.integers(len(array))] ^= 1 << int(rng.integers(8))
    return bytes(array)


def truncate(rng: np.random.Generator, content: bytes) -> bytes:
    """Leave the end away."""
    return content[: rng.integers(len(content) + 1)]


def remove(rng: np.random.Generator, content: bytes) -> bytes:
    """Leave a piece away."""
    start, end = _cut(rng, content)
    return content[:start] + content[end:]


def repeat(rng: np.random.Generator, content: bytes) -> bytes:
    """Have a piece several times."""
    start, end = _cut(rng, content)
    return content[:start] + content[start:end] * int(rng.integers(2, 4)) + content[end:]


def move(rng: np.random.Generator, content: bytes) -> bytes:
    """Put a piece somewhere else."""
    start, end = _cut(rng, content)
    rest = content[:start] + content[end:]
    at = int(rng.integers(len(rest) + 1))
    return rest[:at] + content[start:end] + rest[at:]


def swap_lines(rng: np.random.Generator, content: bytes) -> bytes:
    """Exchange two lines."""
    lines = content.split(b"\n")
    one, other = rng.integers(len(lines), size=2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def repeat_line(rng: np.random.Generator, content: bytes) -> bytes:
    """Have a line again, somewhere."""
    lines = content.split(b"\n")
    lines.insert(int(rng.integers(len(lines) + 1)), lines[rng.integers(len(lines))])
    return b"\n".join(lines)


def number(rng: np.random.Generator, content: bytes) -> bytes:
    """Replace a number by one that is not expected."""
    found = list(NUMBER.finditer(content))
    if not found:
        return content
    hit = found[rng.integers(len(found))]
    return content[: hit.start()] + HOSTILE[rng.integers(len(HOSTILE))] + content[hit.end() :]


def scale(rng: np.random.Generator, content: bytes) -> bytes:
    """Multiply a number by a power of ten."""
    found = list(NUMBER.finditer(content))
    if not found:
        return content
    hit = found[rng.integers(len(found))]
    changed = repr(float(hit[0]) * 10.0 ** int(rng.integers(-40, 40))).encode()
    return content[: hit.start()] + changed + content[hit.end() :]


def insert(rng: np.random.Generator, content: bytes) -> bytes:
    """Put in what has a meaning somewhere."""
    at = int(rng.integers(len(content) + 1))
    return content[:at] + TEXTS[rng.integers(len(TEXTS))] + content[at:]


def words(rng: np.random.Generator, content: bytes) -> bytes:
    """Overwrite four or eight bytes by the extremes of integers and floats, as in binary headers."""
    chosen = (b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\xff" * 8, b"\0\0\xc0\x7f")
    word = chosen[rng.integers(len(chosen))]
    at = int(rng.integers(min(len(content), 200 if rng.random() < 0.5 else len(content)) + 1))
    return content[:at] + word + content[at + len(word) :]


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, truncate, remove, repeat, move, swap_lines, repeat_line, number, number, scale, insert),
    words,
)


def _repacked(rng: np.random.Generator, content: bytes) -> bytes:
    """Return an archive with one member damaged, renamed or left out."""
    with ZipFile(BytesIO(content)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    hit, stream = int(rng.integers(len(members))), BytesIO()
    name, inner = members[hit]
    choice = rng.random()
    if choice < 0.05:
        del members[hit]
    elif choice < 0.1:
        members[hit] = name[::-1], inner
    elif choice < 0.15:
        members[hit] = name, bytes(20_000_000)
    else:
        members[hit] = name, damaged(rng, inner) if inner[:2] != b"PK" else inner
    packing = ZIP_DEFLATED if rng.random() < 0.9 else ZIP_STORED
    with ZipFile(stream, "w", packing) as archive:
        for name, inner in members:
            archive.writestr(name, inner)
    return stream.getvalue()
