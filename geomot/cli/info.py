"""`geomot info`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geomot.cli.belonging import inspect_folder
from geomot.cli.failures import UNSOLVED
from geomot.cli.findings import Findings
from geomot.cli.table import MEASURES, number
from geomot.errors import GeomotError, InvalidArgumentError, ScenarioError
from geomot.export.text import printable

if TYPE_CHECKING:
    from geomot.export import RegionFile

HELP = """Say what a file holds and whether it is valid.

FILE is a scenario (.toml), exported regions (as geomot export writes), a solution or what goes with
regions (.json), or a surface for a zone (.stl, .ply, .obj, .glb, .3mf); or it is a folder that geomot
solve --out wrote.

\b
geomot info town.toml
geomot info results/regions.geojson
geomot info results/solution.json
geomot info results

Regions are valid where each is a valid polygon, none overlap and, where the file holds the zone,
they tile it: to the vertex, or within 1e-9 of its area, in the file's own coordinates too where these
are degrees.  In space they are valid where each is a closed, outward manifold, shared faces are the
same from both sides and name the region beyond, no flat face crosses another (curved ones are not
asked), the unit is the metre and, where the file says the zone's volume, theirs sum to it.  Volumes are
those of the meshes; regions.json has the true ones too.  A folder is valid where all that is in it is
there and of one solve, by the identifier that each file carries.

