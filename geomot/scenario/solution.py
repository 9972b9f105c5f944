"""The answer to a scenario: regions, times, certificates; what `solution.json` holds."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from geomot.diagram import MinimizationDiagram, Region, Solid
from geomot.network.constraints import Constraint
from geomot.scenario.schema import Scenario
from geomot.transport.result import Iteration, Status


@dataclass(frozen=True)
class ServerResult:
    """What one server does.

    Parameters
    ----------
    name
        Its name in the scenario.
    mass
        Share alpha_b of the sensors in its region.
    measure
        Area (volume) of its region, metres^d.
    render_compute
        psi_b, cycle/s left for rendering; not-a-number where ``twin_compute`` is.
    twin_compute
        cycle/s that its twins take; not-a-number where twins miss their deadline.
    twins
        Expected number of twins in its region.
    sub_synchronization_time
        T_b, s (eq. 5); not-a-number where the scenario is infeasible.
    """

    name: str
    mass: float
    measure: float
    render_compute: float
    twin_compute: float
    twins: float
    sub_synchronization_time: float


@dataclass(frozen=True, eq=False)
class Solution:
    """A solved scenario.

    Parameters
    ----------
    scenario
        What was solved.
    method
        "equilibrium", "snr" or "fixed-point".
    status, message
        How it ended, and the reason if it is not "converged"; else what there is to note, or nothing.
    iterations
        Steps taken.
    residual, relative_residual
        Largest |alpha_b - exp w_b| and |log alpha_b - w_b|; None for "snr".
    certificate
        Primal minus dual at the final psi; None for "snr" and "fixed-point".
    average_sub_synchronization_time, average_error
        Eq. 9a, the mean over the servers, and a bound on its error, s; not-a-number where the scenario
        is infeasible.
    integration_error
        Estimated bound on the error of any mass.
    servers
        One entry per server.
    history
        One entry per iteration.
    seconds
        Wall-clock time: total, diagram, cubature, linear_algebra.
    diagram
        The partition; the last one looked at if the status is not "converged", for an infeasible
        scenario that by the best channel.
    constraints
        How far the constraints 9b to 9g are violated.
    """

    scenario: Scenario
    method: str
    status: Status
    message: str
    iterations: int
    residual: float | None
    relative_residual: float | None
    certificate: float | None
    average_sub_synchronization_time: float
    average_error: float
    integration_error: float
    servers: tuple[ServerResult, ...]
    history: tuple[Iteration, ...]
    seconds: dict[str, float]
    diagram: MinimizationDiagram
    constraints: tuple[Constraint, ...] = ()

    @property
    def zone_measure(self) -> float:
        """Area (volume) of the zone, metres^d."""
        return self.diagram.zone.measure

    @cached_property
    def regions(self) -> tuple[Region, ...] | tuple[Solid, ...]:
        """The regions, in the order of the servers, with the default chord tolerance."""
        return self.diagram.regions()

    def as_dict(self) -> dict[str, Any]:
        """Return what `solution.json` holds: plain numbers, None for what is not finite."""
        document: dict[str, Any] = _finite(
            {
                "method": self.method,
                "status": str(self.status),
                "message": self.message,
                "iterations": self.iterations,
                "residual": self.residual,
                "relative_residual": self.relative_residual,
                "certificate": self.certificate,
                "average_sub_synchronization_time": self.average_sub_synchronization_time,
                "average_error": self.average_error,
                "integration_error": self.integration_error,
                "dimension": self.diagram.zone.dimension,
                "zone_measure": self.zone_measure,
                "servers": [asdict(server) for server in self.servers],
                "constraints": [asdict(row) for row in self.constraints],
                "history": [asdict(row) for row in self.history],
                "seconds": self.seconds,
            }
        )
        return document


def _finite(value: Any) -> Any:
    """Replace numbers that JSON cannot hold by None."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
