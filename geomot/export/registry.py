"""The formats of regions, planar and spatial: each is one module and one line here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from geomot.diagram.minimization import FLAT_CHORD
from geomot.diagram.planar.regions import Region
from geomot.errors import InvalidArgumentError
from geomot.export import dxf, geojson, gpkg, svg, wkt
from geomot.export.content import RegionFile
from geomot.export.edges import straightened
from geomot.export.sizes import refuse_absent, true_sizes
from geomot.export.solids import glb, msh, obj, page, ply, stl, threemf, vtu
from geomot.export.solids.content import SolidMesh
from geomot.files.content import expected

if TYPE_CHECKING:
    from geomot.scenario import Solution

FINEST = 1e-12  # least chord tolerance, as a share of the zone's extent: below it is rounding


@dataclass(frozen=True)
class Format:
    """How to write and read planar regions.

    Parameters
    ----------
    title
        What it is called.
    encode
        From a solution and the regions to write to the file's content.
    read
        From the file's content to what it holds; what it raises `decode` makes errors of.
    require
        Raises `MissingPackageError` if a package that it needs is not installed.
    degrees
        Whether it has longitude and latitude in place of metres where the scenario has a reference.
    """

    dimension: ClassVar[int] = 2

    title: str
    encode: Callable[[Solution, Sequence[Region]], bytes]
    read: Callable[[bytes], RegionFile]
    require: Callable[[], None] | None = None
    degrees: bool = False

    def decode(self, content: bytes) -> RegionFile:
        """Return what a file holds.

        Raises
        ------
        MalformedFileError
            If it is damaged, or not of the format.
        """
        from shapely.errors import ShapelyError

        with expected(f"is not {self.title} of regions", ShapelyError):
            return self.read(content)


@dataclass(frozen=True)
class SolidFormat:
    """How to write and read spatial regions.

    Parameters
    ----------
    title
        What it is called.
    encode
        From regions to the file's content.
    read
        From the file's content to what it holds; what it raises `decode` makes errors of.
    orders
        Orders of faces that it can hold.
    volumes
        Whether it can hold tetrahedra.
    complete
        Whether it holds names, colours, unit and neighbours; else a ``regions.json`` is written too.
    """

    dimension: ClassVar[int] = 3

    title: str
    encode: Callable[[SolidMesh], bytes]
    read: Callable[[bytes], SolidMesh]
    orders: tuple[int, ...] = (1,)
    volumes: bool = False
    complete: bool = False

    def decode(self, content: bytes) -> SolidMesh:
        """Return what a file holds.

        Raises
        ------
        MalformedFileError
            If it is damaged, or not of the format.
        """
        with expected(f"is not {self.title} of regions"):
            return self.read(content)


FORMATS: dict[str, Format] = {
    ".geojson": Format("GeoJSON", geojson.encode, geojson.decode, degrees=True),
    ".wkt": Format("well-known text", wkt.encode, wkt.decode),
    ".svg": Format("SVG", svg.encode, svg.decode),
    ".gpkg": Format("GeoPackage", gpkg.encode, gpkg.decode, gpkg.require_geo),
    ".dxf": Format("DXF", dxf.encode, dxf.decode, dxf.require_ezdxf),
}

SOLID_FORMATS: dict[str, SolidFormat] = {
    ".stl": SolidFormat("STL", stl.encode, stl.decode),
    ".ply": SolidFormat("PLY", ply.encode, ply.decode),
    ".obj": SolidFormat("OBJ", obj.encode, obj.decode),
    ".glb": SolidFormat("GLB", glb.encode, glb.decode, complete=True),
    ".3mf": SolidFormat("3MF", threemf.encode, threemf.decode),
    ".vtu": SolidFormat("VTU", vtu.encode, vtu.decode, orders=(1, 2), volumes=True),
    ".msh": SolidFormat("MSH", msh.encode, msh.decode, orders=(1, 2), volumes=True),
    ".html": SolidFormat("HTML", page.encode, page.decode, complete=True),
}


def format_of(path: str | PathLike[str]) -> Format | SolidFormat:
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
    geomot.errors.InvalidArgumentError: 'town.shp' has the suffix '.shp'; expected one of .geojson, ...
    """
    path = Path(path)
    suffix = path.suffix.lower()
    known: dict[str, Format | SolidFormat] = {**FORMATS, **SOLID_FORMATS}
    if suffix not in known:
        has = f"the suffix {suffix!r}" if suffix else "no suffix"
        raise InvalidArgumentError(
            f"{str(path)!r} has {has}; expected one of {', '.join(FORMATS)} for planar zones, "
            f"{', '.join(SOLID_FORMATS)} for spatial ones"
        )
    return known[suffix]


