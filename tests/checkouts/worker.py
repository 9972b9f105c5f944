"""Cases in the checkout that PYTHONPATH names: `python worker.py CASE...` prints a line of JSON each.

It calls nothing but what outside scripts may rely on, so that old checkouts can run it as well.  The
corpus and the spatial scenario are those of the checkout's own tests.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SITES = ROOT.parent / "shared" / "data" / "melbourne-cbd" / "servers.csv"
PAPER = [
    f"paper, {count} twins, {method}"
    for count in (0, 50, 200)
    for method in ("equilibrium", "optimum", "fixed-point", "snr")
]
OTHERS = ["city, equilibrium", "city, snr", "district, equilibrium", "district, snr"]
OTHERS += [f"melbourne, {method}" for method in ("equilibrium", "optimum", "snr")]
OTHERS += ["workshop, equilibrium", "workshop, snr"]
CORPUS = (
    "grid 10x10, squares",
    "hexagonal lattice, distances",
    "24 cocircular, distances",
    "1e-9 apart, distances",
    "concentric",
    "cell with a hole",
    "offsets over 12 decades",
    "narrow density in the middle",
    "thin density",
)
NAMES = (*PAPER, *OTHERS, *(f"corpus, {name}" for name in CORPUS))
COLUMNS = ("mass", "measure", "render_compute", "twin_compute", "sub_synchronization_time")


def scenario_of(head: str, rest: str) -> Any:
    """Return the scenario of a case."""
    import geomot

    if head == "paper":
        document = geomot.paper_scenario().model_dump()
        document["twins"]["count"] = int(rest.split()[0])
        if not document["twins"]["count"]:
            document["twins"] = None
        return geomot.Scenario.model_validate(document)
    if head == "workshop":
        from tests.scenario.spatial import WORKSHOP, spatial

        return geomot.Scenario.model_validate(spatial(WORKSHOP))
    file = ROOT / "examples" / f"{head}.toml"
    return (
        geomot.load_scenario(file, servers=SITES) if head == "melbourne" else geomot.load_scenario(file)
    )


def solution(scenario: Any, method: str) -> dict[str, Any]:
    """Solve a scenario; return numbers, and how far each may be off."""
    import geomot

    found = geomot.solve(scenario, method=method)
    numbers = {name: [getattr(each, name) for each in found.servers] for name in COLUMNS}
    numbers["average"] = [found.average_sub_synchronization_time]
    least = min(numbers["mass"], default=1.0) or 1.0
    # what depends on a server's mass is as good, relatively, as the mass
    errors = dict.fromkeys(COLUMNS, found.integration_error / least)
    errors["average"] = (found.average_error or 0.0) / (numbers["average"][0] or 1.0)
    return {
        "status": str(found.status),
        "steps": found.iterations,
        "numbers": numbers,
        "errors": errors,
    }


def diagram(name: str) -> dict[str, Any]:
    """Compute a diagram of the corpus; return numbers, and how far each may be off."""
    from geomot import minimization_diagram
    from tests.corpus.cases import CASES

    case = next(each for each in CASES if each.name == name)
    found = minimization_diagram(case.costs, case.zone, case.tolerance)
    numbers, errors = {"measure": found.measures.tolist()}, {}
    errors["measure"] = float(found.measure_errors.max() / found.measures.max())
    if case.density is not None:
        masses = found.integrate(case.density)
        numbers["mass"] = masses.values.tolist()
        errors["mass"] = float(masses.errors.max() / masses.values.max())
    return {"status": "converged", "steps": 0, "numbers": numbers, "errors": errors}


def run(name: str) -> dict[str, Any]:
    """Run a case."""
    head, _, rest = name.partition(", ")
    if head == "corpus":
        return diagram(rest)
    return solution(scenario_of(head, rest), rest.rpartition(", ")[2])


def main() -> None:
    """Run the cases that the command line names."""
    for name in sys.argv[1:]:
        began = time.process_time()
        found = run(name)
        print(json.dumps({"name": name, "seconds": time.process_time() - began, **found}), flush=True)


if __name__ == "__main__":
    main()
