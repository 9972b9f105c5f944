"""Simplices of neighbouring polytopes with common vertices, as meshes need them.

Each polytope has its vertices from its own planes, and neighbours round them differently.  Here those
that differ by rounding are one, and the middle of a facet is that of these; so a facet is cut alike
from both sides, bit by bit.
"""

from __future__ import annotations

import numpy as np

from geomot.kernels.simplices import Floats, Ints, facet_measures, signed_measures
from geomot.power.corners import first_of_equal
from geomot.power.shapes import Flags

# distance of vertices that are one, in extents of the zone; of 5000 random sites in a cube neighbours
# have theirs within 3e-14 of each other, and the shortest edge is 1e-6
NEAR = 1e-12


def joined(parts: Flags, near: float) -> tuple[Floats, Ints]:
    """Return the corners of the simplices, ``(m, d + 1, d)``, and which these are, ``(m,)``.

    Those without measure, of polytopes, facets or edges that rounding alone has made, are left out.

    Parameters
    ----------
    parts
        The simplices.
    near
        Distance of vertices that are one.

    Examples
    --------
    >>> from geomot.power.polytopes import boxes
    >>> from geomot.power.shapes import flags
    >>> lower, upper = np.array([[0.0, 0.0], [1.0 + 1e-15, 0.0]]), np.array([[1.0, 1.0], [2.0, 1.0]])
    >>> two = boxes(lower, upper, np.arange(4).reshape(2, 2))
    >>> corners, kept = joined(flags(two), 1e-14)
    >>> len(np.unique(corners[:, 1:].reshape(-1, 2), axis=0)), len(kept)
    (6, 8)
    """
    corners = parts.corners.copy()
    d = corners.shape[2]
    places, entry = np.unique(corners[:, -2:].reshape(-1, d), axis=0, return_inverse=True)
    ends = first_of_equal(places, near)[entry].reshape(-1, 2)
    corners[:, -2:] = places[ends]
    sizes, around = signed_measures(parts.corners), facet_measures(parts.corners[:, 1:])
    flat = 2.0 * np.bincount(parts.owners, sizes) <= near * np.bincount(parts.owners, around)
    kept = (ends[:, 0] != ends[:, 1]) & ~flat[parts.owners]
    if d == 3:
        # each vertex once, in the order of their numbers: sums are the same from both sides
        facets, vertices = np.unique(np.stack([parts.facets, ends[:, 0]], axis=1), axis=0).T
        count = np.bincount(facets)
        held = [np.bincount(facets, column) for column in places[vertices].T]
        corners[:, 1] = (np.stack(held, axis=1) / count[:, None])[parts.facets]
        kept &= count[parts.facets] > 2
    return corners[kept], np.flatnonzero(kept)
