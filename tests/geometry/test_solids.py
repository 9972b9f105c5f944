import os
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import shapely
import trimesh

from geomot import InvalidZoneError, MissingPackageError, Zone
from geomot.geometry.zones.silence import silence
from geomot.kernels.simplices import measures
from tests.geometry.meshes import boundary_measure, facets

RING = shapely.Polygon(
    [(0, 0), (6, 0), (6, 4), (0, 4)], [[(1, 1), (2, 1), (2, 2)], [(4, 1), (5, 3), (4, 3)]]
)
L = shapely.Polygon([(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)])


def surface(zone: Zone) -> trimesh.Trimesh:
    """Return the boundary of a zone's tetrahedra, outward."""
    simplices = zone.triangulation.simplices
    corners = zone.triangulation.corners
    faces, opposite = [], []
    for v in range(4):
        faces.append(np.delete(simplices, v, axis=1))
        opposite.append(corners[:, v])
    faces, opposite = np.concatenate(faces), np.concatenate(opposite)
    _, first, count = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True)
    rows = first[count == 1]
    where = zone.triangulation.vertices[faces[rows]]
    normal = np.cross(where[:, 1] - where[:, 0], where[:, 2] - where[:, 0])
    inward = (normal * (opposite[rows] - where[:, 0])).sum(axis=1) > 0.0
    outward = np.where(inward[:, None], faces[rows][:, ::-1], faces[rows])
    return trimesh.Trimesh(zone.triangulation.vertices, outward, process=False)


def cube(side=1.0, at=(0.0, 0.0, 0.0), inward=False) -> trimesh.Trimesh:
    mesh = trimesh.creation.box((side, side, side)).apply_translation(at)
    if inward:
        mesh.invert()
    return mesh


def together(*meshes: trimesh.Trimesh) -> trimesh.Trimesh:
    return trimesh.util.concatenate(list(meshes))


def hollow() -> trimesh.Trimesh:
    inner = trimesh.creation.icosphere(1, 0.4)
    inner.invert()
    return together(trimesh.creation.icosphere(2, 1.0), inner)


@pytest.mark.parametrize("outline", [L, RING], ids=["L", "holes"])
def test_extrusions_conform_and_fill(outline):
    zone = Zone.extrusion(outline, [10.0, 12.5])
    assert zone.measure == pytest.approx(2.5 * outline.area, rel=1e-14)
    assert set(facets(zone.triangulation).values()) == {1, 2}
    expected = 2 * outline.area + 2.5 * outline.length
    assert boundary_measure(zone.triangulation) == pytest.approx(expected, rel=1e-13)


SURFACES = {
    "box": trimesh.creation.box((1.0, 2.0, 3.0)),
    "ball": trimesh.creation.icosphere(3, 2.0),
    "torus": trimesh.creation.torus(2.0, 0.5, 16, 12),
    "L": surface(Zone.extrusion(L, [0.0, 1.0])),
    "holes": surface(Zone.extrusion(RING, [0.0, 1.0])),
    "cavity": hollow(),
    "two parts": together(cube(), cube(at=(3, 0, 0))),
    "common corner": together(cube(), cube(at=(1, 1, 1))),
    "island": together(cube(), cube(0.6, inward=True), cube(0.3), cube(0.1, inward=True)),
    "cavities with a common corner": together(
        cube(), cube(0.25, (0.125,) * 3, True), cube(0.25, (-0.125,) * 3, True)
    ),
}


@pytest.mark.parametrize(
    "case",
    list(product(SURFACES, [1.0, 1e-6, 1e6], [0.0, 100.0])),
    ids=lambda case: "-".join(map(str, case)),
)
def test_surfaces_are_filled_and_kept(case):
    name, scale, shift = case
    given = SURFACES[name].copy()
    given.apply_translation((shift, -shift, 0.0))
    given.apply_scale(scale)
    zone = Zone.mesh(given)
    assert (measures(zone.triangulation.corners) > 0.0).all()
    assert zone.measure == pytest.approx(given.volume, rel=1e-9)
    assert set(facets(zone.triangulation).values()) == {1, 2}
    kept = surface(zone)
    assert kept.area == pytest.approx(given.area, rel=1e-9)
    held = {tuple(point) for point in zone.triangulation.vertices}
    assert {tuple(point) for point in np.asarray(given.vertices)} <= held


def broken(faces=slice(None), **changes):
    mesh = trimesh.creation.box((1.0, 1.0, 1.0))
    mesh = trimesh.Trimesh(mesh.vertices, mesh.faces[faces], process=False)
    for name, value in changes.items():
        setattr(mesh, name, value)
    return mesh


def box_with_a_flat_triangle():
    """Return a box, one side of an edge of which has a further corner in its middle."""
    box = broken()
    a, b, c = box.faces[4]
    middle = len(box.vertices)
    vertices = np.vstack([box.vertices, 0.5 * (box.vertices[a] + box.vertices[b])])
    faces = np.vstack([box.faces, [[middle, b, c], [a, b, middle]]])
    faces[4] = [a, middle, c]
    return trimesh.Trimesh(vertices, faces, process=False)


def turned(mesh):
    """Return a surface that no axis is parallel to."""
    return mesh.copy().apply_transform(trimesh.transformations.euler_matrix(0.3, 0.5, 0.7))


def inside_out():
    mesh = broken()
    mesh.invert()
    return mesh


