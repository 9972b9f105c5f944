"""Inputs that break the tools people use today: name, input, expectation, epsilon.

Where the right answer has no closed form, a case only says what must hold for every diagram: the
measures tile the zone, `locate` agrees with the argument of the minimum, the polygons are valid, share
their boundaries and agree with both.  A failing random case joins this list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import acos, erf, exp, pi, sqrt

import numpy as np
import shapely

from geomot import (
    Costs,
    Density,
    GeomotError,
    InvalidArgumentError,
    InvalidCostError,
    InvalidDensityError,
    InvalidSitesError,
    InvalidZoneError,
    Zone,
    distance_costs,
    gaussian,
    minimization_diagram,
    mixture,
)
from geomot.kernels.simplices import Floats
from tests.diagram.oracles import power_cells

UNIT = Zone.box([0.0, 0.0], [1.0, 1.0])
SQUARE = Zone.polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
PIECES = Zone.polygon(shapely.MultiPolygon([shapely.box(0, 0, 0.8, 0.4), shapely.box(0, 0.6, 0.8, 1)]))
QUARTERS = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]


@dataclass(frozen=True, eq=False)
class Case:
    """A diagram and what is known about it.

    Parameters
    ----------
    name
        Which line of the list of hard cases it stands for.
    costs, zone
        The input.
    shares
        ``(B,)`` expected measures over the zone's, or nothing if no other route gives them.
    epsilon
        Largest error of the shares, and of the masses over the total mass.
    pieces, holes
        Expected number of parts and of holes of each cell, ``(B,)``, where the case is about them.
    density, masses
        A density and the masses of the cells, ``(B,)``.
    tolerance
        What the diagram is asked for.
    blurred
        Whether rounding of the costs decides more than the tolerance, which the errors must say.
    """

    name: str
    costs: Costs
    zone: Zone = UNIT
    shares: Sequence[float] | Floats | None = None
    epsilon: float = 1e-9
    pieces: Sequence[int] | None = None
    holes: Sequence[int] | None = None
    density: Density | None = None
    masses: Sequence[float] | Floats | None = None
    tolerance: float = 1e-9
    blurred: bool = False


@dataclass(frozen=True, eq=False)
class Refusal:
    """Input without an answer, and the error that says so."""

    name: str
    call: Callable[[], object]
    error: type[GeomotError]
    match: str


def clipped(sites: object, offsets: object = None, zone: Zone = UNIT) -> Floats:
    """Return the shares of power cells in a box by half-plane clipping."""
    where = np.array(sites, dtype=float)
    weights = np.zeros(len(where)) if offsets is None else np.array(offsets, dtype=float)
    lower, upper = zone.bounds
    # the same as in the unit box, without its rounding
    scale = (upper - lower).max()
    cells = power_cells(
        (where - lower) / scale, weights / scale**2, lower * 0.0, (upper - lower) / scale
    )
    return np.array([cell.area for cell in cells]) * scale**2 / zone.measure


def normal(low: float, high: float, mean: float, std: float) -> float:
    """Return the mass of a normal distribution between two numbers."""
    return 0.5 * (erf((high - mean) / std / sqrt(2.0)) - erf((low - mean) / std / sqrt(2.0)))


def grid(count: int) -> Floats:
    """Return a square grid of sites in the unit square."""
    ticks = (np.arange(count) + 0.5) / count
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)


def hexagons(count: int) -> Floats:
    """Return a hexagonal lattice of sites that covers the unit square."""
    step = 1.0 / count
    rows, columns = np.meshgrid(np.arange(-1, 2 * count), np.arange(-1, count + 2), indexing="ij")
    sites = np.stack([columns * step + rows % 2 * step / 2, rows * step * sqrt(0.75)], axis=-1)
    sites = sites.reshape(-1, 2)
    return np.asarray(sites[((sites > -0.01) & (sites < 1.01)).all(axis=1)])


def circle(count: int, radius: float = 0.35, middle: Sequence[float] = (0.5, 0.5)) -> Floats:
    """Return sites on a circle."""
    angles = 2.0 * pi * np.arange(count) / count
    return np.asarray(middle) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def disk_in_square(radius: float) -> float:
    """Return the area of a disk around the middle of the unit square inside the square."""
    if radius <= 0.5:
        return pi * radius**2
    return pi * radius**2 - 4.0 * (radius**2 * acos(0.5 / radius) - 0.5 * sqrt(radius**2 - 0.25))


def rings(middle: Sequence[float], radii: Sequence[float]) -> Costs:
    """Return concentric sites whose bisectors are circles of the given radii, from the inside out."""
    factors, offsets = [1.0], [0.0]
    for radius in radii:
        factors.append(factors[-1] / 2.0)
        offsets.append(offsets[-1] + (factors[-2] - factors[-1]) * radius**2)
    return distance_costs([middle] * len(factors), exponent=2.0, factor=factors, offset=offsets)


def half(place: float, **options: object) -> Costs:
    """Return two sites whose bisector is the upright line at ``place``."""
    return distance_costs([[place - 0.1, 0.4], [place + 0.1, 0.4]], **options)  # type: ignore[arg-type]


def _sites(exponent: float, sites: object, **options: object) -> Costs:
    return distance_costs(sites, exponent=exponent, **options)  # type: ignore[arg-type]


RNG = np.random.default_rng(20)
SCATTERED = RNG.random((12, 2))
LINE = np.stack([np.linspace(0.1, 0.9, 9), np.linspace(0.3, 0.6, 9)], axis=1)
TWINS = np.array([[0.3, 0.4], [0.3 + 1e-9, 0.4]])
BORDER = np.array([[0.0, 0.3], [1.0, 1.0], [0.6, 0.0], [0.0, 0.0], [0.4, 0.7]])
OUTSIDE = np.array([[-0.5, 0.3], [1.4, 1.6], [0.5, -2.0], [0.4, 0.6], [3.0, 0.5]])
HIDDEN = np.array([[0.2, 0.2], [0.5, 0.5], [0.8, 0.7], [0.5, 0.52], [5.0, 5.0], [0.3, 0.8]])
HIDDEN_OFFSETS = np.array([0.0, 0.0, 0.05, 0.4, 0.0, 0.02])
CHECKERS = 1.0 + (np.add.outer(np.arange(6), np.arange(6)) % 2).ravel()
DECADES = 10.0 ** np.array([-6.0, -3.0, 0.0, 3.0, 6.0])
SPREAD = np.array([[0.31, 0.42], [0.75, 0.33], [0.55, 0.81], [0.22, 0.77], [0.64, 0.52]])
SPREAD_OFFSETS = np.array([1e-12, 1e-9, 1e-6, 1e-3, 1.0])
TINY, HUGE = Zone.box([0.0, 0.0], [1e-6, 1e-6]), Zone.box([-5e5, 0.0], [5e5, 1e6])
FAR = Zone.box([1e6, -1e6], [1e6 + 1.0, -1e6 + 1.0])
FAR_SITES = np.array([1e6, -1e6]) + np.round(SCATTERED * 2**20) / 2**20
OFFSET_GRID = np.array([1e6, -1e6]) + np.array(QUARTERS)
CUT_DISK = pi * 0.09 - (0.09 * acos(2.0 / 3.0) - 0.2 * sqrt(0.05))

CASES = [
    # regular arrangements: more than three cells meet in a point, bisectors are aligned
    Case("grid 10x10, squares", _sites(2.0, grid(10)), shares=np.full(100, 0.01)),
    Case("grid 10x10, distances", _sites(1.0, grid(10)), shares=np.full(100, 0.01)),
    Case(
        "grid 4x4, tolerance 1e-12", _sites(1.0, grid(4)), shares=np.full(16, 1 / 16), tolerance=1e-12
    ),
    Case("hexagonal lattice, squares", _sites(2.0, hexagons(6)), shares=clipped(hexagons(6))),
    Case("hexagonal lattice, distances", _sites(1.0, hexagons(6)), shares=clipped(hexagons(6))),
    Case(
        "square and centre",
        _sites(1.0, [*QUARTERS, [0.5, 0.5]]),
        shares=clipped([*QUARTERS, [0.5, 0.5]]),
    ),
    Case("24 cocircular, squares", _sites(2.0, circle(24)), shares=clipped(circle(24))),
    Case("24 cocircular, distances", _sites(1.0, circle(24)), shares=clipped(circle(24))),
    Case(
        "24 cocircular and centre",
        _sites(2.0, [*circle(24), [0.5, 0.5]]),
        shares=clipped([*circle(24), [0.5, 0.5]]),
    ),
    Case("collinear", _sites(1.0, LINE), shares=clipped(LINE)),
    Case("collinear, along the zone", _sites(1.0, grid(5)[10:15]), shares=[0.2] * 5),
    # bisectors along edges of the mesh
    Case(
        "four on a square, polygon zone",
        _sites(1.0, QUARTERS),
        zone=SQUARE,
        shares=[0.25] * 4,
        tolerance=1e-12,
        epsilon=1e-12,
    ),
    Case(
        "four on a diamond, polygon zone",
        _sites(1.0, [[0.5, 0.2], [0.8, 0.5], [0.5, 0.8], [0.2, 0.5]]),
        zone=SQUARE,
        shares=[0.25] * 4,
        tolerance=1e-12,
        epsilon=1e-12,
    ),
    Case(
        "upright through the first cut of a box",
        half(0.5142135623730951),
        shares=[0.5142135623730951, 1.0 - 0.5142135623730951],
        tolerance=1e-12,
        epsilon=1e-12,
    ),
    Case(
        "aligned, zone in two pieces",
        half(0.5),
        zone=PIECES,
        shares=[0.625, 0.375],
        tolerance=1e-12,
        epsilon=1e-12,
    ),
    # few
    Case("one site", _sites(1.0, [[0.3, 0.2]]), shares=[1.0], pieces=[1]),
    Case("one site far outside", _sites(1.0, [[300.0, 0.2]]), shares=[1.0]),
    Case("two sites", half(0.3), shares=[0.3, 0.7], pieces=[1, 1]),
    # coincident
    Case(
        "coincident, equal weights",
        _sites(1.0, [[0.3, 0.4], [0.7, 0.4], [0.3, 0.4]], offset=[0.1, 0.1, 0.1]),
        shares=[0.25, 0.5, 0.25],
    ),
    Case("all coincident, equal weights", _sites(2.0, [[0.3, 0.4]] * 5), shares=[0.2] * 5),
    Case(
        "coincident, different offsets",
        _sites(2.0, [[0.3, 0.4], [0.7, 0.4], [0.3, 0.4]], offset=[0.1, 0.0, 0.0]),
        shares=[0.0, 0.5, 0.5],
    ),
    Case(
        "coincident, different factors",
        _sites(1.0, [[0.3, 0.4], [0.7, 0.4], [0.3, 0.4]], factor=[2.0, 1.0, 1.0]),
        shares=[0.0, 0.5, 0.5],
    ),
    Case(
        "coincident, offsets in the last place",
        _sites(2.0, [[0.3, 0.4], [0.7, 0.4], [0.3, 0.4]], offset=[1.0, 1.0, np.nextafter(1.0, 2.0)]),
    ),
    # the costs' difference is 2e-9 per metre and rounds at 1e-16: the bisector is known to 1e-7
    Case(
        "1e-9 apart, squares",
        _sites(2.0, TWINS),
        shares=[0.3 + 5e-10, 0.7 - 5e-10],
        epsilon=1e-7,
        blurred=True,
    ),
    Case(
        "1e-9 apart, distances",
        _sites(1.0, TWINS),
        shares=[0.3 + 5e-10, 0.7 - 5e-10],
        epsilon=1e-7,
        blurred=True,
    ),
    Case(
        "1e-9 apart beside others",
        _sites(2.0, [*TWINS, *SCATTERED[:4]]),
        shares=clipped([*TWINS, *SCATTERED[:4]]),
        epsilon=1e-7,
        blurred=True,
    ),
    # where the sites stand
    Case("on the boundary and at corners, squares", _sites(2.0, BORDER), shares=clipped(BORDER)),
    Case("on the boundary and at corners, distances", _sites(1.0, BORDER), shares=clipped(BORDER)),
    Case("outside the zone", _sites(1.0, OUTSIDE), shares=clipped(OUTSIDE)),
    Case("at the four corners", _sites(1.0, [[0, 0], [1, 0], [0, 1], [1, 1]]), shares=[0.25] * 4),
    # empty cells keep their number
    Case(
        "empty and hidden cells",
        _sites(2.0, HIDDEN, offset=HIDDEN_OFFSETS),
        shares=clipped(HIDDEN, HIDDEN_OFFSETS),
        pieces=[1, 1, 1, 0, 0, 1],
    ),
    Case(
        "all but one hidden",
        _sites(1.0, SCATTERED, offset=np.where(np.arange(12) == 7, 0.0, 2.0)),
        shares=np.arange(12) == 7,
        pieces=(np.arange(12) == 7).astype(int).tolist(),
    ),
    # multiplicative weights
    Case("equal factors give a line", half(0.45, factor=[3.0, 3.0]), shares=[0.45, 0.55]),
    Case("checkerboard factors", _sites(1.0, grid(6), factor=CHECKERS)),
    Case("checkerboard factors, squares", _sites(2.0, grid(6), factor=CHECKERS)),
    Case(
        "checkerboard offsets",
        _sites(2.0, grid(6), offset=0.01 * CHECKERS),
        shares=clipped(grid(6), 0.01 * CHECKERS),
    ),
    Case(
        "concentric",
        rings([0.5, 0.5], [0.1, 0.25, 0.4]),
        shares=pi * np.diff([0.0, 0.01, 0.0625, 0.16, 1.0 / pi]),
        pieces=[1, 1, 1, 1],
        holes=[0, 1, 1, 1],
    ),
    Case(
        "cell with a hole",
        _sites(1.0, [[0.4, 0.5], [0.52, 0.5]], factor=[1.0, 2.0]),
        shares=[1.0 - pi * 0.08**2, pi * 0.08**2],
        pieces=[1, 1],
        holes=[1, 0],
    ),
    Case(
        "cell with many holes",
        _sites(1.0, [[0.5, 0.5], *circle(7, 0.3)], factor=[1.0] + [9.0] * 7),
        shares=[1.0 - 7 * pi * (0.3 * 9 / 80) ** 2] + [pi * (0.3 * 9 / 80) ** 2] * 7,
        pieces=[1] * 8,
        holes=[7] + [0] * 7,
    ),
    Case(
        "cell in four pieces",
        rings([0.5, 0.5], [0.2, 0.6]),
        shares=[pi * 0.04, disk_in_square(0.6) - pi * 0.04, 1.0 - disk_in_square(0.6)],
        pieces=[1, 1, 4],
        holes=[0, 1, 0],
    ),
    Case(
        "zone in two pieces",
        half(0.47),
        zone=PIECES,
        shares=[0.5875, 0.4125],
        pieces=[2, 2],
    ),
    Case(
        "disk touches the sides",
        rings([0.5, 0.5], [0.5]),
        shares=[pi / 4.0, 1.0 - pi / 4.0],
    ),
    Case(
        "touching disks",
        # circles of radius 0.3 around (0.2, 0.5) and (0.8, 0.5), cut by the sides, meet in the middle
        _sites(
            2.0,
            [[0.35, 0.5], [0.65, 0.5], [0.5, 0.5]],
            factor=[2.0, 2.0, 1.0],
            offset=[-0.045, -0.045, 0.0],
        ),
        shares=[CUT_DISK, CUT_DISK, 1.0 - 2.0 * CUT_DISK],
    ),
    # 12 decades
    Case("factors over 12 decades", _sites(1.0, SPREAD, factor=DECADES)),
    Case("factors over 12 decades, squares", _sites(2.0, SPREAD, factor=DECADES)),
    Case(
        "offsets over 12 decades",
        _sites(2.0, SPREAD, offset=SPREAD_OFFSETS),
        shares=clipped(SPREAD, SPREAD_OFFSETS),
    ),
    # sizes and places of the zone
    Case("zone of size 1e-6", _sites(1.0, SCATTERED * 1e-6), zone=TINY, shares=clipped(SCATTERED)),
    Case(
        "zone of size 1e-6, factors",
        _sites(1.0, SCATTERED * 1e-6, factor=1.0 + np.arange(12)),
        zone=TINY,
    ),
    Case(
        "zone of size 1e6",
        _sites(2.0, SCATTERED * 1e6 - [5e5, 0.0]),
        zone=HUGE,
        shares=clipped(SCATTERED),
    ),
    Case("zone 1e6 away", _sites(1.0, FAR_SITES), zone=FAR, shares=clipped(FAR_SITES, zone=FAR)),
    Case("zone 1e6 away, symmetric", _sites(1.0, OFFSET_GRID), zone=FAR, shares=[0.25] * 4),
    # coordinates are 1.2e-10 apart: that times the length of a boundary is in doubt
    Case(
        "zone 1e6 away, factors",
        _sites(1.0, FAR_SITES, factor=1.0 + np.arange(12)),
        zone=FAR,
        blurred=True,
    ),
    Case(
        "long zone",
        _sites(1.0, SCATTERED * [1.0, 1e-4]),
        zone=Zone.box([0.0, 0.0], [1.0, 1e-4]),
        shares=clipped(SCATTERED * [1.0, 1e-4], zone=Zone.box([0.0, 0.0], [1.0, 1e-4])),
    ),
    # narrow densities, and densities that are zero nearly everywhere
    Case(
        "narrow density in the middle",
        _sites(1.0, QUARTERS),
        shares=[0.25] * 4,
        density=gaussian([0.5, 0.5], 1e-3),
        masses=[0.25] * 4,
    ),
    Case(
        "narrow density off the centre",
        half(0.3137),
        density=gaussian([0.3133, 0.7719], 1e-3),
        masses=[normal(-1, 0.3137, 0.3133, 1e-3), normal(0.3137, 1, 0.3133, 1e-3)],
    ),
    Case(
        "narrow density at a corner",
        _sites(1.0, [[0.4003, 0.3], [-0.4, 0.3]]),
        density=gaussian([0.0, 0.0], 1e-3),
        masses=[0.5 * normal(0.00015, 1, 0, 1e-3), 0.5 * normal(0, 0.00015, 0, 1e-3)],
    ),
    Case(
        "narrow density outside a corner",
        half(0.5),
        density=gaussian([1.001, 1.002], 1e-3),
        masses=[0.0, normal(0, 1, 1.001, 1e-3) * normal(0, 1, 1.002, 1e-3)],
    ),
    Case(
        "narrow density on a circle",
        _sites(1.0, [[0.47, 0.51], [0.52, 0.51]], factor=[2.0, 1.0]),
        density=gaussian([0.47 - 0.05 / 3.0, 0.51], 1e-2),
        masses=[1.0 - exp(-0.5 * (10.0 / 3.0) ** 2), exp(-0.5 * (10.0 / 3.0) ** 2)],
    ),
    Case(
        "two narrow densities far apart",
        half(0.5),
        density=mixture([0.9, 0.1], [[0.1234, 0.9], [0.91, 0.0567]], [1e-3, 1e-3]),
        masses=[0.9, 0.1],
    ),
    Case(
        "narrow and wide density",
        half(0.5),
        density=mixture([0.5, 0.5], [[0.1234, 0.9], [0.5, 0.5]], [1e-3, 0.05]),
        masses=[0.75, 0.25],
    ),
    Case(
        "density zero in part of the zone",
        _sites(2.0, grid(3)),
        shares=np.full(9, 1 / 9),
        density=gaussian([1 / 6, 1 / 6], 4e-3),
        masses=np.arange(9) == 0,
    ),
    Case(
        "thin density",
        half(0.5),
        density=gaussian([0.5, 0.5], [0.1, 1e-3]),
        masses=[0.5 * normal(0, 1, 0.5, 0.1)] * 2,
    ),
]

NAN, INFINITE = float("nan"), float("inf")
TWO = distance_costs([[0.2, 0.3], [0.6, 0.8]])
BAD_SITES = r"positions of the sites have shape \({}\); expected \(B, 2\) or \(B, 3\)"

REFUSALS = [
    Refusal(
        "site at NaN",
        lambda: distance_costs([[0.1, 0.2], [NAN, 0.5]]),
        InvalidSitesError,
        r"site 1 stands at \[nan, 0.5\]; expected finite coordinates",
    ),
    Refusal(
        "site at infinity",
        lambda: distance_costs([[INFINITE, 0.2]]),
        InvalidSitesError,
        r"site 0 stands at \[inf, 0.2\]",
    ),
    Refusal(
        "no site", lambda: distance_costs(np.empty((0, 2))), InvalidSitesError, BAD_SITES.format("0, 2")
    ),
    Refusal(
        "flat sites", lambda: distance_costs([0.1, 0.2]), InvalidSitesError, BAD_SITES.format("2,")
    ),
    Refusal(
        "sites on a line", lambda: distance_costs([[0.1]]), InvalidSitesError, BAD_SITES.format("1, 1")
    ),
    Refusal(
        "sites in 4 dimensions",
        lambda: distance_costs([[0.1] * 4]),
        InvalidSitesError,
        BAD_SITES.format("1, 4"),
    ),
    Refusal(
        "factor zero",
        lambda: distance_costs([[0, 0], [1, 1]], factor=[1, 0]),
        InvalidCostError,
        "factor of site 1 is 0.0; expected a positive number",
    ),
    Refusal(
        "factor NaN",
        lambda: distance_costs([[0, 0], [1, 1]], factor=[1, NAN]),
        InvalidCostError,
        "factor of site 1 is nan; expected a finite number",
    ),
    Refusal(
        "offset infinite",
        lambda: distance_costs([[0, 0], [1, 1]], offset=[INFINITE, 1]),
        InvalidCostError,
        "offset of site 0 is inf; expected a finite number",
    ),
    Refusal(
        "offsets of another number",
        lambda: distance_costs([[0, 0], [1, 1]], offset=[1, 2, 3]),
        InvalidCostError,
        r"offset has shape \(3,\); expected \(2,\)",
    ),
    Refusal(
        "exponent zero",
        lambda: distance_costs([[0, 0]], exponent=0.0),
        InvalidCostError,
        "exponent of the distance is 0.0; expected a finite number above 0",
    ),
    Refusal(
        "zone without measure", lambda: Zone.box([0, 0], [1, 0]), InvalidZoneError, "has no measure"
    ),
    Refusal("zone with NaN", lambda: Zone.box([0, NAN], [1, 1]), InvalidZoneError, "has no measure"),
    Refusal(
        "zone that crosses itself",
        lambda: Zone.polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),
        InvalidZoneError,
        "not a valid polygon",
    ),
    Refusal(
        "zone and sites of different dimension",
        lambda: minimization_diagram(TWO, Zone.box([0] * 3, [1] * 3)),
        InvalidCostError,
        "costs are in 2 dimensions and the zone in 3",
    ),
    Refusal(
        "tolerance NaN",
        lambda: minimization_diagram(TWO, UNIT, NAN),
        InvalidArgumentError,
        "tolerance is nan; expected a share of the total mass",
    ),
    Refusal(
        "point at NaN",
        lambda: minimization_diagram(TWO, UNIT, 0.1).locate([[NAN, 0.5]]),
        InvalidArgumentError,
        "points to locate",
    ),
    Refusal(
        "density without mass in the zone",
        lambda: minimization_diagram(TWO, UNIT, 0.1).integrate(gaussian([90.0, 0.5], 0.1)),
        InvalidDensityError,
        "mass in the zone",
    ),
    Refusal(
        "density with hardly any mass in the zone",
        lambda: minimization_diagram(TWO, UNIT, 0.1).integrate(gaussian([4.85, 0.5], 0.1)),
        InvalidDensityError,
        "mass in the zone is at most",
    ),
    Refusal(
        "density of width zero",
        lambda: gaussian([0.5, 0.5], 0.0),
        InvalidDensityError,
        "expected finite numbers, weights and deviations above 0",
    ),
]
