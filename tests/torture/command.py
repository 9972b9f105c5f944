"""Run the command line inside a worker."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from geomot.cli import main
from tests.torture.verdicts import Internal, Leftover, Verdict, brief, require

VERDICTS = {0: Verdict.RIGHT, 1: Verdict.UNSOLVED, 2: Verdict.REFUSED}
NUMPY = ("encountered in", "RuntimeWarning")  # what a user sees of numbers that are not finite


def run(*arguments: object) -> Result:
    """Run `geomot`; raise if it ends in anything but a status and, unless it is 0, a message."""
    result = CliRunner(env={"GEOMOT_TRACEBACK": "1"}).invoke(main, [str(each) for each in arguments])
    error = result.exception
    if error is not None and not isinstance(error, SystemExit):
        raise error
    if "internal error" in result.output:
        raise Internal(brief(result.stderr))
    said = [text for text in NUMPY if text in result.stderr]
    if said:
        raise Internal(f"a warning of numpy: {result.stderr[-500:]}")
    require(result.exit_code in VERDICTS, f"exit status {result.exit_code}: {result.output[-500:]}")
    require(result.exit_code == 0 or result.stderr.strip(), "it fails and says nothing")
    return result


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
        raise Leftover(f"{', '.join(sorted(changed))} came, went or changed")
