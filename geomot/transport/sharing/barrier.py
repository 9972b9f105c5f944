"""Atoms shared between sites: one step of an interior-point method.

An atom k at the point p_k is shared by the sites in fractions x_b >= 0 that sum to 1.  With the price
u_k that it pays and the slacks s_b = c_b(p_k) + w_b - u_k >= 0 an equilibrium has x_b s_b = 0: only the
cheapest sites serve it.  Here x_b s_b = mu > 0, which keeps fractions and slacks positive and the
residual smooth; mu goes to zero.  Linearised in fractions, prices, w and log q (Wright, Primal-Dual
Interior-Point Methods, 1997, chapter 1), fractions and prices are eliminated atom by atom:

    dx_b = mu / s_b - x_b - D_b (dc_b - du),    D_b = x_b / s_b
    du   = (sum_b D_b dc_b - sum_b (mu / s_b - x_b)) / sum_b D_b
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from geomot.kernels.simplices import Floats, Ints
from geomot.transport.congestion.evaluation import Shares, jacobian
from geomot.transport.congestion.problem import CongestionProblem

INNER = 60  # bisections of the prices


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which sites may share which atoms.

    Parameters
    ----------
    problem
        The problem; it has atoms.
    owners
        ``(e,)`` the atom of each pair, ascending; every atom has a pair.
    sites
        ``(e,)``.
    """

    problem: CongestionProblem
    owners: Ints
    sites: Ints

    @property
    def points(self) -> Floats:
        """Where the atoms of the pairs are, ``(e, d)``."""
        assert self.problem.atoms is not None
        return self.problem.atoms.points[self.owners]

    @property
    def demands(self) -> Floats:
        """What the atoms ask of the sites, ``(e,)``, as a part of their capacity."""
        assert self.problem.atoms is not None
        capacity = self.problem.multiplicity * self.problem.capacities
        demands = self.problem.atoms.demands[self.owners, self.sites]
        return np.asarray(demands / capacity[self.sites])

    @property
    def starts(self) -> Ints:
        """Where the pairs of each atom start, ``(K,)``."""
        return np.flatnonzero(np.diff(self.owners, prepend=-1))

    def sums(self, values: Floats) -> Floats:
        """Return sums over the pairs of each atom, ``(K,)``."""
        return np.asarray(np.add.reduceat(values, self.starts))

    def table(self, values: Floats) -> Floats:
        """Return values of pairs as ``(K, B)``, zero elsewhere."""
        assert self.problem.atoms is not None
        table = np.zeros(self.problem.atoms.demands.shape)
        table[self.owners, self.sites] = values
        return table


@dataclass(frozen=True, eq=False)
class Sharing:
    """Unknowns of the interior-point method.

    Parameters
    ----------
    shares
        Masses at offsets and resources.
    costs
        ``(e,)`` c_b + w_b of the pairs.
    fractions
        ``(e,)`` x, positive.
    prices
        ``(K,)`` u, below the costs.
    """

    shares: Shares
    costs: Floats
    fractions: Floats
    prices: Floats

    def slacks(self, pairs: Pairs) -> Floats:
        """Return c_b + w_b - u, ``(e,)``."""
        return np.asarray(self.costs - self.prices[pairs.owners])

    def residual(self, pairs: Pairs, mu: float) -> Floats:
        """Return the residuals of masses, resources (as parts of the capacities) and products."""
        problem, shares = pairs.problem, self.shares
        mass = shares.masses - problem.multiplicity * np.exp(shares.offsets)
        load = np.bincount(pairs.sites, pairs.demands * self.fractions, problem.count)
        left = shares.resources / problem.capacities - 1.0 + load
        return np.concatenate([mass, left, self.fractions * self.slacks(pairs) - mu])


def pair_costs(pairs: Pairs, shares: Shares) -> Floats:
    """Return c_b + w_b of the pairs, ``(e,)``."""
    return shares.costs.values(pairs.points, pairs.sites)


