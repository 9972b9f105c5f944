"""The command `geomot`: a command is imported when it is used, so that ``geomot --help`` is light."""

from __future__ import annotations

import io
import signal
import sys
import warnings
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn, TextIO

import click

from geomot.cli.failures import report_failure
from geomot.errors import ScaleWarning

COMMANDS = {
    "solve": "Partition a zone among its servers.",
    "export": "Solve, and write the regions for other tools.",
    "study": "The paper's figures, convergence, time to accuracy.",
    "info": "Say what a file holds and whether it is valid.",
    "verify": "Check a solution by a second, independent program.",
}


class Commands(click.Group):
    """Commands, each in a module of its own; errors become exit statuses, never tracebacks."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"geomot.cli.{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            warnings.simplefilter("always", ScaleWarning)  # whatever the interpreter does with others
            try:
                return super().invoke(ctx)
            except (click.exceptions.Exit, click.Abort, click.ClickException):
                raise
            except Exception as error:
                ctx.exit(report_failure(error))


HELP = """Partition a zone among edge servers, exactly.

\b
geomot solve                            the paper's scenario, to geomot-out/
geomot solve town.toml --out results    a scenario of your own
geomot export town.toml --out town.geojson
geomot study twins                      a figure of the paper, to geomot-studies/twins/
geomot info town.geojson
geomot verify results                   whether the numbers of a solution are right

Exit status: 0 solved, or valid; 1 not solved, or invalid; 2 bad input.
"""


@click.group(cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="geomot")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Partition a zone among edge servers, exactly."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a sign is no error
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, _stop)
    ctx.call_on_close(lambda: signal.signal(signal.SIGTERM, before))


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """End by an exception, so that half-written files are removed."""
    raise SystemExit(128 + number)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    click.echo(f"geomot: warning: {message}", err=True)
