"""From the schema of a scenario to the objects of the engine and the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomot.densities import Density, Uniform, mixture
from geomot.diagram import normalized
from geomot.diagram.subdivision.sampling import draw
from geomot.errors import Problem, ScenarioError
from geomot.geometry import Zone
from geomot.kernels.simplices import Floats
from geomot.network.model.network import Network, PlacedTwins, Sensors, Servers, TwinClass, Twins
from geomot.network.model.radio import Channel
from geomot.scenario import schema
from geomot.scenario.densities import AnyDensity, GaussianDensity, MixtureDensity
from geomot.scenario.given import GridSection, MeshSection, PointsSection
from geomot.scenario.schema import Scenario
from geomot.scenario.surface import read_surface
from geomot.scenario.zones import AnyZone, BoxZone, ExtrusionZone, MeshZone

NORMALIZATION = 0.01  # tolerance of the densities' masses, as a share of the solver's


def build_zone(zone: AnyZone) -> Zone:
    """Return the zone as a mesh.

    Raises
    ------
    InvalidZoneError
        If the engine refuses it, or its file cannot be read any more.
    MissingPackageError
        If filling its surface needs a package that is not installed.
    """
    if isinstance(zone, BoxZone):
        return Zone.box(zone.lower, zone.upper)
    if isinstance(zone, MeshZone):
        return Zone.mesh(read_surface(Path(zone.file)))
    import shapely

    outline = shapely.Polygon(zone.vertices, zone.holes)
    if isinstance(zone, ExtrusionZone):
        return Zone.extrusion(outline, zone.height)
    return Zone.polygon(outline)


def build_density(density: AnyDensity) -> Density:
    """Return the density, not normalised."""
    if isinstance(density, (GridSection, PointsSection, MeshSection)):
        return density.build()
    if isinstance(density, MixtureDensity):
        parts = density.components
        weights = [part.weight for part in parts]
        return mixture(weights, [part.mean for part in parts], [part.std for part in parts])
    if isinstance(density, GaussianDensity):
        return mixture([1.0], [density.mean], [density.std])
    return Uniform()


def build_network(scenario: Scenario, zone: Zone | None = None) -> Network:
    """Return the network of a scenario, its densities cut off at the zone and normalised once.

    Parameters
    ----------
    scenario
        The scenario.
    zone
        Its zone, if it has been built already.

    Raises
    ------
    InvalidDensityError
        If a density has no mass in the zone.
    ScenarioError
        If twins have positions outside the zone.
    """
    zone = build_zone(scenario.zone) if zone is None else zone
    accuracy = max(NORMALIZATION * scenario.solver.tolerance, 1e-15)
    sensors, channel, twins = scenario.sensors, scenario.channel, scenario.twins
    return Network(
        zone,
        Servers(
            tuple(server.name for server in scenario.servers),
            np.array([server.position for server in scenario.servers], dtype=float),
            np.array([server.compute for server in scenario.servers], dtype=float),
            np.array([server.bandwidth for server in scenario.servers], dtype=float),
        ),
        Sensors(
            sensors.count,
            sensors.power,
            sensors.data_density,
            sensors.unit_volume,
            sensors.slot,
            sensors.complexity,
            normalized(build_density(sensors.density), zone, accuracy),
        ),
        Channel(
            channel.exponent,
            channel.reference_loss,
            channel.reference_distance,
            channel.noise_density,
        ),
        None if twins is None or twins.placed else _spread(twins, zone, accuracy),
        _placed(twins, zone, accuracy) if twins is not None and twins.placed else None,
    )


def _spread(twins: schema.Twins, zone: Zone, accuracy: float) -> Twins:
    """Return twins that are spread over the zone."""
    assert twins.count is not None and twins.density is not None
    return Twins(
        twins.count,
        twins.data,
        twins.bandwidth,
        twins.complexity,
        _classes(twins),
        normalized(build_density(twins.density), zone, accuracy),
    )


def _placed(twins: schema.Twins, zone: Zone, accuracy: float) -> PlacedTwins:
    """Return twins one by one; positions are drawn, or checked to be in the zone."""
    shares = np.array([kind.share for kind in twins.classes])
    if twins.positions is None:
        assert twins.count is not None and twins.density is not None
        rng, count = np.random.default_rng(twins.seed), int(twins.count)
        positions = draw(normalized(build_density(twins.density), zone, accuracy), zone, count, rng)
        kinds = rng.choice(len(shares), size=count, p=shares / shares.sum())
    else:
        positions = np.array(twins.positions, dtype=float)
        kinds = np.array(_in_turn(shares, len(positions)) if twins.kinds is None else twins.kinds)
        problems = twins_outside(twins, zone)
        if problems:
            raise ScenarioError(problems)
    return PlacedTwins(
        twins.data,
        twins.bandwidth,
        twins.complexity,
        _classes(twins),
        positions,
        kinds,
        twins.hosting == "free",
    )


def twins_outside(twins: schema.Twins, zone: Zone) -> list[Problem]:
    """Return a problem for each twin that is given a position outside the zone."""
    positions = np.array(twins.positions or np.empty((0, zone.dimension)), dtype=float)
    return [
        Problem(
            f"twins.positions[{i}]",
            f"is ({', '.join(f'{x:.6g}' for x in positions[i])}), outside the zone; move it there, or "
            "leave the twin out",
        )
        for i in np.flatnonzero(~zone.contains(positions))
    ]


def _classes(twins: schema.Twins) -> tuple[TwinClass, ...]:
    return tuple(TwinClass(kind.share, kind.intensity, kind.power) for kind in twins.classes)


def _in_turn(shares: Floats, count: int) -> list[int]:
    """Return classes one after the other, each as often as its share asks, as evenly as can be."""
    given, kinds = np.zeros(len(shares)), []
    for k in range(count):
        kinds.append(int(np.argmax((k + 1) * shares - given)))
        given[kinds[-1]] += 1.0
    return kinds
