"""Scenarios one after the other, each solved from the solution of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from geomot.scenario.schema import Scenario
from geomot.scenario.solution import Solution
from geomot.scenario.solve import solve_from
from geomot.transport.congestion.result import Progress


def track(
    scenarios: Iterable[Scenario], method: str = "equilibrium", progress: Progress | None = None
) -> Iterator[Solution]:
    """Solve scenarios one after the other, such as a moving world slot by slot.

    Parameters
    ----------
    scenarios
        What to solve; each is asked for when the one before is solved.
    method
        As for `solve`.
    progress
        Called with each row of each history.

    Yields
    ------
    Solution
        One for each scenario.  An "equilibrium" or "optimum" starts from the last one that converged,
        as long as there are as many servers, which are taken to be the same in the same order.  Where
        the change is small that takes at most three steps; where such a start leads to no solution it
        is solved as if it were the first.

    Raises
    ------
    InvalidArgumentError, InvalidDensityError, ScenarioError
        As for `solve`.

    Examples
    --------
    The sensors' hot spot moves on by 5 m; the first equilibrium takes as long as it takes:

    >>> import geomot
    >>> data = geomot.paper_scenario().model_dump()
    >>> def slots():
    ...     for x in (750.0, 755.0):
    ...         data["sensors"]["density"]["mean"] = (x, 750.0)
    ...         yield geomot.Scenario(**data)
    >>> [str(solution.status) for solution in geomot.track(slots())]
    ['converged', 'converged']
    """
    start = None
    for scenario in scenarios:
        fitting = start if start is not None and len(start.left) == len(scenario.servers) else None
        solution, found = solve_from(scenario, method, progress, start=fitting)
        start = found if found is not None and solution.status == "converged" else start
        yield solution
