"""Integrals of a density over simplices that belong to convex polytopes, or to facets of these.

Simplices are halved until two rules agree.  Densities that are polynomials in tiles need none of this:
see `geomot.power.tiled`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geomot.cubature.rules import simplex_rule
from geomot.densities.base import Density
from geomot.errors import UnresolvedError
from geomot.geometry.meshes.mesh import Mesh, split
from geomot.kernels.simplices import Floats, Ints, bounding_balls, facet_measures, measures

NODES = (2, 3, 4, 6)  # nodes per direction, one after the other until two rules agree
LARGE = 2.0  # radius of a simplex, in lengths on which the density varies, beyond which it is halved
ROUNDING = 16.0 * float(np.finfo(float).eps)  # part of an integral that rules cannot agree on
STEEP = 16.0  # steepest relative change of a density on the length on which it varies
HALVINGS = 60
MOST = 1_000_000  # simplices that are left at a time
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
    """Integrate a density, and its first moments, over the simplices of ``count`` polytopes or facets.

    Parameters
    ----------
    density
        The density.
    corners, owners
        ``(n, d + 1, d)`` simplices, relative to the origin, or ``(n, d, d)`` of facets; ``(n,)`` the
        polytope or facet that each is a part of.
    allowance
        Largest error of all integrals together; each simplex may have its share by measure.
    origin
        ``(d,)`` where the simplices are in the density's coordinates.
    moments
        Whether the integrals of the density times x - origin are wanted, too.

    Returns
    -------
    The integrals, ``(count, 1)`` or ``(count, 1 + d)``, and estimates of the errors of the first,
    ``(count,)``.

    Raises
    ------
    UnresolvedError
        If two rules do not agree on simplices however small, or on too many.

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

    def book(rows: np.ndarray) -> None:
        for column in range(columns):
            values[:, column] += np.bincount(owners[rows], sums[rows, column], minlength=count)
        errors[:] += np.bincount(owners[rows], gaps[rows], minlength=count)

    rate = allowance / max(float(sizes(corners).sum()), np.finfo(float).tiny)
    for _ in range(HALVINGS):
        sums, gaps, wrong = _rated(density, corners, rate, origin, columns)
        book(~wrong)
        if not wrong.any():
            return values, errors
        corners, owners = corners[wrong], owners[wrong]
        if len(corners) > MOST:
            break
        own = np.arange(corners.shape[0] * corners.shape[1]).reshape(corners.shape[:2])
        apart = Mesh(corners.reshape(-1, corners.shape[2]), own)
        fine = split(apart, np.ones(len(corners), dtype=bool))
        corners, owners = fine.mesh.corners, owners[fine.parents]
    raise UnresolvedError(
        f"two rules of cubature still differ on {len(corners)} simplices after halvings; expected a "
        "density without jumps, or one in tiles, such as a grid or a mesh: ask for a larger tolerance"
    )


def _rated(
    density: Density, corners: Floats, rate: float, origin: Floats, columns: int
) -> tuple[Floats, Floats, np.ndarray]:
    """Return integrals with the fewest nodes that do, their errors, and which are too large."""
    parts = [
        _agreed(density, corners[first : first + CHUNK], rate, origin, columns)
        for first in range(0, max(len(corners), 1), CHUNK)
    ]
    sums, gaps, wrong = (np.concatenate(each) for each in zip(*parts, strict=True))
    return sums, gaps, wrong


def _agreed(
    density: Density, corners: Floats, rate: float, origin: Floats, columns: int
) -> tuple[Floats, Floats, np.ndarray]:
    """Return the same for a few simplices."""
    size = sizes(corners)
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

    def density_at(points: Floats) -> Floats:
        return density.values(origin + points)

    before = rule_sums(density_at, corners[rows], NODES[0], columns)
    for nodes in NODES[1:]:
        after = rule_sums(density_at, corners[rows], nodes, columns)
        gap = np.abs(after[:, 0] - before[:, 0])
        sums[rows], gaps[rows] = after, gap
        done = (gap <= rate * size[rows] + noise[rows] * after[:, 0]) | idle[rows]
        rows, before = rows[~done], after[~done]
        if len(rows) == 0:
            break
    wrong = ~seen
    wrong[rows] = True
    return sums, gaps, wrong


def sizes(corners: Floats) -> Floats:
    """Return the measures of simplices ``(m, d + 1, d)``, or of facets ``(m, d, d)``."""
    return measures(corners) if corners.shape[1] > corners.shape[2] else facet_measures(corners)


def rule_sums(values: Callable[[Floats], Floats], corners: Floats, nodes: int, columns: int) -> Floats:
    """Apply a rule to a function, and to the function times x, on simplices.

    Parameters
    ----------
    values
        The function: of points ``(m, n, d)``, ``(m, n)``.
    corners
        ``(m, k + 1, d)`` simplices, of as many dimensions as space or one less.
    nodes
        Nodes per direction.
    columns
        1, or 1 + d if the first moments are wanted.

    Returns
    -------
    ``(m, columns)``.
    """
    coordinates, weights = simplex_rule(corners.shape[1] - 1, nodes)
    points = coordinates @ corners
    parts = values(points) * weights * sizes(corners)[:, None]
    total = parts.sum(axis=1, keepdims=True)
    if columns == 1:
        return np.asarray(total)
    return np.concatenate([total, (parts[:, :, None] * points).sum(axis=1)], axis=1)
