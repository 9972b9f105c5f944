"""Points drawn from a density in a zone, by rejection below the bounds on the simplices of a mesh."""

from __future__ import annotations

import numpy as np

from geomot.densities.gaussian import Scaled
from geomot.diagram.subdivision.adaptivity import MOST, heavy
from geomot.errors import UnresolvedError
from geomot.geometry.meshes.mesh import Mesh, split
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, bounding_balls, measures

WASTE = 3.0  # draws for each point that is kept, at most, in the mean
ROUNDS = 1000  # of refining and of drawing; each halves what is left of either, or about that


def draw(density: Scaled, zone: Zone, count: int, rng: np.random.Generator) -> Floats:
    """Return points drawn independently from a density.

    Parameters
    ----------
    density
        The density, of mass 1 in the zone.
    zone
        The zone.
    count
        Number of points.
    rng
        Source of randomness.

    Returns
    -------
    ``(count, d)``, metres.

    Raises
    ------
    UnresolvedError
        If the density's bounds stay far above its values however small the balls.

    Notes
    -----
    Rejection (von Neumann 1951) below a density that is constant on each simplex: its upper bound
    there.  The mesh is refined until those bounds have at most three times the mass.

    Examples
    --------
    >>> from geomot import Zone, gaussian
    >>> from geomot.diagram import normalized
    >>> zone = Zone.box([0, 0], [1, 1])
    >>> corner = normalized(gaussian([0, 0], 0.01), zone, 1e-6)
    >>> draw(corner, zone, 4, np.random.default_rng(0)).max() < 0.06
    np.True_
    """
    mesh, most = _bounded(density, zone)
    corners, sizes = mesh.corners, measures(mesh.corners)
    parts = most * sizes / (most @ sizes)
    kept: list[Floats] = []
    missing = count
    for _ in range(ROUNDS):
        if missing == 0:
            break
        chosen = rng.choice(len(parts), size=int(WASTE * missing) + 8, p=parts)
        weights = rng.dirichlet(np.ones(corners.shape[1]), size=len(chosen))
        points = (weights[..., None] * corners[chosen]).sum(axis=1)
        accepted = points[rng.random(len(chosen)) * most[chosen] < density.values(points)]
        kept.append(accepted[:missing])
        missing -= len(kept[-1])
    if missing:
        raise _unbounded(density, zone)
    return np.concatenate(kept) if kept else np.empty((0, zone.dimension))


def _bounded(density: Scaled, zone: Zone) -> tuple[Mesh, Floats]:
    """Return a mesh of the zone and bounds of the density on its simplices, of little mass together."""
    mesh = zone.triangulation
    for _ in range(ROUNDS):
        corners, sizes = mesh.corners, measures(mesh.corners)
        most = density.upper_bounds(*bounding_balls(corners))
        if float(most @ sizes) <= WASTE:
            return mesh, most
        excess = (most - density.values(corners.mean(axis=1))) * sizes
        marked = heavy(excess, 0.5 * float(excess.sum()))
        if len(marked) > MOST or not marked.any():
            break
        mesh = split(mesh, marked).mesh
    raise _unbounded(density, zone)


def _unbounded(density: Scaled, zone: Zone) -> UnresolvedError:
    return UnresolvedError(
        f"no points can be drawn from a density of type {type(density.density).__name__} in a zone of "
        f"{zone.measure:g} m^{zone.dimension}: its upper bounds are far above its values on balls "
        "however small; expected bounds that fall with the radius: check `upper_bounds`"
    )
