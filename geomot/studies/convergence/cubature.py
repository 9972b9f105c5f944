"""Errors of masses against the nodes of the cubature, and against the tolerance asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomot.costs import Costs
from geomot.cubature.integrands import DensityIntegrand
from geomot.cubature.joins import join_rule
from geomot.densities import Density
from geomot.diagram import MinimizationDiagram, minimization_diagram
from geomot.diagram.subdivision.adaptivity import subdivide
from geomot.diagram.subdivision.state import Subdivision, start
from geomot.geometry import Zone
from geomot.kernels.simplices import Floats, Ints
from geomot.scenario.build import build_network
from geomot.studies.convergence.closed import PROBLEMS, places
from geomot.studies.convergence.series import Series
from geomot.studies.solving import changed, equilibrium, scenario_of

CHUNK = 2048  # simplices at a time
MOST_NODES = {2: 12, 3: 9}  # per direction, by the dimension
MESHES = {2: 1e-13, 3: 3e-11}  # tolerance of the mesh that is kept, by the dimension
FINEST = {2: 1e-12, 3: 1e-9}  # least tolerance, by the dimension
CLOSED, OWN = "closed form", "its own finest run"
FINER = {2: 1e-12, 3: 1e-8}  # tolerance of a scenario's finest run, by the dimension


def closed_nodes(problem: str) -> list[dict[str, Any]]:
    """Return errors of masses against nodes per direction for a closed form.

    Parameters
    ----------
    problem
        Its name among `PROBLEMS`.

    Notes
    -----
    The mesh is the one that geomot makes for a tolerance far below the errors.  An error on one mesh is
    a sum over simplices in which large ones may cancel by chance, with some number of nodes and not
    with the next: hence the root mean square over several places of the problem in the box, each with
    a mesh of its own.
    """
    dimension = PROBLEMS[problem]().zone.dimension
    moves = places(dimension)
    errors, count = np.empty((len(moves), MOST_NODES[dimension])), 0
    for row, move in enumerate(moves):
        given = PROBLEMS[problem](move)
        integrand = DensityIntegrand(given.density, given.total)
        first = start(given.costs, given.zone.triangulation, 1)
        state = subdivide(given.costs, first, integrand, MESHES[dimension])
        every = np.arange(len(state.lost))
        count += len(every)
        for nodes in range(1, MOST_NODES[dimension] + 1):
            masses = _masses(given.costs, state, every, given.density, nodes) / given.total
            errors[row, nodes - 1] = _off(masses, given.shares)
    series = Series("nodes", problem, f"mass, in {len(moves)} places", CLOSED)
    for number, error in enumerate(np.sqrt((errors**2).mean(axis=0))):
        series.add(number + 1, float(error), None, count // len(moves))
    return [series.plain()]


def closed_tolerances(problem: str) -> list[dict[str, Any]]:
    """Return errors of masses against the tolerance asked for, for a closed form.

    Parameters
    ----------
    problem
        Its name among `PROBLEMS`.
    """
    given = PROBLEMS[problem]()
    series = Series("tolerance", problem, "mass", CLOSED)
    for tolerance in _tolerances(FINEST[given.zone.dimension]):
        diagram = minimization_diagram(given.costs, given.zone, tolerance)
        _add_masses(series, tolerance, diagram, given.density, given.total, given.shares)
    return [series.plain()]


def scenario_nodes(scenario: dict[str, Any], surface: str | None) -> list[dict[str, Any]]:
    """Return errors of the masses of an equilibrium against nodes per direction, on one mesh.

    Parameters
    ----------
    scenario, surface
        The scenario as `scenario_data` gives it.

    Notes
    -----
    Against the most nodes on the same mesh.  Simplices that are cut into flat pieces have the same
    rule throughout: they are left out on both sides.
    """
    costs, zone, density, tolerance = _equilibrium(scenario, surface)
    series = Series("nodes", "scenario", "mass", OWN)
    integrand = DensityIntegrand(density, 1.0)
    state = subdivide(costs, start(costs, zone.triangulation, 1), integrand, tolerance)
    linear = np.zeros(len(state.lost), dtype=bool)
    linear[state.linear.owners] = True
    joins, most = np.flatnonzero(~linear), MOST_NODES[zone.dimension]
    finest = _masses(costs, state, joins, density, most)
    for nodes in range(1, most):
        series.add(nodes, _off(_masses(costs, state, joins, density, nodes), finest), None, len(joins))
    return [series.plain()]


def scenario_tolerances(scenario: dict[str, Any], surface: str | None) -> list[dict[str, Any]]:
    """Return errors of the masses of an equilibrium against the tolerance asked for.

    Parameters
    ----------
    scenario, surface
        The scenario as `scenario_data` gives it.
    """
    costs, zone, density, finest = _equilibrium(scenario, surface)
    series = Series("tolerance", "scenario", "mass", OWN)
    shares = minimization_diagram(costs, zone, finest).integrate(density).values
    for tolerance in _tolerances(10.0 * finest):
        diagram = minimization_diagram(costs, zone, tolerance)
        _add_masses(series, tolerance, diagram, density, 1.0, shares)
    return [series.plain()]


def _equilibrium(scenario: dict[str, Any], surface: str | None) -> tuple[Costs, Zone, Density, float]:
    """Return costs, zone and density of an equilibrium, and the tolerance of its finest run."""
    given = scenario_of(scenario, surface)
    solution = equilibrium(given)
    tolerance = FINER[solution.diagram.zone.dimension]
    network = build_network(changed(given, "solver", tolerance=tolerance), solution.diagram.zone)
    return solution.diagram.costs, network.zone, network.sensors.density, tolerance


def _tolerances(finest: float) -> list[float]:
    """Return tolerances from a hundredth to the finest, each a tenth of the one before."""
    return [10.0**-k for k in range(2, 1 + int(np.floor(-np.log10(finest) + 1e-9)))]


def _add_masses(
    series: Series,
    tolerance: float,
    diagram: MinimizationDiagram,
    density: Density,
    total: float,
    shares: Floats,
) -> None:
    masses = diagram.integrate(density)
    error, estimate = _off(masses.values / total, shares), float(masses.errors.max()) / total
    series.add(tolerance, error, estimate, len(diagram.subdivision.lost))


def _masses(costs: Costs, state: Subdivision, rows: Ints, density: Density, nodes: int) -> Floats:
    """Return the masses of the cells in some simplices, by a rule with so many nodes per direction."""
    masses = np.zeros(costs.count)
    for first in range(0, len(rows), CHUNK):
        own = rows[first : first + CHUNK]
        simplices = state.mesh.simplices[own]
        corners, labels = state.mesh.vertices[simplices], state.labels[simplices]
        cells = join_rule(costs, corners, labels, nodes, state.sizes[own]).cells
        values = cells.weights * density.values(cells.points)
        masses += np.bincount(cells.sites, values, costs.count)
    return masses


def _off(masses: Floats, exact: Floats) -> float:
    return float(np.abs(masses - exact).max())
