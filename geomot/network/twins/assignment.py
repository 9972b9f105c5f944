"""Which server hosts which twin, for given regions: a convex problem in whole numbers.

With regions and so alpha_b fixed, eq. 9a depends on the hosting x_kb through

    sum_b omega_b / psi_b,    psi_b = Psi_b - sum_k x_kb phi_kb > 0,    omega_b = Lambda alpha_b R_b

(R_b the integral of rho g over a_b: alpha_b where rho is constant), convex in x.  Each 1 / psi_b is
bounded below by tangents; a linear problem in whole numbers (`scipy.optimize.milp`) minimises the
bound, tangents are added where it puts psi_b, and so on until the bound meets the best hosting found
(outer approximation: Duran, Grossmann, Mathematical Programming 36, 1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geomot.geometry.zones.silence import silence
from geomot.kernels.simplices import Floats, Ints

GAP = 1e-6  # of the objective: bound and hosting agree
ROUNDS = 60
NODES = 2000  # of branch and bound in each round
MANY, FEW, FEW_NODES = 5000, 4, 20  # pairs above which each twin gets a few only, and nodes then
FAILED = 4  # milp's status for numerical trouble
CLOSEST = 1e-3  # part of the compute left at a tangent, at least: steeper ones drown in rounding
HALVINGS = 100  # of the interval of the level
FULL = 1.0 - 1e-6  # most of a server's compute that twins may take
FIRST = (0.5, 0.8, 0.95, 1.0, 1.05, 1.25, 2.0, np.inf)  # left at the first tangents, times what is best


@dataclass(frozen=True, eq=False)
class Plan:
    """A hosting and how good it is.

    Parameters
    ----------
    hosts
        ``(K,)`` the server of each twin.
    rendering
        ``(B,)`` psi_b, cycle/s.
    objective
        sum_b omega_b / psi_b.
    bound
        No hosting has less.
    relaxed
        The least if twins could be divided between servers.
    """

    hosts: Ints
    rendering: Floats
    objective: float
    bound: float
    relaxed: float

    @property
    def gap(self) -> float:
        """What the hosting is above its bound, as a part of it."""
        return _part(self.objective, self.bound)

    @property
    def relaxation_gap(self) -> float:
        """What the hosting is above the relaxation, as a part of it."""
        return _part(self.objective, self.relaxed)


def best_hosting(demands: Floats, compute: Floats, weights: Floats) -> Plan | None:
    """Return the hosting of least sum_b omega_b / psi_b.

    Parameters
    ----------
    demands
        ``(K, B)`` phi, cycle/s; infinite where a server cannot host a twin; some server can.
    compute
        ``(B,)`` Psi, cycle/s.
    weights
        ``(B,)`` omega >= 0, not all zero.

    Returns
    -------
    The best hosting found, proved to `GAP` unless branch and bound takes more than `NODES` nodes, or
    there are so many pairs that only the most promising are tried: see its gap.  None if no hosting
    leaves every server compute.

    Examples
    --------
    >>> plan = best_hosting(np.array([[2.0, 2.0], [1.0, 1.0]]), np.array([4.0, 4.0]), np.ones(2))
    >>> sorted(plan.rendering.tolist()), round(plan.objective, 6)
    ([2.0, 3.0], 0.833333)
    """
    if len(demands) == 0:
        value = float((weights / compute).sum())
        return Plan(np.empty(0, dtype=np.int64), compute.copy(), value, value, value)
    demands = np.where(demands <= FULL * compute, demands, np.inf)  # alone it would be too much
    if not np.isfinite(demands).any(axis=1).all():
        return None
    model = _Model(demands, compute, weights)
    relaxed = model.relaxation()
    return None if relaxed is None else model.solve(relaxed)


def rated(hosts: Ints, demands: Floats, compute: Floats, weights: Floats) -> Plan:
    """Return a given hosting with the bounds of the best one.

    Parameters
    ----------
    hosts
        ``(K,)`` the server of each twin; they leave each server compute.
    demands, compute, weights
        As for `best_hosting`.
    """
    best = best_hosting(demands, compute, weights)
    asked = np.bincount(hosts, demands[np.arange(len(hosts)), hosts], len(compute))
    value = float((weights / (compute - asked)).sum())
    bounds = (value, value) if best is None else (min(best.bound, value), best.relaxed)
    return Plan(hosts, compute - asked, value, *bounds)


class _Model:
    """The linear problem: x of all pairs, then y_b above the tangents of omega_b / psi_b."""

    def __init__(self, demands: Floats, compute: Floats, weights: Floats) -> None:
        self.demands, self.compute = demands, compute
        self.scale = float((weights / compute).sum())
        self.weights = weights / compute / self.scale  # of 1 / (1 - load / compute)
        self.twins, self.sites = np.nonzero(np.isfinite(demands))
        self.parts = demands[self.twins, self.sites] / compute[self.sites]
        count, servers = len(self.twins), len(compute)
        shape = (servers, count + servers)
        index = np.arange(count)
        self.loads = sparse.csr_array((self.parts, (self.sites, index)), shape=shape)
        self.lifts = sparse.csr_array(
            (np.ones(servers), (np.arange(servers), count + np.arange(servers))), shape=shape
        )
        self.once = sparse.csr_array(
            (np.ones(count), (self.twins, index)), shape=(len(demands), count + servers)
        )
        left = 1.0 - self._level()
        self.cuts = [1.0 - np.minimum(stretch * left, 1.0) for stretch in FIRST]
        self.open = np.ones(count)  # the pairs that may be taken

    def _level(self) -> Floats:
        """Return the best parts taken if each twin asked all servers for the least that it needs.

        There the slopes omega_b / (Psi_b (1 - load)^2) are equal wherever a part is taken.
        """
        needed = float(self.demands.min(axis=1).sum())
        slopes = np.sqrt(self.weights / self.compute)
        low, high = 0.0, 1.0 / max(float(slopes[slopes > 0.0].min()), 1e-300)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            parts = np.clip(1.0 - slopes * middle, 0.0, FULL)
            low, high = (middle, high) if float(parts @ self.compute) > needed else (low, middle)
        return np.asarray(np.clip(1.0 - slopes * high, 0.0, FULL))

    def relaxation(self) -> float | None:
        """Return the least objective of divided twins (a lower bound of it, to `GAP`), or None."""
        for _ in range(ROUNDS):
            found = self._minimise(0)
            if found is None:
                return None
            values, bound = found
            loads = self.loads @ values
            if self._objective(loads) - bound <= GAP * bound:
                break
            self.cuts.append(loads)
        if len(self.twins) > MANY:
            self._narrow(values[: len(self.twins)], loads)
        return bound * self.scale

    def _narrow(self, taken: Floats, loads: Floats) -> None:
        """Keep of each twin the pairs that the relaxation takes and the cheapest at its prices."""
        prices = self.weights / (1.0 - np.minimum(loads, FULL)) ** 2
        costs = np.where(taken > 0.0, -1.0, prices[self.sites] * self.parts)
        order = np.lexsort((costs, self.twins))
        rank = np.arange(len(order)) - np.searchsorted(self.twins, self.twins)  # twins ascend
        self.open = np.zeros(len(order))
        self.open[order[rank < FEW]] = 1.0

    def solve(self, relaxed: float) -> Plan | None:
        """Return the best hosting found."""
        best, least, bound = None, np.inf, relaxed / self.scale
        for _ in range(ROUNDS):
            found = self._minimise(1)
            if found is None:
                break
            values, below = found
            if self.open.all():  # else it bounds the hostings of some pairs only
                bound = max(bound, below)
            chosen = np.zeros(len(self.demands), dtype=np.int64)
            taken = values[: len(self.twins)] > 0.5
            chosen[self.twins[taken]] = self.sites[taken]
            loads = self._loads(chosen)
            value = self._objective(loads)
            stuck = value > (1.0 - GAP) * least and not self.open.all()
            if value < least:
                best, least = chosen, value
            if stuck or least - bound <= GAP * bound or any((loads == cut).all() for cut in self.cuts):
                break
            self.cuts.append(loads)
        if best is None:
            return None
        rendering = self.compute * (1.0 - self._loads(best))
        return Plan(best, rendering, least * self.scale, min(bound, least) * self.scale, relaxed)

    def _loads(self, hosts: Ints) -> Floats:
        asked = self.demands[np.arange(len(hosts)), hosts] / self.compute[hosts]
        return np.asarray(np.bincount(hosts, asked, len(self.compute)))

    def _objective(self, loads: Floats) -> float:
        return float((self.weights / np.maximum(1.0 - loads, 1.0 - FULL)).sum())

    def _minimise(self, whole: int) -> tuple[Floats, float] | None:
        """Return the minimiser of the tangents and a bound, or None if there is none."""
        count, servers = len(self.twins), len(self.compute)
        rows = [LinearConstraint(self.once, 1.0, 1.0), LinearConstraint(self.loads, -np.inf, FULL)]
        for cut in self.cuts:
            # y >= omega (1 / (1 - l) + (load - l) / (1 - l)^2)
            cut = np.minimum(cut, 1.0 - CLOSEST)
            left = 1.0 - cut
            slope = sparse.diags_array(-self.weights / left**2)
            floor = self.weights * (1.0 / left - cut / left**2)
            rows.append(LinearConstraint(self.lifts + slope @ self.loads, floor, np.inf))
        cost = np.concatenate([np.zeros(count), np.ones(servers)])
        kinds = np.concatenate([np.full(count, whole), np.zeros(servers)])
        upper = np.concatenate([self.open, np.full(servers, np.inf)])
        nodes = NODES if self.open.all() else FEW_NODES
        for presolve in (True, False):
            options = {"mip_rel_gap": 0.1 * GAP, "node_limit": nodes, "presolve": presolve}
            with silence(1):  # HiGHS at times prints notes for its authors
                found = milp(
                    cost,
                    integrality=kinds,
                    bounds=Bounds(0.0, upper),
                    constraints=rows,
                    options=options,
                )
            if found.status != FAILED:
                break
        if found.x is None:
            return None
        bound = found.mip_dual_bound if whole and found.mip_dual_bound is not None else found.fun
        return np.asarray(found.x), float(bound)


def _part(value: float, bound: float) -> float:
    return max(0.0, value / bound - 1.0)
