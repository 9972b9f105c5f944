"""What `geomot info` says of spatial regions."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomot.cli.findings import Findings
from geomot.cli.table import number
from geomot.export import SOLID_FORMATS, SolidMesh, SolidRegion, solid_problems, table_problems
from geomot.export.solids.measure import volume_of
from geomot.export.text import printable


def inspect_solids(content: bytes, suffix: str) -> Findings:
    """Return what a file of spatial regions holds.

    Parameters
    ----------
    content
        The file.
    suffix
        What its name ends in.

    Raises
    ------
    MalformedFileError
        If it is not of its format.

    Examples
    --------
    >>> inspect_solids(b"o a", ".obj").lines[0]
    'OBJ, 1 region, faces of order 1, unit not held'
    """
    kind = SOLID_FORMATS[suffix]
    held = kind.decode(content)
    cells = "tetrahedra" if held.volume else f"faces of order {held.order}"
    unit = "unit not held" if held.unit is None else f"unit {printable(held.unit)}"
    lines = [f"{kind.title}, {_count(len(held.regions))}, {cells}, {unit}"]
    title = held.facts.get("title")
    if title:
        lines.append(f"  title {printable(title)!r}")
    width = max((len(printable(region.name)) for region in held.regions), default=0)
    lines += [f"  {printable(region.name):<{width}}  {_row(held, region)}" for region in held.regions]
    if held.zone is not None:
        lines.append(f"  {'zone':<{width}}  {number(held.zone)} m^3")
    return Findings(lines, solid_problems(held), _checked(held))


def inspect_table(document: dict[str, Any]) -> Findings:
    """Return what a ``regions.json`` holds, or one of an older version, which has no true volumes.

    Parameters
    ----------
    document
        Its content.

    Raises
    ------
    MalformedFileError
        If its regions have no names or volumes.

    Examples
    --------
    >>> row = {"name": "a", "volume": 1.0}
    >>> inspect_table({"file": "a.stl", "unit": "m", "regions": [row]}).lines
    ["1 region of 'a.stl'", '  a  mesh volume 1.000 m^3']
    """
    problems = table_problems(document)
    rows = document["regions"]
    width = max((len(printable(str(row["name"]))) for row in rows), default=0)
    lines = [f"{_count(len(rows))} of {printable(str(document.get('file')))!r}"]
    lines += [f"  {printable(str(row['name'])):<{width}}  {_sizes(row)}" for row in rows]
    zone = document.get("zone_volume")
    if zone is not None:
        lines.append(f"  {'zone':<{width}}  {number(float(zone))} m^3")
    return Findings(lines, problems, "volumes are not negative and sum to the zone's where it is said")


def _sizes(row: dict[str, Any]) -> str:
    """Return the true volume of a region, where that is said, and that of its mesh."""
    said = [f"{number(float(row['measure']))} m^3"] if "measure" in row else []
    if row.get("note"):
        return ", ".join([*said, printable(str(row["note"]))])
    return ", ".join([*said, f"mesh volume {number(float(row['volume']))} m^3"])


def _count(regions: int) -> str:
    return "1 region" if regions == 1 else f"{regions} regions"


def _row(held: SolidMesh, region: SolidRegion) -> str:
    if not len(region.cells):
        return "no faces: empty, or smaller than the tolerance"
    what = "tetrahedra" if held.volume else "faces"
    vertices = len(np.unique(region.cells))
    with np.errstate(over="ignore", invalid="ignore"):  # coordinates that are not finite
        volume = number(volume_of(held.points, region.cells))
    return f"mesh volume {volume} m^3, {len(region.cells):,} {what}, {vertices:,} vertices"


def _checked(held: SolidMesh) -> str:
    shapes = "tetrahedra that meet in whole faces"
    if not held.volume:
        shared = any(region.neighbours is not None for region in held.regions)
        shapes = "closed outward manifolds" + (" that share their faces" if shared else "")
        if held.order == 1:
            shapes += (" and" if shared else " that") + " do not cross"
    if held.zone is None:
        return f"{shapes} (the file does not say the zone's volume)"
    return f"{shapes}, of the zone's volume"
