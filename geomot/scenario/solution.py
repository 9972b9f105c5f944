"""The answer to a scenario: regions, times, certificates; what `solution.json` holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from importlib.metadata import version
from typing import Any, cast

import numpy as np

from geomot.appearance.picture import page, table
from geomot.appearance.reprs import numbered_in, said
from geomot.diagram import MinimizationDiagram, Region, Solid
from geomot.errors import InvalidArgumentError
from geomot.geometry.body import optional
from geomot.network.results.constraints import Constraint
from geomot.network.results.definition import region_costs
from geomot.network.results.individual_sensitivity import Sensitivities, hosted_sensitivity
from geomot.network.results.sensitivity import Sensitivity, equilibrium_sensitivity, fixed_sensitivity
from geomot.network.twins.individual import TwinResult
from geomot.scenario.build import build_network
from geomot.scenario.identity import identifier
from geomot.scenario.schema import Scenario
from geomot.scenario.stored import scenario_document
from geomot.transport.congestion.result import Iteration, Status

FORMAT = 1  # of solution.json: what defines the regions and the scenario by value are in it
SENSITIVITIES: dict[str, Sensitivities] = {  # by method
    "equilibrium": equilibrium_sensitivity,
    "optimum": fixed_sensitivity,
}


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


@dataclass(frozen=True)
class HostingResult:
    """How twins that are given one by one are hosted.

    Parameters
    ----------
    kind
        "regional", each where it stands, or "free".
    shared
        How many stand on an interface of the equilibrium, so that several servers share them there.
    shared_average
        Average sub-synchronization time in that equilibrium, before each of them went to one server, s.
    gap
        What the hosting is above a lower bound for these regions, as a part of what hosting decides;
        None if it is regional.
    relaxation_gap
        The same above the least that divided twins could reach.
    """

    kind: str
    shared: int
    shared_average: float
    gap: float | None
    relaxation_gap: float | None


@dataclass(frozen=True, eq=False)
class Solution:
    """A solved scenario.

    Parameters
    ----------
    scenario
        What was solved.
    method
        "equilibrium", "optimum", "snr" or "fixed-point".
    status, message
        How it ended, and the reason if it is not "converged"; else what there is to note, or nothing.
    iterations
        Steps taken.
    residual, relative_residual
        Largest |alpha_b - exp w_b| and |log alpha_b - w_b| of the servers' masses; None for "snr".
        The w_b are the offsets of the diagram's costs, for an "optimum" the logarithms of the prices of
        uploads.  Servers that share a region have one w_b, and each an equal part of the region's mass.
    certificate
        Primal minus dual at the final psi; None for "snr" and "fixed-point".
    average_sub_synchronization_time, average_error
        Eq. 9a, the mean over the servers, and a bound on its error, s; not-a-number where the scenario
        is infeasible.
    integration_error, relative_integration_error
        Estimated bounds on the error of any alpha_b and of any log alpha_b, infinite where a mass may
        be zero: what residuals of the true masses may be above the two residuals.
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
    equilibrium_average
        For an "optimum" the average time of the equilibrium it was searched from, s; else None.
    starts
        For an "optimum" the average time found from each start, s, the first from the equilibrium.
    twins
        What becomes of each twin, where they are given one by one.
    hosting
        How these are hosted; None where there are none.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> str(solution.status), [round(server.mass, 2) for server in solution.servers]
    ('converged', [0.62, 0.17, 0.17, 0.05])
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
    relative_integration_error: float
    servers: tuple[ServerResult, ...]
    history: tuple[Iteration, ...]
    seconds: dict[str, float]
    diagram: MinimizationDiagram
    constraints: tuple[Constraint, ...] = ()
    equilibrium_average: float | None = None
    starts: tuple[float, ...] = ()
    twins: tuple[TwinResult, ...] = ()
    hosting: HostingResult | None = None

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(
            self,
            self.method,
            str(self.status),
            numbered_in(len(self.servers), "region", self.diagram.dimension),
            f"average_sub_synchronization_time={self.average_sub_synchronization_time:.6g}",
        )

    @cached_property
    def identifier(self) -> str:
        """What all files of this solve carry, 16 hexadecimal digits: equal solutions have the same."""
        return identifier(self)

    @property
    def zone_measure(self) -> float:
        """Area (volume) of the zone, metres^d."""
        return self.diagram.zone.measure

    @cached_property
    def regions(self) -> tuple[Region, ...] | tuple[Solid, ...]:
        """The regions, in the order of the servers, with the default chord tolerance."""
        return self.diagram._cells

    def to_geopandas(self, regions: Sequence[Region] | None = None) -> Any:
        """Return the regions of a planar solution as a ``geopandas.GeoDataFrame``.

        Parameters
        ----------
        regions
            Some of its regions, such as finer ones; all with the default chord tolerance if not given.

        Returns
        -------
        A frame with one row per region: the numbers of its server, and its geometry in metres; its crs
        is the projection of the scenario, if that has one.

        Raises
        ------
        InvalidArgumentError
            If the solution is spatial.
        MissingPackageError
            If geopandas is not installed.

        Examples
        --------
        >>> import geomot
        >>> frame = geomot.solve(geomot.paper_scenario(), "snr").to_geopandas()
        >>> frame.columns[:3].tolist(), len(frame)
        (['name', 'mass', 'measure'], 4)
        """
        self.diagram._require(2, "geopandas", "diagram.to_pyvista")
        shown = cast("Sequence[Region]", self.regions if regions is None else regions)
        rows = [asdict(self.servers[region.site]) for region in shown]
        reference = self.scenario.reference
        return optional("geopandas").GeoDataFrame(
            {key: [row[key] for row in rows] for key in rows[0]},
            geometry=[region.polygon for region in shown],
            crs=None if reference is None else reference.projected,
        )

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The regions of a planar solution as GeoJSON features, metres."""
        if self.diagram.dimension != 2:
            raise AttributeError("a spatial Solution has no __geo_interface__")
        described = self.diagram.__geo_interface__
        for feature, server in zip(described["features"], self.servers, strict=True):
            feature["properties"] = asdict(server)
        return described

    def _repr_svg_(self) -> str:
        """Return a picture for notebooks."""
        return self.diagram._pictured([server.name for server in self.servers], self.diagram.fills)

    def _repr_html_(self) -> str:
        """Return the picture and a table of the servers for notebooks."""
        d = self.diagram.dimension
        head = ("server", "sensors %", f"{'area' if d == 2 else 'volume'} m{'²' if d == 2 else '³'}")
        rows = [
            (s.name, f"{100.0 * s.mass:.2f}", f"{s.measure:,.6g}", f"{s.sub_synchronization_time:.4g}")
            for s in self.servers
        ]
        average = f"average sub-synchronization time {self.average_sub_synchronization_time:.4g} s"
        title = f"{self.scenario.title or 'Solution'}: {self.method}, {self.status}; {average}"
        return page(self._repr_svg_(), title, table((*head, "sub-sync time s"), rows))

    def sensitivity(self) -> Sensitivity:
        """Return what a resource is worth: derivatives of the average time (eq. 9a).

        Returns
        -------
        Sensitivity
            Derivatives in every server's compute, bandwidth and position, and in the numbers of sensors
            and of twins, the regions following; SI units.

        Raises
        ------
        InvalidArgumentError
            If the solution did not converge, or is of a method whose regions solve no equations that
            could be differentiated ("snr" and "fixed-point"), or of an equilibrium in which servers
            share twins.

        Notes
        -----
        By implicit differentiation of the solved system of eq. 14, all parameters by one transposed
        solve; for the optimum by the envelope theorem, with the regions fixed: as exact as the
        solution.

        Examples
        --------
        What one more GHz at each server saves, in ms:

        >>> import geomot
        >>> solution = geomot.solve(geomot.paper_scenario())
        >>> (-1e12 * solution.sensitivity().compute).round(3).tolist()
        [0.958, 0.376, 0.13, 0.045]
        """
        if self.method not in SENSITIVITIES:
            raise InvalidArgumentError(
                f"sensitivities were asked of the method {self.method!r}; expected one of "
                f"{', '.join(map(repr, SENSITIVITIES))}, whose regions solve equations: use that"
            )
        if self.status is not Status.CONVERGED:
            raise InvalidArgumentError(
                f"sensitivities were asked of a solution that is {self.status}; expected one that is "
                f"converged: {self.message}"
            )
        if self.hosting is not None and self.hosting.shared:
            raise InvalidArgumentError(
                f"in this equilibrium servers share {self.hosting.shared} twins, which then became "
                "whole, so that the average jumps; expected one without such twins for sensitivities: "
                "host them freely, or spread them as a density"
            )
        sensitivities = SENSITIVITIES[self.method]
        if self.hosting is not None:
            number = {server.name: b for b, server in enumerate(self.servers)}
            hosts = np.array([number[twin.host] for twin in self.twins])
            sensitivities = partial(hosted_sensitivity, hosts=hosts, regions=sensitivities)
        return sensitivities(
            build_network(self.scenario, self.diagram.zone),
            self.diagram.costs,
            np.array([server.render_compute for server in self.servers]),
            self.diagram.subdivision,
            self.scenario.solver.tolerance,
        )

    def as_dict(self, sensitivity: Sensitivity | None = None) -> dict[str, Any]:
        """Return what `solution.json` holds: plain numbers, None for what is not finite.

        Parameters
        ----------
        sensitivity
            The solution's own, where the document is to hold them.
        """
        definitions, balance = region_costs(self.diagram.costs)
        document: dict[str, Any] = _finite(
            {
                "format": FORMAT,
                "version": version("geomot"),
                "solve": self.identifier,
                "method": self.method,
                "status": str(self.status),
                "message": self.message,
                "iterations": self.iterations,
                "residual": self.residual,
                "relative_residual": self.relative_residual,
                "certificate": self.certificate,
                "average_sub_synchronization_time": self.average_sub_synchronization_time,
                "average_error": self.average_error,
                "equilibrium_average_sub_synchronization_time": self.equilibrium_average,
                "starts": list(self.starts),
                "integration_error": self.integration_error,
                "relative_integration_error": self.relative_integration_error,
                "dimension": self.diagram.zone.dimension,
                "zone_measure": self.zone_measure,
                "balance": balance,
                "servers": [
                    {
                        **row,
                        "region": self.servers[defined.owner].name,
                        "weight": defined.weight,
                        "rendering_time": defined.rendering_time,
                        "prices": None if defined.prices is None else list(defined.prices),
                    }
                    for row, defined in zip(self.server_rows(), definitions, strict=True)
                ],
                "twins": [
                    {
                        "position": list(twin.position),
                        "twin_class": twin.twin_class,
                        "host": twin.host,
                        "shares": dict(twin.shares),
                    }
                    for twin in self.twins
                ],
                "hosting": None if self.hosting is None else asdict(self.hosting),
                "constraints": [asdict(row) for row in self.constraints],
                "sensitivity": None if sensitivity is None else self._named(sensitivity),
                "history": [asdict(row) for row in self.history],
                "seconds": self.seconds,
                "scenario": scenario_document(self.scenario),
            }
        )
        return document

    def server_rows(self) -> list[dict[str, Any]]:
        """Return the numbers of each server, None for what is not finite."""
        return [_finite(asdict(server)) for server in self.servers]

    def _named(self, sensitivity: Sensitivity) -> dict[str, Any]:
        """Return sensitivities with the names of the servers."""
        names = [server.name for server in self.servers]
        columns = sensitivity.compute, sensitivity.bandwidth, sensitivity.position
        return {
            "servers": [
                {"name": name, "compute": compute, "bandwidth": bandwidth, "position": position}
                for name, compute, bandwidth, position in zip(
                    names, *(column.tolist() for column in columns), strict=True
                )
            ],
            "sensors": sensitivity.sensors,
            "twins": sensitivity.twins,
            "shared": [[names[b] for b in group] for group in sensitivity.shared],
        }


def _finite(value: Any) -> Any:
    """Replace numbers that JSON cannot hold by None."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
