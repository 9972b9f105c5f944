"""GLB (binary glTF 2.0): a scene with one named, coloured node per region, to look at.

glTF has float32 and the y axis up.  The regions' nodes hang on one node, ``zone``, whose ``matrix``
turns the z axis up and, for zones farther from the origin than they are wide, moves them: their
coordinates are then those from the middle of the zone, and keep the precision of its size, not of its
distance.  The matrix is text, with all digits.

What glTF has no place for is in ``extras``: the scene's have ``unit`` "m", ``zone_volume``, ``title``,
``method``, ``status``, ``solve`` and ``offset`` (what was moved to ``matrix``, in the zone's axes); a
region's have ``site`` and ``neighbours``, a list of {``number``, ``name``, ``area``, ``faces``}.  The
first ``faces`` triangles look at the first neighbour, and so on.  An empty region is a node without a
mesh.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from geomot.appearance.colors import rgb
from geomot.export.solids.content import FACTS, SolidMesh, SolidRegion, checked_cells
from geomot.export.solids.measure import areas
from geomot.files.content import MalformedFileError, expected, read_json
from geomot.kernels.simplices import Floats, Ints

FLOAT, UNSIGNED = 5126, 5125  # component types
VERTICES, INDICES = 34962, 34963  # targets of buffer views
# the zone's x, y, z are glTF's x, -z, y
TURN = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def encode(mesh: SolidMesh) -> bytes:
    """Return regions as GLB.

    Examples
    --------
    >>> face = SolidRegion("a", 0, np.array([[0, 1, 2]]), np.array([-1]), "#77aadd")
    >>> far = SolidMesh(np.eye(3) + 1e6, (face,), {-1: "top"}, unit="m")
    >>> float(np.abs(decode(encode(far)).points - far.points).max()) < 1e-7
    True
    """
    offset = _offset(mesh.points)
    local = (mesh.points - offset).astype("<f4")
    data = bytearray()
    tree: dict[str, list[Any]] = {
        key: [] for key in ("nodes", "meshes", "materials", "accessors", "bufferViews")
    }
    for region in mesh.regions:
        node: dict[str, Any] = {"name": region.name, "extras": {"site": region.site, "neighbours": []}}
        tree["nodes"].append(node)
        if len(region.cells):
            faces, node["extras"]["neighbours"] = _by_neighbour(mesh, region)
            node["mesh"] = len(tree["meshes"])
            tree["meshes"].append(_shape(tree, data, local, faces, region))
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = TURN, TURN @ offset
    count = len(mesh.regions)
    tree["nodes"].append(
        {"name": "zone", "matrix": matrix.T.ravel().tolist(), "children": list(range(count))}
    )
    if not count:
        del tree["nodes"][-1]["children"]
    extras = {key: mesh.facts[key] for key in FACTS if mesh.facts.get(key)}
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "geomot"},
        "scene": 0,
        "scenes": [
            {
                "nodes": [count],
                "extras": {
                    **extras,
                    "unit": mesh.unit,
                    "zone_volume": mesh.zone,
                    "offset": offset.tolist(),
                },
            }
        ],
        **{key: rows for key, rows in tree.items() if rows},
    }
    if data:
        document["buffers"] = [{"byteLength": len(data)}]
    text = json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
    chunks = _chunk(b"JSON", text, b" ") + (_chunk(b"BIN\0", bytes(data), b"\0") if data else b"")
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def decode(content: bytes) -> SolidMesh:
    """Return the regions that a GLB file holds.

    Raises
    ------
    MalformedFileError
        If it is not GLB, or not a scene as `encode` writes.

    Examples
    --------
    >>> decode(b"glTF")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is not a whole GLB file
    """
    document, data = _chunks(content)
    with expected("is GLB, but not a scene of regions"):
        return _scene(document, data)


def _offset(points: Floats) -> Floats:
    """Return the middle of points that are farther from the origin than they are wide, else zero."""
    if not len(points):
        return np.zeros(3)
    low, high = points.min(axis=0), points.max(axis=0)
    middle = 0.5 * (low + high)
    far = np.abs(middle).max() > (high - low).max()
    return np.where(far, middle, 0.0)


def _by_neighbour(mesh: SolidMesh, region: SolidRegion) -> tuple[Ints, list[dict[str, Any]]]:
    """Return the faces in the order of their neighbours, and what is said of those."""
    beyond = region.neighbours
    if beyond is None:
        return region.cells, []
    order = np.argsort(beyond, kind="stable")
    sizes = areas(mesh.points, region.cells)
    table = [
        {
            "number": int(number),
            "name": mesh.names.get(int(number)),
            "area": float(sizes[beyond == number].sum()),
            "faces": int((beyond == number).sum()),
        }
        for number in np.unique(beyond)
    ]
    return region.cells[order], table


def _shape(
    tree: dict[str, list[Any]], data: bytearray, local: np.ndarray, faces: Ints, region: SolidRegion
) -> dict[str, Any]:
    """Append the data of a region and return its mesh."""
    used, place = np.unique(faces, return_inverse=True)
    points = local[used]
    bounds = {"min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()}
    corners = {"componentType": FLOAT, "type": "VEC3", "count": len(points), **bounds}
    indices = {"componentType": UNSIGNED, "type": "SCALAR", "count": faces.size}
    for accessor, values, target in (
        (corners, points, VERTICES),
        (indices, place.astype("<u4"), INDICES),
    ):
        content = values.tobytes()
        view = {"buffer": 0, "byteOffset": len(data), "byteLength": len(content), "target": target}
        tree["accessors"].append({"bufferView": len(tree["bufferViews"]), **accessor})
        tree["bufferViews"].append(view)
        data += content
    shares = np.array(rgb(region.color or "#ffffff")) / 255.0  # sRGB; glTF's factors are linear
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    factor = {"baseColorFactor": [*linear.tolist(), 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.9}
    tree["materials"].append({"name": region.color or "white", "pbrMetallicRoughness": factor})
    last = len(tree["accessors"]) - 1
    primitive = {
        "attributes": {"POSITION": last - 1},
        "indices": last,
        "material": len(tree["materials"]) - 1,
    }
    return {"name": region.name, "primitives": [primitive]}


def _chunk(kind: bytes, content: bytes, filler: bytes) -> bytes:
    padded = content + filler * (-len(content) % 4)
    return struct.pack("<I4s", len(padded), kind) + padded


def _chunks(content: bytes) -> tuple[Any, bytes]:
    if len(content) < 20 or content[:4] != b"glTF":
        raise MalformedFileError("is not a whole GLB file")
    version, size, length = struct.unpack("<III", content[4:16])
    if version != 2 or size != len(content) or content[16:20] != b"JSON" or 20 + length > size:
        raise MalformedFileError(f"is not a whole GLB file of version 2: it has {len(content)} bytes")
    document = read_json(content[20 : 20 + length])
    return document, content[28 + length :]


def _scene(document: Any, data: bytes) -> SolidMesh:
    scene = document["scenes"][document["scene"]]
    zone = document["nodes"][scene["nodes"][0]]
    matrix = np.array(zone["matrix"], dtype=float).reshape(4, 4).T
    points, regions, names, largest, first = [np.empty((0, 3))], [], {}, 0.0, 0
    for child in zone.get("children", []):
        node = document["nodes"][child]
        extras = node["extras"]
        cells, beyond, color = np.empty((0, 3), dtype=np.int64), np.empty(0, dtype=np.int64), None
        if "mesh" in node:
            primitive = document["meshes"][node["mesh"]]["primitives"][0]
            local = _values(document, data, primitive["attributes"]["POSITION"]).astype(float)
            faces = _values(document, data, primitive["indices"]).astype(np.int64).reshape(-1, 3)
            cells = first + checked_cells(faces, len(local), "faces")
            points.append((local @ matrix[:3, :3].T + matrix[:3, 3]) @ TURN)
            largest, first = max(largest, float(np.abs(local).max(initial=0.0))), first + len(local)
            color = document["materials"][primitive["material"]]["name"]
            beyond = _neighbours(extras["neighbours"], len(cells))
        names[int(extras["site"])] = str(node["name"])
        names |= {int(row["number"]): str(row["name"]) for row in extras["neighbours"]}
        regions.append(SolidRegion(str(node["name"]), int(extras["site"]), cells, beyond, color))
    extras = scene["extras"]
    return SolidMesh(
        np.concatenate(points),
        tuple(regions),
        names,
        {key: str(extras[key]) for key in FACTS if key in extras},
        extras["unit"],
        None if extras["zone_volume"] is None else float(extras["zone_volume"]),
        float(np.spacing(np.float32(largest))),
    )


def _neighbours(table: Any, count: int) -> Ints:
    faces = [int(row["faces"]) for row in table]
    if min(faces, default=0) < 0 or sum(faces) != count:
        raise MalformedFileError(f"says the neighbours of {sum(faces)} faces of a region with {count}")
    return np.repeat(np.array([int(row["number"]) for row in table], dtype=np.int64), faces)


def _values(document: Any, data: bytes, number: int) -> np.ndarray:
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    kind = {(FLOAT, "VEC3"): "<f4", (UNSIGNED, "SCALAR"): "<u4"}
    dtype = np.dtype(kind[accessor["componentType"], accessor["type"]])
    width = 3 if accessor["type"] == "VEC3" else 1
    start, size = view.get("byteOffset", 0), accessor["count"] * width * dtype.itemsize
    if not 0 <= start <= start + size <= len(data):
        raise MalformedFileError(f"accessor {number} reaches beyond the file's data")
    values = np.frombuffer(data[start : start + size], dtype=dtype)
    return values.reshape(-1, 3) if width == 3 else values
