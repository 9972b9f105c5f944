"""Reading the DXF that geomot writes."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np

from geomot.export.content import RegionFile
from geomot.export.outlines import Outline, polygon_of
from geomot.files.content import MalformedFileError

if TYPE_CHECKING:
    from ezdxf.document import Drawing as Document
    from ezdxf.entities import DXFGraphic, Layer
    from shapely.geometry import MultiPolygon, Polygon

APPLICATION = "GEOMOT"  # owner of the extended data
SOLVE = "geomot-solve"  # custom variable of the header: the identifier of the solve
METRES = 6  # the value of $INSUNITS
_SILENT = logging.NullHandler()  # what ezdxf passes over in damaged files is not for standard error


def read(content: bytes) -> RegionFile:
    """Return the regions of a DXF file.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        If it is not DXF, or was not written by geomot.

    Examples
    --------
    >>> read(b"no DXF")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is not valid DXF: ...
    """
    import ezdxf

    logging.getLogger("ezdxf").addHandler(_SILENT)
    try:
        return _regions(ezdxf.read(io.StringIO(content.decode())))
    except MalformedFileError:
        raise
    except Exception as error:  # a damaged file breaks ezdxf's structures, not always with its errors
        raise MalformedFileError(f"is not valid DXF: {str(error) or type(error).__name__}") from None


def _regions(document: Document) -> RegionFile:
    if document.header.get("$INSUNITS") != METRES:
        raise MalformedFileError(
            f"has $INSUNITS {document.header.get('$INSUNITS')}; expected {METRES}, metres"
        )
    regions: list[tuple[int, str, str]] = []
    zone = None
    for layer in document.layers:
        match _tags(layer):
            case []:
                continue
            case ["zone"]:
                zone = layer.dxf.name
            case ["region", int() as number, *chunks] if all(isinstance(c, str) for c in chunks):
                name = unquote("".join(map(str, chunks)), errors="surrogatepass")
                regions.append((number, name, layer.dxf.name))
            case tags:
                raise MalformedFileError(
                    f"layer {layer.dxf.name!r} has the extended data {tags}; expected 'zone', or "
                    "'region', its number and its name"
                )
    if not regions:
        raise MalformedFileError(
            f"is DXF, but no layer has extended data of {APPLICATION}; expected exported regions"
        )
    curves: dict[str, list[Outline]] = {layer: [] for _, _, layer in regions}
    curves |= {} if zone is None else {zone: []}
    for entity in document.modelspace():
        if entity.dxf.layer in curves:
            curves[entity.dxf.layer].append(_outline(entity))
    regions.sort()
    return RegionFile(
        tuple(name for _, name, _ in regions),
        tuple(_polygon(curves[layer], layer) for _, _, layer in regions),
        None if zone is None else _polygon(curves[zone], zone),
        document.header.custom_vars.get(SOLVE),
    )


def _tags(layer: Layer) -> list[object]:
    if not layer.has_xdata(APPLICATION):
        return []
    return [tag.value for tag in layer.get_xdata(APPLICATION) if tag.code != 1001]


def _outline(entity: DXFGraphic) -> Outline:
    from ezdxf.entities import LWPolyline

    layer = entity.dxf.layer
    if not isinstance(entity, LWPolyline):
        raise MalformedFileError(
            f"layer {layer!r} has a {entity.dxftype()}; expected closed LWPOLYLINEs alone"
        )
    if not entity.closed:
        raise MalformedFileError(f"layer {layer!r} has an open LWPOLYLINE; expected closed ones alone")
    rows = np.array(entity.get_points("xyb"), dtype=float).reshape(-1, 3)
    if not np.isfinite(rows).all():
        raise MalformedFileError(f"layer {layer!r} has coordinates that are not finite")
    return Outline(rows[:, :2], rows[:, 2])


def _polygon(curves: list[Outline], layer: str) -> Polygon | MultiPolygon:
    try:
        return polygon_of(curves)
    except ValueError as error:
        raise MalformedFileError(f"layer {layer!r}: {error}") from None
