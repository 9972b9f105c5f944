"""What is observed in the errors of the convergence study, and what is expected."""

from __future__ import annotations

import math

from geomot.studies.convergence.series import Part, Series
from geomot.studies.table import Column, Table, table_of

PARTS = (
    Part("nodes", "nodes per direction", "factor", 4.0, math.inf, 1e-11),
    Part("tolerance", "tolerance asked for", "order", 0.0, math.inf, 1e-14),
    Part("chord", "size of chords or faces", "order", 1.8, 2.2, 1e-13),
    Part("chord, order 2", "size of faces", "order", 3.8, math.inf, 1e-13),
    Part("newton", "step", "last order", 1.95, math.inf, 1e-10),
)
COLUMNS = (
    Column("part", "", "what is varied: nodes, tolerance, chord (and order), newton"),
    Column("problem", "", "what is computed"),
    Column("quantity", "", "what of it; of the worst cell"),
    Column("against", "", "what the error is a difference from"),
    Column(
        "control",
        "",
        "nodes per direction; tolerance; 1 / chords in the plane, 1 / sqrt(faces) in space; step",
    ),
    Column("error", "", "absolute error, masses and measures as shares of the whole"),
    Column("estimate", "", "geomot's own bound of the error, where it gives one"),
    Column("count", "", "simplices, or chords, or faces"),
)
ORDER_COLUMNS = (
    *COLUMNS[:4],
    Column("observed", "", "order, or factor for each additional node; empty where all is rounding"),
    Column("kind", "", "order: error ~ control^p; factor: error ~ q^-nodes; last order: e' ~ e^p"),
    Column("least", "", "what is expected at least"),
    Column("most", "", "and at most"),
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
    groups: dict[tuple[str, ...], Series] = {}
    for row in table.rows:
        part, problem, quantity, against = key = tuple(map(str, row[:4]))
        series = groups.setdefault(key, Series(part, problem, quantity, against))
        series.rows.append(list(row[4:]))
    rows = []
    for key, series in groups.items():
        wanted = next(one for one in PARTS if one.name == series.part)
        most = None if math.isinf(wanted.most) else wanted.most
        rows.append((*key, series.fitted(wanted), wanted.observed, wanted.least or None, most))
    return table_of("convergence-orders", "Observed orders", ORDER_COLUMNS, rows)


def part_of(series: Series) -> Part:
    """Return the part that a series belongs to: faces of order 2 have one of their own."""
    name = "chord, order 2" if series.quantity.endswith("order 2") else series.part
    return next(part for part in PARTS if part.name == name)


def findings(table: Table, fits: Table) -> tuple[str, ...]:
    """Return a sentence for each part: the least and the largest observed, and what is expected.

    Parameters
    ----------
    table, fits
        The study's errors, and the orders observed in them.
    """
    sentences = []
    for part in PARTS:
        observed = [x for x in fits.where(part=part.name).column("observed") if x is not None]
        if not observed or part.name == "tolerance":
            continue
        wanted = f"between {part.least:g} and {part.most:g}"
        wanted = wanted if math.isfinite(part.most) else f"at least {part.least:g}"
        what = {
            "factor": "for each node the error falls, on average, by a factor of",
            "order": "the observed order is",
        }
        text = what.get(part.observed, "the order of the last step is")
        sentences.append(
            f"{part.name}: {text} {min(observed):.2f} to {max(observed):.2f}; expected {wanted}"
        )
    asked = table.where(part="tolerance")
    worst = max(e / t for e, t in zip(asked.column("error"), asked.column("control"), strict=True))
    sentences.append(f"tolerance: the largest error is {worst:.2g} of the tolerance asked for")
    return tuple(sentences)
