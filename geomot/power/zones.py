"""Zones as polytopes: one convex one, or simplices."""

from __future__ import annotations

import numpy as np

from geomot.costs.base import Costs
from geomot.errors import InvalidSitesError
from geomot.geometry.meshes.facets import boundary_facets, facet_normals
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, signed_measures
from geomot.power.polytopes import HalfSpaces, Polytopes, simplices

FLAT = 1e-12  # how far vertices may lie beyond a plane of a convex zone, in units of the zone
SAME = FLAT / 64.0  # how far beyond a plane a point is still on it


def check_sites(costs: Costs, zone: Zone) -> None:
    """Raise unless sites and zone have the same number of coordinates.

    Raises
    ------
    InvalidSitesError
        If they differ.
    """
    if costs.dimension != zone.dimension:
        raise InvalidSitesError(
            f"the sites have {costs.dimension} coordinates and the zone {zone.dimension}; expected the "
            "same: take a zone of the sites' dimension"
        )


def half_spaces(mesh: Mesh) -> tuple[Floats, Floats]:
    """Return the planes of a mesh's boundary facets: outward normals ``(f, d)``, offsets ``(f,)``."""
    facets, owners = boundary_facets(mesh)
    base = mesh.vertices[facets]
    normals = facet_normals(base)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    inward = mesh.corners[owners].mean(axis=1) - base[:, 0]
    normals *= -np.sign((inward * normals).sum(axis=1))[:, None]
    return normals, (normals * base[:, 0]).sum(axis=1)


def no_walls(dimension: int) -> HalfSpaces:
    """Return no half-space."""
    nothing = np.empty(0)
    return HalfSpaces(np.empty((0, dimension)), nothing, np.empty(0, dtype=np.int64), nothing)


def convex_walls(mesh: Mesh) -> HalfSpaces | None:
    """Return the planes of a convex zone that are not those of the box around it.

    Parameters
    ----------
    mesh
        The zone, in units in which it is about 1.

    Returns
    -------
    The planes, named from -2 d - 1 downwards, or None if the zone is not convex.

    Examples
    --------
    >>> triangle = Mesh(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([[0, 1, 2]]))
    >>> walls = convex_walls(triangle)
    >>> walls.normals.round(3).tolist(), walls.names.tolist()
    ([[0.707, 0.707]], [-5])
    """
    normals, offsets = half_spaces(mesh)
    planes, d = np.column_stack([normals, offsets]), mesh.dimension
    _, first = np.unique(planes.round(12) + 0.0, axis=0, return_index=True)
    planes = planes[first]
    for plane in planes:
        if (mesh.vertices @ plane[:d] > plane[d] + FLAT).any():
            return None
    # the largest component of a normal is 1 up to rounding long before the others are zero
    slanted = planes[np.sort(np.abs(planes[:, :d]), axis=1)[:, -2] > SAME]
    tolerances = np.full(len(slanted), SAME)
    names = -2 * d - 1 - np.arange(len(slanted))
    return HalfSpaces(slanted[:, :d], slanted[:, d], names, tolerances)


def zone_simplices(mesh: Mesh) -> Polytopes:
    """Return the simplices of a zone; plane k is named -2 k - 1 on the boundary, -2 k - 2 inside it.

    Examples
    --------
    >>> triangle = Mesh(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([[0, 1, 2]]))
    >>> zone_simplices(triangle).planes.tolist()
    [[-3, -5], [-5, -1], [-1, -3]]
    """
    vertices = mesh.simplices.shape[1]
    names = np.tile(-2 * np.arange(vertices) - 2, (len(mesh.simplices), 1))
    facets, owners = boundary_facets(mesh)
    opposite = (mesh.simplices[owners][:, :, None] != facets[:, None]).all(axis=2).argmax(axis=1)
    names[owners, opposite] += 1
    inverted = signed_measures(mesh.corners) < 0.0
    corners = mesh.corners.copy()
    corners[inverted, :2] = corners[inverted, 1::-1]
    names[inverted, :2] = names[inverted, 1::-1]
    return simplices(corners, names)
