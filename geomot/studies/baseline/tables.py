"""The tables of the baseline study: runs, rounds, and the least times to errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from geomot.kernels.simplices import Floats
from geomot.studies.baseline.runs import FINEST, OURS, RASTER, Run
from geomot.studies.table import Column, Table, table_of

TARGETS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
ENDS = {"cycled": "cycles on", "converged": "settles on", "infeasible": "ends infeasible on"}
LABELS = (
    Column("zone", "", "planar or spatial"),
    Column("method", "", "raster: Algorithm 1 on a grid; geomot: Newton's method on the true regions"),
    Column("size", "", "pixels along each side; empty for geomot"),
    Column("keep", "", "share of the old alpha and psi that stays in a round, 0 as printed"),
    Column("tolerance", "", "asked of geomot"),
)
COLUMNS = (
    *LABELS,
    Column("status", "", "how it ended"),
    Column("steps", "", "rounds, or Newton's steps"),
    Column("period", "", "rounds after which an earlier state came back"),
    Column("changing", "", "share of the pixels that changed hands in the last round"),
    Column("error", "", "largest error of a server's share of the sensors, in the end"),
    Column("least error", "", "the same in the best round"),
    Column("time", "s", "processor time until the end"),
)
ROUNDS = (
    *LABELS,
    Column("round", "", "0 is the partition by the best channel"),
    Column("error", "", "largest error of a server's share of the sensors"),
    Column("time", "s", "processor time until then"),
)
TIMES = (
    Column("zone", "", "planar or spatial"),
    Column("error", "", "largest error of a server's share of the sensors"),
    Column("raster", "s", "least processor time of any raster until a round is below it"),
    Column("size", "", "pixels along each side of that raster"),
    Column("geomot", "s", "least processor time of geomot with an error below it"),
)


def runs_table(runs: Sequence[Run], exact: Mapping[str, Floats]) -> Table:
    """Return one row for each run.

    Parameters
    ----------
    runs
        The runs.
    exact
        ``(B,)`` for each zone: what the shares are.
    """
    rows = []
    for run in runs:
        errors, found = run.errors(exact[run.zone]), run.result
        ended = (found["status"], found["steps"], found["period"], found["changing"])
        labels = (run.zone, run.method, run.size, run.keep, run.tolerance)
        rows.append((*labels, *ended, errors[-1], min(errors), found["seconds"][-1]))
    return table_of("baseline", "A raster and geomot", COLUMNS, rows)


def rounds_table(runs: Sequence[Run], exact: Mapping[str, Floats]) -> Table:
    """Return one row for each round of each run.

    Parameters
    ----------
    runs, exact
        As for `runs_table`.
    """
    rows = [
        (run.zone, run.method, run.size, run.keep, run.tolerance, number, error, seconds)
        for run in runs
        for number, (error, seconds) in enumerate(
            zip(run.errors(exact[run.zone]), run.result["seconds"], strict=True)
        )
    ]
    return table_of("baseline-rounds", "Errors round by round", ROUNDS, rows)


def times_table(rounds: Table) -> Table:
    """Return the least times to errors; a raster stops in its first round below one, as if it knew.

    Parameters
    ----------
    rounds
        What `rounds_table` gives.

    Examples
    --------
    >>> rows = [("planar", "raster", 50, 0.8, None, k, 10.0**-k, 2.0 + k) for k in range(4)]
    >>> times_table(table_of("baseline-rounds", "", ROUNDS, rows)).rows[:2]
    (('planar', 0.01, 4.0, 50, None), ('planar', 0.001, 5.0, 50, None))
    """
    rows = []
    for zone in dict.fromkeys(rounds.column("zone")):
        for target in (each for each in TARGETS if each >= FINEST[zone]):  # closer is not known
            raster, size = _least(rounds.where(zone=zone, method=RASTER), target)
            ours, _ = _least(rounds.where(zone=zone, method=OURS), target)
            rows.append((zone, target, raster, size, ours))
    return table_of("baseline-times", "Time to accuracy", TIMES, rows)


def findings(runs: Table, times: Table) -> tuple[str, ...]:
    """Return what the tables say, in sentences.

    Parameters
    ----------
    runs, times
        The tables.
    """
    said = []
    for zone in dict.fromkeys(times.column("zone")):
        own, grid = times.where(zone=zone), "pixels" if zone == "planar" else "voxels"
        said.append(
            f"{zone}: errors are differences from geomot's own run to {FINEST[zone]:g}; the least in "
            f"these tables is {min(runs.where(zone=zone).column('least error')):.1g}"
        )
        coarse = [row for row in own.rows if row[2] is not None]
        fine = [row for row in own.rows if row[4] is not None]
        if coarse:
            _, error, seconds, size, _ = coarse[-1]
            said.append(
                f"{zone}: the least of these errors that a raster reaches is {error:g}, in "
                f"{seconds:.2f} s of processor time with {size} {grid} along each side"
            )
        if fine:
            _, error, _, _, seconds = fine[-1]
            said.append(f"{zone}: the least that geomot reaches is {error:g}, in {seconds:.2f} s")
        rasters = runs.where(zone=zone, method=RASTER)
        for keep in sorted(set(rasters.column("keep"))):
            damped = rasters.where(keep=keep)
            how = "as printed" if keep == 0.0 else f"with a share of {keep:g} kept"
            said.append(f"{zone}: Algorithm 1 {how} {_ended(damped)}")
    return tuple(said)


def _ended(runs: Table) -> str:
    """Return on which grids an iteration cycles, settles, or does neither."""
    grids: dict[str, list[str]] = {}
    columns = (runs.column(name) for name in ("size", "status", "period", "steps"))
    for size, status, period, steps in zip(*columns, strict=True):
        how = ENDS.get(status, f"neither settles nor repeats itself within {steps} rounds on")
        back = f" (period {period}, found after {steps} rounds)" if status == "cycled" else ""
        grids.setdefault(how, []).append(f"{size}{back}")
    return "; ".join(f"{how} grids of {', '.join(sizes)}" for how, sizes in grids.items())


def _least(rounds: Table, target: float) -> tuple[float | None, int | None]:
    reached = [
        (seconds, size)
        for size, error, seconds in zip(
            rounds.column("size"), rounds.column("error"), rounds.column("time"), strict=True
        )
        if error <= target
    ]
    return min(reached, key=lambda entry: entry[0], default=(None, None))
