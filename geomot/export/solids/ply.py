"""PLY, binary, little endian, float64: vertices that all regions share, and faces.

Each face has the properties ``region`` (number of the site) and ``neighbour`` (that of the site beyond
it, -1 - p for part p of the zone's boundary), and its region's colour.  Comments say in words which
numbers are what, as `remarks` has it.
"""

from __future__ import annotations

import numpy as np

from geomot.appearance.colors import rgb
from geomot.export.solids.content import SolidMesh, SolidRegion, checked_cells
from geomot.export.solids.remarks import read_remarks, remarks_of
from geomot.files.content import MalformedFileError

VERTEX = np.dtype([("point", "<f8", 3)])
FACE = np.dtype(
    [
        ("count", "u1"),
        ("corners", "<i4", 3),
        ("region", "<i4"),
        ("neighbour", "<i4"),
        ("color", "u1", 3),
    ]
)
PROPERTIES = [
    *(f"property double {axis}" for axis in "xyz"),
    "element face {faces}",
    "property list uchar int vertex_indices",
    "property int region",
    "property int neighbour",
    *(f"property uchar {color}" for color in ("red", "green", "blue")),
]


def encode(mesh: SolidMesh) -> bytes:
    """Return regions as PLY.

    Examples
    --------
    >>> face = SolidRegion("a", 0, np.array([[0, 1, 2]]), np.array([-1]), "#77aadd")
    >>> content = encode(SolidMesh(np.eye(3), (face,), {-1: "top"}, unit="m"))
    >>> print(content[: content.index(b"property")].decode())
    ply
    format binary_little_endian 1.0
    comment unit m
    comment region 0 a
    comment neighbour -1 top
    element vertex 3
    """
    header = ["ply", "format binary_little_endian 1.0"]
    header += [f"comment {line}" for line in remarks_of(mesh)]
    header.append(f"element vertex {len(mesh.points)}")
    count = sum(len(region.cells) for region in mesh.regions)
    header += [line.format(faces=count) for line in PROPERTIES]
    faces = np.zeros(count, dtype=FACE)
    faces["count"], first = 3, 0
    for region in mesh.regions:
        own = faces[first : first + len(region.cells)]
        own["corners"], own["region"] = region.cells, region.site
        own["neighbour"] = region.neighbours
        own["color"] = rgb(region.color or "#ffffff")
        first += len(own)
    text = "\n".join([*header, "end_header", ""]).encode()
    return text + mesh.points.astype("<f8").tobytes() + faces.tobytes()


def decode(content: bytes) -> SolidMesh:
    r"""Return the regions that a PLY file holds.

    Raises
    ------
    MalformedFileError
        If it is not PLY, or does not have the properties that `encode` writes.

    Examples
    --------
    >>> decode(b"ply\nformat ascii 1.0\nend_header\n")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is 'format ascii 1.0'; expected ...
    """
    head, mark, data = content.partition(b"end_header\n")
    try:
        lines = head.decode().split("\n")[:-1]
    except UnicodeDecodeError:
        lines = []
    if not mark or not lines or lines[0] != "ply":
        raise MalformedFileError("is not PLY: it has no header from 'ply' to 'end_header'")
    if len(lines) < 2 or lines[1] != "format binary_little_endian 1.0":
        raise MalformedFileError(
            f"is {''.join(lines[1:2])!r}; expected 'format binary_little_endian 1.0'"
        )
    remarks = read_remarks(line[8:] for line in lines if line.startswith("comment "))
    layout = [line for line in lines[2:] if not line.startswith("comment ")]
    counts = [_count(line) for line in layout if line.startswith("element ")]
    wanted = ["element vertex {vertices}", *PROPERTIES]
    if len(counts) != 2 or layout != [
        line.format(vertices=counts[0], faces=counts[1]) for line in wanted
    ]:
        raise MalformedFileError("has other properties than exported regions have")
    split = counts[0] * VERTEX.itemsize
    size = split + counts[1] * FACE.itemsize
    if len(data) != size:
        raise MalformedFileError(f"has {len(data)} bytes of data; expected {size}")
    points = np.frombuffer(data[:split], dtype=VERTEX)["point"].astype(float)
    faces = np.frombuffer(data[split:], dtype=FACE)
    if (faces["count"] != 3).any():
        raise MalformedFileError("has faces that are no triangles")
    cells = checked_cells(faces["corners"].astype(np.int64), len(points), "faces")
    unnamed = np.setdiff1d(faces["region"], list(remarks.regions))
    if len(unnamed):
        raise MalformedFileError(f"has faces of region {unnamed[0]}, which no comment names")
    regions = []
    for site, name in remarks.regions.items():
        rows = np.flatnonzero(faces["region"] == site)
        color = "#" + faces["color"][rows[0]].tobytes().hex() if len(rows) else None
        neighbours = faces["neighbour"][rows].astype(np.int64)
        regions.append(SolidRegion(name, site, cells[rows], neighbours, color))
    return SolidMesh(points, tuple(regions), remarks.names, remarks.facts, remarks.unit, remarks.zone)


def _count(line: str) -> int:
    number = line.split(" ")[-1]
    return int(number) if number.isdecimal() else -1
