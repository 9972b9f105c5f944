"""The study `twins`: the average time against the number of twins (Fig. 3 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from geomot.distributed.cases import Runner
from geomot.distributed.running import run_cases
from geomot.scenario import Scenario, paper_scenario
from geomot.studies.solving import METHODS, changed, scenario_data, solving_case
from geomot.studies.table import Column, Table, table_of

COUNTS = (50.0, 75.0, 100.0, 125.0, 150.0, 175.0, 200.0)
PUBLISHED = {  # s, the ends of the curves in Fig. 3
    ("snr", 50.0): 31.23e-3,
    ("equilibrium", 50.0): 19.11e-3,
    ("snr", 200.0): 51.23e-3,
    ("equilibrium", 200.0): 25.17e-3,
}
TOLERANCE = 1e-6  # a hundredth of what four digits show
COLUMNS = (
    Column("method", "", "how the regions are found"),
    Column("twins", "", "number of twins, K"),
    Column("status", "", "how it ended"),
    Column("time", "s", "average sub-synchronization time, eq. 9a"),
    Column("time error", "s", "bound on its error"),
    Column("published", "s", "what the paper's Fig. 3 has, where it gives a number"),
    Column("deviation", "", "difference from that, as a share of it"),
)


def twins(
    scenario: Scenario | None = None,
    *,
    counts: Sequence[float] = COUNTS,
    run: Runner = run_cases,
) -> Table:
    """Return the average sub-synchronization time against the number of twins.

    Parameters
    ----------
    scenario
        The scenario, by default the paper's; its twins are given by their density.
    counts
        Numbers of twins.
    run
        What computes the cases.

    Returns
    -------
    Table
        One row for each method and number of twins.

    Raises
    ------
    ScenarioError
        If the scenario has no such twins.

    Notes
    -----
    Fig. 3 of Hashash et al., "Towards a Decentralized Metaverse", which publishes the ends of two of
    the curves.  Twins count in expectation, by their density.

    Examples
    --------
    >>> table = twins(counts=(50.0,))
    >>> [round(1e3 * time, 2) for time in table.column("time")]
    [31.2, 19.06, 18.86]
    """
    given = paper_scenario() if scenario is None else scenario
    given = changed(given, "solver", tolerance=max(TOLERANCE, given.solver.tolerance))
    planned = [(method, float(count)) for method in METHODS for count in counts]
    results = run(
        [
            solving_case(f"{method} twins {count:g}", changed(given, "twins", count=count), method)
            for method, count in planned
        ]
    )
    rows = []
    for (method, count), found in zip(planned, results, strict=True):
        published = PUBLISHED.get((method, count)) if scenario is None else None
        off = None if published is None else found["average"] / published - 1.0
        known = found["status"], found["average"], found["average_error"]
        rows.append((method, count, *known, published, off))
    table = table_of("twins", "Average time against the number of twins", COLUMNS, rows)
    varied = {"counts": list(counts), "seed": None}  # nothing is drawn
    settings = {"scenario": scenario_data(given)["scenario"], **varied}
    return replace(table, settings=settings, findings=_findings(table))


def encode_times(table: Table) -> bytes:
    """Return the times as a table in Markdown, ms, beside what the paper publishes.

    Parameters
    ----------
    table
        What the study returned.

    Examples
    --------
    >>> row = ("snr", 50.0, "converged", 0.0312, 6e-10, 0.03123, -0.001)
    >>> print(encode_times(table_of("twins", "", COLUMNS, [row])).decode())
    | twins | `snr` | paper |
    | --- | --- | --- |
    | 50 | 31.20 | 31.23 |
    <BLANKLINE>
    """
    methods = list(dict.fromkeys(table.column("method")))
    beside = {method: any(_milliseconds(table.where(method=method), "published")) for method in methods}
    heads = ["twins"]
    for method in methods:
        heads += [f"`{method}`", "paper"] if beside[method] else [f"`{method}`"]
    lines = [heads, ["---"] * len(heads)]
    for count in dict.fromkeys(table.column("twins")):
        line = [f"{count:g}"]
        for method in methods:
            own = table.where(method=method, twins=count)
            line += _milliseconds(own, "time")
            line += _milliseconds(own, "published") if beside[method] else []
        lines.append(line)
    return "".join(
        f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in line)}|\n" for line in lines
    ).encode()


def _milliseconds(table: Table, name: str) -> list[str]:
    """Return times in ms to two digits, "" where there is none."""
    return ["" if time is None else f"{1e3 * time:.2f}" for time in table.column(name)]


def _findings(table: Table) -> tuple[str, ...]:
    said = []
    known = [abs(off) for off in table.column("deviation") if off is not None]
    if known:
        said.append(
            f"the paper publishes {len(known)} of these times; the largest deviation from them is "
            f"{100.0 * max(known):.2f} %"
        )
    for method in METHODS:
        own = table.where(method=method, status="converged")
        rising = all(b > a for a, b in pairwise(own.column("time")))
        if len(own.rows) > 1:
            said.append(f"{method}: the time {'rises' if rising else 'does not rise'} with every step")
    return tuple(said)
