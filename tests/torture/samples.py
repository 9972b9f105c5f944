"""Valid files of all formats that geomot reads, small, to be damaged."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.cli.scenarios import IN_SPACE, TOWN, write_town
from tests.torture.command import run

FLAT = (".geojson", ".wkt", ".svg", ".dxf", ".gpkg")
SOLID = (".stl", ".ply", ".obj", ".glb", ".3mf", ".vtu", ".msh", ".html")

SERVERS = "name,x,y,compute,bandwidth\nnorth,30,60,8e9,1e7\nsouth,60,20,1.6e10,2e7\n"
TWINS = "x,y,class\n10,20,0\n40,50,0\n70,30,0\n"
SLOTS = "slot,what,name,x,y,compute\n0,sensors,,41,31,\n1,server,north,,,9e9\n2,server,south,61,21,\n"
POINTS = "x,y,weight\n" + "".join(f"{7 * k % 97},{11 * k % 79},{1 + k % 3}\n" for k in range(20))
RASTER = "1,2,3\n4,5,6\n"
ESRI = "ncols 3\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 33.5\nnodata_value -9\n1 2 3\n4 -9 6\n"


TABLES = {"servers.csv": SERVERS, "twins.csv": TWINS, "slots.csv": SLOTS}
DATA = {"points.csv": POINTS, "raster.csv": RASTER, "raster.asc": ESRI}
MADE = ("table.json", "solution.json", "roof.stl", "raster.npy", "tent.npz")
NAMES = (*(f"cells{suffix}" for suffix in FLAT + SOLID), "town.toml", *TABLES, *DATA, *MADE)


@cache
def sample(name: str) -> bytes:
    """Return a file by its name."""
    texts = {"town.toml": TOWN, **TABLES, **DATA}
    if name in texts:
        return texts[name].encode()
    if name == "raster.npy":
        return _saved(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    if name == "tent.npz":
        return _tent()
    if name == "roof.stl":
        return _surface()
    with TemporaryDirectory() as folder:
        return _written(Path(folder), name)


def _written(folder: Path, name: str) -> bytes:
    """Return what the command line writes."""
    if name == "solution.json":
        return run("solve", write_town(folder), "--method", "snr", "--json").stdout.encode()
    solid = not name.endswith(FLAT)
    town = write_town(folder, *(IN_SPACE if solid else ()))
    out = folder / ("cells.stl" if name == "table.json" else name)
    chord = "20" if solid else "1"
    done = run("export", town, "--method", "snr", "--out", out, "--tolerance", chord)
    assert done.exit_code == 0, done.output
    return (folder / "cells.stl.regions.json" if name == "table.json" else out).read_bytes()


def _surface() -> bytes:
    import trimesh

    content = trimesh.creation.box(extents=(100.0, 80.0, 40.0)).export(file_type="stl")
    assert isinstance(content, bytes)
    return content


def _saved(array: np.ndarray) -> bytes:
    stream = BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _tent() -> bytes:
    stream = BytesIO()
    vertices = np.array([[0, 0], [100, 0], [100, 80], [0, 80], [50, 40]], dtype=float)
    triangles = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    np.savez(stream, vertices=vertices, simplices=triangles, values=np.array([0, 1, 0, 1, 3.0]))
    return stream.getvalue()
