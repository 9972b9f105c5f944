"""GeoPackage (OGC 12-128): regions and zone as layers of a database that GIS programs open.

The layer ``regions`` has one row for each server, in the scenario's order, with its numbers; the layer
``zone`` is there where all regions are.  Coordinates are metres with all bits: those of the scenario's
projection where it has a coordinate reference system, which the layers then name, else of none.
The identifier of the solve is metadata of the whole, ``solve``.  GeoPackage has dates of its own
writing, which are fixed here: the same regions are the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any

from geomot.export.content import RegionFile, zone_outline
from geomot.export.edges import outline_through
from geomot.files.content import MalformedFileError
from geomot.geometry.body import optional

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

    from geomot.diagram import Region
    from geomot.scenario import Solution

DATE = {"OGR_CURRENT_DATE": "2000-01-01T00:00:00Z"}
NOWHERE = (  # metres of no place on the earth
    'ENGCRS["metres",EDATUM["unknown"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
    'LENGTHUNIT["metre",1]]'
)
REGIONS, ZONE = "regions", "zone"
OPTIONS = Lock()  # those of GDAL are shared by all threads


def require_geo() -> None:
    """Check that the packages of the extra ``geo`` are installed.

    Raises
    ------
    MissingPackageError
        If they are not.
    """
    optional("geopandas")
    optional("pyogrio")


def encode(solution: Solution, regions: Sequence[Region]) -> bytes:
    """Return the regions of a planar solution as GeoPackage.

    Parameters
    ----------
    solution
        What the regions belong to.
    regions
        Some of its regions, or all.

    Raises
    ------
    MissingPackageError
        If geopandas or pyogrio is not installed.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> encode(solution, solution.regions)[:15]
    b'SQLite format 3'
    """
    require_geo()
    frames = {REGIONS: solution.to_geopandas(regions)}
    if len(regions) == len(solution.servers):
        outline = outline_through(
            zone_outline(solution.scenario), [region.polygon for region in regions]
        )
        frames[ZONE] = optional("geopandas").GeoDataFrame(geometry=[outline], crs=frames[REGIONS].crs)
    return _written(frames, {"solve": solution.identifier})


def decode(content: bytes) -> RegionFile:
    """Return the regions that a GeoPackage of geomot holds.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        If it is no GeoPackage, or has no layer of regions with names.
    MissingPackageError
        If geopandas or pyogrio is not installed.

    Examples
    --------
    >>> decode(b"town")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is not a GeoPackage with the layer 'regions'; ...
    """
    require_geo()
    pyogrio = optional("pyogrio")
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder, "regions.gpkg")
            path.write_bytes(content)
            layers = pyogrio.list_layers(path)[:, 0].tolist()
            regions = pyogrio.read_dataframe(path, layer=REGIONS)
            zones = pyogrio.read_dataframe(path, layer=ZONE) if ZONE in layers else None
            metadata = pyogrio.read_info(path, layer=REGIONS)["dataset_metadata"] or {}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise MalformedFileError(
            f"is not a GeoPackage with the layer '{REGIONS}'; expected exported regions ({error})"
        ) from None
    if "name" not in regions or not set(regions.geom_type.dropna()) <= {"Polygon", "MultiPolygon"}:
        raise MalformedFileError(
            f"has a layer '{REGIONS}' without names, or not of polygons; expected exported regions"
        )
    polygons = tuple(_single(shape) for shape in regions.geometry)
    zone = None if zones is None else zones.geometry[0]
    return RegionFile(tuple(regions["name"]), polygons, zone, metadata.get("solve"))


def _single(shape: Polygon | MultiPolygon | None) -> Polygon | MultiPolygon:
    """Return a geometry as it was before a layer made several polygons of each."""
    import shapely

    parts = [] if shape is None else shapely.get_parts(shape)
    if len(parts) < 2:
        return parts[0] if len(parts) else shapely.Polygon()
    return shape


def _written(frames: dict[str, Any], metadata: dict[str, str] | None = None) -> bytes:
    """Return a GeoPackage with a layer for each frame, and metadata of the whole."""
    pyogrio = optional("pyogrio")
    with OPTIONS:
        before = {key: pyogrio.get_gdal_config_option(key) for key in DATE}
        pyogrio.set_gdal_config_options(DATE)
        try:
            with TemporaryDirectory() as folder:  # in memory there can be one layer only
                path = Path(folder, "regions.gpkg")
                for layer, frame in frames.items():
                    located = frame if frame.crs is not None else frame.set_crs(NOWHERE)
                    first = layer == REGIONS
                    pyogrio.write_dataframe(
                        located,
                        path,
                        layer=layer,
                        driver="GPKG",
                        append=not first,
                        dataset_metadata=metadata if first else None,
                    )
                return path.read_bytes()
        finally:
            pyogrio.set_gdal_config_options(before)
