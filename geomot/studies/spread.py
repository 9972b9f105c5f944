"""The study `spread`: times and densities of twins against the sensors' spread (the paper's Fig. 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geomot.distributed.cases import Runner
from geomot.distributed.running import run_cases
from geomot.errors import Problem, ScenarioError
from geomot.scenario import GaussianDensity, Scenario, paper_scenario
from geomot.studies.solving import METHODS, changed, scenario_data, solving_case
from geomot.studies.table import Column, Table, table_of
from geomot.studies.twins import TOLERANCE

SPREADS = tuple(float(std) for std in range(150, 1001, 50))  # m, evenly for the means
COUNT = 60.0
PUBLISHED = 0.2575  # reduction of the time by the equilibrium that the paper states for its Fig. 4
PER_AREA = {2: 1e6, 3: 1e9}  # from 1/m^d to 1/km^d
COLUMNS = (
    Column("method", "", "how the regions are found"),
    Column("spread", "m", "standard deviation of the sensors' density"),
    Column("status", "", "how it ended"),
    Column("time", "s", "average sub-synchronization time, eq. 9a"),
    Column("time error", "s", "bound on its error"),
    Column("reduction", "", "of the time, as a share of that by the best channel"),
)


def spread(
    scenario: Scenario | None = None,
    *,
    spreads: Sequence[float] = SPREADS,
    count: float = COUNT,
    run: Runner = run_cases,
) -> Table:
    """Return times and regional densities of twins against the spread of the sensors.

    Parameters
    ----------
    scenario
        The scenario, by default the paper's; its sensors have a gaussian density, and its twins are
        given by theirs.
    spreads
        Standard deviations of the sensors' density, metres.
    count
        Number of twins.
    run
        What computes the cases.

    Returns
    -------
    Table
        One row for each method and spread, with a column for each server: twins that are expected in
        its region, per square (cubic) kilometre of it.

    Raises
    ------
    ScenarioError
        If the scenario has no gaussian density of sensors, or no such twins.

    Notes
    -----
    Fig. 4 of Hashash et al., "Towards a Decentralized Metaverse", which states a reduction of 25.75 %
    by the equilibrium and not for what: the findings give all readings.

    Examples
    --------
    ``geomot.studies.spread()`` takes about two minutes.  It wants twins:

    >>> from geomot.studies.scenarios import spatial_scenario
    >>> spread(spatial_scenario())
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      twins: missing, and the study varies it; expected a scenario that has this section: add it
    """
    given = paper_scenario() if scenario is None else scenario
    density = given.sensors.density
    if not isinstance(density, GaussianDensity):
        reason = f"is {density.kind!r}; expected 'gaussian', whose spread the study varies"
        raise ScenarioError([Problem("sensors.density", reason)])
    dimension, names = len(density.mean), [server.name for server in given.servers]
    given = changed(given, "solver", tolerance=max(TOLERANCE, given.solver.tolerance))
    given = changed(given, "twins", count=float(count))
    planned = [(method, float(std)) for method in METHODS for std in spreads]
    cases = [
        solving_case(
            f"{method} spread {std:g}",
            changed(given, "sensors", density=density.model_copy(update={"std": (std,) * dimension})),
            method,
        )
        for method, std in planned
    ]
    results = dict(zip(planned, run(cases), strict=True))
    rows = []
    for (method, std), found in results.items():
        average = found["average"]
        crowds = [
            PER_AREA[dimension] * server["twins"] / server["measure"] if server["measure"] else None
            for server in found["servers"]
        ]
        reduction = 1.0 - average / results["snr", std]["average"]
        known = found["status"], average, found["average_error"]
        rows.append((method, std, *known, reduction, *crowds))
    unit = f"1/km^{dimension}"
    crowded = [
        Column(f"twins at {name}", unit, "twins expected in its region, over its size")
        for name in names
    ]
    table = table_of(
        "spread", "Time and density of twins against the sensors' spread", (*COLUMNS, *crowded), rows
    )
    varied = {"spreads": list(spreads), "count": count, "seed": None}  # nothing is drawn
    settings = {"scenario": scenario_data(given)["scenario"], **varied}
    findings = spread_findings(table, published=scenario is None)
    return replace(table, settings=settings, findings=findings)


def spread_findings(table: Table, *, published: bool) -> tuple[str, ...]:
    """Return in which reading the reduction is how large.

    Parameters
    ----------
    table
        The study's table.
    published
        Whether the scenario is the paper's, whose reduction is looked for.
    """
    said = []
    snr = np.array(table.where(method="snr").column("time"))
    for method in METHODS[1:]:
        own = table.where(method=method)
        shares, spreads = np.array(own.column("reduction")), np.array(own.column("spread"))
        if not np.isfinite(shares).all():
            said.append(f"{method}: not all spreads are solved, so that no reduction is the study's")
            continue
        overall = 1.0 - np.mean(own.column("time")) / snr.mean()
        said.append(
            f"{method}: the time is reduced by {_percent(shares[0])} at {spreads[0]:g} m and by "
            f"{_percent(shares[-1])} at {spreads[-1]:g} m; the mean of the reductions over these "
            f"spreads is {_percent(shares.mean())}, the reduction of the mean time {_percent(overall)}"
        )
        if published:
            met = _where(spreads, shares)
            means = (
                "; as the mean of the reductions it is {}, as the reduction of the mean time {}".format(
                    *(_missed(share) for share in (shares.mean(), overall))
                )
            )
            said.append(
                f"{method}: the reduction that the paper states, {_percent(PUBLISHED)}, is met {met}"
                f"{means}"
            )
    return tuple(said)


def _where(spreads: np.ndarray, shares: np.ndarray) -> str:
    """Return between which spreads the published reduction is met, by linear interpolation."""
    above = shares > PUBLISHED
    crossings = np.flatnonzero(above[1:] != above[:-1])
    if not len(crossings):
        return "at none of these spreads"
    places = []
    for k in crossings:
        way = (PUBLISHED - shares[k]) / (shares[k + 1] - shares[k])
        places.append(f"{spreads[k] + way * (spreads[k + 1] - spreads[k]):.0f} m")
    return f"at a spread of about {' and '.join(places)}"


def _missed(share: float) -> str:
    """Return whether a share is the published one to its two digits."""
    missed = abs(share - PUBLISHED)
    return "met" if missed < 5e-5 else f"missed by {100.0 * missed:.2f} points"


def _percent(share: float) -> str:
    return f"{100.0 * share:.2f} %"