def require_support(
    kind: Format | SolidFormat, dimension: int, *, order: int = 1, volume: bool = False
) -> None:
    """Check that a format can hold what is asked of it, before long work is done.

    Parameters
    ----------
    kind
        The format.
    dimension
        Dimension of the zone, 2 or 3.
    order
        1 for flat faces, 2 for curved ones.
    volume
        Whether tetrahedra are wanted in place of faces.

    Raises
    ------
    InvalidArgumentError
        If it is for zones of the other dimension, or has no curved faces or no tetrahedra.
    MissingPackageError
        If it needs a package that is not installed.

    Examples
    --------
    >>> require_support(SOLID_FORMATS[".stl"], 3, order=2)
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: STL has no faces of order 2; expected one of .vtu, .msh, ...
    """
    if kind.dimension != dimension:
        zone, fit = ("planar", FORMATS) if dimension == 2 else ("spatial", SOLID_FORMATS)
        raise InvalidArgumentError(
            f"{kind.title} does not hold regions of a {zone} zone; expected one of {', '.join(fit)}"
        )
    if isinstance(kind, Format) and kind.require is not None:
        kind.require()
    if order not in (1, 2):
        raise InvalidArgumentError(f"the order is {order}; expected 1 or 2")
    if order not in (kind.orders if isinstance(kind, SolidFormat) else (1,)):
        able = [suffix for suffix, each in SOLID_FORMATS.items() if order in each.orders]
        raise InvalidArgumentError(
            f"{kind.title} has no faces of order {order}; expected one of {', '.join(able)}, or order 1"
            if dimension == 3
            else f"{kind.title} has chords alone; expected order 1 for a planar zone"
        )
    if volume and not (isinstance(kind, SolidFormat) and kind.volumes):
        able = [suffix for suffix, each in SOLID_FORMATS.items() if each.volumes]
        raise InvalidArgumentError(
            f"{kind.title} has no tetrahedra; expected one of {', '.join(able)} for a spatial zone, or "
            "no volume"
        )
    if volume and order == 2:
        raise InvalidArgumentError("volumes of order 2 are not there; expected order 1, or no volume")


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
        If the tolerance is below rounding, no server has the name, or its region is empty.

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
    require_tolerance(tolerance, solution.diagram.zone.extent)
    regions = cast("tuple[Region, ...]", solution.regions)
    if tolerance is not None:
        regions = solution.diagram.polygons(tolerance)
    if region is not None:
        site = names.index(region)
        regions = (regions[site],)
        if regions[0].polygon.is_empty:
            refuse_absent(true_sizes(solution.diagram, names)[site], tolerance)
    reference = solution.scenario.reference
    chord = tolerance or FLAT_CHORD * solution.diagram.zone.extent
    if kind.degrees and reference is not None:
        regions = tuple(
            Region(each.site, straightened(each.polygon, reference.degrees, reference.metres, chord))
            for each in regions
        )
    return kind.encode(solution, regions)


def require_tolerance(tolerance: float | None, extent: float) -> None:
    """Check that a tolerance is above rounding.

    Parameters
    ----------
    tolerance
        Largest distance between a chord, or a flat face, and the boundary it stands for, metres; None
        for the default.
    extent
        That of the zone, metres.

    Raises
    ------
    InvalidArgumentError
        If it is not.

    Examples
    --------
    >>> require_tolerance(1e-20, 100.0)
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: the tolerance is 1e-20 m; expected at least 1e-10 m, below ...
    """
    least = FINEST * extent
    if tolerance is not None and not (math.isfinite(tolerance) and tolerance >= least):
        raise InvalidArgumentError(
            f"the tolerance is {tolerance:g} m; expected at least {least:g} m, below which coordinates "
            "are rounding"
        )
