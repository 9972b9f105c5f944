"""Densities given at the vertices of a mesh, linear on its simplices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.numbers import floats, indices
from geomot.densities.base import Density
from geomot.densities.grid import PEAKED, check_numbers
from geomot.densities.pyramid import Pyramid
from geomot.errors import InvalidDensityError
from geomot.geometry.meshes.breaks import Breaks
from geomot.geometry.meshes.cutting import facet_spaces
from geomot.geometry.meshes.mesh import Mesh
from geomot.geometry.meshes.patchwork import Patchwork
from geomot.geometry.zones.checks import LARGEST
from geomot.kernels.simplices import Floats, Ints, dot, measures, squared_edge_lengths, squared_norms

CHUNK = 1 << 15  # points that are located at a time: what that takes fits the cache
BALLS = 1 << 10  # balls at a time that values are bounded in: dozens of simplices are near each
THIN = 1e-12  # simplices of less than this times their longest edge to the d are flat


@dataclass(frozen=True, eq=False)
class MeshDensity(Density):
    """A density that is linear on the simplices of a mesh, zero outside; see `mesh_density`.

    Parameters
    ----------
    patchwork
        The mesh.
    heights
        ``(n,)`` the density at its vertices, 1/metres^d.

    Examples
    --------
    >>> slope = mesh_density([[0, 0], [1, 0], [0, 1]], [[0, 1, 2]], [0.0, 1.0, 0.0])
    >>> slope.values(np.array([[0.25, 0.25], [0.5, 0.5], [2.0, 0.0]])).round(12).tolist()
    [0.25, 0.5, 0.0]
    """

    patchwork: Patchwork
    heights: Floats

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, numbered_in(self.heights.size, "value", self.dimension))

    @property
    def dimension(self) -> int:
        """Number of coordinates, d."""
        return self.patchwork.mesh.dimension

    @property
    def breaks(self) -> tuple[Breaks, ...]:
        """The facets of the mesh."""
        return (self.patchwork,)

    @property
    def degree(self) -> int:
        """One."""
        return 1

    def values(self, points: Floats) -> Floats:
        """Return the density, interpolated in the simplex that holds each point."""
        flat = points.reshape(-1, self.dimension)
        found = np.zeros(len(flat))
        for first in range(0, len(flat), CHUNK):
            rows = slice(first, first + CHUNK)
            patches, place = self.patchwork.locate(flat[rows])
            inner = np.maximum(dot(place, self._corner_heights[patches]), 0.0)
            found[rows] = np.where(patches >= 0, inner, 0.0)
        return found.reshape(points.shape[:-1])

    @property
    def tiling(self) -> Patchwork:
        """The simplices of the mesh."""
        return self.patchwork

    def values_in(self, tiles: Ints, points: Floats) -> Floats:
        """Return the linear functions of simplices, cut off at 0."""
        spaces, heights = self.patchwork.spaces.take(tiles), self._corner_heights[tiles]
        slopes = dot(np.swapaxes(spaces.normals, 1, 2), heights[:, None])
        start = heights[:, 1, None]  # the first side's anchor is the second corner
        rise = dot(points - spaces.anchors[:, :1], slopes[:, None])
        return np.maximum(start + rise, 0.0)

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the largest value at a vertex near large balls, of linear pieces in small ones."""
        low, high = centers - radii[:, None], centers + radii[:, None]
        bins, corners = self.patchwork.bins, self.patchwork.mesh.corners
        near = (high >= bins.lower).all(axis=1) & (low <= corners.max(axis=(0, 1))).all(axis=1)
        large = near & (radii > bins.steps.min())
        bounds = np.zeros(len(centers))
        bounds[large] = self._largest.maxima(*bins.range(low[large], high[large]))
        small = np.flatnonzero(near & ~large)
        for first in range(0, len(small), BALLS):
            rows = small[first : first + BALLS]
            bounds[rows] = self._linear_bounds(centers[rows], radii[rows])
        return bounds

    def _linear_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return the largest value that the linear pieces near balls have in them."""
        owners, patches = self.patchwork.bins.near(centers - radii[:, None], centers + radii[:, None])
        spaces, heights = self.patchwork.spaces.take(patches), self._corner_heights[patches]
        place = dot(centers[owners, None] - spaces.anchors, spaces.normals)
        reach = radii[owners, None] * np.sqrt(squared_norms(spaces.normals))
        slope = np.sqrt(squared_norms((heights[..., None] * spaces.normals).sum(axis=1)))
        top = np.minimum(heights.max(axis=1), dot(place, heights) + radii[owners] * slope)
        met = (place + reach >= 0.0).all(axis=1)
        bounds = np.zeros(len(centers))
        np.maximum.at(bounds, owners[met], top[met])
        return bounds

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the size of a typical simplex where a few hold nearly all, else infinity.

        A mesh that follows this one hides nothing; these are for those that do not yet.
        """
        span = self.patchwork.bins.range(centers - radii[:, None], centers + radii[:, None])
        peaked = self._largest.maxima(*span) > PEAKED * self._mean.means(*span)
        return np.where(peaked, self.patchwork.bins.steps.min(), np.inf)

    @cached_property
    def _corner_heights(self) -> Floats:
        return np.asarray(self.heights[self.patchwork.mesh.simplices])

    @cached_property
    def _largest(self) -> Pyramid:
        boxes, owners = self.patchwork.bins.entries
        shape = self.patchwork.bins.shape
        largest = np.zeros(int(shape.prod()))
        np.maximum.at(largest, boxes, self._corner_heights.max(axis=1)[owners])
        return Pyramid(largest.reshape(shape))

    @cached_property
    def _mean(self) -> Pyramid:
        boxes, owners = self.patchwork.bins.entries
        shape, steps = self.patchwork.bins.shape, self.patchwork.bins.steps
        masses = self._corner_heights.mean(axis=1) * measures(self.patchwork.mesh.corners)
        spread = masses / np.bincount(owners, minlength=len(masses))
        mean = np.bincount(boxes, spread[owners], minlength=int(shape.prod())) / steps.prod()
        return Pyramid(mean.reshape(shape))


