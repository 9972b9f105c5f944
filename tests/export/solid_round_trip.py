"""The test of every spatial format: what is written comes back, bit for bit but for float32."""

from __future__ import annotations

import numpy as np

from geomot.export import SOLID_FORMATS, SolidMesh, SolidRegion

CORNERS = (".stl", ".glb", ".3mf")  # hold no points that regions share
SINGLE = (".glb", ".html")  # round coordinates to float32


def check_solid_round_trip(mesh: SolidMesh, suffix: str) -> SolidMesh:
    """Write regions in a format, read them, and compare all that the format holds."""
    kind = SOLID_FORMATS[suffix]
    content = kind.encode(mesh)
    assert content == kind.encode(mesh), "the same regions give the same bytes"
    held = kind.decode(content)
    written = [region for region in mesh.regions if suffix != ".3mf" or len(region.cells)]
    assert [region.name for region in held.regions] == [region.name for region in written]
    if suffix not in CORNERS:
        np.testing.assert_allclose(held.points, mesh.points, rtol=0.0, atol=held.rounding)
    for read, region in zip(held.regions, written, strict=True):
        _check_region(held, read, mesh, region, suffix)
    if suffix != ".stl":
        assert held.unit == "m"
        assert held.zone == mesh.zone
        assert held.facts == mesh.facts
    return held


def _check_region(
    held: SolidMesh, read: SolidRegion, mesh: SolidMesh, region: SolidRegion, suffix: str
) -> None:
    corners, beyond = mesh.points[region.cells], region.neighbours
    if suffix == ".stl":  # no area, no facet
        proper = (corners != np.roll(corners, 1, axis=1)).any(axis=2).all(axis=1)
        corners = corners[proper]
    if suffix == ".glb":
        assert beyond is not None
        order = np.argsort(beyond, kind="stable")
        corners, beyond = corners[order], beyond[order]
    assert len(read.cells) == len(corners)
    if len(corners):
        away = np.abs(held.points[read.cells] - corners).max()
        assert away <= held.rounding
    assert (held.rounding > 0.0) == (suffix in SINGLE)
    if suffix != ".stl":
        assert read.site == region.site
    if read.neighbours is not None and beyond is not None:
        np.testing.assert_array_equal(read.neighbours, beyond)
        assert {held.names[n] for n in np.unique(beyond)} == {mesh.names[n] for n in np.unique(beyond)}
    assert (read.neighbours is None) == (suffix in (".stl", ".obj", ".3mf") or mesh.volume)
    if len(read.cells) and suffix in (".ply", ".glb", ".3mf", ".html"):
        assert read.color == region.color
