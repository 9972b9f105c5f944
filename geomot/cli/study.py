"""`geomot study`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geomot.cli.failures import UNSOLVED
from geomot.cli.folders import output_folder
from geomot.cli.inputs import FILE, read_scenario
from geomot.cli.progress import case_progress
from geomot.scenario import Scenario

if TYPE_CHECKING:
    from geomot.studies import Case, Table

DEFAULT_FOLDER = Path("geomot-studies")
CASES = "cases"  # the folder of finished cases
SOLVED = ("partition", "twins", "spread")  # studies whose every row must have converged

HELP = """Reproduce the paper's figures; measure convergence and time to accuracy.

Every study writes NAME.csv with all numbers, NAME.json, NAME.png, NAME.svg and report.html to the
folder that --out names, by default geomot-studies/NAME.  Each finished case is kept there in cases/: a
study that was interrupted goes on where it stopped.

\b
geomot study partition
geomot study twins --workers 4
geomot study spread --out spread --scheduler tcp://10.0.0.1:8786
geomot study convergence town.toml --out town
geomot study baseline

Exit status: 0 done; 1 a scenario could not be solved, or a case not be computed; 2 bad input.
"""
ENDING = """

\b
geomot study {name}
geomot study {name} {example}

Exit status: 0 done; 1 a scenario could not be solved, or a case not be computed; 2 bad input.
"""


@click.group(help=HELP)
def study() -> None:
    """Reproduce the paper's figures; measure convergence and time to accuracy."""


