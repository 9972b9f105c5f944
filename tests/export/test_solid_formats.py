"""Files of spatial regions: each gives back what it was given, and other programs read it."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from geomot.export import SOLID_FORMATS, MalformedFileError, SolidMesh, SolidRegion, solid_problems
from geomot.export.solids.build import solid_mesh
from geomot.export.solids.measure import volume_of
from tests.export.partitions import FACTS, NAMES, cavity, far_mesh, hall, hall_mesh, one
from tests.export.solid_round_trip import check_solid_round_trip

CURVED = [suffix for suffix, kind in SOLID_FORMATS.items() if 2 in kind.orders]
FILLED = [suffix for suffix, kind in SOLID_FORMATS.items() if kind.volumes]


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_round_trip(suffix: str) -> None:
    held = check_solid_round_trip(hall_mesh(), suffix)
    assert solid_problems(held) == []
    empty = [region.name for region in held.regions if not len(region.cells)]
    assert empty == ([] if suffix == ".3mf" else ["hidden"])
    assert solid_problems(check_solid_round_trip(solid_mesh(one(), ["alone"]), suffix)) == []
    assert solid_problems(check_solid_round_trip(solid_mesh(cavity(), "ab"), suffix)) == []


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_one_region_alone(suffix: str) -> None:
    mesh = solid_mesh(hall(), NAMES, sites=[3])
    held = check_solid_round_trip(mesh, suffix)
    assert [region.name for region in held.regions] == [NAMES[3]]
    assert held.zone is None
    assert solid_problems(held) == []
    assert len(mesh.points) == len(np.unique(mesh.regions[0].cells))


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_far_from_the_origin(suffix: str) -> None:
    held = check_solid_round_trip(far_mesh(), suffix)
    assert solid_problems(held) == []
    assert held.rounding < 2e-4  # float32 itself has steps of 0.06 m there


@pytest.mark.parametrize("suffix", CURVED)
def test_curved_faces(suffix: str) -> None:
    held = check_solid_round_trip(solid_mesh(cavity(), "ab", order=2), suffix)
    assert held.order == 2
    assert solid_problems(held) == []
    ball = held.regions[0]
    true = 4.0 / 3.0 * np.pi * 0.2**3
    assert volume_of(held.points, ball.cells) == pytest.approx(true, rel=1e-3)
    assert volume_of(held.points, ball.cells[:, :3]) < 0.95 * true
    away = np.linalg.norm(held.points[ball.cells] - [0.4, 0.5, 0.5], axis=2)
    np.testing.assert_allclose(away, 0.2, atol=1e-9)
    assert solid_problems(check_solid_round_trip(hall_mesh(order=2), suffix)) == []


@pytest.mark.parametrize("suffix", FILLED)
def test_volumes(suffix: str) -> None:
    mesh = hall_mesh(volume=True)
    held = check_solid_round_trip(mesh, suffix)
    assert held.volume
    assert solid_problems(held) == []
    volumes = [volume_of(held.points, region.cells) for region in held.regions]
    np.testing.assert_allclose(volumes, hall().measures, rtol=1e-12, atol=1e-15)


def test_points_are_shared_between_regions() -> None:
    mesh = hall_mesh()
    assert len(mesh.points) == len(np.unique(mesh.points, axis=0))
    assert len(mesh.points) < sum(len(np.unique(region.cells)) for region in mesh.regions)


def test_neighbours_have_different_colours() -> None:
    mesh = hall_mesh()
    colors = {region.site: region.color for region in mesh.regions}
    for region in mesh.regions:
        assert region.neighbours is not None
        beside = {colors[site] for site in np.unique(region.neighbours).tolist() if site >= 0}
        assert region.color not in beside


def test_stl_tells_apart_vertices_at_which_a_region_touches_itself() -> None:
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    points = np.concatenate([corners, -corners])  # two tetrahedra with one corner in common
    pair = SolidRegion("pair", 0, np.concatenate([faces, 4 + faces[:, ::-1]]))
    held = check_solid_round_trip(SolidMesh(points, (pair,)), ".stl")
    assert len(held.points) == 8
    assert solid_problems(held) == []


def test_glb_is_a_scene_of_named_closed_meshes_elsewhere() -> None:
    mesh = far_mesh()
    content = SOLID_FORMATS[".glb"].encode(mesh)
    scene = trimesh.load_scene(io.BytesIO(content), file_type="glb", process=False)
    held = [region for region in mesh.regions if len(region.cells)]
    assert len(scene.geometry) == len(held)
    for region, (name, shape) in zip(held, scene.geometry.items(), strict=True):
        assert name == region.name
        assert shape.volume == pytest.approx(volume_of(mesh.points, region.cells), rel=1e-5)
    # the z axis is up: glTF's y
    low, high = scene.bounds
    np.testing.assert_allclose(low, [1e6, 1e6, -1e6 - 2e3], atol=1e-3)
    np.testing.assert_allclose(high, [1e6 + 3e3, 1e6 + 1e3, -1e6], atol=1e-3)


def test_glb_says_unit_and_neighbours() -> None:
    content = SOLID_FORMATS[".glb"].encode(hall_mesh())
    size = struct.unpack("<I", content[12:16])[0]
    document = json.loads(content[20 : 20 + size])
    extras = document["scenes"][0]["extras"]
    assert extras["unit"] == "m"
    assert extras["offset"] == [0.0, 0.0, 0.0]
    assert extras["title"] == FACTS["title"]
    node = document["nodes"][0]
    assert node["name"] == NAMES[0]
    areas = {row["name"]: row["area"] for row in node["extras"]["neighbours"]}
    back = {row["name"]: row["area"] for row in document["nodes"][2]["extras"]["neighbours"]}
    assert areas[NAMES[2]] == pytest.approx(back[NAMES[0]])
    assert "bottom" in areas


@pytest.mark.parametrize("suffix", [".stl", ".3mf", ".obj"])
def test_trimesh_reads_the_same_volumes(suffix: str, tmp_path: Path) -> None:
    mesh = solid_mesh(cavity(), "ab")
    (tmp_path / f"x{suffix}").write_bytes(SOLID_FORMATS[suffix].encode(mesh))
    options = {"split_objects": True, "group_material": False} if suffix == ".obj" else {}
    scene = trimesh.load_scene(tmp_path / f"x{suffix}", **options)
    volumes = sorted(shape.volume for shape in scene.geometry.values())
    np.testing.assert_allclose(volumes, np.sort(cavity().measures), rtol=1e-9)


def test_trimesh_reads_ply(tmp_path: Path) -> None:
    mesh = solid_mesh(one(), ["alone"])
    (tmp_path / "x.ply").write_bytes(SOLID_FORMATS[".ply"].encode(mesh))
    shape = trimesh.load_mesh(tmp_path / "x.ply", process=False)
    np.testing.assert_array_equal(shape.vertices, mesh.points)
    assert shape.is_volume


@pytest.mark.parametrize("suffix", FILLED)
@pytest.mark.parametrize("kind", ["flat", "curved", "filled"])
def test_meshlane_reads_the_same(suffix: str, kind: str, tmp_path: Path) -> None:
    import meshlane

    mesh = hall_mesh(order=2 if kind == "curved" else 1, volume=kind == "filled")
    (tmp_path / f"x{suffix}").write_bytes(SOLID_FORMATS[suffix].encode(mesh))
    read = meshlane.read(tmp_path / f"x{suffix}")
    np.testing.assert_array_equal(read.points, mesh.points)
    cells = np.concatenate([block.data for block in read.cells])
    np.testing.assert_array_equal(cells, np.concatenate([region.cells for region in mesh.regions]))
    sites = np.repeat([r.site for r in mesh.regions], [len(r.cells) for r in mesh.regions])
    np.testing.assert_array_equal(np.concatenate(read.cell_data["region"]), sites)
    if kind != "filled":
        beyond = np.concatenate([np.asarray(region.neighbours) for region in mesh.regions])
        np.testing.assert_array_equal(np.concatenate(read.cell_data["neighbour"]), beyond)
    assert any("north east" in name for name in read.field_data)


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_truncated_files_are_refused_or_invalid(suffix: str) -> None:
    kind = SOLID_FORMATS[suffix]
    content = kind.encode(solid_mesh(one(), ["alone"]))
    rng = np.random.default_rng(0)
    for size in [0, 1, 10, *rng.integers(11, len(content) - 3, 60).tolist()]:
        try:
            held = kind.decode(content[:size])
        except MalformedFileError:
            continue
        assert solid_problems(held), size


@pytest.mark.parametrize("suffix", SOLID_FORMATS)
def test_garbled_files_are_read_or_refused(suffix: str) -> None:
    kind = SOLID_FORMATS[suffix]
    content = kind.encode(solid_mesh(one(), ["alone"]))
    rng = np.random.default_rng(1)
    for _ in range(150):
        garbled = bytearray(content)
        for place in rng.integers(0, len(content), int(rng.integers(1, 4))):
            garbled[place] = int(rng.choice([*b'0129-.e "{}<>[]/\n\x00\xff', int(rng.integers(256))]))
        try:
            held = kind.decode(bytes(garbled))
        except MalformedFileError:
            continue
        solid_problems(held)


@pytest.mark.parametrize(
    ("suffix", "content", "reason"),
    [
        (".stl", b"\x80binary", "not text; expected STL as text"),
        (".stl", b"", "is empty"),
        (".stl", b"solid a\nfacet normal 0 0 1\nendsolid a\n", "something else than facets"),
        (".stl", b"solid a\nendsolid\nvertex 0 0 0\n", "line 3 does not begin a whole .* there$"),
        (".stl", b"solid a\nendsolid\nsolid b\nfacet", "line 3 .*: the file seems cut off"),
        (".ply", b"solid", "is not PLY"),
        (".ply", b"ply\nformat binary_little_endian 1.0\nelement vertex 3\nend_header\n", "properties"),
        (".obj", b"\x80", "is not text"),
        (".obj", b"v 0 0\n", "line 1 is 'v 0 0'; expected three numbers"),
        (".obj", b"f 1 2 3\n", "faces after an 'o'$"),
        (".obj", b"v 0 0 0\no a\nf 1 2", "faces after an 'o': the file seems cut off here"),
        (".obj", b"# region 0 a\n# region 1 b\no a\n", "holds 1 of 2 regions, .* seems cut off"),
        (".obj", b"# region 0 a\nv 0 0 0\no a\nf 1 1 1", "holds 1 of 1 regions, .* seems cut off"),
        (".obj", b"v 0 0 0\n", "holds no object"),
        (".obj", b"# region x y\no a\n", "remark 'region x y'; expected a number"),
        (".glb", b"glTF" + bytes(20), "not a whole GLB file of version 2"),
        (".3mf", b"PK\x03\x04", "is not 3MF"),
        (".vtu", b"<a/>", "not a VTKFile"),
        (".vtu", b'<VTKFile type="UnstructuredGrid"/>', "compressed data or other headers"),
        (".msh", b"hello", "line 1 is 'hello'; expected a section"),
        (".msh", b"$MeshFormat\n", r"ends within the section \$MeshFormat"),
        (".msh", b"$MeshFormat\n4.1 0 8\n$EndMeshFormat\n", "KeyError: 'Nodes'"),
    ],
)
def test_what_is_malformed_is_refused(suffix: str, content: bytes, reason: str) -> None:
    with pytest.raises(MalformedFileError, match=reason):
        SOLID_FORMATS[suffix].decode(content)
