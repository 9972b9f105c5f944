"""Where costs tie: roots on segments and tie points in simplices, many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.kernels.simplices import Floats, Ints, dot

MAX_ITERATIONS = 60  # bisection alone gets to rounding in 53


@dataclass(frozen=True, eq=False)
class SegmentRoots:
    """Roots of c_i - c_j on segments from an i-end to a j-end.

    Parameters
    ----------
    places
        ``(m,)`` in [0, 1], share of the way to the j-end.
    slopes
        ``(m,)`` derivative of c_i - c_j with respect to the place.
    inside
        ``(m,)`` false where the costs do not tie between the ends and the place is clamped to 0 or 1.
    """

    places: Floats
    slopes: Floats
    inside: np.ndarray


def segment_roots(costs: Costs, ends: Floats, sites: Ints) -> SegmentRoots:
    """Find where c_i - c_j changes sign on segments, by Newton's method kept in a bracket.

    Parameters
    ----------
    costs
        The costs.
    ends
        ``(m, 2, d)`` from the i-end to the j-end.
    sites
        ``(m, 2)`` the pairs (i, j).

    Notes
    -----
    Where c_i - c_j is positive (up to rounding) at the i-end already the root is clamped to 0, where
    it is negative at the j-end to 1: exact for a difference that increases along the segment.
    """
    start, arm = ends[:, 0], ends[:, 1] - ends[:, 0]
    at_ends = costs.values(ends[:, :, None, :], sites[:, None, :])  # (m, end, site)
    gap = at_ends[:, :, 0] - at_ends[:, :, 1]
    noise = costs.rounding(at_ends, sites[:, None, :]).sum(axis=2)
    inside = (gap[:, 0] < -noise[:, 0]) & (gap[:, 1] > noise[:, 1])
    places = np.where(gap[:, 0] >= -noise[:, 0], 0.0, 1.0)
    slopes = gap[:, 1] - gap[:, 0]
    active = np.flatnonzero(inside)
    low, high = np.zeros(len(active)), np.ones(len(active))
    place = -gap[active, 0] / slopes[active]
    for _ in range(MAX_ITERATIONS):
        if len(active) == 0:
            break
        pair = sites[active]
        points = (start[active] + place[:, None] * arm[active])[:, None, :]
        values, gradients = costs.values(points, pair), costs.gradients(points, pair)
        value = values[:, 0] - values[:, 1]
        slope = dot(gradients[:, 0] - gradients[:, 1], arm[active])
        places[active], slopes[active] = place, slope
        low, high = np.where(value < 0.0, place, low), np.where(value < 0.0, high, place)
        with np.errstate(divide="ignore", invalid="ignore"):
            target = place - value / slope
        good = (target > low) & (target < high)
        target = np.where(good, target, 0.5 * (low + high))
        going = np.abs(target - place) > 1e-15
        going &= np.abs(value) > 0.1 * costs.rounding(values, pair).sum(axis=1)
        active, low, high, place = active[going], low[going], high[going], target[going]
    return SegmentRoots(places, slopes, inside)


@dataclass(frozen=True, eq=False)
class TiePoints:
    """Points where k costs tie, in simplices with k corners.

    Parameters
    ----------
    coordinates
        ``(m, k)`` barycentric coordinates; in the closed simplex where ``found``, else clamped to it.
    found
        ``(m,)`` whether Newton's method converged to a point of the closed simplex.
    """

    coordinates: Floats
    found: np.ndarray


def tie_points(costs: Costs, corners: Floats, sites: Ints) -> TiePoints:
    """Find where all k costs are equal, by Newton's method from the tie of their linear interpolants.

    Parameters
    ----------
    costs
        The costs.
    corners
        ``(m, k, d)``; corner i lies where the cost of ``sites[:, i]`` is the smallest of the k.
    sites
        ``(m, k)``.
    """
    count, k = sites.shape
    at_corners = costs.values(corners[:, :, None, :], sites[:, None, :])  # (m, corner, site)
    gaps = at_corners[:, :, 1:] - at_corners[:, :, :1]  # (m, corner, k - 1)
    arms = corners[:, 1:] - corners[:, :1]
    inner = solve(np.swapaxes(gaps[:, 1:] - gaps[:, :1], 1, 2), -gaps[:, 0])
    coordinates = np.full((count, k), 1.0 / k)
    # corners that stand on the tie already, up to rounding
    noise = 2.0 * costs.rounding(at_corners, sites[:, None, :]).max(axis=2)
    standing = np.ptp(at_corners, axis=2) <= noise
    found = standing.any(axis=1)
    coordinates[found] = np.eye(k)[standing[found].argmax(axis=1)]
    active = np.flatnonzero(np.isfinite(inner).all(axis=1) & ~found)
    inner = _clamp(inner[active])
    for iteration in range(20):
        points = corners[active, 0] + (inner[:, :, None] * arms[active]).sum(axis=1)
        own = sites[active]
        values = costs.values(points[:, None], own)
        gradients = costs.gradients(points[:, None], own)
        gap = values[:, 1:] - values[:, :1]
        slopes = (gradients[:, 1:, None] - gradients[:, :1, None]) * arms[active][:, None]
        step = solve(slopes.sum(axis=3), -gap)
        size = np.abs(step).max(axis=1)
        noise = costs.rounding(values, own).sum(axis=1)
        inner = inner + np.where(np.isfinite(step), step, 0.0)
        done = (size < 1e-14) | ((np.abs(gap).max(axis=1) < noise) & (iteration > 0))
        wrong = ~(size < 4.0)
        outer = np.concatenate([1.0 - inner.sum(axis=1, keepdims=True), inner], axis=1)
        here = done & (outer > -1e-13).all(axis=1)
        found[active[here]] = True
        coordinates[active] = np.where(np.isfinite(outer), np.maximum(outer, 0.0), 1.0 / k)
        going = ~done & ~wrong
        active, inner = active[going], inner[going]
        if len(active) == 0:
            break
    coordinates /= coordinates.sum(axis=1, keepdims=True)
    return TiePoints(coordinates, found)


def solve(matrices: Floats, right: Floats) -> Floats:
    """Solve small systems, ``(m, k, k)`` and ``(m, k)``; not-a-number where singular."""
    if matrices.shape[-1] == 2:  # Cramer's rule: LAPACK's call per matrix costs far more
        a, b = matrices[:, 0, 0], matrices[:, 0, 1]
        c, d = matrices[:, 1, 0], matrices[:, 1, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = 1.0 / (a * d - b * c)
            first = (d * right[:, 0] - b * right[:, 1]) * scale
            second = (a * right[:, 1] - c * right[:, 0]) * scale
        return np.stack([first, second], axis=1)
    determinant = np.linalg.det(matrices)
    regular = np.isfinite(determinant) & (determinant != 0.0)
    result = np.full(right.shape, np.nan)
    result[regular] = np.linalg.solve(matrices[regular], right[regular][..., None])[..., 0]
    return result


def _clamp(inner: Floats) -> Floats:
    """Move barycentric coordinates (without the first) into the closed simplex."""
    outer = np.concatenate([1.0 - inner.sum(axis=1, keepdims=True), inner], axis=1)
    outer = np.maximum(outer, 0.0)
    return np.asarray((outer / outer.sum(axis=1, keepdims=True))[:, 1:])
