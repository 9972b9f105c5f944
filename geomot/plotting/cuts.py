r"""Where planes cut segments, triangles and tetrahedra.

A plane is given by the heights of all corners over it.  What it cuts is divided along straight
lines, so every column of the corners, a coordinate or whatever else, is interpolated alike::

              a                above: a p q
             / \
        ----p---q----  0
           /  .  \            below: p b c, p c q
          b-------c
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats, Ints


@dataclass(frozen=True, eq=False)
class Pieces:
    """Segments or triangles that are parts of others.

    Parameters
    ----------
    corners
        ``(n, k, c)`` their corners.
    rows
        ``(n,)`` what each is a part of.
    """

    corners: Floats
    rows: Ints

    def of(self, before: Pieces) -> Pieces:
        """Return the same pieces with the rows of what they were cut from before."""
        return Pieces(self.corners, before.rows[self.rows])


def joined(*parts: Pieces) -> Pieces:
    """Return pieces as one batch."""
    return Pieces(
        np.concatenate([part.corners for part in parts]), np.concatenate([part.rows for part in parts])
    )


def split_triangles(corners: Floats, heights: Floats) -> tuple[Pieces, Pieces]:
    """Return what lies below a plane and what lies above it; corners on it belong to either.

    Parameters
    ----------
    corners
        ``(n, 3, c)`` triangles.
    heights
        ``(n, 3)`` heights of their corners.

    Examples
    --------
    >>> triangle = np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]])
    >>> below, above = split_triangles(triangle, triangle[:, :, 0] - 1.0)
    >>> len(below.corners), above.corners.tolist()
    (2, [[[2.0, 0.0], [1.0, 1.0], [1.0, 0.0]]])
    """
    below, above, cut = _sorted(heights)
    one, a, b, c, p, q = _alone(corners, heights, cut)
    tip, base = np.stack([a, p, q], 1), np.concatenate([np.stack([p, b, c], 1), np.stack([p, c, q], 1)])
    twice, up = np.tile(cut, 2), np.tile(one, 2)
    return (
        joined(
            Pieces(corners[below], below),
            Pieces(tip[~one], cut[~one]),
            Pieces(base[up], twice[up]),
        ),
        joined(
            Pieces(corners[above], above),
            Pieces(tip[one], cut[one]),
            Pieces(base[~up], twice[~up]),
        ),
    )


def split_segments(ends: Floats, heights: Floats) -> tuple[Pieces, Pieces]:
    """Return what lies below a plane and what lies above it; see `split_triangles`.

    Parameters
    ----------
    ends
        ``(n, 2, c)`` segments.
    heights
        ``(n, 2)`` heights of their ends.

    Examples
    --------
    >>> below, above = split_segments(np.array([[[0.0], [3.0]]]), np.array([[-1.0, 2.0]]))
    >>> below.corners.tolist(), above.corners.tolist()
    ([[[0.0], [1.0]]], [[[3.0], [1.0]]])
    """
    below, above, cut = _sorted(heights)
    middle = _crossing(ends[cut, 0], ends[cut, 1], heights[cut, 0], heights[cut, 1])
    place = np.arange(len(cut))
    low, high = heights[cut].argmin(axis=1), heights[cut].argmax(axis=1)
    down, up = ends[cut][place, low], ends[cut][place, high]
    return (
        joined(Pieces(ends[below], below), Pieces(np.stack([down, middle], 1), cut)),
        joined(Pieces(ends[above], above), Pieces(np.stack([up, middle], 1), cut)),
    )


def section_of_triangles(corners: Floats, heights: Floats) -> Pieces:
    """Return the segments in which a plane cuts triangles.

    Parameters
    ----------
    corners
        ``(n, 3, c)`` triangles.
    heights
        ``(n, 3)`` heights of their corners.

    Examples
    --------
    >>> triangle = np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]])
    >>> section_of_triangles(triangle, triangle[:, :, 0] - 1.0).corners.tolist()
    [[[1.0, 1.0], [1.0, 0.0]]]
    """
    _, _, cut = _sorted(heights)
    *_, p, q = _alone(corners, heights, cut)
    return Pieces(np.stack([p, q], axis=1), cut)


def section_of_tetrahedra(corners: Floats, heights: Floats) -> Pieces:
    """Return the triangles in which a plane cuts tetrahedra, either way round.

    Parameters
    ----------
    corners
        ``(n, 4, c)`` tetrahedra.
    heights
        ``(n, 4)`` heights of their corners.

    Examples
    --------
    >>> corners = np.concatenate([np.zeros((1, 3)), np.eye(3)])[None]
    >>> section_of_tetrahedra(corners, corners[:, :, 2] - 0.5).corners.tolist()
    [[[0.0, 0.0, 0.5], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]]]
    """
    above = heights > 0.0
    found = [Pieces(np.empty((0, 3, corners.shape[2])), np.empty(0, dtype=np.int64))]
    for count, pairs in _AROUND.items():
        rows = np.flatnonzero(above.sum(axis=1) == count)
        order = np.argsort(~above[rows], axis=1, kind="stable")  # those above first
        sorted_corners = corners[rows[:, None], order]
        sorted_heights = heights[rows[:, None], order]
        points = [
            _crossing(
                sorted_corners[:, top],
                sorted_corners[:, bottom],
                sorted_heights[:, top],
                sorted_heights[:, bottom],
            )
            for top, bottom in pairs
        ]
        found += [
            Pieces(np.stack([points[0], points[k], points[k + 1]], axis=1), rows)
            for k in range(1, len(points) - 1)
        ]
    return joined(*found)


# the edges that a plane crosses, in order around the section, by the number of corners above it
_AROUND = {
    1: ((0, 1), (0, 2), (0, 3)),
    2: ((0, 2), (0, 3), (1, 3), (1, 2)),
    3: ((0, 3), (1, 3), (2, 3)),
}


def _sorted(heights: Floats) -> tuple[Ints, Ints, Ints]:
    """Return the rows below, above and on both sides."""
    below = (heights <= 0.0).all(axis=1)
    above = (heights >= 0.0).all(axis=1) & ~below
    return np.flatnonzero(below), np.flatnonzero(above), np.flatnonzero(~(below | above))


def _alone(
    corners: Floats, heights: Floats, cut: Ints
) -> tuple[np.ndarray, Floats, Floats, Floats, Floats, Floats]:
    """Return whether the corner that is alone on its side is above; the corners from it on; p and q."""
    above = heights[cut] > 0.0
    one = above.sum(axis=1) == 1
    lone = np.where(one, above.argmax(axis=1), (~above).argmax(axis=1))
    order = (lone[:, None] + np.arange(3)) % 3
    a, b, c = np.moveaxis(corners[cut[:, None], order], 1, 0)
    u, v, w = heights[cut[:, None], order].T
    return one, a, b, c, _crossing(a, b, u, v), _crossing(a, c, u, w)


def _crossing(one: Floats, other: Floats, height: Floats, level: Floats) -> Floats:
    return one + (height / (height - level))[:, None] * (other - one)
