"""Sums over the simplices of a subdivision."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np

from geomot.costs.radial import distance_costs
from geomot.cubature.integrands import DensityIntegrand, Integrand
from geomot.densities.base import Density
from geomot.densities.gaussian import Scaled
from geomot.diagram.arguments import check_density
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import Subdivision, start
from geomot.errors import InvalidDensityError
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, bounding_balls, measures

FAINT = 1e-250  # least mass, mean density in 1/metres^d, and part of a bound; else numbers underflow
GRAINY = 1e3  # how far, in units of the tolerance, rounded coordinates may blur a density


@dataclass(frozen=True, eq=False)
class CellIntegrals:
    """Integrals over cells and bounds on their errors.

    Parameters
    ----------
    values
        ``(B, q)``.
    errors
        ``(B, q)`` estimated cubature error plus the bound of what unresolved simplices may lose.
    """

    values: Floats
    errors: Floats


def cell_integrals(state: Subdivision, integrand: Integrand, count: int) -> CellIntegrals:
    """Sum what the simplices contribute to each of ``count`` cells."""
    labels = state.labels[state.mesh.simplices]
    lost = (state.losses + state.blurred * state.most)[:, None] * integrand.scales
    errors = state.errors + lost + _rounded(state)
    first = np.ones(labels.shape, dtype=bool)  # a simplex counts once for each of its labels
    for vertex in range(1, labels.shape[1]):
        first[:, vertex] = (labels[:, :vertex] != labels[:, vertex, None]).all(axis=1)
    total = _sum(labels[first], np.broadcast_to(errors[:, None], state.integrals.shape)[first], count)
    # and for sites that label no vertex: they may have what is lost, or a part of a linearised diagram
    pairs, linear = state.candidates, state.linear
    cut = np.zeros(len(labels), dtype=bool)
    cut[linear.owners] = True
    unseen = (labels[pairs.owners] != pairs.sites[:, None]).all(axis=1)
    unseen &= (state.losses[pairs.owners] > 0.0) & ~cut[pairs.owners]
    total += _sum(pairs.sites[unseen], lost[pairs.owners[unseen]], count)
    unseen = (labels[linear.owners] != linear.sites[:, None]).all(axis=1)
    total += _sum(linear.sites[unseen], errors[linear.owners[unseen]], count)
    values = _sum(labels, state.integrals, count) + _sum(linear.sites, state.parts, count)
    return CellIntegrals(values, total)


def _rounded(state: Subdivision) -> Floats:
    """Return what the spacing of coordinates leaves unknown of the integrals, ``(m, q)``."""
    d, sizes, owners = state.mesh.dimension, state.sizes, state.linear.owners
    _, radii = bounding_balls(state.mesh.corners)
    spacing = float(np.spacing(np.abs(state.mesh.vertices).max()))
    # each vertex may be off by it, and so the measure by that much times a d-th of the face opposite
    off = (d + 1) / factorial(d) * spacing * (2.0 * radii) ** (d - 1)
    held = state.integrals.sum(axis=1) + _sum(owners, state.parts, len(sizes))
    # simplices are cut into parts of one sum: what one has too much another lacks, whatever the mean
    away = np.abs(held - sizes[:, None] * (held.sum(axis=0) / sizes.sum()))
    return np.asarray(away * np.divide(off, sizes, out=np.zeros_like(off), where=sizes > 0.0)[:, None])


def _sum(labels: np.ndarray, values: Floats, count: int) -> Floats:
    flat, columns = labels.reshape(-1), values.reshape(labels.size, values.shape[-1])
    return np.stack([np.bincount(flat, v, minlength=count) for v in columns.T], axis=1)


def normalized(density: Density, zone: Zone, tolerance: float) -> Scaled:
    """Return the density cut off at the zone's boundary and scaled to mass 1.

    Parameters
    ----------
    density
        Any density.
    zone
        The zone.
    tolerance
        Relative error of the mass.

    Raises
    ------
    InvalidDensityError
        If it is no density, differs from the zone in dimension, has no mass in the zone, or too little
        or too much for floating point, or is too narrow for the spacing of coordinates, or has more
        parts than can be integrated within about a minute, such as cells of a grid.
    """
    check_density(density, zone)
    one_site = distance_costs([zone.bounds[0]], exponent=2.0)
    state = start(one_site, zone.triangulation, 1)
    corners = zone.triangulation.corners
    bound = float((density.upper_bounds(*bounding_balls(corners)) * measures(corners)).sum())
    how, most = "at most" if density.bounded else "by samples", bound
    check_mass(bound, zone, most, how)
    # the bound may be far too large: tighten it until the mass itself is what errors are held against
    mass = 0.0
    while mass <= 0.5 * bound:  # ends: the bound falls to a tenth, and below the least mass is an error
        state = subdivide(one_site, state.with_components(1), DensityIntegrand(density, bound), 0.1)
        mass = float(state.totals.sum())
        if mass <= 0.5 * bound:
            bound = max(mass, 0.1 * bound)
            check_mass(bound, zone, most, how)
    check_mass(mass, zone, most)
    held = state.totals[:, 0] > 0.0
    feature = float(density.feature_sizes(*bounding_balls(state.mesh.corners[held])).min())
    spacing = float(np.spacing(np.abs(zone.triangulation.vertices).max()))
    if spacing > GRAINY * tolerance * feature:
        raise InvalidDensityError(
            f"the density varies on {feature:.2g} m, and coordinates in the zone are {spacing:.2g} m "
            f"apart; expected a wider density, for integrals to {tolerance:.2g} at least "
            f"{spacing / (GRAINY * tolerance):.2g} m: widen it, or ask for a larger tolerance"
        )
    if density.degree is None:  # else it has been integrated exactly
        integrand = DensityIntegrand(density, mass)
        state = subdivide(one_site, state.with_components(1), integrand, tolerance)
        mass = float(state.totals.sum())
    return Scaled(density, 1.0 / mass)


def check_mass(mass: float, zone: Zone, most: float = 0.0, how: str = "") -> None:
    """Raise unless a mass can be divided by, and no part of it that counts is a subnormal number.

    Parameters
    ----------
    mass
        The mass of a density in a zone, or a bound of it.
    zone
        The zone.
    most
        A bound of the mass that the density gave; it is finite after the division, too.
    how
        What the mass is known by, for the message.

    Raises
    ------
    InvalidDensityError
        If it is not finite, or too little.

    Examples
    --------
    >>> check_mass(1e-305, Zone.box([0, 0], [1, 1]))
    Traceback (most recent call last):
    geomot.errors.InvalidDensityError: the density's mass in the zone is 1e-305; expected a positive...
    """
    least = FAINT * max(1.0, zone.measure, most)
    if not least <= mass < np.inf:
        raise InvalidDensityError(
            f"the density's mass in the zone is{f' {how}' if how else ''} {mass:g}; expected a "
            f"positive, finite mass, {least:.2g} at least: move the density into the zone, widen it, "
            "or scale its numbers"
        )
