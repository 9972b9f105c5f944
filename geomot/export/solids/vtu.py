"""VTU (VTK's XML format of unstructured grids): float64, faces of order 1 or 2, or tetrahedra.

Cells have the data ``region`` (number of the site) and, for faces, ``neighbour`` (that of the site
beyond, -1 - p for part p of the zone's boundary).  Names are field data, as numbers, which more readers
keep than text: an array ``region:NAME`` or ``neighbour:NAME`` holds the number of that name, ``unit:m``
the 1 metre that a unit is, ``zone_volume`` the zone's volume; ``title:TEXT``, ``method:TEXT`` and
``status:TEXT`` hold 1.
"""

from __future__ import annotations

import base64
import binascii
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np

from geomot.export.solids.content import FACTS, SolidMesh, SolidRegion, checked_cells
from geomot.export.solids.names import escaped, unescaped
from geomot.files.content import MalformedFileError, expected

TYPES = {3: 5, 6: 22, 4: 10}  # triangle, quadratic triangle, tetrahedron, by number of points
KINDS = {"Float64": "<f8", "Int64": "<i8", "UInt8": "|u1"}


def encode(mesh: SolidMesh) -> bytes:
    """Return regions as VTU.

    Examples
    --------
    >>> face = SolidRegion("a", 0, np.array([[0, 1, 2]]), np.array([-1]))
    >>> decode(encode(SolidMesh(np.eye(3), (face,), {-1: "top"}, unit="m"))).names
    {0: 'a', -1: 'top'}
    """
    cells = np.concatenate([np.empty((0, mesh.width), dtype=int), *(r.cells for r in mesh.regions)])
    counts = [len(region.cells) for region in mesh.regions]
    data = {"region": np.repeat([region.site for region in mesh.regions], counts).astype("<i8")}
    if not mesh.volume:
        none = np.empty(0, dtype=int)
        beyond = [none, *(none if r.neighbours is None else r.neighbours for r in mesh.regions)]
        data["neighbour"] = np.concatenate(beyond).astype("<i8")
    shape = {
        "connectivity": cells.astype("<i8"),
        "offsets": mesh.width * np.arange(1, len(cells) + 1, dtype="<i8"),
        "types": np.full(len(cells), TYPES[mesh.width], dtype="|u1"),
    }
    lines = [
        '<?xml version="1.0"?>',
        '<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian" '
        'header_type="UInt64">',
        "<UnstructuredGrid>",
        "<FieldData>",
        *(_array(name, values, field=True) for name, values in _fields(mesh).items()),
        "</FieldData>",
        f'<Piece NumberOfPoints="{len(mesh.points)}" NumberOfCells="{len(cells)}">',
        "<Points>",
        _array("Points", mesh.points.astype("<f8"), components=3),
        "</Points>",
        "<Cells>",
        *(_array(name, values) for name, values in shape.items()),
        "</Cells>",
        '<CellData Scalars="region">',
        *(_array(name, values) for name, values in data.items()),
        "</CellData>",
        "</Piece>",
        "</UnstructuredGrid>",
        "</VTKFile>",
    ]
    return ("\n".join(lines) + "\n").encode()


def decode(content: bytes) -> SolidMesh:
    """Return the regions that a VTU file holds.

    Raises
    ------
    MalformedFileError
        If it is not VTU, or not as `encode` writes it.

    Examples
    --------
    >>> decode(b"<VTKFile>")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is not XML: no element found: line 1, column 9
    """
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise MalformedFileError(f"is not XML: {error}") from None
    if root.tag != "VTKFile" or root.get("type") != "UnstructuredGrid":
        raise MalformedFileError("is XML, but not a VTKFile with an UnstructuredGrid")
    with expected("is VTU, but not of regions"):
        return _grid(root)


