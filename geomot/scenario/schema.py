"""A scenario: its sections, their keys, and what makes them valid (SI units)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isclose
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from geomot.errors import Problem
from geomot.scenario.densities import AnyDensity
from geomot.scenario.dimensions import mismatches
from geomot.scenario.reference import Reference
from geomot.scenario.section import Section, entries, member
from geomot.scenario.values import (
    Decibel,
    Exponent,
    Items,
    Kind,
    Name,
    Number,
    OneOrMore,
    Point,
    Positive,
    Text,
    Title,
    plain,
)
from geomot.scenario.zones import AnyZone

_NUMBERS: TypeAdapter[tuple[float, ...]] = TypeAdapter(Items[Number])


class Sensors(Section):
    """The sensors: how many, where, and what each of them sends."""

    count: Positive = Field(description="the number of sensors")
    power: Positive = Field(description="the transmit power of a sensor [W]")
    data_density: Positive = Field(description="the data rate per volume [bit/s/m^3]")
    unit_volume: Positive = Field(description="the volume that a sensor covers [m^3]")
    slot: Positive = Field(description="the duration of a time slot [s]")
    complexity: Positive = Field(description="the work to render a bit [cycle/bit]")
    density: AnyDensity = Field(
        description="a 'uniform', 'gaussian', 'mixture', 'grid', 'points' or 'mesh' density"
    )


class Channel(Section):
    """The radio channel between a server and a point."""

    kind: Literal["log-distance"] = Field(default="log-distance", description="the path-loss model")
    exponent: Exponent = Field(description="the path-loss exponent")
    reference_loss: Decibel = Field(description="the loss at the reference distance [dB]")
    reference_distance: Positive = Field(description="the reference distance [m]")
    noise_density: Decibel = Field(description="the noise density [dBm/Hz]")


class Server(Section):
    """An edge server; it may stand outside the zone.

    Examples
    --------
    >>> Server(name="mast", position=[500, 500], compute=8e9, bandwidth=10e6).position
    (500.0, 500.0)
    """

    name: Name = Field(description="the name of the server")
    position: Point = Field(description="the position [m], [x, y] or in space [x, y, z]")
    compute: Positive = Field(description="the computing power [cycle/s]")
    bandwidth: Positive = Field(description="the bandwidth [Hz]")


class ServersTable(Section):
    """Servers in a CSV file, in place of the servers themselves."""

    file: Text = Field(
        description="the CSV file with columns name,x,y[,z][,compute,bandwidth], here or on the "
        "command line with --servers"
    )
    compute: Positive | None = Field(
        default=None, description="the computing power [cycle/s], where the file has no such column"
    )
    bandwidth: Positive | None = Field(
        default=None, description="the bandwidth [Hz], where the file has no such column"
    )


class TwinsTable(Section):
    """Where a CSV file holds the positions of twins, in place of their number and density."""

    file: Text = Field(
        description="the CSV file with columns x,y[,z][,class], here or on the command line with "
        "--twins"
    )


class TwinClass(Section):
    """Twins that synchronise equally often and send with equal power."""

    share: Positive = Field(description="the share of all twins")
    intensity: Positive = Field(description="the synchronisations per second [1/s]")
    power: Positive = Field(description="the transmit power [W]")


class Twins(Section):
    """The digital twins: how many, where, and what they ask of a server.

    They are spread over the zone (``count`` and ``density``), drawn from such a density one by one
    (``sample`` as well), or given one by one (``positions``).

    Examples
    --------
    >>> from geomot.scenario import paper_scenario
    >>> paper = paper_scenario().twins
    >>> Twins(data=23.0, bandwidth=1e6, complexity=1e4, classes=paper.classes, hosting="free")
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 3 problems:
      count: missing; give the number of twins, or positions
      density: missing; give a 'uniform', 'gaussian', 'mixture', 'grid', 'points' or 'mesh' density, or
      positions
      hosting: is 'free', which is for twins one by one; give positions, or sample = true
    """

    count: Positive | None = Field(default=None, description="the number of twins")
    data: Positive = Field(description="the data of one synchronisation [bit]")
    bandwidth: Positive = Field(description="the bandwidth of a twin's uplink [Hz]")
    complexity: Positive = Field(description="the work to compute a bit [cycle/bit]")
    density: AnyDensity | None = Field(
        default=None,
        description="a 'uniform', 'gaussian', 'mixture', 'grid', 'points' or 'mesh' density",
    )
    classes: OneOrMore[TwinClass] = Field(
        description="the classes of twins, each {share, intensity, power}"
    )
    sample: bool = Field(
        default=False, strict=True, description="whether twins are drawn from the density one by one"
    )
    seed: int = Field(default=0, strict=True, ge=0, description="the seed of the drawing")
    positions: OneOrMore[Point] | None = Field(
        default=None, description="the positions of twins given one by one [m]"
    )
    kinds: Items[Kind] | None = Field(
        default=None, description="the class of each twin, by number from 0"
    )
    hosting: Literal["regional", "free"] = Field(
        default="regional",
        description="whether a twin is hosted where it stands ('regional') or anywhere ('free')",
    )

    @property
    def placed(self) -> bool:
        """Whether twins are one by one, at given positions or at positions that are drawn."""
        return self.sample or self.positions is not None

    @classmethod
    def contradictions(cls, data: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong with the shares, once all are numbers, and with where twins are."""
        yield from _placement(data)
        shares = [member(entry, "share") for entry in entries(data, "classes")]
        try:
            total = sum(_NUMBERS.validate_python(shares))
        except ValidationError:
            return
        if shares and not isclose(total, 1.0, rel_tol=0.0, abs_tol=1e-9):
            yield Problem(
                "classes",
                f"the shares sum to {total!r}; expected 1 within 1e-9: divide each by the sum",
            )