Exit status: 0 valid; 1 invalid, the reasons on standard error; 2 not a file of its kind.
"""


@click.command(help=HELP)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE|DIR")
@click.option(
    "--servers",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Servers for a scenario, as in geomot solve.",
)
@click.option(
    "--twins",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Twins for a scenario, as in geomot solve.",
)
@click.pass_context
def info(ctx: click.Context, file: Path, servers: Path | None, twins: Path | None) -> None:
    """Say what a file holds and whether it is valid."""
    from geomot.files.reading import read_bytes

    tables = {"servers": servers, "twins": twins}
    folder = file.is_dir() and servers is None and twins is None
    content = b"" if folder else read_bytes(file)
    try:
        findings = inspect_folder(file) if folder else _inspect(file, content, tables)
    except ScenarioError:
        raise
    except GeomotError as error:
        raise InvalidArgumentError(f"{file}: {error}") from error
    for line in findings.lines:
        click.echo(line)
    for problem in findings.problems:
        click.echo(f"geomot: {file}: {problem}", err=True)
    click.echo("invalid" if findings.problems else f"valid: {findings.checked}")
    if findings.problems:
        ctx.exit(UNSOLVED)


def _inspect(file: Path, content: bytes, tables: dict[str, Path | None]) -> Findings:
    from geomot.cli.solids import inspect_solids
    from geomot.cli.surfaces import inspect_surface
    from geomot.export import FORMATS, SOLID_FORMATS, MalformedFileError

    suffix = file.suffix.lower()
    if suffix == ".toml":
        return _scenario(file, content, tables)
    for name, path in tables.items():
        if path is not None:
            raise InvalidArgumentError(f"--{name} belongs to a scenario; expected a .toml file with it")
    if suffix in FORMATS:
        return _regions(content, suffix)
    if suffix in SOLID_FORMATS:
        try:
            return inspect_solids(content, suffix)
        except MalformedFileError as error:
            return inspect_surface(file, content, error)
    if suffix == ".json":
        return _summary(content)
    known = ", ".join([".toml", *FORMATS, *SOLID_FORMATS, ".json"])
    raise InvalidArgumentError(f"has an unknown suffix {suffix!r}; expected one of {known}")


def _scenario(file: Path, content: bytes, tables: dict[str, Path | None]) -> Findings:
    from geomot.cli.inputs import engine_problems
    from geomot.files.tomlfile import parse_toml
    from geomot.scenario.build import build_zone
    from geomot.scenario.load import checked_scenario

    try:
        data = parse_toml(content)
    except ValueError as error:
        raise InvalidArgumentError(str(error)) from None
    try:
        scenario = checked_scenario(data, file, **tables)
    except ScenarioError as error:
        return Findings(["scenario"], [str(problem) for problem in error.problems], "")
    problems = [str(problem) for problem in engine_problems(scenario)]
    lines = ["scenario" if not scenario.title else f"scenario {printable(scenario.title)!r}"]
    if problems:
        return Findings(lines, problems, "")
    zone = build_zone(scenario.zone)
    lower, upper = zone.bounds
    extent = " x ".join(f"{high - low:g}" for low, high in zip(lower, upper, strict=True))
    d = zone.dimension
    measure = f"{MEASURES[d][0]} {number(zone.measure)} m^{d}"
    compute = sum(server.compute for server in scenario.servers)
    lines += [
        f"  zone     {scenario.zone.kind}, {extent} m, {measure}",
        f"  sensors  {scenario.sensors.count:g}, {scenario.sensors.density.kind} density",
        f"  servers  {len(scenario.servers)}, {number(1e-9 * compute)} GHz in all",
    ]
    if scenario.twins is None:
        lines.append("  twins    none")
    else:
        twins = scenario.twins
        classes = f"{len(twins.classes)} classes" if len(twins.classes) > 1 else "1 class"
        count = len(twins.positions) if twins.positions is not None else twins.count
        words = [f"{count:g} in {classes}"]
        if twins.density is not None:
            words.append(f"{twins.density.kind} density")
        if twins.placed:
            drawn = f", drawn with seed {twins.seed}" if twins.sample else ""
            words.append(f"one by one{drawn}, {twins.hosting} hosting")
        lines.append(f"  twins    {', '.join(words)}")
    return Findings(lines, problems, "every value is in its range, every density has mass in the zone")


def _regions(content: bytes, suffix: str) -> Findings:
    from geomot.export import FORMATS, region_problems

    kind = FORMATS[suffix]
    held = kind.decode(content)
    count = f"{len(held.names)} regions" if len(held.names) != 1 else "1 region"
    lines = [f"{kind.title}, {count}"]
    width = max((len(printable(name)) for name in held.names), default=0)
    for name, polygon in zip(held.names, held.polygons, strict=True):
        area = f"{number(polygon.area)} m^2" if not polygon.is_empty else "empty"
        lines.append(f"  {printable(name):<{width}}  {area}")
    if held.zone is not None:
        lines.append(f"  {'zone':<{width}}  {number(held.zone.area)} m^2")
    problems = region_problems(held)
    return Findings(lines, problems, "" if problems else _tiling(held))


def _tiling(held: RegionFile) -> str:
    """Return what was checked of valid regions, and how sharply."""
    from geomot.export import tiles_exactly
    from geomot.export.checks import SLIVER

    own = held.degrees or held
    checked = "valid polygons that do not overlap"
    if own.zone is None:
        return f"{checked} (the file does not hold the zone)"
    exactly = tiles_exactly(own.polygons, own.zone)
    sharp = "all vertices shared" if exactly else f"within {SLIVER:g} of its area"
    where = "" if held.degrees is None else " in metres and in longitude and latitude"
    return f"{checked} and tile the zone{where}, {sharp}"


def _summary(content: bytes) -> Findings:
    from geomot.cli.solids import inspect_table
    from geomot.export import read_summary, summary_problems

    document = read_summary(content)
    if "regions" in document:
        return inspect_table(document)
    problems = summary_problems(document)
    if problems:
        return Findings(["solution"], problems, "")
    average = document["average_sub_synchronization_time"]
    lines = [
        f"solution by {printable(document['method'])}, {document['status']}",
        f"  solve    {printable(document.get('solve') or 'unknown')}",
        f"  servers  {len(document['servers'])}",
        f"  zone     {number(document['zone_measure'])} m^{document['dimension']}",
        f"  average  {number(1e3 * average)} ms" if average is not None else "  average  unknown",
    ]
    lines += [f"  {_constraint(row)}" for row in document.get("constraints", ())]
    if document["message"]:
        lines.append(f"  reason   {printable(document['message'])}")
    return Findings(lines, problems, "every value is there, shares and measures add up")


def _constraint(row: dict[str, Any]) -> str:
    """Return the line for a constraint: whether it holds, the largest violation, and where."""
    state = {True: "kept", False: "violated", None: "unknown"}[row["held"]]
    line = f"{printable(row['constraint']):<9}  {state:<8}  {printable(row['rule'])}"
    if row["violation"] is not None:
        line += f": largest violation {number(row['violation'])} {printable(row['unit'])}"
    place = row["where"]
    if place is None:
        return line
    line += f", server {printable(place['server'])!r}"
    if place["twin_class"] is not None:
        line += f", class {place['twin_class']}"
    if place["point"] is not None:
        line += f", at ({', '.join(f'{x:.6g}' for x in place['point'])})"
    return line