class Numbers(click.ParamType[tuple[float, ...]]):
    """Positive numbers with commas between them.

    Parameters
    ----------
    kind
        What they are: int or float.
    empty
        Whether there may be none.
    """

    name = "numbers"

    def __init__(self, kind: type[int] | type[float], *, empty: bool = False) -> None:
        self.kind, self.empty = kind, empty

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Return the numbers of a text; none for an empty one."""
        try:
            numbers = tuple(self.kind(part) for part in value.split(",") if part.strip())
        except ValueError:
            numbers = (-1,)
        if not all(0 < number < float("inf") for number in numbers):
            what = "whole numbers" if self.kind is int else "numbers"
            self.fail(f"{value!r}; expected positive {what} with commas between them", param, ctx)
        if not numbers and not self.empty:
            self.fail("there are none; expected at least one number", param, ctx)
        if len({f"{number:g}" for number in numbers}) < len(numbers):
            self.fail(f"{value!r} has a number twice, to six digits; expected each once", param, ctx)
        return numbers


def command(name: str, example: str) -> Callable[[Callable[..., Table]], click.Command]:
    """Return what makes a command of a function that takes a scenario, a runner and options.

    Parameters
    ----------
    name
        Name of the study.
    example
        Arguments for the example in its help.
    """

    def made(function: Callable[..., Table]) -> click.Command:
        @click.pass_context
        def run(
            ctx: click.Context,
            /,
            scenario: Path | None,
            folder: Path | None,
            workers: int,
            scheduler: str | None,
            **options: Any,
        ) -> None:
            chosen = {key: value for key, value in options.items() if value is not None}
            given = None if scenario is None else read_scenario(scenario, None, None)
            _run(ctx, name, partial(function, given, **chosen), folder, workers, scheduler)

        run.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
        for option in reversed(_common(name)):
            run = option(run)
        text = cleandoc(function.__doc__ or "") + ENDING.format(name=name, example=example)
        return study.command(name, help=text)(run)

    return made


def _common(name: str) -> tuple[Callable[[Any], Any], ...]:
    """Return the options that all studies have."""
    return (
        click.argument("scenario", required=False, type=FILE, metavar="[SCENARIO.toml]"),
        click.option(
            "--out",
            "folder",
            type=FILE,
            metavar="DIR",
            help=f"Where the files go.  [default: {DEFAULT_FOLDER / name}]",
        ),
        click.option(
            "--workers",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="Number of processes that compute cases.",
        ),
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            help="Compute on the Dask cluster of this scheduler (extra 'cluster').",
        ),
    )


def _run(
    ctx: click.Context,
    name: str,
    function: Callable[..., Table],
    folder: Path | None,
    workers: int,
    scheduler: str | None,
) -> None:
    """Compute a study, write its files, and say what it found."""
    from geomot.export import write_files
    from geomot.studies import run_cases, study_files
    from geomot.studies.files import PLOTS

    folder = DEFAULT_FOLDER / name if folder is None else folder
    others = [each for each in PLOTS if each != name and (folder / f"{each}.json").exists()]
    if others:
        raise click.UsageError(
            f"{folder} holds the study {others[0]!r}, whose report.html this one would replace; "
            "expected a folder for each study: give another one with --out"
        )
    if workers != 1 and scheduler is not None:
        raise click.UsageError("--workers or --scheduler, one or the other: a cluster has its own")

    def run(cases: Sequence[Case]) -> list[Any]:  # called once the input has been checked
        with output_folder(folder / CASES):
            return run_cases(
                cases,
                folder=folder / CASES,
                workers=workers,
                scheduler=scheduler,
                progress=report,
            )

    with case_progress(name) as report:
        table = function(run=run)
    files = study_files(table, folder)
    write_files(files)
    click.echo(table.title)
    for said in table.findings:
        click.echo(f"  {said}")
    for path in files:
        click.echo(f"wrote {path}")
    statuses = table.column("status") if name in SOLVED else []
    failed = sum(status != "converged" for status in statuses)
    if failed:
        click.echo(f"geomot: {failed} of {len(statuses)} rows are not solved: see status", err=True)
        ctx.exit(UNSOLVED)


@command("partition", "--count 60 --seed 7")
@click.option("--count", type=click.IntRange(min=1), help="Number of twins to draw.  [default: 60]")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the drawing.  [default: 1]")
def partition(scenario: Scenario | None, **options: Any) -> Table:
    """Draw the regions of the best channel, the equilibrium and the optimum side by side (Fig. 2).

    Twins are drawn one by one from their density; the optimum is that of the density.
    """
    from geomot.studies import partition

    return partition(scenario, **options)


@command("twins", "--counts 50,100,200")
@click.option(
    "--counts", type=Numbers(float), metavar="K,K,..", help="Numbers of twins.  [default: 50 to 200]"
)
def twins(scenario: Scenario | None, **options: Any) -> Table:
    """Compute the average time against the number of twins (Fig. 3)."""
    from geomot.studies import twins

    return twins(scenario, **options)


@command("spread", "--spreads 300,400,500")
@click.option(
    "--spreads",
    type=Numbers(float),
    metavar="M,M,..",
    help="Standard deviations of the sensors' density, metres.  [default: 150 to 1000]",
)
@click.option(
    "--count", type=click.FloatRange(min=0, min_open=True), help="Number of twins.  [default: 60]"
)
def spread(scenario: Scenario | None, **options: Any) -> Table:
    """Compute times and densities of twins against the spread of the sensors (Fig. 4)."""
    from geomot.studies import spread

    return spread(scenario, **options)


@command("convergence", "town.toml --out town")
def convergence(scenario: Scenario | None, **options: Any) -> Table:
    """Compute errors against nodes, tolerances, chords and Newton's steps, and the orders observed.

    For problems with closed forms, and for the scenario against its own finest run.
    """
    from geomot.studies import convergence

    return convergence(scenario, **options)


@command("baseline", "--pixels 100,200,400 --voxels 32")
@click.option(
    "--pixels",
    type=Numbers(int),
    metavar="N,N,..",
    help="Pixels along each side of the planar grids.  [default: 100 to 4000]",
)
@click.option(
    "--voxels",
    type=Numbers(int, empty=True),
    metavar="N,N,..",
    help="Voxels along each side of the spatial grids; '' for none.  [default: 32 to 256]",
)
def baseline(scenario: Scenario | None, **options: Any) -> Table:
    """Compare time and accuracy with the raster version of Algorithm 1.

    The times are processor time, so that the numbers of this study are not the same in two runs.
    """
    from geomot.studies import baseline

    return baseline(scenario, **options)
