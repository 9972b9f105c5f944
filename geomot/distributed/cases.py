"""Cases: the independent pieces of work that a study consists of, as plain data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from geomot.distributed.versions import versions
from geomot.errors import StudyError


@dataclass(frozen=True, eq=False)
class Case:
    """One piece of work: a function called with plain data, which returns plain data.

    Parameters
    ----------
    key
        Name in the study, unlike that of any other of its cases.
    function
        The function, as ``module:name``; it is imported where the case is computed, be that another
        process or another machine.
    arguments
        Its keyword arguments: what JSON can hold.

    Examples
    --------
    >>> compute(Case("three", "math:hypot", {}), code())
    0.0
    """

    key: str
    function: str
    arguments: Mapping[str, Any]

    def identity(self) -> dict[str, Any]:
        """Return all that the result depends on: the case, the packages' versions, geomot's code."""
        return {
            "key": self.key,
            "function": self.function,
            "arguments": plain(self.arguments),
            "versions": versions(),
            "code": code(),
        }

    def digest(self) -> str:
        """Return a name for `identity` that no other has."""
        text = json.dumps(self.identity(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


Runner = Callable[[Sequence[Case]], list[Any]]  # computes cases; results in the order of the cases


def compute(case: Case, expected: str) -> Any:
    """Return the result of a case as plain data.

    Parameters
    ----------
    case
        The case.
    expected
        `code` of whoever asks.

    Raises
    ------
    StudyError
        If the code here is another: numbers of two versions must not meet in one table.
    """
    if code() != expected:
        raise StudyError(
            f"the case {case.key!r} would be computed by another geomot than the one that asks; "
            "expected the same code in every worker: install it there, and start the workers again"
        )
    module, _, name = case.function.partition(":")
    return plain(getattr(import_module(module), name)(**case.arguments))


def plain(data: Any) -> Any:
    """Return data as they come back from JSON, so that stored and new results are the same.

    Examples
    --------
    >>> plain({"shares": (0.25, 0.75)})
    {'shares': [0.25, 0.75]}
    """
    return json.loads(json.dumps(data))


@cache
def code() -> str:
    """Return a digest of geomot's own modules: a version number alone does not follow every change.

    Examples
    --------
    >>> len(code())
    24
    """
    digest = hashlib.sha256()
    for name, content in _sources(files("geomot"), ""):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:24]


def _sources(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    """Return the names and contents of all modules and data of a package."""
    found = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            found += _sources(entry, f"{path}{entry.name}/")
        elif entry.name.endswith((".py", ".toml")):
            found.append((path + entry.name, entry.read_bytes()))
    return found
