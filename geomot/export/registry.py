"""The formats of regions: each is one module and one line here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from geomot.errors import InvalidArgumentError
from geomot.export import geojson, wkt
from geomot.export.atomic import write_files
from geomot.export.content import RegionFile

if TYPE_CHECKING:
    from geomot.diagram import Region
    from geomot.scenario import Solution

FINEST = 1e-12  # least chord tolerance, as a share of the zone's extent: below it is rounding


@dataclass(frozen=True)
class Format:
    """How to write and read regions.

    Parameters
    ----------
    title
        What it is called.
    encode
        From a solution and the regions to write to the file's content.
    decode
        From the file's content to what it holds; raises `MalformedFileError`.
    """

    title: str
    encode: Callable[[Solution, Sequence[Region]], bytes]
    decode: Callable[[bytes], RegionFile]


FORMATS: dict[str, Format] = {
    ".geojson": Format("GeoJSON", geojson.encode, geojson.decode),
    ".wkt": Format("well-known text", wkt.encode, wkt.decode),
}


def format_of(path: str | PathLike[str]) -> Format:
    """Return the format that a file's name stands for.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InvalidArgumentError
        If the suffix is unknown.

    Examples
    --------
    >>> format_of("town.WKT").title
    'well-known text'
    >>> format_of("town.shp")
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: 'town.shp' has the suffix '.shp'; expected one of .geojson, .wkt
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        has = f"the suffix {suffix!r}" if suffix else "no suffix"
        raise InvalidArgumentError(f"{str(path)!r} has {has}; expected one of {', '.join(FORMATS)}")
    return FORMATS[suffix]


def encode_regions(
    solution: Solution, kind: Format, *, tolerance: float | None = None, region: str | None = None
) -> bytes:
    """Return a file's content: the regions of a solution, or one of them.

    Parameters
    ----------
    solution
        The solution.
    kind
        The format.
    tolerance
        Largest distance between a chord and the arc it stands for, metres; by default 1e-6 of the
        zone's extent.
    region
        Name of the server whose region alone is wanted.

    Raises
    ------
    InvalidArgumentError
        If the tolerance is below rounding, or no server has the name.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> encode_regions(solution, FORMATS[".wkt"], region="south-east").decode().split(" ")[0]
    'POLYGON'
    """
    names = [server.name for server in solution.servers]
    if region is not None and region not in names:
        raise InvalidArgumentError(
            f"no server is called {region!r}; expected one of {', '.join(map(repr, names))}"
        )
    least = FINEST * solution.diagram.zone.extent
    if tolerance is not None and not (math.isfinite(tolerance) and tolerance >= least):
        raise InvalidArgumentError(
            f"chord tolerance is {tolerance:g} m; expected at least {least:g} m, below which "
            "coordinates are rounding"
        )
    regions = solution.diagram.polygons(tolerance)
    if region is not None:
        regions = (regions[names.index(region)],)
    return kind.encode(solution, regions)


def write_regions(
    solution: Solution,
    path: str | PathLike[str],
    *,
    tolerance: float | None = None,
    region: str | None = None,
) -> None:
    """Write the regions of a solution to a file, in the format that its suffix stands for.

    Parameters
    ----------
    solution
        The solution.
    path
        The file; one that exists is replaced.
    tolerance, region
        As in `encode_regions`.

    Raises
    ------
    InvalidArgumentError
        If the suffix is unknown, the tolerance below rounding, or no server has the name.
    OSError
        If the file cannot be written; nothing is left of it then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> with TemporaryDirectory() as folder:
    ...     write_regions(solution, f"{folder}/regions.geojson", tolerance=1.0)
    ...     FORMATS[".geojson"].decode(Path(folder, "regions.geojson").read_bytes()).names
    ('south-west', 'south-east', 'north-west', 'north-east')
    """
    kind = format_of(path)
    write_files({Path(path): encode_regions(solution, kind, tolerance=tolerance, region=region)})
