"""Regions of a solution as files, planar or spatial."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, cast

from geomot.diagram.minimization import SOLID_CHORD
from geomot.errors import InvalidArgumentError
from geomot.export.registry import (
    Format,
    SolidFormat,
    encode_regions,
    format_of,
    require_support,
    require_tolerance,
)
from geomot.export.sizes import refuse_absent, true_sizes
from geomot.export.solids.build import solid_mesh
from geomot.export.solids.limits import require_resolvable
from geomot.export.solids.table import encode_table, table_path
from geomot.files.atomic import write_files

if TYPE_CHECKING:
    from geomot.diagram import Partition, Solid
    from geomot.scenario import Solution


def region_files(
    solution: Solution,
    path: str | PathLike[str],
    *,
    tolerance: float | None = None,
    region: str | None = None,
    order: int = 1,
    volume: bool = False,
) -> dict[Path, bytes]:
    """Return the files that hold the regions of a solution: what each is to hold.

    Parameters
    ----------
    solution
        The solution.
    path
        The file, in the format that its suffix stands for.  With a spatial format that cannot hold
        names, colours, unit and neighbours goes a ``regions.json`` in the same folder, see
        `solids.table`.
    tolerance
        Largest distance between a chord, or a flat face, and the boundary it stands for, metres; by
        default 1e-6 of the zone's extent in the plane and 1e-3 in space.
    region
        Name of the server whose region alone is wanted.
    order
        2 for curved faces, in space and where the format has them.
    volume
        Whether tetrahedra are wanted in place of faces, in space and where the format has them.

    Raises
    ------
    InvalidArgumentError
        If the suffix is unknown, the format cannot hold what is asked for, the tolerance is below
        rounding or takes too many tetrahedra, no server has the name or its region is empty, or the
        ``regions.json`` of another file is in the way.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> [path.name for path in region_files(solution, "town.wkt", tolerance=1.0)]
    ['town.wkt']
    """
    from geomot.scenario import Solution

    if not isinstance(solution, Solution):
        raise InvalidArgumentError(
            f"regions were asked of a {type(solution).__name__}; expected a Solution: give a diagram's "
            "cells to other packages, for example by to_geopandas() or to_meshio()"
        )
    target, kind = Path(path), format_of(path)
    require_support(kind, solution.diagram.zone.dimension, order=order, volume=volume)
    if isinstance(kind, Format):
        return {target: encode_regions(solution, kind, tolerance=tolerance, region=region)}
    return _solid_files(solution, target, kind, tolerance, region, order, volume)


def write_regions(
    solution: Solution,
    path: str | PathLike[str],
    *,
    tolerance: float | None = None,
    region: str | None = None,
    order: int = 1,
    volume: bool = False,
) -> None:
    """Write the regions of a solution to a file, in the format that its suffix stands for.

    Parameters
    ----------
    solution
        The solution.
    path
        The file; one that exists is replaced.
    tolerance, region, order, volume
        As in `region_files`.

    Raises
    ------
    InvalidArgumentError
        As `region_files` does.
    OSError
        If a file cannot be written; nothing is left of any then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import geomot
    >>> from geomot.export import FORMATS
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> with TemporaryDirectory() as folder:
    ...     write_regions(solution, f"{folder}/regions.geojson", tolerance=1.0)
    ...     FORMATS[".geojson"].decode(Path(folder, "regions.geojson").read_bytes()).names
    ('south-west', 'south-east', 'north-west', 'north-east')
    """
    write_files(
        region_files(solution, path, tolerance=tolerance, region=region, order=order, volume=volume)
    )


def _solid_files(
    solution: Solution,
    target: Path,
    kind: SolidFormat,
    tolerance: float | None,
    region: str | None,
    order: int,
    volume: bool,
) -> dict[Path, bytes]:
    names, diagram = [server.name for server in solution.servers], solution.diagram
    if region is not None and region not in names:
        raise InvalidArgumentError(
            f"no server is called {region!r}; expected one of {', '.join(map(repr, names))}"
        )
    table = None if kind.complete else table_path(target)
    whole, sizes = _whole(solution, tolerance), true_sizes(diagram, names)
    site = None if region is None else names.index(region)
    if site is not None and not (whole.sides.cells[:, 0] == site).any():
        refuse_absent(sizes[site], whole.tolerance)
    facts = {
        "title": solution.scenario.title,
        "method": solution.method,
        "status": str(solution.status),
        "solve": solution.identifier,
    }
    mesh = solid_mesh(
        whole,
        names,
        sites=None if site is None else [site],
        order=order,
        volume=volume,
        facts=facts,
        zone=diagram.zone.measure,
        fills=diagram.fills,
    )
    files = {target: kind.encode(mesh)}
    if table is not None:
        files[table] = encode_table(mesh, whole, sizes, target.name)
    return files


def _whole(solution: Solution, tolerance: float | None) -> Partition:
    """Return the cells, those of the default tolerance as the solution keeps them."""
    require_tolerance(tolerance, solution.diagram.zone.extent)
    # their faces tell how many a finer tolerance takes
    if tolerance is None or tolerance < SOLID_CHORD * solution.diagram.zone.extent:
        usual = cast("tuple[Solid, ...]", solution.regions)[0].partition
        if tolerance is None:
            return usual
        require_resolvable(usual, tolerance)
    return solution.diagram.solids(tolerance)[0].partition
