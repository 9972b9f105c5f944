"""`geomot export`."""

from __future__ import annotations

from pathlib import Path

import click

from geomot.cli.failures import UNSOLVED
from geomot.cli.inputs import (
    FILE,
    method_option,
    read_scenario,
    servers_option,
    solve_scenario,
    twins_option,
)
from geomot.errors import InvalidArgumentError
from geomot.export import (
    FORMATS,
    SOLID_FORMATS,
    SolidFormat,
    format_of,
    region_files,
    require_folder,
    require_support,
    table_path,
    write_files,
)
from geomot.transport.congestion.result import Status

HELP = """Solve a scenario and write its regions for other tools.

\b
geomot export town.toml --out town.geojson
geomot export town.toml --out north.wkt --region north --tolerance 0.1
geomot export hall.toml --out hall.msh --volume

Coordinates are metres, as in the scenario.  Vertices lie on the regions' true boundaries, in space
within 1e-9 of the zone's size, but for those that regions.json counts as loose.  That goes with
spatial regions (not with .glb and .html), in the same folder: names, colours, unit, neighbours, true
volumes.  For hall.stl it is called hall.stl.regions.json, for regions.stl just regions.json.

Exit status: 0 written; 1 not solved, nothing is written; 2 bad input.
"""


@click.command(
    help=HELP,
    epilog="Formats: "
    + ", ".join(f"{kind.title} ({suffix})" for suffix, kind in FORMATS.items())
    + "; for spatial zones "
    + ", ".join(f"{kind.title} ({suffix})" for suffix, kind in SOLID_FORMATS.items()),
)
@click.argument("scenario", type=FILE, metavar="SCENARIO.toml")
@click.option(
    "--out",
    "target",
    type=FILE,
    required=True,
    metavar="FILE",
    help=f"The file; its suffix says which format: {', '.join([*FORMATS, *SOLID_FORMATS])}.",
)
@method_option
@click.option(
    "--tolerance",
    type=float,
    metavar="METRES",
    help="Largest distance of a chord or a flat face from the boundary it stands for.  "
    "[default: 1e-6 of the zone's extent, 1e-3 in space]",
)
@click.option(
    "--order",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="Order of the faces of spatial regions: flat, or curved with nodes in the middles of edges.",
)
@click.option("--volume", is_flag=True, help="Tetrahedra that fill spatial regions, not their faces.")
@click.option("--region", metavar="NAME", help="The region of this server alone.")
@servers_option
@twins_option
@click.pass_context
def export(
    ctx: click.Context,
    scenario: Path,
    target: Path,
    method: str,
    tolerance: float | None,
    order: int,
    volume: bool,
    region: str | None,
    servers: Path | None,
    twins: Path | None,
) -> None:
    """Solve a scenario and write its regions for other tools."""
    kind = format_of(target)
    problem = read_scenario(scenario, servers, twins)
    require_support(kind, len(problem.servers[0].position), order=order, volume=volume)
    names = [server.name for server in problem.servers]
    if region is not None and region not in names:
        raise InvalidArgumentError(
            f"--region is {region!r}; expected the name of a server: {', '.join(map(repr, names))}"
        )
    if tolerance is not None and not 0.0 < tolerance < float("inf"):
        raise InvalidArgumentError(f"--tolerance is {tolerance}; expected a positive length in metres")
    require_folder(target.parent)
    if isinstance(kind, SolidFormat) and not kind.complete:
        table_path(target)
    solution = solve_scenario(problem, method, str(scenario))
    if solution.status is not Status.CONVERGED:
        click.echo(
            f"geomot: not solved ({solution.status}), nothing is written: {solution.message}", err=True
        )
        ctx.exit(UNSOLVED)
    contents = region_files(
        solution, target, tolerance=tolerance, region=region, order=order, volume=volume
    )
    write_files(contents)
    for path in contents:
        click.echo(f"wrote {path}")
