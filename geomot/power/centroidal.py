"""Centroidal diagrams by Lloyd's method, and the quantization of densities.

S. Lloyd, *Least squares quantization in PCM*, IEEE Trans. Inf. Theory 28 (1982): each site moves to the
centre of mass of its Voronoi cell, which never raises the energy, the integral of the density times the
squared distance to the nearest site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.sealing import Sealed
from geomot.costs.radial import distance_costs
from geomot.densities.base import Density
from geomot.diagram.arguments import check_limit, check_tolerance
from geomot.diagram.subdivision.sampling import draw
from geomot.diagram.subdivision.totals import normalized
from geomot.errors import InvalidArgumentError
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, squared_norms
from geomot.power.diagram import PowerDiagram, power_diagram

DRAWN = 1e-6  # accuracy of the mass that points are drawn from
LEAST = 1e-12  # accuracy that rounding leaves
ROUGH = 0.1  # accuracy of a mean mass, in tolerances


@dataclass(frozen=True, eq=False)
class Centroidal(Sealed):
    """Sites near the centres of mass of their cells.

    Parameters
    ----------
    diagram
        The Voronoi diagram of the sites, `PowerDiagram.points`.
    masses
        ``(B,)`` shares of the density's mass.
    moved
        ``(n,)`` largest distance from a site to its cell's centre at each iteration, metres; the last
        one is that of the diagram's own sites.
    converged
        Whether that is within the tolerance.

    Examples
    --------
    >>> from geomot import Uniform, Zone, lloyd
    >>> lloyd([[0.5, 0.5]], Uniform(), Zone.box([0, 0], [1, 1])).moved
    (0.0,)
    """

    diagram: PowerDiagram
    masses: Floats
    moved: tuple[float, ...]
    converged: bool

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(
            self,
            numbered_in(len(self.masses), "cell", self.diagram.dimension),
            "converged" if self.converged else "not-converged",
            f"rounds={len(self.moved)}",
        )


def lloyd(
    points: ArrayLike,
    density: Density,
    zone: Zone | Any,
    *,
    tolerance: float = 1e-4,
    max_iterations: int = 200,
) -> Centroidal:
    """Move sites to the centres of mass of their Voronoi cells until they stay.

    Parameters
    ----------
    points
        ``(B, d)`` where the sites start, metres.  A site whose cell has no mass stays.
    density
        The density; it need not be normalised.
    zone
        A zone, or what `Zone.of` takes; where it is not convex centres may leave it.
    tolerance
        Largest distance of a site from its cell's centre of mass in the end, as a share of the zone's
        extent.
    max_iterations
        Largest number of moves.

    Returns
    -------
    The sites and their diagram; also where they have not settled, which it says.

    Raises
    ------
    InvalidSitesError, InvalidDensityError, InvalidZoneError
        If the sites, the density or the zone are not valid, or not of one dimension.
    InvalidArgumentError
        If the tolerance is not between 0 and 1, or the number of moves not a whole one, at least 0.

    Examples
    --------
    >>> from geomot import Uniform, Zone
    >>> found = lloyd([[0.3, 0.4], [0.4, 0.5]], Uniform(), Zone.box([0, 0], [2, 1]))
    >>> found.converged, found.diagram.points.round(2).tolist()
    (True, [[0.5, 0.5], [1.5, 0.5]])
    """
    zone = Zone.of(zone)
    check_tolerance(tolerance)
    check_limit(max_iterations)
    sites = distance_costs(points).positions
    accuracy = max(ROUGH * tolerance / max(1, len(sites)), LEAST)
    total = 1.0 / normalized(density, zone, max(0.1 * accuracy, LEAST)).factor
    moved: list[float] = []
    while True:
        diagram = power_diagram(sites, np.zeros(len(sites)), zone)
        masses, centres = diagram.centres_of_mass(density, accuracy, total)
        arms = np.where(masses.values[:, None] > 0.0, centres - sites, 0.0)
        moved.append(float(np.sqrt(squared_norms(arms).max())))
        settled = moved[-1] <= tolerance * zone.extent
        if settled or len(moved) > max_iterations:
            shares = masses.values / masses.values.sum()
            return Centroidal(diagram, shares, tuple(moved), settled)
        sites = sites + arms


def quantize(
    density: Density,
    zone: Zone | Any,
    count: int,
    *,
    rng: np.random.Generator | int,
    tolerance: float = 1e-4,
    max_iterations: int = 200,
) -> Centroidal:
    """Return sites that stand for a density: drawn from it, then settled by Lloyd's method.

    Parameters
    ----------
    density
        The density; it need not be normalised.
    zone
        A zone, or what `Zone.of` takes.
    count
        Number of sites.
    rng
        Source of the draw, or its seed.
    tolerance, max_iterations
        As for `lloyd`.

    Returns
    -------
    A local minimum of the energy: another draw may end in another one.

    Raises
    ------
    InvalidArgumentError
        If the count is not a whole number, at least 1, rng is no source, or as `lloyd` does.
    InvalidDensityError
        If the density has no mass in the zone, or is not of its dimension.

    Examples
    --------
    >>> from geomot import Zone, gaussian
    >>> found = quantize(gaussian([0.5, 0.5], 0.1), Zone.box([0, 0], [1, 1]), 4, rng=0)
    >>> bool(abs(found.diagram.points - 0.5).max() < 0.15)
    True
    """
    zone = Zone.of(zone)
    if not isinstance(count, (int, np.integer)) or count < 1:
        raise InvalidArgumentError(
            f"{count!r} sites are asked for; expected a whole number, at least 1"
        )
    start = draw(normalized(density, zone, DRAWN), zone, count, _generator(rng))
    return lloyd(start, density, zone, tolerance=tolerance, max_iterations=max_iterations)


def _generator(rng: np.random.Generator | int) -> np.random.Generator:
    whole = isinstance(rng, (int, np.integer)) and rng >= 0
    if not (whole or isinstance(rng, np.random.Generator)):
        raise InvalidArgumentError(
            f"rng is {rng!r}; expected a generator of numpy.random, or a seed: a whole number from 0"
        )
    return np.random.default_rng(rng)
