"""TOML of a size that is parsed in seconds."""

from __future__ import annotations

import re
import tomllib
from typing import Any

# A parser in Python: 100,000 positions are 2 MB and take 0.6 s, 20,000 servers 1.4 MB and 1.1 s.
LARGEST = 2**23  # bytes
MOST_KEYS = 20_000  # headers of tables and dotted keys: 50,000 take more than a second, unused
LONGEST_KEY = 16  # parts; time grows with their square, and scenarios have four

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DOT = r"[ \t]*+\.[ \t]*+"
_LONG = re.compile(rf"(?<![\w-]){_PART}(?:{_DOT}{_PART}){{{LONGEST_KEY},}}")
_HEADER = re.compile(rf"^[ \t]*+(?:\[\[?+[^\],\n]*+\]|{_PART}{_DOT}[^=\n]*+=)", re.MULTILINE)


def parse_toml(content: bytes) -> dict[str, Any]:
    """Return what TOML holds.

    Parameters
    ----------
    content
        UTF-8, with a byte order mark or without.

    Raises
    ------
    ValueError
        If it is not TOML, or larger than is parsed in seconds.

    Examples
    --------
    >>> parse_toml(b"a = 1")
    {'a': 1}
    >>> parse_toml(b"a = 1, 2")
    Traceback (most recent call last):
    ValueError: is not valid TOML: Expected newline or end of document after a statement (at line 1, ...
    >>> parse_toml(b".".join([b"a"] * 50) + b" = 1")
    Traceback (most recent call last):
    ValueError: has a key of more than 16 parts on line 1; expected those of a scenario
    """
    if len(content) > LARGEST:
        raise ValueError(
            f"has {len(content):,} bytes; expected at most {LARGEST:,}: put servers and positions into "
            "CSV files"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not valid TOML: {error}") from None
    _require_few_keys(text)
    try:
        return tomllib.loads(text)
    # Besides its own error tomllib lets through what endless digits and bottomless nesting raise.
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not valid TOML: {error}") from None


def _require_few_keys(text: str) -> None:
    """Refuse keys that would take minutes."""
    count = sum(1 for _ in _HEADER.finditer(text))
    if count > MOST_KEYS:
        raise ValueError(
            f"has {count:,} headers of tables and dotted keys; expected at most {MOST_KEYS:,}: put "
            "servers and positions into CSV files"
        )
    long = _LONG.search(text)
    if long is not None:
        line = 1 + text.count("\n", 0, long.start())
        raise ValueError(
            f"has a key of more than {LONGEST_KEY} parts on line {line}; expected those of a scenario"
        )
