"""Two views into a partition of space: its regions moved apart, and the whole with a corner cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geomot.kernels.simplices import Floats
from geomot.plotting.body import Body
from geomot.plotting.cuts import (
    Pieces,
    joined,
    section_of_tetrahedra,
    section_of_triangles,
    split_segments,
    split_triangles,
)

if TYPE_CHECKING:
    from geomot.diagram import Partition
    from geomot.export.patches import Patches


def exploded(patches: Patches, offsets: Floats) -> Body:
    """Return the regions, each moved.

    Parameters
    ----------
    patches
        The faces.
    offsets
        ``(B, 3)`` where to move each region, metres.
    """
    moved = patches.points + offsets[patches.cells]
    return Body(
        moved[patches.faces],
        patches.normals[patches.faces],
        patches.cells[patches.faces[:, 0]],
        moved[patches.seams],
    )


def cut_away(partition: Partition, patches: Patches, corner: Floats, toward: Floats) -> Body:
    """Return the partition without the octant between a point and the viewer.

    Parameters
    ----------
    partition
        The partition.
    patches
        Its faces.
    corner
        ``(3,)`` the point that the octant starts from, metres.
    toward
        ``(3,)`` signs: where the octant lies along each axis.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> from geomot.export.patches import patches_of
    >>> costs = distance_costs([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]], exponent=2)
    >>> whole = minimization_diagram(costs, Zone.box([0, 0, 0], [1, 1, 1])).solids()[0].partition
    >>> patches = patches_of(whole.vertices, whole.sides.corners, whole.sides.cells)
    >>> body = cut_away(whole, patches, np.full(3, 0.5), np.ones(3))
    >>> arms = body.corners[:, 1:] - body.corners[:, :1]
    >>> areas = 0.5 * np.linalg.norm(np.cross(arms[:, 0], arms[:, 1]), axis=1)
    >>> [round(float(areas[body.cells == cell].sum()), 9) for cell in (0, 1)]
    [2.6, 3.4]
    """
    outer = patches.beyond < 0
    faces, rim = (part[outer[part[:, 0]]] for part in (patches.faces, patches.seams))
    skin = np.concatenate([patches.points[faces], patches.normals[faces]], axis=2)
    shapes, lines = _outside(
        Pieces(skin, patches.cells[faces[:, 0]]), patches.points[rim], corner, toward
    )
    inner = partition.sides.cells[:, 1] < partition.sides.cells[:, 0]  # each face once
    walls = partition.vertices[partition.sides.corners[inner]]
    solid = Pieces(partition.vertices[partition.cells.simplices], partition.cells.cells)
    for axis in range(3):
        following, last = (axis + 1) % 3, (axis + 2) % 3

        def above(corners: Floats, along: int) -> Floats:
            return np.asarray(toward[along] * (corners[:, :, along] - corner[along]))

        section = section_of_tetrahedra(solid.corners, above(solid.corners, axis)).of(solid)
        section = split_triangles(section.corners, above(section.corners, last))[1].of(section)
        crease = section_of_triangles(section.corners, above(section.corners, following)).corners
        section = split_triangles(section.corners, above(section.corners, following))[1].of(section)
        facing = np.zeros_like(section.corners)
        facing[:, :, axis] = toward[axis]
        shapes.append(Pieces(np.concatenate([section.corners, facing], axis=2), section.rows))
        traces = section_of_triangles(walls, above(walls, axis)).corners
        for along in (following, last):
            traces = split_segments(traces, above(traces, along))[1].corners
        lines += [crease, traces]
    whole = joined(*shapes)
    return Body(whole.corners[:, :, :3], whole.corners[:, :, 3:], whole.rows, np.concatenate(lines))


def _outside(
    skin: Pieces, rim: Floats, corner: Floats, toward: Floats
) -> tuple[list[Pieces], list[Floats]]:
    """Return what of triangles and segments is outside the octant."""
    shapes, lines = [], []
    for axis in range(3):
        heights = toward[axis] * (skin.corners[:, :, axis] - corner[axis])
        below, above = split_triangles(skin.corners, heights)
        shapes.append(below.of(skin))
        skin = above.of(skin)
        under, over = split_segments(rim, toward[axis] * (rim[:, :, axis] - corner[axis]))
        lines.append(under.corners)
        rim = over.corners
    return shapes, lines
