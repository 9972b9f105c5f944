"""The cases of the convergence study."""

from __future__ import annotations

from typing import Any

from geomot.distributed.cases import Case, plain
from geomot.studies.convergence import boundaries, closed, cubature, halving, newton
from geomot.studies.convergence.closed import PROBLEMS
from geomot.studies.convergence.fits import PARTS
from geomot.studies.convergence.newton import EQUAL
from geomot.studies.scenarios import spatial_scenario
from geomot.studies.solving import scenario_data

SPACE = "the studies' cube"
HOME = "geomot.studies.convergence"


def plan(data: dict[str, Any], with_space: bool) -> list[Case]:
    """Return the cases.

    Parameters
    ----------
    data
        The scenario as `scenario_data` gives it.
    with_space
        Whether Newton's steps are to be followed in space, too.
    """
    cases = []
    for part, function in (("nodes", "closed_nodes"), ("tolerance", "closed_tolerances")):
        # the scenario first: what is wrong with it shows at once
        own = function.replace("closed", "scenario")
        cases.append(Case(f"{part} scenario", f"{HOME}.cubature:{own}", data))
        for problem in PROBLEMS:
            arguments = {"problem": problem}
            cases.append(Case(f"{part} {problem}", f"{HOME}.cubature:{function}", arguments))
    for problem, function in (
        ("Apollonius' circle", "closed_circle"),
        ("hyperbola", "closed_hyperbola"),
        ("Apollonius' sphere", "closed_sphere"),
    ):
        arguments = {"problem": problem}
        cases.append(Case(f"chord {problem}", f"{HOME}.boundaries:{function}", arguments))
    cases.append(Case("chord scenario", f"{HOME}.boundaries:scenario_boundaries", data))
    for dimension in EQUAL:
        equal = {"dimension": dimension}
        cases.append(Case(f"newton closed {dimension}", f"{HOME}.newton:closed_newton", equal))
    named = {"scenario": data}
    if with_space:
        named[SPACE] = scenario_data(spatial_scenario())
    for name, arguments in named.items():
        newton = f"{HOME}.newton:scenario_newton"
        cases.append(Case(f"newton {name}", newton, {"name": name, **arguments}))
    return cases


def controls() -> dict[str, Any]:
    """Return what is varied how far, and on which meshes, plain data."""
    varied: dict[str, Any] = plain(
        {
            "nodes": cubature.MOST_NODES,
            "places": closed.PLACES,
            "mesh tolerance": cubature.MESHES,
            "finest tolerance, closed forms": cubature.FINEST,
            "finest tolerance, scenario": cubature.FINER,
            "chord tolerances": boundaries.CHORDS,
            "face tolerances": boundaries.FACES,
            "first faces that are halved": halving.BASES,
            "halvings": boundaries.HALVINGS,
            "tolerance of the scenario's measures": boundaries.MEASURED,
            "accuracy of Newton's integrals": newton.ACCURACY,
            "accuracy of Newton's integrals in space, closed form": newton.EXACT,
            "floors": {part.name: part.floor for part in PARTS},
        }
    )
    return varied
