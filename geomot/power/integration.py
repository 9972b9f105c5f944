"""Integrals of a density over simplices that belong to convex polytopes.

Simplices are cut along the density's breaks.  Where it is a polynomial between them one rule is exact;
else simplices are halved until two rules agree.
"""

from __future__ import annotations

import numpy as np

from geomot.cubature.rules import simplex_rule
from geomot.densities.base import Density
from geomot.errors import UnresolvedError
from geomot.geometry.mesh import Mesh, split
from geomot.geometry.simplices import Floats, Ints, bounding_balls, measures

NODES = (2, 3, 4, 6)  # nodes per direction, one after the other until two rules agree
LARGE = 2.0  # radius of a simplex, in lengths on which the density varies, beyond which it is halved
ROUNDING = 16.0 * float(np.finfo(float).eps)  # part of an integral that rules cannot agree on
STEEP = 16.0  # steepest relative change of a density on the length on which it varies
HALVINGS = 60
CHUNK = 20_000


def density_integrals(
    density: Density,
    corners: Floats,
    owners: Ints,
    count: int,
    allowance: float,
    origin: Floats,
    *,
    moments: bool = False,
) -> tuple[Floats, Floats]:
    """Integrate a density, and its first moments, over the simplices of ``count`` polytopes.

    Parameters
    ----------
    density
        The density.
    corners, owners
        ``(n, d + 1, d)`` simplices, relative to the origin; ``(n,)`` the polytope that each is a part
        of.
    allowance
        Largest error of the mass of all simplices together; each may have its share by measure.
    origin
        ``(d,)`` where the simplices are in the density's coordinates.
    moments
        Whether the integrals of the density times x - origin are wanted, too.

    Returns
    -------
    The integrals, ``(count, 1)`` or ``(count, 1 + d)``, and estimates of the errors of the masses,
    ``(count,)``.

    Raises
    ------
    UnresolvedError
        If two rules do not agree on simplices however small.

    Examples
    --------
    >>> from geomot import Uniform
    >>> triangle = np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]]])
    >>> values, errors = density_integrals(
    ...     Uniform(), triangle, np.array([0]), 2, 1e-9, np.zeros(2), moments=True
    ... )
    >>> values.round(12).tolist()
    [[1.0, 0.666666666667, 0.333333333333], [0.0, 0.0, 0.0]]
    """
    columns = 1 + len(origin) if moments else 1
    values, errors = np.zeros((count, columns)), np.zeros(count)

    def book(own: Ints, sums: Floats) -> None:
        for column in range(columns):
            values[:, column] += np.bincount(own, sums[:, column], minlength=count)

    for breaks in density.breaks:
        mesh = _mesh(origin + corners, owners)
        fine = breaks.cut(mesh, mesh).refinement
        corners, owners = fine.mesh.corners - origin, owners[fine.parents]
    if density.degree is not None:
        nodes = (density.degree + (columns > 1)) // 2 + 1  # n nodes are exact to the degree 2 n - 1
        for first in range(0, len(corners), CHUNK):
            some, own = corners[first : first + CHUNK], owners[first : first + CHUNK]
            book(own, _sums(density, some, nodes, origin, columns))
        return values, errors
    rate = allowance / max(float(measures(corners).sum()), np.finfo(float).tiny)
    for _ in range(HALVINGS):
        left: list[Ints] = []
        for first in range(0, len(corners), CHUNK):
            some, own = corners[first : first + CHUNK], owners[first : first + CHUNK]
            sums, gaps, wrong = _agreed(density, some, rate, origin, columns)
            book(own, sums)
            errors += np.bincount(own, gaps, minlength=count)
            left.append(wrong + first)
        rows = np.concatenate(left) if left else np.empty(0, dtype=np.int64)
        if len(rows) == 0:
            return values, errors
        fine = split(_mesh(corners[rows], owners[rows]), np.ones(len(rows), dtype=bool))
        corners, owners = fine.mesh.corners, owners[rows][fine.parents]
    raise UnresolvedError(
        f"{len(owners)} simplices are not accurate enough after {HALVINGS} halvings; expected a "
        "density without jumps but for those in its breaks: ask for a larger tolerance"
    )


def _agreed(
    density: Density, corners: Floats, rate: float, origin: Floats, columns: int
) -> tuple[Floats, Floats, Ints]:
    """Return integrals with the fewest nodes that do, their errors, and the simplices too large.

    Those too large have the integrals and errors zero.
    """
    size = measures(corners)
    centers, radii = bounding_balls(corners)
    centers = origin + centers
    idle = density.upper_bounds(centers, radii) * size <= rate * size
    features = density.feature_sizes(centers, radii)
    seen = idle | (radii <= LARGE * features)
    # nodes are where coordinates can be, which narrow densities feel
    grain = np.spacing(np.abs(origin).max() + np.abs(corners).max(initial=0.0))
    noise = ROUNDING + STEEP * grain / features
    sums = np.zeros((len(corners), columns))
    gaps = np.zeros(len(corners))
    rows = np.flatnonzero(seen)
    before = _sums(density, corners[rows], NODES[0], origin, columns)
    for nodes in NODES[1:]:
        after = _sums(density, corners[rows], nodes, origin, columns)
        gap = np.abs(after[:, 0] - before[:, 0])
        done = (gap <= rate * size[rows] + noise[rows] * after[:, 0]) | idle[rows]
        sums[rows[done]], gaps[rows[done]] = after[done], gap[done]
        rows, before = rows[~done], after[~done]
        if len(rows) == 0:
            break
    wrong = ~seen
    wrong[rows] = True
    return sums, gaps, np.flatnonzero(wrong)


def _sums(density: Density, corners: Floats, nodes: int, origin: Floats, columns: int) -> Floats:
    coordinates, weights = simplex_rule(corners.shape[2], nodes)
    points = coordinates @ corners
    parts = density.values(origin + points) * weights * measures(corners)[:, None]
    total = parts.sum(axis=1, keepdims=True)
    if columns == 1:
        return np.asarray(total)
    return np.concatenate([total, (parts[:, :, None] * points).sum(axis=1)], axis=1)


def _mesh(corners: Floats, owners: Ints) -> Mesh:
    """Return simplices as a mesh in which those of one polytope alone share vertices.

    What two have in common is then on the mesh's boundary, which no piece that is cut crosses; also
    where one of them is flat, and both its sides are on the other one's.
    """
    count, vertices, d = corners.shape
    marked = np.column_stack([np.repeat(owners, vertices), corners.reshape(-1, d)])
    distinct, number = np.unique(marked, axis=0, return_inverse=True)
    shared = np.asarray(number.reshape(count, vertices), dtype=np.int64)
    return Mesh(np.asarray(distinct[:, 1:], dtype=float), shared)
