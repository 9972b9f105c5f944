"""Run the command line inside the test's process."""

from __future__ import annotations

from click.testing import CliRunner, Result

from geomot.cli import main


def run(*arguments: object) -> Result:
    """Run `geomot` and check what holds for every run: no traceback, no exception, a status."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (0, 1, 2)
    assert "Traceback" not in result.output
    assert "internal error" not in result.stderr
    if result.exit_code != 0:
        assert result.stderr
    return result
