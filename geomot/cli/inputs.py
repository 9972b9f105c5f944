"""What commands that solve have in common: their options, reading the scenario, solving it."""

from __future__ import annotations

from pathlib import Path

import click

from geomot.cli.progress import progress
from geomot.errors import (
    InvalidArgumentError,
    InvalidCostError,
    InvalidDensityError,
    InvalidSitesError,
    InvalidZoneError,
    MissingPackageError,
    Problem,
    ScenarioError,
    UnresolvedError,
)
from geomot.scenario import METHODS, Scenario, Solution, load_scenario, paper_scenario
from geomot.scenario.build import build_density, build_zone, twins_outside

FILE = click.Path(path_type=Path)  # whether it exists is checked where it is read, with a message
BUILT_IN = "(the built-in scenario)"

method_option = click.option(
    "--method",
    type=click.Choice(list(METHODS)),
    default="equilibrium",
    show_default=True,
    help="How the regions are found.",
)

servers_option = click.option(
    "--servers",
    type=FILE,
    metavar="FILE.csv",
    help="Servers in place of the scenario's own: columns name, x, y, in space z, and, unless the "
    "scenario gives them once for all, compute and bandwidth.",
)


twins_option = click.option(
    "--twins",
    type=FILE,
    metavar="FILE.csv",
    help="Twins one by one in place of the scenario's number and density: columns x, y, in space z, "
    "and optionally class, a number from 0.",
)


def read_scenario(path: Path | None, servers: Path | None, twins: Path | None) -> Scenario:
    """Return the scenario of a file, or the paper's.

    Parameters
    ----------
    path
        The TOML file, or None for the scenario that ships inside the package.
    servers, twins
        CSV files whose servers and twins take the place of the scenario's own.
    """
    if path is None:
        try:
            return paper_scenario(servers=servers, twins=twins)
        except ScenarioError as error:  # where the package keeps its file is of no use to anybody
            raise ScenarioError(error.problems, file=BUILT_IN) from None
    return load_scenario(path, servers=servers, twins=twins)


def solve_scenario(scenario: Scenario, method: str, name: str, starts: int = 1) -> Solution:
    """Solve a scenario, with progress on standard error.

    Parameters
    ----------
    scenario
        The scenario.
    method
        One of the methods.
    name
        What to call the scenario in messages.
    starts
        For an optimum: how many partitions to descend from.

    Raises
    ------
    ScenarioError
        If the zone or a density is not what it must be (key paths are not the engine's to know), or
        twins are hosted in a way that the method cannot keep.
    UnresolvedError
        If the engine refuses numbers of its own making.
    """
    from geomot.scenario import solve

    with progress(method) as report:
        try:
            return solve(scenario, method, progress=report, starts=starts)
        except ScenarioError as error:
            problems = engine_problems(scenario) or error.problems
            raise ScenarioError(problems, file=name) from error
        except (InvalidZoneError, MissingPackageError, InvalidDensityError) as error:
            problems = engine_problems(scenario)
            if not problems:
                raise
            raise ScenarioError(problems, file=name) from error
        except (InvalidCostError, InvalidSitesError, InvalidArgumentError) as error:
            raise UnresolvedError(f"the method {method!r} broke down: {error}") from error


def engine_problems(scenario: Scenario) -> list[Problem]:
    """Return what the engine has against a scenario: its zone, densities without mass in the zone.

    Parameters
    ----------
    scenario
        The scenario.

    Examples
    --------
    >>> engine_problems(paper_scenario())
    []
    """
    from geomot.diagram import normalized

    try:
        zone = build_zone(scenario.zone)
    except (InvalidZoneError, MissingPackageError) as error:
        return [Problem("zone", str(error))]
    densities = {"sensors.density": scenario.sensors.density}
    problems = []
    if scenario.twins is not None:
        problems += twins_outside(scenario.twins, zone)
    if scenario.twins is not None and scenario.twins.density is not None:
        densities["twins.density"] = scenario.twins.density
    for key, density in densities.items():
        try:
            normalized(build_density(density), zone, 0.01)
        except InvalidDensityError as error:
            problems.append(Problem(key, str(error)))
    return problems
