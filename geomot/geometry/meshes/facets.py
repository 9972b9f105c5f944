"""The facets that bound a mesh."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from geomot.geometry.meshes.mesh import Mesh
from geomot.kernels.simplices import Floats, Ints


def boundary_facets(mesh: Mesh) -> tuple[Ints, Ints]:
    """Return the facets of a conforming mesh that bound one simplex only, and that simplex.

    Returns
    -------
    Vertex numbers ``(f, d)``, and simplices ``(f,)``.

    Examples
    --------
    >>> square = Mesh(np.array([[0., 0.], [1., 0.], [1., 1.], [0., 1.]]),
    ...               np.array([[0, 1, 2], [0, 2, 3]]))
    >>> boundary_facets(square)[0].tolist()
    [[0, 1], [0, 3], [1, 2], [2, 3]]
    """
    d = mesh.dimension
    chosen = list(combinations(range(d + 1), d))
    facets = np.sort(np.concatenate([mesh.simplices[:, each] for each in chosen]), axis=1)
    distinct, first, counts = np.unique(facets, axis=0, return_index=True, return_counts=True)
    alone = counts == 1
    return distinct[alone], first[alone] % len(mesh.simplices)


def facet_normals(facets: Floats) -> Floats:
    """Return a normal, of any length, of each facet ``(f, d, d)`` in the plane or in space.

    Examples
    --------
    >>> facet_normals(np.array([[[0.0, 0.0], [2.0, 0.0]]])).tolist()
    [[0.0, 2.0]]
    """
    arms = facets[:, 1:] - facets[:, :1]
    if facets.shape[1] == 2:
        return np.stack([0.0 - arms[:, 0, 1], arms[:, 0, 0]], axis=1)
    return np.asarray(np.cross(arms[:, 0], arms[:, 1]))