def mesh_density(vertices: ArrayLike, simplices: ArrayLike, heights: ArrayLike) -> MeshDensity:
    """Return a density from its values at the vertices of a mesh, such as a finite element solution.

    Parameters
    ----------
    vertices
        ``(n, d)``, metres; d = 2 or 3.
    simplices
        ``(m, d + 1)`` vertex numbers of triangles, or tetrahedra in space, in any order; they share
        whole sides and do not overlap.  They need not cover a zone: outside of them the density is
        zero.
    heights
        ``(n,)`` the density at the vertices, finite, not negative; linear in between.

    Returns
    -------
    MeshDensity
        Integrals of it are exact up to rounding and the boundaries of the cells: meshes are cut along
        its sides.

    Raises
    ------
    InvalidDensityError
        If shapes do not match, a number is negative or not finite, all are zero, a simplex is flat or
        has no such vertex, or more than two share a side or lie on the same side of it.

    Notes
    -----
    That simplices do not overlap is not checked beyond those that share a side.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> tent = mesh_density([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1]],
    ...                     [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], [0, 0, 0, 0, 3])
    >>> tent.values(np.array([[1.0, 1.0], [0.5, 1.0], [5.0, 5.0]])).tolist()
    [3.0, 1.5, 0.0]
    >>> quarters = minimization_diagram(distance_costs([[0, 0], [2, 2], [0, 2], [2, 0]], exponent=2),
    ...                                 Zone.box([0, 0], [2, 2]))
    >>> quarters.integrate(tent).values.round(12).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    where = floats(vertices, "vertices of a mesh", InvalidDensityError)
    numbers = indices(simplices, "simplices of a mesh", InvalidDensityError)
    height = floats(heights, "values of a mesh", InvalidDensityError)
    d = where.shape[-1] if where.ndim == 2 else 0
    if d not in (2, 3) or numbers.ndim != 2 or numbers.shape[1] != d + 1 or len(numbers) == 0:
        raise InvalidDensityError(
            f"a mesh got vertices of shape {where.shape} and simplices of shape {numbers.shape}; "
            "expected "
            "(n, 2) and (m, 3), triangles, or (n, 3) and (m, 4), tetrahedra"
        )
    if height.shape != where.shape[:1]:
        raise InvalidDensityError(
            f"a mesh got values of shape {height.shape} for {len(where)} vertices; expected one for "
            "each: "
            "average values in cells at the vertices first"
        )
    if numbers.min() < 0 or numbers.max() >= len(where):
        raise InvalidDensityError(
            f"a mesh got simplices with vertices from {numbers.min()} to {numbers.max()}; expected "
            "whole "
            f"numbers from 0 to {len(where) - 1}"
        )
    if not (np.abs(where) <= LARGEST).all():
        raise InvalidDensityError(
            f"a mesh got vertices that are not finite, or beyond {LARGEST:g} m; expected coordinates "
            "in metres: remove or mend them"
        )
    check_numbers(height, "a mesh")
    mesh = Mesh(where, numbers.astype(np.int64))
    _check_shapes(mesh)
    return MeshDensity(Patchwork(mesh), height)


def _check_shapes(mesh: Mesh) -> None:
    """Raise if simplices are flat, or overlap beside a side they share."""
    longest = squared_edge_lengths(mesh.corners).max(axis=1) ** (0.5 * mesh.dimension)
    flat = np.flatnonzero(~(measures(mesh.corners) > THIN * longest))
    if len(flat):
        raise InvalidDensityError(
            f"a mesh has {len(flat)} simplices without measure, the first is number {flat[0]} with the "
            f"vertices {mesh.simplices[flat[0]].tolist()}; expected none: leave them out"
        )
    sides, owners, opposite = _sides(mesh)
    order = np.lexsort(sides.T[::-1])
    sides, owners, opposite = sides[order], owners[order], opposite[order]
    same = (sides[1:] == sides[:-1]).all(axis=1)
    crowded = same[1:] & same[:-1]
    if crowded.any():
        first = sides[int(crowded.argmax())].tolist()
        raise InvalidDensityError(
            f"a mesh has more than two simplices on the side with the vertices {first}; expected two "
            "at "
            "most: a mesh that tiles a part of the plane or of space"
        )
    pairs = np.flatnonzero(same)
    spaces = facet_spaces(mesh.corners[owners[pairs]])
    local = (mesh.simplices[owners[pairs]] == opposite[pairs, None]).argmax(axis=1)
    index = np.arange(len(pairs))
    beyond = mesh.vertices[opposite[pairs + 1]] - spaces.anchors[index, local]
    folded = np.flatnonzero(dot(beyond, spaces.normals[index, local]) > 0.0)
    if len(folded):
        both = sorted((int(owners[pairs[folded[0]]]), int(owners[pairs[folded[0]] + 1])))
        raise InvalidDensityError(
            f"a mesh has {len(folded)} pairs of simplices that overlap, the first are {both[0]} and "
            f"{both[1]}; expected simplices on either side of the sides they share"
        )


def _sides(mesh: Mesh) -> tuple[Ints, Ints, Ints]:
    """Return the sides of all simplices, vertices sorted, their simplex and the vertex opposite."""
    corners = mesh.simplices.shape[1]
    rest = [np.delete(mesh.simplices, k, axis=1) for k in range(corners)]
    opposite = mesh.simplices.T.reshape(-1)
    return (
        np.sort(np.concatenate(rest), axis=1),
        np.tile(np.arange(len(mesh.simplices)), corners),
        opposite,
    )
