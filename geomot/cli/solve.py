"""`geomot solve`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from pathlib import Path

import click

from geomot.cli.failures import UNSOLVED, explain
from geomot.cli.folders import output_folder
from geomot.cli.inputs import (
    BUILT_IN,
    FILE,
    method_option,
    read_scenario,
    servers_option,
    solve_scenario,
    twins_option,
)
from geomot.cli.table import print_solution
from geomot.cli.worth import worth_lines
from geomot.errors import GeomotError, InvalidArgumentError
from geomot.network.results.sensitivity import Sensitivity
from geomot.scenario import Scenario, Solution
from geomot.scenario.solution import SENSITIVITIES
from geomot.transport.congestion.result import Status

DEFAULT_FOLDER = Path("geomot-out")

HELP = """Partition a zone among its servers.

Without SCENARIO: the paper's planar scenario, written to geomot-out/ in the current folder, where a
further run replaces it.  With one, files are written only where --out says.

\b
geomot solve
geomot solve town.toml --method snr
geomot solve town.toml --json > town.json
geomot solve town.toml --servers masts.csv --out results
geomot solve town.toml --sensitivity
geomot solve town.toml --method optimum --starts 4
geomot solve town.toml --twins users.csv --out results
geomot solve town.toml --slots day.csv --out results

Exit status: 0 solved; 1 not solved (not converged, cycled, infeasible), the reason on standard
error; 2 bad input.
"""


@click.command(help=HELP)
@click.argument("scenario", required=False, type=FILE, metavar="[SCENARIO.toml]")
@method_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of the table.")
@click.option(
    "--out",
    "folder",
    type=FILE,
    metavar="DIR",
    help="Write solution.json, regions.png and the regions there: regions.geojson, or for a spatial "
    "zone regions.glb and regions.vtu; twins.csv where twins are given one by one.",
)
@servers_option
@twins_option
@click.option(
    "--sensitivity",
    "sensitive",
    is_flag=True,
    help="Say what more compute, bandwidth, another position, more sensors and twins are worth.",
)
@click.option(
    "--starts",
    type=click.IntRange(min=1),
    help="For --method optimum: how many partitions to descend from, the equilibrium and random ones.",
)
@click.option(
    "--slots",
    type=FILE,
    metavar="FILE.csv",
    help="Solve slot after slot, each from the last solution: rows slot, what (sensors, twins, twin or "
    "server), name, x, y, in space z, and compute change the scenario; --out writes slots.csv.",
)
@click.pass_context
def solve(
    ctx: click.Context,
    scenario: Path | None,
    method: str,
    as_json: bool,
    folder: Path | None,
    servers: Path | None,
    twins: Path | None,
    sensitive: bool,
    starts: int | None,
    slots: Path | None,
) -> None:
    """Partition a zone among its servers."""
    if starts is not None and method != "optimum":
        raise click.BadOptionUsage("starts", f"--starts is for --method optimum, not {method}")
    if sensitive and method not in SENSITIVITIES:
        raise click.BadOptionUsage(
            "sensitivity", f"--sensitivity is for --method {' or '.join(SENSITIVITIES)}, not {method}"
        )
    if slots is not None and (sensitive or starts is not None):
        raise click.UsageError("--slots goes with neither --sensitivity nor --starts")
    from geomot.export import write_files

    problem = read_scenario(scenario, servers, twins)
    if folder is None and scenario is None:
        folder = DEFAULT_FOLDER
    if slots is not None:
        _solve_slots(ctx, problem, method, slots, folder, as_json)
        return
    with nullcontext() if folder is None else output_folder(folder):
        try:
            solution = solve_scenario(problem, method, str(scenario or BUILT_IN), starts or 1)
        except Exception as error:
            if as_json and not (isinstance(error, GeomotError) and isinstance(error, ValueError)):
                click.echo(json.dumps(failure_document(method, error), indent=2))
            raise
        sensitivity, unknown = None, ""
        if sensitive and solution.status is Status.CONVERGED:
            try:
                sensitivity = solution.sensitivity()
            except InvalidArgumentError as error:
                unknown = str(error)
        written = {} if folder is None else result_files(solution, folder, sensitivity)
        write_files(written)  # what fails prints nothing
    if as_json:
        click.echo(json.dumps(solution.as_dict(sensitivity), indent=2, allow_nan=False))
    else:
        print_solution(solution)
        if sensitivity is not None:
            for line in worth_lines(solution, sensitivity):
                click.echo(line)
    for path in written:
        click.echo(f"wrote {path}", err=as_json)
    if folder is not None:
        _warn_of_others(folder, written, solution.identifier)
    if solution.status is not Status.CONVERGED:
        click.echo(f"geomot: not solved ({solution.status}): {solution.message}", err=True)
        ctx.exit(UNSOLVED)
    if unknown:
        click.echo(f"geomot: no sensitivities: {unknown}", err=True)
        ctx.exit(UNSOLVED)


def _solve_slots(
    ctx: click.Context,
    scenario: Scenario,
    method: str,
    path: Path,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Solve the slots of a file."""
    from geomot.cli.slots import report_unsolved, slot_lines, slots_document, solve_slots
    from geomot.export import encode_slots, write_files
    from geomot.export.identity import SLOTS

    with nullcontext() if folder is None else output_folder(folder):
        slots, solutions = solve_slots(scenario, method, path)
        if folder is not None:
            content = encode_slots([slot.number for slot in slots], solutions)
            write_files({folder / SLOTS: content})
    if as_json:
        click.echo(slots_document(method, slots, solutions))
    else:
        for line in slot_lines(slots, solutions):
            click.echo(line)
    if folder is not None:
        click.echo(f"wrote {folder / SLOTS}", err=as_json)
    if report_unsolved(slots, solutions):
        ctx.exit(UNSOLVED)


