"""The cells of a power diagram in a convex zone, as a problem of cutting; see `geomot.power.cutting`.

Each cell is cut first by the bisectors with its nearest sites, where "near" is meant in one dimension
more: |x - p|^2 - w is the squared distance of (x, 0) and (p, sqrt(W - w)), less W, with W the largest
weight (F. Aurenhammer, *Power diagrams*, 1987).  A k-d tree of the lifted sites finds the site that has
the least power at a vertex.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from geomot.kernels.simplices import Floats, Ints
from geomot.power.cutting import NONE, CellProblem
from geomot.power.polytopes import HalfSpaces, Polytopes, boxes

NEAREST = {2: 8, 3: 18}  # sites that cut each cell at first
BLOCK = 1 << 20  # distances to walls at a time
LARGEST = 1e6  # times that sites are spread for a search tree
SLACK = 8.0 * float(np.finfo(float).eps)  # distance to a plane that counts as none, in its terms


@dataclass(frozen=True, eq=False)
class PowerSites:
    """Sites of a power diagram, all at different places.

    Parameters
    ----------
    positions
        ``(B, d)`` p_b.
    weights
        ``(B,)`` w_b, in the units of squared lengths.
    """

    positions: Floats
    weights: Floats

    def bisectors(self, sites: Ints, others: Ints) -> HalfSpaces:
        """Return where site ``sites[k]`` has no more power than ``others[k]``; -1 stands for no site.

        2 (q - p) . (x - (p + q) / 2) <= w_p - w_q, divided by 2 |q - p|.
        """
        p, q = self.positions[sites], self.positions[others]
        arms = q - p
        largest = np.abs(arms).max(axis=1, keepdims=True, initial=np.finfo(float).tiny)
        normals = arms / largest
        lengths = np.sqrt((normals**2).sum(axis=1, keepdims=True))
        lengths[others < 0] = 1.0
        normals /= lengths
        middles = 0.5 * (p + q)
        with np.errstate(over="ignore"):
            shift = 0.5 * (self.weights[sites] - self.weights[others]) / (largest * lengths)[:, 0]
        size = 1.0 + np.abs(middles).max(axis=1) + np.minimum(np.abs(shift), 1.0 / SLACK)
        offsets = np.where(others < 0, np.inf, (normals * middles).sum(axis=1) + shift)
        return HalfSpaces(normals, offsets, others, SLACK * size)


class LiftedTree:
    """A k-d tree of the sites, one dimension up.

    A tree tells sites apart by their distances, which weights far larger than those hide.  The
    diagram is the same for sites s p + t with the weights s (w - (1 - s) |p|^2 + 2 t . p), up to a
    constant: the quadratic in p that fits the weights best is moved into the positions.
    """

    def __init__(self, sites: PowerSites) -> None:
        positions, weights = _spread(sites)
        self._lifted = np.column_stack([positions, np.sqrt(weights.max() - weights)])
        self._tree = cKDTree(self._lifted)

    def nearest(self, sites: Ints, count: int) -> Ints:
        """Return the nearest other sites of each, ``(m, count)``, NONE where there are no more."""
        _, found = self._tree.query(self._lifted[sites], min(count + 1, len(self._lifted)))
        found = np.asarray(found).reshape(len(sites), -1)
        return np.where(found == sites[:, None], NONE, found)

    def winners(self, points: Floats) -> Ints:
        """Return the site with the least power at each point ``(m, d)``."""
        return np.asarray(self._tree.query(np.column_stack([points, np.zeros(len(points))]))[1])


def _spread(sites: PowerSites) -> tuple[Floats, Floats]:
    """Return positions and weights with the same diagram, the weights as small as may be."""
    p, w = sites.positions, sites.weights
    middle = p.mean(axis=0)
    q = p - middle
    columns = np.column_stack([(q**2).sum(axis=1), q, np.ones(len(q))])
    sizes = np.abs(columns).max(axis=0)
    sizes[sizes == 0.0] = 1.0  # sites in a line or plane along the axes
    fit = np.linalg.lstsq(columns / sizes, w, rcond=1e-12)[0] / sizes
    scale = 1.0 - fit[0]
    if not (np.isfinite(fit).all() and 0.0 < scale < LARGEST and np.abs(fit[1:]).max() < LARGEST):
        return p, w
    rest = w - columns @ fit
    return scale * q + middle - 0.5 * fit[1:-1], scale * rest


@dataclass(frozen=True, eq=False)
class PowerProblem(CellProblem):
    """Sites and the planes of a convex zone.

    Parameters
    ----------
    sites
        The sites, in units in which the zone is about 1.
    box
        ``(2, d)`` corners of the box around the zone, whose planes have the names -1 to -2 d.
    walls
        Half-spaces whose intersection with the box is the zone, named from -2 d - 1 downwards.
    """

    sites: PowerSites
    box: Floats
    walls: HalfSpaces

    @property
    def count(self) -> int:
        """Number of sites, B."""
        return len(self.sites.positions)

    @cached_property
    def _tree(self) -> LiftedTree:
        return LiftedTree(self.sites)

    def first(self, own: Ints) -> tuple[Polytopes, Ints]:
        """Return the box around the zone for each site, and its nearest sites."""
        d = self.box.shape[1]
        box = np.broadcast_to(self.box, (len(own), 2, d))
        whole = boxes(box[:, 0], box[:, 1], -1 - np.arange(2 * d).reshape(d, 2))
        return whole, self._tree.nearest(own, NEAREST[d])

    def planes(self, sites: Ints, names: Ints) -> HalfSpaces:
        """Return the half-space with each name as seen from each site."""
        planes = self.sites.bisectors(sites, np.maximum(names, -1))
        walled = np.flatnonzero((names < 0) & (names != NONE))
        wall = -names[walled] - 2 * self.box.shape[1] - 1
        planes.normals[walled] = self.walls.normals[wall]
        planes.offsets[walled] = self.walls.offsets[wall]
        planes.tolerances[walled] = self.walls.tolerances[wall]
        return HalfSpaces(planes.normals, planes.offsets, names, planes.tolerances)

    def violated(self, sites: Ints, points: Floats) -> Ints:
        """Return the name of a plane that each point of a site's cell is beyond, or NONE."""
        winners = self._tree.winners(points)
        names = np.where(winners == sites, NONE, winners)
        names[~_beyond(self.planes(sites, names), points)] = NONE
        walls = self.walls
        step = max(1, BLOCK // max(1, len(walls.names)))
        for first in range(0, len(points) if len(walls.names) else 0, step):
            some = points[first : first + step]
            excess = some @ walls.normals.T - walls.offsets - walls.tolerances
            worst = excess.argmax(axis=1)
            out = excess[np.arange(len(some)), worst] > 0.0
            names[first : first + step][out] = walls.names[worst[out]]
        return names


def _beyond(planes: HalfSpaces, points: Floats) -> np.ndarray:
    heights = (planes.normals * points).sum(axis=1) - planes.offsets
    return np.asarray(heights > planes.tolerances)
