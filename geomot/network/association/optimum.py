"""The partition of least average time (eq. 9a), searched from the equilibrium and from random ones."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np

from geomot.costs.blended import BlendedCosts
from geomot.costs.radial import RadialCosts
from geomot.kernels.simplices import Floats
from geomot.network.association.associate import Association, associate, solve_newton
from geomot.network.association.objective import SynchronizationStakes, SynchronizationTime
from geomot.network.association.start import Start
from geomot.network.model.network import Network
from geomot.network.model.typical_time import typical_time
from geomot.transport.congestion.result import Progress, Status
from geomot.transport.partition.descent import Optimum, minimize_partition
from geomot.transport.partition.interior import interior_start
from geomot.transport.partition.problem import Appraiser, PartitionProblem

ROUGH = 1e-2  # tolerance of the integrals of starts


def associate_optimum(
    network: Network,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
    start: Start | None = None,
    *,
    starts: int = 1,
) -> Association:
    """Return a partition that is stationary for the average time of eq. 9a, the best of those found.

    Parameters
    ----------
    network, tolerance, max_iterations, progress
        As for the other associations.
    start
        That of a similar network, descended from in place of the equilibrium.
    starts
        How many partitions to descend from: the equilibrium, and random ones.
    """
    solver = partial(_solve_optimum, starts=starts)
    return associate(network, tolerance, max_iterations, progress, solver, start)


def _solve_optimum(
    network: Network,
    multiplicity: Floats,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None = None,
    start: Start | None = None,
    *,
    starts: int,
) -> Association:
    equilibrium = solve_newton(network, multiplicity, tolerance, max_iterations, start=start)
    began = time.perf_counter()
    problem = _partition_problem(network, multiplicity, equilibrium)
    objective, sensors = problem.objective, network.sensors
    seconds = sensors.weight * sensors.data_density / multiplicity.sum()
    prices = _prices(network, np.exp(equilibrium.costs.offset), equilibrium.rendering)
    value = objective.value(Appraiser(problem).holdings(prices, tolerance).totals.values)
    if problem.count == 1:  # nothing to move
        only = float(seconds * value)
        return replace(equilibrium, certificate=0.0, equilibrium_time=only, starts=(only,))
    descend = partial(
        minimize_partition, tolerance=tolerance, max_iterations=max_iterations, progress=progress
    )
    within = value * (1.0 + tolerance)  # both are known to about the tolerance
    begin = _beginnings(problem, prices, starts)
    if start is not None and start.prices is not None and _allowed(problem, start.prices):
        begin[0] = start.prices
    found = [descend(problem, each) for each in begin if each is not None]
    if np.isfinite(value) and not (found and found[0].objective <= within):
        found.insert(0, descend(problem, prices))
    if not found:  # no partition to descend from
        return equilibrium
    best = min(found, key=partial(_rank, most=within))
    known = equilibrium.status is Status.CONVERGED and np.isfinite(value)
    equilibrium = replace(
        equilibrium,
        equilibrium_time=float(seconds * value) if known else None,
        starts=tuple(float(seconds * each.objective) for each in found),
    )
    if not best.objective <= within:
        message = best.message or "descents end above the equilibrium: ask for more starts"
        return replace(equilibrium, status=Status.NOT_CONVERGED, message=message)
    assert equilibrium.start is not None
    spent = dict(equilibrium.seconds)
    spent["diagram"] += time.perf_counter() - began
    return replace(
        _association(problem, best),
        seconds=spent,
        equilibrium_time=equilibrium.equilibrium_time,
        starts=equilibrium.starts,
        start=replace(equilibrium.start, prices=best.holdings.prices),
    )


def _rank(found: Optimum, most: float) -> tuple[bool, float]:
    """Return a key by which those that converged, and not above ``most``, come first."""
    return found.status is not Status.CONVERGED or not found.objective <= most, found.objective


def _association(problem: PartitionProblem, found: Optimum) -> Association:
    """Return the partition of an optimum; the price of what uploads take is to be alpha_b."""
    holdings = found.holdings
    costs = holdings.totals.costs
    objective = problem.objective
    if not isinstance(costs, RadialCosts | BlendedCosts):
        raise TypeError("costs of optima are radial, or blends of radial ones")
    assert isinstance(objective, SynchronizationTime)
    with np.errstate(divide="ignore"):
        offsets = np.log(holdings.prices[:, 1])
    return Association(
        costs=costs,
        masses=holdings.totals.values[:, 0],
        errors=holdings.totals.errors[:, 0],
        offsets=offsets,
        rendering=objective.rendering(holdings.totals.values),
        state=holdings.totals.state,
        status=found.status,
        message=found.message,
        history=found.history,
        certificate=found.residual,
        seconds={},
    )


def _partition_problem(
    network: Network, multiplicity: Floats, equilibrium: Association
) -> PartitionProblem:
    """Return the problem, with units from the equilibrium."""
    masses, left = np.exp(equilibrium.costs.offset), equilibrium.rendering
    state, per_bit = equilibrium.state, network.sensors.complexity
    unit_time = typical_time(network, left, state) / network.sensors.data_density
    loads = (network.servers.compute - left) * multiplicity
    twins = float((per_bit * loads * (masses / left) ** 2).sum())
    sensors = unit_time * float((multiplicity * masses**2).sum())
    balance = twins / sensors if twins > 0.0 else 1.0
    return PartitionProblem(
        network.zone,
        len(left),
        SynchronizationStakes(network, unit_time, balance),
        SynchronizationTime(network, multiplicity),
    )


def _prices(network: Network, masses: Floats, rendering: Floats) -> Floats:
    """Return the prices whose cells are those of log F_b + log alpha_b."""
    parts = [network.sensors.complexity * masses / rendering, masses]
    if network.twins is not None:
        parts.append(np.zeros(len(masses)))
    return np.stack(parts, axis=1)


def _beginnings(problem: PartitionProblem, prices: Floats, starts: int) -> list[Floats | None]:
    """Return prices near stationary ones, from given and from random ones; None overload a server."""
    objective, rng = problem.objective, np.random.default_rng(0)
    assert isinstance(objective, SynchronizationTime)
    network = objective.network
    compute = objective.multiplicity * network.servers.compute
    masses = rng.dirichlet(np.ones(problem.count), starts - 1)
    others = [_prices(network, each, network.servers.compute) for each in masses]
    near = [interior_start(problem, each, compute / compute.sum()) for each in (prices, *others)]
    return [each if _allowed(problem, each) else None for each in near]


def _allowed(problem: PartitionProblem, prices: Floats) -> bool:
    """Return whether the cells at some prices leave every server compute."""
    held = Appraiser(problem).holdings(prices, ROUGH)
    return bool(np.isfinite(problem.objective.value(held.totals.values)))
