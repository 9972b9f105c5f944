"""Files from users: bounded, devices refused, what headers say compared with what is there."""

from __future__ import annotations

import io
import os
import struct
import time
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from geomot.errors import InvalidDensityError, InvalidZoneError, ScenarioError
from geomot.export import SOLID_FORMATS, MalformedFileError
from geomot.files.arrays import npy_array, npz_arrays
from geomot.files.reading import read_bytes, unpacked
from geomot.files.tomlfile import parse_toml
from geomot.scenario import load_scenario
from geomot.scenario.meshfile import read_mesh_values
from geomot.scenario.rasters import read_raster
from geomot.scenario.surface import read_surface
from tests.cli.scenarios import write_town


def header(shape: str, version: int = 1) -> bytes:
    """Return the beginning of an .npy file of this shape."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(text)) + text


def zeros(name: str, size: int, stated: int) -> bytes:
    """Return an archive with a part of so many zeros, which states another size."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(size))
    content = bytearray(stream.getvalue())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", stated)
    return bytes(content)


def fed(path: Path, content: bytes) -> Thread:
    """Make a pipe, and a thread that writes to it."""
    os.mkfifo(path)

    def write() -> None:
        with suppress(BrokenPipeError):
            path.write_bytes(content)

    thread = Thread(target=write, daemon=True)
    thread.start()
    return thread


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "a").write_bytes(content)
    assert read_bytes(tmp_path / "a") == content
    assert read_bytes(tmp_path / "a", len(content)) == content
    with pytest.raises(OSError, match="it has 2,560,000 bytes; expected at most 2,559,999"):
        read_bytes(tmp_path / "a", len(content) - 1)


def test_a_pipe_is_read_up_to_the_limit(tmp_path: Path) -> None:
    writer = fed(tmp_path / "short", b"x" * 3_000_000)
    assert len(read_bytes(tmp_path / "short")) == 3_000_000
    writer.join()
    fed(tmp_path / "long", b"x" * 3_000_000)
    with pytest.raises(OSError, match="more than 2,000,000 bytes; expected at most 2,000,000"):
        read_bytes(tmp_path / "long", 2_000_000)


def test_devices_are_refused_by_name(tmp_path: Path) -> None:
    town = write_town(tmp_path)
    for path in ("/dev/zero", "/dev/null"):
        with pytest.raises(ScenarioError, match=f"{path} cannot be read: it is a device"):
            load_scenario(town, servers=path)
        with pytest.raises(ScenarioError, match="cannot be read: it is a device"):
            load_scenario(path)
    (tmp_path / "endless.npy").symlink_to("/dev/zero")
    with pytest.raises(InvalidDensityError, match=r"endless\.npy' cannot be read: it is a device"):
        read_raster(tmp_path / "endless.npy")


def test_what_is_read_twice_is_no_pipe(tmp_path: Path) -> None:
    for name in ("a.npy", "a.npz", "a.stl"):
        os.mkfifo(tmp_path / name)
    with pytest.raises(InvalidDensityError, match="it is a pipe, and is read more than once"):
        read_raster(tmp_path / "a.npy")
    with pytest.raises(InvalidDensityError, match="it is a pipe, and is read more than once"):
        read_mesh_values(tmp_path / "a.npz")
    with pytest.raises(InvalidZoneError, match="it is a pipe, and is read more than once"):
        read_surface(tmp_path / "a.stl")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header("(1000000000000, 1000)"), "says 1000000000000 x 1000 entries of 8 bytes, and 0 bytes"),
        (header("(2,)") + bytes(8), "says 2 entries of 8 bytes, and 8 bytes follow"),
        (header("(-2,)"), "says -2 entries"),
        (header("(2, 'a')"), "shape is not valid"),
        (header("(((("), "is not that of an array"),
        (header("(1,)", version=7), "is not that of an array"),
        (b"", "is not that of an array"),
    ],
)
def test_headers_of_arrays_are_compared_with_the_file(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(InvalidDensityError, match=message):
        read_raster(tmp_path / "a.npy")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["<f8", ">f4", "u1", "<i2"])
