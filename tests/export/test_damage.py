"""Damaged files of regions: an error about the file, whatever a reader raises."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest
import shapely

from geomot.export import FORMATS, SOLID_FORMATS, Format, MalformedFileError, SolidFormat, SolidMesh
from geomot.export.gpkg import _written
from geomot.export.solids.content import SolidRegion
from geomot.geometry.body import optional

CORNER = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
MESH = SolidMesh(
    CORNER,
    (SolidRegion("a", 0, FACES, np.array([-1, -1, -1, -2]), "#77aadd"),),
    {0: "a", -1: "side", -2: "top"},
    unit="m",
    zone=1.0 / 6.0,
)
ENDLESS = (
    b"99999999999999999999",
    b"1e400",
    b"-1",
    b"nan",
    b"1000000000000",
    b"",
    b"[]",
    b"\xff",
    b"\0",
)


def test_numbers_beyond_integers_in_obj() -> None:
    with pytest.raises(MalformedFileError, match=r"is not OBJ of regions \(OverflowError"):
        SOLID_FORMATS[".obj"].decode(b"v 0 0 0\no a\nf 1 2 99999999999999999999\n")


def test_rings_that_are_open_in_geopackages(tmp_path: Path) -> None:
    frame = optional("geopandas").GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(0, 0, 2, 1)])
    path = tmp_path / "regions.gpkg"
    path.write_bytes(_written({"regions": frame}))
    with sqlite3.connect(path) as database:
        ((blob,),) = database.execute("select geom from regions").fetchall()
        for (trigger,) in database.execute(
            "select name from sqlite_master where type='trigger'"
        ).fetchall():
            database.execute(f"drop trigger {trigger}")
        at = len(blob) - 16  # the last corner, equal to the first
        database.execute("update regions set geom = ?", (blob[:at] + struct.pack("<dd", 7.0, 7.0),))
    database.close()
    with pytest.raises(MalformedFileError, match="is not GeoPackage of regions"):
        FORMATS[".gpkg"].decode(path.read_bytes())


def test_counts_in_headers_are_compared_before_memory_is_taken() -> None:
    glb = SOLID_FORMATS[".glb"].encode(MESH)
    length = struct.unpack("<I", glb[12:16])[0]
    document = json.loads(glb[20 : 20 + length])
    document["nodes"][0]["extras"]["neighbours"][0]["faces"] = 10**15
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = struct.pack("<I4s", len(text), b"JSON") + text + glb[20 + length :]
    with pytest.raises(MalformedFileError, match="says the neighbours of 1000000000000003 faces"):
        SOLID_FORMATS[".glb"].decode(struct.pack("<4sII", b"glTF", 2, 12 + len(rest)) + rest)
    count = b"10000000000000"
    msh = SOLID_FORMATS[".msh"].encode(MESH).replace(b"1 4 1 4\n", b"1 %s 1 %s\n" % (count, count))
    msh = re.sub(rb"\n\d\.\d \d\.\d \d\.\d", b"", msh)  # nodes are their numbers alone
    with pytest.raises(MalformedFileError, match="has nodes in several blocks or out of order"):
        SOLID_FORMATS[".msh"].decode(msh)
    ply = SOLID_FORMATS[".ply"].encode(MESH).replace(b"face 4", b"face " + count)
    with pytest.raises(MalformedFileError, match="bytes of data; expected 2"):
        SOLID_FORMATS[".ply"].decode(ply)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return content with a bit turned, a piece cut out, or a number replaced."""
    damaged, at = bytearray(content), rng.randrange(len(content))
    match rng.randrange(4):
        case 0:
            damaged[at] ^= 1 << rng.randrange(8)
        case 1:
            del damaged[at : at + rng.choice([1, 4, 100, len(content)])]
        case 2:
            damaged[at:at] = rng.choice(ENDLESS)
        case _:
            numbers = list(re.finditer(rb"-?\d+", content[at : at + 2000]))
            if numbers:
                number = rng.choice(numbers)
                damaged[at + number.start() : at + number.end()] = rng.choice(ENDLESS)
    return bytes(damaged)


@pytest.mark.parametrize("suffix", [*SOLID_FORMATS, ".wkt", ".geojson"])
def test_damage_is_an_error_about_the_file_or_none(suffix: str) -> None:
    planar = {
        ".wkt": b"GEOMETRYCOLLECTION (POLYGON ((0 0, 2 0, 0 1, 0 0)), POLYGON EMPTY)",
        ".geojson": b'{"type": "FeatureCollection", "features": [{"properties": {"name": "a"}, '
        b'"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [0, 1], [0, 0]]]}}]}',
    }
    kind: Format | SolidFormat
    kind = FORMATS[suffix] if suffix in planar else SOLID_FORMATS[suffix]
    content = kind.encode(MESH) if isinstance(kind, SolidFormat) else planar[suffix]
    rng = random.Random(suffix)
    refused = 0
    for _ in range(60):
        try:
            kind.decode(mutated(content, rng))
        except MalformedFileError:
            refused += 1
    assert refused > 5
