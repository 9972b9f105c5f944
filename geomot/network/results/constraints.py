"""Whether a partition keeps the constraints 9b to 9g of the paper, by how much, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from geomot.diagram.subdivision.state import Subdivision
from geomot.kernels.simplices import Floats, Ints
from geomot.network.association.rounding import Hosting
from geomot.network.model.network import Network, Twins
from geomot.network.refusals.feasibility import visited
from geomot.network.results.report import Report

DEADLINE_ROUNDING = 1e-12  # of the deadline: what D / r + Gamma D / phi may miss it by
SUM_ROUNDING = 1e-9  # of a whole: what its parts may miss it by


@dataclass(frozen=True)
class Place:
    """Where a constraint is violated most.

    Parameters
    ----------
    server
        The server's name.
    point
        Coordinates, metres; None where the whole region counts.
    twin_class
        Number of the class of twins; None where all count.
    """

    server: str
    point: tuple[float, ...] | None = None
    twin_class: int | None = None


@dataclass(frozen=True)
class Constraint:
    """How far one constraint is violated.

    Parameters
    ----------
    constraint
        Its number in the paper; "9b-upload" is the part of 9b that no compute can mend.
    rule
        What it asks for.
    violation
        The largest violation; what is negative is slack.  Not-a-number where it is not known, as twins
        miss their deadline whatever compute they get; minus infinity where there are no twins.
    allowed
        What is rounding or the error of integrals.
    unit
        Of both.
    held
        Whether the constraint holds; None where that is not known.
    where
        Place of the largest violation; None where it belongs to the whole zone.
    """

    constraint: str
    rule: str
    violation: float
    allowed: float
    unit: str
    held: bool | None
    where: Place | None


def constraints(
    network: Network,
    state: Subdivision,
    numbers: Report,
    measures: Floats,
    tolerance: float,
    hosting: Hosting | None = None,
) -> tuple[Constraint, ...]:
    """Return the constraints 9b to 9g with their largest violations.

    Parameters
    ----------
    network
        The network.
    state
        A labelled mesh of the partition; deadlines are looked at in its vertices and interface nodes.
    numbers
        What each server does.
    measures
        ``(B,)`` measures of the regions, metres^d.
    tolerance
        What masses are known to at best, as a share of 1.
    hosting
        Who hosts which twin, where they are given one by one.
    """
    hosts = None if hosting is None else hosting.hosts
    return (
        *deadline_constraints(network, state, hosts),
        compute_constraint(network, numbers),
        *twin_constraints(network, numbers, tolerance),
        *region_constraints(network, numbers, measures, tolerance),
    )


def deadline_constraints(
    network: Network, state: Subdivision, hosts: Ints | None = None
) -> tuple[Constraint, Constraint]:
    """Return eq. 9b, D / r + Gamma D / phi <= 1 / mu, and what it asks of the upload: D / r < 1 / mu.

    Parameters
    ----------
    network
        The network.
    state
        A labelled mesh; its vertices and interface nodes are the places looked at.
    hosts
        ``(K,)`` the server of each twin, where they are given one by one: they are looked at instead.

    Notes
    -----
    phi is the compute that eq. 8 assigns, infinite where the upload alone misses the deadline.  Where
    it does not, the first constraint is tight: its violation is the rounding of phi.
    """
    rules = "upload and computing end by the deadline", "the deadline leaves time for computing"
    twins = network.twins or network.placed
    if twins is None:
        return (
            _held("9b", rules[0], -math.inf, 0.0, "s"),
            _below("9b-upload", rules[1], -math.inf, "s", None),
        )
    if isinstance(twins, Twins):
        points, sites, squares = visited(network, twins, state)
        there = np.ones((len(twins.classes), 1), dtype=bool)
    else:
        assert hosts is not None
        points, sites, squares = twins.positions, hosts, network.squares(twins.positions, hosts)
        there = np.arange(len(twins.classes))[:, None] == twins.kinds
    deadline = np.array([[1.0 / kind.intensity] for kind in twins.classes])
    upload = np.stack([network.upload_time(kind, squares) for kind in twins.classes])
    compute = np.stack([network.twin_compute(kind, squares) for kind in twins.classes])
    upload = np.where(there, upload, -np.inf)  # a class that is not there is never late
    excess = upload + twins.complexity * twins.data / compute - deadline
    allowed = DEADLINE_ROUNDING * deadline

    def place(kind: int, row: int) -> Place:
        return Place(network.servers.names[sites[row]], tuple(points[row].tolist()), kind)

    late, slow = _largest(excess - allowed), _largest(upload - deadline)
    return (
        _held("9b", rules[0], excess[late], float(allowed[late[0], 0]), "s", place(*late)),
        _below("9b-upload", rules[1], (upload - deadline)[slow], "s", place(*slow)),
    )


def compute_constraint(network: Network, numbers: Report) -> Constraint:
    """Return eq. 9c, psi_b = Psi_b - twin compute > 0, cycle/s, by the twin compute of the report."""
    excess = numbers.twin_compute - network.servers.compute
    worst = int(excess.argmax())
    place = Place(network.servers.names[worst]) if np.isfinite(excess[worst]) else None
    return _below("9c", "every server keeps compute for rendering", excess[worst], "cycle/s", place)


def twin_constraints(
    network: Network, numbers: Report, tolerance: float
) -> tuple[Constraint, Constraint]:
    """Return eq. 9d and 9e: each twin is at one server at most, and there whole.

    Every point belongs to one region (servers that share one divide its twins), so that both hold by
    construction; what is left is what the regions' twins miss the number K of all twins by.
    """
    twins = network.twins or network.placed
    count = 0.0 if twins is None else twins.count
    allowed = count * _known(numbers.twin_errors, tolerance)
    excess = float(numbers.twins.sum()) - count
    return (
        _held("9d", "no twin counts for two servers", excess, allowed, "twins"),
        _held("9e", "every twin counts whole", abs(excess), allowed, "twins"),
    )


def region_constraints(
    network: Network, numbers: Report, measures: Floats, tolerance: float
) -> tuple[Constraint, Constraint]:
    """Return eq. 9f, the regions cover the zone, and 9g, they do not overlap.

    By construction the engine's cells are a partition; what is left is what the measures miss the
    zone's by, metres^d, and what the shares of the sensors miss 1 by.
    """
    zone = network.zone
    uncovered, doubled = abs(zone.measure - measures.sum()), abs(numbers.masses.sum() - 1.0)
    unit, rounding = f"m^{zone.dimension}", SUM_ROUNDING * zone.measure
    known = _known(numbers.mass_errors, tolerance)
    return (
        _held("9f", "the regions cover the zone", uncovered, rounding, unit),
        _held("9g", "no sensor counts for two regions", doubled, known, "share"),
    )


def broken(rows: tuple[Constraint, ...]) -> str:
    """Return a message that names the constraints which do not hold, nothing if all do."""
    return "; ".join(
        f"constraint {row.constraint} ({row.rule}) is violated by {row.violation:.4g} {row.unit}, "
        f"{row.allowed:.1e} allowed: a smaller tolerance may help"
        for row in rows
        if not row.held
    )


def _held(
    constraint: str,
    rule: str,
    violation: float,
    allowed: float,
    unit: str,
    where: Place | None = None,
) -> Constraint:
    """Return a constraint that holds where its violation is no more than allowed."""
    held = None if math.isnan(violation) else bool(violation <= allowed)
    return Constraint(constraint, rule, float(violation), allowed, unit, held, where)


def _below(constraint: str, rule: str, violation: float, unit: str, where: Place | None) -> Constraint:
    """Return a constraint that holds where its violation is negative."""
    held = None if math.isnan(violation) else bool(violation < 0.0)
    return Constraint(constraint, rule, float(violation), 0.0, unit, held, where)


def _largest(table: Floats) -> tuple[int, int]:
    """Return row and column of the largest entry."""
    row, column = np.unravel_index(table.argmax(), table.shape)
    return int(row), int(column)


def _known(errors: Floats, tolerance: float) -> float:
    """Return what a sum of shares may miss 1 by: each has its error, the densities the tolerance."""
    return max(SUM_ROUNDING, tolerance, len(errors) * float(errors.max()))