def _placement(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is missing or too much among the keys that say where twins are."""
    given = {key for key in data if data[key] is not None}
    sampled, seeded = data.get("sample", False) is True, "seed" in given
    if "positions" in given:
        for key in ("count", "density", "sample", "seed"):
            if key in given and (key not in ("sample", "seed") or data[key]):
                yield Problem(key, "has no place beside positions; give one or the other")
        yield from _kind_problems(data)
    else:
        for key in ("count", "density"):
            if key not in given:
                meaning = Twins.model_fields[key].description
                yield Problem(key, f"missing; give {meaning}, or positions")
        count = plain(data.get("count"))
        if sampled and isinstance(count, (int, float)) and count != int(count):
            yield Problem("count", f"is {count!r}; expected a whole number to draw")
        if "kinds" in given:
            yield Problem("kinds", "has no place without positions; remove it")
        if data.get("hosting") == "free" and not sampled:
            yield Problem(
                "hosting", "is 'free', which is for twins one by one; give positions, or sample = true"
            )
    if seeded and data["seed"] and not sampled:
        yield Problem("seed", "has no place without sample = true; remove it")


def _kind_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong between classes, positions and the class of each."""
    kinds, classes = list(entries(data, "kinds")), list(entries(data, "classes"))
    positions = plain(data["positions"])
    if kinds and isinstance(positions, (list, tuple)) and len(kinds) != len(positions):
        yield Problem(
            "kinds", f"has {len(kinds)} entries; expected {len(positions)}, as many as positions"
        )
    for i, kind in enumerate(kinds):
        if isinstance(kind, int) and kind >= len(classes) > 0:
            yield Problem(
                f"kinds[{i}]",
                f"is {kind}; expected the number of a class, from 0 to {len(classes) - 1}",
            )


class Solver(Section):
    """When to stop."""

    tolerance: Positive = Field(
        default=1e-9,
        gt=1e-14,  # below, rounding decides
        lt=1,
        description="the tolerance of residual and integration error, as a share of the mass 1",
    )
    max_iterations: int = Field(default=100, strict=True, gt=0, description="the most steps to take")


class Scenario(Section):
    """A zone, its sensors, the servers that share it, and the twins they carry.

    Sections may be given as models or as plain dictionaries with the keys of a scenario file.

    Raises
    ------
    ScenarioError
        With the key path and the reason of every problem.

    Examples
    --------
    >>> from geomot.scenario import paper_scenario
    >>> paper = paper_scenario()
    >>> Scenario(
    ...     zone={"kind": "box", "lower": [0, 0], "upper": [100, 100]},
    ...     sensors=paper.sensors,
    ...     channel=paper.channel,
    ...     servers=[{"name": "mast", "position": [50, 50], "compute": 8e9, "bandwith": 1e7}],
    ... )
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 2 problems:
      servers[0].bandwidth: missing; give the bandwidth [Hz]
      servers[0].bandwith: unknown key; did you mean 'bandwidth'?
    """

    title: Title = Field(default="", description="a title for figures")
    zone: AnyZone = Field(
        description="a 'box' or 'polygon', or in space a 'box', 'extrusion' or 'mesh'"
    )
    sensors: Sensors = Field(description="the section [sensors]")
    channel: Channel = Field(description="the section [channel]")
    servers: OneOrMore[Server] = Field(
        description="the servers, each {name, position, compute, bandwidth}"
    )
    twins: Twins | None = Field(default=None, description="the section [twins]")
    solver: Solver = Field(default=Solver(), description="the section [solver]")
    reference: Reference | None = Field(
        default=None, description="what the metres are coordinates of, {projected}"
    )

    @classmethod
    def contradictions(cls, data: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield a problem for each point not of the zone's dimension, and each name given twice.

        Parameters
        ----------
        data
            The raw scenario.
        """
        yield from mismatches(data)
        first: dict[str, int] = {}
        for i, entry in enumerate(entries(data, "servers")):
            name = member(entry, "name")
            if not isinstance(name, str) or not name.strip():
                continue
            if first.setdefault(name, i) != i:
                yield Problem(
                    f"servers[{i}].name",
                    f"is {name!r}, the name of servers[{first[name]}] already; expected names "
                    "that differ: rename one of them",
                )
