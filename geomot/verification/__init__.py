"""Whether a solution is right, by a checker that shares nothing with the engine.

It imports numpy and scipy, and of geomot what reads files.
"""

from __future__ import annotations

from pathlib import Path

from geomot.errors import InvalidArgumentError, ScenarioError
from geomot.export.summary import read_summary
from geomot.verification.claims import Check, Claim
from geomot.verification.files import check_files

__all__ = ["Claim", "verify"]


def verify(path: Path) -> list[Claim]:
    """Check what a `solution.json`, or a folder that has one, claims.

    Parameters
    ----------
    path
        The file, or the folder.

    Raises
    ------
    InvalidArgumentError
        If it is none.
    ScenarioError
        If a file that its scenario names is not there or has changed.
    """
    from geomot.export.schema import Summary
    from geomot.scenario.stored import scenario_from_document

    file = path / "solution.json" if path.is_dir() else path
    document = read_summary(file.read_bytes())
    known = {key: value for key, value in document.items() if key in Summary.model_fields}
    try:
        solution = Summary(**known)
    except ScenarioError as error:
        raise InvalidArgumentError(f"{file}: {error}") from None
    if solution.scenario is None:
        return [Claim("all", None, note="the file holds no scenario")]
    check = Check(solution, scenario_from_document(solution.scenario))
    check.run()
    if path.is_dir():
        check_files(check, path)
    return check.claims
