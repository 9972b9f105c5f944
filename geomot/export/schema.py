"""The keys of `solution.json`; keys that are not listed may be there."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, Field

from geomot.scenario.section import Section
from geomot.scenario.values import Items, Name, Number, OneOrMore, Positive

T = TypeVar("T", int, float)


def _not_negative(value: T) -> T:
    if value < 0:
        raise ValueError(f"is {value!r}; expected 0 or more")
    return value


Share = Annotated[Number, AfterValidator(_not_negative)]
Count = Annotated[int, Field(strict=True), AfterValidator(_not_negative)]


class _Row(Section):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class ServerRow(_Row):
    """One server."""

    name: Name = Field(description="the name of the server")
    mass: Share = Field(description="the share of the sensors")
    measure: Share = Field(description="the measure of its region")
    render_compute: Number | None = Field(description="the compute left for rendering [cycle/s]")
    twin_compute: Number | None = Field(description="the compute that twins take [cycle/s]")
    twins: Number | None = Field(description="the number of twins, or null")
    sub_synchronization_time: Number | None = Field(description="the time T_b [s], or null")
    region: Name | None = Field(
        default=None, description="the server under whose name its region is, shared equally"
    )
    weight: Number | None = Field(default=None, description="the weight w_b in its cost, or null")
    rendering_time: Positive | None = Field(
        default=None, description="the time Lambda / psi_b of a bit in its cost [s/bit], or null"
    )
    prices: Items[Number] | None = Field(
        default=None, description="the prices in its cost, of an optimum, or null"
    )


class TwinRow(_Row):
    """One twin of those that are given one by one."""

    position: Items[Number] = Field(description="the coordinates [m]")
    twin_class: Count = Field(description="the number of its class")
    host: Name = Field(description="the name of its server")
    shares: dict[str, Share] = Field(description="the part that each server has in the equilibrium")


class PlaceRow(_Row):
    """Where a constraint is violated most."""

    server: Name = Field(description="the name of the server")
    point: Items[Number] | None = Field(description="the coordinates [m], or null")
    twin_class: Count | None = Field(description="the number of the class of twins, or null")


class ConstraintRow(_Row):
    """One constraint."""

    constraint: Name = Field(description="the number of the constraint")
    rule: str = Field(strict=True, description="what it asks for")
    violation: Number | None = Field(description="the largest violation, or null")
    allowed: Share = Field(description="what is rounding or the error of integrals")
    unit: str = Field(strict=True, description="the unit of both")
    held: bool | None = Field(strict=True, description="whether it holds, or null")
    where: PlaceRow | None = Field(description="the place of the largest violation, or null")


class HostingRow(_Row):
    """How twins that are given one by one are hosted."""

    kind: Name = Field(description="'regional' or 'free'")
    shared: Count = Field(description="the number of twins that servers share in the equilibrium")
    shared_average: Share | None = Field(description="the average time with these shared [s]")
    gap: Share | None = Field(description="what free hosting is above a lower bound, or null")
    relaxation_gap: Share | None = Field(description="the same for divided twins, or null")


class ServerSensitivityRow(_Row):
    """What more at one server does to the average time."""

    name: Name = Field(description="the name of the server")
    compute: Number = Field(description="the derivative by its compute [s per cycle/s]")
    bandwidth: Number = Field(description="the derivative by its bandwidth [s/Hz]")
    position: Items[Number] = Field(description="the derivatives by its coordinates [s/m]")


class SensitivityRow(_Row):
    """Derivatives of the average time."""

    servers: OneOrMore[ServerSensitivityRow] = Field(description="those of the servers")
    sensors: Number = Field(description="the derivative by the number of sensors [s]")
    twins: Number | None = Field(description="the derivative by the number of twins [s], or null")
    shared: Items[OneOrMore[Name]] = Field(description="the servers that share a region, by region")


class HistoryRow(_Row):
    """One iteration."""

    iteration: Count = Field(description="the number of the iteration")
    residual: Number | None = Field(description="the residual")
    step: Number = Field(description="the length of the step")


class Seconds(_Row):
    """Wall-clock times."""

    total: Share = Field(description="the seconds in all")
    diagram: Share = Field(description="the seconds in diagrams")
    cubature: Share = Field(description="the seconds in the final cubature")
    linear_algebra: Share = Field(description="the seconds in linear algebra")


class Summary(_Row):
    """The whole document."""

    format: Count = Field(default=0, description="the number of the format, 0 before there was one")
    version: str | None = Field(default=None, description="the version of geomot that wrote it")
    solve: str | None = Field(
        default=None, strict=True, description="the identifier that all files of the solve carry"
    )
    method: str = Field(strict=True, description="the method")
    status: Literal["converged", "not-converged", "cycled", "infeasible"] = Field(
        description="how it ended"
    )
    message: str = Field(strict=True, description="the reason, or nothing")
    iterations: Count = Field(description="the number of iterations")
    residual: Number | None = Field(description="the residual, or null")
    relative_residual: Number | None = Field(description="the relative residual, or null")
    certificate: Number | None = Field(description="the certificate, or null")
    average_sub_synchronization_time: Number | None = Field(description="the average time [s]")
    average_error: Number | None = Field(description="a bound on the error of the average [s]")
    equilibrium_average_sub_synchronization_time: Number | None = Field(
        default=None, description="for an optimum the average time of the equilibrium [s], or null"
    )
    starts: Items[Number] = Field(default=(), description="for an optimum that from each start [s]")
    integration_error: Share = Field(description="a bound on the error of any mass")
    relative_integration_error: Number | None = Field(
        default=None, description="a bound on the error of the logarithm of any mass, or null"
    )
    dimension: Literal[2, 3] = Field(description="the number of coordinates, 2 or 3")
    zone_measure: Positive = Field(description="the measure of the zone")
    balance: Positive | None = Field(
        default=None, description="the balance s between sensors and twins in prices, or null"
    )
    servers: OneOrMore[ServerRow] = Field(description="the servers")
    twins: Items[TwinRow] = Field(default=(), description="the twins that are given one by one")
    hosting: HostingRow | None = Field(default=None, description="how twins are hosted, or null")
    constraints: Items[ConstraintRow] = Field(default=(), description="the constraints 9b to 9g")
    sensitivity: SensitivityRow | None = Field(
        default=None, description="the derivatives of the average time, or null"
    )
    history: Items[HistoryRow] = Field(description="the iterations")
    seconds: Seconds = Field(description="the wall-clock times")
    scenario: dict[str, Any] | None = Field(default=None, description="the scenario, or null")
