"""What `geomot info` says of surfaces that geomot did not write."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomot.cli.findings import Findings
from geomot.cli.table import number
from geomot.errors import InvalidZoneError, MissingPackageError
from geomot.export import MalformedFileError
from geomot.geometry.zones.zone import Zone
from geomot.scenario.surface import surface_of

# What files of regions have in them; text STL has nothing of the kind, and 3MF is compressed.
MARKS = {".ply": b"comment region ", ".obj": b"# region ", ".glb": b'"generator": "geomot"'}
READABLE = (".stl", ".3mf", *MARKS)


def inspect_surface(file: Path, content: bytes, error: MalformedFileError) -> Findings:
    """Return what a file of a format of regions holds that is none: perhaps a closed surface.

    Parameters
    ----------
    file
        The file.
    content
        What it holds.
    error
        Why that is not regions.

    Raises
    ------
    MalformedFileError
        That one, if geomot wrote the file; else with a remark that geomot did not, if the file is no
        surface either.
    """
    suffix = file.suffix.lower()
    text_stl = suffix == ".stl" and b"endsolid" in content
    if suffix not in READABLE or text_stl or (suffix in MARKS and MARKS[suffix] in content):
        raise error
    try:
        surface = surface_of(content, file)
    except InvalidZoneError:
        raise MalformedFileError(
            f"is not a file that geomot wrote ({error}), nor a surface that trimesh reads; expected "
            "regions as geomot export writes them, or triangles"
        ) from None
    low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):  # coordinates that are not finite
        extent = " x ".join(map(number, high - low))
    lines = [
        f"{suffix[1:].upper()}, a surface that geomot did not write, {len(surface.faces):,} triangles",
        f"  extent  {extent} m, from {_point(low)} to {_point(high)}",
    ]
    try:
        lines.append(f"  volume  {number(Zone.mesh(surface).measure)} m^3")
    except InvalidZoneError as problem:
        return Findings(lines, [str(problem)], "")
    except MissingPackageError as problem:
        return Findings([*lines, f"  volume  not known: {problem}"], [], "a closed outward surface")
    return Findings(lines, [], "a closed outward surface, which can be a zone")


def _point(coordinates: np.ndarray) -> str:
    return "({})".format(", ".join(map(number, coordinates)))
