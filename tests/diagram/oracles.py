"""Answers by other routes: half-plane clipping, Voro++, and the argument of the minimum."""

from __future__ import annotations

import warnings

import numpy as np
import shapely
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection

from geomot import Costs, Zone
from geomot.kernels.simplices import Floats, Ints


def clipped_cell(polygon: Floats, normal: Floats, level: float) -> Floats:
    """Return the part of a convex polygon where ``normal . x <= level``."""
    height = polygon @ normal - level
    after, next_height = np.roll(polygon, -1, axis=0), np.roll(height, -1)
    parts = []
    for p, q, a, b in zip(polygon, after, height, next_height, strict=True):
        if a <= 0.0:
            parts.append(p)
        if (a < 0.0 < b) or (b < 0.0 < a):
            parts.append(p + a / (a - b) * (q - p))
    return np.array(parts).reshape(-1, 2)


def power_cells(sites: Floats, offsets: Floats, lower: Floats, upper: Floats) -> list[shapely.Polygon]:
    """Return the cells of |x - p_b|^2 + offset_b in a box, each clipped by all half-planes."""
    box = np.array([lower, [upper[0], lower[1]], upper, [lower[0], upper[1]]])
    cells = []
    for b, site in enumerate(sites):
        cell = box - site
        for j, other in enumerate(sites):
            if j != b and len(cell):
                arm = other - site  # |x|^2 + w_b <= |x - arm|^2 + w_j
                level = 0.5 * (arm @ arm + offsets[j] - offsets[b])
                cell = clipped_cell(cell, arm, level)
        cells.append(shapely.Polygon(cell + site) if len(cell) > 2 else shapely.Polygon())
    return cells


def solid_power_measures(sites: Floats, offsets: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return the measures of the cells of |x - p_b|^2 + offset_b in a box of any dimension, by Qhull.

    Each cell is the intersection of all half-spaces, seen from the middle of the largest ball in it.
    """
    d = sites.shape[1]
    box = np.hstack([np.vstack([np.eye(d), -np.eye(d)]), np.append(-upper, lower)[:, None]])
    measures = np.zeros(len(sites))
    for b, site in enumerate(sites):
        arms, rest = np.delete(sites, b, axis=0) - site, np.delete(offsets, b) - offsets[b]
        level = 0.5 * ((arms**2).sum(axis=1) + rest)  # arm . (x - site) <= level
        length = np.linalg.norm(arms, axis=1)
        planes = np.column_stack([arms, -level - arms @ site]) / length[:, None]
        planes = np.vstack([box, planes])
        ball = linprog(
            np.append(np.zeros(d), -1.0),
            A_ub=np.column_stack([planes[:, :d], np.ones(len(planes))]),
            b_ub=-planes[:, d],
            bounds=[(None, None)] * d + [(0.0, None)],
        )
        if ball.status == 0 and ball.x[d] > 1e-9:
            corners = HalfspaceIntersection(planes, ball.x[:d]).intersections
            measures[b] = ConvexHull(corners).volume
    return measures


def voro_measures(sites: Floats, offsets: Floats | None = None) -> Floats:
    """Return the measures of a Voronoi or power diagram in the unit square or cube, by Voro++."""
    import pyvoro

    d = sites.shape[1]
    # Voro++ subtracts squared radii: shift the offsets so that there are such radii
    radii = [] if offsets is None else np.sqrt(offsets.max() - offsets).tolist()
    compute = pyvoro.compute_2d_voronoi if d == 2 else pyvoro.compute_voronoi
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells = compute(sites.tolist(), [[0.0, 1.0]] * d, 0.5, radii=radii)
    return np.array([cell["volume"] for cell in cells])


def random_points(zone: Zone, count: int, seed: int) -> Floats:
    """Return points spread evenly over the zone."""
    rng = np.random.default_rng(seed)
    corners = zone.triangulation.corners
    size = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
    which = rng.choice(len(size), count, p=size / size.sum())
    shares = rng.dirichlet(np.ones(zone.dimension + 1), count)
    return np.asarray(np.einsum("mv,mvd->md", shares, corners[which]))


def cost_table(costs: Costs, points: Floats) -> Floats:
    """Return the costs of all sites at points, ``(m, B)``."""
    return costs.values(points[:, None], np.arange(costs.count)[None])


def winners(costs: Costs, points: Floats) -> tuple[Ints, Floats]:
    """Return the cheapest site of each point and how far away, in metres, the next cell begins."""
    values = cost_table(costs, points)
    values[:, costs.representatives() != np.arange(costs.count)] = np.inf
    best = values.argmin(axis=1)
    rows = np.arange(len(points))
    gradients = costs.gradients(points[:, None], np.arange(costs.count)[None])
    steep = np.linalg.norm(gradients - gradients[rows, best][:, None], axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = (values - values[rows, best][:, None]) / steep
    away[rows, best] = np.inf
    return best, np.nan_to_num(away, nan=np.inf, posinf=np.inf).min(axis=1)
