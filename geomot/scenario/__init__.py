"""Scenarios: TOML files and their checks (the schema of the file format)."""

from geomot.scenario.densities import (
    AnyDensity,
    GaussianDensity,
    MixtureComponent,
    MixtureDensity,
    UniformDensity,
)
from geomot.scenario.given import GridSection, MeshSection, PointsSection
from geomot.scenario.load import load_scenario, paper_scenario, with_servers, with_twins
from geomot.scenario.schema import (
    Channel,
    Scenario,
    Sensors,
    Server,
    Solver,
    TwinClass,
    Twins,
)
from geomot.scenario.slots import Slot, read_slots
from geomot.scenario.solution import ServerResult, Solution
from geomot.scenario.solve import METHODS, solve
from geomot.scenario.track import track
from geomot.scenario.zones import AnyZone, BoxZone, ExtrusionZone, MeshZone, PolygonZone

__all__ = [
    "METHODS",
    "AnyDensity",
    "AnyZone",
    "BoxZone",
    "Channel",
    "ExtrusionZone",
    "GaussianDensity",
    "GridSection",
    "MeshSection",
    "MeshZone",
    "MixtureComponent",
    "MixtureDensity",
    "PointsSection",
    "PolygonZone",
    "Scenario",
    "Sensors",
    "Server",
    "ServerResult",
    "Slot",
    "Solution",
    "Solver",
    "TwinClass",
    "Twins",
    "UniformDensity",
    "load_scenario",
    "paper_scenario",
    "read_slots",
    "solve",
    "track",
    "with_servers",
    "with_twins",
]
