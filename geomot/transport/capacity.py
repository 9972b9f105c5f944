"""Fixed-capacity transport: offsets such that every cell holds what it is to hold.

The offsets maximise the concave D(w) = integral of min_b (c_b + w_b) g - sum_b nu_b w_b, whose gradient
is alpha - nu; the cells then are the optimal transport from the density g to masses nu_b at the sites
(F. Aurenhammer, F. Hoffmann, B. Aronov, *Minkowski-type theorems and least-squares clustering*,
Algorithmica 20, 1998).  Newton's method is damped so that no cell loses more than half of what the
start, or its share, left it, and the residual falls: then it converges from any start without an empty
cell (J. Kitagawa, Q. Merigot, B. Thibert, *Convergence of a Newton algorithm for semi-discrete optimal
transport*, JEMS 21, 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.linalg import spsolve

from geomot.appearance.reprs import numbered_in, said
from geomot.checking.numbers import floats
from geomot.checking.sealing import Sealed
from geomot.costs.base import Costs, without_offsets
from geomot.costs.radial import RadialCosts, distance_costs
from geomot.densities.base import Density
from geomot.diagram.arguments import check_costs, check_limit, check_tolerance, examine
from geomot.diagram.minimization import MinimizationDiagram
from geomot.diagram.subdivision.totals import normalized
from geomot.errors import InvalidArgumentError
from geomot.geometry.zones.zone import Zone
from geomot.kernels.simplices import Floats, Ints
from geomot.power.diagram import PowerDiagram
from geomot.power.zones import check_sites
from geomot.transport.cells.cellmasses import CellMasses, Cells, PowerMasses, cell_masses
from geomot.transport.congestion.result import Iteration, Progress, Status
from geomot.transport.starts.offsets import (
    SOFTENED,
    Shares,
    point_cloud,
    quantile_weights,
    softened_offsets,
)

TINY = 1e-13  # of the rates, added to the Laplacian, which is singular where cells are cut off
CLOUD = 4000  # points that stand for the density's quantiles
LONGER = 4.0  # the first trial step, as a multiple of the last one taken
SHORTEST = 2.0**-20  # step below which the line search gives up
SUSPECT = 2.0**-6  # the same while integrals are loose, as a part of the first trial step
SHARPER = 1e-2  # the next tolerance of the integrals then, as a part of the one before
LOOSEST = 1e-4  # tolerance of the integrals far from the solution, as a share of the least capacity
FINAL = 0.1  # the same in the end, as a share of the tolerance
DECREASE = 0.25  # part of the decrease of the residual that Newton's model predicts which is asked for


@dataclass(frozen=True, eq=False)
class Transport(Sealed):
    """Offsets, and what the cells hold with them.

    Parameters
    ----------
    offsets
        ``(B,)`` w_b, added to the costs, their mean 0; in units of the cost.  They take the place of
        offsets that the costs had.
    diagram
        The cells of c_b + w_b.
    masses
        ``(B,)`` shares of the density's mass; sites with one identical cost share theirs.
    capacities
        ``(B,)`` what was asked for, as shares.
    errors
        ``(B,)`` estimated bounds on the errors of the masses.
    residual
        Largest |masses - capacities| / capacities.
    status, message
        How it ended, and what to try if it did not converge.
    history
        One row per iteration, the start first.
    diagrams
        Number of diagrams computed.
    bounded
        Whether costs and density bound themselves; else what samples miss is not in the errors.

    Examples
    --------
    >>> from geomot import Uniform, Zone
    >>> found = fixed_capacity_transport([[0.5, 0.5]], [1.0], Uniform(), Zone.box([0, 0], [1, 1]))
    >>> found.status.value, found.masses.round(12).tolist()
    ('converged', [1.0])
    """

    offsets: Floats
    diagram: PowerDiagram | MinimizationDiagram
    masses: Floats
    capacities: Floats
    errors: Floats
    residual: float
    status: Status
    message: str
    history: tuple[Iteration, ...]
    diagrams: int
    bounded: bool

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(
            self,
            numbered_in(len(self.masses), "cell", self.diagram.dimension),
            str(self.status),
            f"residual={self.residual:.2g}",
            f"diagrams={self.diagrams}",
        )


def squared_distances(points: ArrayLike) -> RadialCosts:
    """Return the costs |x - p_b|^2.

    Examples
    --------
    >>> squared_distances([[0.0, 0.0]]).affine
    True
    """
    return distance_costs(points, exponent=2.0)


def fixed_capacity_transport(
    points: ArrayLike,
    capacities: ArrayLike,
    density: Density,
    zone: Zone | Any,
    cost: Callable[[ArrayLike], Costs] = squared_distances,
    *,
    tolerance: float = 1e-8,
    max_iterations: int = 100,
    progress: Progress | None = None,
) -> Transport:
    """Return the offsets with which the cell of each site holds its capacity.

    Parameters
    ----------
    points
        ``(B, d)`` sites, metres; in the zone or not.
    capacities
        ``(B,)`` positive, in any unit: site b gets ``capacities[b] / sum(capacities)`` of the mass.
    density
        What is shared out; it need not be normalised.
    zone
        A zone, or what `Zone.of` takes.
    cost
        Makes the costs of the sites, for example
        ``functools.partial(geomot.distance_costs, exponent=1, factor=factors)``.  By default squared
        distances, whose cells are exact polytopes.
    tolerance
        Largest error of a mass, as a share of its capacity.
    max_iterations
        Largest number of Newton steps.
    progress
        Called with each row of the history.

    Returns
    -------
    The offsets and the diagram; also where it did not converge, which its status says.

    Raises
    ------
    InvalidSitesError, InvalidCostError, InvalidDensityError, InvalidZoneError
        If sites, costs, density or zone are not valid, or not of one dimension.
    InvalidArgumentError
        If the cost is no function, capacities are not positive and finite, one for each site, the
        tolerance is not in (0, 1), or the number of steps not a whole one, at least 0.

    Notes
    -----
    The offsets are unique up to a constant if the density is positive on a connected zone.  Sites with
    identical costs share one cell, in proportion to their capacities.

    Examples
    --------
    >>> from geomot import Uniform, Zone
    >>> box = Zone.box([0, 0], [1, 1])
    >>> found = fixed_capacity_transport([[0.2, 0.5], [0.4, 0.5]], [3.0, 1.0], Uniform(), box)
    >>> found.status.value, [round(cell.measure, 9) for cell in found.diagram]
    ('converged', [0.75, 0.25])
    """
    zone = Zone.of(zone)
    costs = _made(cost, points)
    check_sites(costs, zone)
    examine(costs, zone)
    shares = _shares(capacities, costs.count)
    check_tolerance(tolerance)
    check_limit(max_iterations)
    plain, own, group = without_offsets(costs)
    wanted = np.asarray(np.bincount(group, shares), dtype=float)
    scaled = normalized(density, zone, max(1e-12, FINAL * tolerance * float(wanted.min())))
    masses = cell_masses(plain, scaled, zone)
    search = _Search(masses, own, group, wanted, tolerance, progress)
    cells = search.solved(_starts(plain, masses, shares, scaled, zone), max_iterations)
    offsets = cells.offsets[search.group]
    share = shares / wanted[search.group]
    return Transport(
        offsets - offsets.mean(),
        cells.cells.diagram(offsets - offsets.mean(), max(FINAL * tolerance, 1e-12)),
        cells.masses[search.group] * share,
        shares,
        cells.errors[search.group] * share,
        float(np.abs(cells.masses / wanted - 1.0).max()),
        search.status,
        search.message,
        tuple(search.history),
        search.diagrams,
        plain.bounded and density.bounded,
    )


def _made(cost: Callable[[ArrayLike], Costs], points: ArrayLike) -> Costs:
    if not callable(cost):
        raise InvalidArgumentError(
            f"cost is a {type(cost).__name__}; expected a function that makes costs of the points, "
            "such as distance_costs, or functools.partial(distance_costs, exponent=3)"
        )
    costs = cost(points)
    check_costs(costs)
    return costs


def _shares(capacities: ArrayLike, count: int) -> Floats:
    array = floats(capacities, "capacities", InvalidArgumentError)
    if array.shape != (count,):
        raise InvalidArgumentError(
            f"capacities have shape {array.shape}; expected ({count},), one number per site"
        )
    bad = np.flatnonzero(~(np.isfinite(array) & (array > 0.0)))
    if len(bad):
        raise InvalidArgumentError(
            f"capacity of site {bad[0]} is {array[bad[0]]}; expected a positive, finite number: leave "
            "out sites that hold nothing"
        )
    return np.asarray(array / array.max() / (array / array.max()).sum())


def _starts(
    costs: Costs, masses: CellMasses[Any], shares: Floats, density: Density, zone: Zone
) -> Iterator[Floats]:
    """Yield offsets to start from, the best ones first."""
    none = np.zeros(costs.count)
    if isinstance(masses, PowerMasses):
        weights = quantile_weights(masses.points, shares, point_cloud(density, zone, CLOUD))
        yield -masses.factor * weights
    elif costs.count <= SOFTENED:
        yield softened_offsets(costs, Shares(shares), density, zone, none)
    yield none
    if isinstance(masses, PowerMasses) and costs.count <= SOFTENED:
        yield softened_offsets(costs, Shares(shares), density, zone, none)


@dataclass(frozen=True, eq=False)
class _State:
    offsets: Floats
    masses: Floats
    errors: Floats
    cells: Cells


class _Search:
    """Damped Newton over the offsets of groups of sites with identical costs."""

    def __init__(
        self,
        masses: CellMasses[Any],
        own: Ints,
        group: Ints,
        wanted: Floats,
        tolerance: float,
        progress: Progress | None,
    ) -> None:
        self._masses, self._own, self.group = masses, own, group
        self._wanted, self._tolerance, self._progress = wanted, tolerance, progress
        self.history: list[Iteration] = []
        self.diagrams = 0
        self.status, self.message = Status.NOT_CONVERGED, ""

    def solved(self, starts: Iterable[Floats], max_iterations: int) -> _State:
        """Return the last state; `status` says what it is."""
        least, final = float(self._wanted.min()), FINAL * self._tolerance
        accuracy = LOOSEST
        state = self._best(starts, accuracy * least)
        if state.masses.min() <= 0.0:
            self.message = (
                f"{int((state.masses <= 0.0).sum())} sites have empty cells at every start: move sites "
                "that nearly coincide apart, or see that the density has mass near each"
            )
        floor = 0.5 * min(least, float(state.masses.min()))
        step = 0.0
        while len(self.history) <= max_iterations:  # a round adds to it, or makes integrals final
            worst = self._worst(state)
            blurred = bool((np.abs(state.masses - self._wanted) <= state.errors).all())
            if (worst <= self._tolerance or blurred) and accuracy > final:
                accuracy = final
                state = self._at(state.offsets, accuracy * least, state.cells)
                continue
            self.history.append(Iteration(len(self.history), worst, step))
            if self._progress is not None:
                self._progress(self.history[-1])
            if worst <= self._tolerance:
                self.status, self.message = Status.CONVERGED, ""
                return state
            if blurred:
                known = float((state.errors / self._wanted).max())
                self.message = (
                    f"rounding leaves masses known to {known:.2g} of their capacities: ask for a "
                    "larger tolerance, or move sites that nearly coincide apart"
                )
            if self.message:
                return state
            if len(self.history) > max_iterations:
                break
            accuracy = float(np.clip(0.1 * worst**2, final, accuracy))
            longest = min(1.0, LONGER * step or 1.0)
            while not (found := self._step(state, accuracy * least, floor, longest, accuracy > final)):
                if not accuracy > final:
                    break
                accuracy = max(SHARPER * accuracy, final)  # rates may be far less accurate than masses
                state = self._at(state.offsets, accuracy * least)
            if found is None:
                self.message = (
                    "no step along Newton's direction makes progress: ask for a larger tolerance, a "
                    f"share of each capacity, the least one {self._wanted.min():.2g} of the whole, or "
                    "see that the density is positive on one connected part of the zone"
                )
                return state
            state, step = found
        self.message = f"no convergence after {max_iterations} steps: {_slow(step)}allow more"
        return state

    def _at(self, offsets: Floats, accuracy: float, near: Cells | None = None) -> _State:
        self.diagrams += 1
        cells = self._masses.at(offsets[self.group], accuracy, near)
        return _State(offsets, cells.masses[self._own], cells.errors[self._own], cells)

    def _worst(self, state: _State) -> float:
        return float(np.abs(state.masses / self._wanted - 1.0).max())

    def _best(self, starts: Iterable[Floats], accuracy: float) -> _State:
        """Return the first start without an empty cell, or that with the fewest."""
        tried: list[_State] = []
        for offsets in starts:
            tried.append(self._at(offsets[self._own], accuracy))
            if tried[-1].masses.min() > 0.0:
                break
        return max(tried, key=lambda state: int((state.masses > 0.0).sum()))

    def _step(
        self, state: _State, accuracy: float, floor: float, longest: float, loose: bool
    ) -> tuple[_State, float] | None:
        """Return the state after the longest step t, t/2, .. that is allowed, and its length.

        Short steps are not tried while integrals are loose: it is better to have better rates first.
        """
        excess = state.masses - self._wanted
        matrix = state.cells.laplacian()[self._own][:, self._own]
        rates = matrix.diagonal()
        if not rates.any():  # no density on any facet
            return None
        tiny = sparse.diags_array(TINY * np.maximum(rates, TINY * rates.max()))
        # the largest cell's excess is minus that of the others, but for rounding, which hurts it least
        others = np.delete(np.arange(len(excess)), self._wanted.argmax())
        direction = np.zeros(len(excess))
        direction[others] = spsolve((matrix + tiny).tocsc()[others][:, others], excess[others])
        direction -= direction.mean()
        before, length = float(np.linalg.norm(excess)), longest
        shortest = SUSPECT * longest if loose else SHORTEST
        while length >= shortest:
            trial = self._at(state.offsets + length * direction, accuracy, state.cells)
            after = float(np.linalg.norm(trial.masses - self._wanted))
            if trial.masses.min() >= floor and after <= (1.0 - DECREASE * length) * before:
                return trial, length
            length *= 0.5
        return None


def _slow(step: float) -> str:
    """Return why steps are short, as far as that is known, to go before what else to try."""
    if not 0.0 < step < SUSPECT:
        return ""
    return (
        f"the last one was {step:.1g} of Newton's, since cells leap at small changes of the offsets, "
        "as where two costs differ by nearly a constant over part of the zone (distances in a zone "
        "that is far longer than wide); take squared distances, or "
    )
