r"""Many convex polytopes at once, cut by half-spaces, in any dimension.

A polytope is simple: each vertex lies on d of its planes (a vertex on more is several, at one place).
It is kept as its dual, a closed surface of (d - 1)-simplices: each vertex names its d planes, in the
order in which their outward normals have a positive determinant, and for each of them the vertex
across the edge that leaves that plane::

           r         vertex v = (p, q) of a polygon: slot 0 names plane p, slot 1 plane q
      v ---+--- w    slot 1 of v has w = (s, p) across: the edge on plane p that leaves q
    q  \       / s   a "half-edge" is 2 v + slot (d v + slot): the one across is that of w for s
        \     /

A cut removes the vertices beyond a plane.  Each edge with one end left gets a new vertex, in which the
plane takes the slot that the edge leaves; new vertices are neighbours where a walk around a ridge of
removed ones leads from one to the other.  Only the signs of the distances to the plane decide, so the
dual stays a closed surface whatever rounding does.  The dual was proposed for Voronoi cells by N. Ray,
D. Sokolov, S. Lefebvre, B. Levy, *Meshless Voronoi on the GPU*, ACM TOG 37 (2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from geomot.errors import UnresolvedError
from geomot.kernels.indices import ascending
from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Polytopes:
    """Simple convex polytopes as flat arrays over all their vertices.

    Parameters
    ----------
    owners
        ``(v,)`` number of the polytope of each vertex.
    points
        ``(v, d)`` the vertices.
    planes
        ``(v, d)`` names of the planes through each vertex; see the module for their order.
    across
        ``(v, d)`` the half-edge at the other end of the edge that leaves each plane.
    """

    owners: Ints
    points: Floats
    planes: Ints
    across: Ints

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return int(self.points.shape[1])

    def take(self, vertices: Ints, owners: Ints) -> Polytopes:
        """Return whole polytopes by their vertices, ascending, under the numbers ``owners``."""
        d = self.dimension
        place = np.full(len(self.owners), -1)
        place[vertices] = np.arange(len(vertices))
        across = self.across[vertices]
        return Polytopes(
            owners, self.points[vertices], self.planes[vertices], d * place[across // d] + across % d
        )


def boxes(lower: Floats, upper: Floats, names: Ints) -> Polytopes:
    """Return axis-parallel boxes.

    Parameters
    ----------
    lower, upper
        ``(m, d)`` corners.
    names
        ``(d, 2)`` names of the lower and the upper plane of each axis.

    Examples
    --------
    >>> square = boxes(np.zeros((1, 2)), np.ones((1, 2)), np.array([[0, 1], [2, 3]]))
    >>> square.planes.tolist()
    [[0, 2], [3, 0], [2, 1], [1, 3]]
    >>> (square.across // 2).tolist()
    [[2, 1], [0, 3], [3, 0], [1, 2]]
    """
    count, d = lower.shape
    sides = np.array(list(product((0, 1), repeat=d)))  # (2^d, d)
    axes = np.tile(np.arange(d), (len(sides), 1))
    odd = (d - sides.sum(axis=1)) % 2 == 1  # the product of the normals' signs
    axes[odd, :2] = axes[odd, 1::-1]
    slots = np.argsort(axes, axis=1)  # slot of each axis
    number = 2 ** np.arange(d)[::-1]
    rows = np.arange(len(sides))[:, None]
    other = rows ^ number[axes]  # the corner with this axis' side turned
    across = d * other + slots[other, axes]
    planes = names[axes, sides[rows, axes]]
    shift = len(sides) * np.arange(count)[:, None, None]
    corners = np.where(sides == 0, lower[:, None], upper[:, None])
    return Polytopes(
        np.repeat(np.arange(count), len(sides)),
        corners.reshape(-1, d),
        np.tile(planes, (count, 1)),
        (across + d * shift).reshape(-1, d),
    )


def simplices(corners: Floats, names: Ints) -> Polytopes:
    """Return simplices as polytopes.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)``, positively oriented.
    names
        ``(m, d + 1)`` name of the plane opposite each corner.

    Examples
    --------
    >>> one = simplices(np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]]), np.array([[7, 8, 9]]))
    >>> one.planes.tolist()
    [[8, 9], [9, 7], [7, 8]]
    """
    count, vertices, d = corners.shape
    # the planes at corner k; ascending names have the sign (-1)^(k + d)
    around = np.array([[j for j in range(vertices) if j != k] for k in range(vertices)])
    odd = (np.arange(vertices) + d) % 2 == 1
    around[odd, :2] = around[odd, 1::-1]
    slot = np.full((vertices, vertices), -1)
    np.put_along_axis(slot, around, np.arange(d)[None], axis=1)
    # leaving plane j at corner k leads to corner j, where plane k is the one that is left
    across = d * around + slot[around, np.arange(vertices)[:, None]]
    shift = d * vertices * np.arange(count)[:, None, None]
    return Polytopes(
        np.repeat(np.arange(count), vertices),
        corners.reshape(-1, d),
        names[:, around].reshape(-1, d),
        (across + shift).reshape(-1, d),
    )


@dataclass(frozen=True, eq=False)
class HalfSpaces:
    """Half-spaces n . x <= c with names.

    Parameters
    ----------
    normals
        ``(m, d)`` unit normals n, outward.
    offsets
        ``(m,)`` c; infinite where nothing is to be cut off.
    names
        ``(m,)``.
    tolerances
        ``(m,)`` how far beyond the plane a vertex still counts as on it.
    """

    normals: Floats
    offsets: Floats
    names: Ints
    tolerances: Floats


def cut(polytopes: Polytopes, by: HalfSpaces) -> tuple[Polytopes, Ints]:
    """Cut each polytope by one half-space.

    Parameters
    ----------
    polytopes
        The polytopes, numbered from 0 to m - 1.
    by
        m half-spaces.

    Returns
    -------
    What is left, and for each of its vertices the one that it was, -1 for a new one.

    Examples
    --------
    >>> square = boxes(np.zeros((1, 2)), np.ones((1, 2)), np.array([[0, 1], [2, 3]]))
    >>> corner = HalfSpaces(np.array([[0.6, 0.8]]), np.array([1.0]), np.array([9]), np.array([1e-15]))
    >>> cut(square, corner)[0].points.round(12).tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.333333333333, 1.0], [1.0, 0.5]]
    """
    d = polytopes.dimension
    owners, points, planes, across = (
        polytopes.owners,
        polytopes.points,
        polytopes.planes,
        polytopes.across,
    )
    heights = -by.offsets[owners]
    for axis in range(d):
        heights += by.normals[owners, axis] * points[:, axis]
    gone = heights > by.tolerances[owners]
    if not gone.any():
        return polytopes, np.arange(len(owners))
    beyond = np.flatnonzero(gone)
    leading = ~gone[across[beyond] // d]
    at, slots = np.nonzero(leading)
    rows = beyond[at]  # the removed end of each edge that is cut, and the slot of the plane it leaves
    halves = across[rows, slots]
    inner = halves // d
    count, new = len(owners), len(rows)
    # the inner end of the edge may itself be on the plane, or beyond it by the tolerance
    share = np.minimum(heights[rows] / (heights[rows] - heights[inner]), 1.0)[:, None]
    fresh = points[rows] + share * (points[inner] - points[rows])
    numbers = np.full(d * count, -1)
    numbers[d * rows + slots] = count + np.arange(new)
    names = planes[rows]
    names[np.arange(new), slots] = by.names[owners[rows]]
    links = np.empty((new, d), dtype=np.int64)
    links[np.arange(new), slots] = halves
    for turn in range(1, d):
        start = (slots + turn) % d
        numbered, slot = _walked(planes, across, numbers, rows, start, slots)
        links[np.arange(new), start] = d * numbered + slot
    linked = np.concatenate([across, links])
    linked.reshape(-1)[halves] = d * (count + np.arange(new)) + slots
    whole = Polytopes(
        np.concatenate([owners, owners[rows]]),
        np.concatenate([points, fresh]),
        np.concatenate([planes, names]),
        linked,
    )
    kept = np.flatnonzero(np.concatenate([~gone, np.ones(new, dtype=bool)]))
    return whole.take(kept, whole.owners[kept]), np.where(kept < count, kept, -1)


def _walked(
    planes: Ints, across: Ints, numbers: Ints, rows: Ints, out: Ints, back: Ints
) -> tuple[Ints, Ints]:
    """Walk from vertex to vertex around ridges, through removed ones, to the next edge that is cut.

    Parameters
    ----------
    planes, across
        Those of the polytopes before the cut.
    numbers
        ``(d v,)`` number of the new vertex on each half-edge at a removed vertex, -1 if there is none.
    rows, out, back
        ``(n,)`` where each walk begins: the vertex, the slot that it goes on by, and that of the plane
        to be left after the next step.  The ridge is on the vertex's other d - 2 planes.

    Returns
    -------
    The number of the new vertex on the edge that the walk ends on, and the slot of the plane there
    that is not on the ridge, ``(n,)`` each.
    """
    d = planes.shape[1]
    found, slot = np.full(len(rows), -1), np.empty(len(rows), dtype=np.int64)
    left = np.arange(len(rows))
    at, out, back = rows.copy(), out.copy(), back.copy()
    for _ in range(across.size + 1):  # a walk meets no half-edge twice
        half = d * at + out
        ends = numbers[half]
        done = ends >= 0
        found[left[done]], slot[left[done]] = ends[done], back[done]
        if done.all():
            return found, slot
        going = ~done
        left, half = left[going], across.reshape(-1)[half[going]]
        passed = planes[at[going], back[going]]
        at, back = half // d, half % d
        out = (planes[at] == passed[:, None]).argmax(axis=1)
    raise UnresolvedError(
        f"{len(left)} walks around ridges of polytopes met no edge that is cut; expected polytopes "
        "whose facets close: move sites apart that nearly coincide, or scale coordinates down"
    )


def sorted_by_owner(parts: list[Polytopes]) -> Polytopes:
    """Return all polytopes of several lists, their vertices by number of the polytope."""
    d = parts[0].dimension
    sizes = np.cumsum([0, *(len(part.owners) for part in parts)])
    owners = np.concatenate([part.owners for part in parts])
    whole = Polytopes(
        owners,
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.planes for part in parts]),
        np.concatenate([part.across + d * s for part, s in zip(parts, sizes[:-1], strict=True)]),
    )
    order = ascending(owners)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    across = whole.across[order]
    return Polytopes(
        owners[order], whole.points[order], whole.planes[order], d * place[across // d] + across % d
    )
