"""What is observed in the errors of the convergence study, and what is expected."""

from __future__ import annotations

import math

from geomot.studies.convergence.series import Part, Series
from geomot.studies.table import Column, Table, table_of

PARTS = (
    Part("nodes", "nodes per direction", "factor", 4.0, math.inf, 1e-11),
    Part("tolerance", "tolerance asked for", "share", 0.0, 1.0, 1e-14),
    Part("chord tolerance", "tolerance of chords or faces", "order", 0.0, math.inf, 1e-13),
    Part("chord", "size of chords or faces", "order", 1.8, 2.2, 1e-13),
    Part("chord, order 2", "size of faces", "order", 3.8, math.inf, 1e-13),
    Part("newton", "step", "last order", 1.95, math.inf, 1e-10),
)
PLANAR = (
    "chord: planar regions have vertices on the true boundary and chords between them, order 1; faces "
    "of order 2 are those of regions in space"
)
COLUMNS = (
    Column("part", "", "what is varied"),
    Column("problem", "", "what is computed"),
    Column("quantity", "", "what of it; of the worst cell"),
    Column("against", "", "what the error is a difference from"),
    Column(
        "control",
        "",
        "nodes; tolerance; tolerance / extent of the zone; 1 / chords or 1 / sqrt(faces); step",
    ),
    Column("error", "", "absolute error, masses and measures as shares of the whole"),
    Column("estimate", "", "geomot's own bound of the error, where it gives one"),
    Column("count", "", "simplices, or chords, or faces"),
)
ORDER_COLUMNS = (
    *COLUMNS[:4],
    Column("observed", "", "see kind; empty where all is rounding"),
    Column(
        "kind",
        "",
        "order: error ~ control^p; factor: error ~ q^-nodes; last order: e' ~ e^p; share: largest "
        "error as a share of the tolerance",
    ),
    Column("least factor", "", "of nodes: the least by which a single one divides the error"),
    Column("order", "", "of tolerance: error ~ tolerance^order"),
    Column("constant", "", "of newton: the largest C of e' = C e^2"),
    Column("floor", "", "errors at or below it are rounding and not fitted"),
    Column("least", "", "what is expected at least, of nodes of every single one"),
    Column("most", "", "and at most"),
    Column("verdict", "", "met or not met"),
)


def orders(table: Table) -> Table:
    """Return the order, or the factor for each node, observed in each series of the study's errors.

    Parameters
    ----------
    table
        The study's table.

    Examples
    --------
    >>> rows = [("chord", "circle", "area", "closed form", h, 3 * h**2, None, 9) for h in (0.1, 0.05)]
    >>> fits = orders(table_of("convergence", "", COLUMNS, rows))
    >>> [round(order, 6) for order in fits.column("observed")]
    [2.0]
    """
    rows = []
    for series in series_of(table):
        part = next(one for one in PARTS if one.name == series.part)
        more = (series.least_factor(part), series.order(part), series.constant(part))
        seen = (series.fitted(part), part.observed, *more, part.floor)
        most = None if math.isinf(part.most) else part.most
        named = (series.part, series.problem, series.quantity, series.against)
        rows.append((*named, *seen, part.least or None, most, series.verdict(part)))
    return table_of("convergence-orders", "Observed orders", ORDER_COLUMNS, rows)


def series_of(table: Table) -> list[Series]:
    """Return the series of errors in the study's table.

    Parameters
    ----------
    table
        The table.
    """
    groups: dict[tuple[str, ...], Series] = {}
    for row in table.rows:
        part, problem, quantity, against = key = tuple(map(str, row[:4]))
        groups.setdefault(key, Series(part, problem, quantity, against)).rows.append(list(row[4:]))
    return list(groups.values())


def part_of(series: Series) -> Part:
    """Return the part that a series belongs to: faces of order 2 have one of their own."""
    second = series.part == "chord" and series.quantity.endswith("order 2")
    name = "chord, order 2" if second else series.part
    return next(part for part in PARTS if part.name == name)


def findings(table: Table) -> tuple[str, ...]:
    """Return how many series are as expected, and a sentence for each: observed, expected, whether met.

    Parameters
    ----------
    table
        The study's errors.
    """
    said = [
        _finding(series, part)
        for part in PARTS
        for series in series_of(table)
        if series.part == part.name
    ]
    missed = sum(text.endswith("not met") for text in said)
    judged = sum(text.endswith("met") for text in said)
    whole = (
        f"{judged} series of errors are as expected"
        if not missed
        else f"{missed} of {judged} series of errors are not as expected"
    )
    return (whole, *said, PLANAR)


def _finding(series: Series, part: Part) -> str:
    """Return what is observed in a series, and what is expected of it."""
    observed, verdict = series.fitted(part), series.verdict(part)
    name = f"{part.name}, {series.problem} ({series.quantity}; against {series.against})"
    if observed is None:
        return f"{name}: all errors but one are rounding"
    wanted = f"at least {part.least:g}" if math.isinf(part.most) else f"at most {part.most:g}"
    if part.least > 0.0 and math.isfinite(part.most):
        wanted = f"between {part.least:g} and {part.most:g}"
    least, end = series.least_factor(part), min(error for _, error, *_ in series.rows)
    order, constant = series.order(part), series.constant(part)
    bound = f", and each error at most {constant:.2g} times the last one's square" if constant else ""
    falls = "" if order is None else f", and errors are like its power {order:.2f}"
    text = {
        "order": f"the observed order is {observed:.2f}",
        "last order": f"the order of the last step is {observed:.2f}{bound}",
        "share": f"the largest error is {observed:.2g} of the tolerance asked for{falls}",
        "factor": f"each node divides the error by {least or observed:.1f} or more, on average by "
        f"{observed:.1f}, down to {end:.0e}",
    }[part.observed]
    return f"{name}: {text}" + (f"; expected {wanted}: {verdict}" if verdict else "")
