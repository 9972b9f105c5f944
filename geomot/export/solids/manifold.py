"""Whether faces are a closed, outward 2-manifold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geomot.export.solids.measure import signed_volumes
from geomot.kernels.simplices import Floats, Ints


def surface_problems(points: Floats, faces: Ints) -> Iterator[str]:
    """Find what keeps faces from being a closed, outward 2-manifold.

    Parameters
    ----------
    points
        ``(n, 3)``, metres.
    faces
        ``(f, 3)`` or ``(f, 6)`` places in the points, with those of the sides' middles; at least one.

    Examples
    --------
    >>> corner = np.array([[0., 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    >>> list(surface_problems(corner, faces))
    []
    >>> faces[3] = [3, 2, 1]
    >>> list(surface_problems(corner, faces))
    ['is not oriented: 3 edges have faces that look to opposite sides']
    """
    corners = faces[:, :3]
    flat = int((corners == np.roll(corners, 1, axis=1)).any(axis=1).sum())
    if flat:
        yield f"has {flat} faces with the same corner twice"
        return
    start, end = corners.T.reshape(-1), np.roll(corners.T, -1, axis=0).reshape(-1)
    span = int(corners.max()) + 1
    undirected = np.minimum(start, end) * span + np.maximum(start, end)
    order = np.argsort(undirected, kind="stable")
    _, first, times = np.unique(undirected[order], return_index=True, return_counts=True)
    pairs = np.stack([order[first[times == 2]], order[first[times == 2] + 1]])
    turned = int((start[pairs[0]] == start[pairs[1]]).sum())
    found = {
        "is not closed: {} edges have a face on one side alone": int((times == 1).sum()),
        "is not a manifold: {} edges have more than two faces": int((times > 2).sum()),
        "is not oriented: {} edges have faces that look to opposite sides": turned,
    }
    yield from (text.format(count) for text, count in found.items() if count)
    if any(found.values()):
        return
    bent = int((_middles(faces)[pairs[0]] != _middles(faces)[pairs[1]]).sum())
    if bent:
        yield f"is not closed: {bent} edges have faces with different middles"
    pinched = _pinched(corners, start, end, pairs)
    if pinched:
        yield f"is not a manifold: it touches itself at {pinched} vertices"
    inward = _inward(points, corners, pairs)
    if inward:
        yield f"has {inward} parts that look inward and are no cavities"


def _middles(faces: Ints) -> Ints:
    """Return the middle of each half-edge, none for flat faces."""
    return faces[:, 3:].T.reshape(-1) if faces.shape[1] == 6 else np.zeros(3 * len(faces), dtype=int)


def _pinched(corners: Ints, start: Ints, end: Ints, pairs: Ints) -> int:
    """Return the number of vertices whose faces are more than one fan."""
    count = len(corners)
    one, other = pairs
    # corner k of face f is number k * count + f, and so is the half-edge from it
    ahead, beyond = (one + count) % (3 * count), (other + count) % (3 * count)
    left, right = np.concatenate([one, ahead]), np.concatenate([beyond, other])
    fans = _groups(3 * count, left, right).max() + 1
    return int(fans) - len(np.unique(corners))


def _inward(points: Floats, corners: Ints, pairs: Ints) -> int:
    """Return the number of parts with negative volume that lie in no other part's bounds."""
    count = len(corners)
    part = _groups(count, pairs[0] % count, pairs[1] % count)
    volumes = np.bincount(part, signed_volumes(points, corners))
    low, high = np.full((len(volumes), 3), np.inf), np.full((len(volumes), 3), -np.inf)
    for column in corners.T:
        np.minimum.at(low, part, points[column])
        np.maximum.at(high, part, points[column])
    solid = volumes > 0.0
    alone = 0
    for number in np.flatnonzero(volumes < 0.0):
        inside = (low[solid] <= low[number]).all(axis=1) & (high[solid] >= high[number]).all(axis=1)
        alone += not inside.any()
    return alone


def _groups(count: int, left: Ints, right: Ints) -> Ints:
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
