"""Every error that geomot raises on purpose: one tree, named after the broken invariant.

A message says what is wrong, what was got, what was expected and what to do about it.  Errors
about input are `ValueError` as well, so that callers who do not know geomot can handle them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class GeomotError(Exception):
    """Root of all errors raised by geomot."""


class InvalidZoneError(GeomotError, ValueError):
    """The zone is not a bounded region with positive measure and a valid boundary."""


class InvalidSitesError(GeomotError, ValueError):
    """The sites are not finite points of the zone's dimension, at least one."""


class InvalidCostError(GeomotError, ValueError):
    """The costs have parameters for which a diagram is not defined."""


class InvalidDensityError(GeomotError, ValueError):
    """The density is negative, not finite, or has no mass in the zone."""


class InvalidArgumentError(GeomotError, ValueError):
    """An argument other than a zone, site, cost or density is outside its domain."""


class UnresolvedError(GeomotError):
    """A diagram could not be subdivided finely enough for the tolerance asked for."""


class StudyError(GeomotError):
    """A case of a study could not be computed, or what is stored of one cannot be used."""


class MissingPackageError(GeomotError, ImportError):
    """An optional package that the input needs is not installed."""


class ScaleWarning(UserWarning):
    """A scenario is valid, but its lengths are implausible: perhaps in other units or axes."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a scenario.

    Parameters
    ----------
    path
        Key path of the value, such as ``servers[2].compute``; empty where the whole is meant.
    message
        What is wrong, what was expected, and what to do.

    Examples
    --------
    >>> print(Problem("zone.upper", "missing"))
    zone.upper: missing
    """

    path: str
    message: str

    def __str__(self) -> str:
        """Return one line: key path and message."""
        return f"{self.path}: {self.message}" if self.path else self.message


class ScenarioError(GeomotError, ValueError):
    """A scenario is malformed or contradicts itself; carries every problem found.

    Parameters
    ----------
    problems
        What is wrong, at least one entry.
    file
        Name of the file the scenario came from, where there is one.

    Examples
    --------
    >>> problems = [Problem("zone.upper", "missing"), Problem("sensors.count", "is -1")]
    >>> print(ScenarioError(problems, "town.toml"))
    invalid scenario town.toml, 2 problems:
      zone.upper: missing
      sensors.count: is -1
    """

    def __init__(self, problems: Iterable[Problem], file: str | None = None) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.file = file
        # The arguments as given, so that the error survives pickling between processes.
        super().__init__(self.problems, file)

    def __str__(self) -> str:
        """Return every problem on its own line below the name of the file."""
        name = f" {self.file}" if self.file else ""
        count = len(self.problems)
        heading = f"invalid scenario{name}, {count} problem{'s' if count != 1 else ''}:"
        return "\n".join([heading, *(f"  {problem}" for problem in self.problems)])


class InfeasibleError(GeomotError):
    """The scenario is well formed, but no partition can serve it.

    Twins cannot meet their deadline, or they need more compute than the servers have.

    Parameters
    ----------
    report
        Which twins or servers, by how much, and what would help.

    Examples
    --------
    >>> InfeasibleError("server 'north' lacks 2e9 cycle/s").report
    "server 'north' lacks 2e9 cycle/s"
    """

    def __init__(self, report: str) -> None:
        self.report = report
        super().__init__(report)
