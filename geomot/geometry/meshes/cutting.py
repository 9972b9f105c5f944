r"""Simplices cut by planes, each by planes of its own, in any dimension.

An edge whose ends lie on different sides is cut where it meets the plane, and its simplex with it,
until no edge crosses::

        c               c             two edges of (a, b, c) cross the line m-n:
       / \             / \            (a, b, c)
    --m---n--   ->    m---n           -> (a, b, n), (a, n, c)
     /     \         / . ' \
    a-------b       a-------b
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.geometry.meshes.mesh import Mesh, Refinement
from geomot.kernels.simplices import Floats, Ints, dot

FLAT = 1e-14  # part of a simplex's height that rounding decides
CHUNK = 1 << 17  # simplices that are cut at a time: what that takes stays in memory


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of simplices.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)``, metres.
    owners
        ``(m,)`` the simplex that each is a part of.
    shares
        ``(m,)`` what part of its measure it has.
    """

    corners: Floats
    owners: Ints
    shares: Floats

    def take(self, chosen: np.ndarray) -> Parts:
        """Return some of the parts."""
        return Parts(self.corners[chosen], self.owners[chosen], self.shares[chosen])

    @staticmethod
    def of(corners: Floats) -> Parts:
        """Return simplices ``(m, d + 1, d)`` as parts of themselves."""
        return Parts(corners, np.arange(len(corners)), np.ones(len(corners)))

    @staticmethod
    def joined(parts: list[Parts]) -> Parts:
        """Return several lists, at least one, as one."""
        return Parts(
            np.concatenate([part.corners for part in parts]),
            np.concatenate([part.owners for part in parts]),
            np.concatenate([part.shares for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class HalfSpaces:
    """For each of some simplices k half-spaces of points x with normal (x - anchor) >= 0.

    Parameters
    ----------
    anchors
        ``(m, k, d)`` a point on the boundary of each.
    normals
        ``(m, k, d)``, of any length, inwards.
    """

    anchors: Floats
    normals: Floats

    def take(self, chosen: np.ndarray) -> HalfSpaces:
        """Return those of some of the simplices."""
        return HalfSpaces(self.anchors[chosen], self.normals[chosen])


def halves(parts: Parts, anchors: Floats, normals: Floats) -> tuple[Parts, Parts]:
    """Cut parts by a plane each and return what is inside and what is outside.

    Parameters
    ----------
    parts
        The parts, m of them.
    anchors, normals
        ``(m, d)`` a point on each plane, and the way inwards.

    Examples
    --------
    >>> triangle = Parts.of(np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]]))
    >>> left, right = halves(triangle, np.array([[1.0, 0.0]]), np.array([[-1.0, 0.0]]))
    >>> left.shares.tolist(), right.shares.tolist()
    ([0.5, 0.25], [0.25])
    """
    heights = dot(parts.corners - anchors[:, None], normals[:, None])
    heights[np.abs(heights) <= FLAT * np.abs(heights).max(axis=1, keepdims=True)] = 0.0
    inside: list[Parts] = []
    outside: list[Parts] = []
    while True:  # ends: each half has a vertex more on the plane than what it is cut from
        low, high = heights.argmin(axis=1), heights.argmax(axis=1)
        index = np.arange(len(heights))
        least, most = heights[index, low], heights[index, high]
        crossed = (least < 0.0) & (most > 0.0)
        inside.append(parts.take(~crossed & (least >= 0.0)))
        outside.append(parts.take(~crossed & (least < 0.0)))
        if not crossed.any():
            return Parts.joined(inside), Parts.joined(outside)
        parts, heights, low, high = parts.take(crossed), heights[crossed], low[crossed], high[crossed]
        index = np.arange(len(heights))
        place = least[crossed] / (least[crossed] - most[crossed])
        start = parts.corners[index, low]
        middle = start + place[:, None] * (parts.corners[index, high] - start)
        lower, upper = parts.corners.copy(), parts.corners
        lower_heights, upper_heights = heights.copy(), heights
        lower[index, high], upper[index, low] = middle, middle
        lower_heights[index, high], upper_heights[index, low] = 0.0, 0.0
        parts = Parts(
            np.concatenate([lower, upper]),
            np.concatenate([parts.owners, parts.owners]),
            np.concatenate([parts.shares * place, parts.shares * (1.0 - place)]),
        )
        heights = np.concatenate([lower_heights, upper_heights])


def clipped(corners: Floats, spaces: HalfSpaces) -> Parts:
    """Return the part of each simplex that lies in all its half-spaces, as simplices.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)``, metres.
    spaces
        The half-spaces of each.

    Examples
    --------
    >>> corners = np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]])
    >>> square = HalfSpaces(np.array([[[1.0, 1.0], [1.0, 1.0]]]), -np.eye(2)[None])
    >>> float(clipped(corners, square).shares.sum())  # the triangle has the area 2
    0.5
    """
    chunks = []
    for first in range(0, max(len(corners), 1), CHUNK):
        rows = slice(first, first + CHUNK)
        parts, own = Parts.of(corners[rows]), HalfSpaces(spaces.anchors[rows], spaces.normals[rows])
        for k in range(own.anchors.shape[1]):
            parts, _ = halves(parts, own.anchors[parts.owners, k], own.normals[parts.owners, k])
        chunks.append(Parts(parts.corners, parts.owners + first, parts.shares))
    return Parts.joined(chunks)


def facet_spaces(corners: Floats) -> HalfSpaces:
    """Return the half-spaces whose intersection each simplex is, the i-th behind the i-th corner.

    Parameters
    ----------
    corners
        ``(m, d + 1, d)``, metres; simplices of positive measure.

    Returns
    -------
    The normals are the gradients of the barycentric coordinates, 1/metres.
    """
    inverse = np.linalg.inv(corners[:, 1:] - corners[:, :1])  # columns: gradients of 1 .. d
    rest = np.swapaxes(inverse, 1, 2)
    normals = np.concatenate([-rest.sum(axis=1, keepdims=True), rest], axis=1)
    anchors = np.repeat(corners[:, :1], normals.shape[1], axis=1)
    anchors[:, 0] = corners[:, 1]
    return HalfSpaces(anchors, normals)


def replaced(mesh: Mesh, kept: Ints, parts: Parts) -> Refinement:
    """Return a mesh in which simplices give way to their parts, each with vertices of its own.

    Parameters
    ----------
    mesh
        The mesh.
    kept
        The simplices that stay, ascending.
    parts
        The parts of all others.
    """
    count, (parents, corners) = len(mesh.vertices), parts.corners.shape[:2]
    fresh = count + np.arange(parents * corners).reshape(parents, corners)
    return Refinement(
        Mesh(
            np.concatenate([mesh.vertices, parts.corners.reshape(-1, mesh.dimension)]),
            np.concatenate([mesh.simplices[kept], fresh]),
        ),
        np.concatenate([kept, parts.owners]),
        np.arange(len(kept) + parents) >= len(kept),
        np.concatenate([np.ones(len(kept)), parts.shares]),
    )
