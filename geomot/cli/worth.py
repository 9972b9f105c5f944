"""What more of a resource is worth, in words."""

from __future__ import annotations

import numpy as np

from geomot.export.text import printable
from geomot.network.results.sensitivity import Sensitivity
from geomot.plotting.numerals import duration
from geomot.scenario import Solution

HEADING = "what a little more changes of the average, at this rate:"


def worth_lines(solution: Solution, sensitivity: Sensitivity) -> list[str]:
    """Return a line for each resource.

    Parameters
    ----------
    solution
        The solution.
    sensitivity
        Its sensitivities.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario())
    >>> for line in worth_lines(solution, solution.sensitivity())[:2]: print(line)
    what a little more changes of the average, at this rate:
      1 GHz more at 'south-west' saves 0.9577 ms
    """
    names = [printable(server.name) for server in solution.servers]
    together = {group[0]: list(group) for group in sensitivity.shared}
    later = {b for group in sensitivity.shared for b in group[1:]}
    places = {b: together.get(b, [b]) for b in range(len(names)) if b not in later}
    lines = [HEADING]
    for unit, size, slopes in (
        ("GHz", 1e9, sensitivity.compute),
        ("MHz", 1e6, sensitivity.bandwidth),
    ):
        for group in places.values():
            where = "each of " * (len(group) > 1) + ", ".join(repr(names[b]) for b in group)
            lines.append(f"  1 {unit} more at {where} {_changes(size * float(slopes[group].sum()))}")
    for group in places.values():
        slope = sensitivity.position[group].sum(axis=0)
        length = float(np.linalg.norm(slope))
        if length == 0.0:
            continue
        towards = ", ".join(f"{x:+.2f}" for x in -slope / length)
        who = ", ".join(repr(names[b]) for b in group)
        lines.append(f"  {who} moved by 1 m along ({towards}) {_changes(-length)}")
    sensors = solution.scenario.sensors.count
    lines.append(f"  1 % more sensors {_changes(0.01 * sensors * sensitivity.sensors)}")
    if sensitivity.twins is not None:
        lines.append(f"  1 more twin {_changes(sensitivity.twins)}")
    return lines


def _changes(seconds: float) -> str:
    if seconds == 0.0:
        return "changes nothing"
    return f"{'saves' if seconds < 0.0 else 'costs'} {duration(abs(seconds))}"