def centered(pairs: Pairs, shares: Shares, mu: float) -> Sharing:
    """Return the fractions mu / s and the prices that make them sum to 1."""
    costs = pair_costs(pairs, shares)
    least = np.minimum.reduceat(costs, pairs.starts)
    count = np.bincount(pairs.owners)
    low, high = least - mu * count, least - mu  # the sum is at most 1, at least 1
    for _ in range(INNER):
        middle = 0.5 * (low + high)
        heavy = pairs.sums(mu / (costs - middle[pairs.owners])) > 1.0
        low, high = np.where(heavy, low, middle), np.where(heavy, middle, high)
    fractions = mu / (costs - low[pairs.owners])
    return Sharing(shares, costs, fractions / pairs.sums(fractions)[pairs.owners], low)


@dataclass(frozen=True, eq=False)
class Step:
    """A step in w - log q, log q, the fractions and the prices."""

    values: Floats
    logs: Floats
    fractions: Floats
    prices: Floats


def barrier_step(pairs: Pairs, sharing: Sharing, mu: float) -> Step:
    """Return Newton's step towards products of fractions and slacks that are ``mu``."""
    problem, shares, count = pairs.problem, sharing.shares, pairs.problem.count
    owners, sites, demands = pairs.owners, pairs.sites, pairs.demands
    atoms = len(sharing.prices)
    residual = sharing.residual(pairs, mu)
    mass, left = residual[:count], residual[count : 2 * count]
    inverse = 1.0 / sharing.slacks(pairs)
    weight, pull = sharing.fractions * inverse, mu * inverse - sharing.fractions
    total = pairs.sums(weight)
    felt = felt_resources(pairs, shares)
    # fractions move by pull - weight (dc - du): what that does to the loads
    moved = pull - weight * (pairs.sums(pull) / total)[owners]
    give = sparse.csr_array((demands * weight / total[owners], (owners, sites)), shape=(atoms, count))
    by_value, by_log = (
        sparse.csr_array(give.T @ sparse.csr_array((weight * v, (owners, sites)), shape=(atoms, count)))
        - sparse.diags_array(np.bincount(sites, demands * weight * v, count))
        for v in (np.ones(len(sites)), felt)
    )
    relative = shares.resources / problem.capacities
    top, top_log = mass_blocks(problem, shares)
    matrix = sparse.block_array(
        [[top, top_log], [by_value, by_log + sparse.diags_array(relative)]], format="csc"
    )
    right = -np.concatenate([mass, left + np.bincount(sites, demands * moved, count)])
    values, logs = np.split(spsolve(matrix, right), 2)
    change = values[sites] + felt * logs[sites]
    prices = (pairs.sums(weight * change) - pairs.sums(pull)) / total
    fractions = pull - weight * (change - prices[owners])
    return Step(values, logs, fractions, prices)


def felt_resources(pairs: Pairs, shares: Shares) -> Floats:
    """Return the derivative of c_b + w_b in log q_b at fixed w_b - log q_b, ``(e,)``."""
    slopes = pairs.problem.family.resource_slopes(pairs.points, pairs.sites, shares.resources)
    return np.asarray(1.0 + shares.resources[pairs.sites] * slopes)


def mass_blocks(
    problem: CongestionProblem, shares: Shares
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return the derivatives of alpha - m exp w in w - log q and in log q, ``(B, B)`` each."""
    by_offset, by_resource, _, _ = jacobian(problem, shares)
    wanted = problem.multiplicity * np.exp(shares.offsets)
    # max(alpha, m exp w): see `geomot.transport.congestion.steps.newton_direction`
    top = by_offset - sparse.diags_array(np.maximum(wanted, shares.masses))
    scale = sparse.diags_array(shares.resources)
    return top, by_offset + by_resource @ scale - sparse.diags_array(wanted)
