r"""Cubature that follows the true boundary between cells inside labelled simplices.

The vertices of a simplex T, grouped by label, span faces D_1 .. D_k, and T is their join::

    x = t_1 x_1 + .. + t_k x_k,   x_i in D_i,   t in the standard (k-1)-simplex,
    dx = d! |T|  prod_i t_i^(n_i - 1)  dt  dx_1 .. dx_k          n_i = number of vertices of D_i

    2D, labels i, i, j: D_1 an edge, D_2 a vertex        2D, labels i, j, l: the fiber is T itself

              j                                                    l
             /|\                                                  / \
            / | \      each fiber is a segment                   /   \
           /--+--\     from D_1 to j with one                   /\   /\
          /   |   \    root (+) of c_i - c_j                   /  \_/  \    P ties all three,
         /    |    \                                          /    P    \   cones from P on the
        i-----------i                                        i-----------j  facets; slices have k-1

For fixed (x_1 .. x_k) the fiber is a simplex with k distinct labels.  It is split into the cones from
the tie point P on its facets; a slice of a cone parallel to its facet is again a fiber, with k - 1
labels, down to segments with one root.  The pieces tile T whatever the roots are, since each split
is one of measures; how well they follow the cells decides only which cell gets the mass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import factorial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from geomot.costs.base import Costs
from geomot.cubature.roots import segment_roots, tie_points
from geomot.cubature.rules import power_rule, simplex_rule
from geomot.kernels.simplices import Floats, Ints, measures

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, eq=False)
class CellNodes:
    """Nodes for integrals over cells.

    Parameters
    ----------
    points
        ``(m, d)``.
    weights
        ``(m,)``, metres^d.
    sites
        ``(m,)`` the cell each node belongs to.
    owners
        ``(m,)`` the simplex each node lies in.
    """

    points: Floats
    weights: Floats
    sites: Ints
    owners: Ints


@dataclass(frozen=True, eq=False)
class InterfaceNodes:
    """Nodes for integrals over the interfaces between cells.

    Parameters
    ----------
    points
        ``(m, d)`` on the bisectors.
    weights
        ``(m,)`` surface element over |grad(c_i - c_j)|: a change of c_i - c_j by one unit moves that
        measure of the integrand from cell i to cell j.
    pairs
        ``(m, 2)`` the cells (i, j).
    owners
        ``(m,)`` the simplex each node lies in.
    """

    points: Floats
    weights: Floats
    pairs: Ints
    owners: Ints

    def take(self, rows: np.ndarray) -> InterfaceNodes:
        """Return some of the nodes."""
        return InterfaceNodes(
            self.points[rows], self.weights[rows], self.pairs[rows], self.owners[rows]
        )


Nodes = TypeVar("Nodes", bound="DataclassInstance")


@dataclass(frozen=True, eq=False)
class _Fibers:
    """Simplices of dimension k - 1 with k labels, and what they stand for in the integral."""

    corners: Floats  # (m, k, d)
    sites: Ints  # (m, k)
    joint: Floats  # (m, k, K) coordinates t of the corners in the join's K faces
    weights: Floats  # (m,)
    owners: Ints  # (m,)


@dataclass(frozen=True, eq=False)
class JoinRule:
    """Cell and interface nodes of one batch of simplices."""

    cells: CellNodes
    interfaces: InterfaceNodes


def patterns(labels: Ints) -> Iterator[tuple[Ints, Ints, tuple[int, ...]]]:
    """Sort the vertices of simplices by label and group the simplices by the numbers of equals.

    Parameters
    ----------
    labels
        ``(m, d + 1)`` the label of each vertex.

    Yields
    ------
    The numbers of simplices ``(g,)``, the order of their vertices ``(g, d + 1)`` and the sizes
    (n_1, .., n_k) of the groups in that order, largest first.

    Examples
    --------
    >>> for numbers, order, sizes in patterns(np.array([[7, 4, 7], [1, 2, 3]])):
    ...     print(numbers, order.tolist(), sizes)
    [1] [[0, 1, 2]] (1, 1, 1)
    [0] [[0, 2, 1]] (2, 1)
    """
    same = (labels[:, :, None] == labels[:, None, :]).sum(axis=2)
    # stable order: large groups first, then by label
    order = np.lexsort((labels, -same), axis=1)
    ordered = np.take_along_axis(labels, order, axis=1)
    breaks = ordered[:, 1:] != ordered[:, :-1]
    codes = breaks @ (1 << np.arange(breaks.shape[1]))
    for code in np.flatnonzero(np.bincount(codes))[::-1]:
        numbers = np.flatnonzero(codes == code)
        edges = np.flatnonzero(breaks[numbers[0]]) + 1
        sizes = np.diff(np.concatenate([[0], edges, [labels.shape[1]]]))
        yield numbers, order[numbers], tuple(int(n) for n in sizes)


def join_rule(
    costs: Costs, corners: Floats, labels: Ints, nodes: int, sizes: Floats | None = None
) -> JoinRule:
    """Return nodes that follow the interfaces inside labelled simplices.

    Parameters
    ----------
    costs
        The costs.
    corners
        ``(m, d + 1, d)``, metres.
    labels
        ``(m, d + 1)`` the site with the smallest cost at each vertex.
    nodes
        Nodes per direction.
    sizes
        ``(m,)`` measures of the simplices if they are known better than from rounded corners.
    """
    if sizes is None:
        sizes = measures(corners)
    none, nowhere = np.empty(0, dtype=np.int64), np.empty((0, corners.shape[2]))
    cells = [CellNodes(nowhere, np.empty(0), none, none)]
    interfaces = [InterfaceNodes(nowhere, np.empty(0), np.empty((0, 2), dtype=np.int64), none)]
    for numbers, order, groups in patterns(labels):
        fibers = _fibers(
            np.take_along_axis(corners[numbers], order[:, :, None], axis=1),
            np.take_along_axis(labels[numbers], order, axis=1),
            numbers,
            groups,
            nodes,
            sizes[numbers],
        )
        powers = np.array(groups) - 1.0
        _integrate(costs, fibers, powers, nodes, cells, interfaces)
    return JoinRule(concatenate(CellNodes, cells), concatenate(InterfaceNodes, interfaces))


def _fibers(
    corners: Floats, labels: Ints, owners: Ints, groups: tuple[int, ...], nodes: int, sizes: Floats
) -> _Fibers:
    """Return the fibers over a product of cubature rules on the faces D_1 .. D_k."""
    count, k = len(corners), len(groups)
    firsts = np.concatenate([[0], np.cumsum(groups)[:-1]])
    rules = [simplex_rule(group - 1, nodes) for group in groups]
    grid = np.indices([len(weights) for _, weights in rules]).reshape(k, -1)
    shares, weights = np.zeros((grid.shape[1], k, corners.shape[1])), np.ones(grid.shape[1])
    for face, (first, group, rule) in enumerate(zip(firsts, groups, rules, strict=True)):
        shares[:, face, first : first + group] = rule[0][grid[face]]
        weights *= rule[1][grid[face]]
    scale = factorial(corners.shape[2]) / factorial(k - 1)
    for group in groups:
        scale /= factorial(group - 1)
    points = np.einsum("nkv,mvd->mnkd", shares, corners).reshape(-1, k, corners.shape[2])
    many = len(weights)
    return _Fibers(
        corners=points,
        sites=np.repeat(labels[:, firsts], many, axis=0),
        joint=np.broadcast_to(np.eye(k), (count * many, k, k)),
        weights=(scale * sizes[:, None] * weights).reshape(-1),
        owners=np.repeat(owners, many),
    )


def _integrate(
    costs: Costs,
    fibers: _Fibers,
    powers: Floats,
    nodes: int,
    cells: list[CellNodes],
    interfaces: list[InterfaceNodes],
) -> None:
    """Append the nodes of fibers with any number of labels."""
    k = fibers.sites.shape[1]
    if k == 1:
        cells.append(CellNodes(fibers.corners[:, 0], fibers.weights, fibers.sites[:, 0], fibers.owners))
    elif k == 2:
        _integrate_segments(costs, fibers, powers, nodes, cells, interfaces)
    else:
        for slices in _slices(costs, fibers, nodes):
            _integrate(costs, slices, powers, nodes, cells, interfaces)


def _integrate_segments(
    costs: Costs,
    fibers: _Fibers,
    powers: Floats,
    nodes: int,
    cells: list[CellNodes],
    interfaces: list[InterfaceNodes],
) -> None:
    """Split segments at their roots; each side gets its own Gauss rule."""
    roots = segment_roots(costs, fibers.corners, fibers.sites)
    rule, weights = power_rule(0, nodes)
    count, dimension = len(fibers.weights), fibers.corners.shape[2]
    place = roots.places[:, None]
    for side, places, lengths in (
        (0, place * rule, place),
        (1, place + (1.0 - place) * rule, 1.0 - place),
    ):
        element = _element(fibers.joint, powers, places)
        cells.append(
            CellNodes(
                _between(fibers.corners, places).reshape(-1, dimension),
                (fibers.weights[:, None] * lengths * weights * element).reshape(-1),
                np.repeat(fibers.sites[:, side], nodes),
                np.repeat(fibers.owners, nodes),
            )
        )
    inside = np.flatnonzero(roots.inside & (roots.slopes > 0.0))
    if len(inside) < count:
        fibers = _take(fibers, inside)
        place = place[inside]
    element = _element(fibers.joint, powers, place)[:, 0]
    interfaces.append(
        InterfaceNodes(
            _between(fibers.corners, place)[:, 0],
            fibers.weights * element / roots.slopes[inside],
            fibers.sites,
            fibers.owners,
        )
    )


def _slices(costs: Costs, fibers: _Fibers, nodes: int) -> Iterator[_Fibers]:
    """Cut fibers into cones from their tie points, and the cones into slices along the facets."""
    k = fibers.sites.shape[1]
    ties = tie_points(costs, fibers.corners, fibers.sites).coordinates
    apex = np.einsum("mk,mkd->md", ties, fibers.corners)
    joint_apex = np.einsum("mk,mkf->mf", ties, fibers.joint)
    # Legendre's nodes, not Jacobi's for s^(k - 2): an interface node's weight has one factor s less
    scale, weights = power_rule(0, nodes)
    weights = (k - 1) * scale ** (k - 2) * weights
    for missing in range(k):
        facet = [i for i in range(k) if i != missing]
        corners = apex[:, None] + scale[:, None, None, None] * (
            fibers.corners[:, facet] - apex[:, None]
        )
        joint = joint_apex[:, None] + scale[:, None, None, None] * (
            fibers.joint[:, facet] - joint_apex[:, None]
        )
        cone = weights[:, None] * (ties[:, missing] * fibers.weights)
        yield _Fibers(
            corners=corners.reshape(-1, *corners.shape[2:]),
            sites=np.tile(fibers.sites[:, facet], (nodes, 1)),
            joint=joint.reshape(-1, *joint.shape[2:]),
            weights=cone.reshape(-1),
            owners=np.tile(fibers.owners, nodes),
        )


def _between(ends: Floats, places: Floats) -> Floats:
    """Return points at shares ``(m, n)`` of the way along segments ``(m, 2, f)``: ``(m, n, f)``."""
    arms = ends[:, 1] - ends[:, 0]
    return np.asarray(ends[:, :1] + places[:, :, None] * arms[:, None])


def _element(joint: Floats, powers: Floats, places: Floats) -> Floats:
    """Return prod_i t_i^(n_i - 1) at shares ``(m, n)`` of the way along segments."""
    element = np.ones(places.shape)
    for face, power in enumerate(powers):
        if power > 0.0:
            element *= _between(joint[:, :, face : face + 1], places)[..., 0] ** power
    return element


def _take(fibers: _Fibers, rows: Ints) -> _Fibers:
    return _Fibers(
        fibers.corners[rows],
        fibers.sites[rows],
        fibers.joint[rows],
        fibers.weights[rows],
        fibers.owners[rows],
    )


def concatenate(kind: type[Nodes], parts: list[Nodes]) -> Nodes:
    """Return the nodes of all parts, or what else dataclasses of arrays hold, in order."""
    names = [field.name for field in fields(kind)]
    return kind(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
