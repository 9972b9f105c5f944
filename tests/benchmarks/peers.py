"""Power diagrams by other packages, those that are installed: measures of all cells in the unit box.

``pip install 'geomot[bench]'`` brings them; nothing else needs them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from itertools import permutations

import numpy as np
from scipy.spatial import ConvexHull

from geomot import Zone, power_diagram
from geomot.kernels.simplices import Floats

Solver = Callable[[Floats, Floats], Floats]


def by_geomot(sites: Floats, weights: Floats) -> Floats:
    d = sites.shape[1]
    return power_diagram(sites, weights, Zone.box([0.0] * d, [1.0] * d)).measures


def by_sdot(sites: Floats, weights: Floats) -> Floats:
    import jax
    import sdot

    jax.config.update("jax_enable_x64", True)
    d = sites.shape[1]
    walls = sdot.box_half_spaces(np.zeros(d), np.ones(d))
    found = sdot.PowerDiagram(sites, weights, boundaries=walls).measures
    return np.asarray(getattr(found, "raw", found))


def by_geogram(sites: Floats, weights: Floats) -> Floats:
    import geogram

    geogram.initialize()
    count, d = sites.shape
    corners = np.array(list(np.ndindex(*[2] * d)), dtype=float)
    order = 2 ** np.arange(d)[::-1]
    simplices = np.array([np.append(0, np.cumsum(order[list(p)])) for p in permutations(range(d))])
    arms = corners[simplices[:, 1:]] - corners[simplices[:, :1]]
    turned = np.linalg.det(arms) < 0.0
    simplices[turned, -2:] = simplices[turned, :-3:-1]
    cells = geogram.Voronoi(sites, weights, corners, simplices.astype(np.uint32))
    parts = cells.q[cells.t]
    sizes = np.linalg.det(parts[:, 1:] - parts[:, :1]) / (2.0 if d == 2 else 6.0)
    return np.bincount(cells.tseed, sizes, minlength=count)


def by_pyvoro2(sites: Floats, weights: Floats) -> Floats:
    import pyvoro2

    space, size = (pyvoro2.planar, "area") if sites.shape[1] == 2 else (pyvoro2, "volume")
    cells = space.compute(
        sites,
        domain=space.Box(((0.0, 1.0),) * sites.shape[1]),
        mode="power",
        weights=weights,
        include_empty=True,
        output="cells",
    )
    measures = np.zeros(len(sites))
    measures[[cell["id"] for cell in cells]] = [cell[size] for cell in cells]
    return measures


def by_pyvoro(sites: Floats, weights: Floats) -> Floats:
    """Unweighted, without weights: one empty cell loses all results."""
    import pyvoro

    compute = pyvoro.compute_2d_voronoi if sites.shape[1] == 2 else pyvoro.compute_voronoi
    block = 2.0 * len(sites) ** (-1.0 / sites.shape[1])
    cells = compute(sites.tolist(), [[0.0, 1.0]] * sites.shape[1], block)
    return np.array([cell["volume"] for cell in cells])


def by_hull(sites: Floats, weights: Floats) -> Floats:
    """The dual alone, no measures: what any route by a lifted hull takes at least."""
    ConvexHull(np.column_stack([sites, (sites**2).sum(axis=1) - weights]))
    return np.full(len(sites), np.nan)


def installed(module: str) -> bool:
    """Return whether a package can be imported: sdot needs Python 3.12 and fails with its syntax."""
    try:
        importlib.import_module(module)
    except (ImportError, SyntaxError):
        return False
    return True


PEERS: dict[str, tuple[str, Solver]] = {
    "geomot": ("geomot", by_geomot),
    "sdot": ("sdot", by_sdot),
    "geogram": ("geogram", by_geogram),
    "pyvoro2": ("pyvoro2", by_pyvoro2),
    "pyvoro, no weights": ("pyvoro", by_pyvoro),
    "scipy's hull, dual alone": ("scipy", by_hull),
}
