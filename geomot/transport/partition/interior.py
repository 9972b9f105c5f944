"""A start for the descent to an optimal partition: an interior-point method on a cloud.

Each point n of a cloud may be shared by the sites in fractions x_nb >= 0 that sum to 1.  With v_nb what
it adds to the holdings of b, z_b = sum_n x_nb v_nb and p = grad J(z), a stationary partition has

    x_nb s_nb = 0,    s_nb = p_b v_nb - u_n >= 0,

u_n what the cheapest site asks.  Here x_nb s_nb goes to zero from above, by Newton's method with
Mehrotra's predictor and corrector (Wright, Primal-Dual Interior-Point Methods, 1997, chapter 10).
Where sites nearly tie over much of the zone, cells leap at the least change of prices; fractions that
are unknowns of their own need not.  Given the change dp of the prices they change, point by point, by

    dx_nb = y_nb - D_nb (v_nb dp_b - the mean of that over b, weighted with D),    D = x / s,

y_nb the same without dp, and what is left is (I + J'' S) dp = J'' sum_n y v: S the covariance of v
with weights D, J'' the second derivatives, B q equations in all.

The points are small simplices, smaller along the interfaces of the optimum of a coarser cloud.  Only
the start of the descent comes from here; no result does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from geomot.cubature.rules import simplex_rule
from geomot.geometry.meshes.mesh import split
from geomot.kernels.simplices import Floats, bounding_balls, measures, squared_norms
from geomot.transport.partition.problem import Objective, PartitionProblem
from geomot.transport.starts.soft_minimum import graded_mesh

CLOUDS = (5000, 0), (20_000, 4)  # their simplices, and how often those on interfaces are split
NUMBERS = 1_500_000  # of all stakes of a cloud, about
NODES = 2  # per direction, in a simplex
ROUNDS = 100
HALVINGS = 60  # of a step, to where the objective is finite
GAP = 1e-8  # of J, at which it ends
FIRST = 0.1  # first slack of the cheapest site, as a part of its cost
UNDECIDED = (0.5, 0.9, 1.0)  # part of each point that all sites share at first: the least allowed one
NEARLY = 0.99  # part of the way to the boundary that a step may go
CENTERED = (1e-3, 0.8)  # next products against these: least and most
POWER = 3  # Mehrotra's exponent for that
LEAST = 0.5  # eigenvalue of I + J'' S: below, J falls faster than cells can follow
TINY = 1e-12  # of the largest cost of a point: points of less count as of this


def interior_start(problem: PartitionProblem, prices: Floats, shares: Floats) -> Floats:
    """Return prices of a partition near a stationary one.

    Parameters
    ----------
    problem
        The problem.
    prices
        ``(B, q)`` of a partition near which it begins.
    shares
        ``(B,)`` positive, summing to 1: how the sites may share every point.

    Returns
    -------
    ``(B, q)``; those given where neither the partition nor these shares are allowed.
    """
    size = problem.count * len(problem.stakes.scales)
    for points, splits in CLOUDS:
        mesh = graded_mesh(
            problem.stakes, problem.zone.triangulation, min(points, NUMBERS // (2 * size))
        )
        for _ in range(splits):
            if len(mesh.simplices) * size < NUMBERS:
                mesh = split(mesh, _crossed(problem, mesh.corners, prices)).mesh
        prices = _descended(_Cloud(problem.objective, _stakes(problem, mesh.corners)), prices, shares)
    return prices


def _crossed(problem: PartitionProblem, corners: Floats, prices: Floats) -> np.ndarray:
    """Return through which simplices the interface of their two cheapest sites may run."""
    costs, (centers, radii) = problem.stakes.costs(prices), bounding_balls(corners)
    values = costs.values(centers[:, None], np.arange(problem.count))
    rows = np.arange(len(centers))
    one, other = np.argpartition(values, min(1, problem.count - 1), axis=1)[:, :2].T
    gap = np.abs(values[rows, one] - values[rows, other])
    slopes = costs.gradients(centers, one) - costs.gradients(centers, other)
    return np.asarray(gap < np.sqrt(squared_norms(slopes)) * radii)


def _stakes(problem: PartitionProblem, corners: Floats) -> Floats:
    """Return the integrals of the stakes of each site over each simplex, ``(n, B, q)``."""
    total = 0.0
    for place, weight in zip(*simplex_rule(problem.zone.dimension, NODES), strict=True):
        points = place @ corners
        every = [problem.stakes.values(points, np.full(len(points), b)) for b in range(problem.count)]
        total = total + weight * np.stack(every, axis=1)
    return np.asarray(total * measures(corners)[:, None, None])


def _descended(cloud: _Cloud, prices: Floats, shares: Floats) -> Floats:
    """Return the prices at which cells of a cloud are best, of all that the way to the optimum has."""
    objective, here = cloud.objective, cloud.start(prices, shares)
    if here is None:
        return prices
    best, least = prices, np.inf
    for _ in range(ROUNDS):
        holdings = cloud.held(here.fractions)
        slopes = objective.gradients(holdings)
        value = objective.value(cloud.cells(slopes))
        if value <= least:
            best, least = slopes, value
        if float((here.fractions * here.slacks).sum()) <= GAP * objective.value(holdings):
            break
        before, here = here, cloud.advance(here)
        if here is before:
            break
    return best


@dataclass(frozen=True, eq=False)
class _Point:
    """Unknowns: x ``(n, B)``, s ``(n, B)``, u ``(n,)``; also steps in them."""

    fractions: Floats
    slacks: Floats
    levels: Floats

    def moved(self, step: _Point, length: float) -> _Point:
        """Return the point after a part of a step."""
        return _Point(
            self.fractions + length * step.fractions,
            self.slacks + length * step.slacks,
            self.levels + length * step.levels,
        )

    def reach(self, step: _Point) -> float:
        """Return how far, up to 1, fractions and slacks stay positive."""
        falls = (-step.fractions / self.fractions).max(), (-step.slacks / self.slacks).max()
        return float(min(1.0, NEARLY / max(*falls, NEARLY)))


@dataclass(frozen=True, eq=False)
class _Cloud:
    """J and what each point adds to what each site holds, ``(n, B, q)``."""

    objective: Objective
    stakes: Floats

    def costs(self, prices: Floats) -> Floats:
        """Return p_b v_nb, ``(n, B)``."""
        return np.asarray(np.einsum("nbk,bk->nb", self.stakes, prices))

    def held(self, fractions: Floats) -> Floats:
        """Return sum_n x_nb v_nb, ``(B, q)``."""
        return np.asarray(np.einsum("nb,nbk->bk", fractions, self.stakes))

    def cells(self, prices: Floats) -> Floats:
        """Return what the cells at some prices hold, ``(B, q)``."""
        costs = self.costs(prices)
        return self.held(np.eye(costs.shape[1])[costs.argmin(axis=1)])

    def start(self, prices: Floats, shares: Floats) -> _Point | None:
        """Return fractions between the cells at some prices and the same everywhere, or None."""
        cells = np.eye(len(shares))[self.costs(prices).argmin(axis=1)]
        for part in UNDECIDED:
            fractions = (1.0 - part) * cells + part * shares
            holdings = self.held(fractions)
            if np.isfinite(self.objective.value(holdings)):
                costs = self.costs(self.objective.gradients(holdings))
                levels = costs.min(axis=1) - FIRST * _units(costs)
                return _Point(fractions, costs - levels[:, None], levels)
        return None

    def advance(self, here: _Point) -> _Point:
        """Return the point after one step, the same one if the objective is not finite on the way."""
        system = _System(self, here)
        products, units = here.fractions * here.slacks, _units(system.costs)[:, None]
        ahead = system.step(np.zeros(products.shape))
        length = here.reach(ahead)
        there = here.moved(ahead, length)
        left = float((there.fractions * there.slacks).sum() / products.sum())
        center = float(np.clip(left**POWER, *CENTERED)) * float((products / units).mean())
        step = system.step(center * units - length**2 * ahead.fractions * ahead.slacks)
        length = here.reach(step)
        for _ in range(HALVINGS):
            there = here.moved(step, length)
            if np.isfinite(self.objective.value(self.held(there.fractions))):
                return there
            length *= 0.5
        return here


def _units(costs: Floats) -> Floats:
    """Return what slacks are measured against, ``(n,)``."""
    least = costs.min(axis=1)
    return np.asarray(np.maximum(least, TINY * least.max()))


class _System:
    """Newton's equations at a point, solved for any products of fractions and slacks."""

    def __init__(self, cloud: _Cloud, here: _Point) -> None:
        self.cloud, self.here = cloud, here
        holdings = cloud.held(here.fractions)
        prices = cloud.objective.gradients(holdings)
        self.costs = cloud.costs(prices)
        self.excess = self.costs - here.levels[:, None] - here.slacks
        self.weights = here.fractions / here.slacks
        self.sums = self.weights.sum(axis=1)
        size = np.abs(prices).max(axis=0)
        # in units of the prices, which differ by many orders of magnitude
        self.unit = np.tile(np.where(size > 0.0, size, 1.0), len(prices))
        scale = self.unit[:, None] * self.unit
        moved = self._covariance() * scale
        self.bend = _raised(linalg.block_diag(*cloud.objective.hessians(holdings)) / scale, moved)
        self.factors = linalg.lu_factor(np.eye(len(moved)) + self.bend @ moved)

    def step(self, products: Floats) -> _Point:
        """Return the step towards some products, ``(n, B)``."""
        cloud, here, weights = self.cloud, self.here, self.weights
        pull = products / here.slacks - here.fractions - weights * self.excess
        alone = pull - weights * (pull.sum(axis=1) / self.sums)[:, None]
        right = self.bend @ (self.unit * cloud.held(alone).reshape(-1))
        prices = self.unit * linalg.lu_solve(self.factors, right)
        dearer = cloud.costs(prices.reshape(cloud.stakes.shape[1:]))
        mean = (weights * dearer).sum(axis=1) / self.sums
        fractions = alone - weights * (dearer - mean[:, None])
        slacks = (products - here.slacks * fractions) / here.fractions - here.slacks
        levels = mean - pull.sum(axis=1) / self.sums
        return _Point(fractions, slacks, levels)

    def _covariance(self) -> Floats:
        """Return sum_n [D - D D^T / sum D] of v, ``(B q, B q)``."""
        stakes, weights = self.cloud.stakes, self.weights
        shared = (weights / np.sqrt(self.sums)[:, None])[:, :, None] * stakes
        shared = shared.reshape(len(stakes), -1)
        own = np.einsum("nb,nbk,nbl->bkl", weights, stakes, stakes, optimize=True)
        return np.asarray(linalg.block_diag(*own) - shared.T @ shared)


def _raised(bend: Floats, moved: Floats) -> Floats:
    """Return a second derivative with which no eigenvalue of I + J'' S is below `LEAST`.

    With S = R R^T and eigenvectors w of R^T J'' R for values below that, v = J'' R w / value has
    R^T v = w: to add v v^T raises that value alone.
    """
    lengths, axes = np.linalg.eigh(moved)
    root = axes * np.sqrt(np.maximum(lengths, 0.0))
    values, vectors = np.linalg.eigh(root.T @ bend @ root)
    low = values < LEAST - 1.0
    along = bend @ root @ (vectors[:, low] / values[low])
    return np.asarray(bend + (along * (LEAST - 1.0 - values[low])) @ along.T)
