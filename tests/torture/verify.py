"""`geomot verify`, where the command line has it."""

from pathlib import Path

from geomot.cli.group import COMMANDS
from tests.torture.command import run
from tests.torture.verdicts import require


def require_verified(scenario: Path, folder: Path) -> None:
    """Check the files of a solution by the package's own small checker."""
    if "verify" in COMMANDS:
        done = run("verify", folder)
        require(done.exit_code == 0, f"geomot verify: {done.output[-1500:]}")
