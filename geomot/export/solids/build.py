"""From the partition of a spatial diagram to what files hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomot.appearance.colors import spread_fills
from geomot.diagram.spatial.partition import Partition
from geomot.export.solids.content import SolidMesh, SolidRegion
from geomot.kernels.simplices import Floats, Ints


def solid_mesh(
    whole: Partition,
    names: Sequence[str],
    *,
    sites: Sequence[int] | None = None,
    order: int = 1,
    volume: bool = False,
    facts: dict[str, str] | None = None,
    zone: float | None = None,
    fills: Sequence[str] | None = None,
) -> SolidMesh:
    """Return cells of a partition as regions to write.

    Parameters
    ----------
    whole
        The partition.
    names
        One name per site.
    sites
        The sites whose cells are wanted; all if not given.
    order
        1 for flat faces, 2 for curved ones.
    volume
        Whether tetrahedra are wanted in place of faces.
    facts
        "title", "method", "status" and "solve" of what is written.
    zone
        Volume of the zone, metres^3, by its own tetrahedra; held where all cells are wanted.
    fills
        One colour per site, those of the diagram; by the neighbours in the partition if not given.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> costs = distance_costs([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]], exponent=2)
    >>> solids = minimization_diagram(costs, Zone.box([0, 0, 0], [1, 1, 1])).solids()
    >>> mesh = solid_mesh(solids[0].partition, ["left", "right"], zone=1.0)
    >>> [region.name for region in mesh.regions], mesh.zone
    (['left', 'right'], 1.0)
    """
    chosen = range(len(names)) if sites is None else sites
    colors = spread_fills(len(names), lambda: whole.beside) if fills is None else fills
    known = dict(enumerate(names)) | {-1 - p: part for p, part in enumerate(whole.parts)}
    points = [whole.curved.points if order == 2 else whole.vertices]
    regions = []
    for site in chosen:
        neighbours = None
        if volume:
            cells = whole.cells.simplices[whole.cells.cells == site]
        else:
            rows = np.flatnonzero(whole.sides.cells[:, 0] == site)
            neighbours = whole.sides.cells[rows, 1]
            cells, copies = _faces(whole, site, rows, order, sum(map(len, points)))
            points.append(points[0][copies])
        regions.append(SolidRegion(names[site], site, cells, neighbours, colors[site]))
    every = np.concatenate(points)
    used = np.zeros(len(every), dtype=bool)
    for region in regions:
        used[region.cells] = True
    place = np.cumsum(used) - 1
    held = tuple(
        SolidRegion(one.name, one.site, place[one.cells], one.neighbours, one.color) for one in regions
    )
    filled = zone if len(held) == len(names) else None
    return SolidMesh(every[used], held, known, dict(facts or {}), "m", filled)


def _faces(whole: Partition, site: int, rows: Ints, order: int, first: int) -> tuple[Ints, Ints]:
    """Return the faces of a cell, and the points that it has copies of, which count from ``first``."""
    width = 3 * order
    if not len(rows):
        return np.empty((0, width), dtype=np.int64), np.empty(0, dtype=np.int64)
    surface = whole.surface(site)
    numbers, copies = _separated(surface.vertices, first)
    faces = numbers[surface.faces]
    if order == 1:
        return faces, copies
    # a side on which the cell touches itself has as many middles as pairs of ends
    middles = whole.curved.nodes[rows, 3:]
    ends = np.sort(np.stack([surface.faces, np.roll(surface.faces, -1, axis=1)], axis=2), axis=2)
    keys, place = np.unique(
        np.concatenate([middles[:, :, None], ends], axis=2).reshape(-1, 3), axis=0, return_inverse=True
    )
    numbers, more = _separated(keys[:, 0], first + len(copies))
    return np.concatenate([faces, numbers[place].reshape(-1, 3)], axis=1), np.concatenate(
        [copies, more]
    )


def _separated(points: Ints, first: int) -> tuple[Ints, Ints]:
    """Return numbers for points of which some are there repeatedly: those get new ones."""
    _, place = np.unique(points, return_index=True)
    again = np.ones(len(points), dtype=bool)
    again[place] = False
    numbers = points.copy()
    numbers[again] = first + np.arange(again.sum())
    return numbers, points[again]


def merged(corners: Floats) -> tuple[Floats, Ints]:
    """Return the different points among the corners of faces ``(f, 3, 3)``, and the faces.

    Examples
    --------
    >>> points, faces = merged(np.array([[[0., 0, 0], [1, 0, 0], [0, 1, 0]],
    ...                                  [[0., 0, 0], [0, 1, 0], [0, 0, 1]]]))
    >>> len(points), faces.shape
    (4, (2, 3))
    """
    points, place = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    return points, place.reshape(-1, 3).astype(np.int64)
