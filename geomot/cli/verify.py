"""`geomot verify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geomot.cli.failures import UNSOLVED
from geomot.cli.table import WIDTH
from geomot.errors import InvalidArgumentError
from geomot.export.text import printable

if TYPE_CHECKING:
    from geomot.verification import Claim

HELP = """Check a solution by a second, independent program.

PATH is a solution.json, or the folder that geomot solve --out wrote: then the regions are checked too.

\b
geomot verify results
geomot verify results/solution.json

From the scenario and the numbers that define the regions, both in solution.json, the checker
computes masses, measures, loads and times anew, along scan lines, without the code that found them.
Each claim has what it misses, what is allowed (the errors that the solution states, and rounding) and
how sharp the check itself is.

Exit status: 0 every claim that could be checked holds; 1 one fails; 2 not a solution, or an input
file has changed.
"""
WORDS = {True: "holds", False: "FAILS", None: "not checked"}


@click.command(help=HELP)
@click.argument("path", type=click.Path(path_type=Path), metavar="PATH")
@click.pass_context
def verify(ctx: click.Context, path: Path) -> None:
    """Check a solution by a second, independent program."""
    from geomot.export import MalformedFileError
    from geomot.verification import verify

    try:
        claims = verify(path)
    except MalformedFileError as error:
        raise InvalidArgumentError(f"{path}: {error}") from error
    print_claims(claims)
    wrong = [claim.name for claim in claims if claim.holds is False]
    if wrong:
        click.echo(f"geomot: {path}: does not hold: {'; '.join(wrong)}", err=True)
        ctx.exit(UNSOLVED)


def print_claims(claims: Sequence[Claim]) -> None:
    """Print a table of claims, and how many hold.

    Parameters
    ----------
    claims
        The claims.

    Examples
    --------
    >>> from geomot.verification import Claim
    >>> print_claims([Claim("masses sum to 1", True, 1e-12, 1e-9, 0.0)])
    ┏━...
    1 claims hold, 0 fail, 0 were not checked
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH + 20)
    table = Table(header_style="bold")
    table.add_column("claim", overflow="fold")
    for heading in ("misses by", "allowed", "sharp to"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("where", overflow="fold")
    for claim in claims:
        numbers = ("" if v is None else f"{v:.2g}" for v in (claim.gap, claim.allowed, claim.sharp))
        style = "bold red" if claim.holds is False else ""
        table.add_row(
            claim.name, *numbers, Text(WORDS[claim.holds], style), Text(printable(claim.note))
        )
    console.print(table)
    held, failed, unknown = (sum(c.holds is v for c in claims) for v in (True, False, None))
    console.print(f"{held} claims hold, {failed} fail, {unknown} were not checked")
