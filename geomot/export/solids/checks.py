"""Whether spatial regions read from a file are closed, outward manifolds that share their faces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from geomot.export.solids.content import SolidMesh, SolidRegion
from geomot.export.solids.manifold import surface_problems
from geomot.export.solids.measure import areas, signed_volumes, volume_of
from geomot.export.solids.sharing import sharing_problems
from geomot.geometry.zones.crossings import DEPTH, crossings
from geomot.kernels.indices import numbered, row_keys

ROUNDING = 1e-9  # volumes that differ by less than this share agree
ROUNDED = 4.0  # faces cross so many times deeper than rounding moves their corners
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
    be the same from both sides and to name the region beyond, volumes to be positive, and to sum to the
    zone's where that is known.  The unit is to be the metre.  No flat face may cross another, of
    its own region or not, deeper than rounding and 1e-7 of the size; curved faces are not asked.

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
    if held.unit not in (None, "m"):
        problems.append(f"the unit is {held.unit!r}; expected 'm'")
    if not held.regions:
        return [*problems, "there are no regions"]
    if not any(len(region.cells) for region in held.regions):
        return [*problems, "all regions are empty"]
    if not (np.abs(held.points) < FARTHEST).all():
        return [*problems, f"some coordinates are not finite, or beyond {FARTHEST:g} m"]
    broken = [
        f"region {region.name!r} {problem}"
        for region in held.regions
        for problem in _region_problems(held, region)
    ]
    if broken:
        return [*problems, *broken]
    if held.volume:
        return [*problems, *_conforming(held), *_sums(held)]
    shared = sharing_problems(held.points, held.regions)
    return [*problems, *shared, *_crossed(held), *_sums(held)]


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


def _crossed(held: SolidMesh) -> Iterator[str]:
    """Find faces that cross each other; points at one place are one, and so are faces."""
    if held.order != 1:
        return
    points, place = np.unique(held.points, axis=0, return_inverse=True)
    faces = place.reshape(-1)[np.concatenate([region.cells for region in held.regions])]
    owners = np.repeat(np.arange(len(held.regions)), [len(region.cells) for region in held.regions])
    _, first, _ = numbered(row_keys(np.sort(faces, axis=1), len(points)))
    first = first[areas(points, faces[first]) > 0.0]
    size = float(np.ptp(points, axis=0).max())
    found = list(crossings(points, faces[first], DEPTH + ROUNDED * _slack(held) / size))
    if found:
        names = [held.regions[owners[first[n]]].name for n in (found[0].one, found[0].other)]
        yield (
            f"{len(found)} pairs of faces cross or lie on each other, the first one of regions "
            f"{names[0]!r} and {names[1]!r} near {found[0].near.tolist()}"
        )


def _sums(held: SolidMesh) -> Iterator[str]:
    if held.zone is None:
        return
    total = sum(volume_of(held.points, region.cells) for region in held.regions)
    surface = sum(areas(held.points, region.cells).sum() for region in held.regions)
    if abs(total - held.zone) > ROUNDING * held.zone + _slack(held) * surface:
        yield f"the volumes sum to {total!r} m^3; expected the zone's, {held.zone!r} m^3"


def _conforming(held: SolidMesh) -> Iterator[str]:
    """Find faces of more than two tetrahedra; points at one place are one."""
    _, place = np.unique(held.points, axis=0, return_inverse=True)
    cells = place.reshape(-1)[np.concatenate([region.cells for region in held.regions])]
    faces = np.sort(np.concatenate([np.delete(cells, k, axis=1) for k in range(4)]), axis=1)
    proper = (faces[:, 0] < faces[:, 1]) & (faces[:, 1] < faces[:, 2])
    _, times = np.unique(faces[proper], axis=0, return_counts=True)
    crowded = int((times > 2).sum())
    if crowded:
        yield f"{crowded} faces belong to more than two tetrahedra"
