"""Cells of costs whose differences are affine: convex polyhedra, cut from the zone's mesh exactly.

The cells so far have a lower envelope that is affine on each simplex that lies in one of them, up to a
function that all costs share.  The next site wins where its cost is below the envelope: a convex part
of each simplex, which begins at a plane.  All simplices around an edge see the same values at its ends
and are cut at the same point, so the mesh stays conforming; and where the site wins nothing at the
vertices it wins nothing at all.  Ties of any number of cells are common vertices, edges or faces.

Each point knows the sites that tie there and the face of the zone's mesh that it lies in, which follow
from those of the edge that it cuts.  In the end a cell's part of a simplex of the zone is a polytope
whose facets are known by that, and is divided anew, from its lowest vertex over the facets without it
(a pulling triangulation: on a common face it is that of the face).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.diagram.boundaries.cellcomplex import CellComplex, batched, split
from geomot.diagram.boundaries.tie_vertices import Rainbow
from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.indices import distinct, row_keys
from geomot.kernels.simplices import (
    Floats,
    Ints,
    local_edges,
    measures,
    signed_measures,
    squared_norms,
)

ROUNDED = 16.0  # how much more than costs at vertices those at points of cuts are rounded
GROWN = 20  # how many times as many simplices as before there may be until they are merged
FLAT = 1e-9  # relative size of what is left of a gradient in the directions of others


@dataclass(frozen=True, eq=False)
class _Points:
    """Points of cuts.

    Parameters
    ----------
    places
        ``(n, 3)``, metres.
    ties
        ``(n, B)`` whether each of the sites so far is among those that tie at the point.
    carriers
        ``(n, 4)`` the vertices of the face of the zone's mesh that it lies in, ascending behind -1.
    """

    places: Floats
    ties: np.ndarray
    carriers: Ints


@dataclass(frozen=True, eq=False)
class _Parts:
    """Simplices ``(m, 4)``, rows ascending, each in a site's cell and in one of the zone's mesh."""

    simplices: Ints
    cells: Ints
    owners: Ints


def polyhedral_complex(costs: Costs, mesh: Mesh) -> CellComplex:
    """Return the complex of the cells of costs with affine differences.

    Parameters
    ----------
    costs
        The costs.
    mesh
        A conforming mesh in space.
    """
    points, parts = _merged(costs, mesh, *_arrangement(costs, mesh))
    simplices, count = parts.simplices, len(points.places)
    turned = signed_measures(points.places[simplices]) < 0.0
    simplices[turned] = simplices[turned][:, [0, 1, 3, 2]]
    ties = Rainbow(points.places, np.arange(count), np.zeros(count, dtype=bool), (), count)
    return CellComplex(ties, simplices, parts.cells, parts.owners)


def _arrangement(costs: Costs, mesh: Mesh) -> tuple[_Points, _Parts]:
    """Cut the mesh by one site after the other."""
    sites, count = distinct(costs.representatives()), len(mesh.vertices)
    ties = np.zeros((count, costs.count), dtype=bool)
    ties[:, sites[0]] = True
    carriers = np.concatenate([np.full((count, 3), -1), np.arange(count)[:, None]], axis=1)
    points = _Points(mesh.vertices, ties, carriers)
    simplices, owners = np.sort(mesh.simplices, axis=1), np.arange(len(mesh.simplices))
    cells = np.full(len(simplices), sites[0])
    envelope = costs.values(points.places, sites[:1])
    most = GROWN * len(simplices)
    for site in sites[1:]:
        own = costs.values(points.places, np.array(site))
        noise = costs.rounding(own, np.array(site)) + costs.rounding(envelope, sites[:1])
        gap = np.where(np.abs(own - envelope) <= ROUNDED * noise, 0.0, own - envelope)
        won, kept = (gap[simplices] < 0.0).any(axis=1), (gap[simplices] > 0.0).any(axis=1)
        cells[won & ~kept] = site
        cut = np.flatnonzero(won & kept)
        if len(cut):
            points, table, labels, parents = _cut(points, simplices[cut], gap, int(site))
            whole = np.flatnonzero(~(won & kept))
            own_cells = np.where(labels == 1, site, cells[cut[parents]])
            owners = np.concatenate([owners[whole], owners[cut[parents]]])
            cells = np.concatenate([cells[whole], own_cells])
            simplices = np.concatenate([simplices[whole], table])
        points.ties[np.flatnonzero(gap < 0.0)] = False
        points.ties[np.flatnonzero(gap <= 0.0), site] = True
        fresh = costs.values(points.places[len(own) :], np.array(site))
        envelope = np.concatenate([np.minimum(envelope, own), fresh])
        if len(simplices) > most:
            points, parts = _merged(costs, mesh, points, _Parts(simplices, cells, owners))
            simplices, cells, owners = parts.simplices, parts.cells, parts.owners
            envelope = costs.values(points.places, points.ties.argmax(axis=1))
            most = GROWN * len(simplices)
    return points, _Parts(simplices, cells, owners)


def _cut(points: _Points, simplices: Ints, gap: Floats, site: int) -> tuple[_Points, Ints, Ints, Ints]:
    """Cut simplices where a function, linear on each and given at the points, is zero.

    Returns
    -------
    The points with those of the cuts, where the site ties with what tied along the edge; the parts;
    whether the function is negative in each (1) or not (0); the simplices that they are parts of.
    """
    count, labels = len(gap), (gap < 0.0).astype(np.int64)
    edges = simplices[:, local_edges(3)].reshape(-1, 2)
    edges = edges[labels[edges[:, 0]] != labels[edges[:, 1]]]
    _, first = np.unique(row_keys(edges, count), return_index=True)
    edges = edges[first]
    ends = gap[edges]
    place = (ends[:, 0] / (ends[:, 0] - ends[:, 1]))[:, None]
    roots = (1.0 - place) * points.places[edges[:, 0]] + place * points.places[edges[:, 1]]
    # an end where the function vanishes is the root
    level = ends == 0.0
    fresh = np.flatnonzero(~level.any(axis=1))
    number = edges[np.arange(len(edges)), level.argmax(axis=1)]
    number[fresh] = count + np.arange(len(fresh))
    known = Rainbow(
        np.concatenate([points.places, roots]),
        np.concatenate([np.arange(count), number]),
        np.zeros(count + len(edges), dtype=bool),
        (edges,),
        count,
    )
    table, parts, parents = split(known, batched(simplices, labels), labels)
    one, other = edges[fresh].T
    ties = points.ties[one] & points.ties[other]
    ties[:, site] = True
    carriers = np.sort(np.concatenate([points.carriers[one], points.carriers[other]], axis=1), axis=1)
    carriers[:, 1:][carriers[:, 1:] == carriers[:, :-1]] = -1
    every = _Points(
        np.concatenate([points.places, roots[fresh]]),
        np.concatenate([points.ties, ties]),
        np.concatenate([points.carriers, np.sort(carriers, axis=1)[:, 4:]]),
    )
    return every, np.sort(table, axis=1), parts, parents


def _merged(costs: Costs, mesh: Mesh, points: _Points, parts: _Parts) -> tuple[_Points, _Parts]:
    """Divide what one cell has of one simplex of the mesh anew, into few parts.

    They stay as they are where rounding hides a vertex of a polytope, so that volumes do not agree.
    """
    corner, span = _corners(costs, mesh, points), costs.count
    keys = parts.owners * span + parts.cells
    order = np.argsort(keys, kind="stable")
    kinds, first = np.unique(keys[order], return_index=True)
    tables = []
    for rows in np.split(order, first[1:]):
        own = distinct(parts.simplices[rows])
        simplex = mesh.simplices[parts.owners[rows[0]]]
        tables.append(_pulled(points, own[corner[own]], simplex, int(parts.cells[rows[0]])))
    number = np.repeat(np.arange(len(kinds)), [len(table) for table in tables])
    simplices = np.concatenate(tables)
    before = np.add.reduceat(measures(points.places[parts.simplices[order]]), first)
    after = np.bincount(number, measures(points.places[simplices]), minlength=len(kinds))
    if (np.abs(after - before) <= FLAT * measures(mesh.corners).max()).all():
        parts = _Parts(simplices, kinds[number] % span, kinds[number] // span)
    used, place = np.unique(parts.simplices, return_inverse=True)
    points = _Points(points.places[used], points.ties[used], points.carriers[used])
    return points, _Parts(np.sort(place.reshape(-1, 4), axis=1), parts.cells, parts.owners)


def _corners(costs: Costs, mesh: Mesh, points: _Points) -> np.ndarray:
    """Return which points are fixed by what ties there and the face of the mesh that they lie in."""
    spread = np.zeros((len(points.places), 3, 3))
    first = points.ties.argmax(axis=1)
    base = costs.gradients(points.places, first)
    row, site = np.nonzero(points.ties)
    normals = costs.gradients(points.places[row], site) - base[row]
    normals = _units(normals)
    np.add.at(spread, row, normals[:, :, None] * normals[:, None])
    # and they must not leave the face: what is across it is fixed, too
    last = mesh.vertices[points.carriers[:, 3]]
    along = np.zeros_like(spread)
    for column in points.carriers.T[:3]:
        arms = _units(np.where(column[:, None] >= 0, mesh.vertices[column] - last, 0.0))
        along += arms[:, :, None] * arms[:, None]
    sizes, directions = np.linalg.eigh(along)
    across = np.where((sizes <= FLAT)[:, None, :], directions, 0.0)
    spread += across @ np.swapaxes(across, 1, 2)
    return np.asarray(np.linalg.eigvalsh(spread)[:, 0] > FLAT)


def _units(vectors: Floats) -> Floats:
    lengths = np.sqrt(squared_norms(vectors))[:, None]
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0.0)


def _pulled(points: _Points, vertices: Ints, simplex: Ints, cell: int) -> Ints:
    """Triangulate a cell's part of a simplex from its lowest vertex, ``(t, 4)``."""
    ties, carriers = points.ties[vertices], points.carriers[vertices]
    planes = [~(carriers == corner).any(axis=1) for corner in simplex]
    planes += [ties[:, site] for site in np.flatnonzero(ties.any(axis=0)) if site != cell]
    facets = {tuple(vertices[plane]) for plane in planes if plane.sum() > 2 and not plane[0]}
    tables = [np.empty((0, 4), dtype=np.int64)]
    for facet in sorted(facets):
        ring = _ring(points.places, np.array(facet))
        apex, low = np.full(len(ring) - 2, vertices[0]), np.full(len(ring) - 2, ring[0])
        tables.append(np.stack([apex, low, ring[1:-1], ring[2:]], axis=1))
    return np.concatenate(tables)


def _ring(places: Floats, vertices: Ints) -> Ints:
    """Return the vertices of a convex polygon in their order around it, the lowest number first."""
    arms = places[vertices] - places[vertices].mean(axis=0)
    axes = np.linalg.svd(arms)[2]
    around = np.argsort(np.arctan2(arms @ axes[1], arms @ axes[0]))
    ring = vertices[around]
    return np.roll(ring, -int(ring.argmin()))