def test_arrays_come_back(order: str, kind: str) -> None:
    array = np.asarray(np.arange(24).reshape(2, 3, 4), dtype=kind, order=order)  # type: ignore[call-overload]
    stream = io.BytesIO()
    np.save(stream, array)
    again = npy_array(stream.getvalue())
    assert again.dtype == array.dtype
    np.testing.assert_array_equal(again, array)


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    packed = zeros("3D/3dmodel.model", 1000, 2**29)
    with pytest.raises(MalformedFileError, match="unpack to 536,870,912 bytes; expected at most"):
        SOLID_FORMATS[".3mf"].decode(packed)
    for suffix in ("3mf", "npz"):
        (tmp_path / f"a.{suffix}").write_bytes(packed)
    with pytest.raises(InvalidZoneError, match="unpack to 536,870,912 bytes"):
        read_surface(tmp_path / "a.3mf")
    with pytest.raises(InvalidDensityError, match="unpack to 536,870,912 bytes"):
        read_mesh_values(tmp_path / "a.npz")


def test_an_archive_that_lies_about_its_size_is_not_unpacked_whole() -> None:
    content = zeros("a", 2**25, 1000)
    tracemalloc.start()
    try:
        with pytest.raises(zipfile.BadZipFile):
            unpacked(content)
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()


def test_other_packings_are_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("values.npy", b"0" * 100)
    with pytest.raises(ValueError, match="packed by other means than deflate"):
        npz_arrays(stream.getvalue(), ["values"])
    (tmp_path / "a.zip").write_bytes(stream.getvalue())
    with pytest.raises(InvalidZoneError, match="is a packed archive; expected a surface: unpack it"):
        read_surface(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".".join(["a"] * 100_000) + " = 1", "more than 16 parts on line 1"),
        ("a = 1\nb = [{" + " . ".join(['"a"'] * 20) + " = 1}]", "more than 16 parts on line 2"),
        ("".join(f"a.k{i} = 1\n" for i in range(100_000)), "has 100,000 headers of tables and dotted"),
        ("".join(f"[t{i}]\n" for i in range(300_000)), "has 300,000 headers of tables and dotted"),
        ("[[t]]\n" * 300_000, "has 300,000 headers of tables and dotted"),
        ("#" * (2**23 + 1), "has 8,388,609 bytes; expected at most 8,388,608"),
    ],
)
def test_toml_that_takes_minutes_is_refused_by_its_size(text: str, message: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match=message):
        parse_toml(text.encode())
    assert time.process_time() - began < 2.0


def test_what_looks_like_long_keys_is_read() -> None:
    rows = ",\n".join("  [16.25, 48.5],\n  [1.0]" for _ in range(9_000))
    data = parse_toml(f'title = "a.b"\np = [\n{rows}\n]\n'.encode())
    assert len(data["p"]) == 18_000
    assert parse_toml(b"[a.b.c.d]\ne.f = 1")["a"]["b"]["c"]["d"]["e"]["f"] == 1


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    plain = load_scenario(write_town(tmp_path))
    text = (tmp_path / "town.toml").read_bytes()
    (tmp_path / "marked.toml").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert load_scenario(tmp_path / "marked.toml") == plain


def test_a_long_header_of_a_raster_is_read_at_once(tmp_path: Path) -> None:
    head = "ncols 1\nnrows 1\ncellsize 1\nxllcorner 0\nyllcorner 0\n7\n"
    (tmp_path / "a.asc").write_text("\n" * 400_000 + head)
    began = time.process_time()
    assert read_raster(tmp_path / "a.asc").entries.tolist() == [[7.0]]
    assert time.process_time() - began < 5.0
    (tmp_path / "a.asc").write_text(head.replace("ncols 1", "ncols inf"))
    with pytest.raises(InvalidDensityError, match="is not a raster: cannot convert float infinity"):
        read_raster(tmp_path / "a.asc")
