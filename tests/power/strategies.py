"""Random weighted sites, and how well floating point can know their power diagram."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations, product

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from geomot import PowerDiagram, Zone, power_diagram
from geomot.kernels.simplices import Floats, facet_measures

SYMMETRY = settings(max_examples=30, deadline=None, derandomize=True, database=None)
EPS = float(np.finfo(float).eps)
ROUNDINGS = 32.0  # of a plane's offset: the input's, its own, and what counts as on it (8)
UNITS = {d: Zone.box([0.0] * d, [1.0] * d) for d in (2, 3)}


@dataclass(frozen=True, eq=False)
class Weighted:
    """Sites about the unit box, and their weights."""

    sites: Floats
    weights: Floats

    def solve(self, zone: Zone) -> PowerDiagram:
        return power_diagram(self.sites, self.weights, zone)

    def rows(self, order: object) -> Weighted:
        """Return some of the sites, in that order."""
        return Weighted(self.sites[order], self.weights[order])

    def moved(self, turn: Floats, shift: Floats, scale: float = 1.0) -> Weighted:
        """Return the sites enlarged, turned and moved."""
        return Weighted(scale * self.sites @ turn.T + shift, scale**2 * self.weights)

    def error(self, zone: Zone, grain: float = EPS) -> float:
        """Return how much of a cell's measure may be lost to rounding, as a share of the zone's.

        In units of the zone a bisector's offset is (p + q) / 2 . n + (w_p - w_q) / (2 |q - p|), each
        term known to a few of its last places.  Where planes move by delta a convex part of a cell
        changes by delta times its surface at most, and that is no larger than the surface of the
        simplex that it lies in.
        """
        lower, upper = zone.bounds
        size = zone.extent
        first, second = np.array([*combinations(range(len(self.sites)), 2), (0, 0)]).T
        apart = np.linalg.norm(self.sites[first] - self.sites[second], axis=1) / size
        shift = np.abs(self.weights[first] - self.weights[second]) / size**2
        shift = np.divide(shift, 2.0 * apart, out=np.zeros(len(apart)), where=apart > 0.0)
        away = np.abs(self.sites - 0.5 * (lower + upper)).max() / size
        corners = zone.triangulation.corners
        faces = [np.delete(corners, k, axis=1) for k in range(zone.dimension + 1)]
        surface = sum(float(facet_measures(face).sum()) for face in faces)
        share = surface * size / zone.measure
        return ROUNDINGS * grain * (1.0 + away + float(shift.max())) * share


def signed_permutations(d: int) -> list[Floats]:
    """Return the symmetries of a cube as matrices: 8 in the plane, 48 in space."""
    return [
        np.eye(d)[list(order)] * np.array(signs)
        for order in permutations(range(d))
        for signs in product((1.0, -1.0), repeat=d)
    ]


def rotation(angles: tuple[float, float, float], d: int) -> Floats:
    """Return a rotation by Euler's angles, in the plane by the first one."""

    def plane(angle: float, one: int, other: int) -> Floats:
        turn = np.eye(d)
        turn[[one, other], [one, other]] = np.cos(angle)
        turn[one, other], turn[other, one] = -np.sin(angle), np.sin(angle)
        return turn

    first = plane(angles[0], 0, 1)
    return first if d == 2 else first @ plane(angles[1], 1, 2) @ plane(angles[2], 0, 1)


angles = st.tuples(*[st.floats(0.0, 6.3)] * 3)


@st.composite
def weighted_sites(draw: st.DrawFn, d: int, most: int = 10) -> Weighted:
    """Draw different sites, some on the boundary and outside, in general position or on a lattice."""
    # multiples of a power of two: moving them by 1e6 does not round them
    step = draw(st.sampled_from([1024, 4]))
    tick = st.integers(-step // 4, step + step // 4).map(lambda n: n / step)
    sites = draw(st.lists(st.tuples(*[tick] * d), min_size=1, max_size=most, unique=True))
    weight = st.integers(0, 256).map(lambda n: n / 1024)
    weights = st.lists(weight, min_size=len(sites), max_size=len(sites))
    chosen = draw(weights) if draw(st.booleans()) else [0.0] * len(sites)
    return Weighted(np.array(sites), np.array(chosen))


planar_or_spatial = st.sampled_from([2, 3]).flatmap(weighted_sites)
