"""Whether spatial regions read from a file are closed, outward manifolds that share their faces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from geomot.export.solids.content import SolidMesh, SolidRegion
from geomot.export.solids.manifold import surface_problems
from geomot.export.solids.measure import areas, signed_volumes, volume_of
from geomot.geometry.simplices import Ints

ROUNDING = 1e-9  # volumes that differ by less than this share agree
FARTHEST = 1e100  # m; beyond it volumes may overflow


def solid_problems(held: SolidMesh) -> list[str]:
    """Return what is wrong with spatial regions.

    Parameters
    ----------
    held
        The regions.

    Notes
    -----
    Each surface is to be closed, oriented outward, and a 2-manifold at its edges and vertices;
    tetrahedra are to meet in whole faces and not to be turned over.  Faces between two regions are to
    be the same from both sides, volumes positive, and to sum to the zone's where that is known.  That
    a surface does not cross itself is not checked.

    Examples
    --------
    >>> corner = np.array([[0., 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> open_ = SolidRegion("a", 0, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2]]))
    >>> solid_problems(SolidMesh(corner, (open_,)))
    ["region 'a' is not closed: 3 edges have a face on one side alone"]
    """
    problems = [
        f"{times} regions are called {name!r}"
        for name, times in Counter(region.name for region in held.regions).items()
        if times > 1
    ]
    if not held.regions:
        return ["there are no regions"]
    if not any(len(region.cells) for region in held.regions):
        return [*problems, "all regions are empty"]
    if not (np.abs(held.points) < FARTHEST).all():
        return [*problems, f"some coordinates are not finite, or beyond {FARTHEST:g} m"]
    broken = [
        f"region {region.name!r} {problem}"
        for region in held.regions
        for problem in _region_problems(held, region)
    ]
    return [*problems, *(broken or [*_shared(held), *_sums(held)])]


def _slack(held: SolidMesh) -> float:
    """Return how far rounding may move a face, metres."""
    largest = float(np.abs(held.points).max(initial=0.0))
    return held.rounding + 4.0 * float(np.spacing(largest))


def _region_problems(held: SolidMesh, region: SolidRegion) -> Iterator[str]:
    cells = region.cells
    if not len(cells):
        return
    if held.volume:
        size = areas(held.points, np.concatenate([np.delete(cells, k, axis=1) for k in range(4)]))
        allowed = -_slack(held) * size.reshape(4, -1).max(axis=0)
        turned = int((signed_volumes(held.points, cells) < allowed).sum())
        if turned:
            yield f"has {turned} tetrahedra that are turned over"
    else:
        yield from surface_problems(held.points, cells)
    volume = volume_of(held.points, cells)
    if not volume > 0.0:
        yield f"has the volume {volume:.6g} m^3; expected more than 0: its faces look inward"


def _sums(held: SolidMesh) -> Iterator[str]:
    if held.zone is None:
        return
    total = sum(volume_of(held.points, region.cells) for region in held.regions)
    surface = sum(areas(held.points, region.cells).sum() for region in held.regions)
    if abs(total - held.zone) > ROUNDING * held.zone + _slack(held) * surface:
        yield f"the volumes sum to {total!r} m^3; expected the zone's, {held.zone!r} m^3"


def _shared(held: SolidMesh) -> Iterator[str]:
    """Find faces that two regions do not share as they should.

    Points at one place are one.  What folds together where points coincide has no area and cancels: of
    each triangle a region has as many as it has on one side less those on the other.
    """
    _, place = np.unique(held.points, axis=0, return_inverse=True)
    regions = [region for region in held.regions if len(region.cells)]
    cells = np.concatenate([place[region.cells] for region in regions])
    owners = np.repeat(np.arange(len(regions)), [len(region.cells) for region in regions])
    if held.volume:
        yield from _conforming(cells)
        return
    beyond = _beyond(regions)
    rows = np.sort(cells[:, :3], axis=1)
    proper = (rows[:, 0] < rows[:, 1]) & (rows[:, 1] < rows[:, 2])
    side = np.where(_even(cells[:, :3]), 1, -1)[proper]
    keys = np.concatenate([rows, np.sort(cells[:, 3:], axis=1)], axis=1)[proper]
    _, face = np.unique(keys, axis=0, return_inverse=True)
    mine, first, entry = np.unique(
        np.stack([face, owners[proper]], axis=1), axis=0, return_index=True, return_inverse=True
    )
    net = np.bincount(entry, side).astype(int)
    there = net != 0
    face, owner, looks, net = mine[there, 0], mine[there, 1], beyond[proper][first[there]], net[there]
    yield from _overlapping(regions, face, owner, net)
    total = np.bincount(face, net, minlength=len(keys))[face]
    wanted = np.flatnonzero((looks >= 0) & (total != 0))
    pairs = np.stack([owner[wanted], looks[wanted]], axis=1)
    for (one, other), times in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
        yield (
            f"region {regions[one].name!r} has {times} faces towards {regions[other].name!r} that are "
            "not there from the other side"
        )


def _overlapping(regions: list[SolidRegion], face: Ints, owner: Ints, net: Ints) -> Iterator[str]:
    """Find faces of which two regions have the same side."""
    order = np.lexsort((owner, net > 0, face))
    face, owner, up = face[order], owner[order], net[order] > 0
    same = np.flatnonzero((face[1:] == face[:-1]) & (up[1:] == up[:-1]))
    pairs = np.stack([owner[same], owner[same + 1]], axis=1)
    for (one, other), times in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
        yield (
            f"regions {regions[one].name!r} and {regions[other].name!r} have {times} faces on the same "
            "side: they overlap"
        )


def _beyond(regions: list[SolidRegion]) -> Ints:
    """Return for each face the place of the region that it looks at, -1 if that is none of them."""
    places = {region.site: place for place, region in enumerate(regions)}
    found = []
    for region in regions:
        beyond = np.full(len(region.cells), -1)
        if region.neighbours is not None:
            different, entry = np.unique(region.neighbours, return_inverse=True)
            beyond = np.array([places.get(site, -1) for site in different.tolist()])[entry]
        found.append(beyond)
    return np.concatenate(found)


def _even(corners: Ints) -> np.ndarray:
    """Return whether the corners of triangles follow each other upwards, cyclically."""
    first, second, third = corners.T
    return np.asarray(((first < second) ^ (second < third)) ^ (first < third))


def _conforming(cells: Ints) -> Iterator[str]:
    faces = np.sort(np.concatenate([np.delete(cells, k, axis=1) for k in range(4)]), axis=1)
    proper = (faces[:, 0] < faces[:, 1]) & (faces[:, 1] < faces[:, 2])
    _, times = np.unique(faces[proper], axis=0, return_counts=True)
    crowded = int((times > 2).sum())
    if crowded:
        yield f"{crowded} faces belong to more than two tetrahedra"
