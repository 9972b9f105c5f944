"""From the schema of a scenario to the objects of the engine and the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomot.densities import Density, Uniform, mixture
from geomot.diagram import normalized
from geomot.geometry import Zone
from geomot.network.model import Network, Sensors, Servers, TwinClass, Twins
from geomot.network.radio import Channel
from geomot.scenario.densities import AnyDensity, GaussianDensity, MixtureDensity
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
        None
        if twins is None
        else Twins(
            twins.count,
            twins.data,
            twins.bandwidth,
            twins.complexity,
            tuple(TwinClass(kind.share, kind.intensity, kind.power) for kind in twins.classes),
            normalized(build_density(twins.density), zone, accuracy),
        ),
    )
