"""Whether regions have the same faces between them, and each face says truly what lies beyond it.

Points at one place are one.  What folds together where points coincide has no area and cancels: of each
triangle a region has as many as it has on one side less those on the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from geomot.export.solids.content import SolidRegion
from geomot.kernels.simplices import Floats, Ints

OUTSIDE, UNKNOWN = -1, -2  # beyond a face: nothing that the file holds; the format does not say


def sharing_problems(points: Floats, regions: Sequence[SolidRegion]) -> Iterator[str]:
    """Find faces that regions do not share as they should.

    Parameters
    ----------
    points
        ``(n, 3)``, metres.
    regions
        Regions made of faces.

    Examples
    --------
    >>> corner = np.array([[0., 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> face = SolidRegion("a", 0, np.array([[0, 1, 2]]), np.array([1]))
    >>> for problem in sharing_problems(corner, [face, SolidRegion("b", 1, np.empty((0, 3), int))]):
    ...     print(problem)
    region 'a' has 1 faces towards 'b' that are not there from the other side as faces towards 'a'
    """
    _, place = np.unique(points, axis=0, return_inverse=True)
    cells = np.concatenate([place.reshape(-1)[region.cells] for region in regions])
    owners = np.repeat(np.arange(len(regions)), [len(region.cells) for region in regions])
    corners = np.sort(cells[:, :3], axis=1)
    proper = (corners[:, 0] < corners[:, 1]) & (corners[:, 1] < corners[:, 2])
    keys = np.concatenate([corners, np.sort(cells[:, 3:], axis=1)], axis=1)[proper]
    _, face = np.unique(keys, axis=0, return_inverse=True)
    rows = np.stack([face.reshape(-1), owners[proper], _beyond(regions)[proper]], axis=1)
    rows, net = _remaining(rows, np.where(_even(cells[proper, :3]), 1, -1))
    names = [repr(region.name) for region in regions]
    for one, other, times in _crowded(*_remaining(rows[:, :2], net), same=True):
        yield (
            f"regions {names[one]} and {names[other]} have {times} faces on the same side: they overlap"
        )
    for one, other, times in _unanswered(rows, net):
        yield (
            f"region {names[one]} has {times} faces towards {names[other]} that are not there from the "
            f"other side as faces towards {names[one]}"
        )
    outer = rows[:, 2] == OUTSIDE
    for one, other, times in _crowded(rows[outer, :2], net[outer], same=False):
        yield (
            f"regions {names[one]} and {names[other]} have {times} faces in common, and neither "
            "says that the other lies beyond; expected the zone's boundary to have one region beside it"
        )


def _beyond(regions: Sequence[SolidRegion]) -> Ints:
    """Return for each face the place of the region that it looks at, or `OUTSIDE` or `UNKNOWN`."""
    places = {region.site: place for place, region in enumerate(regions)}
    found = []
    for region in regions:
        beyond = np.full(len(region.cells), UNKNOWN)
        if region.neighbours is not None:
            different, entry = np.unique(region.neighbours, return_inverse=True)
            known = [places.get(site, OUTSIDE) for site in different.tolist()]
            beyond = np.array(known, dtype=np.int64)[entry]
        found.append(beyond)
    return np.concatenate(found)


def _even(corners: Ints) -> np.ndarray:
    """Return whether the corners of triangles follow each other upwards, cyclically."""
    first, second, third = corners.T
    return np.asarray(((first < second) ^ (second < third)) ^ (first < third))


def _remaining(rows: Ints, sides: Ints) -> tuple[Ints, Ints]:
    """Return the different rows, without those whose sides cancel, and the sums of their sides."""
    different, entry = np.unique(rows, axis=0, return_inverse=True)
    net = np.bincount(entry.reshape(-1), sides, minlength=len(different)).astype(np.int64)
    return different[net != 0], net[net != 0]


def _crowded(rows: Ints, net: Ints, *, same: bool) -> Iterator[tuple[int, int, int]]:
    """Find pairs of regions that have faces in common, on the same side or on opposite ones."""
    face, owner = rows.T
    order = np.lexsort((owner, net > 0, face))
    face, owner, up = face[order], owner[order], net[order] > 0
    found = np.flatnonzero((face[1:] == face[:-1]) & ((up[1:] == up[:-1]) == same))
    yield from _counted(np.sort(np.stack([owner[found], owner[found + 1]], axis=1), axis=1))


def _unanswered(rows: Ints, net: Ints) -> Iterator[tuple[int, int, int]]:
    """Find regions with faces that look at another region which does not look back there."""
    looking = rows[:, 2] >= 0
    rows, net = rows[looking], net[looking]
    pairs = np.concatenate([rows[:, :1], np.sort(rows[:, 1:], axis=1)], axis=1)
    _, entry = np.unique(pairs, axis=0, return_inverse=True)
    entry = entry.reshape(-1)
    yield from _counted(rows[np.bincount(entry, net)[entry] != 0, 1:])


def _counted(pairs: Ints) -> Iterator[tuple[int, int, int]]:
    for (one, other), times in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
        yield int(one), int(other), int(times)
