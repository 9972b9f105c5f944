"""Exact minimization diagrams, cubature over their cells, and the equilibria they carry.

Names are loaded when they are first used: ``import geomot`` itself stays light, whatever the
packages behind a name weigh.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from geomot.errors import (
    GeomotError,
    InfeasibleError,
    InvalidArgumentError,
    InvalidCostError,
    InvalidDensityError,
    InvalidSitesError,
    InvalidZoneError,
    MissingPackageError,
    Problem,
    ScaleWarning,
    ScenarioError,
    StudyError,
    UnresolvedError,
)

if TYPE_CHECKING:
    from geomot import export, plotting, studies
    from geomot.arcs import ArcDiagram, arc_diagram
    from geomot.costs import (
        Costs,
        distance_costs,
        function_costs,
        general_costs,
        monotone_bounds,
    )
    from geomot.densities import (
        Density,
        FunctionDensity,
        GridDensity,
        KernelDensity,
        MeshDensity,
        Uniform,
        function_density,
        gaussian,
        grid_density,
        kernel_density,
        mesh_density,
        mixture,
    )
    from geomot.diagram import MinimizationDiagram, minimization_diagram
    from geomot.geometry import Zone
    from geomot.power import Centroidal, PowerDiagram, lloyd, power_diagram, quantize
    from geomot.scenario import Scenario, Solution, load_scenario, paper_scenario, solve, track
    from geomot.transport.capacity import Transport, fixed_capacity_transport
    from geomot.transport.equilibrium import CongestionEquilibrium, congestion_equilibrium

    __version__: str

__all__ = [
    "ArcDiagram",
    "Centroidal",
    "CongestionEquilibrium",
    "Costs",
    "Density",
    "FunctionDensity",
    "GeomotError",
    "GridDensity",
    "InfeasibleError",
    "InvalidArgumentError",
    "InvalidCostError",
    "InvalidDensityError",
    "InvalidSitesError",
    "InvalidZoneError",
    "KernelDensity",
    "MeshDensity",
    "MinimizationDiagram",
    "MissingPackageError",
    "PowerDiagram",
    "Problem",
    "ScaleWarning",
    "Scenario",
    "ScenarioError",
    "Solution",
    "StudyError",
    "Transport",
    "Uniform",
    "UnresolvedError",
    "Zone",
    "arc_diagram",
    "congestion_equilibrium",
    "distance_costs",
    "export",
    "fixed_capacity_transport",
    "function_costs",
    "function_density",
    "gaussian",
    "general_costs",
    "grid_density",
    "kernel_density",
    "lloyd",
    "load_scenario",
    "mesh_density",
    "minimization_diagram",
    "mixture",
    "monotone_bounds",
    "paper_scenario",
    "plotting",
    "power_diagram",
    "quantize",
    "solve",
    "studies",
    "track",
]

_HOMES = {
    "ArcDiagram": "geomot.arcs",
    "Costs": "geomot.costs",
    "Density": "geomot.densities",
    "FunctionDensity": "geomot.densities",
    "GridDensity": "geomot.densities",
    "KernelDensity": "geomot.densities",
    "MeshDensity": "geomot.densities",
    "function_density": "geomot.densities",
    "grid_density": "geomot.densities",
    "kernel_density": "geomot.densities",
    "mesh_density": "geomot.densities",
    "MinimizationDiagram": "geomot.diagram",
    "Uniform": "geomot.densities",
    "Zone": "geomot.geometry",
    "arc_diagram": "geomot.arcs",
    "distance_costs": "geomot.costs",
    "function_costs": "geomot.costs",
    "general_costs": "geomot.costs",
    "gaussian": "geomot.densities",
    "minimization_diagram": "geomot.diagram",
    "mixture": "geomot.densities",
    "monotone_bounds": "geomot.costs",
    "PowerDiagram": "geomot.power",
    "power_diagram": "geomot.power",
    "Centroidal": "geomot.power",
    "lloyd": "geomot.power",
    "quantize": "geomot.power",
    "CongestionEquilibrium": "geomot.transport.equilibrium",
    "Transport": "geomot.transport.capacity",
    "congestion_equilibrium": "geomot.transport.equilibrium",
    "fixed_capacity_transport": "geomot.transport.capacity",
    "Scenario": "geomot.scenario",
    "load_scenario": "geomot.scenario",
    "paper_scenario": "geomot.scenario",
    "Solution": "geomot.scenario",
    "solve": "geomot.scenario",
    "track": "geomot.scenario",
}

_MODULES = ("export", "plotting", "studies")


def __getattr__(name: str) -> object:
    """Load a public name from its home on first use (PEP 562)."""
    if name == "__version__":
        return import_module("importlib.metadata").version("geomot")
    if name in _MODULES:
        return import_module(f"geomot.{name}")
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'geomot' has no attribute {name!r}") from None
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
