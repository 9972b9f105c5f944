import sys
from itertools import product

import numpy as np
import pytest
import shapely
import trimesh

from geomot import InvalidZoneError, MissingPackageError, Zone
from geomot.geometry.simplices import measures
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


def hollow() -> trimesh.Trimesh:
    inner = trimesh.creation.icosphere(1, 0.4)
    inner.invert()
    return trimesh.util.concatenate([trimesh.creation.icosphere(2, 1.0), inner])


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
    "torus": trimesh.creation.torus(2.0, 0.5),
    "L": surface(Zone.extrusion(L, [0.0, 1.0])),
    "holes": surface(Zone.extrusion(RING, [0.0, 1.0])),
    "cavity": hollow(),
    "two parts": trimesh.util.concatenate(
        [trimesh.creation.box((1, 1, 1)), trimesh.creation.box((1, 1, 1)).apply_translation((3, 0, 0))]
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


def crossing():
    other = trimesh.creation.box((1, 1, 1)).apply_translation((0.5, 0.4, 0.3))
    return trimesh.util.concatenate([trimesh.creation.box((1, 1, 1)), other])


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
    "self-intersecting": (crossing(), "intersect"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_surfaces_that_enclose_nothing_well_are_refused(name):
    given, message = REFUSED[name]
    with pytest.raises(InvalidZoneError, match=message):
        Zone.mesh(given)


def test_netgen_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "netgen", None)
    Zone.mesh(SURFACES["box"])
    with pytest.raises(MissingPackageError, match=r"install geomot\[tet\]"):
        Zone.mesh(SURFACES["torus"])


@pytest.mark.parametrize("height", [[1.0, 1.0], [2.0, 1.0], [0.0, np.inf], [0.0]])
def test_heights_that_span_nothing_are_refused(height):
    with pytest.raises(InvalidZoneError, match="heights of an extrusion"):
        Zone.extrusion(L, height)
