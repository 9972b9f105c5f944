"""The nearest points where costs tie."""

from __future__ import annotations

import numpy as np

from geomot.costs.base import Costs
from geomot.kernels.simplices import Floats, Ints, dot, squared_norms

MAX_STEPS = 20
STILL = 4.0 * float(np.finfo(float).eps)  # step that is rounding, relative to the coordinates
SINGULAR = 1e-9  # relative size of what is left of a gradient in the directions of the others


def project(costs: Costs, points: Floats, sites: Ints, normals: Floats) -> tuple[Floats, np.ndarray]:
    """Move points to where costs tie, by Newton's method with steps of least length.

    Parameters
    ----------
    costs
        The costs.
    points
        ``(m, d)``.
    sites
        ``(m, k)`` whose costs shall be equal; a site may be there more than once.
    normals
        ``(m, q, d)`` directions, orthonormal or zero, in which points must not move.

    Returns
    -------
    The points, ``(m, d)``, and whether the costs tie there up to rounding, ``(m,)``.
    """
    points, done = points.copy(), np.zeros(len(points), dtype=bool)
    active = np.arange(len(points))
    for _ in range(MAX_STEPS):
        own = sites[active]
        values = costs.values(points[active, None], own)
        gradients = costs.gradients(points[active, None], own)
        step = np.zeros((len(active), points.shape[1]))
        # rows of the Jacobian made orthonormal one after the other: what each asks for is added up
        basis = [normal for normal in np.moveaxis(normals[active], 1, 0)]
        failed = np.zeros(len(active), dtype=bool)
        for k in range(1, own.shape[1]):
            row = gradients[:, k] - gradients[:, 0]
            gap = values[:, 0] - values[:, k] - dot(row, step)
            length = np.sqrt(squared_norms(row))
            for other in basis:
                row = row - dot(row, other)[:, None] * other
            rest = np.sqrt(squared_norms(row))
            asked = (own[:, k, None] != own[:, :k]).all(axis=1)
            failed |= asked & ~(rest > SINGULAR * length)
            usable = asked & (rest > SINGULAR * length)
            unit = np.where(usable[:, None], row / np.where(usable, rest, 1.0)[:, None], 0.0)
            step += np.where(usable, gap / np.where(usable, rest, 1.0), 0.0)[:, None] * unit
            basis.append(unit)
        noise = costs.rounding(values, own).sum(axis=1)
        here = np.abs(values - values[:, :1]).max(axis=1) <= noise
        # where coordinates are rounded more coarsely than costs, points go to and fro by last bits
        smallest = STILL**2 * squared_norms(points[active])
        here |= ~failed & (squared_norms(step) <= smallest)
        done[active[here]] = True
        going = ~here & ~failed & np.isfinite(step).all(axis=1)
        points[active[going]] += step[going]
        active = active[going]
        if len(active) == 0:
            break
    return points, done