def _fields(mesh: SolidMesh) -> dict[str, np.ndarray]:
    held = {region.site: region.name for region in mesh.regions}
    fields = {f"region:{escaped(name)}": np.array([site]) for site, name in held.items()}
    for number, name in mesh.names.items():
        if number not in held:
            fields[f"neighbour:{escaped(name)}"] = np.array([number])
    if mesh.unit is not None:
        fields[f"unit:{mesh.unit}"] = np.array([1.0])
    if mesh.zone is not None:
        fields["zone_volume"] = np.array([mesh.zone])
    for key in FACTS:
        if mesh.facts.get(key):
            fields[f"{key}:{escaped(mesh.facts[key])}"] = np.array([1])
    return fields


def _array(name: str, values: np.ndarray, *, components: int = 0, field: bool = False) -> str:
    kind = {"f": "Float64", "i": "Int64", "u": "UInt8"}[values.dtype.kind]
    content = values.astype(KINDS[kind]).tobytes()
    text = base64.b64encode(np.uint64(len(content)).tobytes() + content).decode()
    more = f' NumberOfComponents="{components}"' if components else ""
    more += f' NumberOfTuples="{len(values)}"' if field else ""
    return f'<DataArray type="{kind}" Name={quoteattr(name)}{more} format="binary">{text}</DataArray>'


def _values(entry: ElementTree.Element) -> np.ndarray:
    name = entry.attrib["Name"]
    if entry.attrib["format"] != "binary":
        raise MalformedFileError(f"{name} has the format {entry.attrib['format']!r}; expected 'binary'")
    try:
        content = base64.b64decode((entry.text or "").strip(), validate=True)
    except binascii.Error as error:
        raise MalformedFileError(f"{name} is not base64: {error}") from None
    size = int.from_bytes(content[:8], "little")
    if len(content) != 8 + size:
        raise MalformedFileError(f"{name} has {len(content) - 8} bytes; expected {size}")
    return np.frombuffer(content[8:], dtype=KINDS[entry.attrib["type"]])


def _grid(root: ElementTree.Element) -> SolidMesh:
    if (root.get("byte_order"), root.get("header_type"), root.get("compressor")) != (
        "LittleEndian",
        "UInt64",
        None,
    ):
        raise MalformedFileError("has compressed data or other headers than exported regions have")
    arrays = {
        (group.tag, entry.attrib["Name"]): _values(entry)
        for group in root.iter()
        for entry in group.findall("DataArray")
    }
    fields = {name: values[0].item() for (tag, name), values in arrays.items() if tag == "FieldData"}
    points = arrays["Points", "Points"].reshape(-1, 3).astype(float)
    kinds = np.unique(arrays["Cells", "types"]).tolist()
    if len(kinds) > 1 or not set(kinds) <= set(TYPES.values()):
        raise MalformedFileError(f"has cells of the types {kinds}; expected one of 5, 22 and 10")
    width = next((width for width, kind in TYPES.items() if [kind] == kinds), 3)
    cells = checked_cells(arrays["Cells", "connectivity"], len(points), "cells").reshape(-1, width)
    owners = arrays["CellData", "region"]
    beyond = arrays.get(("CellData", "neighbour"))
    if len(owners) != len(cells) or (beyond is not None and len(beyond) != len(cells)):
        raise MalformedFileError(f"has {len(cells)} cells and data of another number of them")
    held = {int(number): text for text, number in _named(fields, "region")}
    regions = []
    for site, name in held.items():
        rows = np.flatnonzero(owners == site)
        regions.append(
            SolidRegion(name, site, cells[rows], None if beyond is None else beyond[rows].astype(int))
        )
    others = {int(number): text for text, number in _named(fields, "neighbour")}
    return SolidMesh(
        points,
        tuple(regions),
        held | others,
        {key: text for key in FACTS for text, _ in _named(fields, key)},
        next((text for text, _ in _named(fields, "unit")), None),
        fields.get("zone_volume"),
    )


def _named(fields: dict[str, float], key: str) -> list[tuple[str, float]]:
    begin = f"{key}:"
    return [
        (unescaped(name[len(begin) :]), value)
        for name, value in fields.items()
        if name.startswith(begin)
    ]
