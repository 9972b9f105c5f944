"""The cases of the convergence study."""

from __future__ import annotations

from typing import Any

from geomot.studies.cases import Case
from geomot.studies.convergence.closed import PROBLEMS
from geomot.studies.scenarios import spatial_scenario
from geomot.studies.solving import scenario_data

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
    equal = {"problem": "four equal servers"}
    cases.append(Case("newton closed", f"{HOME}.newton:closed_newton", equal))
    named = {"scenario": data}
    if with_space:
        space = spatial_scenario()
        named[space.title] = scenario_data(space)
    for name, arguments in named.items():
        newton = f"{HOME}.newton:scenario_newton"
        cases.append(Case(f"newton {name}", newton, {"name": name, **arguments}))
    return cases
