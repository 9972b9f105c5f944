"""Which sites cost least at a point one dimension up: k-d trees of sites with like factors.

Up to a function that all sites share, lambda |x - p|^2 + c is the power |X - P|^2 - w of the lifted point
X = (x, |x|^2), with P = (lambda p, -lambda / 2) and w = |P|^2 - lambda |p|^2 - c; and that is a squared
distance with one coordinate more, sqrt(W - w).  Scaling all costs changes no winner, but one tree of
factors that differ by decades could not tell the light sites apart: each class has its own unit.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from geomot.arcs.lifting import LiftedSites
from geomot.geometry.simplices import Floats, Ints

CLASS = 16.0  # largest ratio of the factors of one class


class SiteFinder:
    """Trees of the classes of sites."""

    def __init__(self, sites: LiftedSites) -> None:
        levels = np.floor(np.log(sites.factors) / np.log(CLASS))
        self._members = [np.flatnonzero(levels == level) for level in np.unique(levels)]
        self._trees: list[cKDTree] = []
        for members in self._members:
            factors, places = sites.factors[members], sites.positions[members]
            unit = float(np.sqrt(factors.min() * factors.max()))
            scaled = factors / unit
            lifted = np.column_stack([scaled[:, None] * places, -0.5 * scaled])
            # an affine function of X, added to all costs, moves all P alike
            lifted -= lifted.mean(axis=0)
            constants = scaled * (places**2).sum(axis=1) + sites.offsets[members] / unit
            weights = (lifted**2).sum(axis=1) - constants
            up = np.sqrt(weights.max() - weights)
            self._trees.append(cKDTree(np.column_stack([lifted, up])))

    def least(self, points: Floats, count: int) -> Ints:
        """Return the sites of each class that cost least at lifted points.

        Parameters
        ----------
        points
            ``(m, 3)``.
        count
            How many of each class are wanted.

        Returns
        -------
        ``(m, n)`` sites; fewer where a class has fewer.
        """
        queries = np.column_stack([points, np.zeros(len(points))])
        found = []
        for members, tree in zip(self._members, self._trees, strict=True):
            _, near = tree.query(queries, min(count, len(members)))
            found.append(members[np.asarray(near).reshape(len(points), -1)])
        return np.concatenate(found, axis=1)
