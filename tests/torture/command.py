"""Run the command line inside a worker."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from geomot.cli import main
from tests.torture.verdicts import (
    InternalError,
    LeftoverError,
    RefusedError,
    UnsolvedError,
    brief,
    require,
)

NUMPY = ("encountered in", "RuntimeWarning")  # what a user sees of numbers that are not finite


def run(*arguments: object) -> Result:
    """Run `geomot`; raise if it ends in anything but a status and, unless it is 0, a message."""
    result = CliRunner(env={"GEOMOT_TRACEBACK": "1"}).invoke(main, [str(each) for each in arguments])
    error = result.exception
    if error is not None and not isinstance(error, SystemExit):
        raise error
    if "internal error" in result.output:
        raise InternalError(brief(result.stderr))
    said = [text for text in NUMPY if text in result.stderr]
    if said:
        raise InternalError(f"a warning of numpy: {result.stderr[-500:]}")
    require(result.exit_code in (0, 1, 2), f"exit status {result.exit_code}: {result.output[-500:]}")
    require(result.exit_code == 0 or result.stderr.strip(), "it fails and says nothing")
    return result


def require_right(result: Result) -> None:
    """Raise what the exit status means unless it is 0."""
    said = result.stderr.strip()[-300:]
    if result.exit_code == 2:
        raise RefusedError(said)
    if result.exit_code == 1:
        raise UnsolvedError(said)


def listing(folder: Path) -> dict[str, bytes]:
    """Return the files under a folder and what they hold."""
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def require_unchanged(folder: Path, before: dict[str, bytes]) -> None:
    """Raise unless the files under a folder are what they were."""
    after = listing(folder)
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if changed:
        raise LeftoverError(f"{', '.join(sorted(changed))} came, went or changed")
