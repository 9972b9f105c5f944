"""What can become of a case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Three that are as they should be, and those that fail."""

    RIGHT = "right"
    REFUSED = "refused"  # by name: bad input, or what cannot be resolved
    UNSOLVED = "unsolved"  # and the status says so
    WRONG = "wrong"
    HANG = "hang"
    INTERNAL = "internal"  # a traceback, an internal error, a process that died
    LEFTOVER = "leftover"


FAILURES = (Verdict.WRONG, Verdict.HANG, Verdict.INTERNAL, Verdict.LEFTOVER)


class CaseError(Exception):
    """A case was not right."""

    verdict = Verdict.WRONG


class RefusedError(CaseError):
    """A case was refused with a message."""

    verdict = Verdict.REFUSED


class UnsolvedError(CaseError):
    """A case was not solved, and that is said."""

    verdict = Verdict.UNSOLVED


class WrongError(CaseError):
    """Something is not what it is said to be."""


class InternalError(CaseError):
    """The command line ended in an internal error."""

    verdict = Verdict.INTERNAL


class LeftoverError(CaseError):
    """A file stayed that should not be there."""

    verdict = Verdict.LEFTOVER


@dataclass(frozen=True)
class Outcome:
    """The verdict on a case, why, and how long it took."""

    verdict: Verdict
    detail: str
    seconds: float


def require(held: object, message: str) -> None:
    """Raise `WrongError` with the message unless something holds."""
    if not held:
        raise WrongError(message)


def brief(trace: str) -> str:
    """Return the place and the message of a traceback in one line."""
    lines = [line.strip() for line in trace.splitlines() if line.strip(" ^~\n")]
    places = [line for line in lines if line.startswith("File ")]
    own = [line for line in places if "site-packages" not in line and "/lib/python" not in line]
    return f"{lines[-1][:400]} ({'; '.join(dict.fromkeys((own or places)[-1:] + places[-1:]))})"