REFUSED = {
    "open": (broken(slice(1, None)), "is not closed: 3 edges have no opposite"),
    "one triangle turned": (
        trimesh.Trimesh(
            broken().vertices, np.vstack([broken().faces[:1, ::-1], broken().faces[1:]]), process=False
        ),
        "is not closed",
    ),
    "inwards": (inside_out(), "invert them"),
    "millimetres": (broken(units="mm"), "is in mm; expected metres"),
    "empty": (trimesh.Trimesh(), "0 triangles"),
    "not finite": (
        trimesh.Trimesh(
            [[0, 0, np.nan], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]], process=False, validate=False
        ),
        "finite",
    ),
    "flat triangle": (
        trimesh.Trimesh(broken().vertices, np.vstack([broken().faces, [[0, 0, 1]]]), process=False),
        "two equal corners",
    ),
    "flat": (
        trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 1]], process=False),
        "or a zone that is not flat",
    ),
    "too large": (broken(vertices=1e120 * broken().vertices), "products of lengths must not overflow"),
    "collinear corners": (
        box_with_a_flat_triangle(),
        "1 triangle of the zone surface without area, the first one triangle 13 with its corners",
    ),
    "twice the same triangle": (
        trimesh.Trimesh(
            broken().vertices, np.vstack([broken().faces, broken().faces[:1]]), process=False
        ),
        "is not closed: 3 edges have no opposite",
    ),
    "common edge": (
        together(cube(), cube(at=(1, 1, 0))),
        r"closed, but not a manifold: there is 1 edge with four triangles or more, one from "
        r"\[0.5, 0.5, -0.5\] to \[0.5, 0.5, 0.5\]; .* unite the parts",
    ),
    "common face": (
        together(cube(), cube(at=(1, 0, 0))),
        "not a manifold: there are 4 edges with four",
    ),
    "crossing": (
        together(cube(), cube(at=(0.5, 0.4, 0.3))),
        r"crosses itself: its triangles \d+ and \d+ intersect near \[.*\]; expected .* unite parts",
    ),
    "crossing, turned": (turned(together(cube(), cube(at=(0.5, 0.4, 0.3)))), "crosses itself"),
    "crossing cylinders": (
        together(
            trimesh.creation.cylinder(1.0, 5.0),
            trimesh.creation.cylinder(1.0, 4.0).apply_translation((1, 0, 0)),
        ),
        "crosses itself",
    ),
    "part of a common face": (
        together(cube(), cube(at=(1, 0.3, 0.2))),
        r"touches itself: its triangles \d+ and \d+ lie on each other near \[0.5, ",
    ),
    "part of a common face, turned": (
        turned(together(cube(), cube(at=(1, 0.3, 0.2)))),
        "touches itself",
    ),
    "part of a common edge": (
        together(cube(), cube(at=(1, 1, 0.5))),
        r"Netgen cannot fill the zone surface: .* move parts apart where they touch",
    ),
    "cavity to the wall": (together(cube(), cube(0.5, (0.25, 0, 0), True)), "touches itself"),
    "in each other": (
        together(cube(), cube(0.4)),
        r"2 parts, and the one with triangle 12, near .*, faces outwards inside another part",
    ),
    "in each other, aside": (
        together(cube(), cube(at=(3, 0, 0)), cube(0.4, (3, 0, 0))),
        "triangle 24, near .*, faces outwards inside",
    ),
    "balls in each other": (
        together(trimesh.creation.icosphere(2, 0.5), trimesh.creation.icosphere(3, 1.0)),
        "faces outwards inside",
    ),
    "island that is a cavity": (
        together(cube(), cube(0.6, inward=True), cube(0.3, inward=True)),
        "triangle 24, near .*, faces inwards, but does not lie inside a part that faces outwards",
    ),
    "cavity outside": (
        together(cube(), cube(0.5, (2, 0, 0), True)),
        "triangle 12, near .*, faces inwards",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_surfaces_that_enclose_nothing_well_are_refused(name):
    given, message = REFUSED[name]
    with pytest.raises(InvalidZoneError, match=message):
        Zone.mesh(given)


def test_netgen_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "netgen", None)
    Zone.mesh(SURFACES["box"])
    needed = r"package netgen-mesher, .* `pip install netgen-mesher`, or install geomot\[tet\]"
    with pytest.raises(MissingPackageError, match=needed):
        Zone.mesh(SURFACES["torus"])


PROGRAM = """
import os, sys
import trimesh
from geomot import InvalidZoneError, Zone
{}
print("before")
one, other = (trimesh.creation.box((1, 1, 1)).apply_translation(at) for at in ((0, 0, 0), (1, 1, 0.5)))
try:
    Zone.mesh(trimesh.util.concatenate([one, other]))
except InvalidZoneError as error:
    print("after", str(error)[:6])
"""


@pytest.mark.parametrize(
    "change", ["", "os.close(2)", "os.close(1); sys.stdout = sys.stderr", "sys.stderr = None"]
)
def test_netgen_prints_nothing(change):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(change)], capture_output=True, text=True, check=False
    )
    texts = ["", "before\nafter Netgen\n"]
    assert [run.stderr, run.stdout] == (texts[::-1] if "close(1)" in change else texts)


def test_descriptors_are_back_after_an_error(capfd):
    print("a")
    with pytest.raises(KeyError), silence(1, 2):
        os.write(1, b"b\n")
        os.write(2, b"c\n")
        raise KeyError
    os.write(1, b"d\n")
    os.write(2, b"e\n")
    assert capfd.readouterr() == ("a\nd\n", "e\n")


@pytest.mark.parametrize("height", [[1.0, 1.0], [2.0, 1.0], [0.0, np.inf], [0.0]])
def test_heights_that_span_nothing_are_refused(height):
    with pytest.raises(InvalidZoneError, match="heights of an extrusion"):
        Zone.extrusion(L, height)