def _warn_of_others(folder: Path, written: Iterable[Path], solve: str) -> None:
    """Say which files of an earlier solve stay, since this one has none in their place."""
    from geomot.export import MalformedFileError
    from geomot.export.identity import WRITTEN, solve_of

    for path in sorted({folder / name for name in WRITTEN} - set(written)):
        with suppress(MalformedFileError, OSError):  # nothing there, or none of geomot's
            if solve_of(path) not in (None, solve):
                click.echo(f"geomot: warning: {path} is of an earlier solve: remove it", err=True)


def result_files(
    solution: Solution, folder: Path, sensitivity: Sensitivity | None = None
) -> dict[Path, bytes]:
    """Return the files of a solution: what each is to hold.

    Parameters
    ----------
    solution
        The solution.
    folder
        Where they go.
    sensitivity
        The solution's own, for `solution.json`.
    """
    from geomot.export import encode_summary, encode_twins, region_files
    from geomot.export.identity import MAP, REGIONS, SOLUTION, TWINS
    from geomot.plotting import encode_png, plot_regions

    contents = {
        folder / SOLUTION: encode_summary(solution, sensitivity),
        folder / MAP: encode_png(plot_regions(solution), solution.identifier),
    }
    if solution.twins:
        contents[folder / TWINS] = encode_twins(solution)
    for name in REGIONS[solution.diagram.zone.dimension]:
        contents |= region_files(solution, folder / name)
    return contents


def failure_document(method: str, error: Exception) -> dict[str, object]:
    """Return what `--json` prints where no partition was found: all keys, nothing known.

    Parameters
    ----------
    method
        The method.
    error
        Why.

    Examples
    --------
    >>> from geomot import UnresolvedError
    >>> failure_document("snr", UnresolvedError("too fine"))["status"]
    'not-converged'
    """
    from geomot.export.schema import Summary

    known = {
        "method": method,
        "status": str(Status.NOT_CONVERGED),
        "message": explain(error),
        "iterations": 0,
        "servers": [],
        "history": [],
        "seconds": {},
    }
    return {key: known.get(key) for key in Summary.model_fields}
